"""The only writer of money: every movement of credits is one conditional UPDATE together with its ledger row.

On PostgreSQL both are one statement and one round trip; on SQLite the same statements in one IMMEDIATE
transaction. Nothing is ever read, computed and written back. The unique key (account, idempotency_key) decides
between two equal requests: the loser's statement fails as a whole, and it returns the winner's row.
"""

import json
import uuid
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import Sum

from authbridge.errors import DomainError
from authbridge.fields import as_utc
from authbridge.selectors import parse_uuid
from credits.accounts import Account, account_of
from credits.errors import (
    AccountNotFound,
    BalanceTooLarge,
    InsufficientCredits,
    KeyReused,
    RefundTooLarge,
    TransactionNotFound,
)
from credits.models import CreditTransaction, TransactionType

LARGEST_BALANCE = 2**31 - 1
OPENING_KEY = "opening"


@dataclass(frozen=True, slots=True)
class Movement:
    """One intended ledger row. `amount` is signed; `purchased` is what total_credits_purchased grows by."""

    account: Account
    amount: int
    type: str
    idempotency_key: str
    operation: str | None = None
    resource_id: str | None = None
    api_key_id: str | None = None
    team_id: str | None = None
    refund_of: str | None = None
    metadata: dict[str, Any] | None = None
    purchased: int = 0
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


def charge(
    *,
    account: Account,
    amount: int,
    operation: str,
    idempotency_key: str,
    resource_id: str | None = None,
    api_key_id: str | None = None,
    metadata: dict[str, Any] | None = None,
) -> CreditTransaction:
    """Take credits once per key; a repeat returns the first row, and too few raise InsufficientCredits."""
    require_positive(amount)
    return move(
        Movement(
            account=account,
            amount=-amount,
            type=TransactionType.USAGE,
            idempotency_key=idempotency_key,
            operation=operation,
            resource_id=resource_id,
            api_key_id=api_key_id,
            metadata=metadata,
        )
    )


def grant(
    *,
    account: Account,
    amount: int,
    type: str,
    idempotency_key: str,
    operation: str | None = None,
    metadata: dict[str, Any] | None = None,
) -> CreditTransaction:
    """Give credits once per key. A purchase also raises total_credits_purchased."""
    require_positive(amount)
    return move(
        Movement(
            account=account,
            amount=amount,
            type=type,
            idempotency_key=idempotency_key,
            operation=operation,
            metadata=metadata,
            purchased=amount if type == TransactionType.PURCHASE else 0,
        )
    )


def refund(
    *, transaction_id: str, idempotency_key: str, amount: int | None = None, metadata: dict[str, Any] | None = None
) -> CreditTransaction:
    """Give a charge back, in part or (without an amount) what remains of it; never more than it took.

    The charge's row is locked first: two refunds of one charge must see each other's sums, and a snapshot taken
    before the lock would not.
    """
    with transaction.atomic(using=settings.AUTH_DB):
        charged = CreditTransaction.objects.select_for_update().filter(id=parse_uuid(transaction_id)).first()
        if charged is None or charged.type != TransactionType.USAGE:
            raise TransactionNotFound
        account = account_of(charged)
        earlier = find_by_key(account, idempotency_key)
        remaining = -charged.amount - refunded_of(charged)
        wanted = amount or (earlier.amount if earlier else remaining)
        if not earlier and not 0 < wanted <= remaining:
            raise RefundTooLarge(requested=amount or -charged.amount, remaining=remaining)
        return move(
            Movement(
                account=account,
                amount=wanted,
                type=TransactionType.REFUND,
                idempotency_key=idempotency_key,
                operation=charged.operation,
                resource_id=charged.resource_id,
                api_key_id=charged.api_key_id,
                team_id=charged.team_id,
                refund_of=charged.id,
                metadata=metadata,
            )
        )


def adopt_history() -> int:
    """Explain the balances of users from before the ledger; return how many `opening` rows that took.

    Rows that the site wrote earlier become their user's; what they do not add up to is the opening row's amount.
    Once the ledger is in use only a migration may do this: later, a difference is a fault to be found.
    """
    connection = connections[settings.AUTH_DB]
    with transaction.atomic(using=settings.AUTH_DB), connection.cursor() as cursor:
        cursor.execute(CLAIM_OLD_ROWS)
        cursor.execute(OPEN_ACCOUNTS.format(new_id=NEW_ID[connection.vendor]))
        return cursor.rowcount


