"""A web process notes new prices when it begins, and waits for nobody."""

import logging

import pytest
from django.conf import settings
from django.db import OperationalError

from credits.models import AuditAction, AuditEntry
from fltr_project.run import beginning

pytestmark = pytest.mark.django_db(databases=[settings.AUTH_DB], transaction=True)


def test_new_prices_are_noted_once() -> None:
    for _ in range(2):
        beginning.note_prices_in_force()

    assert AuditEntry.objects.filter(action=AuditAction.CHANGE_PRICES).count() == 1


def test_a_database_that_is_away_stops_no_process(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> None:
        raise OperationalError("it is away")

    monkeypatch.setattr(beginning, "note_prices", refuse)

    with caplog.at_level(logging.WARNING):
        beginning.note_prices_in_force()
    assert "it is away" in caplog.text


def test_it_is_done_while_a_web_process_warms_up(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    started = []
    monkeypatch.setattr(threading.Thread, "start", lambda thread: started.append(thread._target))
    from fltr_project import wsgi

    wsgi.warm_up()

    assert beginning.note_prices_in_force in started
