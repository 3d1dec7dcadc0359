"""What becomes of the credits of a key or team that is no more: its owner's, as soon as they fit into that balance."""

from functools import partial

from django.db import DatabaseError

from authbridge.shared.errors import DomainError
from authbridge.shared.postgresql.breaker import is_known_away
from credits import ledger
from credits.accounts import key_account, team_account, user_account
from credits.models import ApiKeyCredits, Team


def close_pool(key: ApiKeyCredits) -> int:
    """Move what a revoked key's pool holds to its owner, as far as it fits; return how much."""
    pool, owner = key_account(key.id, key.user_id), user_account(key.user_id)
    return ledger.close(account=pool, owner=owner, idempotency_key=f"revoked:{key.id}")


def close_team(team: Team) -> int:
    """Move what a team holds that is deleted to its owner, as far as it fits; return how much."""
    account, owner = team_account(team.id, team.owner_id), user_account(team.owner_id)
    return ledger.close(account=account, owner=owner, idempotency_key=f"team_deleted:{team.id}")


def return_closed_pools() -> int:
    """Move what revoked keys and deleted teams still hold, each by itself; return of how many something moved now."""
    keys = ApiKeyCredits.objects.filter(revoked_at__isnull=False, credits__gt=0)
    teams = Team.objects.filter(deleted_at__isnull=False, credits__gt=0)
    closings = [*(partial(close_pool, key) for key in keys), *(partial(close_team, team) for team in teams)]
    moved = 0
    for close in closings:
        try:
            moved += close() > 0
        except (DomainError, DatabaseError):
            # An owner who is gone, or a balance that takes nothing now: the doctor tells of what stays.
            if is_known_away():
                raise
    return moved
