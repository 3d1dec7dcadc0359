"""The only writer of money: every movement of credits is one conditional UPDATE together with its ledger row.

On PostgreSQL both are one statement and one round trip; on SQLite the same statements in one IMMEDIATE
transaction. Nothing is ever read, computed and written back. The unique key (account, idempotency_key) decides
between two equal requests: the loser's statement fails as a whole, and it returns the winner's row.
"""

import uuid
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, NoReturn

from django.conf import settings
from django.db import IntegrityError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import Sum, TextField
from django.db.models.functions import Cast

from authbridge.selectors import column_type
from authbridge.shared.errors import DomainError
from authbridge.shared.ids import as_sql
from authbridge.shared.metrics import CREDITS
from authbridge.shared.model_fields import as_parameter, as_utc
from credits.accounts import Account, account_of, user_account
from credits.arguments import Filled, Given, KeyId, Operation, ResourceId, TransactionId, UserId, checked
from credits.errors import (
    AccountNotFound,
    BalanceTooLarge,
    InsufficientCredits,
    KeyReused,
    LimitReached,
    NotABalance,
    RefundTooLarge,
    TransactionNotFound,
)
from credits.free_text import erased_form, is_erased
from credits.models import AccountType, ApiKeyCredits, CreditTransaction, Team, TransactionType
from credits.periods import next_day, next_month
from credits.selectors import gaps_of, rows_with_text, spent_with_key
from credits.statements import (
    ERASE_TEXT,
    IN_UTC,
    INSERT_ROW,
    LARGEST_BALANCE,
    ROWS_OF_ACCOUNT,
    Movement,
    as_one_statement,
    opening_of,
    parameters,
    row_values,
    update_balance,
)

RENEWAL = "subscription_renewal"
CORRECTION = "correction"


@checked
def charge(
    *,
    account: Account,
    amount: int,
    operation: Operation,
    idempotency_key: Filled,
    resource_id: ResourceId | None = None,
    dataset_id: uuid.UUID | None = None,
    api_key_id: KeyId | None = None,
    limited: bool = False,
    metadata: dict[str, Any] | None = None,
) -> CreditTransaction:
    """Take credits once per key; a repeat returns the first row, and too few raise InsufficientCredits.

    With `limited`, the limits of the API key hold too: its row is locked first, so that charges with it see each other.
    """
    require_positive(amount)
    movement = Movement(
        account=account,
        amount=-amount,
        type=TransactionType.USAGE,
        idempotency_key=idempotency_key,
        operation=operation,
        resource_id=resource_id,
        dataset_id=dataset_id,
        api_key_id=api_key_id,
        team_id=account.id if account.type == AccountType.TEAM else None,
        metadata=metadata,
    )
    if api_key_id is None or not limited:
        return move(movement)
    with transaction.atomic(using=settings.AUTH_DB):
        key = ApiKeyCredits.objects.select_for_update().get(id=api_key_id)
        if not find_by_key(account, idempotency_key):
            ensure_within_limits(key, amount)
        return move(movement)


