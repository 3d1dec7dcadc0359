"""What the admin of every room shares: pages that only show, whose the rows are, and the page of a person.

Users are in one database and what they own may be in the other, so nothing here joins: people are looked up by their
ids, once a page.
"""

import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from operator import attrgetter
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.options import get_content_type_for_model
from django.core.exceptions import SuspiciousOperation
from django.db.models import Model, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import display
from unfold.views import ChangeList

from authbridge.models import User
from authbridge.shared.ids import parse_uuid

MOST_PEOPLE = 1_000
PAGES_ABOUT_A_USER = {
    "Transactions": "admin:credits_credittransaction_changelist",
    "API keys": "admin:credits_apikeycredits_changelist",
    "Datasets": "admin:datasets_dataset_changelist",
    "Jobs": "admin:datasets_processingjob_changelist",
    "Sessions": "admin:authbridge_session_changelist",
}


class ReadOnlyAdmin(ModelAdmin):
    """Shows rows and changes nothing: the services and the site do, and history is never deleted."""

    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_filter_sheet = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody adds rows here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes rows here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes rows here."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Refuse filters with NUL, which PostgreSQL cannot compare with anything."""
        if "%00" in request.META["QUERY_STRING"]:
            raise SuspiciousOperation("The address has a NUL.")
        return super().changelist_view(request, extra_context)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Find a row by an id from an address, whose column may be a uuid, which cannot be compared with any text."""
        if "\0" in object_id:
            return None
        if str(parse_uuid(object_id)) == object_id.lower():
            return super().get_object(request, object_id)
        rows = self.get_queryset(request).annotate(id_as_text=Cast("pk", TextField()))
        return rows.filter(id_as_text=object_id).first()


class DayRangeFilter(RangeDateFilter):
    """Rows of a time from one UTC day to another, both included; compares the bare column, which an index can serve."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow; what is no day narrows nothing."""
        first, last = (start_of_day(self.used_parameters.get(f"{self.parameter_name}_{end}")) for end in ("from", "to"))
        if first:
            queryset = queryset.filter(**{f"{self.parameter_name}__gte": first})
        if last:
            queryset = queryset.filter(**{f"{self.parameter_name}__lt": last + timedelta(days=1)})
        return queryset


def start_of_day(text: str | None) -> datetime | None:
    """Return the moment at which a day begins in UTC, or None for what is no day."""
    try:
        return datetime.combine(date.fromisoformat(text or ""), time.min, tzinfo=UTC)
    except ValueError:
        return None


class OwnedChangeList(ChangeList):
    """A page of rows with the names of the people they belong to."""

    def get_results(self, request: HttpRequest) -> None:
        """Look all owners of the page up at once."""
        super().get_results(request)
        owner_id = self.model_admin.owner_id
        names = names_of(owner_id(row) for row in self.result_list)
        for row in self.result_list:
            row.owner_name = names.get(owner_id(row), "")


class OwnedAdmin(ReadOnlyAdmin):
    """Shows rows that belong to people; found by the owner's e-mail address, name or id, and by `search_ids`."""

    owner_field = "user_id"
    search_ids: tuple[str, ...] = ("id",)
    search_texts: tuple[str, ...] = ()
    search_fields = ("id",)  # Says only that there is a search; get_search_results does it.

    def owner_id(self, row: Any) -> uuid.UUID:
        """Return the id of the person that a row belongs to."""
        return attrgetter(self.owner_field.replace("__", "."))(row)

    @display(description="Owner")
    def owner(self, row: Any) -> str:
        """Name the owner, with a link to their page; people who are gone have only their id."""
        id = self.owner_id(row)
        name = row.owner_name if hasattr(row, "owner_name") else names_of([id]).get(id)
        return link(reverse("admin:authbridge_user_change", args=[id]), name) if name else str(id)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return OwnedChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find rows by an id, by who owns them, or by a text of their own."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if id := parse_uuid(term):
            return self.rows_naming(queryset, id), False
        people = find_people(term)
        if len(people) == MOST_PEOPLE:
            messages.warning(request, f"More than {MOST_PEOPLE:,} people match; make the search narrower.")
        texts = [(f"{field}__icontains", term) for field in self.search_texts]
        return queryset.filter(Q((f"{self.owner_field}__in", people), *texts, _connector=Q.OR)), False

    def rows_naming(self, queryset: QuerySet[Any], id: uuid.UUID) -> QuerySet[Any]:
        """Return the rows in which this id stands somewhere."""
        return queryset.filter(Q(*((field, id) for field in (self.owner_field, *self.search_ids)), _connector=Q.OR))


class UserAdmin(ReadOnlyAdmin):
    """Users with their credits."""

    list_display = ["email", "name", "credits", "total_credits_purchased", "email_verified", "created_at"]
    list_filter = ["email_verified"]
    fields = [
        "id", "email", "name", "email_verified", "credits", "total_credits_purchased", "team_id", "created_at",
        "updated_at", "see_also",
    ]  # fmt: skip
    readonly_fields = ["see_also"]
    ordering = ["-created_at", "id"]
    search_fields = ["email", "name"]
    search_help_text = "E-mail address, name or id"

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Leave out a column that only deployments with Stripe have."""
        return super().get_queryset(request).defer("stripe_customer_id")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        """Find users by id, or by name; what is no id could not be compared with a uuid column."""
        term = search_term.strip()
        id = parse_uuid(term)
        return queryset.filter(Q(id=id) if id else is_called(term)), False

    @display(description="See also")
    def see_also(self, user: User) -> str:
        """Link what belongs to this user."""
        links = ((link(f"{reverse(url)}?q={user.id}", text),) for text, url in PAGES_ABOUT_A_USER.items())
        return format_html_join(" · ", "{}", links)


def shows_users(page: type[UserAdmin]) -> type[UserAdmin]:
    """Register a page of users; a room that has more to show of them puts its own in the place of the one before."""
    if admin.site.is_registered(User):
        admin.site.unregister(User)
    admin.site.register(User, page)
    return page


def link(url: str, text: str) -> str:
    """Return a link that looks like one: the admin's style sheet takes colour and line away."""
    return format_html('<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', url, text)


def find_people(text: str) -> list[uuid.UUID]:
    """Return the ids of the users whose e-mail address or name contains a text."""
    return list(User.objects.filter(is_called(text)).order_by("id").values_list("id", flat=True)[:MOST_PEOPLE])


def is_called(text: str) -> Q:
    """Return the condition that a user's e-mail address or name contains a text."""
    return Q(email__icontains=text) | Q(name__icontains=text)


def names_of(user_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return names with e-mail addresses by id; what is no UUID names nobody, and a uuid column would refuse it."""
    ids = {id for id in user_ids if parse_uuid(id)}
    people = User.objects.filter(id__in=ids).values_list("id", "name", "email") if ids else []
    return {id: f"{name} <{email}>" if name else email for id, name, email in people}


def note_action(request: HttpRequest, row: Model, row_id: uuid.UUID, message: str) -> None:
    """Keep in Django's history who did what to a row."""
    LogEntry.objects.create(
        user_id=request.user.pk,  # type: ignore[misc]  # Only staff get here, and they have a key.
        content_type_id=get_content_type_for_model(row).pk,
        object_id=str(row_id),
        object_repr=str(row)[:200],
        action_flag=CHANGE,
        change_message=message,
    )
