"""Teams share a balance: the owner manages, members see and spend, others find nothing."""

import uuid

import pytest
from django.conf import settings

from authbridge.models import User
from credits import ledger
from credits.accounts import team_account
from credits.models import Team
from credits.selectors import entries_of
from tests.support.api import API, balance, make_dataset, refusal
from tests.support.clients import client_with_token
from tests.support.multipart import CONTENT_TYPE, Part, encode
from tests.support.replays import lose_answers

pytestmark = pytest.mark.django_db(databases=["default", settings.AUTH_DB])

TEAMS = f"{API}/teams"


@pytest.fixture
def team(alice_client):
    """Alice's team."""
    return alice_client.post(TEAMS, {"name": "Readers"}).json()


@pytest.fixture
def carol_client(make_user, client_for):
    """Somebody who is on no team."""
    return client_for(make_user("Carol"))


def at(team, path=""):
    return f"{TEAMS}/{team['id']}{path}"


def add(client, team, user):
    return client.post(at(team, "/members"), {"email": user.email})


def give(client, team, amount):
    return client.post(at(team, "/credits"), {"amount": amount})


def team_of(user):
    user.refresh_from_db()
    return user.team_id


def key_of(client, team):
    return client_with_token(client.post(f"{API}/api-keys", {"name": "k", "team_id": team["id"]}).json()["key"])


def test_who_makes_a_team_owns_it_and_is_on_it(alice, alice_client):
    answer = alice_client.post(TEAMS, {"name": "Readers"})

    team = answer.json()
    assert answer.status_code == 201
    assert (team["name"], team["credits"], team["owner"]) == ("Readers", 0, {"id": str(alice.id), "name": "Alice"})
    assert team["members"] == [{"id": str(alice.id), "name": "Alice", "email": alice.email}]
    assert str(team_of(alice)) == team["id"]


def test_one_person_is_on_one_team(alice_client, team):
    refused = alice_client.post(TEAMS, {"name": "Second"})

    assert refusal(refused) == (409, "conflict")
    assert not Team.objects.filter(name="Second").exists()


def test_members_see_a_team_and_others_do_not(alice_client, bob, bob_client, carol_client, team):
    add(alice_client, team, bob)

    assert bob_client.get(at(team)).json() == alice_client.get(at(team)).json()
    assert [row["id"] for row in bob_client.get(TEAMS).json()["teams"]] == [team["id"]]
    assert refusal(carol_client.get(at(team))) == (404, "team_not_found")
    assert carol_client.get(TEAMS).json()["total"] == 0


def test_a_member_is_added_by_email_in_any_case(alice_client, bob, team):
    answer = alice_client.post(at(team, "/members"), {"email": bob.email.upper()})

    assert (answer.status_code, answer.json()) == (201, {"id": str(bob.id), "name": "Bob", "email": bob.email})
    assert str(team_of(bob)) == team["id"]


def test_adding_somebody_who_has_a_team_is_a_conflict(alice_client, bob, bob_client, team):
    other = bob_client.post(TEAMS, {"name": "Bobs"}).json()

    assert refusal(add(alice_client, team, bob)) == (409, "conflict")
    assert str(team_of(bob)) == other["id"]


def test_adding_an_unknown_address_is_not_found(alice_client, team):
    refused = alice_client.post(at(team, "/members"), {"email": "nobody@example.com"})

    assert refusal(refused) == (404, "user_not_found")


def test_adding_a_member_writes_nothing_else_of_the_user(alice_client, bob, team):
    before = User.objects.filter(id=bob.id).values().get()

    add(alice_client, team, bob)

    after = User.objects.filter(id=bob.id).values().get()
    assert {name for name in before if before[name] != after[name]} == {"team_id", "updated_at"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("patch", "", {"name": "Mine"}),
        ("delete", "", None),
        ("post", "/members", {"email": "x@example.com"}),
        ("delete", "/members/{alice}", None),
        ("post", "/credits", {"amount": 1}),
    ],
)
def test_only_the_owner_manages(alice, alice_client, bob, bob_client, carol_client, team, method, path, body):
    add(alice_client, team, bob)
    url = at(team, path.format(alice=alice.id))

    assert refusal(getattr(bob_client, method)(url, body)) == (403, "permission_denied")
    assert refusal(getattr(carol_client, method)(url, body)) == (404, "team_not_found")


