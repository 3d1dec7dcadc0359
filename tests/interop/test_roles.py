"""Each side may have a database role of its own, so that neither can break what belongs to the other."""

import psycopg
import pytest

from tests.interop.catalog import describe

pytestmark = pytest.mark.interop

# What our service needs in the site's database, given by the role that owns it once the site has migrated.
GRANTS = """
    GRANT USAGE, CREATE ON SCHEMA public TO fltr_service;
    GRANT SELECT ON users, sessions, subscriptions TO fltr_service;
    GRANT UPDATE (credits, total_credits_purchased, team_id, updated_at) ON users TO fltr_service"""


def as_role(url, role):
    """Return a URL for another role, which the tests' server lets in without a password."""
    return url.replace("postgres:@", f"{role}:@")


@pytest.fixture(scope="module")
def two_roles(make):
    """The site owns its database; our service owns the fltr database, and what it makes in the site's."""
    world = make("two_roles")
    with psycopg.connect(world.server_url, autocommit=True) as server:
        for statement in (
            "CREATE ROLE site LOGIN",
            "CREATE ROLE fltr_service LOGIN",
            "CREATE DATABASE fltr_auth_two_roles OWNER site",
            "CREATE DATABASE fltr_two_roles OWNER fltr_service",
        ):
            server.execute(statement.encode())
    world.project.settings["DATABASE_URL"] = as_role(world.auth_url, "site")
    world.project.generate()
    world.project.drizzle_kit("migrate")
    world.sql(GRANTS)
    world.manage("init_databases", **ours(world))
    return world


def ours(world):
    """Return our service's URLs with its role."""
    return {name: as_role(world.environment[name], "fltr_service") for name in ("DATABASE_URL", "AUTH_DATABASE_URL")}


@pytest.fixture(scope="module")
def service(two_roles):
    with two_roles.service(**ours(two_roles)) as service:
        yield service


@pytest.fixture(scope="module")
def alice(two_roles, service):
    with two_roles.site() as site:
        alice = site.sign_up("alice@roles.example")
    assert service.add_credits(alice.user_id, 10).status == 200
    return alice


@pytest.mark.parametrize(
    ("path", "body"),
    [("/datasets", {"name": "Mine"}), ("/api-keys", {"name": "laptop", "credits": 2}), ("/teams", {"name": "Ours"})],
)
def test_these_rights_are_enough_for_what_people_do(service, alice, path, body):
    assert service.post(path, body, Authorization=f"Bearer {alice.token}").status == 201


def test_these_rights_are_enough_to_verify_the_ledger(two_roles, alice):
    assert "The money rules hold." in two_roles.manage("verify_ledger", **ours(two_roles))


def test_these_rights_are_enough_for_the_doctor(two_roles):
    assert two_roles.complaints(**ours(two_roles)) == []


@pytest.mark.parametrize(
    "statement", ["SELECT password FROM accounts", "UPDATE users SET email = 'eve@example.com'", "DELETE FROM sessions"]
)
def test_our_service_can_do_nothing_else_to_the_sites_tables(two_roles, statement):
    our_url = ours(two_roles)["AUTH_DATABASE_URL"]

    with psycopg.connect(our_url) as database, pytest.raises(psycopg.errors.InsufficientPrivilege):
        database.execute(statement.encode())


def test_the_sites_push_cannot_drop_the_ledger(two_roles):
    before = describe(two_roles.auth_url)

    printed = two_roles.project.drizzle_kit("push", "--force")

    assert "permission denied for table django_migrations" in printed
    assert describe(two_roles.auth_url) == before


def test_the_sites_migrations_go_on_as_before(two_roles):
    two_roles.project.drizzle_kit("migrate")
    two_roles.project.generate(SITE_LOCALE="1")
    two_roles.project.drizzle_kit("migrate")

    assert two_roles.sql("SELECT count(locale) FROM users") == [(0,)]
