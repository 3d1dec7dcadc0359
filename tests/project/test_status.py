"""What the status tells of each part, and that one that fails or hangs keeps nobody from being told of the others."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import OperationalError
from django.test import Client
from rest_framework.test import APIClient

from authbridge.models import User
from authbridge.shared.findings import Finding, Level, green, red, yellow
from credits.models import LedgerVerification
from credits.services import note_failed_sign_in
from datasets.indexing.vector_store.base import VectorStore
from datasets.models import ChoreRun, Dataset, PendingAnswer, ProcessingJob
from fltr_project.pages import status as page
from fltr_project.status import gathering
from fltr_project.status.asking import Desk
from fltr_project.status.gathering import NO_ANSWER, UNFINISHED, gather
from fltr_project.status.parts import PARTS
from fltr_project.status.showing import as_data, lines
from fltr_project.status.tree import Examination, Fact, Part, Status
from tests.support.api import make_dataset, upload_text
from tests.support.jobs import do_jobs
from tests.support.staff import client_of_staff

pytestmark = pytest.mark.django_db(databases="__all__")

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = datetime(2100, 1, 1, tzinfo=UTC)
# Longer than anything takes here, and shorter than anybody waits for a test that hangs.
PATIENCE_S = 60
SOON_S = 0.05


def tell(part: str) -> dict[str, Any]:
    return {fact.key: fact.value for fact in PARTS[part][1]()}


class TestParts:
    def test_versions_are_told_and_the_commit_where_there_is_git(self) -> None:
        told = tell("versions")

        assert set(told) == {"api", "commit", "python", "django"}
        assert told["api"] == django_settings.SPECTACULAR_SETTINGS["VERSION"]

    @pytest.mark.parametrize("database", ["fltr", "fltr_auth"])
    def test_a_database_is_told_with_its_place_version_and_size(self, database: str) -> None:
        told = tell(database)

        assert told["version"].startswith(("SQLite 3.", "PostgreSQL 1"))
        assert told["size_bytes"] > 0
        assert told["where"]

    def test_jobs_are_counted_by_what_they_wait_for(self, alice_client: APIClient) -> None:
        dataset = make_dataset(alice_client)
        for text in ("one", "two", "three", "four", "five"):
            upload_text(alice_client, dataset, text)
        a, b, c, d, _ = ProcessingJob.objects.order_by("created_at").values_list("id", flat=True)
        ProcessingJob.objects.filter(id=a).update(status="running", stage="embedding", lease_until=LATER)
        ProcessingJob.objects.filter(id=b).update(status="running", stage="", lease_until=LATER)
        ProcessingJob.objects.filter(id=c).update(run_after=datetime.now(UTC) + timedelta(hours=1))
        ProcessingJob.objects.filter(id=d).update(run_after=NOW - timedelta(days=365))

        told = tell("queue")

        assert (told["waiting"], told["running"], told["later"]) == (2, 2, 1)
        assert told["running_by_stage"] == {"beginning": 1, "embedding": 1}
        assert told["oldest_waiting_since"] == NOW - timedelta(days=365)

    def test_failed_jobs_are_counted_by_error_for_an_hour(self, alice_client: APIClient) -> None:
        dataset = make_dataset(alice_client)
        for text in ("one", "two", "three"):
            upload_text(alice_client, dataset, text)
        recent, old, nameless = ProcessingJob.objects.all()
        now = datetime.now(UTC)
        for job, at, error in (
            (recent, now, {"code": "no_text", "message": "m"}),
            (old, now - timedelta(hours=2), {"code": "no_text"}),
            (nameless, now, None),
        ):
            ProcessingJob.objects.filter(id=job.id).update(status="failed", finished_at=at, error=error)

        assert tell("failed_jobs") == {"failed_jobs": 2, "failed_jobs_by_code": {"no_text": 1, "unknown": 1}}

    def test_failed_sign_ins_are_counted(self) -> None:
        note_failed_sign_in()

        assert tell("failed_sign_ins") == {"failed_sign_ins": 1}

    def test_debts_are_what_jobs_datasets_and_answers_are_owed(self, alice_client: APIClient) -> None:
        upload_text(alice_client, make_dataset(alice_client), "one")
        assert tell("debts") == {"charges": 0, "credits": 0}

        ProcessingJob.objects.update(refund_due=True, price=3)
        Dataset.objects.update(refund_due=True, price=2)
        PendingAnswer.objects.create(refund_due=True, price=1)

        assert tell("debts") == {"charges": 3, "credits": 6}

    def test_the_last_proof_is_told_or_that_there_was_none(self) -> None:
        assert tell("proof") == {"verified_at": None, "rows": None}

        LedgerVerification.objects.create(until=NOW, rows=7, finished_at=NOW)

        assert tell("proof") == {"verified_at": NOW, "rows": 7}

    def test_the_last_backup_is_told_and_whether_it_failed(self) -> None:
        assert tell("backup") == {"finished_at": None, "outcome": None, "failed": None}

        run = ChoreRun.objects.create(name="backup", due_at=NOW, finished_at=NOW, outcome="Into /backups/1.")
        assert tell("backup") == {"finished_at": NOW, "outcome": "Into /backups/1.", "failed": False}

        run.error = "The disk is full."
        run.save()
        assert tell("backup") == {"finished_at": NOW, "outcome": "The disk is full.", "failed": True}
        assert tell("chores") == {}

    def test_chores_are_told_by_name(self) -> None:
        ChoreRun.objects.create(name="orphans", due_at=NOW, finished_at=NOW, outcome="Deleted 2.")

        assert tell("chores") == {"orphans": {"finished_at": NOW, "outcome": "Deleted 2.", "error": ""}}

    def test_the_vector_store_is_told_with_what_is_in_it(
        self, alice_client: APIClient, memory_vectors: VectorStore
    ) -> None:
        upload_text(alice_client, make_dataset(alice_client), "Water boils at 100 degrees.")
        do_jobs()

        told = tell("vector_store")

        assert (told["kind"], told["version"]) == ("Milvus server", "in memory")
        assert list(told["collections"].values()) == [1]

    @pytest.mark.usefixtures("vector_engine")
    def test_the_embedded_engine_has_a_version_too(self) -> None:
        told = tell("vector_store")

        assert told["kind"] == "embedded engine"
        assert told["version"][0].isdigit()


@pytest.fixture
def hanging() -> Iterator[threading.Event]:
    """An event that something waits for, for as long as a test goes."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, Any]]:
    """The parts that are asked in this test: none yet. No database is asked, and the doctor finds what is green."""
    asked: dict[str, tuple[str, Any]] = {}
    monkeypatch.setattr(gathering, "PARTS", asked)
    monkeypatch.setattr(gathering, "desk", Desk())
    monkeypatch.setattr(gathering, "findings", lambda: [green("c", "fine")])
    monkeypatch.setattr("fltr_project.status.asking.connections", type("None_", (), {"close_all": lambda: None}))
    return asked


