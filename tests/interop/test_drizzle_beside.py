"""The site's migrations and ours work on one database, in turns, and neither undoes or changes what the other made."""

import pytest

from authbridge.databases.better_auth import TABLES
from tests.interop.catalog import describe

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def shared(make_migrated):
    """A world of its own, since these tests change its tables."""
    return make_migrated("shared")


@pytest.fixture(scope="module")
def untouched(shared):
    """The site's tables before our service came."""
    return describe(shared.auth_url)


@pytest.fixture(scope="module")
def beside(shared, untouched):
    shared.manage("init_databases")
    with shared.service() as service:
        yield service


def test_our_migrations_leave_the_sites_tables_as_they_are(shared, untouched, beside):
    after = describe(shared.auth_url)

    assert untouched.keys() == set(TABLES)
    assert {table: after[table] for table in TABLES} == untouched
    assert "credit_transactions" in after


def test_the_sites_migrations_run_again_change_nothing(shared, beside):
    before = describe(shared.auth_url)

    shared.project.drizzle_kit("migrate")

    assert describe(shared.auth_url) == before


def test_our_migrations_run_again_change_nothing(shared, beside):
    before = describe(shared.auth_url)

    assert shared.manage("init_databases").count("up to date") == 2
    assert describe(shared.auth_url) == before


def test_the_sites_generator_sees_nothing_to_change_after_us(shared, beside):
    assert "No schema changes" in shared.project.drizzle_kit("generate")


def test_the_doctor_finds_nothing_wrong(shared, beside):
    assert shared.complaints() == []


def test_a_column_that_the_site_adds_does_not_disturb_a_running_service(make_ready):
    world = make_ready("growing")
    with world.service() as service:
        with world.site() as site:
            alice = site.sign_up("alice@growing.example")
        # Often enough for all pooled connections to have been at it.
        assert {service.who_is(alice.token).status for _ in range(30)} == {200}

        world.project.generate(SITE_LOCALE="1")
        world.project.drizzle_kit("migrate")

        assert {service.who_is(alice.token).status for _ in range(30)} == {200}
        assert service.add_credits(alice.user_id, 10).status == 200
        with world.site(SITE_LOCALE="1") as site:
            assert service.who_is(site.sign_up("bob@growing.example").token).status == 200
    assert world.sql("SELECT count(locale) FROM users") == [(0,)]
    assert world.manage("init_databases").count("up to date") == 2


def test_one_database_can_be_the_home_of_both_sides(make_migrated):
    world = make_migrated("single")
    both = {"DATABASE_URL": world.auth_url, "AUTH_DATABASE_URL": ""}
    world.manage("init_databases", **both)
    before = describe(world.auth_url)

    world.project.drizzle_kit("migrate")

    assert describe(world.auth_url) == before
    assert "datasets" in before
    assert world.complaints(**both) == []
    with world.site() as site, world.service(**both) as service:
        alice = site.sign_up("alice@single.example")
        service.add_credits(alice.user_id, 10)
        assert service.post("/datasets", {"name": "Mine"}, Authorization=f"Bearer {alice.token}").status == 201
        assert service.balance(alice.token) == 8
