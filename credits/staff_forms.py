"""What staff fill in to move credits by hand: how much, and always why."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from authbridge.shared.errors import DomainError
from credits.models import CreditTransaction, TransactionType
from credits.serializers.fields import LARGEST_AMOUNT


class ReasonForm(forms.Form):
    """A movement by hand. The key makes a form that is sent twice move credits once."""

    reason = forms.CharField(max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}))
    key = forms.CharField(max_length=100, widget=forms.HiddenInput, initial=lambda: str(uuid4()))


class GrantForm(ReasonForm):
    """Credits for a user."""

    amount = forms.IntegerField(min_value=1, max_value=LARGEST_AMOUNT, widget=UnfoldAdminIntegerFieldWidget)
    type = forms.ChoiceField(
        choices=[(kind.value, kind.label) for kind in (TransactionType.BONUS, TransactionType.PURCHASE)],
        widget=UnfoldAdminSelectWidget,
    )
    field_order = ["amount", "type", "reason"]


class RefundForm(ReasonForm):
    """A charge to be given back, in part or whole."""

    amount = forms.IntegerField(
        min_value=1,
        max_value=LARGEST_AMOUNT,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="Empty: all that remains of the charge.",
    )
    field_order = ["amount", "reason"]


def total(entries: Sequence[CreditTransaction]) -> int:
    """Return what rows add up to."""
    return sum(entry.amount for entry in entries)


def ask_and_do(
    request: HttpRequest,
    *,
    form_class: type[ReasonForm],
    title: str,
    context: dict[str, Any],
    do: Callable[[dict[str, Any]], Sequence[CreditTransaction]],
    back: str,
    told: str = "{amount:+,} credits; the balance is {balance:,}.",
) -> HttpResponse:
    """Show a form, or do what a filled one asks for and go back with a word on what was done."""
    form = form_class(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            entries = do(form.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, told.format(amount=total(entries), balance=entries[-1].balance_after))
            return HttpResponseRedirect(back)
    return TemplateResponse(request, "credits/staff_form.html", {**context, "title": title, "form": form, "back": back})
