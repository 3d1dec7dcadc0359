"""People as the Next.js site keeps them: to look at, never to change. Passwords and tokens are never read."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db import connections
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from authbridge.models import Session, Subscription
from authbridge.staff import OwnedAdmin, UserAdmin, shows_users

NO_SUBSCRIPTIONS = "This user database has no subscriptions table: the site's Stripe plugin makes it."


shows_users(UserAdmin)


class LiveFilter(admin.SimpleListFilter):
    """Sessions that are good now, or past their end."""

    title = "validity"
    parameter_name = "live"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Live"), ("no", "Expired")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> QuerySet[Session]:
        live = Q(expires_at__gt=timezone.now())
        return {"yes": queryset.filter(live), "no": queryset.exclude(live)}.get(self.value() or "", queryset)


@admin.register(Session)
class SessionAdmin(OwnedAdmin):
    """Who is signed in, from where. The token is not even read."""

    list_display = ["created_at", "owner", "ip_address", "expires_at"]
    list_filter = [LiveFilter]
    fields = ["id", "owner", "ip_address", "user_agent", "created_at", "updated_at", "expires_at"]
    readonly_fields = ["owner"]
    ordering = ["-created_at", "id"]
    search_texts = ("ip_address",)
    search_help_text = "E-mail address, name or id of the user; IP address"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
        """Leave the token in the database."""
        return super().get_queryset(request).defer("token")


@admin.register(Subscription)
class SubscriptionAdmin(OwnedAdmin):
    """Stripe plans, where the site has any."""

    owner_field = "reference_id"
    list_display = ["owner", "plan", "status", "period_start", "period_end", "cancel_at_period_end"]
    list_filter = [("status", admin.AllValuesFieldListFilter), ("plan", admin.AllValuesFieldListFilter)]
    readonly_fields = ["owner"]
    ordering = ["-period_start", "id"]
    search_texts = ("plan", "stripe_customer_id", "stripe_subscription_id")
    search_help_text = "E-mail address, name or id of the user; plan; Stripe's ids"
    fields = [
        "id", "owner", "plan", "status", "period_start", "period_end", "trial_start", "trial_end",
        "cancel_at_period_end", "cancel_at", "canceled_at", "ended_at", "seats", "billing_interval",
        "stripe_customer_id", "stripe_subscription_id", "stripe_schedule_id",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscription]:
        """Return nothing where there is no such table."""
        return super().get_queryset(request) if has_subscriptions(request) else Subscription.objects.none()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Say it where there is no such table."""
        if not has_subscriptions(request):
            messages.info(request, NO_SUBSCRIPTIONS)
        return super().changelist_view(request, extra_context)


def has_subscriptions(request: HttpRequest) -> bool:
    """Tell whether the user database has the Stripe plugin's table; looked up once a request."""
    known: bool | None = getattr(request, "has_subscriptions", None)
    if known is None:
        known = Subscription._meta.db_table in connections[settings.AUTH_DB].introspection.table_names()
        request.has_subscriptions = known  # type: ignore[attr-defined]
    return known
