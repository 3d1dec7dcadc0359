"""What a developer asks of the two databases in the shell, as one would guess it."""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connections, transaction

from authbridge.errors import UserNotFound
from authbridge.models import Session, User
from authbridge.selectors import find_user_by_session_token, find_users
from authbridge.tokens import sign
from credits.models import CreditOperation, CreditTransaction
from credits.services import add_credits, deduct_credits, get_balance
from datasets.models import Dataset
from datasets.selectors import with_owners
from tests.support.doctor import run_on_auth
from tests.support.people import make_session, make_user

PAGE = Path(__file__).parents[2] / "docs/databases.md"
FIRST_BLOCK, *BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
# A line of a block, and behind it what it gives.
GIVES = re.compile(r"( *)(.+?)  # -> (.+)$")
pytestmark = pytest.mark.django_db(databases="__all__")


def make_dataset(owner: User, name: str = "Library") -> Dataset:
    return Dataset.objects.create(owner=owner, name=name, slug=name.lower(), embedding_dimension=4)


class TestAToken:
    def test_is_its_user_s(self, alice: User, alice_session: Session) -> None:
        assert find_user_by_session_token(alice_session.token) == alice

    def test_may_be_signed_as_the_site_hands_it_out(self, alice: User, alice_session: Session) -> None:
        assert find_user_by_session_token(sign(alice_session.token, django_settings.BETTER_AUTH_SECRET)) == alice

    @pytest.mark.parametrize("token", ["unknown", "", "a.b", "\x00", "x" * 5000])
    def test_that_is_none_is_nobody_s(self, token: str) -> None:
        assert find_user_by_session_token(token) is None

    def test_with_another_s_signature_is_nobody_s(self, alice_session: Session) -> None:
        assert find_user_by_session_token(sign(alice_session.token, "another secret of some length")) is None

    def test_that_is_over_is_nobody_s(self, alice: User) -> None:
        over = make_session(alice, lifetime=timedelta(seconds=-1))

        assert find_user_by_session_token(over.token) is None

    def test_is_a_text(self, alice_session: Session) -> None:
        with pytest.raises(TypeError, match=r"token must be a text, like Session\.token, not Session\."):
            find_user_by_session_token(alice_session)  # type: ignore[arg-type]


class TestABalance:
    def test_is_read_for_a_user_or_an_id(self, alice: User) -> None:
        add_credits(user_id=alice.id, amount=7, type="purchase", idempotency_key="k")

        for user in (alice, alice.id, uuid.UUID(str(alice.id))):
            balance = get_balance(user)
            assert (balance.credits, balance.total_credits_purchased) == (107, 7)

    @pytest.mark.parametrize("id", [str(uuid.uuid4()), "nonsense", "alice@example.com", ""], ids=["a uuid", "", "", ""])
    def test_of_nobody_is_refused(self, id: str) -> None:
        with pytest.raises(UserNotFound):
            get_balance(id)

    def test_of_something_else_is_refused_in_a_sentence(self, alice_session: Session) -> None:
        with pytest.raises(TypeError, match=r"user must be the id of a user .* not <Session"):
            get_balance(alice_session)  # type: ignore[arg-type]


class TestACharge:
    def test_needs_no_key_and_then_each_call_is_one_of_its_own(self, alice: User) -> None:
        for _ in range(2):
            deduct_credits(user_id=alice.id, amount=10, operation=CreditOperation.DOCUMENT_UPLOAD, resource_id="doc")

        assert get_balance(alice).credits == 80
        rows = CreditTransaction.objects.filter(user_id=alice.id, type="usage")
        assert [row.operation for row in rows] == ["document_upload"] * 2
        assert "without one each call is a charge of its own" in (deduct_credits.__doc__ or "")

    def test_with_a_key_is_one(self, alice: User) -> None:
        for _ in range(2):
            deduct_credits(user_id=alice, amount=10, operation="document_upload", idempotency_key="k")  # type: ignore[arg-type]

        assert get_balance(alice).credits == 90


