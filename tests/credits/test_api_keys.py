"""API keys from their making to their end."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from credits import ledger
from credits.accounts import key_account, user_account
from credits.models import ApiKeyCredits
from credits.selectors import entries_of
from credits.services import create_api_key
from tests.support.api import API, balance, make_dataset, refusal
from tests.support.clients import client_with_token
from tests.support.replays import lose_answers

pytestmark = pytest.mark.django_db(databases=["default", settings.AUTH_DB])

KEYS = f"{API}/api-keys"


def make_key(client, **fields):
    answer = client.post(KEYS, {"name": "Robot", **fields})
    assert answer.status_code == 201, answer.content
    return answer.json()


def change(client, key, **fields):
    return client.patch(f"{KEYS}/{key['id']}", fields)


def rows_of(account):
    return [(row.type, row.amount) for row in reversed(entries_of(account))]


def test_a_new_key_shows_its_secret_once_and_works(alice_client):
    key = make_key(alice_client)

    assert key["key"].startswith("fltr_sk_")
    assert key["key"].startswith(key["prefix"])
    assert "key" not in alice_client.get(f"{KEYS}/{key['id']}").json()
    assert client_with_token(key["key"]).get(f"{API}/credits/balance").status_code == 200


def test_the_secret_is_kept_nowhere(alice_client):
    key = make_key(alice_client)

    stored = ApiKeyCredits.objects.filter(id=key["id"]).values().get()
    assert not [name for name, value in stored.items() if key["key"] in str(value)]


def test_a_key_with_nothing_but_a_name_has_no_limits(alice_client):
    key = make_key(alice_client)

    empty = ("credits", "daily_limit", "monthly_limit", "scopes", "team_id", "expires_at", "last_used_at", "revoked_at")
    assert {name: key[name] for name in empty} == dict.fromkeys(empty)


def test_keys_are_listed_newest_first_and_only_ones_own(alice_client, bob_client):
    first, second = make_key(alice_client, name="First"), make_key(alice_client, name="Second")
    make_key(bob_client)

    page = alice_client.get(KEYS).json()

    assert [key["id"] for key in page["api_keys"]] == [second["id"], first["id"]]
    assert (page["total"], page["has_more"]) == (2, False)


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_somebody_elses_key_is_not_found(alice_client, bob_client, method):
    key = make_key(alice_client)

    foreign = getattr(bob_client, method)(f"{KEYS}/{key['id']}")
    unknown = getattr(bob_client, method)(f"{KEYS}/{uuid.uuid4()}")

    assert refusal(foreign) == refusal(unknown) == (404, "api_key_not_found")
    assert refusal(bob_client.post(f"{KEYS}/{key['id']}/rotate")) == (404, "api_key_not_found")


def test_keys_do_not_manage_keys(alice_client):
    robot = client_with_token(make_key(alice_client)["key"])

    assert refusal(robot.get(KEYS)) == (403, "permission_denied")
    assert refusal(robot.post(KEYS, {"name": "Child"})) == (403, "permission_denied")


def test_a_pool_comes_from_the_owners_balance(alice, alice_client):
    key = make_key(alice_client, credits=30)

    assert key["credits"] == 30
    assert balance(alice_client) == 70
    assert rows_of(key_account(key["id"], alice.id)) == [("transfer", 30)]


def test_a_key_with_a_pool_pays_from_it_alone(alice_client):
    key = make_key(alice_client, credits=5)
    robot = client_with_token(key["key"])

    make_dataset(robot, "One")
    make_dataset(robot, "Two")
    refused = robot.post(f"{API}/datasets", {"name": "Three"})

    assert refusal(refused) == (402, "insufficient_credits")
    assert refused.json()["details"] == {"required": 2, "available": 1, "source": "api_key"}
    assert balance(alice_client) == 95


def test_a_pool_that_the_owner_cannot_fill_makes_nothing(alice, alice_client):
    refused = alice_client.post(KEYS, {"name": "Greedy", "credits": 101})

    assert refusal(refused) == (402, "insufficient_credits")
    assert refused.json()["details"] == {"required": 101, "available": 100, "source": "user"}
    assert not ApiKeyCredits.objects.filter(user_id=alice.id).exists()
    assert balance(alice_client) == 100


def test_a_pool_of_zero_pays_for_nothing(alice_client):
    robot = client_with_token(make_key(alice_client, credits=0)["key"])

    assert refusal(robot.post(f"{API}/datasets", {"name": "One"})) == (402, "insufficient_credits")


@pytest.mark.parametrize(("pool", "owner_has"), [(50, 50), (10, 90), (0, 100), (None, 100)])
def test_changing_a_pool_moves_the_difference(alice_client, pool, owner_has):
    key = make_key(alice_client, credits=30)

    changed = change(alice_client, key, credits=pool)

    assert changed.json()["credits"] == pool
    assert balance(alice_client) == owner_has


def test_a_change_that_cannot_be_paid_changes_nothing_at_all(alice_client):
    key = make_key(alice_client, credits=30)

    refused = change(alice_client, key, name="Other", credits=131)

    assert refusal(refused) == (402, "insufficient_credits")
    kept = alice_client.get(f"{KEYS}/{key['id']}").json()
    assert (kept["name"], kept["credits"], balance(alice_client)) == ("Robot", 30, 70)


def test_a_change_leaves_what_it_does_not_name(alice_client):
    key = make_key(alice_client, daily_limit=7, scopes=["mcp:query"])

    changed = change(alice_client, key, monthly_limit=90).json()

    assert (changed["daily_limit"], changed["monthly_limit"], changed["scopes"]) == (7, 90, ["mcp:query"])
    assert changed["id"] == key["id"]


def test_null_takes_limits_away(alice_client):
    key = make_key(alice_client, daily_limit=7, scopes=["mcp:query"])

    changed = change(alice_client, key, daily_limit=None, scopes=None).json()

    assert (changed["daily_limit"], changed["scopes"]) == (None, None)


def test_rotating_ends_the_old_secret_and_keeps_all_else(alice_client):
    key = make_key(alice_client, credits=30, daily_limit=9)

    answer = alice_client.post(f"{KEYS}/{key['id']}/rotate")

    rotated = answer.json()
    kept = ("id", "credits", "daily_limit", "name", "created_at")
    assert answer.status_code == 200
    assert [rotated[name] for name in kept] == [key[name] for name in kept]
    assert refusal(client_with_token(key["key"]).get(f"{API}/credits/balance")) == (401, "invalid_api_key")
    assert client_with_token(rotated["key"]).get(f"{API}/credits/balance").status_code == 200


def test_revoking_ends_a_key_and_keeps_its_row(alice_client):
    key = make_key(alice_client)

    assert alice_client.delete(f"{KEYS}/{key['id']}").status_code == 204
    assert refusal(client_with_token(key["key"]).get(f"{API}/credits/balance")) == (401, "invalid_api_key")
    assert alice_client.get(f"{KEYS}/{key['id']}").json()["revoked_at"] is not None


def test_revoking_gives_the_pool_back_once(alice, alice_client):
    key = make_key(alice_client, credits=30)

    for _ in range(2):
        assert alice_client.delete(f"{KEYS}/{key['id']}").status_code == 204

    assert balance(alice_client) == 100
    assert rows_of(key_account(key["id"], alice.id)) == [("transfer", 30), ("transfer", -30)]


def test_a_refund_of_what_a_revoked_keys_pool_paid_goes_to_the_owner(alice, alice_client):
    key = make_key(alice_client, credits=30)
    pool = key_account(key["id"], alice.id)
    charged = ledger.charge(account=pool, amount=4, operation="hybrid_query", idempotency_key="c", api_key_id=key["id"])
    alice_client.delete(f"{KEYS}/{key['id']}")

    ledger.refund(transaction_id=charged.id, idempotency_key="r")

    assert balance(alice_client) == 100
    assert rows_of(user_account(alice.id))[-1] == ("refund", 4)


@pytest.mark.parametrize("call", ["rotate", "patch"])
def test_a_revoked_key_cannot_be_changed(alice_client, call):
    key = make_key(alice_client)
    alice_client.delete(f"{KEYS}/{key['id']}")

    path = f"{KEYS}/{key['id']}"
    refused = alice_client.post(f"{path}/rotate") if call == "rotate" else alice_client.patch(path, {"credits": 5})

    assert refusal(refused) == (409, "conflict")
    assert balance(alice_client) == 100


def test_an_expired_key_is_refused(alice, alice_client):
    key, secret = create_api_key(user_id=alice.id, name="Old", expires_at=datetime.now(UTC) - timedelta(seconds=1))

    assert refusal(client_with_token(secret).get(f"{API}/credits/balance")) == (401, "invalid_api_key")
    change(alice_client, {"id": key.id}, expires_at="2999-01-01T00:00:00Z")
    assert client_with_token(secret).get(f"{API}/credits/balance").status_code == 200


def test_use_is_noted(alice_client):
    key = make_key(alice_client)

    client_with_token(key["key"]).get(f"{API}/credits/balance")

    assert alice_client.get(f"{KEYS}/{key['id']}").json()["last_used_at"] is not None


def test_a_key_tells_its_own_balance(alice_client):
    robot = client_with_token(make_key(alice_client, credits=30, daily_limit=9)["key"])
    make_dataset(robot)

    body = robot.get(f"{API}/credits/balance").json()

    assert body["credits"] == 70
    assert body["api_key"] == {
        "credits": 28,
        "daily_limit": 9,
        "daily_used": 2,
        "monthly_limit": None,
        "monthly_used": 2,
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 201),
        ("name", 5),
        ("credits", -1),
        ("credits", "5"),
        ("credits", 5.0),
        ("credits", True),
        ("credits", 10**9 + 1),
        ("daily_limit", -1),
        ("daily_limit", 2**31),
        ("monthly_limit", "all"),
        ("expires_at", "2001-01-01T00:00:00Z"),
        ("expires_at", "tomorrow"),
        ("scopes", []),
        ("scopes", ["datasets:everything"]),
        ("scopes", "mcp:query"),
        ("team_id", "mine"),
    ],
)
def test_bad_input_is_refused_by_name_and_makes_nothing(alice, alice_client, field, value):
    refused = alice_client.post(KEYS, {"name": "Robot", field: value})

    assert refusal(refused) == (400, "invalid_request")
    assert field in refused.json()["details"]
    assert not ApiKeyCredits.objects.filter(user_id=alice.id).exists()


def test_a_repeat_under_one_idempotency_key_makes_one_key_and_hides_its_secret(alice, alice_client):
    headers = {"HTTP_IDEMPOTENCY_KEY": "once"}

    first = alice_client.post(KEYS, {"name": "Robot", "credits": 30}, **headers)
    second = alice_client.post(KEYS, {"name": "Robot", "credits": 30}, **headers)

    assert second.status_code == 201
    assert second.json() == {**first.json(), "key": None}
    assert ApiKeyCredits.objects.filter(user_id=alice.id).count() == 1
    assert balance(alice_client) == 70


def test_a_repeat_of_a_call_that_died_finds_the_key_it_had_made(alice, alice_client):
    body = {"name": "Robot", "credits": 30}
    first = alice_client.post(KEYS, body, HTTP_IDEMPOTENCY_KEY="once")
    lose_answers()

    second = alice_client.post(KEYS, body, HTTP_IDEMPOTENCY_KEY="once")

    assert (second.status_code, second.json()) == (201, {**first.json(), "key": None})
    assert ApiKeyCredits.objects.filter(user_id=alice.id).count() == 1
    assert balance(alice_client) == 70


def test_a_repeat_of_a_rotation_that_died_shows_a_secret_that_works(alice_client):
    path = f"{KEYS}/{make_key(alice_client)['id']}/rotate"
    alice_client.post(path, HTTP_IDEMPOTENCY_KEY="once")
    lose_answers()

    secret = alice_client.post(path, HTTP_IDEMPOTENCY_KEY="once").json()["key"]

    assert client_with_token(secret).get(f"{API}/credits/balance").status_code == 200