def gathered(timeout_s: float = PATIENCE_S, **options: Any) -> Status:
    return gather(timeout_s=timeout_s, doctor_timeout_s=options.pop("doctor_timeout_s", PATIENCE_S), **options)


class TestGathering:
    def test_a_part_that_fails_says_why_and_the_others_are_told(self, parts: dict[str, Any]) -> None:
        def fail() -> Iterator[Fact]:
            yield Fact("where", "where", "here")
            raise OperationalError("the server is away\nand more")

        parts.update(a=("A", fail), b=("B", lambda: [Fact("x", "X", 1)]))

        assert gathered().parts == [
            Part("a", "A", [Fact("where", "where", "here")], "the server is away"),
            Part("b", "B", [Fact("x", "X", 1)]),
        ]

    def test_an_error_of_ours_is_told_with_its_kind(self, parts: dict[str, Any]) -> None:
        parts["a"] = ("A", lambda: {}["nothing"])

        assert gathered().parts[0].problem == "KeyError: 'nothing'"

    def test_a_part_that_hangs_is_not_waited_for(self, parts: dict[str, Any], hanging: threading.Event) -> None:
        def hang() -> Iterator[Fact]:
            yield Fact("where", "where", "here")
            hanging.wait()

        parts.update(a=("A", hang), b=("B", lambda: [Fact("x", "X", 1)]))

        status = gathered(SOON_S)

        assert status.parts[0] == Part("a", "A", [Fact("where", "where", "here")], NO_ANSWER.format(seconds=SOON_S))

    def test_a_part_that_hangs_is_asked_once(self, parts: dict[str, Any], hanging: threading.Event) -> None:
        asked = []
        parts["a"] = ("A", lambda: asked.append(1) or hanging.wait() or [])

        for _ in range(3):
            gathered(SOON_S)

        assert asked == [1]

    def test_a_part_that_answered_is_asked_again(self, parts: dict[str, Any]) -> None:
        asked = []
        parts["a"] = ("A", lambda: asked.append(1) or [Fact("n", "N", len(asked))])

        assert [gathered().parts[0].facts[0].value for _ in range(2)] == [1, 2]

    def test_findings_are_good_for_some_time_if_that_is_wanted(
        self, parts: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = []
        monkeypatch.setattr(gathering, "findings", lambda: asked.append(1) or [])

        for good_for_s in (0, PATIENCE_S, 0):
            gathered(doctor_good_for_s=good_for_s)

        assert len(asked) == 2

    def test_a_doctor_who_takes_long_has_told_what_was_found_so_far_and_nothing_is_well(
        self, parts: dict[str, Any], hanging: threading.Event, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        told = threading.Event()

        def examine() -> Iterator[Finding]:
            yield yellow("c", "look at this")
            told.set()
            hanging.wait()

        monkeypatch.setattr(gathering, "findings", examine)
        parts["a"] = ("A", lambda: told.wait() and [])

        examination = gathered(doctor_timeout_s=SOON_S).examination

        assert [finding.message for finding in examination.findings] == ["look at this"]
        assert examination.problem == UNFINISHED.format(seconds=SOON_S)
        assert not examination.is_well

    def test_red_comes_before_yellow_and_green_is_only_counted(self) -> None:
        examination = Examination([green("a", "fine"), yellow("b", "so so"), red("c", "bad", "mend it")])

        assert [finding.level for finding in examination.grave] == [Level.RED, Level.YELLOW]
        assert examination.count(Level.GREEN) == 1
        assert not examination.is_well


def a_status(*findings: Finding, problem: str = "") -> Status:
    facts = [
        Fact("n", "many", 1234567),
        Fact("size_bytes", "size", 2048),
        Fact("at", "at", NOW),
        Fact("no", "no", None),
    ]
    facts.append(Fact("by", "by", {"a": 1, "b": NOW}))
    parts = [Part("good", "Good", facts), Part("bad", "Bad", [], "It is \x1b[31maway.")]
    return Status(NOW, parts, Examination(list(findings), NOW, problem))


class TestShowing:
    def test_people_get_words_that_no_terminal_obeys(self) -> None:
        text = "\n".join(lines(a_status()))

        for words in ("1,234,567", "2.0 KB", "2026-03-01 12:00 UTC", "a: 1; b: 2026", "Cannot be told: It is away."):
            assert words in text
        assert "\x1b" not in text

    def test_programs_get_values(self) -> None:
        data = as_data(a_status(red("c", "bad", "mend it"), green("c", "fine")))

        at = "2026-03-01T12:00:00Z"
        good = {"n": 1234567, "size_bytes": 2048, "at": at, "no": None, "by": {"a": 1, "b": at}, "problem": ""}
        assert data["parts"]["good"] == good
        assert (data["ok"], data["doctor"]["red"], data["doctor"]["green"]) == (False, 1, 1)
        bad = {"check": "c", "level": "red", "message": "bad", "advice": "mend it"}
        assert data["doctor"]["findings"] == [bad]


class TestPage:
    @pytest.fixture
    def _told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        status = a_status(red("c", "bad <b>", "mend it"))
        monkeypatch.setattr(page, "gather", lambda **_: status)

    @pytest.mark.usefixtures("_told")
    def test_it_shows_parts_problems_and_findings(self) -> None:
        text = client_of_staff("fltr_project.view_status").get("/admin/status/").content.decode()

        for words in ("Good", "1,234,567", "Cannot be told", "bad &lt;b&gt;", "mend it", "0 green, 0 yellow, 1 red."):
            assert words in text

    @pytest.mark.usefixtures("_told")
    def test_staff_without_the_permission_are_refused_and_strangers_asked_to_sign_in(self) -> None:
        assert client_of_staff("credits.view_credittransaction").get("/admin/status/").status_code == 403
        assert Client().get("/admin/status/")["Location"].startswith("/admin/login/")

    @pytest.mark.parametrize(
        ("permission", "is_linked"), [("fltr_project.view_status", True), ("auth.view_group", False)]
    )
    def test_the_admin_s_index_links_it_for_those_who_may(self, permission: str, is_linked: bool) -> None:
        index = client_of_staff(permission).get("/admin/").content.decode()

        assert ('href="/admin/status/"' in index) == is_linked


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_the_page_is_shown_of_real_databases_while_the_vector_store_is_away(
    settings: Any, monkeypatch: pytest.MonkeyPatch, alice: User
) -> None:
    monkeypatch.setattr(page, "TIMEOUT_S", PATIENCE_S)
    settings.VECTOR_STORE_URI = "http://127.0.0.1:1"

    answer = client_of_staff().get("/admin/status/")

    problems = {part["title"]: part["problem"] for part in answer.context["parts"] if part["problem"]}
    assert set(problems) == {"Vector store"}
    assert "Milvus" in answer.content.decode()
