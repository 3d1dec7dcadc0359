"""Measure what a large ledger costs those who read it: lists, use, limits, the admin's pages, and its proof.

    python -m benchmarks.large_ledger [--rows 2000000]

It starts a PostgreSQL of its own in a temporary folder. A fifth of the rows is one user's, with one API key.
"""

import argparse
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.ledger import median_ms, prepare

USERS = 1_000
HEAVY, KEY = uuid.UUID(int=1), uuid.UUID(int=10**6)
# Every row finds its user's balance where the one before left it, as the ledger writes them.
FILL = f"""
    WITH drawn AS (
        SELECT n, CASE WHEN n %% 5 = 0 THEN 1 ELSE 1 + n %% {USERS} END AS person FROM generate_series(1, %s) AS n
    ), counted AS (
        SELECT *, row_number() OVER (PARTITION BY person ORDER BY n) AS place FROM drawn
    )
    INSERT INTO credit_transactions (id, user_id, amount, type, operation, resource_id, api_key_id, dataset_id,
        account_type, account_id, idempotency_key, balance_after, created_at)
    SELECT gen_random_uuid(), lpad(to_hex(person), 32, '0')::uuid::text,
        CASE WHEN place = 1 THEN 2000000000 ELSE -1 END, CASE WHEN place = 1 THEN 'purchase' ELSE 'usage' END,
        CASE WHEN place = 1 THEN NULL WHEN n %% 20 = 0 THEN 'document_upload' ELSE 'hybrid_query' END,
        gen_random_uuid(), CASE WHEN person = 1 AND place > 1 THEN '{KEY}' END,
        lpad(to_hex(n %% 50), 32, '0')::uuid::text, 'user', lpad(to_hex(person), 32, '0')::uuid::text,
        'hybrid_query:' || n, 2000000000 - (place - 1), now() - (%s - n) * (interval '90 days' / %s)
    FROM counted ORDER BY n"""


def main() -> None:
    """Fill a ledger, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2_000_000)
    rows = parser.parse_args().rows
    from tests.support import postgres

    with tempfile.TemporaryDirectory(prefix="fltr-bench-", dir="/tmp") as folder:
        url, process = postgres.start(Path(folder) / "postgres")
        try:
            prepare(url, folder)
            fill(rows)
            report(rows)
        finally:
            postgres.stop(process)


def fill(rows: int) -> None:
    """Write the rows with the trigger at rest, and have them counted."""
    from django.db import connection

    from credits.triggers import totals

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM users")
        cursor.execute("ALTER TABLE credit_transactions DISABLE TRIGGER USER")
        cursor.execute(FILL, [rows, rows, rows])
        cursor.execute("ALTER TABLE credit_transactions ENABLE TRIGGER USER")
        cursor.execute(
            "INSERT INTO users (id, name, email, credits) SELECT account_id, 'U', account_id || '@example.com',"
            " SUM(amount) FROM credit_transactions GROUP BY account_id"
        )
        cursor.execute(
            "INSERT INTO api_key_credits (api_key, id, user_id, monthly_limit) VALUES ('hash', %s, %s, 2000000000)",
            [str(KEY), str(HEAVY)],
        )
    began = time.monotonic()
    totals.recount()
    print(f"{'recount_ledger':<44} {time.monotonic() - began:>10.1f} s")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def report(rows: int) -> None:
    """Print how long each takes."""
    print(f"{rows:,} rows, {rows // 5:,} of them of one user")
    for name, call in [*reads(), *pages(rows)]:
        print(f"{name:<44} {median_ms(call, times=5):>10.1f} ms", flush=True)
    from credits.proof import verification

    for name, everything in (("verify_ledger --all", True), ("verify_ledger, the day after", False)):
        verification.FEW_ROWS = 0
        found = verification.verify(everything=everything)
        print(f"{name + ': sums, totals, shapes':<44} {found.sums_seconds:>10.1f} s")
        print(f"{name + ': matching':<44} {found.matching_seconds:>10.1f} s {found.problems or ''}", flush=True)


def reads() -> list[tuple[str, Callable[[], Any]]]:
    """Return what a customer with many rows asks for."""
    from credits import ledger
    from credits.accounts import user_account
    from credits.selectors import AccountEntries, usage_summary

    account = user_account(HEAVY)

    def page(**filters: Any) -> Callable[[], Any]:
        def call() -> Any:
            entries = AccountEntries(account, **filters)
            return len(entries), entries[:20]

        return call

    def charge() -> Any:
        key = {"api_key_id": KEY, "limited": True, "idempotency_key": str(uuid.uuid4())}
        return ledger.charge(account=account, amount=1, operation="vector_query", **key)

    return [
        ("charge by a limited key", charge),
        ("usage summary, 90 days", lambda: usage_summary(account, days=90)),
        ("page and total", page()),
        ("page and total, type=purchase", page(type="purchase")),
        ("page and total, type=usage", page(type="usage")),
        ("page and total, operation=document_upload", page(operation="document_upload")),
    ]


def pages(rows: int) -> list[tuple[str, Callable[[], Any]]]:
    """Return what staff look at."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    staff = get_user_model().objects.create_superuser("staff", password="only-for-benchmarks")
    client = Client(SERVER_NAME="localhost")
    client.force_login(staff)

    def look(**query: Any) -> Callable[[], Any]:
        def call() -> Any:
            answer = client.get("/admin/credits/credittransaction/", query)
            assert answer.status_code == 200, answer.status_code
            return answer

        return call

    return [
        ("admin: list", look()),
        ("admin: list, middle page", look(p=rows // 100)),
        ("admin: list, last page", look(p=rows // 50)),
        ("admin: type=purchase", look(type__exact="purchase")),
        ("admin: operation=document_upload", look(operation="document_upload")),
        ("admin: one user", look(q=str(HEAVY))),
        ("admin: by e-mail address", look(q=f"{uuid.UUID(int=7)}@example.com")),
        ("admin: an id that is nothing's", look(q=str(uuid.uuid4()))),
    ]


if __name__ == "__main__":
    sys.exit(main())
