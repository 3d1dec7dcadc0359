"""What the Next.js site says about credits is done once, exactly, or not at all."""

import uuid

import pytest
from django.conf import settings

from authbridge.models import User
from credits.models import CreditTransaction
from credits.services import give_back
from tests.support.api import API, balance, make_dataset, refusal

pytestmark = pytest.mark.django_db(databases=["default", settings.AUTH_DB])

ADD, DEDUCT = f"{API}/credits/add", f"{API}/credits/deduct"
REFUND, RENEW = f"{API}/credits/refund", f"{API}/credits/subscription-renewal"
BAD_AMOUNTS = [0, -1, 10**9 + 1, 2**63, "5", 5.0, 5.5, True, None, [], {}]


@pytest.fixture
def bodies(alice):
    """A good body for each call, by its path."""
    charged = CreditTransaction.objects.filter(user_id=alice.id, type="usage").values_list("id", flat=True).first()
    return {
        ADD: {"user_id": alice.id, "amount": 10, "type": "purchase", "idempotency_key": "evt_1"},
        DEDUCT: {"user_id": alice.id, "amount": 10, "operation": "hybrid_query", "idempotency_key": "evt_2"},
        RENEW: {"user_id": alice.id, "new_credits": 10, "plan_limit": 1000, "idempotency_key": "evt_3"},
        REFUND: {"transaction_id": charged, "error_type": "system_error", "idempotency_key": "evt_4"},
    }


@pytest.fixture
def charged(alice, service_client):
    """A charge of ten credits."""
    body = {"user_id": alice.id, "amount": 10, "operation": "document_upload", "idempotency_key": "charge"}
    return service_client.post(DEDUCT, body).json()


def refund(client, charged, **fields):
    body = {"transaction_id": charged["id"], "error_type": "system_error", "reason": "broken", "idempotency_key": "r"}
    return client.post(REFUND, {**body, **fields})


def state(user):
    """Return what money could have changed: the balances and the number of ledger rows."""
    stored = User.objects.get(id=user.id)
    return stored.credits, stored.total_credits_purchased, CreditTransaction.objects.filter(user_id=user.id).count()


def test_a_purchase_gives_credits_and_counts_as_bought(alice, service_client, bodies):
    answer = service_client.post(ADD, {**bodies[ADD], "metadata": {"invoice": "in_1"}})

    entry = answer.json()
    assert answer.status_code == 200
    assert (entry["amount"], entry["type"], entry["balance_after"]) == (10, "purchase", 110)
    assert entry["metadata"] == {"invoice": "in_1"}
    assert state(alice) == (110, 10, 2)


def test_a_bonus_does_not_count_as_bought(alice, service_client, bodies):
    service_client.post(ADD, {**bodies[ADD], "type": "bonus"})

    assert state(alice) == (110, 0, 2)


def test_a_deduction_is_a_charge_with_a_receipt(alice, service_client, bodies):
    answer = service_client.post(DEDUCT, {**bodies[DEDUCT], "resource_id": "r-1"})

    entry = answer.json()
    assert (entry["amount"], entry["type"], entry["operation"], entry["resource_id"]) == (
        -10,
        "usage",
        "hybrid_query",
        "r-1",
    )
    assert answer.headers["X-Credits-Charged"] == "10"
    assert answer.headers["X-Credit-Transaction"] == entry["id"]
    assert state(alice) == (90, 0, 2)


def test_a_deduction_beyond_the_balance_takes_nothing(alice, service_client, bodies):
    refused = service_client.post(DEDUCT, {**bodies[DEDUCT], "amount": 101})

    assert refusal(refused) == (402, "insufficient_credits")
    assert state(alice) == (100, 0, 1)


@pytest.mark.parametrize("path", [ADD, DEDUCT, RENEW])
def test_a_repeat_answers_the_same_and_does_nothing(alice, service_client, bodies, path):
    first = service_client.post(path, bodies[path])
    after = state(alice)

    second = service_client.post(path, bodies[path])

    assert (second.status_code, second.json()) == (200, first.json())
    assert state(alice) == after


@pytest.mark.parametrize(
    ("path", "change"),
    [
        (ADD, {"amount": 11}),
        (ADD, {"type": "bonus"}),
        (DEDUCT, {"amount": 11}),
        (DEDUCT, {"operation": "vector_query"}),
        (DEDUCT, {"resource_id": "another"}),
        (RENEW, {"new_credits": 11}),
        (RENEW, {"plan_limit": 50}),
    ],
)
def test_a_key_that_comes_again_with_another_meaning_is_a_conflict(alice, service_client, bodies, path, change):
    service_client.post(path, bodies[path])
    after = state(alice)

    refused = service_client.post(path, {**bodies[path], **change})

    assert refusal(refused) == (409, "idempotency_conflict")
    assert state(alice) == after


