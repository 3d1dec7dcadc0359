"""A killed backup is none; a killed restore leaves what was, or what was kept, or says that it is neither."""

import gzip
import hashlib
import json
import shutil
import signal

import pytest
from django.conf import settings

from tests.project.backup.conftest import contents
from tests.project.backup.test_there_and_back import add_more, restore
from tests.support import warm
from tests.support.instance import free_port

UNTIL_ALL_IS_IN_PLACE = ["restore:begun", "restore:files", "restore:filling", "restore:half"]


def die(scratch, step, *arguments):
    """Run a command that is killed at this step."""
    killed = warm.start(["manage.py", *arguments], {**scratch.environment, "FLTR_DIE_AT": step})
    _, complaint = killed.communicate()
    assert killed.returncode == -signal.SIGKILL, complaint


def refusal(scratch, *arguments, **environment):
    """Run what must be refused, and return what it says."""
    refused = warm.run(["manage.py", *arguments], {**scratch.environment, **environment})
    assert refused.returncode == 1, refused.stdout
    assert "Traceback" not in refused.stderr
    return refused.stdout + refused.stderr


@pytest.fixture
def half_way(full, backup):
    """Databases of which the one is restored and the other not; with one database, neither."""
    before = contents(full)
    add_more(full)
    die(full, "restore:half", "restore", str(backup), "--noinput")
    return full, backup, before


@pytest.mark.parametrize("step", ["backup:held", "backup:tables", "backup:files", "backup:written"])
def test_a_killed_backup_is_none_and_the_next_is_whole(full, tmp_path, step):
    folder = tmp_path / "kept"
    die(full, step, "backup", str(folder))
    assert not folder.exists()

    full.manage("backup", str(folder))

    assert (folder / "manifest.json").exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("kept")] == ["kept"]


@pytest.mark.parametrize("step", UNTIL_ALL_IS_IN_PLACE)
def test_a_restore_that_was_killed_is_finished_by_another(full, backup, step):
    before = contents(full)
    die(full, step, "restore", str(backup), "--noinput")

    said = restore(full, backup)

    assert "The money rules hold" in said
    assert contents(full) == before


@pytest.mark.parametrize("step", UNTIL_ALL_IS_IN_PLACE)
def test_so_is_one_of_the_site_into_an_empty_database(full, fresh, backup, step):
    die(fresh, step, "restore", str(backup), "--noinput", "--with-site")

    restore(fresh, backup, "--with-site")

    assert contents(fresh) == contents(full)


def test_people_who_came_since_are_no_worse_off_for_a_second_restore(half_way):
    full, backup, _ = half_way

    restore(full, backup)

    assert full.execute(settings.AUTH_DB, "SELECT credits FROM users WHERE name = 'Carol'") == [(0,)]
    assert "The money rules hold." in full.manage("verify_ledger")


def test_killed_after_the_last_commit_all_is_new(full, backup):
    before = contents(full)
    add_more(full)
    die(full, "restore:filled", "restore", str(backup), "--noinput")

    after = contents(full)
    assert {key: rows for key, rows in after.items() if "users" not in key and key != "files"} == {
        key: rows for key, rows in before.items() if "users" not in key and key != "files"
    }
    assert full.manage("backup", str(backup.with_name("another")))


@pytest.mark.parametrize("command", ["serve", "runweb", "runworker", "backup"])
def test_half_a_restore_is_not_served(half_way, command, tmp_path):
    full, backup, _ = half_way
    more = [str(tmp_path / "another")] if command == "backup" else []

    said = refusal(full, command, *more, PORT=str(free_port()))

    assert f"A restore from {backup}, begun " in said
    assert f"nothing serves until `manage.py restore {backup} --noinput` has finished it." in said


def test_the_doctor_says_so_too(half_way):
    full, _, _ = half_way

    said = warm.run(["manage.py", "doctor"], full.environment).stdout

    [line] = [line for line in said.splitlines() if "A restore from" in line]
    assert line.split()[0] == "red"


def test_a_restore_that_failed_before_it_changed_anything_leaves_all_as_it_was(full, backup):
    before = contents(full)
    file = next((backup / "fltr_auth").glob("teams*"))
    spoil(backup, file)

    said = refusal(full, "restore", str(backup), "--noinput")

    assert "teams should have 1 rows, and 0 came" in said
    assert contents(full) == before
    assert "A restore from" not in full.manage("doctor")


def test_a_restore_that_failed_half_way_is_still_to_be_finished(half_way):
    full, backup, before = half_way
    whole = shutil.copytree(backup, backup.with_name("whole"))
    spoil(backup, next((backup / "fltr_auth").glob("teams*")))
    refusal(full, "restore", str(backup), "--noinput")

    assert "has not ended" in refusal(full, "backup", str(backup.with_name("another")))

    restore(full, whole)
    assert contents(full)["files"] == before["files"]


def spoil(backup, file):
    """Put an empty table in the place of another, with sums that fit."""
    file.write_bytes(gzip.compress(b""))
    sums = backup / "SHA256SUMS"
    lines = [line for line in sums.read_text().splitlines() if str(file.relative_to(backup)) not in line]
    sums.write_text(
        "\n".join([*lines, f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(backup)}\n"])
    )
    manifest = json.loads((backup / "manifest.json").read_text())
    manifest["sums"] = hashlib.sha256(sums.read_bytes()).hexdigest()
    (backup / "manifest.json").write_text(json.dumps(manifest))


PURGE = """
from datasets.models import Document
from datasets.services.purges import purge
for document in Document.objects.all():
    purge(document)
"""


@pytest.mark.parametrize(("step", "status"), [("upload:intended", []), ("upload:charged", ["queued"])])
def test_an_upload_under_way_at_that_moment_is_finished_or_undone(full, fresh, tmp_path, step, status):
    [(alice,)] = full.execute(settings.AUTH_DB, "SELECT CAST(id AS text) FROM users WHERE name = 'Alice'")
    full.manage("shell", "-v0", "-c", PURGE)
    killed = warm.run(["-m", "tests.support.dying", "upload", alice], {**full.environment, "FLTR_DIE_AT": step})
    assert killed.returncode == -signal.SIGKILL
    full.manage("backup", str(tmp_path / "kept"), "--with-site")
    restore(fresh, tmp_path / "kept", "--with-site")

    earlier = "created_at = '2026-01-01 00:00:00'"
    fresh.execute("default", f"UPDATE processing_jobs SET {earlier}")
    fresh.manage("reconcile")

    unfinished = "SELECT status FROM processing_jobs WHERE status <> 'cancelled'"
    assert [found for (found,) in fresh.execute("default", unfinished)] == status
    assert "The money rules hold." in fresh.manage("verify_ledger")
