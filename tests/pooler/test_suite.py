"""The suite's own tests of what touches locks, cursors and zones, behind a PgBouncer."""

import os
import subprocess
import sys

import pytest

from tests.pooler.world import PROJECT

pytestmark = pytest.mark.pooler

# Of the others, some copy or drop databases, which a pooler's idle sessions hold.
FILES = [
    "credits/test_charge.py",
    "credits/test_races.py",
    "credits/test_totals.py",
    "credits/test_transactions_csv.py",
    "credits/test_verify_ledger.py",
    "credits/test_zones.py",
    "datasets/queue",
    "datasets/test_filter_sql.py",
    "datasets/test_lock_order.py",
    "datasets/test_query.py",
    "project/test_cursors.py",
]


def test_what_touches_locks_cursors_and_zones_is_right_by_a_pooler(pooler_url: str) -> None:
    shell = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = {**shell, "FLTR_TEST_DB": "postgresql", "TEST_DATABASE_URL": pooler_url}
    # Django could not drop its databases under the pooler; the server goes with them.
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "--reuse-db", *(f"tests/{file}" for file in FILES)]

    ran = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)

    assert ran.returncode == 0, ran.stdout[-6000:]
