"""What people do with us once the site has signed them in: pages by cookie, programs by token, each with their own."""

import pytest

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def alice(site, service):
    """Alice has 100 credits, which the site gave her."""
    alice = site.sign_up("alice@writes.example")
    assert service.add_credits(alice.user_id, 100).status == 200
    return alice


@pytest.fixture(scope="module")
def bob(site):
    return site.sign_up("bob@writes.example")


def test_the_cookie_cannot_write_from_a_page_of_somebody_else(service, alice):
    body = {"name": "Planted"}

    for origin in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        assert service.post("/datasets", body, Cookie=alice.cookie, **origin).refusal() == (403, "permission_denied")


def test_the_cookie_writes_from_the_sites_own_pages_and_is_charged(world, service, alice):
    before = service.balance(alice.token)

    answer = service.post("/datasets", {"name": "From a page"}, Cookie=alice.cookie, Origin=world.site_url)

    assert answer.status == 201
    assert service.balance(alice.token) == before - 2 == int(answer.headers["X-Credits-Remaining"])


def test_the_charge_is_in_the_users_row_that_the_site_reads(world, site, service, alice):
    theirs = site.call("/get-session", Cookie=alice.cookie).json()["user"]["credits"]

    assert theirs == service.balance(alice.token)


def test_people_do_not_see_each_others_datasets(service, alice, bob):
    made = service.post("/datasets", {"name": "Private"}, Authorization=f"Bearer {alice.token}").json()

    path = f"/datasets/{made['id']}"
    assert service.get(path, Cookie=alice.cookie).json()["name"] == "Private"
    assert service.get(path, Cookie=bob.cookie).refusal() == (404, "dataset_not_found")
    assert service.get("/datasets", Cookie=bob.cookie).json()["datasets"] == []


def test_somebody_without_credits_is_asked_to_buy_some(service, bob):
    answer = service.post("/datasets", {"name": "Poor"}, Authorization=f"Bearer {bob.token}")

    assert answer.refusal() == (402, "insufficient_credits")


def test_the_ledger_explains_every_balance(world, alice):
    assert "The money rules hold." in world.manage("verify_ledger")
