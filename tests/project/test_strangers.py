"""Somebody else's private things answer exactly as unknown ones, on every operation that the OpenAPI document has."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from rest_framework.test import APIClient

from authbridge.models import User
from authbridge.tokens import cookie_value
from datasets.errors import NotTheOwner
from datasets.permissions import ensure_readable
from datasets.views import base as dataset_views
from tests.support import openapi_calls
from tests.support.api import API, DATASETS, make_dataset, refusal, upload_text
from tests.support.clients import client_for, client_with_token
from tests.support.house_rules import ROOMS
from tests.support.jobs import do_jobs
from tests.support.openapi_calls import NotUnderstood, Things
from tests.support.pages import COOKIE
from tests.support.people import make_session, make_user
from tests.support.strangers import differences

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("memory_vectors")]

KINDS = {*openapi_calls.KINDS_IN_PATHS.values(), *openapi_calls.KINDS_OF_FIELDS.values(), "idempotency key"}
UNKNOWN = {
    **{kind: f"00000000-0000-4000-8000-{number:012}" for number, kind in enumerate(sorted(KINDS))},
    "address": "nobody@example.com",
    "idempotency key": "nobodys",
}
# "Adding someone who has one is 409": an owner of a team may learn who has an account and is on a team.
TOLD_BY_CONTRACT = {("create_team_member", ("address",))}
# What a key's use writes down by itself.
CHANGES_BY_ITSELF = {"last_used_at"}


# What an owner's call may come to: it is done, or the state of things does not allow it (a job that has ended).
WORKS = (200, 201, 204, 409)


def forbid(*_: Any) -> None:
    """Say that something is there which the caller may not see."""
    raise NotTheOwner


def body(properties: dict[str, Any]) -> dict[str, Any]:
    """Return a part of an OpenAPI document: an operation with a JSON body."""
    return {"requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": properties}}}}}


def dataset_of(client: APIClient, name: str, **fields: Any) -> Things:
    """Make a dataset with a document that is ready; return how they and their job are called."""
    dataset = make_dataset(client, name, **fields)
    document = upload_text(client, dataset, f"A text in {name}").json()
    do_jobs()
    job = client.get(f"{DATASETS}/{dataset['id']}/jobs").json()["jobs"][0]
    return {"dataset": dataset["id"], "slug": dataset["slug"], "document": document["document_id"], "job": job["id"]}


def keys_and_teams_of(client: APIClient, name: str) -> Things:
    """Make an API key, and a team with credits unless there is one already."""
    key = client.post(f"{API}/api-keys", {"name": f"{name}'s key", "credits": 5}).json()
    team = client.post(f"{API}/teams", {"name": f"{name}'s team"}).json()
    client.post(f"{API}/teams/{team['id']}/credits", {"amount": 5})
    return {"key": key["id"], "team": team["id"], "secret": key["key"]}


def things_of(user: User, client: APIClient) -> Things:
    """Make one of everything."""
    things = dataset_of(client, f"{user.name}'s dataset") | keys_and_teams_of(client, user.name)
    transaction = client.get(f"{API}/credits/transactions?type=usage").json()["transactions"][0]["id"]
    client.post(DATASETS, {"name": f"{user.name}'s other"}, headers={"Idempotency-Key": f"{user.name}s"})
    return {**things, "person": str(user.id), "transaction": transaction, "address": user.email} | {
        "idempotency key": f"{user.name}s"
    }


@pytest.fixture
def alices(alice: User, alice_client: APIClient) -> Things:
    """What Alice may name: her own things, a member of her team, and somebody who could become one."""
    things = things_of(alice, alice_client)
    member = alice_client.post(f"{API}/teams/{things['team']}/members", {"email": make_user("Carol").email}).json()
    return {**things, "person": member["id"], "address": make_user("Dora").email}


def private(client: APIClient, bob: User) -> Things:
    """All that Bob has."""
    return things_of(bob, client)


def private_by_slug(client: APIClient, bob: User) -> Things:
    """His dataset by its other name."""
    things = things_of(bob, client)
    return {"dataset": things["slug"], "document": things["document"]}


def deleted(client: APIClient, bob: User) -> Things:
    """What he had."""
    things = things_of(bob, client)
    for path in (f"datasets/{things['dataset']}", f"api-keys/{things['key']}", f"teams/{things['team']}"):
        assert client.delete(f"{API}/{path}").status_code == 204
    return things


def deleted_by_slug(client: APIClient, bob: User) -> Things:
    """What he had, by its other name."""
    things = deleted(client, bob)
    return {"dataset": things["slug"], "document": things["document"]}


def jobs_of_public(client: APIClient, bob: User) -> Things:
    """How his public dataset is worked on."""
    return {"job": dataset_of(client, "For all", visibility="public")["job"]}


def by_session(alice: User, alices: Things) -> APIClient:
    """Alice, signed in."""
    return client_for(alice)


def by_key(alice: User, alices: Things) -> APIClient:
    """A program of Alice's."""
    return client_with_token(alices["secret"])


