"""Databases with people, money and documents in them, a folder beside them, and what a backup is to bring back."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings

from tests.support.scratch import Scratch, ready_databases, scratch_databases

FILL = """
import uuid
from credits.services import add_credits, create_api_key, create_team
from tests.support import dying
from tests.support.people import make_session, make_user

alice, bob = make_user("Alice", email="alice@example.com"), make_user("Bob", email="bob@example.com")
make_session(alice)
dying.create_dataset(alice.id)
dying.upload(alice.id)
create_api_key(user_id=alice.id, name="a tab\\t, a \\\\ and a line\\nmore", credits=30)
add_credits(user_id=bob.id, amount=500, type="purchase", idempotency_key="stripe:1")
create_team(operation_id=uuid.uuid4(), owner_id=bob.id, name="Owls")
"""
# What people would miss, each a query of one home; floats and times are compared by what they look like.
ASKED = {
    "fltr": [
        "SELECT CAST(id AS text), name, document_count, documents_in_work FROM datasets ORDER BY id",
        "SELECT CAST(id AS text), filename, status, CAST(metadata AS text), object_key FROM documents ORDER BY id",
        "SELECT CAST(id AS text), status, transaction_id, price FROM processing_jobs ORDER BY id",
        "SELECT app_label, model FROM django_content_type ORDER BY id",
    ],
    "fltr_auth": [
        "SELECT CAST(id AS text), credits, total_credits_purchased, team_id FROM users ORDER BY id",
        "SELECT CAST(id AS text), amount, balance_after, type, idempotency_key FROM credit_transactions ORDER BY id",
        "SELECT CAST(id AS text), name, credits, prefix FROM api_key_credits ORDER BY id",
        "SELECT CAST(id AS text), name, credits FROM teams ORDER BY id",
        "SELECT account_id, type, operation, entries, amount FROM fltr_day_totals ORDER BY 1, 2, 3",
    ],
}


def fill(scratch: Scratch) -> None:
    """Put in two people with credits, a dataset with a document, a key and a team."""
    uploads = {"STORAGE_URL": str(uploads_of_the_template())}
    replace(scratch, environment={**scratch.environment, **uploads}).manage("shell", "-v0", "-c", FILL)


def uploads_of_the_template() -> Path:
    return Path(settings.DATA_DIR) / "uploads-to-keep"


def at_home(scratch: Scratch, folder: Path) -> Scratch:
    """Give databases a data folder of their own."""
    own = {"DATA_DIR": str(folder), "STORAGE_URL": str(folder / "uploads")}
    return replace(scratch, environment={**scratch.environment, **own})


@contextmanager
def filled(folder: Path) -> Iterator[Scratch]:
    """Give databases that have something to lose, and their files."""
    folder.mkdir()
    with ready_databases(folder, fill) as scratch:
        shutil.copytree(uploads_of_the_template(), folder / "uploads")
        yield at_home(scratch, folder)


@pytest.fixture
def full(tmp_path):
    """Databases that have something to lose."""
    with filled(tmp_path / "full") as scratch:
        yield scratch


@pytest.fixture
def fresh(tmp_path):
    """Databases in which nothing is yet, not even tables."""
    (tmp_path / "fresh").mkdir()
    with scratch_databases(tmp_path / "fresh") as scratch:
        yield at_home(scratch, tmp_path / "fresh")


def alias_of(home: str) -> str:
    return settings.AUTH_DB if home == "fltr_auth" else "default"


def contents(scratch: Scratch) -> dict[str, object]:
    """Return all that people would miss, and the files."""
    rows = {query: scratch.execute(alias_of(home), query) for home, queries in ASKED.items() for query in queries}
    uploads = Path(scratch.environment["STORAGE_URL"])
    files = {str(path.relative_to(uploads)): path.read_bytes() for path in uploads.rglob("*/*/*") if path.is_file()}
    return {**rows, "files": files}


@pytest.fixture
def backup(full, tmp_path):
    """A backup of all that, with what is the site's."""
    full.manage("backup", str(tmp_path / "kept"), "--with-site")
    return tmp_path / "kept"
