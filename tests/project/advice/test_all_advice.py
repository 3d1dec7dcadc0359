"""No advice that names a step goes untried, and none of it drops, owns or rewrites what is not ours."""

import importlib
import re
from pathlib import Path

import pytest

from tests.support.advice_given import Sentence, sentences
from tests.support.trial import TRIED

# By module: advice that names no step on a database, or one that a site or a person takes and no test can.
NO_STEP: dict[str, tuple[str, ...]] = {
    "authbridge.databases.doctor.clocks": (
        "Have both machines keep time by NTP.",
        "Remove TIME_ZONE from its settings.",
    ),
    "authbridge.databases.doctor.columns": (
        "Add … to … in the site's Drizzle schema and run its migrations, or install the version of this"
        " service that does"
        " without it.",
        "Give both the same type in the site's Drizzle schema (uuid) and run its migrations.",
        "Make it … in the site's Drizzle schema and run its migrations.",
    ),
    "authbridge.databases.doctor.history": (
        "A newer version of this service has used it: install that one. Nothing in the database has to go back.",
        "Check that … is the site's DATABASE_URL. If it is, the site's tables were dropped: the site has to"
        " restore them"
        " from its backup.",
        "If the site's DATABASE_URL names …, set it to what … is here and run its migrations there. The"
        " journal here is the"
        " site's, and may stay.",
    ),
    "authbridge.databases.doctor.homes": (
        "If the site's DATABASE_URL names …, set it to … and run its migrations there. The table here is the"
        " site's, and"
        " may stay.",
        "Run the site's migrations (drizzle-kit migrate) on it. If that finds nothing to do, tables were"
        " dropped: the site"
        " has to restore them from its backup.",
    ),
    "authbridge.databases.doctor.indexes": (
        "Have ….… indexed in the site's Drizzle schema (…), and run its migrations.",
    ),
    "authbridge.databases.doctor.people": (
        "If people are signed in, the site keeps its sessions in Redis (secondaryStorage) and every token is"
        " refused here:"
        " set session.storeSessionInDatabase to true in its Better Auth.",
        'Set advanced.database.generateId to "uuid" in the site\'s Better Auth, and have these people sign'
        " up anew, or the"
        " site give them UUIDs by a migration of its own.",
    ),
    "authbridge.databases.doctor.reach": (
        "Check that its folder can be written and its disk has space, or set DATA_DIR to another folder.",
        "Check that the server runs there, and that … has the right host, port, user and password.",
        "It is a standby, or default_transaction_read_only is on, as some set it while a disk is full: name"
        " the primary, or"
        " let it write again.",
        "The file is damaged, or no database: restore it from a backup, or set DATA_DIR to another folder.",
        "The site has to move it to one with ENCODING 'UTF8'; then name that in ….",
        "Upgrade it to PostgreSQL 14 or newer.",
        "manage.py doctor says what is not as it should be there.",
    ),
    # tests/project/test_migrations.py does it, and loses what is there.
    "authbridge.databases.going_back": (
        "Going back would drop what holds rows in …: …. Nothing was changed. An earlier release runs on these tables as"
        " they are. If the data is really to go, make a backup and set ALLOW_DROPPING_DATA=1 for this command.",
    ),
    "authbridge.shared.commands": ("A database refused: …. Ask manage.py doctor what to do.",),
    "credits.doctor": (
        "Nothing, if these users were deleted. Else the site has to restore them.",
        "Nothing, if these users were deleted: the history of money is kept. Else the site has to restore them.",
    ),
    "datasets.doctor": (
        "A worker counts them anew each night.",
        "Check that AUTH_DATABASE_URL is the site's DATABASE_URL. If it is, the site has to restore its users.",
        "Check that it runs, and that VECTOR_STORE_URI and VECTOR_STORE_TOKEN are right.",
        "Free some space: uploads fail when it is full, and so do embedded databases and vectors.",
        "Make it writable for this user, or set … to a folder that is.",
        "Start a worker (manage.py runworker, or all of it by make run), and look at its log.",
        "The worker's log has more of it.",
        "make run (or manage.py serve) starts it.",
    ),
    # tests/datasets/test_people_who_left.py does it; it deletes what nobody owns.
    **dict.fromkeys(
        ("datasets.management.commands.delete_orphans", "fltr_project.run.background"),
        (
            "Not one owner of a dataset is a user here, so none was deleted. If AUTH_DATABASE_URL names the"
            " right database,"
            " and all of these are to be deleted: manage.py delete_orphans --even-all.",
        ),
    ),
    "fltr_project.configuration.deploy_checks": (
        "Set TRUSTED_ORIGINS to origins that begin with https://.",
        "Set …, here and in the site, to … or more random characters.",
    ),
    "fltr_project.doctor": (
        "Check that it runs, and REDIS_URL.",
        "If nothing above explains it, this is a bug of the doctor: please report it with this line.",
        "Set REDIS_URL.",
        "Set … as .env.example says.",
    ),
    "fltr_project.reset.dropping": (
        "In … something that is not FLTR's hangs on these tables: …. Nothing was dropped: ask whoever made"
        " it to part it"
        " from them.",
    ),
}
# What `explained` says before an advice, which is the doctor's, too.
REFUSED = "… cannot be used: …. "
NEVER = re.compile(
    r"DROP (?:TABLE|SCHEMA|DATABASE|COLUMN)|OWNER TO|__drizzle|drop the|TRUNCATE|DELETE FROM", re.IGNORECASE
)


def given() -> set[Sentence]:
    """Return all advice, the same said by two of our modules once."""
    naming, reach = "authbridge.databases.naming", "authbridge.databases.doctor.reach"
    return {each if each.module != naming else Sentence(reach, each.text.removeprefix(REFUSED)) for each in sentences()}


def tried() -> set[Sentence]:
    """Return the advice that trials follow."""
    for path in Path(__file__).parent.glob("test_*.py"):
        importlib.import_module(f"{__package__}.{path.stem}")
    return TRIED


def without_step() -> set[Sentence]:
    return {Sentence(module, text) for module, texts in NO_STEP.items() for text in texts}


def test_every_advice_is_followed_by_a_trial_or_names_no_step() -> None:
    assert sorted(given() - tried() - without_step()) == []


def test_no_trial_and_no_exception_is_for_an_advice_that_nobody_gives() -> None:
    assert sorted((tried() | without_step()) - given()) == []


@pytest.mark.parametrize("sentence", sorted(sentences()), ids=lambda each: each.module)
def test_no_advice_drops_or_owns_anything(sentence: Sentence) -> None:
    assert not NEVER.search(sentence.text)