@checked
def grant(
    *,
    account: Account,
    amount: int,
    type: Given,
    idempotency_key: Filled,
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


@checked
def refund(
    *,
    transaction_id: TransactionId,
    idempotency_key: Filled,
    amount: int | None = None,
    metadata: dict[str, Any] | None = None,
) -> CreditTransaction:
    """Give a charge back, in part or (without an amount) what remains of it; never more than it took.

    The charge's row is locked first: two refunds of one charge must see each other's sums, and a snapshot taken
    before the lock would not. What a pool paid that is no more goes to its owner.
    """
    with transaction.atomic(using=settings.AUTH_DB):
        charged = CreditTransaction.objects.select_for_update().filter(id=transaction_id).first()
        if charged is None or charged.type != TransactionType.USAGE:
            raise TransactionNotFound
        earlier = CreditTransaction.objects.filter(refund_of=charged.id, idempotency_key=idempotency_key).first()
        if earlier:
            return earlier if amount in (None, earlier.amount) else refuse_key()
        remaining = -charged.amount - refunded_of(charged)
        if not 0 < (amount or remaining) <= remaining:
            raise RefundTooLarge(requested=amount or -charged.amount, remaining=remaining)
        return move(
            Movement(
                account=living_account(account_of(charged)),
                amount=amount or remaining,
                type=TransactionType.REFUND,
                idempotency_key=idempotency_key,
                operation=charged.operation,
                resource_id=charged.resource_id,
                dataset_id=charged.dataset_id,
                api_key_id=charged.api_key_id,
                team_id=charged.team_id,
                refund_of=charged.id,
                metadata=metadata,
            )
        )


@checked
def transfer(
    *, source: Account, target: Account, amount: int, idempotency_key: Filled, metadata: dict[str, Any] | None = None
) -> tuple[CreditTransaction, CreditTransaction]:
    """Move credits between two accounts of one owner: both rows or none, once per key.

    Rows are locked in one order everywhere (keys, teams, users), so that no two transfers wait for each other.
    """
    require_positive(amount)
    common: dict[str, Any] = {
        "type": TransactionType.TRANSFER,
        "idempotency_key": idempotency_key,
        "metadata": metadata,
    }
    given, taken = Movement(source, -amount, **common), Movement(target, amount, **common)
    with transaction.atomic(using=settings.AUTH_DB):
        entries = {
            movement.id: move(movement) for movement in sorted((given, taken), key=lambda m: m.account.lock_order)
        }
    return entries[given.id], entries[taken.id]


@checked
def renew(
    *,
    account: Account,
    new_credits: int,
    plan_limit: int,
    idempotency_key: Filled,
    metadata: dict[str, Any] | None = None,
) -> CreditTransaction:
    """Keep at most `plan_limit` of a user's credits, what is above expiring in a row of its own, and add new ones."""
    with transaction.atomic(using=settings.AUTH_DB):
        balance = lock_balance(account)
        expired = max(0, balance - plan_limit)
        if expired and not find_by_key(account, idempotency_key):
            move(
                Movement(
                    account=account,
                    amount=-expired,
                    type=TransactionType.EXPIRY,
                    idempotency_key=f"expiry:{idempotency_key}",
                    operation=RENEWAL,
                    metadata=metadata,
                )
            )
        return grant(
            account=account,
            amount=new_credits,
            type=TransactionType.PURCHASE,
            idempotency_key=idempotency_key,
            operation=RENEWAL,
            metadata=metadata,
        )


@checked
def set_pool(*, pool: Account, owner: Account, credits: int | None, idempotency_key: Filled) -> None:
    """Give an API key a pool of so many credits, or None: the difference comes from or goes to its owner."""
    with transaction.atomic(using=settings.AUTH_DB):
        key = ApiKeyCredits.objects.select_for_update().get(id=pool.id)
        if earlier := find_by_key(pool, idempotency_key):
            # Done before, whatever happened to the pool since: its credits must not go without a row.
            if (earlier.type, earlier.balance_after) != (TransactionType.TRANSFER, credits or 0):
                refuse_key()
            return
        if key.credits is None and credits is not None:
            ApiKeyCredits.objects.filter(id=pool.id).update(credits=0)
        change = (credits or 0) - (key.credits or 0)
        if change:
            source, target = (owner, pool) if change > 0 else (pool, owner)
            transfer(source=source, target=target, amount=abs(change), idempotency_key=idempotency_key)
        if credits is None:
            ApiKeyCredits.objects.filter(id=pool.id).update(credits=None)


@checked
def close(*, account: Account, owner: Account, idempotency_key: Filled) -> int:
    """Move what a key's pool or a team that is no more holds to its owner, as far as it fits there; return how much.

    The rest stays where it is, where nobody can spend it, and another call moves it. An empty pool is none any more.
    """
    with transaction.atomic(using=settings.AUTH_DB):
        held = lock_balance(account) or 0
        moved = 0
        if held and (room := LARGEST_BALANCE - lock_balance(owner)) > 0:
            moved = min(held, room)
            # Each time something stays there is less of it, so no two parts have one key.
            key = idempotency_key if moved == held else f"{idempotency_key}:{held}"
            try:
                transfer(source=account, target=owner, amount=moved, idempotency_key=key)
            except BalanceTooLarge:
                moved = 0
        if moved == held and account.type == AccountType.API_KEY:
            ApiKeyCredits.objects.filter(id=account.id).update(credits=None)
    return moved


@checked
def explain(
    *, account: Account, idempotency_key: Filled, metadata: dict[str, Any] | None = None
) -> list[CreditTransaction]:
    """Write the rows that account for what SQL did past the ledger, one for each gap; they move nothing.

    The balance is right as it stands, and a row that moved no balance is made good. The balance is locked first, so
    that no charge comes between the looks. Returns no rows if there is nothing to explain.
    """
    with transaction.atomic(using=settings.AUTH_DB):
        balance = lock_balance(account)
        if earlier := find_by_key(account, idempotency_key):
            return [earlier] if earlier.type == TransactionType.ADJUSTMENT else refuse_key()
        gaps = gaps_of(account, balance)
        if gaps and (type(balance) is not int or balance < 0):
            raise NotABalance(balance)
        with connections[settings.AUTH_DB].cursor() as cursor:
            return [
                explain_gap(
                    cursor,
                    Movement(
                        account=account,
                        amount=found_at - left_at,
                        type=TransactionType.ADJUSTMENT,
                        idempotency_key=f"{idempotency_key}:{number}" if number else idempotency_key,
                        operation=CORRECTION,
                        metadata=metadata,
                    ),
                    found_at,
                )
                for number, (left_at, found_at) in enumerate(gaps)
            ]


@checked
def erase_text(*, user_id: UserId, at_most: int | None = None) -> int:
    """Erase the free text of a person's rows, of so many at most, whichever accounts they moved; return of how many.

    Some hundred at a time, beside traffic; a repeat goes on. Nothing else of a row changes: see credits/free_text.py.
    """
    erased = 0
    for ids in rows_with_text(user_id):
        room = len(ids) if at_most is None else at_most - erased
        erased += erase_texts(ids[:room])
        if erased == at_most:
            break
    return erased


def erase_texts(ids: Sequence[uuid.UUID]) -> int:
    """Have digests take the place of these rows' texts; those that are erased already stay."""
    with transaction.atomic(using=settings.AUTH_DB):
        # In one order everywhere, so that no two who erase wait for each other.
        rows = CreditTransaction.objects.select_for_update().filter(id__in=ids).order_by("id")
        texts = rows.annotate(text=Cast("metadata", TextField())).values_list("id", "text")
        changes = [(erased_form(text), as_sql(id)) for id, text in texts if not is_erased(text)]
        with connections[settings.AUTH_DB].cursor() as cursor:
            cursor.executemany(ERASE_TEXT, changes)
    return len(changes)


def explain_gap(cursor: CursorWrapper, movement: Movement, balance: int) -> CreditTransaction:
    """Append the row of one gap."""
    now = datetime.now(UTC)
    insert_row(cursor, movement, balance, now)
    return as_entry(movement, balance, now)


def move(movement: Movement) -> CreditTransaction:
    """Apply one movement once: change the balance and append its row, or return the row that already did."""
    connection = connections[settings.AUTH_DB]
    try:
        written = apply(connection, movement)
    except IntegrityError:
        # An equal request won the race for the key between our look and our INSERT.
        written = None
    if written:
        transaction.on_commit(partial(count, movement), using=settings.AUTH_DB)
        return as_entry(movement, *written)
    if earlier := find_by_key(movement.account, movement.idempotency_key):
        return insist_on(earlier, movement)
    raise why_refused(movement)


def count(movement: Movement) -> None:
    """Count what was moved, for whoever watches the service."""
    CREDITS.labels(movement.type).inc(abs(movement.amount))


def apply(connection: BaseDatabaseWrapper, movement: Movement) -> tuple[int, datetime] | None:
    """Run one movement's statements; return the balance after it and its time, or None if nothing was written."""
    with statement_scope(connection), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(as_one_statement(movement, in_utc=in_utc()), parameters(movement))
            return cursor.fetchone()
        return apply_in_steps(cursor, movement)


def in_utc() -> str:
    """Return what the time of a new row needs, where the site made the ledger without time zones."""
    is_bare = column_type("credit_transactions", "created_at") == "timestamp without time zone"
    return IN_UTC if is_bare else ""


def statement_scope(connection: BaseDatabaseWrapper) -> AbstractContextManager[Any]:
    """A lone PostgreSQL statement needs no transaction of its own; inside one, its failure needs a savepoint."""
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        return nullcontext()
    return transaction.atomic(using=settings.AUTH_DB)


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
    moment = as_parameter(created_at, connections[settings.AUTH_DB])
    cursor.execute(INSERT_ROW, {**parameters(movement), "balance_after": balance_after, "created_at": moment})


def as_entry(movement: Movement, balance_after: int, created_at: Any) -> CreditTransaction:
    """Return a written movement as its row, without reading it again."""
    return CreditTransaction(**row_values(movement), balance_after=balance_after, created_at=as_utc(created_at))


def is_repeat(entry: CreditTransaction) -> bool:
    """Tell whether a charge returned the row of an earlier one: only those are read from the database."""
    return not entry._state.adding


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
    return earlier if same and earlier.refund_of == movement.refund_of else refuse_key()


def refuse_key() -> NoReturn:
    """Refuse an idempotency key that stands for something else."""
    raise KeyReused


def ensure_within_limits(key: ApiKeyCredits, amount: int) -> None:
    """Refuse what would exceed a key's limits for this UTC day or month; its row is locked by the caller."""
    today, this_month = spent_with_key(key.id)
    for period, limit, spent, until in (
        ("daily", key.daily_limit, today, next_day()),
        ("monthly", key.monthly_limit, this_month, next_month()),
    ):
        available = amount if limit is None else max(0, limit - spent)
        if amount > available:
            raise LimitReached(period=period, required=amount, available=available, resets_at=until)


def lock_balance(account: Account) -> int:
    """Return a balance, keeping its row locked until the transaction ends."""
    with connections[settings.AUTH_DB].cursor() as cursor:
        cursor.execute(
            f"UPDATE {account.table} SET credits = credits WHERE id = %s RETURNING credits", [as_sql(account.id)]
        )
        row = cursor.fetchone()
    if row is None:
        raise AccountNotFound
    return row[0]


def living_account(account: Account) -> Account:
    """Return the account, or its owner's where it was a pool that is no more. Nobody closes it meanwhile.

    What a revoked key's pool still holds is on its way to the owner, so nothing comes to it any more.
    """
    if account.type == AccountType.API_KEY:
        key = ApiKeyCredits.objects.select_for_update().filter(id=account.id).first()
        if key is None or (key.credits is not None and key.revoked_at is None):
            return account
        return user_account(key.user_id)
    if account.type == AccountType.TEAM:
        team = Team.objects.select_for_update().filter(id=account.id).first()
        return account if team is None or team.deleted_at is None else user_account(team.owner_id)
    return account


def why_refused(movement: Movement) -> DomainError:
    """Tell why the conditional UPDATE touched no row."""
    account = movement.account
    with connections[settings.AUTH_DB].cursor() as cursor:
        cursor.execute(f"SELECT credits FROM {account.table} WHERE id = %s", [as_sql(account.id)])
        row = cursor.fetchone()
    if row is None or row[0] is None:
        return AccountNotFound()
    if movement.amount > 0:
        balance = row[0] + movement.amount
        return BalanceTooLarge(None if balance > LARGEST_BALANCE else refused_by_rule(account, balance))
    # Credits may have come since the refusal; what is told is what the charge met.
    required = -movement.amount
    return InsufficientCredits(required=required, available=min(row[0], required - 1), source=account.type)


def refused_by_rule(account: Account, balance: int) -> str:
    """Say that it was not our column that had no room."""
    return (
        f"The user database refuses a balance of {balance} credits by a rule of its own."
        f" Its operator can look at the CHECKs and triggers of {account.table}."
    )


def require_positive(amount: int) -> None:
    """Amounts have no sign of their own: charging takes and granting gives."""
    if amount <= 0:
        raise ValueError(f"An amount must be positive, got {amount}.")
