"""Both databases are taken at one moment: whatever is charged in one has its reason in the other, under any traffic."""

import threading
import time
from dataclasses import replace as changed
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, connections, transaction

from credits.services import deduct_credits, get_balance
from fltr_project.backup import snapshots
from fltr_project.backup.errors import Refused
from fltr_project.backup.snapshots import one_point
from tests.support import warm
from tests.support.engine import wait_until
from tests.support.people import make_user

INTENTS = "SELECT charge_key, transaction_id, CAST(id AS text) FROM {}"
ENOUGH = 500_000
in_process = pytest.mark.django_db(databases="__all__", transaction=True)


def charge(user):
    deduct_credits(user_id=user.id, amount=3, operation="vector_query")
    connections.close_all()


def entries(point):
    return point.stores[settings.AUTH_DB].fetch("SELECT COUNT(*) FROM credit_transactions")[0][0]


@pytest.fixture
def busy(full, tmp_path):
    """Databases on which people go on making and deleting things until the test ends."""
    give = f"add_credits(user_id=id, amount={ENOUGH}, type='bonus', idempotency_key='more')"
    find = "from authbridge.models import User; id = User.objects.get(email='alice@example.com').id; print(id)"
    user = full.manage("shell", "-v0", "-c", f"from credits.services import add_credits; {find}; {give}").strip()
    traffic = warm.start(["-m", "tests.support.traffic", user, str(tmp_path)], full.environment)
    wait_until(lambda: len(list(tmp_path.glob("going-*"))) == 4, 60)
    yield full
    (tmp_path / "enough").touch()
    _, complaint = traffic.communicate()
    assert traffic.returncode == 0, complaint


def strangers(scratch):
    """Return charges that nothing in fltr knows, and intents whose charge is not in the ledger."""
    intents = [
        row for table in ("datasets", "processing_jobs") for row in scratch.execute("default", INTENTS.format(table))
    ]
    charges = scratch.execute(
        settings.AUTH_DB, "SELECT CAST(id AS text), idempotency_key FROM credit_transactions WHERE type = 'usage'"
    )
    known, paid = {key for key, _, _ in intents}, {str(id) for _, id, _ in intents if id}
    gone = {id for id, key in charges if key not in known}
    return gone, paid - {id for id, _ in charges}


def test_backups_under_traffic_are_of_one_point_each(busy, fresh, tmp_path):
    for number in range(3):
        busy.manage("backup", str(tmp_path / f"kept-{number}"), "--with-site")
    (tmp_path / "enough").touch()

    said = fresh.manage("restore", str(tmp_path / "kept-2"), "--with-site", "--noinput")

    assert "The money rules hold" in said
    assert strangers(fresh) == (set(), set())


def test_every_document_of_a_backup_under_traffic_has_its_file(busy, fresh, tmp_path):
    busy.manage("backup", str(tmp_path / "kept"), "--with-site")

    fresh.manage("restore", str(tmp_path / "kept"), "--with-site", "--noinput")

    keys = fresh.execute("default", "SELECT object_key FROM documents WHERE lifecycle = 'active'")
    uploads = Path(fresh.environment["STORAGE_URL"])
    assert keys
    assert [key for (key,) in keys if not (uploads / key).exists()] == []


@in_process
def test_nobody_is_charged_between_the_two_snapshots(monkeypatch):
    alice, real, threads = make_user("Alice"), snapshots.reader, []

    def charging_meanwhile(alias, stack):
        reader = real(alias, stack)
        return changed(reader, begin=lambda: (begin_a_charge(), reader.begin()))

    def begin_a_charge():
        threads.append(threading.Thread(target=charge, args=(alice,)))
        threads[-1].start()
        time.sleep(0.3)

    monkeypatch.setattr(snapshots, "reader", charging_meanwhile)

    with one_point() as point:
        seen = entries(point)
        for thread in threads:
            thread.join()

    assert seen == 1
    assert get_balance(alice).credits == 100 - 3 * len(threads)


@in_process
def test_a_charge_that_is_not_committed_is_waited_for():
    alice, ready = make_user("Alice"), threading.Event()

    def slow():
        with transaction.atomic(using=settings.AUTH_DB):
            deduct_credits(user_id=alice.id, amount=3, operation="vector_query")
            ready.set()
            time.sleep(0.5)
        connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    ready.wait()
    with one_point() as point:
        assert entries(point) == 2
    thread.join()


@in_process
def test_what_comes_afterwards_is_not_seen():
    alice = make_user("Alice")

    with one_point() as point:
        charge(alice)

        assert entries(point) == 1


@in_process
def test_it_gives_up_and_says_who_is_in_the_way(monkeypatch):
    alice = make_user("Alice")
    monkeypatch.setattr(snapshots, "LOCK_TIMEOUT_S", 0.1 if connection.vendor == "sqlite" else 1)
    monkeypatch.setattr(snapshots, "ATTEMPTS", 2)
    monkeypatch.setattr(snapshots, "PAUSE_S", 0)

    with transaction.atomic(using=settings.AUTH_DB):
        deduct_credits(user_id=alice.id, amount=3, operation="vector_query")
        with pytest.raises(Refused, match=r"is written by (somebody|process .* idle in transaction)"), one_point():
            raise AssertionError


@in_process
@pytest.mark.postgresql
def test_a_backup_that_hangs_is_put_out_by_the_server(monkeypatch):
    make_user("Alice")
    monkeypatch.setattr(snapshots, "ATTEMPTS", 1)
    monkeypatch.setattr(snapshots, "reached", lambda step: time.sleep(snapshots.HELD_AT_MOST_S + 1))

    with pytest.raises(Refused), one_point():
        raise AssertionError


@in_process
@pytest.mark.postgresql
def test_it_may_take_longer_than_the_database_lets_others():
    make_user("Alice")
    name = connections[settings.AUTH_DB].settings_dict["NAME"]
    with connections[settings.AUTH_DB].cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} SET idle_in_transaction_session_timeout TO '200ms'")
        with one_point() as point:
            cursor.execute(f"ALTER DATABASE {name} RESET idle_in_transaction_session_timeout")
            time.sleep(0.5)
            assert entries(point) == 1
