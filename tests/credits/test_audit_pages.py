"""Staff and operators read the audit trail: listed, searched, filtered and taken away as a file."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from authbridge.models import User
from credits import audit_admin
from credits.models import AuditAction, AuditEntry
from credits.selectors import entries as reading
from credits.services import create_api_key, grant_by_staff, note_act, revoke_api_key
from tests.support.staff import client_of_staff, rows_of, url_of

pytestmark = pytest.mark.django_db(databases="__all__")

LIST = "credits_auditentry"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def acts(alice: User) -> dict[str, AuditEntry]:
    """A grant to Alice, a key of hers revoked, and one of nobody's."""
    grant_by_staff(user_id=alice.id, amount=5, reason="r", by="b")
    key, _ = create_api_key(user_id=alice.id, name="laptop")
    revoke_api_key(user_id=alice.id, key_id=key.id)
    note_act(AuditAction.RECOUNT)
    return {entry.action: entry for entry in AuditEntry.objects.all()}


def found(**query: str) -> set[str]:
    return {entry.action for entry in rows_of(client_of_staff().get(url_of(LIST), query))}


def days(*numbers: int) -> None:
    """Note something on each of these days of March."""
    AuditEntry.objects.bulk_create(
        AuditEntry(action="recount", created_at=NOON + timedelta(days=number - 1)) for number in numbers
    )


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_page_says_who_did_what_to_whom(acts: dict[str, AuditEntry], alice: User) -> None:
    page = client_of_staff().get(url_of(LIST)).content.decode()

    grant = acts["grant"]
    for text in ("Granted credits", f"operator {grant.actor}", grant.place, alice.email, "{&quot;balance&quot;: 105}"):
        assert text in page


def test_an_entry_has_a_page_with_all_of_it(acts: dict[str, AuditEntry]) -> None:
    page = client_of_staff().get(url_of(LIST, acts["revoke_key"].id)).content.decode()

    assert "laptop" in page
    assert "Revoked an API key" in page


def test_entries_are_found_by_action_and_by_kind_of_actor(acts: dict[str, AuditEntry]) -> None:
    assert found(action="grant") == {"grant"}
    assert found(actor_type="operator") == set(acts)
    assert found(actor_type="staff") == set()


def test_entries_are_found_by_who_did_it_from_where_and_to_what(acts: dict[str, AuditEntry], alice: User) -> None:
    grant, revoked = acts["grant"], acts["revoke_key"]

    assert found(q=grant.actor) == found(q=grant.place) == set(acts)
    assert found(q=str(alice.id)) == found(q=alice.email) == {"grant", "revoke_key"}
    assert found(q=str(revoked.subject_id)) == {"revoke_key"}
    assert found(q="nobody") == set()


def test_entries_are_found_by_days() -> None:
    days(1, 2, 3)

    of_a_day = {"created_at_from": "2026-03-02", "created_at_to": "2026-03-02"}

    listed = rows_of(client_of_staff().get(url_of(LIST), of_a_day))

    assert [entry.created_at.day for entry in listed] == [2]


def test_a_long_trail_is_not_counted_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_admin, "MOST_LISTED", 2)
    monkeypatch.setattr(audit_admin.AuditAdmin, "list_per_page", 1)
    days(1, 2, 3)

    answer = client_of_staff().get(url_of(LIST), {"p": 2})

    assert answer.context["cl"].paginator.num_pages == 2
    assert [entry.created_at.day for entry in rows_of(answer)] == [2]
    assert "To see older ones" in answer.content.decode()


@pytest.mark.parametrize("page", ["", "export/"])
def test_who_may_not_see_it_does_not(page: str) -> None:
    looker = client_of_staff("credits.view_credittransaction")

    assert looker.get(f"{url_of(LIST)}{page}").status_code == 403


@pytest.mark.parametrize("page", ["add/", "{id}/delete/"])
def test_nobody_adds_or_deletes(page: str) -> None:
    entry = note_act(AuditAction.RECOUNT)

    assert client_of_staff().get(f"{url_of(LIST)}{page.format(id=entry.id)}").status_code == 403


class TestExport:
    @pytest.mark.parametrize("rows_at_once", [1, 2, 500])
    def test_the_file_has_all_entries_of_a_period(self, rows_at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reading, "ROWS_AT_ONCE", rows_at_once)
        days(1, 2, 2, 3, 4)
        looker = client_of_staff("credits.view_auditentry")

        answer = looker.get(f"{url_of(LIST)}export/", {"since": "2026-03-02", "until": "2026-03-03"})

        assert answer["Content-Type"].startswith("text/csv")
        rows = read(b"".join(answer.streaming_content).decode())
        assert [row["created_at"][:10] for row in rows] == ["2026-03-03", "2026-03-02", "2026-03-02"]

    def test_the_page_asks_for_days_and_refuses_a_period_that_ends_before_it_begins(self) -> None:
        page = client_of_staff().get(f"{url_of(LIST)}export/", {"since": "2026-03-02", "until": "2026-03-01"})

        assert "This day is before the first." in page.content.decode()

    def test_what_a_spreadsheet_would_run_is_text(self, alice: User) -> None:
        note_act(AuditAction.GRANT, subject=("=HYPERLINK(1)", "@x"), reason="=1+1")

        [row] = read(command())

        assert (row["subject_type"], row["subject_id"]) == ("'=HYPERLINK(1)", "'@x")
        assert row["details"] == '{"reason": "=1+1"}'

    def test_the_command_writes_all_or_some_days(self) -> None:
        days(1, 2, 3)

        assert len(read(command())) == 3
        assert len(read(command(since="2026-03-02"))) == 2
        assert len(read(command(since="2026-03-02", until="2026-03-02"))) == 1

    @pytest.mark.parametrize("days", [{"since": "yesterday"}, {"since": "2026-03-02", "until": "2026-03-01"}])
    def test_the_command_says_what_is_no_period(self, days: dict[str, str]) -> None:
        with pytest.raises(CommandError, match=r"write it like|is before"):
            command(**days)


def command(**options: str) -> str:
    written = io.StringIO()
    call_command("export_audit", stdout=written, **options)
    return written.getvalue()
