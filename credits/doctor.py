"""Is the ledger protected, and does everything in it belong to somebody?"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.db import connections

from authbridge.shared.findings import Finding, green, red, run_in, some, yellow
from authbridge.shared.triggers import way_back
from credits import triggers
from credits.proof.queries import fetch

LEDGER, KEYS, TEAMS, USERS = "credit_transactions", "api_key_credits", "teams", "users"
AUDIT = "fltr_audit"
IDS = "SELECT CAST(id AS text) FROM users"
ENTRIES_OF_NOBODY = f"SELECT COUNT(*), COUNT(DISTINCT user_id) FROM {LEDGER} WHERE CAST(user_id AS text) NOT IN ({IDS})"
KEYS_OF_NOBODY = f"""
    SELECT COUNT(*), COALESCE(SUM(credits), 0) FROM {KEYS}
    WHERE revoked_at IS NULL AND CAST(user_id AS text) NOT IN ({IDS})"""
TEAMS_OF_NOBODY = f"""
    SELECT COUNT(*), COALESCE(SUM(credits), 0) FROM {TEAMS}
    WHERE deleted_at IS NULL AND CAST(owner_id AS text) NOT IN ({IDS})"""
HELD_BY_WHAT_IS_NO_MORE = f"""
    SELECT what, CAST(id AS text), owner, credits FROM (
        SELECT 'the revoked API key' AS what, CAST(id AS text) AS id, CAST(user_id AS text) AS owner, credits
        FROM {KEYS} WHERE revoked_at IS NOT NULL AND credits > 0
        UNION ALL SELECT 'the deleted team', CAST(id AS text), CAST(owner_id AS text), credits
        FROM {TEAMS} WHERE deleted_at IS NOT NULL AND credits > 0
    ) AS held WHERE owner IN ({IDS}) ORDER BY credits DESC, id"""
THERE = f"SELECT CAST(id AS text) FROM {TEAMS} WHERE deleted_at IS NULL"
OF_NO_TEAM = f"team_id IS NOT NULL AND CAST(team_id AS text) NOT IN ({THERE})"
MEMBERS_OF_NOTHING = f"SELECT COUNT(*), MIN(email) FROM {USERS} WHERE {OF_NO_TEAM}"
FREE_MEMBERS = f"UPDATE {USERS} SET team_id = NULL WHERE {OF_NO_TEAM}"
# What the user database is called in an advice.
PLACE = "fltr" if settings.AUTH_DB == "default" else "fltr_auth"


def examine_ledger(tables: Mapping[str, Any]) -> Iterator[Finding]:
    """Look at the ledger, keys and teams, as far as their tables are there."""
    if LEDGER in tables:
        yield from examine_triggers()
    if AUDIT in tables:
        yield examine_audit()
    yield from examine_ties(tables)
    if {LEDGER, KEYS, TEAMS, USERS} <= tables.keys():
        yield from examine_owners()
        yield from examine_closed_pools()


def examine_triggers() -> Iterator[Finding]:
    """Look whether the database itself keeps the ledger, and adds it up."""
    absent, untotalled = triggers.missing(triggers.KEEPING), triggers.missing(triggers.TOTALLING)
    if absent:
        message = f"The ledger can be rewritten: its trigger {absent[0]} is missing or disabled."
        yield red("ledger", message, put_up(absent[0]))
    if untotalled:
        yield red(
            "ledger",
            f"New rows of the ledger are not added up: its trigger {untotalled[0]} is missing or disabled.",
            f"{put_up(untotalled[0])} Then count what it missed: manage.py recount_ledger.",
        )
    if not absent and not untotalled:
        yield green("ledger", "The database refuses to change or delete rows of the ledger, and adds them up.")


def examine_audit() -> Finding:
    """Look whether the database itself keeps the audit trail."""
    if absent := triggers.missing(triggers.AUDITING, AUDIT):
        message = f"The audit trail can be rewritten: its trigger {absent[0]} is missing or disabled."
        return red("audit", message, put_up(absent[0], AUDIT))
    return green("audit", "The database refuses to change or delete entries of the audit trail.")


def put_up(name: str, table: str = LEDGER) -> str:
    """Say how a trigger comes back, with the function that it calls."""
    vendor = connections[settings.AUTH_DB].vendor
    statements = [*triggers.functions_for(name, vendor), triggers.statement(name, vendor)]
    return run_in(PLACE, way_back(settings.AUTH_DB, table, name, *statements))


def examine_ties(tables: Mapping[str, Any]) -> Iterator[Finding]:
    """Look for foreign keys from money to people, which would keep users from being deleted."""
    connection = connections[settings.AUTH_DB]
    for table in {LEDGER, KEYS, TEAMS} & tables.keys():
        with connection.cursor() as cursor:
            constraints = connection.introspection.get_constraints(cursor, table)
        for name, constraint in constraints.items():
            if constraint["foreign_key"]:
                yield red(
                    "ledger",
                    f"{table} refers to {constraint['foreign_key'][0]} by the foreign key {name}: nobody there can be"
                    " deleted any more, or money history goes with them.",
                    untie(table, name),
                )


def untie(table: str, name: str) -> str:
    """Say how a foreign key goes that the site has put on a table of ours."""
    if connections[settings.AUTH_DB].vendor == "sqlite":
        return (
            "SQLite cannot take it away: restore the table from a backup. In development: manage.py reset_databases"
            " --database auth."
        )
    sql = f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'
    return f"Take it out of the site's Drizzle schema and run its migrations, which comes to this. {run_in(PLACE, sql)}"


def examine_owners() -> Iterator[Finding]:
    """Look for what belongs to people who are gone. Money history is kept on purpose, so none of it is an error."""
    [(rows, people)] = fetch(ENTRIES_OF_NOBODY)
    if rows:
        yield yellow(
            "orphans",
            f"The ledger has {rows} rows of {people} users who are not there.",
            "Nothing, if these users were deleted: the history of money is kept. Else the site has to restore them.",
        )
    for sql, what in ((KEYS_OF_NOBODY, "API keys"), (TEAMS_OF_NOBODY, "teams")):
        [(count, credits)] = fetch(sql)
        if count:
            yield yellow(
                "orphans",
                f"{count} {what} belong to users who are not there, with {credits} credits. Nobody can use them.",
                "Nothing, if these users were deleted. Else the site has to restore them.",
            )
    [(members, example)] = fetch(MEMBERS_OF_NOTHING)
    if members:
        yield yellow(
            "orphans",
            f"{members} users, {example} among them, are in a team that is not there.",
            f"If that team was not lost but deleted, this lets them join another. {run_in(PLACE, FREE_MEMBERS)}",
        )
    if not (rows or members):
        yield green("orphans", "Every row of the ledger belongs to a user who is there.")


def examine_closed_pools() -> Iterator[Finding]:
    """Look for credits of keys and teams that are no more, for which their owners' balances have had no room."""
    if held := fetch(HELD_BY_WHAT_IS_NO_MORE):
        names = some(f"{what} {id} owes {credits} to user {owner}" for what, id, owner, credits in held)
        yield yellow(
            "debts",
            f"{sum(credits for *_, credits in held)} credits do not fit into their owners' balances: {names}.",
            "The worker moves them as soon as there is room; a CHECK of the site's on users.credits may be why not.",
        )
