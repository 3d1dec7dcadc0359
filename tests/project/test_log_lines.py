"""Lines of the log say what they were written for, and are for people or for programs."""

import json
import logging
import logging.config
from typing import Any

import pytest
from django.conf import settings as django_settings
from rest_framework.test import APIClient

from authbridge.shared import complaints as shared_complaints
from authbridge.shared.complaints import Complaints
from authbridge.shared.log_lines import written_for
from credits import selectors
from fltr_project.http import complaints, middleware
from tests.support import warm
from tests.support.api import API

logger = logging.getLogger("fltr_project.anything")


def line(capsys: pytest.CaptureFixture[str], formatter: str, *message: Any) -> str:
    """Log a message by the settings' own handler, and return what was written."""
    configured = json.loads(json.dumps(django_settings.LOGGING))
    configured["handlers"]["console"] |= {"formatter": formatter, "stream": "ext://sys.stderr"}
    try:
        logging.config.dictConfig(configured)
        logger.warning(*message)
    finally:
        logging.config.dictConfig(django_settings.LOGGING)
    return capsys.readouterr().err


def test_a_line_ends_with_what_it_was_written_for(capsys: pytest.CaptureFixture[str]) -> None:
    with written_for("request r-1"):
        inside = line(capsys, "text", "Something %d.", 7)
    outside = line(capsys, "text", "Something %d.", 7)

    assert inside.endswith(" WARNING fltr_project.anything: Something 7. (request r-1)\n")
    assert outside.endswith(" WARNING fltr_project.anything: Something 7.\n")


def test_for_programs_a_line_is_an_object(capsys: pytest.CaptureFixture[str]) -> None:
    with written_for("job j-1"):
        written = json.loads(line(capsys, "json", 'With "quotes"\nand a second line'))

    assert written.pop("time")
    assert written == {
        "level": "WARNING",
        "logger": "fltr_project.anything",
        "message": 'With "quotes"\nand a second line',
        "written_for": "job j-1",
    }


@pytest.mark.parametrize("setting", ["LOG_FORMAT", "LOG_REQUESTS"])
def test_a_spelling_mistake_stops_the_start(setting: str, tmp_path: Any) -> None:
    environment = {"PATH": "/usr/bin", "ENV_FILE": "", "SECRET_KEY": "s" * 60, "DATA_DIR": str(tmp_path)}

    stopped = warm.run(["manage.py", "check"], {**environment, setting: "loud"})

    assert stopped.returncode == 1
    assert stopped.stderr.startswith(f"Settings: {setting} is 'loud': set it to ")


@pytest.mark.django_db(databases="__all__")
class TestRequests:
    @pytest.fixture(autouse=True)
    def _all_of_it(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, middleware.logger.name)
        caplog.set_level(logging.INFO, complaints.logger.name)

    def test_are_a_line_each_with_their_route_and_no_secret(
        self, alice_client: APIClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        alice_client.get(f"{API}/datasets/fltr_sk_pasted_by_mistake")

        [record] = [record for record in caplog.records if record.name == middleware.logger.name]
        assert record.getMessage().startswith(f"GET {API}/datasets/{{pk}} 404, ")
        assert "pasted" not in record.getMessage()

    def test_that_fail_leave_one_line_with_the_reason_and_a_traceback(
        self, alice_client: APIClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def break_down(*args: Any, **options: Any) -> None:
            raise RuntimeError("The gears are stuck.\nAnd more.")

        monkeypatch.setattr(complaints, "bugs", Complaints(1.0))
        monkeypatch.setattr("credits.views.account.usage_summary", break_down)
        for _ in range(3):
            assert alice_client.get(f"{API}/credits/usage-summary").status_code == 500

        records = [record for record in caplog.records if record.name == complaints.logger.name]
        assert [record.getMessage() for record in records] == [
            f"GET {API}/credits/usage-summary failed: RuntimeError: The gears are stuck."
        ]
        assert records[0].exc_info
        assert selectors.usage_summary

    def test_that_met_an_outage_leave_no_traceback(
        self, alice_client: APIClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from django.db import OperationalError

        def fail(*args: Any, **options: Any) -> None:
            raise OperationalError("the connection is closed")

        monkeypatch.setattr(complaints, "outages", Complaints(30.0))
        monkeypatch.setattr("credits.views.account.usage_summary", fail)
        for _ in range(3):
            assert alice_client.get(f"{API}/credits/usage-summary").status_code == 503

        [record] = [record for record in caplog.records if record.name == complaints.logger.name]
        assert record.getMessage().endswith("failed: OperationalError: the connection is closed")
        assert not record.exc_info


def test_the_same_reason_is_said_again_with_how_often_it_was_not(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(shared_complaints.time, "monotonic", lambda: now)
    said = Complaints(1.0)

    counts = [said.left_out_before("a") for _ in range(4)]
    other = said.left_out_before("b")
    now += 1.5

    assert (counts, other) == ([0, None, None, None], 0)
    assert said.left_out_before("a") == 3


def test_reasons_of_long_ago_are_forgotten_however_often_they_came(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(shared_complaints.time, "monotonic", lambda: now)
    said = Complaints(1.0)
    for number in range(50):
        said.left_out_before(f"reason {number}")
        said.left_out_before(f"reason {number}")

    now += shared_complaints.REMEMBERED_S + 1
    said.left_out_before("another")

    assert list(said._said) == ["another"]
