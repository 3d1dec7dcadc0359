"""`reset_databases` on a database that a real Drizzle has migrated: each side makes its own tables again."""

import pytest

from authbridge.databases.better_auth import TABLES
from tests.interop.catalog import describe

pytestmark = pytest.mark.interop


@pytest.fixture
def lived_in(make_ready, request):
    """A world in which both sides have migrated, and Alice has signed up and has credits."""
    world = make_ready(request.node.name[-50:])
    with world.site() as site, world.service() as service:
        service.add_credits(site.sign_up("alice@reset.example").user_id, 10)
    return world


def test_people_and_the_sites_migrations_outlive_our_ledger(lived_in):
    before = describe(lived_in.auth_url)

    lived_in.manage("reset_databases", "--noinput", DEBUG="1")

    assert lived_in.sql("SELECT type, amount FROM credit_transactions") == [("opening", 10)]
    assert describe(lived_in.auth_url) == before
    assert lived_in.complaints() == []


def test_after_better_auths_tables_went_too_both_sides_make_theirs_again(lived_in):
    before = describe(lived_in.auth_url)

    lived_in.manage("reset_databases", "--noinput", "--including-auth-tables", DEBUG="1")
    assert not describe(lived_in.auth_url).keys() & TABLES.keys()
    lived_in.project.drizzle_kit("migrate")
    lived_in.manage("init_databases")

    assert describe(lived_in.auth_url) == before
    assert lived_in.complaints() == []
