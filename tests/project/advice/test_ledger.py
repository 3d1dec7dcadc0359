"""What is advised about the ledger, teams, datasets and their owners is followed on copies, to the letter."""

import pytest
from django.conf import settings

from datasets.models import Dataset
from tests.support.trial import ALICE, Trial, follows

AUTH = settings.AUTH_DB
CREDITS, DATASETS, VERIFY = "credits.doctor", "datasets.doctor", "credits.management.commands.verify_ledger"
IS_SQLITE = "sqlite" in settings.DATABASES["default"]["ENGINE"]
on_sqlite = pytest.mark.skipif(not IS_SQLITE, reason="is about SQLite")
on_postgresql = pytest.mark.postgresql
ON_LEDGER, ON_DOCUMENTS = ("", "") if IS_SQLITE else (" ON credit_transactions", " ON documents")


@follows(CREDITS, "In …: …;")
@pytest.mark.parametrize("name", ["credit_entries_are_somebodys", "credit_entries_are_kept"])
def test_a_trigger_that_keeps_the_ledger_is_gone(trial: Trial, name: str) -> None:
    trial.plant(AUTH, f"DROP TRIGGER {name}{ON_LEDGER}")

    trial.heal(f"its trigger {name} is missing")


@on_postgresql
@follows(CREDITS, "In …: …;")
def test_what_keeps_the_ledger_is_gone_with_its_functions(trial: Trial) -> None:
    trial.plant(AUTH, "DROP FUNCTION refuse_ledger_rewrite CASCADE; DROP FUNCTION claim_credit_entry CASCADE")

    trial.heal("The ledger can be rewritten")


@on_postgresql
@follows(CREDITS, "In …: ALTER TABLE … ENABLE TRIGGER …;")
@follows(CREDITS, "In …: ALTER TABLE … ENABLE TRIGGER …; Then count what it missed: manage.py recount_ledger.")
def test_all_triggers_of_the_ledger_are_disabled(trial: Trial) -> None:
    trial.plant(AUTH, "ALTER TABLE credit_transactions DISABLE TRIGGER USER")

    trial.heal("The ledger can be rewritten")


@follows(CREDITS, "In …: …; Then count what it missed: manage.py recount_ledger.")
def test_the_trigger_that_adds_the_ledger_up_is_gone(trial: Trial) -> None:
    trial.plant(AUTH, f"DROP TRIGGER credit_entries_are_totalled{ON_LEDGER}; DELETE FROM fltr_day_totals")

    trial.heal("are not added up")

    assert "The money rules hold." in trial.scratch.manage("verify_ledger")


@on_postgresql
@follows(
    CREDITS,
    "Take it out of the site's Drizzle schema and run its migrations, which comes to this."
    ' In …: ALTER TABLE … DROP CONSTRAINT "…";',
)
def test_keys_that_are_tied_to_people(trial: Trial) -> None:
    trial.plant(
        AUTH,
        "CREATE TABLE people (id text PRIMARY KEY); INSERT INTO people SELECT user_id FROM api_key_credits;"
        ' ALTER TABLE api_key_credits ADD CONSTRAINT "a tie" FOREIGN KEY (user_id) REFERENCES people (id)',
    )

    trial.heal("nobody there can be deleted any more")


@on_sqlite
@follows(
    CREDITS,
    "SQLite cannot take it away: restore the table from a backup. In development: manage.py reset_databases"
    " --database auth.",
)
def test_keys_of_a_file_that_are_tied_to_people(trial: Trial) -> None:
    trial.may_lose = {
        "credit_transactions",
        "api_key_credits",
        *(f"fltr_{each}_totals" for each in ("quarter", "day", "key")),
    }
    trial.plant(AUTH, "ALTER TABLE teams ADD COLUMN of text REFERENCES posts (id)")

    trial.heal("nobody there can be deleted any more")


@follows(
    CREDITS,
    "If that team was not lost but deleted, this lets them join another. In …: UPDATE … SET team_id = NULL WHERE …;",
)
def test_members_of_a_team_that_is_not_there(trial: Trial) -> None:
    trial.plant(AUTH, f"UPDATE users SET team_id = 'gone' WHERE id = '{ALICE}'")

    trial.heal("are in a team that is not there")


@follows(
    VERIFY,
    "Nobody but the ledger may write balances and rows. Where it is known what happened, this writes the row that was"
    ' missing, and moves nothing: manage.py explain_balance USER --reason "…" (with --type for a key or a team).',
)
def test_a_balance_that_somebody_wrote(trial: Trial) -> None:
    trial.plant(AUTH, f"UPDATE users SET credits = credits + 5 WHERE id = '{ALICE}'")
    said = trial.run("verify_ledger").stdout
    [advice] = [line for line in said.splitlines() if "explain_balance" in line]

    trial.followed.append(advice)
    command = advice.partition("manage.py ")[2].partition(" (")[0]
    trial.scratch.manage(*command.replace('"…"', "Said").replace("USER", ALICE).split())

    assert "The money rules hold." in trial.scratch.manage("verify_ledger")


