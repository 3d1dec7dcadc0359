"""The command grant_credits gives credits through the ledger, with a reason."""

from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from credits.accounts import user_account
from credits.models import CreditTransaction
from credits.selectors import entries_of

pytestmark = pytest.mark.django_db(databases=[settings.AUTH_DB])


def grant(email, amount, *options):
    out = StringIO()
    call_command("grant_credits", email, str(amount), "--reason", "Sorry for the outage", *options, stdout=out)
    return out.getvalue()


def newest(user):
    return entries_of(user_account(user.id)).first()


def test_a_grant_is_a_bonus_with_its_reason(alice):
    text = grant(alice.email, 25)

    entry = newest(alice)
    assert (entry.amount, entry.type, entry.balance_after) == (25, "bonus", 125)
    assert entry.metadata == {"reason": "Sorry for the outage", "by": "the command grant_credits"}
    assert "was given 25 credits and has 125" in text


def test_a_purchase_counts_as_bought(alice):
    grant(alice.email, 25, "--type", "purchase")

    alice.refresh_from_db()
    assert alice.total_credits_purchased == 25


def test_an_address_may_be_written_in_any_case(alice):
    grant(alice.email.upper(), 25)

    assert newest(alice).amount == 25


def test_a_key_makes_it_safe_to_repeat(alice):
    for _ in range(2):
        grant(alice.email, 25, "--idempotency-key", "outage-7")

    assert newest(alice).balance_after == 125


def test_without_a_key_every_call_gives(alice):
    for _ in range(2):
        grant(alice.email, 25)

    assert newest(alice).balance_after == 150


def test_a_key_stands_for_one_amount(alice):
    grant(alice.email, 25, "--idempotency-key", "outage-7")

    with pytest.raises(CommandError, match="already used"):
        grant(alice.email, 26, "--idempotency-key", "outage-7")


@pytest.mark.parametrize("amount", [0, -5, 10**9 + 1])
def test_amounts_are_from_one_to_a_billion(alice, amount):
    with pytest.raises(CommandError, match="must be from 1"):
        call_command("grant_credits", alice.email, "--reason", "r", "--", str(amount))
    assert newest(alice).amount == 100


def test_an_unknown_address_is_named():
    with pytest.raises(CommandError, match="no user with the e-mail address nobody"):
        grant("nobody@example.com", 5)


def test_a_reason_must_be_given(alice):
    with pytest.raises(CommandError, match="--reason"):
        call_command("grant_credits", alice.email, "5")
    assert CreditTransaction.objects.filter(user_id=alice.id).count() == 1
