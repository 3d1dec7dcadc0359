"""The free text of a ledger row can be erased; its digest stays, and nothing else of the row ever changes."""

import hashlib
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError

from authbridge.models import User
from credits import ledger
from credits.accounts import key_account, team_account, user_account
from credits.errors import KeyReused
from credits.free_text import digest_of_text
from credits.models import CreditTransaction, Team
from credits.proof.verification import verify
from credits.services import add_credits, create_api_key, deduct_credits, refund_credits
from credits.services.staff import refund_by_staff
from tests.support import zones
from tests.support.api import API
from tests.support.clients import client_for
from tests.support.sql import execute
from tests.support.staff import client_of_staff, url_of

pytestmark = pytest.mark.django_db(databases=["default", settings.AUTH_DB])

OTHER_COLUMNS = [field.column for field in CreditTransaction._meta.fields if field.column != "metadata"]
NUMBERS = ("amount", "balance_after")
TEXT = {"reason": "Ana Müller’s card was charged twice", "by": "sam"}
REFUSED = "never changed or deleted"


def give(user: User, key: str = "given", **fields: Any) -> CreditTransaction:
    return add_credits(user_id=user.id, amount=5, type="bonus", idempotency_key=key, **{"metadata": TEXT, **fields})


def text_of(row: CreditTransaction) -> str:
    """Return a row's metadata as the database writes it."""
    [(text,)] = execute("SELECT CAST(metadata AS text) FROM credit_transactions WHERE id = %s", row.id)
    return text


def form_of(text: str) -> str:
    """Return what a text is erased to, by another way than the product's."""
    return f'{{"erased": "{hashlib.sha256(text.encode()).hexdigest()}"}}'


def change(row: CreditTransaction, metadata: str | None, **others: str) -> None:
    changes = "".join(f", {column} = {value}" for column, value in others.items())
    execute(f"UPDATE credit_transactions SET metadata = %s{changes} WHERE id = %s", metadata, row.id)


def all_but_the_text() -> list[dict[str, Any]]:
    return [
        {name: value for name, value in row.items() if name != "metadata"} for row in CreditTransaction.objects.values()
    ]


@pytest.fixture
def given(alice: User) -> CreditTransaction:
    """A row whose text names Alice."""
    return give(alice)


@pytest.fixture
def _metadata(given: CreditTransaction, request: pytest.FixtureRequest) -> Iterator[None]:
    """The text's column is of another type, and this connection was opened since."""
    type = request.param
    execute(f"ALTER TABLE credit_transactions ALTER COLUMN metadata TYPE {type} USING metadata::text::{type}")
    execute("DISCARD PLANS")
    yield
    execute("DISCARD PLANS")


