"""What cannot be kept or put back is said in a sentence, before anything has changed."""

import json
import os
import shutil
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from fltr_project.run.claims import sole_use_of
from tests.project.backup.conftest import contents, filled
from tests.project.backup.test_broken_off import refusal
from tests.support import postgres, warm

on_postgresql = pytest.mark.postgresql


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """For all tests after which everything is as before: databases, and a backup of them."""
    folder = tmp_path_factory.mktemp("refusals")
    with filled(folder / "full") as full:
        full.manage("backup", str(folder / "kept"), "--with-site")
        yield full, folder / "kept", contents(full)


@pytest.fixture
def unharmed(kept, tmp_path):
    """Databases, and a backup of their own for refused restores: afterwards everything must be as before."""
    full, backup, before = kept
    shutil.copytree(backup, tmp_path / "kept")
    yield full, tmp_path / "kept"
    assert contents(full) == before


def spoiled(backup, name, change):
    [path] = backup.glob(name)
    path.write_bytes(change(path.read_bytes()))
    return path


# Backups.


def test_a_folder_in_which_something_is_stays_as_it_is(full, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").touch()

    said = refusal(full, "backup", str(tmp_path / "mine"))

    assert f"{tmp_path / 'mine'} is there already, and not empty." in said
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter"]


def test_what_a_backup_did_not_begin_is_not_removed(full, tmp_path):
    (tmp_path / "kept.partial").mkdir()
    (tmp_path / "kept.partial" / "letter").touch()

    assert "was not begun by a backup: letter" in refusal(full, "backup", str(tmp_path / "kept"))
    assert (tmp_path / "kept.partial" / "letter").exists()


def test_only_its_owner_can_read_it(backup):
    modes = {(path.stat().st_mode & 0o777, path.is_dir()) for path in [backup, *backup.rglob("*")]}

    assert modes == {(0o700, True), (0o600, False)}


def test_a_folder_that_cannot_be_written_is_told(full, tmp_path):
    (tmp_path / "file").touch()

    assert "No backup was made." in refusal(full, "backup", str(tmp_path / "file" / "kept"))


def test_databases_that_were_never_set_up_are_told(fresh, tmp_path):
    said = refusal(fresh, "backup", str(tmp_path / "kept"))

    assert "`manage.py init_databases` makes them" in said
    assert not (tmp_path / "kept").exists()
    assert not (tmp_path / "kept.partial").exists()


@pytest.mark.parametrize("change", [Path.unlink, lambda path: path.write_bytes(b"other bytes")])
def test_a_lost_or_damaged_file_is_told_unless_it_is_to_be_left_out(full, tmp_path, change):
    [path] = (tmp_path / "full" / "uploads").glob("*/*/1")
    change(path)

    said = refusal(full, "backup", str(tmp_path / "kept"))

    assert f"The files of 1 documents are not in the storage, or not as they were uploaded: {path.parent.name}." in said
    assert "full" in full.manage("backup", str(tmp_path / "kept-full"), "--without-lost-files")


# Restores.


@pytest.mark.parametrize("name", ["fltr_auth/credit*", "fltr/datasets*", "files/*/*/1", "site/users*", "SHA256SUMS"])
def test_a_changed_byte_anywhere_is_noticed(unharmed, name):
    full, backup = unharmed
    path = spoiled(backup, name, lambda found: found[:-1] + bytes([found[-1] ^ 1]))

    assert f"{path} is not as it was written: this backup is damaged." in refusal(
        full, "restore", str(backup), "--noinput"
    )


def test_a_missing_file_is_noticed(unharmed):
    full, backup = unharmed
    (backup / "fltr" / "documents.copy.gz").unlink()

    assert "documents.copy.gz is not as it was written" in refusal(full, "restore", str(backup), "--noinput")


@pytest.mark.parametrize(
    ("manifest", "sentence"),
    [
        ("{", "manifest.json cannot be read: this backup is damaged."),
        ('{"format": 2}', "is of the form 2, and this release reads 1."),
    ],
)
def test_a_manifest_that_cannot_be_read_is_told(unharmed, manifest, sentence):
    full, backup = unharmed
    (backup / "manifest.json").write_text(manifest)

    assert sentence in refusal(full, "restore", str(backup), "--noinput")


def test_any_other_folder_is_no_backup(full, tmp_path):
    assert f"{tmp_path} is no backup" in refusal(full, "restore", str(tmp_path), "--noinput")


def test_tables_of_another_shape_are_refused(unharmed):
    full, backup = unharmed
    manifest = json.loads((backup / "manifest.json").read_text())
    manifest["migrations"]["fltr"].append("datasets.0999_later")
    (backup / "manifest.json").write_text(json.dumps(manifest))

    said = refusal(full, "restore", str(backup), "--noinput")

    assert "The tables of fltr have other migrations than when the backup was made: datasets.0999_later." in said


def test_what_is_the_sites_goes_into_an_empty_database_only(unharmed):
    full, backup = unharmed

    assert "has rows in users, sessions" in refusal(full, "restore", str(backup), "--noinput", "--with-site")


def test_what_is_the_sites_must_have_been_kept(full, tmp_path):
    full.manage("backup", str(tmp_path / "ours"))

    said = refusal(full, "restore", str(tmp_path / "ours"), "--noinput", "--with-site")

    assert "was made without --with-site" in said
    assert not (tmp_path / "ours" / "site").exists()


def test_a_column_that_the_site_has_not_made_yet_is_told(full, fresh, tmp_path):
    full.execute(settings.AUTH_DB, "ALTER TABLE users ADD COLUMN nickname text")
    full.manage("backup", str(tmp_path / "kept"), "--with-site")

    said = refusal(fresh, "restore", str(tmp_path / "kept"), "--noinput", "--with-site")

    assert "The table users has no nickname: run the site's migrations first." in said


def test_nothing_is_pulled_away_under_a_running_instance(unharmed):
    full, backup = unharmed
    folder = Path(full.environment["DATA_DIR"])

    with sole_use_of(folder):
        said = refusal(full, "restore", str(backup), "--noinput")

    assert f"An instance runs in {folder} (process {os.getpid()}). Stop it first." in said


@on_postgresql
def test_nor_under_a_server_or_worker_on_another_machine(unharmed):
    full, backup = unharmed
    url = postgres.with_database(os.environ["DATABASE_URL"], full.names["default"])

    with psycopg.connect(url, application_name="fltr"):
        said = refusal(full, "restore", str(backup), "--noinput")

    assert "Something of FLTR's is connected: process" in said


@on_postgresql
def test_a_table_in_use_by_the_site_is_told(unharmed):
    full, backup = unharmed
    url = postgres.with_database(os.environ["DATABASE_URL"], full.names[settings.AUTH_DB])

    with psycopg.connect(url, application_name="the site") as site:
        site.execute("SELECT * FROM teams")
        said = refusal(full, "restore", str(backup), "--noinput")

    assert "(the site, idle in transaction). Stop that first." in said


def test_nobody_is_asked_where_nobody_can_answer(unharmed):
    full, backup = unharmed

    assert "call it in a terminal, or with --noinput" in refusal(full, "restore", str(backup))


@pytest.mark.parametrize(("answer", "code"), [("restore", 0), ("yes", 1)])
def test_somebody_who_is_asked_decides(full, backup, answer, code):
    master, slave = os.openpty()
    process = warm.start(["manage.py", "restore", str(backup)], full.environment, stdin=slave)
    os.write(master, f"{answer}\n".encode())
    process.communicate()
    os.close(master)
    os.close(slave)

    assert process.returncode == code


def test_a_ledger_that_is_not_right_ends_with_another_code(full, tmp_path):
    full.execute(settings.AUTH_DB, "UPDATE users SET credits = credits + 5 WHERE name = 'Bob'")
    full.manage("backup", str(tmp_path / "kept"))

    said = refusal(full, "restore", str(tmp_path / "kept"), "--noinput")

    assert "5 too many" in said
