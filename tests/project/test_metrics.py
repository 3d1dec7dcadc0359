"""What Prometheus reads, and who may."""

import re
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from rest_framework.test import APIClient

from authbridge.models import User
from credits.services import deduct_credits
from datasets.models import ProcessingJob
from fltr_project.http import health
from fltr_project.http.health import Probe
from tests.support import dying
from tests.support.api import API
from tests.support.jobs import do_jobs

pytestmark = [pytest.mark.django_db(databases="__all__", transaction=True), pytest.mark.usefixtures("memory_vectors")]


@pytest.fixture(autouse=True)
def _parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PROBES", {name: Probe(lambda: health.CONNECTED) for name in health.PROBES})


def scrape(**extra: str) -> Any:
    return APIClient().get("/metrics", **extra)


def value(name: str, **labels: str) -> float:
    """Return one value, 0 if it is not told."""
    families = text_string_to_metric_families(scrape().content.decode())
    samples = [each for family in families for each in family.samples if each.name == name and each.labels == labels]
    return samples[0].value if samples else 0.0


def test_is_read_on_this_machine_and_by_no_proxy() -> None:
    assert scrape().status_code == 200
    assert scrape()["Content-Type"].startswith("text/plain")
    for extra in (
        {"REMOTE_ADDR": "10.0.0.1"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
    ):
        assert scrape(**extra).status_code == 404
    assert scrape(REMOTE_ADDR="::ffff:127.0.0.1").status_code == 200


def test_is_read_with_its_token_from_anywhere(settings: Any) -> None:
    settings.METRICS_TOKEN = "a token for Prometheus"

    assert scrape(REMOTE_ADDR="10.0.0.1", HTTP_AUTHORIZATION="Bearer a token for Prometheus").status_code == 200
    for extra in ({}, {"HTTP_AUTHORIZATION": "Bearer another"}, {"HTTP_AUTHORIZATION": "Bearer "}):
        assert scrape(**extra).status_code == 404


def test_requests_are_counted_by_a_route_without_ids(alice_client: APIClient) -> None:
    labels = {"route": f"{API}/datasets/{{pk}}", "method": "GET", "status": "404"}
    before = value("fltr_http_requests_total", **labels)

    for name in ("one", "two"):
        alice_client.get(f"{API}/datasets/{name}")

    assert value("fltr_http_requests_total", **labels) == before + 2
    assert value("fltr_http_request_seconds_count", route=f"{API}/datasets/{{pk}}") >= 2


def test_whatever_people_ask_for_makes_no_labels(anonymous_client: APIClient) -> None:
    for path in ("/wp-login.php", "/admin/credits/apikeycredits/x/change/", f"{API}/nonsense/{'x' * 50}"):
        anonymous_client.generic("BREW", path)

    text = scrape().content.decode()
    assert not re.search("wp-login|apikeycredits/x|xxxx|BREW", text)


def test_credits_are_counted_by_type(alice: User) -> None:
    before = value("fltr_credits_total", type="usage")

    deduct_credits(user_id=alice.id, amount=7, operation="document_upload")

    assert value("fltr_credits_total", type="usage") == before + 7


def test_jobs_are_told_while_they_wait_and_counted_when_they_end(alice: User) -> None:
    before = value("fltr_jobs_ended_total", result="succeeded")
    dying.create_dataset(alice.id)
    dying.upload(alice.id)

    assert value("fltr_jobs", state="queued") == 1
    assert value("fltr_oldest_job_seconds") > 0
    do_jobs()

    assert ProcessingJob.objects.get().status == "succeeded"
    assert value("fltr_jobs", state="queued") == 0
    assert value("fltr_jobs_ended_total", result="succeeded") == before + 1


def test_what_is_away_is_told_and_the_rest_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> str:
        raise OSError

    monkeypatch.setitem(health.PROBES, "milvus", Probe(fail))
    monkeypatch.setitem(health.PROBES, "auth_database", Probe(lambda: health.READ_ONLY))

    assert [value("fltr_outage", service=name) for name in ("database", "milvus", "auth_database")] == [0, 1, 1]
    assert "fltr_jobs" in scrape().content.decode()