def by_browser(alice: User, alices: Things) -> APIClient:
    """Alice, looking at pages."""
    client = APIClient(headers={"Accept": "text/html", "Origin": "http://testserver"})
    client.cookies[COOKIE] = cookie_value(make_session(alice).token, settings.BETTER_AUTH_SECRET)
    return client


def by_nobody(alice: User, alices: Things) -> APIClient:
    """Anybody at all."""
    return APIClient()


def everything() -> dict[str, Any]:
    """Return every row of every table, but for what a key's use writes by itself."""
    models = [model for room in ROOMS for model in apps.get_app_config(room).get_models()]
    return {
        f"{model.__name__} {row['pk']}": {name: value for name, value in row.items() if name not in CHANGES_BY_ITSELF}
        for model in models
        for row in model._default_manager.values("pk", *(field.attname for field in model._meta.concrete_fields))
    }


def complaints_about(client: APIClient, alices: Things, bobs: Things, *, path: str = "") -> list[str]:
    """Try everything, or one path alone; return what tells Bob's things from unknown ones."""
    unknown = {**UNKNOWN, "dataset": UNKNOWN["dataset"] if "slug" in bobs else "no-such-dataset"}
    return [
        complaint
        for call in [*openapi_calls.calls(), *openapi_calls.calls_beside_the_document()]
        if path in ("", call.path)
        for complaint in differences(client, call, own=alices, theirs=bobs, unknown=unknown, told=TOLD_BY_CONTRACT)
    ]


@pytest.mark.parametrize(
    ("whose", "caller"),
    [
        *((whose, by_session) for whose in (private, private_by_slug, deleted, deleted_by_slug, jobs_of_public)),
        *((whose, by_key) for whose in (private, private_by_slug, jobs_of_public)),
        *((whose, by_nobody) for whose in (private, private_by_slug)),
        (private, by_browser),
    ],
)
def test_another_s_things_answer_as_unknown_ones_and_stay_as_they_are(
    alice: User, alices: Things, bob: User, bob_client: APIClient, whose: Any, caller: Any, settings: Any
) -> None:
    settings.TRUSTED_ORIGINS = ["http://testserver"]
    bobs, client = whose(bob_client, bob), caller(alice, alices)
    before = everything()

    complaints = complaints_about(client, alices, bobs)

    assert not complaints, "\n".join(complaints)
    assert everything() == before


def test_documents_of_another_s_premium_dataset_answer_as_unknown_ones(
    alice_client: APIClient, alices: Things, bob_client: APIClient
) -> None:
    bobs = dataset_of(bob_client, "For sale", visibility="premium")
    in_his_dataset = {**alices, "dataset": bobs["dataset"]}

    complaints = [
        complaint
        for call in openapi_calls.calls()
        if "dataset" in call.kinds
        for complaint in differences(
            alice_client, call, own=in_his_dataset, theirs={"document": bobs["document"]}, unknown=UNKNOWN
        )
    ]

    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("caller", [by_session, by_key, by_nobody])
