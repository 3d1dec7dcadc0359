"""One line says what a view costs; here is a view with that line."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import path
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from authbridge.shared.views import action
from credits import ledger
from credits.accounts import user_account
from credits.errors import BalanceTooLarge
from credits.models import CreditTransaction
from credits.services import create_api_key, payer_of
from datasets.models import PendingAnswer
from datasets.services import intents
from datasets.services.metering import Payment
from datasets.services.reconcile import reconcile
from datasets.views import base
from datasets.views.base import DatasetsViewSet
from tests.support.api import refusal
from tests.support.clients import client_with_token

pytestmark = [pytest.mark.django_db(databases=["default", settings.AUTH_DB]), pytest.mark.urls(__name__)]

PRICES = {"haiku": 5, "encore": 2, "ballad": 9}
OPERATIONS = ("haiku", "encore")
work_done = []


class Unwritable:
    """What cannot be written down in an answer."""

    def __str__(self):
        raise RuntimeError


class HaikuViewSet(DatasetsViewSet):
    """Writes a haiku for five credits, and another for two if asked."""

    @action(scope=None, charges=OPERATIONS)
    def create(self, request):
        if "about" not in request.data:
            raise ValidationError({"about": ["This field is required."]})
        operations = OPERATIONS[: request.data.get("haiku", 1)]
        with self.requires_credits(*operations, resource_id="haiku-1"):
            work_done.append(request.data["about"])
            if request.data["about"] == "nothing":
                raise ValidationError({"about": ["There is nothing to say."]})
        if request.data["about"] == "the end":
            raise ValidationError({"about": ["It broke off while it was written down."]})
        return Response({"haiku": Unwritable() if request.data["about"] == "what no JSON holds" else "…"})


class MistakenViewSet(DatasetsViewSet):
    """Would charge in ways that it does not declare."""

    @action(detail=False, methods=["post"], scope=None, charges=["haiku"])
    def reads_another(self, request):
        with self.requires_credits("haiku", "ballad"):
            work_done.append("a ballad")

    @action(detail=False, methods=["post"], scope=None, charges=["haiku"], replayed=True)
    def reads_what_would_be_replayed(self, request):
        with self.requires_credits("haiku"):
            work_done.append("a haiku")

    @action(detail=False, methods=["post"], scope=None, charges=["haiku"], replayed=True)
    def makes_another(self, request):
        work_done.append(self.payer_for("ballad"))

    @action(detail=False, methods=["post"], scope=None, charges=["haiku"])
    def makes_what_would_not_be_replayed(self, request):
        work_done.append(self.payer_for("haiku"))

    @action(detail=False, methods=["post"], scope=None, charges=["haiku"])
    def pays_twice(self, request):
        with self.requires_credits("haiku"):
            pass
        with self.requires_credits("haiku"):
            work_done.append("a haiku for nothing")


MISTAKES = [method.__name__ for method in MistakenViewSet.get_extra_actions()]
urlpatterns = [
    path("haiku", HaikuViewSet.as_view({"post": "create"})),
    *[path(mistake, MistakenViewSet.as_view({"post": mistake})) for mistake in MISTAKES],
]


@pytest.fixture(autouse=True)
def _no_work_yet(settings):
    """Count the work of one test."""
    settings.PRICES = PRICES
    work_done.clear()


@pytest.fixture
def poor_client(make_user, client_for):
    return client_for(make_user("Poor", credits=4))


def ask(client, about="frogs", **options):
    fields = {name: options.pop(name) for name in ("haiku",) if name in options}
    return client.post("/haiku", {"about": about, **fields}, **options)


def charges(user):
    rows = CreditTransaction.objects.filter(user_id=user.id, type="usage").order_by("created_at", "id")
    return [(row.operation, row.amount, row.resource_id) for row in rows]


def test_the_work_is_charged_and_the_answer_has_the_receipt(alice, alice_client):
    answer = ask(alice_client)

    assert answer.json() == {"haiku": "…"}
    assert charges(alice) == [("haiku", -5, "haiku-1")]
    assert (answer.headers["X-Credits-Charged"], answer.headers["X-Credits-Remaining"]) == ("5", "95")
    assert answer.headers["X-Credit-Transaction"] == str(CreditTransaction.objects.get(type="usage").id)


def test_who_cannot_pay_is_refused_before_any_work(poor_client):
    refused = ask(poor_client)

    assert refusal(refused) == (402, "insufficient_credits")
    assert work_done == []


def test_a_key_at_its_limit_is_refused_before_any_work(alice):
    _, secret = create_api_key(user_id=alice.id, name="k", daily_limit=4)

    refused = ask(client_with_token(secret))

    assert refusal(refused) == (402, "daily_limit_reached")
    assert work_done == []


def test_bad_input_is_told_before_too_few_credits(poor_client):
    assert refusal(poor_client.post("/haiku", {})) == (400, "invalid_request")


def test_work_that_fails_costs_nothing(alice, alice_client):
    assert refusal(ask(alice_client, "nothing")) == (400, "invalid_request")
    assert charges(alice) == []
    assert work_done == ["nothing"]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_is_not_declared_is_refused_before_any_work(alice_client, mistake):
    answer = alice_client.post(f"/{mistake}")

    assert refusal(answer) == (500, "internal_error")
    assert work_done == []


def test_several_operations_are_charged_in_one_go(alice, alice_client):
    answer = ask(alice_client, haiku=2)

    assert charges(alice) == [("haiku", -5, "haiku-1"), ("encore", -2, "haiku-1")]
    assert answer.headers["X-Credits-Charged"] == "7"


def test_of_several_operations_all_are_charged_or_none(make_user, client_for):
    carol = make_user("Carol", credits=6)

    assert refusal(ask(client_for(carol), haiku=2)) == (402, "insufficient_credits")
    assert charges(carol) == []


def test_a_repeat_under_an_idempotency_key_is_answered_again_and_charged_once(alice, alice_client):
    first, second = (ask(alice_client, HTTP_IDEMPOTENCY_KEY="once") for _ in range(2))

    assert second.json() == first.json()
    assert second.headers["X-Credit-Transaction"] == first.headers["X-Credit-Transaction"]
    assert len(charges(alice)) == 1


def test_credits_that_went_while_it_worked_are_missed_at_the_charge(alice, alice_client, monkeypatch):
    def believe_the_old_balance(caller):
        payer = payer_of(caller)
        ledger.charge(account=user_account(alice.id), amount=100, operation="hybrid_query", idempotency_key="elsewhere")
        return payer

    monkeypatch.setattr(base, "payer_of", believe_the_old_balance)

    assert refusal(ask(alice_client)) == (402, "insufficient_credits")
    assert not PendingAnswer.objects.exists()


def test_an_answer_that_went_out_leaves_no_word(alice_client):
    ask(alice_client)

    assert not PendingAnswer.objects.exists()


def test_an_answer_that_never_went_out_is_given_back(alice_client, monkeypatch):
    monkeypatch.setattr(Payment, "delivered", lambda payment: None)
    ask(alice_client)
    PendingAnswer.objects.update(created_at=timezone.now() - timedelta(minutes=5))

    reconcile()

    assert PendingAnswer.objects.filter(refund_due=True).count() == 0
    assert CreditTransaction.objects.filter(type="refund").get().amount == 5


def test_what_breaks_off_after_it_was_paid_for_is_given_back_at_once(alice_client):
    answer = ask(alice_client, "the end")

    assert refusal(answer) == (400, "invalid_request")
    assert "X-Credits-Charged" not in answer.headers
    assert CreditTransaction.objects.get(type="refund").amount == 5
    assert not PendingAnswer.objects.exists()


def test_an_answer_that_cannot_be_written_down_is_given_back_at_once(alice_client):
    alice_client.raise_request_exception = False

    answer = ask(alice_client, "what no JSON holds")

    assert refusal(answer) == (500, "internal_error")
    assert CreditTransaction.objects.get(type="refund").amount == 5
    assert not PendingAnswer.objects.exists()


def test_where_it_cannot_be_given_back_at_once_the_word_stays(alice, alice_client, monkeypatch):
    monkeypatch.setattr(intents, "give_back", refuse_refunds)

    answer = ask(alice_client, "the end")

    assert refusal(answer) == (400, "invalid_request")
    assert PendingAnswer.objects.get().refund_due


def refuse_refunds(*args, **kwargs):
    raise BalanceTooLarge


@pytest.mark.parametrize(("mode", "warned"), [("warn", True), ("off", False)])
def test_without_enforcement_the_work_is_done_for_nothing(settings, poor_client, mode, warned):
    settings.CREDITS_ENFORCEMENT = mode

    answer = ask(poor_client)

    assert answer.status_code == 200
    assert answer.headers["X-Credits-Charged"] == "0"
    assert ("X-Credits-Warning" in answer.headers) is warned
