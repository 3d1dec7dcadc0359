"""An id is a uuid.UUID in Python, whatever column and database it lies in; in JSON it is a text."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.core import serializers

from authbridge.models import Session, Subscription, User
from authbridge.selectors import existing_users, find_live_session, find_user, find_users, user_names
from authbridge.shared.ids import stored_id
from credits import ledger
from credits.accounts import key_account, user_account
from credits.models import ApiKeyCredits, CreditTransaction, Team
from credits.selectors import find_user_by_api_key, hash_key
from credits.services import Payer, create_api_key, deduct_credits, get_balance
from datasets.models import Dataset
from datasets.services.intents import account_of, intent_of
from tests.support.api import API
from tests.support.auth_tables import SHAPES, TEXT_IDS
from tests.support.clients import client_with_token
from tests.support.people import make_session, make_user
from tests.support.sql import execute

ON_POSTGRESQL = "postgresql" in settings.DATABASES["default"]["ENGINE"]
pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture(params=[None, *SHAPES] if ON_POSTGRESQL else [None])
def _shape(request: pytest.FixtureRequest, rebuild_auth_tables: Any) -> None:
    """The user database as each site may have made it."""
    if request.param:
        rebuild_auth_tables(**SHAPES[request.param])


@pytest.mark.usefixtures("_shape")
class TestInEveryShape:
    def test_every_id_of_a_row_is_a_uuid(self) -> None:
        ada = make_user("Ada", credits=9)
        make_session(ada)
        team = Team.objects.create(name="T", owner_id=ada.id)
        key, _ = create_api_key(user_id=ada.id, name="k", team_id=team.id, credits=3)
        charged = ledger.charge(
            account=key_account(key.id, ada.id), amount=1, operation="hybrid_query", idempotency_key="c",
            api_key_id=key.id,
        )  # fmt: skip
        refunded = ledger.refund(transaction_id=charged.id, idempotency_key="r")
        User.objects.filter(id=ada.id).update(team_id=team.id)

        user, session, row = User.objects.get(), Session.objects.get(), CreditTransaction.objects.get(id=refunded.id)

        assert (user.id, user.team_id) == (ada.id, team.id)
        assert (session.user_id, Team.objects.get().owner_id) == (ada.id, ada.id)
        assert (ApiKeyCredits.objects.get().user_id, ApiKeyCredits.objects.get().team_id) == (ada.id, team.id)
        assert (row.user_id, row.account_id, row.api_key_id, row.refund_of) == (ada.id, key.id, key.id, charged.id)
        ids = [user.id, user.team_id, session.id, session.user_id, key.id, team.id, row.id, row.account_id]
        assert {type(id) for id in ids} == {uuid.UUID}

    def test_a_row_is_the_same_read_or_just_written(self) -> None:
        account = user_account(make_user("Ada", credits=9).id)

        written = ledger.charge(account=account, amount=1, operation="hybrid_query", idempotency_key="c")

        read = CreditTransaction.objects.get(id=written.id)
        names = ("id", "user_id", "account_id", "refund_of", "api_key_id", "team_id", "metadata")
        assert [getattr(read, name) for name in names] == [getattr(written, name) for name in names]

    def test_a_person_and_their_dataset_know_each_other(self) -> None:
        ada = User.objects.get(id=make_user("Ada").id)
        Dataset.objects.create(owner_id=ada.id, name="D", slug="d", collection_name="c", embedding_dimension=1)

        dataset = Dataset.objects.get(owner_id=ada.id)

        assert dataset.owner_id == ada.id
        assert dataset.owner == ada
        assert {ada.id: "Ada"}[dataset.owner_id] == "Ada"
        assert dataset.owner_id in existing_users([dataset.owner_id])
        assert user_names([dataset.owner_id]) == {ada.id: "Ada"}
        assert find_users([dataset.owner_id])[ada.id] == find_user(dataset.owner_id)

    def test_callers_bear_them(self) -> None:
        ada = make_user("Ada", credits=5)
        key, secret = create_api_key(user_id=ada.id, name="k")

        by_token, _ = find_live_session(make_session(ada).token)
        by_key, key_row, _ = find_user_by_api_key(secret or "")

        assert (by_token.id, by_key.id, key_row.id) == (ada.id, ada.id, key.id)
        assert get_balance(by_key).credits == get_balance(ada.id).credits == get_balance(str(ada.id)).credits == 5

    def test_who_paid_is_kept_beside_the_other_database(self) -> None:
        ada = make_user("Ada")
        key, _ = create_api_key(user_id=ada.id, name="k", credits=5)
        payer = Payer(key_account(key.id, ada.id), key.id)
        columns = intent_of(payer, price=1, charge_key="k")
        Dataset.objects.create(
            owner_id=ada.id, name="D", slug="d", collection_name="c", embedding_dimension=1, **columns
        )

        kept = Dataset.objects.get()

        assert (account_of(kept), kept.api_key_id) == (payer.account, key.id)


def test_in_json_they_are_texts() -> None:
    ada = make_user("Ada")
    client = client_with_token(make_session(ada).token)
    key = client.post(f"{API}/api-keys", {"name": "k"}).json()
    team = client.post(f"{API}/teams", {"name": "T"}).json()

    rows = client.get(f"{API}/credits/transactions").json()["transactions"]

    assert client.get(f"{API}/auth/session").json()["user"]["id"] == str(ada.id)
    assert (team["owner"]["id"], team["members"][0]["id"]) == (str(ada.id), str(ada.id))
    assert str(uuid.UUID(key["id"])) == key["id"]
    assert [row["id"] for row in rows] == [str(CreditTransaction.objects.get(user_id=ada.id).id)]


def test_fixtures_hold_them_as_texts_and_give_them_back() -> None:
    team = Team.objects.create(name="T", owner_id=make_user("Ada").id)

    [loaded] = serializers.deserialize("json", serializers.serialize("json", [team]))

    assert (loaded.object, loaded.object.owner_id) == (team, team.owner_id)


def test_what_was_paid_for_may_be_named_by_its_id() -> None:
    ada, document_id = make_user("Ada", credits=9), uuid.uuid4()

    row = deduct_credits(user_id=ada.id, amount=1, operation="document_upload", resource_id=document_id)  # type: ignore[arg-type]

    assert row.resource_id == CreditTransaction.objects.get(id=row.id).resource_id == str(document_id)


def test_a_subscription_names_its_user() -> None:
    ada = make_user("Ada")
    Subscription.objects.create(id=uuid.uuid4(), plan="pro", reference_id=ada.id)

    assert Subscription.objects.get(reference_id=ada.id).reference_id == ada.id


UUID_TEXT = "0b0cbd5a-6c2d-4a0e-b9f0-6f0f5f0c1a11"


@pytest.mark.parametrize(
    "id", ["b1gLettersAndDigits0fBetterAuth32", "42", UUID_TEXT.upper(), UUID_TEXT.replace("-", ""), f"{{{UUID_TEXT}}}"]
)
def test_an_id_that_is_no_uuid_stays_the_text_it_is_and_owns_nothing(rebuild_auth_tables: Any, id: str) -> None:
    if ON_POSTGRESQL:
        rebuild_auth_tables(**TEXT_IDS)
    now = datetime.now(UTC).isoformat(" ")
    add_user = "INSERT INTO users (id, name, email, email_verified, credits, total_credits_purchased, created_at,"
    execute(f"{add_user} updated_at) VALUES (%s, 'Ada', 'ada@x.org', true, 0, 0, %s, %s)", id, now, now)
    add_session = "INSERT INTO sessions (id, user_id, token, expires_at, created_at, updated_at)"
    ends = datetime.now(UTC).replace(year=2090).isoformat(" ")
    execute(f"{add_session} VALUES (%s, %s, 'token', %s, %s, %s)", uuid.uuid4(), id, ends, now, now)

    user, session = User.objects.get(email="ada@x.org"), Session.objects.get()

    assert (user.id, session.user_id) == (id, id)
    secret = "fltr_sk_" + "k" * 43
    ApiKeyCredits.objects.create(api_key=hash_key(secret), user_id=id)
    execute("UPDATE api_key_credits SET user_id = %s", id)
    for credential in ("token", secret):
        answer = client_with_token(credential).get(f"{API}/credits/balance")
        assert answer.status_code == 401
        assert "no UUID in lower case" in answer.content.decode()
    assert not CreditTransaction.objects.exists()


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        (None, None),
        ("", ""),
        (5, "5"),
        (UUID_TEXT, uuid.UUID(UUID_TEXT)),
        (uuid.UUID(int=7), uuid.UUID(int=7)),
        (UUID_TEXT.upper(), UUID_TEXT.upper()),
    ],
)
def test_only_the_one_spelling_is_a_uuid(stored: Any, read: Any) -> None:
    assert stored_id(stored) == read
    assert type(stored_id(stored)) is type(read)
