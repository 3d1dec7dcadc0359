"""A whole instance behind a PgBouncer, over HTTP, with more callers than the pooler has sessions."""

import csv
import io
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.interop.http import Answer, call
from tests.pooler.world import SETTINGS, World
from tests.support.engine import wait_until
from tests.support.instance import Instance, instance_in
from tests.support.threads import at_once

pytestmark = pytest.mark.pooler

CALLERS, DOCUMENTS = 40, 8
# The first SQL compares, the second Python does: SQL has no such number.
FILTERS = [lambda number: {"number": number}, lambda number: {"number": number, "big": {"gt": 2**60}}]
WEBHOOK = {"X_Webhook_Secret": SETTINGS["INTERNAL_WEBHOOK_SECRET"]}


class Caller:
    """The developer of an instance."""

    def __init__(self, instance: Instance) -> None:
        self._url, self._token = f"http://localhost:{instance.port}/api/v1", instance.token()
        self.id = self.call("GET", "/auth/session").json()["user"]["id"]

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Call the API."""
        return call(method, self._url + path, body, Authorization=f"Bearer {self._token}", **headers)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        """Make or do something that goes well."""
        answer = self.call("POST", path, body, **headers)
        assert answer.status in (200, 201), answer.body
        return answer.json()

    def credits(self) -> int:
        """Return the balance."""
        credits: int = self.call("GET", "/credits/balance").json()["credits"]
        return credits

    def exported(self) -> list[dict[str, str]]:
        """Return the ledger's rows as a file has them."""
        answer = self.call("GET", "/credits/transactions?format=csv")
        assert answer.status == 200
        return list(csv.DictReader(io.StringIO(answer.body.decode())))


@pytest.fixture(scope="module")
def caller(world: World) -> Iterator[Caller]:
    with instance_in(world.folder.parent, **SETTINGS, **world.urls) as instance:
        instance.start()
        caller = Caller(instance)
        given = {"user_id": caller.id, "amount": 10_000, "type": "bonus", "idempotency_key": "rich"}
        caller.post("/credits/add", given, **WEBHOOK)
        yield caller
        # What has gone wrong behind answers that were right.
        assert "Traceback" not in instance.output, instance.output


@pytest.fixture(scope="module")
def documents(caller: Caller) -> list[str]:
    """The ids of documents that are ready, by number, in the dataset `numbers`; uploaded all at once."""
    caller.post("/datasets", {"name": "Numbers"})

    def upload(number: int) -> str:
        body = {"content": f"Train number {number} leaves.", "metadata": {"number": number, "big": 2**60 + 1}}
        made: str = caller.post("/datasets/numbers/documents", body)["document_id"]
        return made

    ids = at_once(upload, DOCUMENTS)
    path = "/datasets/numbers/documents?status=ready"
    wait_until(lambda: len(caller.call("GET", path).json()["documents"]) == DOCUMENTS, 60)
    return ids


@pytest.mark.parametrize("filters_of", FILTERS, ids=["in SQL", "in Python"])
def test_filtered_queries_find_what_was_asked_for(caller: Caller, documents: list[str], filters_of: Any) -> None:
    def ask(number: int) -> list[str]:
        body = {"query": "Which train leaves?", "filters": filters_of(number % DOCUMENTS)}
        return [found["document_id"] for found in caller.post("/datasets/numbers/query", body)["results"]]

    assert at_once(ask, CALLERS) == [[documents[number % DOCUMENTS]] for number in range(CALLERS)]


def test_exports_have_every_row(caller: Caller, documents: list[str]) -> None:
    total = caller.call("GET", "/credits/transactions").json()["total"]

    exports = at_once(lambda number: caller.exported(), CALLERS)

    assert [len(rows) for rows in exports] == [total] * CALLERS
    assert sum(int(row["amount"]) for row in exports[0]) == caller.credits()


def test_repeats_happen_once(caller: Caller) -> None:
    before, key = caller.credits(), str(uuid.uuid4())

    answers = at_once(
        lambda number: caller.call("POST", "/datasets", {"name": "Once"}, Idempotency_Key=key), CALLERS // 4
    )
    made = caller.post("/datasets", {"name": "Once"}, Idempotency_Key=key)

    assert {answer.status for answer in answers} <= {201, 409}
    assert {answer.json()["id"] for answer in answers if answer.status == 201} == {made["id"]}
    assert caller.credits() == before - 2


def test_charges_and_refunds_at_once_come_out_even(caller: Caller) -> None:
    before = caller.credits()

    def charge_and_give_back(number: int) -> None:
        charge = {"user_id": caller.id, "amount": 3, "operation": "document_upload", "idempotency_key": f"c{number}"}
        entry = caller.post("/credits/deduct", charge, **WEBHOOK)
        refund = {"transaction_id": entry["id"], "error_type": "system_error", "reason": "A test."}
        caller.post("/credits/refund", {**refund, "idempotency_key": f"r{number}"}, **WEBHOOK)

    at_once(charge_and_give_back, CALLERS)

    assert caller.credits() == before


def test_what_is_deleted_is_gone(caller: Caller, documents: list[str]) -> None:
    gone = at_once(lambda number: caller.call("DELETE", f"/datasets/numbers/documents/{documents[number]}"), 4)

    assert [answer.status for answer in gone] == [204] * 4
    left = caller.call("GET", "/datasets/numbers/documents").json()["documents"]
    assert {document["document_id"] for document in left} == set(documents[4:])


def test_events_are_told_while_others_call(caller: Caller, documents: list[str]) -> None:
    jobs = caller.call("GET", "/datasets/numbers/jobs").json()["jobs"]

    streams = at_once(
        lambda number: caller.call("GET", f"/jobs/{jobs[0]['id']}/events", Accept="text/event-stream").body, CALLERS
    )

    assert all(b'"status":"succeeded"' in stream for stream in streams)


def test_the_ledger_adds_up(caller: Caller, world: World) -> None:
    assert "The money rules hold." in world.manage("verify_ledger", "--all")
    assert "up to date" in world.manage("init_databases")
