"""`drizzle-kit push` drops what it does not know. Three ways to keep our tables, each as docs/databases.md has it."""

import re

import pytest

from tests.interop.catalog import describe

pytestmark = pytest.mark.interop

# The generator names the function with its schema, and push reads it back without: it proposes this for ever.
NOISE = re.compile(r'ALTER TABLE "\w+" ALTER COLUMN "id" SET DEFAULT pg_catalog.gen_random_uuid\(\);')
OWN_SCHEMA = "&options=-csearch_path%3Dfltr,public"


@pytest.fixture
def ready(make_ready, request):
    """A world of its own for each test, which is about to be pushed to."""
    return make_ready(request.node.name[-50:])


def proposals(printed):
    """Return the statements that push was about to execute."""
    statements = re.findall(r"^(?:ALTER|CREATE|DROP) .*;$", printed, re.MULTILINE)
    return [statement for statement in statements if not NOISE.fullmatch(statement)]


def test_push_as_it_comes_would_drop_the_ledger(ready):
    before = describe(ready.auth_url)

    printed = ready.project.drizzle_kit("push", "--strict", "--verbose")

    assert 'DROP TABLE "credit_transactions" CASCADE;' in proposals(printed)
    assert describe(ready.auth_url) == before


def test_push_that_is_shown_the_sites_tables_only_leaves_ours(ready):
    before = describe(ready.auth_url)

    printed = ready.project.drizzle_kit("push", "--force", "--verbose", config="drizzle.push.config.mjs")

    assert "Changes applied" in printed
    assert proposals(printed) == []
    assert describe(ready.auth_url) == before


def test_push_does_not_see_tables_in_a_schema_of_our_own(make_migrated):
    world = make_migrated("own_schema")
    ours = {"AUTH_DATABASE_URL": world.auth_url + OWN_SCHEMA}
    world.sql("CREATE SCHEMA fltr")
    world.manage("init_databases", **ours)
    before = describe(world.auth_url)

    printed = world.project.drizzle_kit("push", "--force", "--verbose")

    assert proposals(printed) == []
    assert describe(world.auth_url) == before
    assert world.sql("SELECT count(*) FROM fltr.credit_transactions") == [(0,)]
    assert world.complaints(**ours) == []


def test_the_doctor_sees_what_a_push_has_dropped(ready):
    ready.project.drizzle_kit("push", "--force")

    assert any("lacks" in complaint for complaint in ready.complaints())