def move(movement: Movement) -> CreditTransaction:
    """Apply one movement once: change the balance and append its row, or return the row that already did."""
    connection = connections[settings.AUTH_DB]
    try:
        written = apply(connection, movement)
    except IntegrityError:
        # An equal request won the race for the key between our look and our INSERT.
        written = None
    if written:
        return as_entry(movement, *written)
    if earlier := find_by_key(movement.account, movement.idempotency_key):
        return insist_on(earlier, movement)
    raise why_refused(movement)


def apply(connection: BaseDatabaseWrapper, movement: Movement) -> tuple[int, datetime] | None:
    """Run one movement's statements; return the balance after it and its time, or None if nothing was written."""
    with statement_scope(connection), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(as_one_statement(movement), parameters(movement))
            return cursor.fetchone()
        return apply_in_steps(cursor, movement)


def statement_scope(connection: BaseDatabaseWrapper) -> AbstractContextManager[Any]:
    """A lone PostgreSQL statement needs no transaction of its own; inside one, its failure needs a savepoint."""
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        return nullcontext()
    return transaction.atomic(using=settings.AUTH_DB)


# --- The statements -------------------------------------------------------------------------------------------------

COLUMNS = (
    "id, user_id, team_id, amount, type, operation, resource_id, api_key_id, metadata, account_type, account_id,"
    " idempotency_key, refund_of"
)
VALUES = ", ".join(f"%({name})s" for name in COLUMNS.split(", "))
ROWS_OF_ACCOUNT = (
    "SELECT 1 FROM credit_transactions WHERE account_type = %(account_type)s AND account_id = %(account_id)s"
)


NEW_ID = {
    "postgresql": "gen_random_uuid()",
    "sqlite": (
        "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a'"
        " || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))"
    ),
}
CLAIM_OLD_ROWS = (
    "UPDATE credit_transactions SET account_type = 'user', account_id = CAST(user_id AS text)"
    " WHERE account_type IS NULL"
)
OPEN_ACCOUNTS = """
    INSERT INTO credit_transactions
        (id, user_id, amount, type, account_type, account_id, idempotency_key, balance_after, created_at)
    SELECT {new_id}, id, credits - explained, 'opening', 'user', id, 'opening', credits, CURRENT_TIMESTAMP
    FROM (
        SELECT CAST(u.id AS text) AS id, u.credits, (
            SELECT COALESCE(SUM(t.amount), 0) FROM credit_transactions AS t
            WHERE t.account_type = 'user' AND t.account_id = CAST(u.id AS text)
        ) AS explained FROM users AS u
    ) AS holders
    WHERE credits <> explained
    ON CONFLICT (account_type, account_id, idempotency_key) DO NOTHING"""


def update_balance(account: Account) -> str:
    """Return the UPDATE that only touches a row with enough credits, and only if the key is new."""
    purchased = ", total_credits_purchased = total_credits_purchased + %(purchased)s" if account.type == "user" else ""
    return f"""
        UPDATE {account.table} SET credits = credits + %(amount)s, updated_at = CURRENT_TIMESTAMP{purchased}
        WHERE id = %(account_id)s AND credits BETWEEN %(least)s AND %(most)s
        AND NOT EXISTS ({ROWS_OF_ACCOUNT} AND idempotency_key = %(idempotency_key)s)
        RETURNING credits"""


def as_one_statement(movement: Movement) -> str:
    """Return a movement as one PostgreSQL statement.

    `clock_timestamp()` is read once the balance's row is locked, so that times follow the order of balances.
    A second writer that saw no rows yet may try to open the account again; its opening row is dropped.
    """
    opening = VALUES.replace("%(", "%(opening_")
    return f"""
        WITH moved AS ({update_balance(movement.account)}), opened AS (
            INSERT INTO credit_transactions ({COLUMNS}, balance_after, created_at)
            SELECT {opening.replace("%(opening_amount)s", "credits - %(amount)s")}, credits - %(amount)s,
                statement_timestamp() - interval '1 microsecond'
            FROM moved WHERE credits <> %(amount)s AND NOT EXISTS ({ROWS_OF_ACCOUNT})
            ON CONFLICT (account_type, account_id, idempotency_key) DO NOTHING
        )
        INSERT INTO credit_transactions ({COLUMNS}, balance_after, created_at)
        SELECT {VALUES}, credits, clock_timestamp() FROM moved
        RETURNING balance_after, created_at"""


