"""An API key with a list of scopes may do what they name and nothing else."""

import pytest
from django.conf import settings
from django.urls import get_resolver

from authbridge.shared.actions import Callers
from credits.models import Scope
from credits.services import create_api_key
from tests.support.api import API, UNKNOWN_ID, make_dataset, path_of, refusal, upload_text
from tests.support.clients import client_with_token

pytestmark = pytest.mark.django_db(databases=["default", settings.AUTH_DB])

# Who is calling, what things cost and which tools there are: nothing to be kept from a key.
WITHOUT_SCOPE = {("AuthViewSet", "session"), ("CreditsViewSet", "pricing"), ("SearchViewSet", "manifest")}


@pytest.fixture
def key_client(alice):
    """Return a function that gives the client of one of Alice's keys with these scopes."""

    def make(scopes):
        _, secret = create_api_key(user_id=alice.id, name="k", scopes=scopes)
        return client_with_token(secret)

    return make


def make_things(client):
    """Make a dataset with a document and its job; return their ids by what they are."""
    dataset = make_dataset(client)
    document = upload_text(client, dataset, "Water boils at 100 degrees.").json()
    [job] = client.get(f"{path_of(dataset)}/jobs").json()["jobs"]
    return {"dataset": dataset["id"], "document": document["document_id"], "job": job["id"]}


def api_actions():
    """Yield (view class, action) of every route below /api/v1/."""
    for pattern in get_resolver().url_patterns:
        for route in getattr(pattern, "url_patterns", []):
            view = getattr(route.callback, "cls", None)
            if view is None or not str(pattern.pattern).startswith("api/v1/"):
                continue
            yield from ((view, action) for action in route.callback.actions.values())


def test_every_route_that_a_key_may_use_says_which_scope_it_needs():
    for_keys = {
        (view.__name__, action): getattr(view, action).declared.scope
        for view, action in api_actions()
        if getattr(view, action).declared.by in (Callers.ANYBODY, Callers.ACCOUNT)
    }

    assert {action for action, scope in for_keys.items() if scope is None} == WITHOUT_SCOPE
    assert set(for_keys.values()) <= {None, *Scope.values}


def test_a_key_without_a_list_has_every_scope(key_client):
    client = key_client(None)

    assert client.get(f"{API}/credits/balance").status_code == 200
    assert client.post(f"{API}/datasets", {"name": "Mine"}).status_code == 201


def test_a_key_may_do_what_its_scope_names(key_client):
    assert key_client(["credits:read"]).get(f"{API}/credits/balance").status_code == 200


def test_what_is_missing_is_named(key_client):
    answer = key_client(["datasets:read"]).get(f"{API}/credits/balance")

    assert refusal(answer) == (403, "insufficient_scope")
    assert answer.json()["details"] == {"required_scope": "credits:read"}


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("get", "/datasets", "datasets:read"),
        ("post", "/datasets", "datasets:write"),
        ("patch", "/datasets/{dataset}", "datasets:write"),
        ("delete", "/datasets/{dataset}", "datasets:delete"),
        ("get", "/datasets/{dataset}/jobs", "documents:read"),
        ("post", "/datasets/{dataset}/query", "mcp:query"),
        ("get", "/datasets/{dataset}/documents", "documents:read"),
        ("post", "/datasets/{dataset}/documents", "documents:write"),
        ("delete", "/datasets/{dataset}/documents/{document}", "documents:delete"),
        ("post", "/jobs/{job}/cancel", "documents:write"),
        ("post", "/mcp/query", "mcp:query"),
        ("post", "/mcp/batch-query", "mcp:query"),
        ("post", "/embeddings/search", "mcp:query"),
        ("get", "/credits/transactions", "credits:read"),
    ],
)
def test_all_other_scopes_together_do_not_make_up_for_the_one_that_is_needed(
    key_client, alice_client, method, path, scope
):
    things = make_things(alice_client)
    client = key_client([other for other in Scope.values if other != scope])

    answer = getattr(client, method)(API + path.format(**things), {})

    assert refusal(answer) == (403, "insufficient_scope")
    assert answer.json()["details"] == {"required_scope": scope}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/datasets/{unknown}", "dataset_not_found"),
        ("/datasets/{unknown}/documents", "dataset_not_found"),
        ("/datasets/{dataset}/documents/{unknown}", "document_not_found"),
        ("/jobs/{unknown}", "job_not_found"),
    ],
)
def test_what_is_not_there_is_not_found_before_anybody_asks_for_a_scope(key_client, alice_client, path, code):
    things = make_things(alice_client)

    answer = key_client([]).get(API + path.format(**things, unknown=UNKNOWN_ID))

    assert refusal(answer) == (404, code)


def test_a_refused_call_costs_and_makes_nothing(key_client, alice):
    key_client(["datasets:read"]).post(f"{API}/datasets", {"name": "Mine"})

    alice.refresh_from_db()
    assert alice.credits == 100


def test_a_session_has_every_scope(alice_client):
    assert alice_client.get(f"{API}/credits/transactions").status_code == 200


def test_a_method_that_is_not_there_is_no_matter_of_scopes(key_client):
    assert refusal(key_client(["credits:read"]).put(f"{API}/datasets")) == (405, "method_not_allowed")


def test_the_page_for_people_shows_a_limited_key_what_it_may_see(key_client):
    page = key_client(["datasets:read"]).get(f"{API}/datasets", HTTP_ACCEPT="text/html")

    assert page.status_code == 200
    assert b"insufficient_scope" not in page.content