def test_the_owner_takes_members_off(alice_client, bob, bob_client, team):
    add(alice_client, team, bob)

    assert alice_client.delete(at(team, f"/members/{bob.id}")).status_code == 204
    assert team_of(bob) is None
    assert refusal(bob_client.get(at(team))) == (404, "team_not_found")


def test_members_may_leave_and_the_owner_may_not(alice, alice_client, bob, bob_client, team):
    add(alice_client, team, bob)

    assert bob_client.delete(at(team, f"/members/{bob.id}")).status_code == 204
    assert refusal(alice_client.delete(at(team, f"/members/{alice.id}"))) == (409, "conflict")
    assert (str(team_of(alice)), team_of(bob)) == (team["id"], None)


@pytest.mark.parametrize("user_id", [str(uuid.uuid4()), "nobody"])
def test_taking_off_somebody_who_is_not_on_the_team_is_not_found(alice_client, team, user_id):
    assert refusal(alice_client.delete(at(team, f"/members/{user_id}"))) == (404, "user_not_found")


def test_a_team_can_be_renamed(alice_client, team):
    assert alice_client.patch(at(team), {"name": "Writers"}).json()["name"] == "Writers"


def test_credits_come_from_the_owner(alice_client, team):
    answer = give(alice_client, team, 40)

    assert (answer.status_code, answer.json()["credits"]) == (200, 40)
    assert balance(alice_client) == 60


def test_more_than_the_owner_has_moves_nothing(alice_client, team):
    refused = give(alice_client, team, 101)

    assert refusal(refused) == (402, "insufficient_credits")
    assert (balance(alice_client), alice_client.get(at(team)).json()["credits"]) == (100, 0)


@pytest.mark.parametrize("amount", [0, -1, "5", 5.0, True, 10**9 + 1, None])
def test_amounts_are_whole_and_positive(alice_client, team, amount):
    refused = give(alice_client, team, amount)

    assert refusal(refused) == (400, "invalid_request")
    assert "amount" in refused.json()["details"]


@pytest.mark.parametrize(("text", "status"), [("5", 200), ("5.0", 400), ("-5", 400), ("five", 400), ("", 400)])
def test_forms_send_amounts_as_digits(alice_client, team, text, status):
    form = encode(Part("amount", text.encode()))

    assert alice_client.post(at(team, "/credits"), form, content_type=CONTENT_TYPE).status_code == status


def test_giving_under_one_idempotency_key_gives_once(alice_client, team):
    for _ in range(2):
        answer = alice_client.post(at(team, "/credits"), {"amount": 40}, HTTP_IDEMPOTENCY_KEY="gift")

    assert answer.json()["credits"] == 40
    assert balance(alice_client) == 60


def test_a_members_key_draws_on_the_team(alice_client, bob, bob_client, team):
    add(alice_client, team, bob)
    give(alice_client, team, 40)

    make_dataset(key_of(bob_client, team))

    rows = alice_client.get(at(team, "/transactions")).json()["transactions"]
    assert [(row["type"], row["amount"], row["team_id"]) for row in rows] == [
        ("usage", -2, team["id"]),
        ("transfer", 40, None),
    ]
    assert balance(bob_client) == 100


def test_a_team_without_credits_does_not_fall_back_on_its_members(alice_client, team):
    robot = key_of(alice_client, team)

    refused = robot.post(f"{API}/datasets", {"name": "Library"})

    assert refusal(refused) == (402, "insufficient_credits")
    assert refused.json()["details"] == {"required": 2, "available": 0, "source": "team"}
    assert balance(alice_client) == 100


def test_a_key_cannot_name_a_team_that_its_maker_is_not_on(bob_client, team):
    refused = bob_client.post(f"{API}/api-keys", {"name": "k", "team_id": team["id"]})
    unknown = bob_client.post(f"{API}/api-keys", {"name": "k", "team_id": str(uuid.uuid4())})

    assert refusal(refused) == refusal(unknown) == (404, "team_not_found")


def test_a_key_stops_paying_when_its_maker_leaves_the_team(alice_client, bob, bob_client, team):
    add(alice_client, team, bob)
    give(alice_client, team, 40)
    robot = key_of(bob_client, team)
    alice_client.delete(at(team, f"/members/{bob.id}"))

    refused = robot.post(f"{API}/datasets", {"name": "Library"})

    assert refusal(refused) == (403, "permission_denied")
    assert (balance(bob_client), alice_client.get(at(team)).json()["credits"]) == (100, 40)


