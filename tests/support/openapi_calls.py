"""Calls to every operation of the OpenAPI document about somebody's things, made from the document itself.

An id is recognised by its place: what stands before it in a path, or what its field is called. Whatever this module
does not recognise raises `NotUnderstood`, so that a new route cannot go by untried.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from tests.support.multipart import CONTENT_TYPE, Part, encode

HERE = "tests/support/openapi_calls.py"
JSON, MULTIPART = "application/json", "multipart/form-data"
METHODS = ("get", "head", "options", "post", "put", "patch", "delete")
KINDS_IN_PATHS = {
    "datasets": "dataset",
    "documents": "document",
    "jobs": "job",
    "api-keys": "key",
    "teams": "team",
    "members": "person",
}
KINDS_OF_FIELDS = {
    "dataset_id": "dataset",
    "team_id": "team",
    "user_id": "person",
    "transaction_id": "transaction",
    "resource_id": "document",
    "email": "address",
}
HEADERS = {"Idempotency-Key"}
FORMATS = {"date-time": "2100-01-01T00:00:00Z", "date": "2100-01-01", "binary": "a.txt", None: "text"}
# Texts of which only some are taken, though the document does not say so.
WORDS = {"operation": "vector_query"}
PLAIN = {"boolean": False, "object": {}, "number": 1.0}
Things = dict[str, str]


class NotUnderstood(Exception):
    """A part of the document for which nobody has said yet what to send."""


@dataclass(frozen=True, eq=False)
class Call:
    """One way to call one operation. `slots` are the ids it takes: (place, name) -> kind of thing.

    `searches` are its query parameters that take any text.
    """

    operation: str
    method: str
    path: str
    slots: dict[tuple[str, str], str]
    fields: dict[str, Any] | None = None
    content_type: str = JSON
    searches: tuple[str, ...] = ()
    is_service: bool = False

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path} ({self.content_type})"

    @property
    def kinds(self) -> set[str]:
        """The kinds of things that it names."""
        return set(self.slots.values())

    def send(self, client: APIClient, things: Things, **extra: str) -> Any:
        """Call it about these things."""
        named = {place: things[kind] for place, kind in self.slots.items()}
        path = self.path
        for (place, name), id in named.items():
            path = path.replace(f"{{{name}}}", id) if place == "path" else path
        query = {name: id for (place, name), id in named.items() if place == "query"}
        fields = {**(self.fields or {}), **{name: id for (place, name), id in named.items() if place == "body"}}
        body = None if self.fields is None else fields
        return send(client, self.method, path, body, self.content_type, **{"QUERY_STRING": as_query(query), **extra})


def send(client: APIClient, method: str, path: str, body: Any, content_type: str, **extra: str) -> Any:
    """Call, with a body in the wanted form if there is one."""
    call = getattr(client, method)
    if body is None or method in ("get", "head"):
        return call(path, **extra)
    if content_type == MULTIPART:
        return call(path, encode(Part("file", b"Some text", "a.txt")), content_type=CONTENT_TYPE, **extra)
    return call(path, body, format="json", **extra)


def as_query(fields: dict[str, str]) -> str:
    """Return a query string of values that need no quoting."""
    return "&".join(f"{name}={value}" for name, value in fields.items())


@cache
def document() -> dict[str, Any]:
    """The document as it is served."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return schema


def operations() -> set[str]:
    """Return the ids of all operations."""
    return {operation["operationId"] for methods in document()["paths"].values() for operation in methods.values()}


def calls() -> list[Call]:
    """Return a call for every operation and every kind of body it takes."""
    return [
        call
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
        for call in calls_of(path, method, operation)
    ]


def calls_beside_the_document() -> list[Call]:
    """Return a call for every method that a path does not have, which must not tell anything either."""
    return [
        Call(f"{method} {path}", method, path, {("path", name): kind for name, kind in kinds_in(path).items()})
        for path, methods in document()["paths"].items()
        for method in METHODS
        if method not in methods
    ]


