"""The OpenAPI document: valid, complete, and true."""

import re
from typing import Any

import pytest
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator
from rest_framework.test import APIClient

from tests.support.api import API, documents_of, make_dataset, upload_parts, upload_text
from tests.support.multipart import Part

TAGS = ["Account", "Credits", "API keys", "Teams", "Datasets", "Documents", "Jobs", "Search"]
Operation = dict[str, Any]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document as it is served."""
    return SchemaGenerator().get_schema(request=None, public=True)


@pytest.fixture(scope="module")
def operations(document: dict[str, Any]) -> dict[str, Operation]:
    """All operations by their ids, each with its path and method."""
    return {
        operation["operationId"]: {**operation, "path": path, "method": method}
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def names_of(operation: Operation, place: str) -> set[str]:
    return {parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == place}


def success(operation: Operation) -> dict[str, Any]:
    return next(answer for status, answer in operation["responses"].items() if status.startswith("2"))


def fits(document: dict[str, Any], component: str, body: Any) -> None:
    """Fail unless an answer has the shape of a component, and not a field more."""
    reference = {"$ref": f"#/components/schemas/{component}", "components": document["components"]}
    Draft202012Validator(reference).validate(body)
    assert set(body) <= set(document["components"]["schemas"][component]["properties"])


def test_it_is_valid_and_made_without_a_warning(tmp_path):
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "openapi.yaml"))

    assert "openapi: 3.1.0" in (tmp_path / "openapi.yaml").read_text()


def test_groups_stand_in_their_order(document):
    assert [tag["name"] for tag in document["tags"]] == TAGS


def test_every_operation_says_what_it_is(operations):
    for operation in operations.values():
        assert re.fullmatch(r"[A-Z].{3,90}[^.]", operation["summary"]), operation["path"]
        assert operation["tags"][0] in TAGS, operation["path"]


def test_operation_ids_are_names_for_functions(operations):
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", id) for id in operations)
    assert {"list_datasets", "upload_documents", "get_balance", "cancel_job", "delete_api_key"} <= set(operations)


def test_every_error_has_the_one_shape(operations):
    for operation in operations.values():
        errors = {status: answer for status, answer in operation["responses"].items() if not status.startswith("2")}
        assert {"401", "default"} <= set(errors), operation["path"]
        assert all(
            answer["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/ErrorResponse"}
            for answer in errors.values()
        )


@pytest.mark.parametrize(
    ("id", "statuses"),
    [
        ("create_dataset", {"400", "402", "409"}),
        ("upload_documents", {"402", "404", "409", "413", "415", "422", "429"}),
        ("query", {"400", "402", "403", "404", "503"}),
        ("get_job", {"404"}),
        ("list_api_keys", {"403"}),
        ("deduct_credits", {"402", "404", "409"}),
    ],
)
def test_errors_that_can_happen_are_named(operations, id, statuses):
    assert statuses <= set(operations[id]["responses"])


def test_lists_stand_under_their_plural_with_their_page(document, operations):
    plurals = {"list_datasets": "datasets", "list_documents": "documents", "list_jobs": "jobs", "list_chunks": "chunks"}
    plurals |= {"list_transactions": "transactions", "list_api_keys": "api_keys", "list_teams": "teams"}
    plurals |= {"list_team_transactions": "transactions"}

    for id, plural in plurals.items():
        reference = success(operations[id])["content"]["application/json"]["schema"]["$ref"]
        page = document["components"]["schemas"][reference.rsplit("/", 1)[-1]]
        assert page["required"] == [plural, "total", "limit", "offset", "has_more"]
        assert {"limit", "offset"} <= names_of(operations[id], "query")


def test_ranges_of_a_page_are_told(operations):
    parameters = {parameter["name"]: parameter["schema"] for parameter in operations["list_datasets"]["parameters"]}

    assert parameters["limit"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}
    assert parameters["offset"] == {"type": "integer", "minimum": 0, "maximum": 2**31 - 1, "default": 0}


def test_parts_of_paths_are_explained(operations):
    for operation in operations.values():
        in_path = [parameter for parameter in operation.get("parameters", []) if parameter["in"] == "path"]
        assert {parameter["name"] for parameter in in_path} == set(re.findall(r"{(\w+)}", operation["path"]))
        assert all(parameter["description"] for parameter in in_path)


def test_an_upload_is_files_or_a_text(operations):
    upload = operations["upload_documents"]

    assert set(upload["requestBody"]["content"]) == {"multipart/form-data", "application/json"}
    assert {"200", "201"} <= set(upload["responses"])
    assert "duplicates" in names_of(upload, "query")


def test_an_upload_answers_one_document_or_a_list(document):
    kinds = document["components"]["schemas"]["Uploaded"]["oneOf"]

    assert kinds == [{"$ref": "#/components/schemas/Document"}, {"$ref": "#/components/schemas/DocumentList"}]


def test_posts_may_bear_an_idempotency_key(operations):
    for operation in operations.values():
        keyed = operation["method"] == "post" and operation["security"] != [{"service": []}]
        assert ("Idempotency-Key" in names_of(operation, "header")) == keyed


@pytest.mark.parametrize(
    ("id", "schemes"),
    [
        ("get_balance", ["bearer", "apiKey", "cookie"]),
        ("list_datasets", ["bearer", "apiKey", "cookie", None]),
        ("create_api_key", ["bearer", "cookie"]),
        ("add_credits", ["service"]),
    ],
)
def test_credentials_of_an_operation_are_told(operations, id, schemes):
    assert [next(iter(scheme), None) for scheme in operations[id]["security"]] == schemes


def test_scopes_of_an_operation_are_told(operations):
    query = operations["query"]

    assert {"apiKey": ["mcp:query"]} in query["security"]
    assert "`mcp:query`" in query["description"]


def test_credentials_are_described(document):
    described = document["components"]["securitySchemes"]

    assert described["bearer"]["scheme"] == "bearer"
    assert (described["apiKey"]["in"], described["apiKey"]["name"]) == ("header", "X-API-Key")
    assert (described["cookie"]["in"], described["cookie"]["name"]) == ("cookie", "better-auth.session_token")
    assert described["service"]["name"] == "X-Webhook-Secret"


@pytest.mark.django_db(databases="__all__")
class TestAnswersAreAsDescribed:
    def test_datasets(self, document, alice_client: APIClient):
        dataset = make_dataset(alice_client, metadata={"year": 1999})

        fits(document, "Dataset", dataset)
        fits(document, "DatasetPage", alice_client.get(f"{API}/datasets").json())

    def test_documents(self, document, alice_client: APIClient):
        dataset = make_dataset(alice_client)

        fits(document, "Document", upload_text(alice_client, dataset, "Some text").json())
        two = upload_parts(alice_client, dataset, Part("file", b"One", "1.txt"), Part("file", b"Two", "2.txt"))
        fits(document, "DocumentList", two.json())
        fits(document, "DocumentPage", alice_client.get(documents_of(dataset)).json())
        fits(document, "JobPage", alice_client.get(f"{API}/datasets/{dataset['id']}/jobs").json())

    @pytest.mark.parametrize(
        ("path", "component"),
        [
            ("/auth/session", "Session"),
            ("/credits/balance", "Balance"),
            ("/credits/transactions", "TransactionPage"),
            ("/credits/usage-summary", "UsageSummary"),
            ("/credits/pricing", "Pricing"),
            ("/mcp/datasets", "ListedDatasetPage"),
            ("/mcp/manifest", "Manifest"),
            ("/datasets?limit=0", "ErrorResponse"),
            ("/datasets/nowhere", "ErrorResponse"),
        ],
    )
    def test_reads(self, document, alice_client: APIClient, path, component):
        make_dataset(alice_client)

        fits(document, component, alice_client.get(API + path).json())

    def test_teams(self, document, alice_client: APIClient):
        team = alice_client.post(f"{API}/teams", {"name": "Research"}).json()

        fits(document, "Team", team)
        fits(document, "TeamPage", alice_client.get(f"{API}/teams").json())
        fits(document, "TransactionPage", alice_client.get(f"{API}/teams/{team['id']}/transactions").json())

    def test_the_site_s_own_calls(self, document, service_client: APIClient, alice):
        body = {"user_id": alice.id, "amount": 5, "type": "purchase", "idempotency_key": "order-1"}

        fits(document, "Transaction", service_client.post(f"{API}/credits/add", body).json())
        refused = service_client.post(f"{API}/credits/add", {**body, "amount": 6})
        fits(document, "ErrorResponse", refused.json())
        assert str(refused.status_code) in document["paths"][f"{API}/credits/add"]["post"]["responses"]

    def test_keys(self, document, alice_client: APIClient):
        made = alice_client.post(f"{API}/api-keys", {"name": "laptop"}).json()

        fits(document, "NewApiKey", made)
        fits(document, "ApiKeyPage", alice_client.get(f"{API}/api-keys").json())
        by_key = APIClient(headers={"X-API-Key": made["key"]}).get(f"{API}/credits/balance").json()
        fits(document, "Balance", by_key)
        assert by_key["api_key"]["daily_used"] == 0


def test_it_is_served_as_json(client):
    answer = client.get("/api/schema", headers={"Accept": "text/html,*/*;q=0.8"})

    assert answer["Content-Type"].startswith("application/json")
    assert answer.json()["openapi"] == "3.1.0"


def test_it_is_served_as_yaml_where_asked_for(client):
    answer = client.get("/api/schema", headers={"Accept": "application/vnd.oai.openapi"})

    assert answer.content.startswith(b"openapi: 3.1.0")