def test_a_key_with_a_pool_outlives_the_membership(alice_client, bob, bob_client, team):
    add(alice_client, team, bob)
    fields = {"name": "k", "team_id": team["id"], "credits": 10}
    robot = client_with_token(bob_client.post(f"{API}/api-keys", fields).json()["key"])
    alice_client.delete(at(team))

    make_dataset(robot)

    assert balance(bob_client) == 90


def test_deleting_gives_the_credits_back_and_frees_the_members(alice, alice_client, bob, bob_client, team):
    add(alice_client, team, bob)
    give(alice_client, team, 40)

    assert alice_client.delete(at(team)).status_code == 204
    assert balance(alice_client) == 100
    assert (team_of(alice), team_of(bob)) == (None, None)
    assert refusal(alice_client.get(at(team))) == (404, "team_not_found")
    assert refusal(alice_client.delete(at(team))) == (404, "team_not_found")


def test_a_deleted_teams_ledger_adds_up_to_nothing(alice, alice_client, team):
    give(alice_client, team, 40)
    alice_client.delete(at(team))

    rows = entries_of(team_account(team["id"], alice.id))
    assert [(row.type, row.amount, row.balance_after) for row in rows] == [("transfer", -40, 0), ("transfer", 40, 40)]


def test_a_key_of_a_deleted_team_pays_for_nothing(alice_client, team):
    give(alice_client, team, 40)
    robot = key_of(alice_client, team)
    alice_client.delete(at(team))

    assert refusal(robot.post(f"{API}/datasets", {"name": "Library"})) == (403, "permission_denied")
    assert balance(alice_client) == 100


def test_a_refund_of_what_a_deleted_team_paid_goes_to_its_owner(alice, alice_client, team):
    give(alice_client, team, 40)
    account = team_account(team["id"], alice.id)
    charged = ledger.charge(account=account, amount=4, operation="hybrid_query", idempotency_key="c")
    alice_client.delete(at(team))

    ledger.refund(transaction_id=charged.id, idempotency_key="r")

    assert balance(alice_client) == 100


def test_keys_do_not_manage_teams(alice_client, team):
    assert refusal(key_of(alice_client, team).get(TEAMS)) == (403, "permission_denied")


def test_a_repeat_of_a_call_that_died_finds_the_team_it_had_made(alice, alice_client):
    first = alice_client.post(TEAMS, {"name": "Readers"}, HTTP_IDEMPOTENCY_KEY="once")
    lose_answers()

    second = alice_client.post(TEAMS, {"name": "Readers"}, HTTP_IDEMPOTENCY_KEY="once")

    assert (second.status_code, second.json()) == (201, first.json())
    assert Team.objects.filter(owner_id=alice.id).count() == 1


def test_a_repeat_of_a_call_that_died_finds_the_member_it_had_added(alice_client, bob, team):
    body = {"email": bob.email}
    first = alice_client.post(at(team, "/members"), body, HTTP_IDEMPOTENCY_KEY="once")
    lose_answers()

    second = alice_client.post(at(team, "/members"), body, HTTP_IDEMPOTENCY_KEY="once")

    assert (second.status_code, second.json()) == (201, first.json())


def test_a_repeat_of_a_call_that_died_gives_no_credits_twice(alice_client, team):
    alice_client.post(at(team, "/credits"), {"amount": 40}, HTTP_IDEMPOTENCY_KEY="once")
    lose_answers()

    second = alice_client.post(at(team, "/credits"), {"amount": 40}, HTTP_IDEMPOTENCY_KEY="once")

    assert (second.status_code, second.json()["credits"], balance(alice_client)) == (200, 40, 60)


def test_adding_a_member_again_is_a_conflict(alice_client, bob, team):
    add(alice_client, team, bob)

    assert refusal(add(alice_client, team, bob)) == (409, "conflict")


@pytest.mark.parametrize("name", ["", "x" * 201, None, 7])
def test_a_team_needs_a_name(alice_client, name):
    refused = alice_client.post(TEAMS, {"name": name})

    assert refusal(refused) == (400, "invalid_request")
    assert "name" in refused.json()["details"]