def calls_of(path: str, method: str, operation: dict[str, Any]) -> Iterator[Call]:
    """Yield a call for each kind of body that an operation takes."""
    parameters = operation.get("parameters", [])
    slots = {("path", name): kind for name, kind in kinds_in(path).items()}
    for parameter in parameters:
        slots |= slots_of_parameter(path, parameter)
    call = Call(
        operation["operationId"],
        method,
        path,
        slots,
        searches=tuple(parameter["name"] for parameter in parameters if takes_any_text(parameter)),
        is_service=operation.get("security") == [{"service": []}],
    )
    bodies = operation.get("requestBody", {}).get("content", {})
    if not bodies:
        yield call
    for content_type, body in bodies.items():
        yield with_body(call, content_type, body["schema"])


def with_body(call: Call, content_type: str, schema: dict[str, Any]) -> Call:
    """Return a call with a body that its schema allows."""
    if content_type not in (JSON, MULTIPART):
        raise NotUnderstood(f"{call.path} takes a body of {content_type}: teach `send` in {HERE} to write one.")
    fields = example(schema)
    slots = {("body", name): KINDS_OF_FIELDS[name] for name in fields if name in KINDS_OF_FIELDS}
    return replace(call, slots=call.slots | slots, fields=fields, content_type=content_type)


def takes_any_text(parameter: dict[str, Any]) -> bool:
    """Tell whether this is a query parameter in which anything may be asked for."""
    schema = parameter["schema"]
    return parameter["in"] == "query" and schema.get("type") == "string" and not {"enum", "format"} & set(schema)


def kinds_in(path: str) -> dict[str, str]:
    """Return the kinds of things that a path names, by the names of its variables."""
    segments = path.strip("/").split("/")
    kinds = {}
    for before, segment in pairwise(segments):
        if segment.startswith("{"):
            if before not in KINDS_IN_PATHS:
                raise NotUnderstood(f"{path} names a thing of a new kind: add {before!r} to KINDS_IN_PATHS in {HERE}.")
            kinds[segment.strip("{}")] = KINDS_IN_PATHS[before]
    return kinds


def slots_of_parameter(path: str, parameter: dict[str, Any]) -> dict[tuple[str, str], str]:
    """Return the slot that a query parameter is, if it names a thing."""
    place, name = parameter["in"], parameter["name"]
    if place == "header" and name not in HEADERS:
        raise NotUnderstood(f"{path} takes a header {name}: add it to HEADERS in {HERE}, and say what to send.")
    if place != "query" or not names_a_thing(name, parameter["schema"]):
        return {}
    return {(place, name): kind_of_field(name)}


def names_a_thing(name: str, schema: dict[str, Any]) -> bool:
    """Tell whether a field is an id or something as good."""
    return name in KINDS_OF_FIELDS or name.endswith(("id", "ids")) or schema.get("format") in ("uuid", "email")


def kind_of_field(name: str) -> str:
    """Return the kind of thing that a field names."""
    if name not in KINDS_OF_FIELDS:
        raise NotUnderstood(f"The field {name} names a thing of a new kind: add it to KINDS_OF_FIELDS in {HERE}.")
    return KINDS_OF_FIELDS[name]


def example(schema: dict[str, Any], name: str = "") -> Any:
    """Return a value that a schema allows. Fields that name things are put in later."""
    schema = resolve(schema)
    if name and names_a_thing(name, schema):
        return kind_of_field(name)
    if name in WORDS:
        return WORDS[name]
    if "default" in schema or "enum" in schema:
        return schema["default"] if "default" in schema else schema["enum"][0]
    kind = next(kind for kind in as_list(schema.get("type", "object")) if kind != "null")
    if kind == "object" and "properties" in schema:
        return {field: example(inner, field) for field, inner in schema["properties"].items()}
    if kind == "array":
        return [example(schema["items"])]
    if kind == "integer":
        return schema.get("minimum", 1)
    if kind == "string" and schema.get("format") in FORMATS:
        return FORMATS[schema.get("format")]
    if kind in PLAIN:
        return PLAIN[kind]
    raise NotUnderstood(f"The field {name} takes {schema}: say in FORMATS or PLAIN of {HERE} what to send.")


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    """Follow references, and take the first of several."""
    for combined in ("allOf", "oneOf", "anyOf"):
        if combined in schema:
            return resolve({**resolve(schema[combined][0]), **{k: v for k, v in schema.items() if k != combined}})
    if "$ref" in schema:
        return resolve(document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]])
    return schema


def as_list(value: Any) -> list[Any]:
    """Return a list as it is, and anything else in one."""
    return value if isinstance(value, list) else [value]