class TestTheDatabase:
    """Refuses whatever is no erasure, whoever asks."""

    def test_lets_a_digest_take_the_place_of_a_text(self, given: CreditTransaction) -> None:
        form = form_of(text_of(given))

        change(given, form)

        assert text_of(given) == form

    @pytest.mark.parametrize("column", OTHER_COLUMNS)
    def test_keeps_every_other_column_meanwhile(self, given: CreditTransaction, column: str) -> None:
        value = "77" if column in NUMBERS else "'2001-01-01'" if column == "created_at" else f"'{uuid.uuid4()}'"

        with pytest.raises(IntegrityError, match=REFUSED):
            change(given, form_of(text_of(given)), **{column: value})

    @pytest.mark.postgresql
    @pytest.mark.parametrize(("type", "before", "after"), [("json", "{}", "{ }"), ("numeric", "1.0", "1.00")])
    def test_keeps_columns_that_the_site_added(self, alice: User, type: str, before: str, after: str) -> None:
        execute(f"ALTER TABLE credit_transactions ADD COLUMN extra {type} DEFAULT '{before}'")
        row = give(alice)

        with pytest.raises(IntegrityError, match=REFUSED):
            change(row, form_of(text_of(row)), extra=f"'{after}'")
        change(row, form_of(text_of(row)))

        assert execute("SELECT extra::text FROM credit_transactions WHERE id = %s", row.id) == [(before,)]

    @pytest.mark.parametrize(
        "form",
        [
            None,
            "null",
            "{}",
            '{"erased": true}',
            '{"erased": "Ana Müller"}',
            f'{{"erased": "{"A" * 64}"}}',
            f'{{"erased": "{"a" * 63}"}}',
            f'{{"erased": "{"a" * 64}", "by": "sam"}}',
            f'{{"gone": "{"a" * 64}"}}',
        ],
    )
    def test_refuses_every_other_text(self, given: CreditTransaction, form: str | None) -> None:
        with pytest.raises(IntegrityError, match=REFUSED):
            change(given, form)

    @pytest.mark.postgresql
    def test_refuses_the_digest_of_another_text(self, given: CreditTransaction) -> None:
        with pytest.raises(IntegrityError, match=REFUSED):
            change(given, form_of("another"))

    @pytest.mark.postgresql
    def test_asks_no_function_of_somebody_else_s(self, given: CreditTransaction) -> None:
        schema = "CREATE SCHEMA mine; CREATE FUNCTION mine.encode(bytea, text) RETURNS text LANGUAGE sql"
        execute(f"{schema} AS $$ SELECT repeat('a', 64) $$; SET LOCAL search_path = mine, pg_catalog, public")

        with pytest.raises(IntegrityError, match=REFUSED):
            change(given, f'{{"erased": "{"a" * 64}"}}')

    def test_refuses_to_change_what_is_erased(self, given: CreditTransaction) -> None:
        change(given, form_of(text_of(given)))

        with pytest.raises(IntegrityError, match=REFUSED):
            change(given, form_of(text_of(given)))

    def test_has_nothing_to_erase_where_there_is_no_text(self, alice: User) -> None:
        row = deduct_credits(user_id=alice.id, amount=1, operation="vector_query")

        with pytest.raises(IntegrityError, match=REFUSED):
            change(row, form_of("null"))


class TestErasing:
    """What the ledger does about one person."""

    def test_leaves_of_a_text_its_digest_and_all_else_as_it_was(self, alice: User, given: CreditTransaction) -> None:
        form, before = form_of(text_of(given)), all_but_the_text()

        assert ledger.erase_text(user_id=alice.id) == 1

        assert text_of(given) == form
        assert all_but_the_text() == before

    def test_covers_all_that_a_person_did_and_nothing_of_others(self, alice: User, bob: User) -> None:
        key, _ = create_api_key(user_id=alice.id, name="k", credits=30)
        bobs = team_account(Team.objects.create(name="T", owner_id=bob.id).id, alice.id)
        for account in (user_account(alice.id), key_account(key.id, alice.id), bobs, user_account(bob.id)):
            ledger.grant(account=account, amount=5, type="bonus", idempotency_key="more", metadata=TEXT)

        assert ledger.erase_text(user_id=alice.id) == 3

        [left] = CreditTransaction.objects.filter(metadata=TEXT)
        assert left.user_id == bob.id

    def test_is_done_once(self, alice: User, given: CreditTransaction) -> None:
        ledger.erase_text(user_id=alice.id)
        before = list(CreditTransaction.objects.values())

        assert ledger.erase_text(user_id=alice.id) == 0

        assert list(CreditTransaction.objects.values()) == before

    def test_leaves_what_somebody_else_erased_meanwhile(self, given: CreditTransaction) -> None:
        ledger.erase_texts([given.id])
        before = text_of(given)

        assert ledger.erase_texts([given.id]) == 0

        assert text_of(given) == before

    @pytest.mark.parametrize(("at_most", "erased"), [(3, [3, 3, 1, 0]), (1, [1, 1, 1, 1, 1, 1, 1, 0])])
    def test_goes_on_where_it_was_to_do_no_more(
        self, alice: User, monkeypatch: pytest.MonkeyPatch, at_most: int, erased: list[int]
    ) -> None:
        monkeypatch.setattr("credits.selectors.entries.ROWS_AT_ONCE", 2)
        for number in range(7):
            give(alice, key=str(number))

        assert [ledger.erase_text(user_id=alice.id, at_most=at_most) for _ in erased] == erased

        assert not CreditTransaction.objects.filter(metadata=TEXT).exists()

    def test_leaves_a_ledger_that_is_proved(self, alice: User, given: CreditTransaction) -> None:
        ledger.erase_text(user_id=alice.id)

        assert verify(everything=True).problems == []

    @pytest.mark.parametrize(
        "text",
        [
            '{"b": 1, "aa": 2, "a": 3}',
            '{"huge": 1e300, "exact": 1.50, "long": 0.1000000000000000055}',
            '{"written": "\\u00fc\\t\\u2028 ü 😀 \\" / \\\\"}',
            '["no", "object"]',
            "null",
        ],
    )
    def test_takes_whatever_the_site_wrote(self, alice: User, text: str) -> None:
        row = CreditTransaction(id=uuid.uuid4())
        columns = "id, user_id, metadata, amount, type, created_at"
        execute(
            f"INSERT INTO credit_transactions ({columns}) VALUES (%s, %s, %s, 1, 'bonus', CURRENT_TIMESTAMP)",
            *(row.id, alice.id, text),
        )
        before = digest_of_text(text_of(row))

        ledger.erase_text(user_id=alice.id)

        assert json.loads(text_of(row)) == {"erased": before}
        assert digest_of_text(text_of(row)) == before

    @pytest.mark.postgresql
    @pytest.mark.parametrize("_metadata", ["json", "text", "varchar"], indirect=True)
    def test_works_on_a_column_of_another_type(self, alice: User, given: CreditTransaction, _metadata: None) -> None:
        form = form_of(text_of(given))

        assert ledger.erase_text(user_id=alice.id) == 1

        assert text_of(given) == form


