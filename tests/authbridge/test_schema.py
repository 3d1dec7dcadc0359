"""Better Auth's tables, in every shape a deployment may have, fit our models."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections

from authbridge.databases import better_auth as schema
from authbridge.models import Session, User
from authbridge.selectors import find_live_session
from credits.models import CreditTransaction
from tests.support import auth_tables, people
from tests.support.sql import execute

pytestmark = pytest.mark.django_db(databases=[settings.AUTH_DB])


def columns_of(table):
    connection = connections[settings.AUTH_DB]
    with connection.cursor() as cursor:
        return {column.name for column in connection.introspection.get_table_description(cursor, table)}


def type_of(table, column):
    with connections[settings.AUTH_DB].cursor() as cursor:
        cursor.execute(
            "SELECT data_type FROM information_schema.columns WHERE table_name = %s AND column_name = %s",
            [table, column],
        )
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    "model", list(apps.get_app_config("authbridge").get_models()), ids=lambda model: model.__name__
)
def test_every_column_we_declare_is_there(model):
    assert {field.column for field in model._meta.local_fields} <= columns_of(model._meta.db_table)


def test_tables_that_are_there_are_left_alone(alice):
    assert schema.create_auth_tables() == []

    alice.refresh_from_db()
    assert alice.name == "Alice"


def test_only_absent_tables_are_made():
    with connections[settings.AUTH_DB].cursor() as cursor:
        cursor.execute("DROP TABLE verifications")
        cursor.execute("DROP TABLE subscriptions")

    assert schema.create_auth_tables() == ["verifications", "subscriptions"]


def test_deleting_a_user_ends_sessions_and_keeps_the_history_of_money(alice, alice_session):
    execute("DELETE FROM users WHERE id = %s", alice.id)

    assert not Session.objects.filter(id=alice_session.id).exists()
    assert CreditTransaction.objects.filter(user_id=alice.id).count() == 1


@pytest.mark.postgresql
@pytest.mark.parametrize("shape", auth_tables.SHAPES)
def test_a_session_finds_its_user_in_every_shape(rebuild_auth_tables, shape):
    rebuild_auth_tables(**auth_tables.SHAPES[shape])
    user = people.make_user("Carol", credits=7)
    session = people.make_session(user, lifetime=timedelta(hours=1))

    found, expires_at = find_live_session(session.token)

    assert (found.id, found.credits) == (user.id, 7)
    assert expires_at == session.expires_at


@pytest.mark.postgresql
def test_shapes_are_what_they_say(rebuild_auth_tables):
    rebuild_auth_tables(**auth_tables.SHAPES["text ids, timestamptz"])

    assert type_of("users", "id") == type_of("sessions", "user_id") == "text"
    assert type_of("sessions", "expires_at") == "timestamp with time zone"

    rebuild_auth_tables()

    assert type_of("users", "id") == type_of("sessions", "user_id") == "uuid"
    assert type_of("sessions", "expires_at") == "timestamp without time zone"


@pytest.mark.postgresql
def test_the_site_need_not_name_ids_and_times():
    execute("INSERT INTO users (name, email) VALUES ('Dora', 'dora@example.com')")

    dora = User.objects.get(email="dora@example.com")
    assert isinstance(dora.id, uuid.UUID)
    assert abs(datetime.now(UTC) - dora.created_at) < timedelta(hours=1)
