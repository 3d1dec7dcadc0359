"""What a site may call its users: UUIDs, in columns of either type. Anything else is refused in words."""

import pytest

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def migrated(make):
    """Return a function that makes a world whose site has chosen its kind of ids."""

    def make_migrated(name, ids):
        world = make(name, SITE_IDS=ids)
        world.migrate_site()
        world.manage("init_databases")
        return world

    return make_migrated


@pytest.fixture(scope="module")
def default_ids(migrated):
    """The library's own ids, and a user who has one."""
    world = migrated("default_ids", "text")
    with world.site() as site, world.service() as service:
        yield world, service, site.sign_up("alice@text.example")


@pytest.fixture(scope="module")
def uuids_in_text(migrated):
    """UUIDs in text columns, and a user who has one."""
    world = migrated("uuids_in_text", "uuid-in-text")
    with world.site() as site, world.service() as service:
        yield world, service, site.sign_up("alice@text.example")


def test_default_ids_are_refused_in_words(default_ids):
    _, service, alice = default_ids

    answer = service.who_is(alice.token)

    assert answer.refusal() == (401, "invalid_token")
    assert "no UUID" in answer.json()["error"]


@pytest.mark.parametrize("path", ["/datasets", "/credits/balance", "/credits/transactions", "/api-keys", "/teams"])
def test_default_ids_can_own_nothing_and_crash_nothing(default_ids, path):
    _, service, alice = default_ids

    assert service.get(path, Cookie=alice.cookie).refusal() == (401, "invalid_token")


def test_credits_for_a_default_id_are_refused(default_ids):
    _, service, alice = default_ids

    assert service.add_credits(alice.user_id, 5).refusal() == (400, "invalid_request")


def test_the_doctor_says_what_to_do_about_default_ids(default_ids):
    world, _, alice = default_ids

    [complaint] = world.complaints()

    assert "1 of 1 users have ids that are not" in complaint
    assert alice.user_id in complaint


def test_uuids_in_text_columns_are_as_good(uuids_in_text):
    world, service, alice = uuids_in_text
    service.add_credits(alice.user_id, 10)

    made = service.post("/datasets", {"name": "Mine"}, Authorization=f"Bearer {alice.token}")

    assert world.sql("SELECT pg_typeof(id)::text FROM users") == [("text",)]
    assert made.json()["owner"]["id"] == alice.user_id
    assert service.balance(alice.token) == 8
    assert "The money rules hold." in world.manage("verify_ledger")


def test_the_doctor_has_nothing_against_uuids_in_text_columns(uuids_in_text):
    world, _, _ = uuids_in_text

    assert world.complaints() == []


def test_api_keys_of_uuids_in_text_columns_are_as_good(uuids_in_text):
    _, service, alice = uuids_in_text

    key = service.post("/api-keys", {"name": "laptop"}, Authorization=f"Bearer {alice.token}").json()["key"]

    assert service.who_is(key).json()["user"]["id"] == alice.user_id
