"""What hangs on the ledger's tables besides their rows, for whoever drops them in development."""

from collections.abc import Iterable

from django.conf import settings
from django.db import DatabaseError, connections
from django.db.models import Sum

from authbridge.services import membership
from authbridge.shared.triggers import drop_functions
from credits import triggers
from credits.models import ApiKeyCredits, Team


def pooled_credits(present: Iterable[str]) -> int:
    """Return the credits in the pools of keys and teams: once their tables are gone nobody has them any more."""
    pools = [model for model in (ApiKeyCredits, Team) if model._meta.db_table in present]
    try:
        return sum(pool._default_manager.aggregate(sum=Sum("credits"))["sum"] or 0 for pool in pools)
    except DatabaseError:
        # Tables that lack a column are a reason to drop them, and none to refuse.
        return 0


def after_dropping(present: Iterable[str]) -> None:
    """Take away what the triggers called, and memberships of teams that are no more: they would bar from new ones."""
    drop_functions(settings.AUTH_DB, triggers.functions(connections[settings.AUTH_DB].vendor))
    if "users" in present:
        membership.disband_all()
