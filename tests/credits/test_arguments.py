"""A wrong kind of argument to any function about money is refused in a sentence, before anything is read or written."""

import inspect
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest

from credits import arguments, ledger, services
from credits.models import Team
from credits.receipts import combine

FUNCTIONS_OF_THE_LEDGER = (
    ledger.charge, ledger.grant, ledger.refund, ledger.transfer, ledger.renew, ledger.set_pool
)  # fmt: skip
# They ask or add up, and take no money's way into the ledger.
OTHERS = {
    services.price_of, services.price_of_document, services.verify, combine,
    services.note_act, services.note_failed_sign_in, services.note_prices, services.return_closed_pools,
}  # fmt: skip
NO_WHOLE_NUMBERS = (1.5, 0.4, 2.0, Decimal(3), Fraction(4), "5", True, float("nan"), b"6", [7])
NO_IDS = (5, 1.5, None, True, b"id", object(), Team(name="A team"))
NO_TEXTS = (5, None, True, b"text", ["text"], uuid.uuid4())


def public_functions() -> Iterator[Callable[..., Any]]:
    """Yield every function of the room that other rooms call, and the ledger's own."""
    for value in vars(services).values():
        if inspect.isfunction(value) and value not in OTHERS:
            yield value
    yield from FUNCTIONS_OF_THE_LEDGER


def wrong_for(hint: Any) -> tuple[Any, ...]:
    """Return what must not be taken where this annotation stands."""
    allows_none = type(None) in get_args(hint)
    [kind] = [part for part in get_args(hint) if part is not type(None)] if allows_none else [hint]
    if kind is int:
        wrong: tuple[Any, ...] = NO_WHOLE_NUMBERS
    elif get_origin(kind) is Annotated and isinstance(get_args(kind)[1], arguments.IdOf):
        wrong = NO_IDS if "team" not in get_args(kind)[1].what else NO_IDS[:-1]
    elif kind is arguments.ResourceId:
        wrong = NO_TEXTS[:-1]
    elif kind is str or (get_origin(kind) is Annotated and get_args(kind)[0] is str):
        wrong = NO_TEXTS
    else:
        wrong = (5, "text", object())
    return tuple(value for value in wrong if value is not None or not allows_none)


CASES = [
    pytest.param(function, name, value, id=f"{function.__module__}.{function.__name__} {name}: {type(value).__name__}")
    for function in public_functions()
    for name, hint in get_type_hints(function, include_extras=True).items()
    if name != "return" and hint is not Any and hint is not bool
    for value in wrong_for(hint)
]


# Without its mark, a test that asks a database anything fails.
@pytest.mark.parametrize(("function", "name", "value"), CASES)
def test_a_wrong_kind_is_refused_by_name_before_anything_is_asked(
    function: Callable[..., Any], name: str, value: Any
) -> None:
    with pytest.raises(TypeError, match=rf"^{name}(\[\d\])? must ") as refused:
        function(**{name: value})

    assert str(refused.value).endswith(".")
    assert type(value).__name__.removesuffix("Type") in str(refused.value)


def test_every_function_of_the_room_is_held_to_it() -> None:
    assert [function for function in public_functions() if not hasattr(function, "__wrapped__")] == []
    assert {function.__name__ for function in OTHERS} <= set(dir(services))
