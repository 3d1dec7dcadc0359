"""`show_user` puts a person's two databases on one page, and no secret and no trick of a user's on it."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from authbridge.shared.terminal import width_of
from credits.models import ApiKeyCredits, Team
from credits.services import create_api_key
from datasets.models import Dataset, Lifecycle
from tests.support import auth_tables
from tests.support.people import make_session
from tests.support.sql import execute

pytestmark = pytest.mark.django_db(databases="__all__")

WIDEST = 120


def show(who, *options):
    out = StringIO()
    call_command("show_user", who, *options, stdout=out)
    return out.getvalue()


def show_json(who):
    return json.loads(show(who, "--json"))


def line_with(text, word):
    return next(line for line in text.splitlines() if word in line)


def make_datasets(owner, count):
    for number in range(count):
        Dataset.objects.create(
            owner_id=owner.id,
            name=f"Library {number}",
            slug=f"library-{number}",
            lifecycle=Lifecycle.ACTIVE,
            document_count=number,
            embedding_dimension=256,
        )


def test_one_page_has_both_databases(alice):
    make_datasets(alice, 2)

    text = show(alice.email)

    assert line_with(text, "user ").endswith(str(alice.id))
    assert line_with(text, "credits ").endswith("100, and bought 0 in all")
    assert line_with(text, "bonus").split()[-4:] == ["100", "100", "user", "-"]
    assert line_with(text, "library-1").split()[-3:] == ["ready", "private", "1"]


@pytest.mark.parametrize("spelled", [str.upper, str.lower, str.title])
def test_an_address_may_be_written_in_any_case(alice, spelled):
    assert show_json(spelled(alice.email))["user"]["id"] == str(alice.id)


def test_an_address_that_was_kept_in_another_case_is_found(make_user):
    carol = make_user("Carol", email="Carol@Example.com")

    assert show_json("carol@example.com")["user"]["id"] == str(carol.id)


def test_of_two_spellings_the_literal_one_is_meant(make_user):
    people = [make_user("Carol", email=email) for email in ("Carol@example.com", "carol@example.com")]

    assert [show_json(person.email)["user"]["id"] for person in people] == [str(person.id) for person in people]


def test_an_id_names_a_user_too(alice, bob):
    assert show_json(bob.id)["user"]["email"] == bob.email


@pytest.mark.parametrize("who", ["nobody@example.com", "not-an-id", "00000000-0000-4000-8000-000000000000", ""])
def test_somebody_unknown_is_an_error(alice, who):
    with pytest.raises(CommandError, match="no user with the e-mail address or id"):
        show(who)


@pytest.mark.parametrize("shape", auth_tables.SHAPES)
@pytest.mark.postgresql
def test_any_shape_of_the_users_table_is_understood(rebuild_auth_tables, make_user, shape):
    rebuild_auth_tables(**auth_tables.SHAPES[shape])
    carol = make_user("Carol")
    make_session(carol)

    assert show_json(carol.id)["sessions"]["total"] == 1


@pytest.mark.postgresql
def test_a_user_whose_id_is_no_uuid_is_shown(rebuild_auth_tables, make_user):
    rebuild_auth_tables(**auth_tables.TEXT_IDS)
    execute("INSERT INTO users (id, name, email) VALUES ('Zk3vQ9', 'Carol', 'carol@example.com')")

    assert show_json("Zk3vQ9")["datasets"] == {"total": 0, "newest": []}


def test_no_secret_is_shown(alice, alice_session):
    key, secret = create_api_key(user_id=alice.id, name="laptop")
    hashed = ApiKeyCredits.objects.get(id=key.id).api_key

    shown = show(alice.email) + show(alice.email, "--json")

    assert key.prefix in shown
    assert not [word for word in (secret, hashed, alice_session.token) if word in shown]


def test_what_users_wrote_cannot_command_the_terminal(make_user):
    carol = make_user("Carol", email="carol@example.com")
    make_session(carol, user_agent="\x1b]0;owned\x07Fire\x1b[2Jfox\r\n\u202espoof\x9b31m")
    execute("UPDATE users SET name = %s WHERE id = %s", "\x1b[31mCarol\x1b[0m\n  banned  no", carol.id)

    text = show(carol.email)

    assert all(character.isprintable() for character in text.replace("\n", ""))
    assert line_with(text, "Firefox").endswith("Firefox spoof")
    assert line_with(text, "name ").endswith("Carol banned no")


def test_lines_fit_whatever_is_in_them(make_user):
    carol = make_user("检索" * 80, email=f"{'c' * 200}@example.com", team_id="t" * 100)
    make_session(carol, user_agent="Mozilla " * 40, ip_address="2001:0db8:85a3:0000:0000:8a2e:0370:7334")
    create_api_key(user_id=carol.id, name="é" * 100, credits=30)
    Dataset.objects.create(owner_id=carol.id, name="x", slug="s" * 80, embedding_dimension=1, lifecycle="active")

    lines = show(carol.email).splitlines()

    assert max(width_of(line) for line in lines) <= WIDEST
    assert line_with("\n".join(lines), "sssss").endswith("private             0")


def test_only_the_newest_are_shown_and_all_are_counted(alice):
    make_datasets(alice, 12)

    text, found = show(alice.email), show_json(alice.email)

    assert "Datasets: 12, the newest 10" in text
    assert (found["datasets"]["total"], len(found["datasets"]["newest"])) == (12, 10)
    assert "library-11" in text
    assert "library-1 " not in text


def test_the_number_of_queries_does_not_grow(alice, bob, django_assert_max_num_queries):
    make_datasets(alice, 12)
    for _ in range(12):
        make_session(alice)
        create_api_key(user_id=alice.id, name="k")

    for alias in settings.DATABASES:
        with django_assert_max_num_queries(12, using=alias):
            show(alice.email)


def test_a_balance_that_the_ledger_does_not_explain_is_told(alice):
    execute("UPDATE users SET credits = credits + 7 WHERE id = %s", alice.id)

    assert "DISAGREES: 1 rows add up to 100, so the balance is 7 too many" in show(alice.email)
    assert show_json(alice.email)["credits"]["explained"] is False


def test_credits_from_before_the_first_row_are_no_disagreement(make_user):
    carol = make_user("Carol", credits=0)
    execute("UPDATE users SET credits = 40 WHERE id = %s", carol.id)

    assert "has no row yet; the first will explain these credits" in show(carol.email)


def test_a_ban_is_told_until_it_ends(rebuild_auth_tables, alice):
    execute("ALTER TABLE users ADD COLUMN banned boolean")
    execute("ALTER TABLE users ADD COLUMN ban_expires timestamp")
    auth_tables.forget_columns()
    ends_at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    execute("UPDATE users SET banned = true, ban_expires = %s WHERE id = %s", ends_at.replace(tzinfo=None), alice.id)

    assert line_with(show(alice.email), "banned").endswith(f"yes, until {ends_at:%Y-%m-%d %H:%M}")


def test_the_team_is_named_with_what_it_has(alice):
    team = Team.objects.create(name="Owls", owner_id=alice.id)
    execute("UPDATE users SET team_id = %s WHERE id = %s", team.id, alice.id)

    assert line_with(show(alice.email), "team ").endswith(f"Owls ({team.id}), 0 credits")


def test_a_team_that_is_gone_is_told(alice):
    execute("UPDATE users SET team_id = 'gone' WHERE id = %s", alice.id)

    assert line_with(show(alice.email), "team ").endswith("gone, which is not there")


def test_deleted_datasets_are_not_shown(alice):
    make_datasets(alice, 1)
    Dataset.objects.update(lifecycle=Lifecycle.DELETED)

    assert show_json(alice.email)["datasets"]["total"] == 0
