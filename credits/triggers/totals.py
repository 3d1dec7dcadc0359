"""The ledger's totals: triggers keep them with each row, whoever appends it, in that row's own transaction.

So they are right as soon as a row is there, also one of the site's or of the release before. Nothing else writes them
but `recount`; verify_ledger proves them against the rows. As with the triggers that keep the ledger, migrations put
these up from their own copy, and a test compares.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.db import connections, transaction

from authbridge.selectors import column_type
from credits.models import DayTotal, KeyTotal, QuarterTotal

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
Times = dict[str, str]
# Seconds since 1970 are the same in a column with time zone and in one without, whatever zone the connection is in.
IN_POSTGRESQL = {
    "quarter": f"to_timestamp(floor(extract(epoch FROM {{row}}created_at) / {QUARTER_S}) * {QUARTER_S})",
    "day": f"DATE '1970-01-01' + floor(extract(epoch FROM {{row}}created_at) / {DAY_S})::integer",
}
# The same of many rows, which must not take long: for a column with time zone, and for one without.
IN_ZONE = {
    "quarter": "date_bin('15 minutes', {row}created_at, TIMESTAMPTZ '2000-01-01 00:00:00+00')",
    "day": "({row}created_at AT TIME ZONE 'UTC')::date",
}
BARE = {
    "quarter": "date_bin('15 minutes', {row}created_at, TIMESTAMP '2000-01-01') AT TIME ZONE 'UTC'",
    "day": "{row}created_at::date",
}
# Without STRFTIME, in whose formats a driver would look for parameters.
IN_SQLITE = {
    "quarter": "SUBSTR(DATETIME({row}created_at), 1, 14) || SUBSTR('00153045',"
    " CAST(SUBSTR(DATETIME({row}created_at), 15, 2) AS integer) / 15 * 2 + 1, 2) || ':00'",
    "day": "DATE({row}created_at)",
}


@dataclass(frozen=True, slots=True)
class Totals:
    """One table of totals: what its rows are about, and which rows of the ledger count."""

    table: str
    keys: tuple[str, ...]
    condition: str = ""

    def values(self, times: Times, row: str = "") -> list[str]:
        """Return the SQL of the keys, said of a row of the ledger."""
        meanings = OF_A_ROW | times
        return [meanings[key].format(row=row) for key in self.keys]

    def insert(self, select: str) -> str:
        """Return the statement that adds to these totals."""
        return (
            f"INSERT INTO {self.table} ({self.columns}) {select}"
            f" ON CONFLICT ({', '.join(self.keys)}) DO UPDATE"
            f" SET entries = {self.table}.entries + excluded.entries, amount = {self.table}.amount + excluded.amount"
        )

    def add_row(self) -> str:
        """Return what SQLite's trigger does with the new row."""
        condition = f" WHERE {self.condition.format(row='NEW.')}" if self.condition else " WHERE true"
        return self.insert(f"SELECT {', '.join(self.values(IN_SQLITE, 'NEW.'))}, 1, NEW.amount{condition}")

    def add_rows(self) -> str:
        """Return what PostgreSQL's trigger does with all rows of a statement, everywhere in one order."""
        step = self.insert(f"{self.counted(IN_POSTGRESQL, table='added')} ORDER BY {self.places}")
        # Looking first costs less than adding nothing.
        counts = f"EXISTS (SELECT FROM added WHERE {self.condition.format(row='')})"
        return f"IF {counts} THEN {step}; END IF" if self.condition else step

    def counted(self, times: Times, where: str = "true", table: str = "credit_transactions") -> str:
        """Return the query that counts these totals from the ledger's rows."""
        named = [f"{value} AS {key}" for value, key in zip(self.values(times), self.keys, strict=True)]
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
    def places(self) -> str:
        """The keys by where they stand in a query."""
        return ", ".join(map(str, range(1, len(self.keys) + 1)))


def keys_of(model: type) -> tuple[str, ...]:
    """Return what a table of totals has one row of."""
    return tuple(model._meta.pk.field_names)  # type: ignore[attr-defined]


BY_QUARTER = Totals(QuarterTotal._meta.db_table, keys_of(QuarterTotal))
BY_DAY = Totals(DayTotal._meta.db_table, keys_of(DayTotal))
BY_KEY = Totals(KeyTotal._meta.db_table, keys_of(KeyTotal), ROWS_OF_KEYS)
ALL = (BY_QUARTER, BY_DAY, BY_KEY)


def steps(vendor: str) -> str:
    """Return all that a trigger does."""
    return " ".join(f"{totals.add_rows() if vendor == 'postgresql' else totals.add_row()};" for totals in ALL)


# The site's role may insert into the ledger and knows nothing of the totals: the function writes them with its owner's
# rights, in the schema where they were made. It takes a statement's rows together: what is planned for a single one,
# every connection would go on using after the site has changed the type of a column.
FUNCTIONS = {
    "postgresql": {
        FUNCTION: f"""
        CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path FROM CURRENT AS $$ BEGIN {steps("postgresql")} RETURN NULL; END $$"""
    },
    "sqlite": {},
}
TRIGGERS = {
    "postgresql": {
        NAME: f"""
            CREATE OR REPLACE TRIGGER {NAME} AFTER INSERT ON credit_transactions
            REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}()"""
    },
    "sqlite": {
        NAME: f"""
            CREATE TRIGGER IF NOT EXISTS {NAME} AFTER INSERT ON credit_transactions
            BEGIN {steps("sqlite")} END"""
    },
}


def times_of_rows() -> Times:
    """Return what a row's time says, for counting many."""
    if connections[settings.AUTH_DB].vendor == "sqlite":
        return IN_SQLITE
    return BARE if column_type("credit_transactions", "created_at") == "timestamp without time zone" else IN_ZONE


@contextmanager
def room_to_count() -> Iterator[None]:
    """Let PostgreSQL count in memory what is in the block; SQLite does anyway, and would keep others from writing."""
    if connections[settings.AUTH_DB].vendor == "sqlite":
        yield
        return
    with transaction.atomic(using=settings.AUTH_DB):
        with connections[settings.AUTH_DB].cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = '256MB'")
        yield


def recount() -> None:
    """Count all totals anew from the rows. Reads go on; charges wait, on PostgreSQL for some seconds a million rows."""
    connection = connections[settings.AUTH_DB]
    with transaction.atomic(using=settings.AUTH_DB), room_to_count(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("LOCK TABLE credit_transactions IN SHARE ROW EXCLUSIVE MODE")
        for totals in ALL:
            cursor.execute(f"DELETE FROM {totals.table}")
            cursor.execute(f"INSERT INTO {totals.table} ({totals.columns}) {totals.counted(times_of_rows())}")
