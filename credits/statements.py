"""The ledger's SQL: what one movement of credits is, as text and parameters. Nothing here touches a database."""

import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from authbridge.shared.ids import as_sql
from credits.accounts import Account
from credits.arguments import whole
from credits.models import TransactionType

LARGEST_BALANCE = 2**31 - 1
OPENING_KEY = "opening"

COLUMNS = (
    "id, user_id, team_id, amount, type, operation, resource_id, api_key_id, metadata, account_type, account_id,"
    " idempotency_key, refund_of, dataset_id"
)
COLUMN_NAMES = tuple(COLUMNS.split(", "))
VALUES = ", ".join(f"%({name})s" for name in COLUMN_NAMES)
ROWS_OF_ACCOUNT = (
    "SELECT 1 FROM credit_transactions WHERE account_type = %(account_type)s AND account_id = %(account_id)s"
)
INSERT_ROW = (
    f"INSERT INTO credit_transactions ({COLUMNS}, balance_after, created_at)"
    f" VALUES ({VALUES}, %(balance_after)s, %(created_at)s)"
)
# The triggers let nothing else be changed.
ERASE_TEXT = "UPDATE credit_transactions SET metadata = %s WHERE id = %s"
# Behind a time, for a column without time zone: the wall clock of UTC, whatever zone the connection is in.
IN_UTC = " AT TIME ZONE 'UTC'"


@dataclass(frozen=True, slots=True)
class Movement:
    """One intended ledger row. `amount` is signed; `purchased` is what total_credits_purchased grows by."""

    account: Account
    amount: int
    type: str
    idempotency_key: str
    operation: str | None = None
    resource_id: str | None = None
    dataset_id: uuid.UUID | None = None
    api_key_id: uuid.UUID | None = None
    team_id: uuid.UUID | None = None
    refund_of: uuid.UUID | None = None
    metadata: dict[str, Any] | None = None
    purchased: int = 0
    id: uuid.UUID = field(default_factory=uuid.uuid4)

    def __post_init__(self) -> None:
        whole("amount", self.amount)
        whole("purchased", self.purchased)


def update_balance(account: Account) -> str:
    """Return the UPDATE that only touches a row with enough credits, and only if the key is new.

    Its time is a parameter: CURRENT_TIMESTAMP would be local time in a column without time zone.
    """
    purchased = ", total_credits_purchased = total_credits_purchased + %(purchased)s" if account.type == "user" else ""
    return f"""
        UPDATE {account.table} SET credits = credits + %(amount)s, updated_at = %(now)s{purchased}
        WHERE id = %(account_id)s AND credits BETWEEN %(least)s AND %(most)s
        AND NOT EXISTS ({ROWS_OF_ACCOUNT} AND idempotency_key = %(idempotency_key)s)
        RETURNING credits"""


def as_one_statement(movement: Movement, *, in_utc: str = "") -> str:
    """Return a movement as one PostgreSQL statement; `in_utc` is IN_UTC where `created_at` has no time zone.

    `clock_timestamp()` is read once the balance's row is locked, so that times follow the order of balances.
    A second writer that saw no rows yet may try to open the account again; its opening row is dropped.
    """
    opening = VALUES.replace("%(", "%(opening_")
    return f"""
        WITH moved AS ({update_balance(movement.account)}), opened AS (
            INSERT INTO credit_transactions ({COLUMNS}, balance_after, created_at)
            SELECT {opening.replace("%(opening_amount)s", "credits - %(amount)s")}, credits - %(amount)s,
                (statement_timestamp() - interval '1 microsecond'){in_utc}
            FROM moved WHERE credits <> %(amount)s AND NOT EXISTS ({ROWS_OF_ACCOUNT})
            ON CONFLICT (account_type, account_id, idempotency_key) DO NOTHING
        )
        INSERT INTO credit_transactions ({COLUMNS}, balance_after, created_at)
        SELECT {VALUES}, credits, clock_timestamp(){in_utc} FROM moved
        RETURNING balance_after, created_at"""


def parameters(movement: Movement) -> dict[str, Any]:
    """Return what the statements refer to by name, the opening row's values under `opening_…`."""
    opening = row_parameters(opening_of(movement.account))
    return {
        **row_parameters(movement),
        **{f"opening_{name}": value for name, value in opening.items()},
        "purchased": movement.purchased,
        # A text with its offset means the same to a column with time zone and to one without.
        "now": datetime.now(UTC).isoformat(" "),
        # The balances from which this movement leads to one between zero and what the column holds.
        "least": max(0, -movement.amount),
        "most": LARGEST_BALANCE - max(0, movement.amount),
    }


def row_parameters(movement: Movement) -> dict[str, Any]:
    """Return a row's values by column, as the database takes them."""
    values = {name: as_sql(value) for name, value in row_values(movement).items()}
    return {**values, "metadata": None if movement.metadata is None else json.dumps(movement.metadata)}


def row_values(movement: Movement) -> dict[str, Any]:
    """Return a row's values by column, as Python has them."""
    account = movement.account
    values = {name: getattr(movement, name, None) for name in COLUMN_NAMES}
    return {**values, "user_id": account.user_id, "account_type": account.type, "account_id": account.id}


def opening_of(account: Account) -> Movement:
    """Return the row that accounts for credits which were there before the ledger was."""
    return Movement(account=account, amount=0, type=TransactionType.OPENING, idempotency_key=OPENING_KEY)
