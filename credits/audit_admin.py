"""The audit trail for staff: to look at, to search and to take away as a file."""

import json
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property
from unfold.decorators import action, display
from unfold.widgets import INPUT_CLASSES

from authbridge.shared.acting import ActorType
from authbridge.shared.ids import parse_uuid
from authbridge.staff import DayRangeFilter, OwnedAdmin, OwnedChangeList, find_people
from credits.models import AuditAction, AuditEntry
from credits.renderers import csv_file
from credits.selectors.audit import AUDIT_COLUMNS, audit_rows

MOST_LISTED = 10_000
LONGEST_CHANGE = 120
THERE_ARE_MORE = f"The newest {MOST_LISTED:,} are listed. To see older ones choose days or an action, or search."


class PeriodForm(forms.Form):
    """Of which UTC days."""

    since = forms.DateField(widget=forms.DateInput(attrs={"type": "date", "class": " ".join(INPUT_CLASSES)}))
    until = forms.DateField(widget=forms.DateInput(attrs={"type": "date", "class": " ".join(INPUT_CLASSES)}))

    def clean_until(self) -> date:
        """Refuse a period that ends before it begins."""
        until: date = self.cleaned_data["until"]
        if until < self.cleaned_data.get("since", until):
            raise forms.ValidationError("This day is before the first.")
        return until


class ActionFilter(admin.SimpleListFilter):
    """Acts of one kind."""

    title = parameter_name = "action"
    column, choices_there = "action", AuditAction.choices

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return all of them, whether there are such entries or not."""
        return list(self.choices_there)

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """Narrow."""
        return queryset.filter((self.column, self.value())) if self.value() else queryset


class ActorFilter(ActionFilter):
    """Acts of staff, of people, or of operators."""

    title = "by whom"
    parameter_name = column = "actor_type"
    choices_there = [(type.value, type.value.capitalize()) for type in ActorType]


class NewestPaginator(Paginator):
    """Pages of the newest rows: counting goes no further, however many there are."""

    @cached_property
    def count(self) -> int:
        """How many of them there are."""
        rows: Any = self.object_list
        return int(rows[:MOST_LISTED].count())


class AuditChangeList(OwnedChangeList):
    """A page of entries."""

    def get_results(self, request: HttpRequest) -> None:
        """Say so where there are more than can be paged through."""
        super().get_results(request)
        if self.result_count == MOST_LISTED:
            messages.info(request, THERE_ARE_MORE)


@admin.register(AuditEntry)
class AuditAdmin(OwnedAdmin):
    """What people and operators did by hand. Nothing here can be added, changed or deleted, by anybody."""

    actions = None
    actions_list = ["export"]
    list_filter_submit = True
    list_display = ["created_at", "what", "who", "place", "subject", "owner", "change"]
    sortable_by = ["created_at"]
    list_filter = [("created_at", DayRangeFilter), ActionFilter, ActorFilter]
    paginator = NewestPaginator
    readonly_fields = ["what", "who", "subject", "owner"]
    search_ids = ("id", "subject_id", "actor")
    search_help_text = (
        "By whom (user name of staff, UNIX user) or from which address; whom or what it is about (e-mail, name, id)"
    )
    fields = ["id", "created_at", "what", "who", "place", "subject", "owner", "before", "after", "details"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[AuditChangeList]:
        """Return the list that says where it ends."""
        return AuditChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry], search_term: str
    ) -> tuple[QuerySet[AuditEntry], bool]:
        """Find entries by whole names, which an index has; people by a part of theirs."""
        term = search_term.strip()
        if not term or parse_uuid(term):
            return super().get_search_results(request, queryset, term)
        named = Q(actor=term) | Q(place=term) | Q(subject_id=term) | Q(user_id__in=find_people(term))
        return queryset.filter(named), False

    @display(description="Action")
    def what(self, entry: AuditEntry) -> str:
        """Say it in words; an action of another release has only its name."""
        return dict(AuditAction.choices).get(entry.action, entry.action)

    @display(description="By")
    def who(self, entry: AuditEntry) -> str:
        """Say whose name it is."""
        return f"{entry.actor_type} {entry.actor}".strip()

    @display(description="To")
    def subject(self, entry: AuditEntry) -> str:
        """Say what kind of thing it is."""
        return f"{entry.subject_type} {entry.subject_id or ''}".strip()

    @display(description="User")
    def owner(self, entry: AuditEntry) -> str:
        """Name the user whom it concerns, if there is one."""
        return super().owner(entry) if entry.user_id else "-"

    @display(description="Before and after")
    def change(self, entry: AuditEntry) -> str:
        """Show what it changed, as far as that is short."""
        if entry.before is None and entry.after is None:
            return "-"
        text = f"{json.dumps(entry.before)} → {json.dumps(entry.after)}"
        return text if len(text) <= LONGEST_CHANGE else f"{text[:LONGEST_CHANGE]}…"

    @action(description="Export as CSV", url_path="export", permissions=["view"])
    def export(self, request: HttpRequest) -> HttpResponseBase:
        """Ask of which days, and give the file."""
        form = PeriodForm(request.GET or None)
        if form.is_valid():
            return csv_file("audit.csv", AUDIT_COLUMNS, audit_rows(**form.cleaned_data))
        back = reverse("admin:credits_auditentry_changelist")
        shown = {"title": "Export the audit trail", "form": form, "back": back, "method": "get"}
        return TemplateResponse(request, "credits/staff_form.html", {**self.admin_site.each_context(request), **shown})