@pytest.mark.parametrize(("one", "other"), [(ADD, RENEW), (ADD, DEDUCT), (RENEW, DEDUCT)])
def test_a_key_stands_for_one_kind_of_call(service_client, bodies, one, other):
    service_client.post(one, {**bodies[one], "idempotency_key": "same"})

    refused = service_client.post(other, {**bodies[other], "idempotency_key": "same"})

    assert refusal(refused) == (409, "idempotency_conflict")


@pytest.mark.parametrize("path", [ADD, RENEW])
def test_other_metadata_is_no_other_meaning(service_client, bodies, path):
    first = service_client.post(path, {**bodies[path], "metadata": {"attempt": 1}})

    second = service_client.post(path, {**bodies[path], "metadata": {"attempt": 2}})

    assert second.json() == first.json()


def test_the_same_key_for_two_users_is_two_operations(alice, bob, service_client, bodies):
    for user in (alice, bob):
        assert service_client.post(ADD, {**bodies[ADD], "user_id": user.id}).status_code == 200

    assert (state(alice)[0], state(bob)[0]) == (110, 110)


@pytest.mark.parametrize("key", ["opening", "welcome", "first-credits"])
def test_the_sites_keys_are_never_taken_for_our_own(alice, service_client, bodies, key):
    assert service_client.post(ADD, {**bodies[ADD], "idempotency_key": key}).status_code == 200
    assert state(alice)[0] == 110


def test_keys_are_kept_longer_than_replays(alice, service_client, bodies):
    first = service_client.post(ADD, bodies[ADD], HTTP_IDEMPOTENCY_KEY="one")

    second = service_client.post(ADD, bodies[ADD], HTTP_IDEMPOTENCY_KEY="two")

    assert second.json() == first.json()
    assert state(alice)[0] == 110


def test_a_system_error_gives_the_rest_back(alice, service_client, charged):
    refund(service_client, charged, error_type="partial", amount=4, idempotency_key="part")

    entry = refund(service_client, charged).json()

    assert (entry["amount"], entry["type"], entry["operation"]) == (6, "refund", "document_upload")
    assert entry["metadata"] == {"error_type": "system_error", "reason": "broken"}
    assert state(alice)[0] == 100


def test_a_repeated_refund_answers_the_same_and_gives_nothing_more(alice, service_client, charged):
    first = refund(service_client, charged, error_type="partial", amount=4)

    second = refund(service_client, charged, error_type="partial", amount=4)

    assert (second.status_code, second.json()) == (200, first.json())
    assert state(alice)[0] == 94


@pytest.mark.parametrize(
    "fields", [{"error_type": "partial", "amount": 5}, {"error_type": "system_error"}, {"amount": 4}]
)
def test_a_refund_key_with_another_meaning_is_a_conflict(alice, service_client, charged, fields):
    refund(service_client, charged, error_type="partial", amount=4)

    assert refusal(refund(service_client, charged, **fields)) == (409, "idempotency_conflict")
    assert state(alice)[0] == 94


def test_more_than_the_rest_is_refused_not_trimmed(alice, service_client, charged):
    refund(service_client, charged, error_type="partial", amount=4, idempotency_key="part")

    refused = refund(service_client, charged, error_type="partial", amount=7)

    assert refusal(refused) == (409, "conflict")
    assert refused.json()["details"] == {"requested": 7, "remaining": 6}
    assert state(alice)[0] == 94


def test_a_partial_refund_says_how_much(service_client, charged):
    refused = refund(service_client, charged, error_type="partial")

    assert refusal(refused) == (400, "invalid_request")
    assert "amount" in refused.json()["details"]


def test_a_users_own_error_is_not_refunded(alice, service_client, charged):
    refused = refund(service_client, charged, error_type="user_error")

    assert refusal(refused) == (400, "invalid_request")
    assert "error_type" in refused.json()["details"]
    assert state(alice)[0] == 90


def test_what_is_no_charge_cannot_be_refunded(service_client, bodies):
    bought = service_client.post(ADD, bodies[ADD]).json()

    assert refusal(refund(service_client, bought)) == (404, "transaction_not_found")
    assert refusal(refund(service_client, {"id": str(uuid.uuid4())})) == (404, "transaction_not_found")


def test_a_partial_refund_by_the_site_leaves_the_rest_to_be_given_back_by_us(alice, alice_client, service_client):
    make_dataset(alice_client)
    charged = CreditTransaction.objects.get(user_id=alice.id, type="usage")
    key = f"refund:{charged.id}"
    refund(service_client, {"id": charged.id}, error_type="partial", amount=1, idempotency_key=key)

    assert give_back(charged.id, reason="The worker gave up.") == 1
    assert balance(alice_client) == 100