def apply_in_steps(cursor: CursorWrapper, movement: Movement) -> tuple[int, datetime] | None:
    """Run the same movement as separate statements, inside SQLite's IMMEDIATE transaction."""
    cursor.execute(update_balance(movement.account), parameters(movement))
    updated = cursor.fetchone()
    if updated is None:
        return None
    balance = updated[0]
    insert_opening(cursor, opening_of(movement.account), balance - movement.amount)
    now = datetime.now(UTC)
    insert_row(cursor, movement, balance, now)
    return balance, now


def insert_opening(cursor: CursorWrapper, opening: Movement, balance: int) -> bool:
    """Append the opening row of an account that has credits and no rows."""
    cursor.execute(f"SELECT EXISTS ({ROWS_OF_ACCOUNT})", parameters(opening))
    if balance == 0 or cursor.fetchone()[0]:
        return False
    insert_row(cursor, replace(opening, amount=balance), balance, datetime.now(UTC))
    return True


def insert_row(cursor: CursorWrapper, movement: Movement, balance_after: int, created_at: datetime) -> None:
    """Append one row."""
    adapt = connections[settings.AUTH_DB].ops.adapt_datetimefield_value
    cursor.execute(
        f"INSERT INTO credit_transactions ({COLUMNS}, balance_after, created_at)"
        f" VALUES ({VALUES}, %(balance_after)s, %(created_at)s)",
        {**parameters(movement), "balance_after": balance_after, "created_at": adapt(created_at)},
    )


def parameters(movement: Movement) -> dict[str, Any]:
    """Return what the statements refer to by name, the opening row's values under `opening_…`."""
    opening = row_values(opening_of(movement.account))
    return {
        **row_values(movement),
        **{f"opening_{name}": value for name, value in opening.items()},
        "purchased": movement.purchased,
        # The balances from which this movement leads to one between zero and what the column holds.
        "least": max(0, -movement.amount),
        "most": LARGEST_BALANCE - max(0, movement.amount),
    }


def row_values(movement: Movement) -> dict[str, Any]:
    """Return a row's values by column."""
    account = movement.account
    values = {name: getattr(movement, name, None) for name in COLUMNS.split(", ")}
    metadata = None if movement.metadata is None else json.dumps(movement.metadata)
    owner = {"user_id": account.user_id, "account_type": account.type, "account_id": account.id}
    return {**values, **owner, "metadata": metadata}


def opening_of(account: Account) -> Movement:
    """Return the row that accounts for credits which were there before the ledger was."""
    return Movement(account=account, amount=0, type=TransactionType.OPENING, idempotency_key=OPENING_KEY)


# --- Reading back ---------------------------------------------------------------------------------------------------


def as_entry(movement: Movement, balance_after: int, created_at: Any) -> CreditTransaction:
    """Return a written movement as its row, without reading it again."""
    values = {**row_values(movement), "metadata": movement.metadata}
    return CreditTransaction(**values, balance_after=balance_after, created_at=as_utc(created_at))


def find_by_key(account: Account, idempotency_key: str) -> CreditTransaction | None:
    """Return the account's row under this key."""
    rows = CreditTransaction.objects.filter(account_type=account.type, account_id=account.id)
    return rows.filter(idempotency_key=idempotency_key).first()


def refunded_of(charged: CreditTransaction) -> int:
    """Return how much of a charge has been given back."""
    return CreditTransaction.objects.filter(refund_of=charged.id).aggregate(sum=Sum("amount"))["sum"] or 0


def insist_on(earlier: CreditTransaction, movement: Movement) -> CreditTransaction:
    """Return the earlier row if it means the same, else refuse: a key stands for one operation."""
    same = (earlier.amount, earlier.type, earlier.operation) == (movement.amount, movement.type, movement.operation)
    if not same or earlier.refund_of != movement.refund_of:
        raise KeyReused
    return earlier


def why_refused(movement: Movement) -> DomainError:
    """Tell why the conditional UPDATE touched no row."""
    account = movement.account
    with connections[settings.AUTH_DB].cursor() as cursor:
        cursor.execute(f"SELECT credits FROM {account.table} WHERE id = %s", [account.id])
        row = cursor.fetchone()
    if row is None or row[0] is None:
        return AccountNotFound()
    if movement.amount > 0:
        return BalanceTooLarge()
    # Credits may have come since the refusal; what is told is what the charge met.
    required = -movement.amount
    return InsufficientCredits(required=required, available=min(row[0], required - 1), source=account.type)


def require_positive(amount: int) -> None:
    """Amounts have no sign of their own: charging takes and granting gives."""
    if amount <= 0:
        raise ValueError(f"An amount must be positive, got {amount}.")
