"""Pages of the site, on an origin of their own, may call the API from a browser and read all of its answers."""

from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError
from rest_framework.test import APIClient

from authbridge.models import Session
from datasets.models import ProcessingJob
from tests.support.api import API, DATASETS, make_dataset, upload, upload_text
from tests.support.clients import client_with_token
from tests.support.jobs import do_jobs

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("_trusted", "memory_vectors")]

SITE, OTHER_SITE, EVIL = "https://app.example.com", "https://www.example.com", "https://evil.example"
BALANCE = f"{API}/credits/balance"
ALLOWED = "Access-Control-Allow-Origin"
# What browsers let pages read anyway, or what is said to browsers and caches alone.
NOT_FOR_PAGES = {
    *("allow", "cache-control", "content-length", "content-type", "vary", "x-accel-buffering"),
    *("cross-origin-opener-policy", "referrer-policy", "x-content-type-options", "x-frame-options"),
    *("access-control-allow-origin", "access-control-allow-credentials", "access-control-expose-headers"),
}


@pytest.fixture
def _trusted(settings: Any) -> None:
    settings.TRUSTED_ORIGINS = settings.CORS_ALLOWED_ORIGINS = [SITE, OTHER_SITE]


@pytest.fixture
def page(alice_session: Session) -> APIClient:
    """A page of the site, where Alice is signed in."""
    client = client_with_token(alice_session.token)
    client.raise_request_exception = False
    client.defaults["HTTP_ORIGIN"] = SITE
    return client


def preflight(path: str = DATASETS, origin: str = SITE, method: str = "POST", **extra: Any) -> Any:
    """Ask as browsers do before they send what a form could not."""
    asked = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": "x-api-key"}
    return APIClient().options(path, headers=asked, **extra)


def words(header: str) -> set[str]:
    """Return what a header lists."""
    return {word.strip().lower() for word in header.split(",")}


def is_readable(answer: Any, origin: str = SITE) -> bool:
    """Tell whether a browser would let a page of this origin read an answer to a call with a cookie."""
    allowed = (answer.get(ALLOWED), answer.get("Access-Control-Allow-Credentials"))
    return allowed == (origin, "true") and "origin" in words(answer["Vary"])


class TestPreflight:
    @pytest.mark.parametrize("origin", [SITE, OTHER_SITE])
    def test_a_trusted_origin_may_send_all_that_the_api_takes(self, origin: str) -> None:
        answer = preflight(origin=origin)

        assert answer.status_code == 200
        assert is_readable(answer, origin)
        assert words(answer["Access-Control-Allow-Methods"]) >= {"get", "post", "put", "patch", "delete"}
        assert words(answer["Access-Control-Allow-Headers"]) >= {
            *("authorization", "content-type", "x-api-key", "idempotency-key", "x-request-id", "last-event-id")
        }

    @pytest.mark.parametrize(
        "origin",
        [EVIL, "null", "http://app.example.com", f"{SITE}:8443", f"{SITE}.evil.example", "https://app.example.co", "*"],
    )
    def test_another_origin_is_told_nothing(self, origin: str) -> None:
        answer = preflight(origin=origin)

        assert not [name for name in answer.headers if name.startswith("Access-Control")]

    def test_it_is_neither_counted_nor_authenticated_nor_charged(
        self, settings: Any, django_assert_num_queries: Any
    ) -> None:
        settings.RATE_LIMITS = {"anonymous": 1, "api_key": 1, "session": 1}
        cache.clear()

        with django_assert_num_queries(0):
            answers = [preflight(path, HTTP_AUTHORIZATION="Bearer bad") for path in (DATASETS, BALANCE, "/api/nowhere")]

        assert {answer.status_code for answer in answers} == {200}
        assert APIClient().get(DATASETS).status_code == 200

    def test_it_is_answered_over_http_where_https_is_demanded(self, settings: Any) -> None:
        settings.SECURE_SSL_REDIRECT = True

        assert is_readable(preflight())

    def test_options_without_its_headers_are_answered_by_the_view(self, page: APIClient) -> None:
        answer = page.options(DATASETS)

        assert "POST" in answer["Allow"]
        assert is_readable(answer)