@pytest.mark.parametrize(("path", "field"), [(ADD, "amount"), (DEDUCT, "amount"), (RENEW, "new_credits")])
@pytest.mark.parametrize("amount", BAD_AMOUNTS)
def test_amounts_are_integers_from_one_to_a_billion(alice, service_client, bodies, path, field, amount):
    refused = service_client.post(path, {**bodies[path], field: amount})

    assert refusal(refused) == (400, "invalid_request")
    assert field in refused.json()["details"]
    assert state(alice) == (100, 0, 1)


@pytest.mark.parametrize("amount", [bad for bad in BAD_AMOUNTS if bad is not None])
def test_refunded_amounts_are_too(alice, service_client, charged, amount):
    refused = refund(service_client, charged, error_type="partial", amount=amount)

    assert refusal(refused) == (400, "invalid_request")
    assert "amount" in refused.json()["details"]
    assert state(alice) == (90, 0, 2)


@pytest.mark.parametrize("limit", [-1, 10**9 + 1, "5", 5.0, True, None])
def test_a_plan_limit_is_an_integer_from_zero_to_a_billion(alice, service_client, bodies, limit):
    refused = service_client.post(RENEW, {**bodies[RENEW], "plan_limit": limit})

    assert refusal(refused) == (400, "invalid_request")
    assert "plan_limit" in refused.json()["details"]
    assert state(alice) == (100, 0, 1)


@pytest.mark.parametrize("path", [ADD, RENEW])
@pytest.mark.parametrize("metadata", ["text", 5, ["list"], None, {"long": "x" * (16 * 1024)}, {"nul": "\0"}])
def test_metadata_is_a_small_object(alice, service_client, bodies, path, metadata):
    refused = service_client.post(path, {**bodies[path], "metadata": metadata})

    assert refusal(refused) == (400, "invalid_request")
    assert "metadata" in refused.json()["details"]
    assert state(alice) == (100, 0, 1)


@pytest.mark.parametrize(
    ("path", "field", "value"),
    [
        (ADD, "type", "refund"),
        (ADD, "type", "opening"),
        (ADD, "user_id", "alice"),
        (ADD, "idempotency_key", ""),
        (ADD, "idempotency_key", "k" * 256),
        (ADD, "idempotency_key", 7),
        (DEDUCT, "operation", "no_such_operation"),
        (DEDUCT, "operation", ""),
        (DEDUCT, "resource_id", "r" * 256),
        (REFUND, "transaction_id", "the first"),
        (REFUND, "error_type", "bad luck"),
    ],
)
def test_bad_input_is_refused_by_name_and_writes_nothing(alice, service_client, bodies, path, field, value):
    refused = service_client.post(path, {**bodies[path], field: value})

    assert refusal(refused) == (400, "invalid_request")
    assert field in refused.json()["details"]
    assert state(alice) == (100, 0, 1)


@pytest.mark.parametrize("path", [ADD, DEDUCT, RENEW])
@pytest.mark.parametrize("field", ["user_id", "idempotency_key"])
def test_nothing_is_guessed(service_client, bodies, path, field):
    body = {name: value for name, value in bodies[path].items() if name != field}

    refused = service_client.post(path, body)

    assert refusal(refused) == (400, "invalid_request")
    assert field in refused.json()["details"]


@pytest.mark.parametrize("path", [ADD, DEDUCT, RENEW])
def test_an_unknown_user_is_not_found(service_client, bodies, path):
    refused = service_client.post(path, {**bodies[path], "user_id": str(uuid.uuid4())})

    assert refusal(refused) == (404, "user_not_found")


def test_a_balance_never_outgrows_its_column(alice, service_client, bodies):
    for number in range(2):
        service_client.post(ADD, {**bodies[ADD], "amount": 10**9, "idempotency_key": str(number)})
    before = state(alice)

    refused = service_client.post(ADD, {**bodies[ADD], "amount": 10**9})

    assert refusal(refused) == (409, "conflict")
    assert state(alice) == before


@pytest.mark.parametrize("path", [ADD, DEDUCT, RENEW, REFUND])
def test_only_the_site_may_call(alice_client, anonymous_client, bodies, path):
    assert refusal(anonymous_client.post(path, bodies[path])) == (401, "authentication_required")
    assert refusal(alice_client.post(path, bodies[path])) == (401, "authentication_required")


@pytest.mark.parametrize("secret", ["", "wrong", "é"])
def test_without_the_secret_nothing_is_done(alice, anonymous_client, bodies, secret):
    anonymous_client.credentials(HTTP_X_WEBHOOK_SECRET=secret)

    assert anonymous_client.post(ADD, bodies[ADD]).status_code == 401
    assert state(alice) == (100, 0, 1)


def test_with_no_secret_configured_all_are_refused(settings, anonymous_client, bodies):
    settings.INTERNAL_WEBHOOK_SECRET = ""
    anonymous_client.credentials(HTTP_X_WEBHOOK_SECRET="")

    assert anonymous_client.post(ADD, bodies[ADD]).status_code == 401