@pytest.mark.postgresql
@pytest.mark.usefixtures("_world")
@pytest.mark.parametrize("_world", zones.WORLDS, indirect=True, ids=str)
def test_text_is_erased_wherever_the_site_made_the_tables(alice: User) -> None:
    given = give(alice)
    form, before = form_of(text_of(given)), all_but_the_text()

    assert ledger.erase_text(user_id=alice.id) == 1

    assert text_of(given) == form
    assert all_but_the_text() == before


class TestRepeats:
    """A service call that comes again after its row's text was erased is answered as before."""

    @pytest.fixture
    def charged(self, alice: User) -> CreditTransaction:
        return deduct_credits(user_id=alice.id, amount=10, operation="vector_query")

    def test_of_a_gift(self, alice: User) -> None:
        first = give(alice)
        ledger.erase_text(user_id=alice.id)

        assert give(alice).id == first.id

    @pytest.mark.parametrize("error_type", ["system_error", "partial"])
    def test_of_a_refund(self, alice: User, charged: CreditTransaction, error_type: str) -> None:
        meant = {"transaction_id": charged.id, "amount": 4, "error_type": error_type, "idempotency_key": "back"}
        first = refund_credits(**meant, reason="Ana called")
        ledger.erase_text(user_id=alice.id)

        assert refund_credits(**meant).id == first.id
        with pytest.raises(KeyReused):
            refund_credits(**{**meant, "amount": 5})

    def test_of_a_refund_by_staff(self, charged: CreditTransaction, alice: User) -> None:
        meant = {"transaction_id": charged.id, "reason": "Ana called", "by": "sam", "idempotency_key": "form"}
        first = refund_by_staff(**meant)
        ledger.erase_text(user_id=alice.id)

        assert refund_by_staff(**meant).id == first.id


class TestWhatIsShown:
    """An erased row is a row like any other."""

    @pytest.fixture
    def form(self, alice: User, given: CreditTransaction) -> dict[str, str]:
        """Alice's row is erased to this."""
        form = json.loads(form_of(text_of(given)))
        ledger.erase_text(user_id=alice.id)
        return form  # type: ignore[no-any-return]

    def test_in_the_list(self, alice: User, form: dict[str, str]) -> None:
        [newest, *_] = client_for(alice).get(f"{API}/credits/transactions").json()["transactions"]

        assert newest["metadata"] == form

    def test_in_the_file(self, alice: User, form: dict[str, str]) -> None:
        answer = client_for(alice).get(f"{API}/credits/transactions", {"format": "csv"})

        assert form["erased"] in b"".join(answer.streaming_content).decode()

    def test_to_staff(self, given: CreditTransaction, form: dict[str, str]) -> None:
        page = client_of_staff().get(url_of("credits_credittransaction", given.id)).content.decode()

        assert form["erased"] in page
        assert "Müller" not in page