class TestEveryAnswerCanBeRead:
    def test_what_is_there_and_what_is_not(self, page: APIClient) -> None:
        expected = {BALANCE: 200, f"{DATASETS}/nowhere": 404, "/api/nowhere": 404, "/health/live": 200}

        answers = {path: page.get(path) for path in expected}

        assert {path: answer.status_code for path, answer in answers.items()} == expected
        assert all(is_readable(answer) for answer in answers.values())

    def test_what_nobody_and_what_a_bad_credential_is_told(self, page: APIClient) -> None:
        page.credentials()

        bad, missing = page.get(BALANCE, headers={"Authorization": "Bearer bad"}), page.get(BALANCE)

        assert [answer.status_code for answer in (bad, missing)] == [401, 401]
        assert all(is_readable(answer) for answer in (bad, missing))

    def test_a_file_that_is_too_large(self, page: APIClient, settings: Any) -> None:
        dataset = make_dataset(page)
        settings.MAX_UPLOAD_MB = 0

        answer = upload(page, dataset, b"Some text")

        assert answer.status_code == 413
        assert is_readable(answer)

    def test_a_call_beyond_the_limit(self, page: APIClient, settings: Any) -> None:
        settings.RATE_LIMITS = {"anonymous": 1, "api_key": 1, "session": 1}
        cache.clear()

        answers = [page.get(BALANCE) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [200, 429]
        assert is_readable(answers[1])
        assert {"retry-after", "x-ratelimit-reset"} <= words(answers[1]["Access-Control-Expose-Headers"])

    @pytest.mark.parametrize(("error", "status"), [(RuntimeError, 500), (OperationalError, 503)])
    @pytest.mark.parametrize("debug", [False, True], ids=["", "DEBUG"])
    def test_our_own_failures(
        self, page: APIClient, settings: Any, monkeypatch: Any, error: type[Exception], status: int, debug: bool
    ) -> None:
        settings.DEBUG = debug

        def fail(*_: Any) -> None:
            raise error

        monkeypatch.setattr("fltr_project.http.health.Probe.start", fail)
        monkeypatch.setattr("datasets.views.base.find_dataset", fail)

        answers = [page.get("/health"), page.get(f"{DATASETS}/any")]

        assert [answer.status_code for answer in answers] == [status, status]
        assert all(is_readable(answer) for answer in answers)

    def test_an_unknown_host(self, page: APIClient) -> None:
        answer = page.get(BALANCE, headers={"Host": "elsewhere.example"})

        assert answer.status_code == 400
        assert is_readable(answer)

    def test_a_stream_of_events(self, page: APIClient) -> None:
        job = job_of(page)

        answer = page.get(f"{API}/jobs/{job.id}/events", headers={"Accept": "text/event-stream", "Last-Event-ID": "1"})

        assert b"".join(answer.streaming_content).startswith(b"event: job")
        assert is_readable(answer)

    def test_a_file_of_transactions_and_its_name(self, page: APIClient) -> None:
        answer = page.get(f"{API}/credits/transactions?format=csv")

        assert is_readable(answer)
        assert "content-disposition" in words(answer["Access-Control-Expose-Headers"])

    def test_every_header_that_means_something_to_a_page(self, page: APIClient, settings: Any) -> None:
        settings.RATE_LIMITS = {"anonymous": 9, "api_key": 9, "session": 9}
        key = {"Idempotency-Key": "once"}
        answers = [
            *(page.post(DATASETS, {"name": "Kept"}, headers=key) for _ in range(2)),
            page.get(f"{API}/credits/transactions?format=csv"),
            page.get(f"{API}/jobs/{job_of(page).id}/events"),
            APIClient().get(BALANCE, headers={"Origin": SITE}),
        ]

        borne = {name.lower() for answer in answers for name in answer.headers} - NOT_FOR_PAGES

        assert borne <= words(answers[0]["Access-Control-Expose-Headers"])
        assert {"x-credits-charged", "idempotent-replayed", "www-authenticate", "x-ratelimit-reset"} <= borne


def job_of(client: APIClient) -> ProcessingJob:
    """Return a job that is done."""
    upload_text(client, make_dataset(client), "Some text")
    do_jobs()
    return ProcessingJob.objects.latest("created_at")


@pytest.mark.parametrize("origin", [EVIL, "null", "https://", "http://[", "", "https://app.example.com@evil.example"])
def test_another_origin_gets_its_answer_and_cannot_read_it(page: APIClient, origin: str) -> None:
    answer = page.get(BALANCE, headers={"Origin": origin})

    assert answer.status_code == 200
    assert ALLOWED not in answer
    assert "origin" in words(answer["Vary"])


def test_a_call_that_names_no_origin_is_told_that_the_answer_depends_on_it(alice_client: APIClient) -> None:
    answer = alice_client.get(BALANCE)

    assert ALLOWED not in answer
    assert "origin" in words(answer["Vary"])


def test_a_kept_answer_is_given_to_the_origin_that_asks_now(page: APIClient) -> None:
    body, key = {"name": "Kept"}, "the same"

    first = page.post(DATASETS, body, headers={"Idempotency-Key": key})
    again = page.post(DATASETS, body, headers={"Idempotency-Key": key, "Origin": OTHER_SITE})
    elsewhere = page.post(DATASETS, body, headers={"Idempotency-Key": key, "Origin": EVIL})

    assert (is_readable(first), is_readable(again, OTHER_SITE)) == (True, True)
    assert again["Idempotent-Replayed"] == elsewhere["Idempotent-Replayed"] == "true"
    assert ALLOWED not in elsewhere


@pytest.mark.parametrize("path", ["/", "/admin/login/"])
def test_pages_for_people_are_not_for_other_origins(path: str) -> None:
    answer = APIClient().get(path, headers={"Origin": SITE})

    assert ALLOWED not in answer
