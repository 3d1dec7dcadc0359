"""Every error has one shape, wherever it comes from, and tells nothing about the inside."""

import errno
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connections
from django.http import UnreadablePostError
from rest_framework.test import APIClient

from fltr_project.http import health
from tests.support.api import API, DATASETS, documents_of, make_dataset, refusal

pytestmark = pytest.mark.django_db(databases="__all__")

SECRET = "password=hunter2 in /srv/secret.py"


@pytest.fixture(params=[False, True], ids=["", "DEBUG"])
def _debug(request: pytest.FixtureRequest, settings: Any) -> None:
    settings.DEBUG = request.param


@pytest.fixture
def broken_reads(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that makes reading datasets fail with an error."""

    def break_with(error: Exception) -> None:
        def fail(*args: Any) -> None:
            raise error

        monkeypatch.setattr("datasets.views.base.find_dataset", fail)

    return break_with


@pytest.mark.usefixtures("_debug")
@pytest.mark.parametrize(
    "path", ["/nothing", "/api/v1/nothing", f"{DATASETS}/", f"{DATASETS}/a%2Fb", "/static/nothing"]
)
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_unknown_path_is_not_found(client: Any, path: str, method: str) -> None:
    answer = getattr(client, method)(path)

    assert refusal(answer) == (404, "not_found")


@pytest.mark.parametrize("accept", ["text/html; a*=no-such-charset'en'x", "\xff", ";;,,", "", "*"])
def test_a_wish_that_cannot_be_read_is_answered_too(client: Any, accept: str) -> None:
    answer = client.get("/nothing", headers={"Accept": accept})

    assert refusal(answer) == (404, "not_found")


@pytest.mark.usefixtures("_debug")
def test_an_unknown_host_is_refused(anonymous_client: APIClient) -> None:
    answer = anonymous_client.get(DATASETS, headers={"Host": "evil.example"})

    assert refusal(answer) == (400, "invalid_request")


@pytest.mark.usefixtures("_debug")
@pytest.mark.parametrize("path", ["/health", "/health/live"])
def test_a_method_that_plain_views_do_not_have_is_refused(path: str) -> None:
    answer = APIClient(enforce_csrf_checks=True).post(path)

    assert refusal(answer) == (405, "method_not_allowed")
    assert answer["Allow"] == "GET, HEAD"


def test_a_method_that_an_api_view_does_not_have_is_refused(alice_client: APIClient) -> None:
    dataset = make_dataset(alice_client)

    answers = [alice_client.put(f"{DATASETS}/{dataset['id']}", {}), alice_client.delete(documents_of(dataset))]

    assert [refusal(answer) for answer in answers] == [(405, "method_not_allowed")] * 2
    assert answers[1]["Allow"] == "GET, POST, HEAD, OPTIONS"


@pytest.mark.parametrize("accept", ["application/xml", "image/png", "nonsense", ";;;,,,", "text/csv"])
def test_what_cannot_be_written_is_not_acceptable(alice_client: APIClient, accept: str) -> None:
    answer = alice_client.get(DATASETS, headers={"Accept": accept})

    assert refusal(answer) == (406, "not_acceptable")


def test_a_validation_error_names_each_field_and_says_one_in_words(alice_client: APIClient) -> None:
    answer = alice_client.post(DATASETS, {"name": "", "visibility": "secret"})

    body = answer.json()
    assert refusal(answer) == (400, "invalid_request")
    assert set(body["details"]) == {"name", "visibility"}
    assert body["error"].startswith("name: ")


def test_an_unexpected_failure_tells_nothing_about_itself(alice_client: APIClient, broken_reads: Any) -> None:
    broken_reads(RuntimeError(SECRET))

    answer = alice_client.get(f"{DATASETS}/any")

    assert refusal(answer) == (500, "internal_error")
    assert b"hunter2" not in answer.content


def test_a_database_that_fails_is_unavailable(alice_client: APIClient, broken_reads: Any) -> None:
    broken_reads(OperationalError(SECRET))

    answer = alice_client.get(f"{DATASETS}/any")

    assert refusal(answer) == (503, "service_unavailable")
    assert b"hunter2" not in answer.content


@pytest.fixture
def full_database() -> Iterator[None]:
    """Have the fltr database find no more room on its disk."""
    with connections["default"].cursor() as cursor:
        if connections["default"].vendor == "postgresql":
            cursor.execute("CREATE FUNCTION fill() RETURNS trigger AS 'BEGIN RAISE disk_full; END' LANGUAGE plpgsql")
            cursor.execute("CREATE TRIGGER is_full BEFORE INSERT ON datasets FOR EACH ROW EXECUTE FUNCTION fill()")
            yield
            return
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
        yield
        cursor.execute(f"PRAGMA max_page_count = {2**30}")


@pytest.mark.usefixtures("full_database")
def test_a_full_disk_is_said_in_a_sentence(alice_client: APIClient) -> None:
    answers = (alice_client.post(DATASETS, {"name": f"{n}", "description": "d" * 1_000}) for n in range(500))
    answer = next(answer for answer in answers if answer.status_code != 201)

    assert refusal(answer) == (503, "service_unavailable")
    assert answer.json()["error"].startswith("There is no room left on the disk.")
    assert answer.headers["Retry-After"] == "30"


def test_a_full_disk_of_ours_is_said_in_the_same_sentence(alice_client: APIClient, broken_reads: Any) -> None:
    broken_reads(OSError(errno.ENOSPC, "No space left on device"))

    answer = alice_client.get(f"{DATASETS}/any")

    assert refusal(answer) == (503, "service_unavailable")
    assert answer.json()["error"].startswith("There is no room left on the disk.")


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_a_user_database_that_fails_is_unavailable_in_every_form(
    alice_client: APIClient, monkeypatch: pytest.MonkeyPatch, accept: str
) -> None:
    def fail(*args: Any) -> None:
        raise OperationalError(SECRET)

    monkeypatch.setattr("authbridge.authentication.find_live_session", fail)

    answer = alice_client.get(DATASETS, headers={"Accept": accept})

    assert answer.status_code == 503
    assert b"hunter2" not in answer.content


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_a_bad_token_is_refused_in_every_form(anonymous_client: APIClient, accept: str) -> None:
    answer = anonymous_client.get(DATASETS, headers={"Accept": accept, "Authorization": "Bearer nobody's"})

    assert answer.status_code == 401


@pytest.mark.usefixtures("_debug")
def test_a_plain_view_that_fails_tells_nothing_about_itself(
    anonymous_client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(health.Probe, "start", fail)

    answer = anonymous_client.get("/health")

    assert refusal(answer) == (500, "internal_error")
    assert b"hunter2" not in answer.content


def test_a_database_that_fails_beneath_the_views_is_unavailable(
    alice_client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> None:
        raise OperationalError(SECRET)

    alice_client.raise_request_exception = False
    monkeypatch.setattr("fltr_project.http.idempotency.settle", fail)

    answer = alice_client.post(DATASETS, {"name": "Notes"}, headers={"Idempotency-Key": "k"})

    assert refusal(answer) == (503, "service_unavailable")


def test_what_is_deleted_between_two_looks_is_not_found(alice_client: APIClient, broken_reads: Any) -> None:
    from datasets.models import Dataset

    broken_reads(Dataset.DoesNotExist())

    answer = alice_client.get(f"{DATASETS}/any")

    assert refusal(answer) == (404, "not_found")


def test_a_client_that_leaves_in_the_middle_is_no_failure_of_ours(alice_client: APIClient, broken_reads: Any) -> None:
    broken_reads(UnreadablePostError("gone"))

    answer = alice_client.get(f"{DATASETS}/any")

    assert refusal(answer) == (400, "invalid_request")


def test_too_many_query_parameters_are_refused(alice_client: APIClient) -> None:
    answer = alice_client.get(DATASETS, {f"p{index}": 1 for index in range(1_001)})

    assert refusal(answer) == (400, "invalid_request")


@pytest.mark.parametrize("path", [DATASETS, f"{API}/mcp/query", f"{API}/mcp/batch-query", f"{API}/embeddings/search"])
def test_every_path_tells_its_methods(alice_client: APIClient, path: str) -> None:
    answer = alice_client.options(path)

    assert answer.status_code == 200
    assert "POST" in answer["Allow"]


def test_no_connection_is_left_in_a_broken_transaction(alice_client: APIClient) -> None:
    alice_client.post(DATASETS, {"name": ""})

    assert all(connection.is_usable() for connection in connections.all())
