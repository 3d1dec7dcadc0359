"""A site that sold credits before our service came keeps its tables and its rows, and may go on selling."""

import pytest

from tests.interop.catalog import describe

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def selling(make):
    """A site with credit tables of its own."""
    world = make("selling", SITE_CREDITS="1")
    world.migrate_site()
    return world


@pytest.fixture(scope="module")
def alice(selling):
    """Alice bought 40 credits, and has 10 more that no row explains."""
    with selling.site() as site:
        alice = site.sign_up("alice@selling.example")
    selling.project.run("node", "buy.mjs", alice.user_id, "40")
    selling.sql("UPDATE users SET credits = credits + 10 WHERE id = %s", alice.user_id)
    return alice


@pytest.fixture(scope="module")
def service(selling, alice):
    selling.manage("init_databases")
    with selling.service() as service:
        yield service


def history(service, alice):
    rows = service.get("/credits/transactions", Authorization=f"Bearer {alice.token}").json()["transactions"]
    return [(row["type"], row["amount"]) for row in reversed(rows)]


def test_what_was_bought_before_is_still_there_and_explained(selling, service, alice):
    assert service.balance(alice.token) == sum(amount for _, amount in history(service, alice))
    assert {("opening", 10), ("purchase", 40)} <= set(history(service, alice))
    assert "The money rules hold." in selling.manage("verify_ledger")


def test_what_the_site_sells_by_itself_from_then_on_counts(selling, service, alice):
    before = service.balance(alice.token)

    selling.project.run("node", "buy.mjs", alice.user_id, "7")

    assert service.balance(alice.token) == before + 7
    assert ("purchase", 7) in history(service, alice)
    assert "The money rules hold." in selling.manage("verify_ledger")


def test_the_sites_migrations_see_nothing_to_change(selling, service):
    before = describe(selling.auth_url)

    assert "No schema changes" in selling.project.drizzle_kit("generate")
    selling.project.drizzle_kit("migrate")

    assert describe(selling.auth_url) == before


def test_the_doctor_finds_nothing_wrong(selling, service):
    assert selling.complaints() == []