@follows(VERIFY, "Rows are what counts. This adds them up anew: manage.py recount_ledger")
def test_totals_that_somebody_wrote(trial: Trial) -> None:
    trial.plant(AUTH, "UPDATE fltr_quarter_totals SET amount = amount + 1")
    said = trial.run("verify_ledger").stdout

    trial.follow_unharmed(next(line for line in said.splitlines() if "recount_ledger" in line))

    assert "The money rules hold." in trial.scratch.manage("verify_ledger")


@on_sqlite
@follows(
    "credits.migrations.0003_whole_credits",
    "….… of … is …, and credits are whole numbers. Round it, which comes to UPDATE … SET … = CAST(… AS integer) WHERE …"
    " <> CAST(… AS integer); and let manage.py verify_ledger tell what that has changed.",
)
def test_parts_of_credits_of_an_early_release(trial: Trial) -> None:
    trial.plant(
        AUTH,
        "PRAGMA ignore_check_constraints = ON; UPDATE api_key_credits SET daily_limit = 29.5;"
        " DELETE FROM django_migrations WHERE app = 'credits' AND name >= '0003'",
    )

    trial.follow_unharmed(trial.refusal("init_databases"))

    assert trial.scratch.manage("init_databases")


@follows(DATASETS, "In …: …;")
@pytest.mark.parametrize("event", ["insert", "update"])
def test_documents_that_are_not_counted(trial: Trial, event: str) -> None:
    trial.plant("default", f"DROP TRIGGER documents_are_counted_after_{event}{ON_DOCUMENTS}")

    trial.heal("Documents are not counted")


@on_postgresql
@follows(DATASETS, "In …: ALTER TABLE … ENABLE TRIGGER …;")
def test_documents_that_are_not_counted_for_a_while(trial: Trial) -> None:
    trial.plant("default", "ALTER TABLE documents DISABLE TRIGGER USER")

    trial.heal("Documents are not counted")


@follows(
    DATASETS, "If these users were deleted on purpose: manage.py delete_orphans. Else the site has to restore them."
)
def test_datasets_of_somebody_who_is_gone(trial: Trial) -> None:
    copied = "id = '00000000000040008000000000000001'" if IS_SQLITE else "id = '00000000-0000-4000-8000-000000000001'"
    fields = (field.column for field in Dataset._meta.local_fields)
    columns = [str(name) for name in fields if name not in ("id", "owner_id", "slug")]
    other = copied.partition(" = ")[2]
    names = ", ".join(columns)
    trial.plant(
        "default",
        f"INSERT INTO datasets (id, owner_id, slug, {names}) SELECT {other}, {other}, 'b', {names} FROM datasets",
    )
    trial.plant("default", f"UPDATE datasets SET document_count = 0, documents_answering = 0 WHERE {copied}")

    trial.heal("belong to 1 users who are not there")


def test_nothing_is_deleted_where_the_wrong_people_are_asked(trial: Trial) -> None:
    trial.plant(AUTH, "DELETE FROM sessions; DELETE FROM accounts; DELETE FROM users")

    [advice] = [told.advice for told in trial.complaints() if "owners of datasets" in told.message]

    assert "AUTH_DATABASE_URL" in advice
    assert "delete_orphans" not in advice


@follows("fltr_project.run.background", "The ledger disagrees in … places: run manage.py verify_ledger. …")
def test_what_a_night_says_of_the_ledger(trial: Trial) -> None:
    trial.follow_unharmed("The ledger disagrees in 1 places: run manage.py verify_ledger. Rule 2: …")


@on_postgresql
@follows(
    "credits.migrations._adoption",
    "The site's table … cannot be used: its column … must be text and refer to no table, so that the"
    " ledger outlives its"
    " users. Change the site's schema so and migrate it, which comes to: ALTER TABLE … …;",
)
def test_a_ledger_of_the_sites_that_is_tied_to_people(empty_trial: Trial) -> None:
    empty_trial.scratch.make_auth_table("users")
    empty_trial.plant(
        AUTH,
        "CREATE TABLE credit_transactions (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT"
        " NULL REFERENCES"
        " users (id), amount integer NOT NULL, type text NOT NULL, created_at timestamp NOT NULL DEFAULT now())",
    )

    empty_trial.follow_unharmed(empty_trial.refusal("init_databases"))

    assert empty_trial.run("init_databases").returncode == 0
