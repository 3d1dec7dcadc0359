"""What functions about money take: anything of another kind is refused in a sentence, before anything is read.

`@checked` looks at a function's annotations. A wrong kind is a TypeError and a wrong value a ValueError: mistakes of
whoever wrote the call. What people send over HTTP was looked at before.
"""

import functools
import inspect
import json
import types
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from authbridge.errors import UserNotFound
from authbridge.shared.callers import Person, UserRow
from authbridge.shared.ids import require_uuid
from credits.errors import ApiKeyNotFound, TeamNotFound, TransactionNotFound
from credits.models import ApiKeyCredits, CreditTransaction, Scope, Team, TransactionType
from credits.prices import known_operations

Check = Callable[[str, Any], Any]
Function = TypeVar("Function", bound=Callable[..., Any])
LONGEST_SHOWN = 60


def checked(function: Function) -> Function:
    """Have a function refuse arguments that are not what its annotations say."""
    signature = inspect.signature(function)
    checks = checks_of(function)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if args:
            kwargs = signature.bind(*args, **kwargs).arguments
        return function(**{name: look(checks, name, value) for name, value in kwargs.items()})

    return call  # type: ignore[return-value]


def look(checks: Mapping[str, Check], name: str, value: Any) -> Any:
    """Return an argument as its function takes it."""
    check = checks.get(name)
    return check(name, value) if check else value


def check_fields(instance: Any) -> None:
    """Refuse a dataclass of wrong kinds: for its `__post_init__`."""
    for name, check in checks_of(instance.__class__).items():
        check(name, getattr(instance, name))


@functools.cache
def checks_of(owner: Any) -> dict[str, Check]:
    """Return what is asked of each parameter of a function, or of each field of a class."""
    hints = get_type_hints(owner, include_extras=True)
    return {name: check for name, hint in hints.items() if name != "return" and (check := check_of(hint))}


def check_of(hint: Any) -> Check | None:
    """Return what is asked of an argument with this annotation."""
    origin, parts = get_origin(hint), get_args(hint)
    if hint is Any:
        return None
    if origin is Annotated:
        return next(part for part in parts[1:] if callable(part))
    if origin in (Union, types.UnionType):
        [part] = [part for part in parts if part is not types.NoneType]
        return functools.partial(optional, check_of(part))
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return functools.partial(each, check_of(parts[0]))
    return OF_KIND.get(origin or hint) or functools.partial(instance_of, origin or hint)


def optional(check: Check | None, name: str, value: Any) -> Any:
    """Take nothing, too."""
    return value if value is None or check is None else check(name, value)


def each(check: Check | None, name: str, value: Any) -> Any:
    """Take a list or a tuple of what each of them should be."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise TypeError(f"{name} must be a list, not {shown(value)}.")
    return value if check is None else [check(f"{name}[{number}]", part) for number, part in enumerate(value)]


def whole(name: str, value: Any) -> int:
    """Take credits, which are whole: no float or Decimal with a fraction lost on its way, no text, no yes or no."""
    if type(value) is not int:
        raise TypeError(f"{name} must be a whole number (int), not {shown(value)}.")
    return value


def text(name: str, value: Any) -> str:
    """Take a text; what is a text and more, like a choice of an enumeration, becomes just that."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a text (str), not {shown(value)}.")
    if "\x00" in value:
        raise ValueError(f"{name} must not hold a NUL character, which no database keeps: {shown(value)}.")
    return str.__str__(value)


def filled_text(name: str, value: Any) -> str:
    """Take a text that says something."""
    if not text(name, value).strip():
        raise ValueError(f"{name} must not be empty.")
    return text(name, value)


def reference(name: str, value: Any) -> str:
    """Take a text that names something else; an id becomes its text."""
    return text(name, str(value) if isinstance(value, uuid.UUID) else value)


def json_object(name: str, value: Any) -> dict[str, Any]:
    """Take a dict that can be kept as JSON."""
    if not isinstance(value, dict):
        raise TypeError(f"{name} must be a dict, not {shown(value)}.")
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name} cannot be kept as JSON: {error}.") from None
    return value


def instance_of(kind: type, name: str, value: Any) -> Any:
    """Take an object of a class."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be {with_article(kind.__name__)}, not {shown(value)}.")
    return value


def with_article(noun: str) -> str:
    """Return a noun as it stands in a sentence."""
    return f"an {noun}" if noun[0] in "AEIO" else f"a {noun}"


@dataclass(frozen=True, slots=True)
class IdOf:
    """Takes an id as UUID or text, or the object itself that bears it; a text that is no UUID names nothing."""

    what: str
    kinds: tuple[type, ...]
    not_found: Callable[[], Exception]

    def __call__(self, name: str, value: Any) -> uuid.UUID:
        """Return the id."""
        if isinstance(value, uuid.UUID):
            return value
        id = value.id if isinstance(value, self.kinds) else value  # type: ignore[attr-defined]
        if not isinstance(id, str | uuid.UUID):
            raise TypeError(f"{name} must be the id of {self.what} (UUID or text), or it itself, not {shown(value)}.")
        return require_uuid(id, self.not_found)


@dataclass(frozen=True, slots=True)
class OneOf:
    """Takes one of some texts, of which the list may change with the settings."""

    choices: Callable[[], Collection[str]]

    def __call__(self, name: str, value: Any) -> str:
        """Return the text."""
        value = text(name, value)
        if value not in self.choices():
            raise ValueError(f"{name} must be one of {', '.join(sorted(self.choices()))}, not {shown(value)}.")
        return value


@dataclass(frozen=True, slots=True)
class FieldsOf:
    """Takes a dict of some of the fields that a class declares."""

    kind: type

    def __call__(self, name: str, value: Any) -> dict[str, Any]:
        """Return the dict, each field as it is taken."""
        if not isinstance(value, dict):
            raise TypeError(f"{name} must be a dict, not {shown(value)}.")
        checks = checks_of(self.kind)
        if unknown := value.keys() - checks.keys():
            there = ", ".join(sorted(checks))
            raise ValueError(f"{name} must hold no {', '.join(sorted(map(str, unknown)))}: what there is is {there}.")
        return {field: checks[field](f"{name}.{field}", part) for field, part in value.items()}


def shown(value: Any) -> str:
    """Return a value for a sentence, with its kind and not too long."""
    text = repr(value)
    short = text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"
    return short if value is None else f"{short} ({type(value).__name__})"


OF_KIND: dict[Any, Check] = {int: whole, str: text, dict: json_object}
Filled = Annotated[str, filled_text]
UserId = Annotated[uuid.UUID, IdOf("a user", (Person, UserRow), UserNotFound)]
KeyId = Annotated[uuid.UUID, IdOf("an API key", (ApiKeyCredits,), ApiKeyNotFound)]
TeamId = Annotated[uuid.UUID, IdOf("a team", (Team,), TeamNotFound)]
TransactionId = Annotated[uuid.UUID, IdOf("a ledger row", (CreditTransaction,), TransactionNotFound)]
ResourceId = Annotated[str, reference]
ScopeName = Annotated[str, OneOf(lambda: Scope.values)]
Operation = Annotated[str, OneOf(known_operations)]
Given = Annotated[str, OneOf(lambda: {TransactionType.PURCHASE.value, TransactionType.BONUS.value})]
