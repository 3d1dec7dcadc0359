"""What an action declares to charge is what it charges, and what the OpenAPI document and replays make of it."""

from typing import Any

import pytest
from django.db.models import Q
from rest_framework.test import APIClient

from credits.models import CreditTransaction
from credits.prices import chargeable_operations
from credits.services import refund_credits
from fltr_project.models import IdempotentRequest
from tests.support import openapi_calls
from tests.support.paid_calls import MAKES, PAID_CALLS, READS, TEXT, delete_document, make_things

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("memory_vectors")]

RECEIPT = {"X-Credits-Charged", "X-Credits-Remaining", "X-Credit-Transaction"}
ONCE = {"Idempotency-Key": "once"}


@pytest.fixture
def things(alice_client: APIClient) -> dict[str, str]:
    """What paid calls are about."""
    return make_things(alice_client)


def described() -> dict[str, Any]:
    """Return the operations of the OpenAPI document by their ids."""
    paths = openapi_calls.document()["paths"]
    return {operation["operationId"]: operation for methods in paths.values() for operation in methods.values()}


def shows_receipt(operation: dict[str, Any]) -> bool:
    """Tell whether all that can come out well bears the receipt."""
    good = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    return all(set(answer.get("headers", {})) == RECEIPT for answer in good)


@pytest.mark.parametrize("operation", PAID_CALLS)
def test_what_costs_answers_with_its_receipt(alice_client: APIClient, things: dict[str, str], operation: str) -> None:
    answer = PAID_CALLS[operation].send(alice_client, things)

    assert answer.status_code in (200, 201), answer.content
    assert set(answer.headers) >= RECEIPT
    assert int(answer["X-Credits-Charged"]) > 0


def test_the_document_shows_receipts_and_402_where_calls_cost_and_nowhere_else() -> None:
    operations = described()

    assert {id for id, operation in operations.items() if shows_receipt(operation)} == set(PAID_CALLS)
    assert all("402" in operations[id]["responses"] for id in PAID_CALLS)


@pytest.mark.parametrize("operation", PAID_CALLS)
def test_what_is_charged_is_what_is_declared(alice_client: APIClient, things: dict[str, str], operation: str) -> None:
    answer = PAID_CALLS[operation].send(alice_client, things)

    rows = CreditTransaction.objects.filter(id__in=answer["X-Credit-Transaction"].split(", "))
    charged = set(rows.values_list("operation", flat=True))
    assert charged
    assert charged <= set(PAID_CALLS[operation].declared.charges) <= set(chargeable_operations())


@pytest.mark.parametrize("operation", PAID_CALLS)
def test_a_charge_and_its_refund_name_their_dataset(
    alice_client: APIClient, things: dict[str, str], operation: str
) -> None:
    answer = PAID_CALLS[operation].send(alice_client, things)
    charges = answer["X-Credit-Transaction"].split(", ")
    for charge in charges:
        refund_credits(transaction_id=charge, error_type="system_error", idempotency_key=charge)

    named = CreditTransaction.objects.filter(Q(id__in=charges) | Q(refund_of__in=charges))
    dataset = answer.json()["id"] if operation == "create_dataset" else things["dataset"]
    assert [str(row.dataset_id) for row in named] == [dataset] * 2 * len(charges)


@pytest.mark.parametrize("operation", READS)
def test_deleted_text_does_not_come_back_by_a_replay(
    alice_client: APIClient, things: dict[str, str], operation: str
) -> None:
    call = PAID_CALLS[operation]
    before = call.send(alice_client, things, headers=ONCE)
    delete_document(alice_client, things)

    after = call.send(alice_client, things, headers=ONCE)

    assert TEXT in before.content.decode()
    assert after.status_code == 200
    assert TEXT not in after.content.decode()
    assert after["X-Credit-Transaction"] == before["X-Credit-Transaction"]


@pytest.mark.parametrize("operation", READS)
def test_passages_are_not_kept_for_a_replay(alice_client: APIClient, things: dict[str, str], operation: str) -> None:
    answer = PAID_CALLS[operation].send(alice_client, things, headers=ONCE)

    assert TEXT in answer.content.decode()
    assert IdempotentRequest.objects.get().body is None


@pytest.mark.parametrize("operation", MAKES)
def test_what_was_made_is_answered_from_what_was_kept(
    alice_client: APIClient, things: dict[str, str], operation: str
) -> None:
    first, second = (PAID_CALLS[operation].send(alice_client, things, headers=ONCE) for _ in range(2))

    assert second["Idempotent-Replayed"] == "true"
    assert (second.status_code, second.json()) == (first.status_code, first.json())
