"""The command erase_person_text forgets what was written about a person, and says what it leaves."""

import uuid
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from authbridge.models import User
from credits.models import ApiKeyCredits, AuditEntry, CreditTransaction
from credits.services import add_credits, create_api_key
from tests.support.sql import execute

pytestmark = pytest.mark.django_db(databases=[settings.AUTH_DB])

TEXT = {"reason": "Ana called", "by": "sam"}


def erase(user: object, *options: str) -> str:
    out = StringIO()
    call_command("erase_person_text", str(user), *options, stdout=out)
    return out.getvalue()


def give(user: User) -> None:
    add_credits(user_id=user.id, amount=5, type="bonus", idempotency_key="k", metadata=TEXT)


def rows_with_text() -> list[uuid.UUID]:
    return list(CreditTransaction.objects.filter(metadata=TEXT).values_list("user_id", flat=True))


@pytest.fixture(autouse=True)
def _both_are_written_about(alice: User, bob: User) -> None:
    for user in (alice, bob):
        give(user)
        create_api_key(user_id=user.id, name=f"{user.name}'s notebook")


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What somebody at a terminal answers."""
    answers: list[str] = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: answers.pop())
    return answers


def test_it_forgets_one_person(alice: User, bob: User) -> None:
    said = erase(alice.email, "--noinput")

    assert said.startswith("Erased: the text of 1 ledger rows, the names of 1 API keys.\nNot touched: ")
    assert rows_with_text() == [bob.id]
    assert sorted(ApiKeyCredits.objects.values_list("name", flat=True)) == ["", "Bob's notebook"]


def test_it_finds_who_has_left_by_their_id(alice: User, bob: User) -> None:
    execute("DELETE FROM users WHERE id = %s", alice.id)

    erase(alice.id, "--noinput")

    assert rows_with_text() == [bob.id]


def test_it_is_noted_in_the_audit_trail_whose_text_went(alice: User) -> None:
    erase(alice.email, "--noinput")

    [entry] = AuditEntry.objects.filter(action="erase_text")
    assert (entry.actor_type, entry.user_id, entry.subject_id) == ("operator", alice.id, alice.id)


def test_a_repeat_has_nothing_to_do(alice: User) -> None:
    erase(alice.email, "--noinput")

    assert erase(alice.email, "--noinput").startswith("Erased: the text of 0 ledger rows, the names of 0 API keys.")


@pytest.mark.parametrize("user", ["nobody@example.com", "nobody", str(uuid.uuid4())])
def test_nobody_is_told_from_somebody(user: str) -> None:
    with pytest.raises(CommandError, match=f"There is nobody with the e-mail address or id {user}"):
        erase(user, "--noinput")


def test_it_asks(alice: User, typed: list[str]) -> None:
    typed.append(alice.email)

    assert "for good: a digest of each text stays" in erase(alice.email)

    assert alice.id not in rows_with_text()


@pytest.mark.parametrize("answer", ["", "y", "bob"])
def test_another_answer_erases_nothing(alice: User, typed: list[str], answer: str) -> None:
    typed.append(answer)

    with pytest.raises(CommandError, match=r"^Nothing was erased\.$"):
        erase(alice.email)

    assert alice.id in rows_with_text()


def test_where_nobody_can_be_asked_it_erases_nothing(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)

    with pytest.raises(CommandError, match="--noinput"):
        erase(alice.email)

    assert alice.id in rows_with_text()
