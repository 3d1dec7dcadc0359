"""The trigger by which the database adds up the ledger's rows, and the first count.

How it is to stand today is in credits/triggers/totals.py; what a migration did stays what it did.
"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

NAME, FUNCTION = "credit_entries_are_totalled", "total_credit_entry"
QUARTER_S, DAY_S = 900, 86_400
MEASURES = ("entries", "amount")
ROWS_OF_KEYS = "{row}api_key_id IS NOT NULL AND CAST({row}type AS text) IN ('usage', 'refund')"
# What a total is about, said of a row; SQLite's times are texts of UTC.
OF_A_ROW = {
    "account_type": "COALESCE(CAST({row}account_type AS text), 'user')",
    "account_id": "COALESCE(CAST({row}account_id AS text), CAST({row}user_id AS text))",
    "type": "CAST({row}type AS text)",
    "operation": "COALESCE(CAST({row}operation AS text), '')",
    "api_key_id": "COALESCE(CAST({row}api_key_id AS text), '')",
    "dataset_id": "COALESCE(CAST({row}dataset_id AS text), '')",
    "user_id": "CAST({row}user_id AS text)",
}
# Seconds since 1970 are the same in a column with time zone and in one without, whatever zone the connection is in.
TIMES = {
    "postgresql": {
        "quarter": f"to_timestamp(floor(extract(epoch FROM {{row}}created_at) / {QUARTER_S}) * {QUARTER_S})",
        "day": f"DATE '1970-01-01' + floor(extract(epoch FROM {{row}}created_at) / {DAY_S})::integer",
    },
    "sqlite": {
        # Without STRFTIME, in whose formats a driver would look for parameters.
        "quarter": "SUBSTR(DATETIME({row}created_at), 1, 14) || SUBSTR('00153045',"
        " CAST(SUBSTR(DATETIME({row}created_at), 15, 2) AS integer) / 15 * 2 + 1, 2) || ':00'",
        "day": "DATE({row}created_at)",
    },
}


@dataclass(frozen=True, slots=True)
class Totals:
    """One table of totals: what its rows are about, and which rows of the ledger count."""

    table: str
    keys: tuple[str, ...]
    condition: str = ""

    def values(self, vendor: str, row: str = "") -> list[str]:
        """Return the SQL of the keys, said of a row of the ledger."""
        meanings = OF_A_ROW | TIMES[vendor]
        return [meanings[key].format(row=row) for key in self.keys]

    def insert(self, select: str) -> str:
        """Return the statement that adds to these totals."""
        return (
            f"INSERT INTO {self.table} ({', '.join(self.keys + MEASURES)}) {select}"
            f" ON CONFLICT ({', '.join(self.keys)}) DO UPDATE"
            f" SET entries = {self.table}.entries + excluded.entries, amount = {self.table}.amount + excluded.amount"
        )

    def add_row(self) -> str:
        """Return what SQLite's trigger does with the new row."""
        condition = f" WHERE {self.condition.format(row='NEW.')}" if self.condition else " WHERE true"
        return self.insert(f"SELECT {', '.join(self.values('sqlite', 'NEW.'))}, 1, NEW.amount{condition}")

    def add_rows(self) -> str:
        """Return what PostgreSQL's trigger does with all rows of a statement, everywhere in one order."""
        step = self.insert(f"{self.counted('postgresql', table='added')} ORDER BY {self.places}")
        # Looking first costs less than adding nothing.
        counts = f"EXISTS (SELECT FROM added WHERE {self.condition.format(row='')})"
        return f"IF {counts} THEN {step}; END IF" if self.condition else step

    def counted(self, vendor: str, where: str = "true", table: str = "credit_transactions") -> str:
        """Return the query that counts these totals from the ledger's rows."""
        named = [f"{value} AS {key}" for value, key in zip(self.values(vendor), self.keys, strict=True)]
        condition = f"{where} AND {self.condition.format(row='')}" if self.condition else where
        return (
            f"SELECT {', '.join(named)}, COUNT(*) AS entries, SUM(amount) AS amount"
            f" FROM {table} WHERE {condition} GROUP BY {self.places}"
        )

    @property
    def columns(self) -> str:
        """All of its columns."""
        return ", ".join(self.keys + MEASURES)

    @property
    def counted_apart(self) -> str:
        """The table that holds, while the migration runs, what rows from before the trigger add up to."""
        return f"{self.table}_counted"

    @property
    def places(self) -> str:
        """The keys by where they stand in a query."""
        return ", ".join(map(str, range(1, len(self.keys) + 1)))


