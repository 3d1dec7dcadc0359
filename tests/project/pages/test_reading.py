"""The browsable API is read: by strangers, by its owner, with a bad cookie, from link to link."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User as Staff

from credits.services import create_api_key
from tests.support.api import DATASETS, documents_of, make_dataset, path_of, upload_text
from tests.support.clients import client_for as api_client_for
from tests.support.pages import BALANCE, COOKIE, Page, browser, browser_of, look_at

pytestmark = pytest.mark.django_db(databases="__all__")


def test_strangers_see_what_is_public_and_no_forms(alice):
    public = make_dataset(api_client_for(alice), visibility="public")

    page = look_at(browser(), path_of(public))

    assert public["name"] in page.text
    assert not {"PATCH", "DELETE"} & set(page.buttons)


def test_what_needs_an_account_says_so():
    answer = browser().get(BALANCE)

    page = Page(answer)
    assert answer.status_code == 401
    assert "Authentication credentials were not provided." in page.text
    assert "Sign in with a token" in page.links


def test_an_expired_cookie_is_no_crash(alice):
    answer = browser_of(alice, lifetime=timedelta(hours=-1)).get("/api/")

    assert answer.status_code == 401
    assert "This session has expired. Sign in again." in Page(answer).text


def test_a_forged_cookie_is_no_crash():
    client = browser()
    client.cookies[COOKIE] = "token.forged"

    assert client.get(DATASETS).status_code == 401


def test_what_is_not_there_says_so_and_offers_nothing(alice_browser):
    answer = alice_browser.get(f"{DATASETS}/nowhere")

    page = Page(answer)
    assert answer.status_code == 404
    assert "There is no dataset with this id or slug." in page.text
    assert not {"PATCH", "DELETE"} & set(page.buttons)


def test_pages_are_called_after_what_they_show(alice_browser, dataset):
    titles = {path: look_at(alice_browser, path).title for path in (DATASETS, path_of(dataset), documents_of(dataset))}

    assert list(titles.values()) == ["Datasets · FLTR", "Dataset · FLTR", "Documents · FLTR"]


def test_breadcrumbs_lead_back_up(alice_browser, dataset):
    links = look_at(alice_browser, documents_of(dataset)).links

    assert (links["API"], links["Datasets"], links["Dataset"]) == ("/api/", DATASETS, path_of(dataset))


def test_one_can_click_from_the_datasets_to_the_documents(alice_browser, dataset):
    in_list = look_at(alice_browser, DATASETS).links[dataset["name"]]
    on_page = look_at(alice_browser, in_list).links

    assert on_page["Documents"] == documents_of(dataset)
    assert {"Jobs", "Query"} <= set(on_page)


def test_every_link_leads_to_a_page(alice_browser, alice, dataset):
    client = api_client_for(alice)
    upload_text(client, dataset, "Some text")
    client.post("/api/v1/teams", {"name": "Research"})
    client.post("/api/v1/api-keys", {"name": "laptop"})
    found, visited = ["/api/"], {}

    while to_visit := [path for path in found if path not in visited]:
        answer = alice_browser.get(to_visit[0])
        visited[to_visit[0]] = answer.status_code
        # A stream of events is no page, the documentation is one of scripts, and the manifest has a pattern.
        urls = [url for url in Page(answer).links.values() if not url.endswith(("/events", "/docs", "%7D"))]
        found += [url for url in urls if "/api/" in url]

    assert len(visited) > 20
    assert {path for path, status in visited.items() if status not in (200, 405, 409)} == set()


def test_one_can_turn_the_pages_of_a_list(alice_browser, alice):
    for name in ("One", "Two", "Three"):
        make_dataset(api_client_for(alice), name)

    middle = look_at(alice_browser, f"{DATASETS}?limit=1&ordering=name&offset=1").links

    assert middle["← Previous"] == f"{DATASETS}?limit=1&ordering=name&offset=0"
    assert middle["Next →"] == f"{DATASETS}?limit=1&ordering=name&offset=2"


def test_the_site_s_own_calls_are_not_offered_to_people(alice_browser):
    assert not {"Add", "Deduct", "Refund"} & set(look_at(alice_browser, BALANCE).links)


def test_names_are_shown_and_never_run(alice_browser, alice):
    make_dataset(api_client_for(alice), "<script>alert(1)</script>")

    assert "<script>alert" not in alice_browser.get(DATASETS).content.decode()


def test_both_sign_ins_work_in_one_browser(alice, alice_browser):
    alice_browser.force_login(Staff.objects.create_superuser("staff"))

    assert alice.email in look_at(alice_browser, BALANCE).text
    assert alice_browser.get("/admin/").status_code == 200


def test_staff_are_nobody_to_the_api():
    client = browser()
    client.force_login(Staff.objects.create_superuser("staff"))

    assert client.get(BALANCE).status_code == 401


def test_a_key_without_the_scope_is_refused_in_words(alice):
    _, secret = create_api_key(user_id=alice.id, name="laptop", scopes=["mcp:query"])

    answer = browser().get(DATASETS, headers={"Authorization": f"Bearer {secret}"})

    assert answer.status_code == 403
    assert "datasets:read" in Page(answer).text


def test_a_key_is_offered_no_form_that_its_scopes_do_not_cover(alice):
    _, secret = create_api_key(user_id=alice.id, name="laptop", scopes=["datasets:read"])

    answer = browser().get(DATASETS, headers={"Authorization": f"Bearer {secret}"})

    assert answer.status_code == 200
    assert "POST" not in Page(answer).buttons
