"""Putting the ledger back as it once was, with keys, teams and balances: for a restore, and for nothing else.

It is the one place besides the ledger that writes money, since what it writes are no movements: rows that were written
once come back as they were, past the triggers that keep and count them. Those go and come back in the same transaction,
so nobody ever sees a ledger that is not kept.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper

from credits import triggers
from credits.triggers import totals

COUNTED = {each.table for each in totals.ALL}
# What a backup holds of this room: all but the totals, which are counted anew.
TABLES = sorted(
    model._meta.db_table
    for model in apps.get_app_config("credits").get_models()
    if model._meta.managed and model._meta.db_table not in COUNTED
)
BALANCES, NEWCOMERS = "fltr_restored_balances", "fltr_restored_newcomers"
BALANCES_COLUMNS = "id text PRIMARY KEY, credits integer, total_credits_purchased integer, team_id text"
IS_THEIRS = "account_type = 'user' AND account_id = CAST(users.id AS text)"
# People of whom the backup knows nothing and the ledger now does: what it gave and took is taken back.
FIND_NEWCOMERS = f"""
    CREATE TEMPORARY TABLE {NEWCOMERS} AS
    SELECT CAST(users.id AS text) AS id, COALESCE(
        (SELECT SUM(amount) FROM credit_transactions WHERE {IS_THEIRS} AND type = 'opening'), 0
    ) AS opening FROM users
    WHERE CAST(users.id AS text) NOT IN (SELECT id FROM {BALANCES})
        AND EXISTS (SELECT 1 FROM credit_transactions WHERE {IS_THEIRS})"""
SET_BALANCES = f"""
    UPDATE users SET credits = kept.credits, total_credits_purchased = kept.total_credits_purchased,
        team_id = kept.team_id
    FROM {BALANCES} AS kept WHERE CAST(users.id AS text) = kept.id"""
SET_NEWCOMERS = f"""
    UPDATE users SET total_credits_purchased = 0, credits = COALESCE(
        (SELECT SUM(amount) FROM credit_transactions WHERE {IS_THEIRS}), newcomers.opening
    ) FROM {NEWCOMERS} AS newcomers WHERE CAST(users.id AS text) = newcomers.id"""
LEAVE_GONE_TEAMS = """
    UPDATE users SET team_id = NULL WHERE team_id IS NOT NULL
    AND team_id NOT IN (SELECT CAST(id AS text) FROM teams WHERE deleted_at IS NULL)"""
GONE = f"SELECT id FROM {BALANCES} WHERE id NOT IN (SELECT CAST(id AS text) FROM users) ORDER BY id"
# What was done since is no less done: the audit trail goes on, and gets back what it does not have.
TRAIL = "fltr_trail_so_far"
KEEP_TRAIL = f"CREATE TEMPORARY TABLE {TRAIL} AS SELECT * FROM {triggers.AUDIT}"
GO_ON_WITH_TRAIL = f"""
    INSERT INTO {triggers.AUDIT} SELECT * FROM {TRAIL} WHERE id NOT IN (SELECT id FROM {triggers.AUDIT})"""
PURCHASES = "SELECT COUNT(*), COALESCE(SUM(amount), 0) FROM credit_transactions WHERE type = 'purchase'"


@dataclass(frozen=True, slots=True)
class Replaced:
    """What became of people and purchases: whose balances are as they were, who is gone, and who came since.

    `purchases` and `purchased` are how many purchases, and of how many credits, the ledger knew and now does not.
    """

    balances: int
    gone: list[str]
    newcomers: int
    purchases: int
    purchased: int


def replace_money(
    *, empty: Callable[[list[str]], None], load: Callable[[str], None], load_balances: Callable[[str], None]
) -> Replaced:
    """Replace all money by what was kept: `empty` and `load` do that to a table, `load_balances` fills one like users.

    In the caller's transaction, on the user database, and while nothing else writes there.
    """
    with transaction.atomic(using=settings.AUTH_DB), connections[settings.AUTH_DB].cursor() as cursor:
        before = count_purchases(cursor)
        cursor.execute(f"CREATE TEMPORARY TABLE {BALANCES} ({BALANCES_COLUMNS})")
        load_balances(BALANCES)
        cursor.execute(FIND_NEWCOMERS)
        cursor.execute(KEEP_TRAIL)
        take_triggers_down(cursor)
        empty(TABLES)
        for table in TABLES:
            load(table)
        cursor.execute(GO_ON_WITH_TRAIL)
        put_triggers_up(cursor)
        totals.recount()
        replaced = settle_balances(cursor, before)
        for table in (BALANCES, NEWCOMERS, TRAIL):
            cursor.execute(f"DROP TABLE {table}")
    return replaced


def take_triggers_down(cursor: CursorWrapper) -> None:
    """Take away what keeps and counts the ledger, and what keeps the audit trail."""
    vendor = connections[settings.AUTH_DB].vendor
    for table, names in standing(vendor).items():
        place = f" ON {table}" if vendor == "postgresql" else ""
        for name in names:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{place}")


def put_triggers_up(cursor: CursorWrapper) -> None:
    """Put all of them up again."""
    for statements in standing(connections[settings.AUTH_DB].vendor).values():
        for statement in statements.values():
            cursor.execute(statement)


def standing(vendor: str) -> dict[str, dict[str, str]]:
    """Return the triggers that stand on each table, by their names."""
    kept = triggers.KEEPING[vendor] | triggers.TOTALLING[vendor]
    return {triggers.LEDGER: kept, triggers.AUDIT: triggers.AUDITING[vendor]}


def settle_balances(cursor: CursorWrapper, before: tuple[int, int]) -> Replaced:
    """Give everybody who is there the balance that the ledger now explains."""
    cursor.execute(SET_BALANCES)
    balances = cursor.rowcount
    cursor.execute(SET_NEWCOMERS)
    newcomers = cursor.rowcount
    cursor.execute(LEAVE_GONE_TEAMS)
    cursor.execute(GONE)
    gone = [id for (id,) in cursor.fetchall()]
    after = count_purchases(cursor)
    return Replaced(balances, gone, newcomers, max(0, before[0] - after[0]), max(0, before[1] - after[1]))


def count_purchases(cursor: CursorWrapper) -> tuple[int, int]:
    """Return how many purchases the ledger has, and of how many credits."""
    cursor.execute(PURCHASES)
    count, credits = cursor.fetchone()
    return count, int(credits)
