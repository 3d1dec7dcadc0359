"""A backup brings back what was there: into the same databases, into empty ones, of the same kind or the other."""

import json

import pytest
from django.conf import settings

from tests.project.backup.conftest import contents

MORE = """
import uuid
from authbridge.models import User
from credits.services import add_credits, create_api_key, create_team, deduct_credits
from tests.support import dying
from tests.support.people import make_user
alice, bob = User.objects.get(email="alice@example.com"), User.objects.get(email="bob@example.com")
deduct_credits(user_id=alice.id, amount=7, operation="vector_query")
add_credits(user_id=bob.id, amount=900, type="purchase", idempotency_key="stripe:2")
carol = make_user("Carol", email="carol@example.com")
create_team(operation_id=uuid.uuid4(), owner_id=carol.id, name="Larks")
dying.create_dataset(bob.id)
dying.upload(bob.id)
create_api_key(user_id=bob.id, name="new")
"""


def add_more(scratch):
    """Let what people do go on after the backup."""
    scratch.manage("shell", "-v0", "-c", MORE)


def restore(scratch, folder, *arguments):
    return scratch.manage("restore", str(folder), "--noinput", *arguments)


def test_all_comes_back_into_the_same_databases(full, backup):
    before = contents(full)
    add_more(full)
    users = len(before["SELECT CAST(id AS text), credits, total_credits_purchased, team_id FROM users ORDER BY id"])

    said = restore(full, backup)

    after = contents(full)
    people = "SELECT CAST(id AS text), credits, total_credits_purchased, team_id FROM users ORDER BY id"
    newcomers = set(after.pop(people)) - set(before.pop(people))
    assert after == before
    assert [(credits, bought, team) for _, credits, bought, team in newcomers] == [(0, 0, None)]
    assert f"the balances of {users} people" in said


def test_it_says_what_is_lost_by_that(full, backup):
    add_more(full)

    said = restore(full, backup)

    assert "1 people who came since keep the credits they came with, and no others" in said
    assert "1 purchases since then, of 900 credits, are not in the ledger any more" in said
    assert "Removed 1 files of documents that came since." in said
    assert "The money rules hold" in said


def test_credits_that_the_site_gave_a_newcomer_stay(full, backup):
    new = "INSERT INTO users (id, name, email, email_verified, created_at, updated_at, credits) VALUES ({})"
    values = "'0b1f8c5e-9d2a-4c6b-8e7f-0a1b2c3d4e5f', 'Dora', 'dora@example.com', false, '2026-01-01', '2026-01-01', 50"
    full.execute(settings.AUTH_DB, new.format(values))
    spend = "deduct_credits(user_id='0b1f8c5e-9d2a-4c6b-8e7f-0a1b2c3d4e5f', amount=20, operation='vector_query')"
    full.manage("shell", "-v0", "-c", f"from credits.services import deduct_credits; {spend}")

    restore(full, backup)

    assert full.execute(settings.AUTH_DB, "SELECT credits FROM users WHERE name = 'Dora'") == [(50,)]
    assert "The money rules hold." in full.manage("verify_ledger")


def test_people_who_are_gone_are_named_and_their_history_stays(full, backup):
    [(bob,)] = full.execute(settings.AUTH_DB, "SELECT CAST(id AS text) FROM users WHERE name = 'Bob'")
    full.execute(settings.AUTH_DB, "DELETE FROM users WHERE name = 'Bob'")

    said = restore(full, backup)

    assert f"1 people of then are not here now, and were left out: {bob}." in said
    rows = full.execute(settings.AUTH_DB, f"SELECT amount FROM credit_transactions WHERE user_id = '{bob}'")
    assert len(rows) == 2


def test_what_is_the_sites_stays_as_it_is(full, backup):
    full.execute(settings.AUTH_DB, "UPDATE users SET name = 'Alicia' WHERE name = 'Alice'")
    full.execute(settings.AUTH_DB, "UPDATE sessions SET user_agent = 'another'")

    restore(full, backup)

    assert ("Alicia",) in full.execute(settings.AUTH_DB, "SELECT name FROM users")
    assert full.execute(settings.AUTH_DB, "SELECT user_agent FROM sessions") == [("another",)]


def test_with_the_site_all_comes_back_into_an_empty_database(full, fresh, backup):
    restore(fresh, backup, "--with-site")

    assert contents(fresh) == contents(full)
    emails = "SELECT email FROM users ORDER BY email"
    assert fresh.execute(settings.AUTH_DB, emails) == full.execute(settings.AUTH_DB, emails)
    assert fresh.execute(settings.AUTH_DB, "SELECT COUNT(*) FROM sessions") == [(1,)]


def test_the_restored_ledger_is_kept_and_counted_as_ever(full, fresh, backup):
    restore(fresh, backup, "--with-site")

    fresh.manage("shell", "-v0", "-c", MORE)

    with pytest.raises(Exception, match="never changed or deleted"):
        fresh.execute(settings.AUTH_DB, "DELETE FROM credit_transactions")
    assert "The money rules hold." in fresh.manage("verify_ledger")


def test_ids_that_the_database_counts_go_on(full, fresh, tmp_path):
    make = "from django.contrib.contenttypes.models import ContentType as T; print([T.objects.create(app_label=n).id"
    made = full.manage("shell", "-v0", "-c", f"{make} for n in range(50)])")
    full.manage("backup", str(tmp_path / "kept"), "--with-site")
    restore(fresh, tmp_path / "kept", "--with-site")

    next_one = fresh.manage("shell", "-v0", "-c", f"{make} for n in range(50, 51)])")

    assert json.loads(next_one) == [json.loads(made)[-1] + 1]


def test_a_newer_file_in_the_place_of_an_old_one_is_replaced(full, backup, tmp_path):
    before = contents(full)
    for path in (tmp_path / "full" / "uploads").rglob("*/*/1"):
        path.unlink()
        path.write_bytes(b"damaged")

    restore(full, backup)

    assert contents(full)["files"] == before["files"]


TRAIL = "SELECT action, actor_type FROM fltr_audit ORDER BY created_at"
NOTE = """
from credits.services import AuditAction, note_act
note_act(AuditAction.RECOUNT, subject=("totals", None))
"""


def trail(scratch):
    return [action for action, _ in scratch.execute(settings.AUTH_DB, TRAIL)]


def test_the_audit_trail_goes_on_and_says_that_a_backup_was_restored(full, backup):
    before = trail(full)
    full.manage("shell", "-v0", "-c", NOTE)

    restore(full, backup)

    assert trail(full) == [*before, "recount", "restore"]


def test_the_audit_trail_comes_back_into_empty_databases(full, fresh):
    full.manage("shell", "-v0", "-c", NOTE)
    folder = full.environment["DATA_DIR"] + "-kept"
    full.manage("backup", folder, "--with-site")

    restore(fresh, folder, "--with-site")

    assert trail(fresh) == [*trail(full), "restore"]


def test_the_audit_trail_is_kept_by_the_database_again(full, backup):
    restore(full, backup)

    with pytest.raises(Exception, match="never changed"):
        full.execute(settings.AUTH_DB, "DELETE FROM fltr_audit")