def test_lists_and_searches_hold_nothing_of_another_s(
    alice: User, alices: Things, bob: User, bob_client: APIClient, caller: Any
) -> None:
    bobs, client = private(bob_client, bob), caller(alice, alices)
    words = {*bobs.values(), bob.name}

    for call in openapi_calls.calls():
        if call.method != "get" or call.slots:
            continue
        for query in [{}, *({name: bob.name} for name in call.searches)]:
            text = call.send(client, {}, QUERY_STRING=openapi_calls.as_query(query)).content.decode()
            assert [word for word in words if word in text] == [], f"{call} {query}"


def test_every_operation_is_tried_in_a_way_that_works_for_its_owner(
    alice_client: APIClient, alices: Things, service_client: APIClient
) -> None:
    # What is deleted goes last, and what is in a thing before the thing.
    calls = sorted(openapi_calls.calls(), key=lambda call: (call.method == "delete", -call.path.count("/")))

    answers = {
        call: call.send(service_client if call.is_service else alice_client, alices, HTTP_IDEMPOTENCY_KEY=f"{call}")
        for call in calls
    }

    assert {call.operation for call in answers} == openapi_calls.operations()
    refused = {str(call): answer.content for call, answer in answers.items() if answer.status_code not in WORKS}
    assert refused == {}


class TestMembersByAddress:
    """An owner adds people by e-mail address, and so learns who is there: the contract wants it. No more than that."""

    @pytest.fixture
    def add(self, alice_client: APIClient, alices: Things) -> Callable[[str], Any]:
        return lambda email: alice_client.post(f"{API}/teams/{alices['team']}/members", {"email": email})

    def test_an_unknown_address_is_not_found(self, add: Callable[[str], Any]) -> None:
        assert refusal(add("nobody@example.com")) == (404, "user_not_found")

    def test_of_somebody_on_a_team_only_that_is_told(
        self, add: Callable[[str], Any], bob: User, bob_client: APIClient
    ) -> None:
        keys_and_teams_of(bob_client, "Bob")

        answer = add(bob.email)

        assert refusal(answer) == (409, "conflict")
        assert "Bob" not in answer.content.decode()

    def test_strangers_to_the_team_learn_nothing(self, alices: Things, bob: User, bob_client: APIClient) -> None:
        path = f"{API}/teams/{alices['team']}/members"

        answers = [bob_client.post(path, {"email": email}) for email in (alices["address"], "nobody@example.com")]

        assert {refusal(answer) for answer in answers} == {(404, "team_not_found")}
        assert answers[0].content == answers[1].content


class TestThisWouldNotice:
    """The tests above can fail."""

    @pytest.mark.parametrize("check", [lambda *_: None, forbid], ids=["no check", "a check that tells"])
    def test_a_dataset_that_is_shown_or_known(
        self, alice_client: APIClient, alices: Things, bob: User, bob_client: APIClient, monkeypatch: Any, check: Any
    ) -> None:
        monkeypatch.setattr(dataset_views, ensure_readable.__name__, check)

        complaints = complaints_about(alice_client, alices, private(bob_client, bob), path="/api/v1/datasets/{id}")

        assert any("GET /api/v1/datasets/{id}" in complaint for complaint in complaints)

    @pytest.mark.parametrize(
        ("path", "operation"),
        [
            ("/api/v1/widgets/{id}", {}),
            ("/api/v1/things", {"parameters": [{"in": "header", "name": "X-Owner", "schema": {"type": "string"}}]}),
            ("/api/v1/things", {"parameters": [{"in": "query", "name": "owner_id", "schema": {"type": "string"}}]}),
            ("/api/v1/things", body({"widget_id": {"type": "string"}})),
            ("/api/v1/things", body({"widget": {"type": "string", "format": "uuid"}})),
            ("/api/v1/things", body({"colour": {"type": "string", "format": "colour"}})),
            ("/api/v1/things", {"requestBody": {"content": {"text/plain": {"schema": {"type": "string"}}}}}),
        ],
    )
    def test_a_route_with_something_new(self, path: str, operation: dict[str, Any]) -> None:
        with pytest.raises(NotUnderstood, match=openapi_calls.HERE):
            list(openapi_calls.calls_of(path, "post", {"operationId": "new", **operation}))
