"""Once a database has not answered somebody, nobody else waits for it; and it is noticed when it is back."""

import logging
import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings as django_settings
from django.db import OperationalError, connections
from django.db.utils import ConnectionHandler
from rest_framework.test import APIClient

from authbridge.models import User
from authbridge.shared.breaker import Breaker
from authbridge.shared.postgresql import base
from credits.services import create_api_key, deduct_credits
from tests.support.api import API
from tests.support.clients import client_with_token
from tests.support.engine import wait_until
from tests.support.forwarding import Forwarder

LOGGER = "authbridge.shared.breaker"


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("authbridge.shared.breaker.LOOK_EVERY_S", 0.02)


class Server:
    """One that answers or not."""

    def __init__(self) -> None:
        self.answers, self.looks, self.backs = True, 0, 0

    def look(self) -> None:
        self.looks += 1
        if not self.answers:
            raise psycopg.OperationalError("connection refused\nby somebody")

    def breaker(self) -> Breaker:
        def on_back() -> None:
            self.backs += 1

        return Breaker("database fltr", look=self.look, on_gone=lambda: None, on_back=on_back)


class TestBreaker:
    def test_lets_through_while_nothing_is_known(self) -> None:
        Server().breaker().insist(psycopg.OperationalError)

    def test_stays_closed_on_a_false_alarm(self, caplog: pytest.LogCaptureFixture) -> None:
        server = Server()
        breaker = server.breaker()

        breaker.suspect()
        wait_until(lambda: server.looks == 1)

        breaker.insist(psycopg.OperationalError)
        assert (server.backs, caplog.text) == (0, "")

    def test_fails_everybody_at_once_until_the_server_is_back(self, caplog: pytest.LogCaptureFixture) -> None:
        server = Server()
        breaker, server.answers = server.breaker(), False
        with caplog.at_level(logging.WARNING, LOGGER):
            breaker.suspect()
            wait_until(lambda: breaker.is_open)
            for _ in range(100):
                with pytest.raises(psycopg.OperationalError, match=r"^connection refused$"):
                    breaker.insist(psycopg.OperationalError)
                breaker.suspect()
            server.answers = True
            wait_until(lambda: not breaker.is_open)

        breaker.insist(psycopg.OperationalError)
        lines = [record.getMessage() for record in caplog.records]
        assert server.backs == 1
        assert lines[0] == "The database fltr does not answer: connection refused"
        assert lines[1].startswith("The database fltr answers again, after ")
        assert len(lines) == 2

    def test_looks_alone_whoever_suspects(self) -> None:
        server = Server()
        breaker, server.answers = server.breaker(), False
        for _ in range(50):
            breaker.suspect()

        assert sum(thread.name == "breaker-database fltr" for thread in threading.enumerate()) == 1
        server.answers = True
        wait_until(lambda: not breaker.is_open)


@pytest.mark.postgresql
class TestPool:
    @pytest.fixture
    def way(self) -> Iterator[Forwarder]:
        """The way to the server of these tests."""
        database = connections["default"].settings_dict
        host = database["HOST"] or database["OPTIONS"].get("host")
        if not str(host).startswith("/"):
            pytest.skip("needs a server with a unix socket")
        way = Forwarder(str(host))
        yield way
        way.cut()

    @pytest.fixture
    def connection(self, way: Forwarder, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
        """A pooled connection by that way, as processes that serve have them."""
        monkeypatch.setattr(base, "breakers", {})
        ours = connections["default"].settings_dict
        options = {"pool": {"min_size": 1, "max_size": 2, "timeout": 0.05}, "connect_timeout": 2}
        settings = {**ours, "HOST": "127.0.0.1", "PORT": str(way.port), "NAME": "postgres", "OPTIONS": options}
        connection = ConnectionHandler({"default": settings})["default"]
        monkeypatch.setattr(base.DatabaseWrapper, "_connection_pools", {})
        with django_db_blocker.unblock():
            yield connection
            connection.close()
            connection.close_pool()

    def ask(self, connection: Any) -> int:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 7")
                return int(cursor.fetchone()[0])
        finally:
            connection.close()

    def test_gives_what_is_asked_for_again_soon_after_an_outage(self, connection: Any, way: Forwarder) -> None:
        assert self.ask(connection) == 7

        way.cut()
        with pytest.raises(OperationalError):
            self.ask(connection)
        wait_until(lambda: connection.breaker.is_open)
        for _ in range(200):
            with pytest.raises(OperationalError):
                self.ask(connection)
        way.mend()
        wait_until(lambda: not connection.breaker.is_open)

        assert self.ask(connection) == 7

    def test_being_empty_is_no_outage(self, connection: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(base, "PATIENCE_S", 0.3)
        handler = ConnectionHandler({"default": connection.settings_dict})
        held = [handler.create_connection("default") for _ in range(2)]
        for each in held:
            each.ensure_connection()

        with pytest.raises(OperationalError):
            self.ask(connection)

        assert not connection.breaker.is_open
        for each in held:
            each.close()
        assert self.ask(connection) == 7


@pytest.mark.postgresql
@pytest.mark.django_db(databases="__all__")
class TestAServerThatTakesNoChanges:
    @pytest.fixture(autouse=True)
    def _read_only(self, alice: Any) -> None:
        with connections[django_settings.AUTH_DB].cursor() as cursor:
            cursor.execute("SET transaction_read_only = on")

    def test_is_an_outage_with_its_reason(self, alice: Any, service_client: APIClient) -> None:
        body = {"user_id": str(alice.id), "amount": 1, "operation": "document_upload", "idempotency_key": "k"}

        answer = service_client.post(f"{API}/credits/deduct", body)

        assert answer.status_code == 503
        assert "takes no changes" in answer.json()["error"]
        assert answer.headers["Retry-After"] == "2"

    def test_makes_code_fail_in_words(self, alice: Any) -> None:
        with pytest.raises(Exception, match="read-only transaction"):
            deduct_credits(user_id=alice.id, amount=1, operation="document_upload")


@pytest.mark.postgresql
@pytest.mark.django_db(databases="__all__", transaction=True)
def test_keys_can_read_where_nothing_can_be_written(alice: User) -> None:
    _, secret = create_api_key(user_id=alice.id, name="k")
    with connections[django_settings.AUTH_DB].cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    try:
        answer = client_with_token(secret or "").get(f"{API}/credits/balance")
    finally:
        with connections[django_settings.AUTH_DB].cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = off")

    assert (answer.status_code, answer.json()["credits"]) == (200, 100)
