"""What is advised about URLs, rights and the databases themselves is followed on copies, to the letter."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from tests.support import postgres
from tests.support.trial import (
    COMMAND,
    JOURNAL,
    MONEY,
    MOST_STEPS,
    PEOPLE,
    SQL,
    Trial,
    follows,
    harm,
    new_name,
    somebody_elses,
)

AUTH = settings.AUTH_DB
PROJECT = Path(__file__).parents[3]
PAGE = PROJECT / "docs" / "databases.md"
CHECKS, CLOCKS, REACH, RIGHTS, URLS = (
    "authbridge.databases.checks",
    *(f"authbridge.databases.doctor.{name}" for name in ("clocks", "reach", "rights", "urls")),
)
two_databases = pytest.mark.skipif(AUTH == "default", reason="is about two databases")
pytestmark = pytest.mark.postgresql
SERVER = os.environ.get("DATABASE_URL", "")


def urls(trial: Trial) -> tuple[str, str]:
    return trial.scratch.environment["DATABASE_URL"], trial.scratch.environment.get("AUTH_DATABASE_URL", "")


def url(name: str) -> str:
    return postgres.with_database(SERVER, name)


def on_server(sql: str) -> None:
    with psycopg.connect(postgres.with_database(SERVER, "postgres"), autocommit=True) as server:
        server.execute(sql.encode())


@pytest.fixture
def another() -> Iterator[str]:
    """The name of a database that is empty."""
    name = new_name("scratch_more")
    on_server(f"CREATE DATABASE {name}")
    yield name
    on_server(f"DROP DATABASE {name} WITH (FORCE)")


@two_databases
@follows(
    URLS,
    "Set AUTH_DATABASE_URL to what DATABASE_URL is now, and DATABASE_URL to what AUTH_DATABASE_URL is now."
    " Change nothing in the databases themselves.",
)
@pytest.mark.parametrize("fltr_is", ["in use", "new"])
def test_urls_that_are_swapped(trial: Trial, another: str, fltr_is: str) -> None:
    fltr, site = urls(trial)
    fltr = fltr if fltr_is == "in use" else url(another)
    trial.set(DATABASE_URL=site, AUTH_DATABASE_URL=fltr)

    [told] = trial.complaints()
    trial.followed.append(told.advice)
    refusal = trial.refusal("init_databases")
    trial.set(DATABASE_URL=fltr, AUTH_DATABASE_URL=site)

    assert told.message.startswith("The two URLs are swapped")
    assert told.message in refusal
    if fltr_is == "new":
        trial.heal("lacks")
    assert trial.complaints() == []


@follows(
    CHECKS,
    "In the Next.js site DATABASE_URL means fltr_auth. Set AUTH_DATABASE_URL to this database and DATABASE_URL to fltr;"
    " leave it so only if one database shall hold everything.",
)
def test_the_sites_url_alone(empty_trial: Trial, another: str) -> None:
    for table in ("users", "sessions"):
        empty_trial.scratch.make_auth_table(table)
    empty_trial.plant(AUTH, "CREATE INDEX ON sessions (user_id)")
    site = urls(empty_trial)[AUTH == "auth"]
    empty_trial.set(DATABASE_URL=site, AUTH_DATABASE_URL="")
    said = empty_trial.run("migrate", "--plan").stderr
    empty_trial.followed += [line.partition("HINT: ")[2] for line in said.splitlines()]

    empty_trial.set(DATABASE_URL=url(another), AUTH_DATABASE_URL=site)
    empty_trial.heal("lacks")


@two_databases
@follows(
    REACH, "Give fltr a database of its own in DATABASE_URL, or unset AUTH_DATABASE_URL to keep everything in one."
)
def test_one_database_under_two_addresses(trial: Trial, tmp_path: Path) -> None:
    fltr, site = urls(trial)
    folder = site.partition("host=")[2].partition("&")[0]
    (tmp_path / "alias").symlink_to(folder.replace("%2F", "/"))
    trial.set(DATABASE_URL=site.replace(folder, str(tmp_path / "alias").replace("/", "%2F")))

    [told] = trial.complaints()
    trial.followed.append(told.advice)
    trial.set(DATABASE_URL=fltr)

    assert trial.complaints() == []


@two_databases
@follows(
    URLS,
    "To keep all of it in one database, unset AUTH_DATABASE_URL. To have two, set AUTH_DATABASE_URL to"
    " what DATABASE_URL"
    " is now, and DATABASE_URL to a new database; docs/databases.md says how the datasets get there. Change nothing in"
    " the database itself.",
)
def test_one_database_that_held_everything(empty_trial: Trial, another: str) -> None:
    everything = urls(empty_trial)[0]
    empty_trial.set(DATABASE_URL=everything, AUTH_DATABASE_URL="")
    empty_trial.scratch.manage("init_databases", "--with-auth-tables")
    empty_trial.set(AUTH_DATABASE_URL=url(another))

    [told] = empty_trial.complaints()
    empty_trial.followed.append(told.advice)

    for fltr, site in ((everything, ""), (url(another), everything)):
        empty_trial.set(DATABASE_URL=fltr, AUTH_DATABASE_URL=site)
        empty_trial.scratch.manage("init_databases")
        assert empty_trial.complaints() == []


@two_databases
@pytest.mark.skipif(shutil.which("psql") is None, reason="there is no psql here")
@follows(
    "authbridge.databases.doctor.homes",
    "It may stay. If its rows are missed in …, docs/databases.md says how they get there.",
)
def test_what_the_page_says_of_one_database_that_becomes_two(empty_trial: Trial, another: str) -> None:
    everything = urls(empty_trial)[0]
    empty_trial.set(DATABASE_URL=everything, AUTH_DATABASE_URL="")
    empty_trial.scratch.manage("init_databases", "--with-auth-tables")
    empty_trial.scratch.execute_all("default", PEOPLE + JOURNAL)
    empty_trial.scratch.manage("shell", "-v0", "-c", MONEY)
    before = somebody_elses(empty_trial.scratch)
    section = PAGE.read_text().partition("\n## Tables in the wrong database\n")[2]
    block = section.partition("```sh\n")[2].partition("```")[0].replace(".venv/bin/python", sys.executable)

    empty_trial.set(DATABASE_URL=url(another), AUTH_DATABASE_URL=everything)
    subprocess.run(
        ["sh", "-e", "-c", block], env=empty_trial.scratch.environment, check=True, capture_output=True, cwd=PROJECT
    )

    left = empty_trial.complaints()
    empty_trial.followed += [told.advice for told in left]
    assert {told.level for told in left} == {"yellow"}
    assert all("whose home is fltr: nothing reads it here" in told.message for told in left)
    with psycopg.connect(url(another)) as fltr:
        assert fltr.execute("SELECT document_count FROM datasets").fetchall() == [(1,)]
    found = harm(before, somebody_elses(empty_trial.scratch), set())
    assert [each for each in found if "fltr_verifications" not in each] == []


@follows(
    CLOCKS,
    "The site decides it. If all of its times are UTC, as Better Auth writes them: In …, as whoever owns it:"
    " ALTER DATABASE … SET timezone TO 'UTC'; Then start the site anew.",
)
def test_a_server_that_is_not_in_utc(trial: Trial) -> None:
    trial.plant(AUTH, f"ALTER DATABASE {trial.scratch.names[AUTH]} SET timezone TO 'Asia/Tokyo'")
    trial.may_set = {"TimeZone=Asia/Tokyo"}

    trial.heal("gives connections the time zone Asia/Tokyo")


@pytest.fixture
def role() -> Iterator[str]:
    """A user of the server who may connect, and nothing else."""
    name = new_name("weak")
    on_server(f"CREATE ROLE {name} LOGIN")
    yield name
    # By now everything that it had rights on is gone.
    on_server(f"DROP ROLE {name}")


@pytest.fixture
def weak(role: str, trial: Trial) -> Trial:
    """Databases that are used, to which the service comes as that user."""
    trial.come_as(role)
    return trial


@follows(RIGHTS, "In …, as whoever owns the table: GRANT … TO …;")
def test_tables_of_others(weak: Trial) -> None:
    weak.heal("may not SELECT ON users")


@follows(REACH, "In …, as whoever owns the schema: GRANT USAGE ON SCHEMA … TO …;")
def test_a_schema_that_may_not_be_looked_into(weak: Trial) -> None:
    weak.plant(AUTH, "REVOKE ALL ON SCHEMA public FROM PUBLIC")

    weak.heal("may not look into the schema public")


@follows(REACH, "In …, as whoever owns it: GRANT USAGE, CREATE ON SCHEMA … TO …;")
@follows(
    REACH,
    "manage.py doctor says which rights that needs. Tables are changed only by whom they belong to: if they are another"
    " user's, name that one in ….",
)
def test_a_service_that_may_nothing_in_the_sites_database(role: str, empty_trial: Trial) -> None:
    for table in ("users", "sessions", "accounts", "verifications", "subscriptions"):
        empty_trial.scratch.make_auth_table(table)
    empty_trial.come_as(role)

    for _ in range(MOST_STEPS):
        if (finished := empty_trial.run("init_databases")).returncode == 0:
            break
        empty_trial.follow_unharmed(finished.stderr)

    assert [told for told in empty_trial.complaints() if told.level == "red"] == []


@pytest.fixture
def absent() -> Iterator[str]:
    """The name of a database that is not there."""
    name = new_name("scratch_absent")
    yield name
    for each in (name, f"{name}_utf8"):
        on_server(f"DROP DATABASE IF EXISTS {each} WITH (FORCE)")


@two_databases
@follows(REACH, "manage.py init_databases makes it.")
def test_a_database_of_ours_that_is_not_there(trial: Trial, absent: str) -> None:
    trial.set(DATABASE_URL=url(absent))
    trial.plant(AUTH, "DELETE FROM sessions")

    trial.follow_unharmed(next(told.advice for told in trial.complaints() if "does not let us in" in told.message))

    assert not [told for told in trial.complaints() if told.level == "red"]


NOT_THERE = "Check that … is the site's DATABASE_URL. Where there is no site yet, do this. "
CREATE = "In …, as an administrator: CREATE DATABASE … OWNER … ENCODING 'UTF8' TEMPLATE template0;"


@two_databases
@follows(REACH, NOT_THERE + "manage.py init_databases makes it.")
def test_a_user_database_that_is_not_there(trial: Trial, absent: str) -> None:
    trial.set(AUTH_DATABASE_URL=url(absent))

    trial.follow_unharmed(next(told.advice for told in trial.complaints() if "does not let us in" in told.message))

    assert not [told for told in trial.complaints() if "does not let us in" in told.message]


@two_databases
@follows(REACH, CREATE)
@follows(REACH, NOT_THERE + CREATE)
def test_databases_that_only_an_administrator_makes(role: str, absent: str, another: str, trial: Trial) -> None:
    for name, other in (("DATABASE_URL", "AUTH_DATABASE_URL"), ("AUTH_DATABASE_URL", "DATABASE_URL")):
        trial.set(**{name: url(absent), other: url(another)})
        trial.come_as(role)
        trial.follow_unharmed(trial.refusal("init_databases"))

        assert "permission denied to create" not in trial.run("init_databases").stderr
        on_server(f"DROP DATABASE {absent} WITH (FORCE)")


@two_databases
@follows(
    REACH,
    "In …, as an administrator: CREATE DATABASE … OWNER … ENCODING 'UTF8' TEMPLATE template0; Put a dump"
    " of this one into"
    " that, if there is anything to keep, and set … to it. Then manage.py init_databases makes what is missing.",
)
def test_a_database_that_cannot_keep_every_language(trial: Trial, absent: str) -> None:
    on_server(f"CREATE DATABASE {absent} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    trial.set(DATABASE_URL=url(absent))
    [told] = [told for told in trial.complaints() if "keeps text as LATIN1" in told.message]
    made, command = SQL.search(told.advice), COMMAND.search(told.advice)
    assert made
    assert command

    trial.followed.append(told.advice)
    on_server(made[2])
    trial.set(DATABASE_URL=url(f"{absent}_utf8"))
    trial.run_command(command)

    assert not [told for told in trial.complaints() if told.level == "red"]