class TestAnOwner:
    def test_is_known_by_id_name_and_address(self, alice: User) -> None:
        dataset = Dataset.objects.get(id=make_dataset(alice).id)

        assert dataset.owner is not None
        assert (dataset.owner.id, dataset.owner.name, dataset.owner.email) == (alice.id, "Alice", alice.email)

    def test_is_asked_for_once(self, alice: User, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
        dataset = Dataset.objects.get(id=make_dataset(alice).id)

        with django_assert_num_queries(1, using=django_settings.AUTH_DB):
            assert dataset.owner == dataset.owner

    def test_follows_the_dataset_to_another_owner(self, alice: User, bob: User) -> None:
        dataset = make_dataset(alice)
        assert dataset.owner == alice

        dataset.owner_id = uuid.UUID(str(bob.id))

        assert dataset.owner == bob

    def test_is_looked_for_again_when_the_row_is(self, alice: User) -> None:
        dataset = make_dataset(alice)
        run_on_auth("UPDATE users SET name = 'Alicia'")

        dataset.refresh_from_db()

        assert dataset.owner is not None
        assert dataset.owner.name == "Alicia"

    def test_who_left_is_nobody(self, alice: User) -> None:
        dataset = Dataset.objects.get(id=make_dataset(alice).id)
        run_on_auth("DELETE FROM users")

        assert dataset.owner is None

    def test_of_many_takes_one_query(self, alice: User, bob: User, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
        for number in range(4):
            make_dataset((alice, bob)[number % 2], f"Shelf-{number}")
        datasets = list(Dataset.objects.order_by("name"))

        with django_assert_num_queries(1, using=django_settings.AUTH_DB):
            known = [dataset.owner for dataset in with_owners(datasets)]

        assert known == [alice, bob, alice, bob]


def test_many_users_are_found_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("authbridge.selectors.IDS_PER_QUERY", 2)
    people = [make_user(f"P{number}") for number in range(5)]

    found = find_users([*(person.id for person in people), "nonsense", str(uuid.uuid4())])

    assert found == {person.id: person for person in people}


def ask_of(alias: str, sql: str, *parameters: Any) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, parameters)


SYMPTOMS: dict[str, Callable[[User], Any]] = {
    "is in the database 'auth', not in 'default'": lambda user: User.objects.using("default"),
    "no query reads both": lambda user: Dataset.objects.filter(owner_id__in=User.objects.values("id")),
    'relation "users" does not exist|no such table: users': lambda user: ask_of("default", "SELECT * FROM users"),
    "operator does not exist: text = uuid|type 'UUID' is not supported": lambda user: ask_of(
        django_settings.AUTH_DB, "SELECT * FROM credit_transactions WHERE user_id = %s", user.id
    ),
    "amount must be a whole number": lambda user: deduct_credits(user_id=user.id, amount=1.5, operation="x"),  # type: ignore[arg-type]
    "are never changed or deleted": lambda user: CreditTransaction.objects.all().delete(),
}


@pytest.mark.skipif(django_settings.AUTH_DB == "default", reason="is about two databases")
@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_code_that_asks_wrongly_is_told_what_the_page_explains(alice: User, symptom: str) -> None:
    with pytest.raises(Exception, match=symptom):
        SYMPTOMS[symptom](alice)

    assert all(part in PAGE.read_text() for part in symptom.split("|"))


def test_the_page_s_contents_name_its_sections() -> None:
    page = PAGE.read_text()
    linked = re.findall(r"^- \[(.+?)\]\(#(.+?)\)", page, re.MULTILINE)

    sections = re.findall(r"^## (.+)$", page, re.MULTILINE)

    assert [name for name, _ in linked] == sections
    assert [anchor for _, anchor in linked] == [
        re.sub(r"[^\w -]", "", name).lower().replace(" ", "-") for name in sections
    ]


@pytest.fixture
def _ada() -> None:
    """What the page's first block makes."""
    exec(FIRST_BLOCK, {})


@pytest.mark.usefixtures("_ada")
@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.partition(" ")[0])
def test_what_the_page_shows_is_what_one_gets(block: str) -> None:
    code = "\n".join(GIVES.sub(r"\1gives(\2)", line) for line in block.splitlines())
    wanted = [match[3] for line in block.splitlines() if (match := GIVES.match(line))]
    given: list[str] = []

    exec(code, {"gives": lambda value: given.append(repr(value))})

    assert wanted
    assert given == wanted


def test_all_that_is_asked_for_is_shown() -> None:
    shown = "".join(BLOCKS)

    for words in (
        "User.objects.get(",
        "find_user_by_session_token(",
        ".owner.email",
        "get_balance(",
        "deduct_credits(",
    ):
        assert words in shown


def test_a_transaction_that_names_no_database_takes_no_charge_back(alice: User) -> None:
    class Broken(Exception): ...

    @transaction.atomic(using="default")
    def break_off() -> None:
        make_dataset(alice)
        deduct_credits(user_id=alice.id, amount=10, operation="document_upload")
        raise Broken

    with pytest.raises(Broken):
        break_off()

    assert not Dataset.objects.exists()
    assert get_balance(alice).credits == (100 if django_settings.AUTH_DB == "default" else 90)