ALL = (
    Totals(
        "fltr_quarter_totals",
        ("account_type", "account_id", "quarter", "type", "operation", "api_key_id", "dataset_id", "user_id"),
    ),
    Totals("fltr_day_totals", ("account_type", "account_id", "day", "type", "operation")),
    Totals("fltr_key_totals", ("api_key_id", "day"), ROWS_OF_KEYS),
)


def steps(vendor: str) -> str:
    """Return all that a trigger does."""
    return " ".join(f"{totals.add_rows() if vendor == 'postgresql' else totals.add_row()};" for totals in ALL)


def put_up(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put up the trigger and count the rows from before it, each of which either does."""
    if schema_editor.connection.vendor == "postgresql":
        count_beside_traffic(schema_editor.connection)
        return
    with transaction.atomic(using=schema_editor.connection.alias):
        put_up_trigger(schema_editor.connection)
        with schema_editor.connection.cursor() as cursor:
            for totals in ALL:
                cursor.execute(f"INSERT INTO {totals.table} ({totals.columns}) {totals.counted('sqlite')}")


def put_up_trigger(connection: BaseDatabaseWrapper) -> None:
    """Have every new row counted, and forget what was counted before."""
    vendor = connection.vendor
    with connection.cursor() as cursor:
        if vendor == "postgresql":
            # Waits until whoever writes rows now has committed them, and keeps others from it for that moment.
            cursor.execute("LOCK TABLE credit_transactions IN SHARE ROW EXCLUSIVE MODE")
            # The site's role may insert into the ledger and knows nothing of the totals.
            cursor.execute(
                f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
                f" SET search_path FROM CURRENT AS $$ BEGIN {steps(vendor)} RETURN NULL; END $$"
            )
            action = f"REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}()"
            cursor.execute(f"CREATE OR REPLACE TRIGGER {NAME} AFTER INSERT ON credit_transactions {action}")
        else:
            cursor.execute(
                f"CREATE TRIGGER IF NOT EXISTS {NAME} AFTER INSERT ON credit_transactions BEGIN {steps(vendor)} END"
            )
        for totals in ALL:
            cursor.execute(f"DELETE FROM {totals.table}")


def count_beside_traffic(connection: BaseDatabaseWrapper) -> None:
    """Count what a second connection saw at the moment of the trigger; charges go on meanwhile."""
    before = connection.copy()
    try:
        # Before anybody has to wait for us: those who do may have taken all that a pooler has.
        seeing = before.cursor()
        seeing.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            put_up_trigger(connection)
            for totals in ALL:
                cursor.execute(f"DROP TABLE IF EXISTS {totals.counted_apart}")
                cursor.execute(f"CREATE UNLOGGED TABLE {totals.counted_apart} (LIKE {totals.table})")
            cursor.execute("SELECT clock_timestamp() - interval '1 hour'")
            [settled] = cursor.fetchone()
            # The first question is what settles which rows all others see.
            seeing.execute("SELECT FROM credit_transactions LIMIT 1")
        for totals in ALL:
            seeing.execute(f"INSERT INTO {totals.counted_apart} ({totals.columns}) {totals.counted('postgresql')}")
        seeing.execute("COMMIT")
    finally:
        before.close()
    # Of long ago nobody adds anything; for the rest, charges of the same accounts wait a moment.
    merge(connection, [(ALL[0], f"quarter < '{settled.isoformat()}'")])
    merge(connection, [(ALL[0], f"quarter >= '{settled.isoformat()}'"), *((totals, "true") for totals in ALL[1:])])
    with connection.cursor() as cursor:
        for totals in ALL:
            cursor.execute(f"DROP TABLE {totals.counted_apart}")


def merge(connection: BaseDatabaseWrapper, parts: list[tuple[Totals, str]]) -> None:
    """Add to totals what was counted apart, all of it together."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for totals, condition in parts:
            cursor.execute(
                totals.insert(
                    f"SELECT {totals.columns} FROM {totals.counted_apart} WHERE {condition} ORDER BY {totals.places}"
                )
            )


def take_down(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take the trigger away, and with it what it counted."""
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    schema_editor.execute(f"DROP TRIGGER {NAME}" + (" ON credit_transactions" if is_postgresql else ""))
    if is_postgresql:
        schema_editor.execute(f"DROP FUNCTION {FUNCTION}()")
    for totals in ALL:
        schema_editor.execute(f"DELETE FROM {totals.table}")
