"""The start page, and what people see where there is nothing or something went wrong."""

import pytest
from django.contrib.auth.models import User as Staff

from tests.support.pages import BALANCE, ORIGIN, SIGN_IN, Page, browser, look_at, status_of

pytestmark = pytest.mark.django_db(databases="__all__")


def test_it_leads_to_every_part():
    page = look_at(browser(), "/")

    assert {"/api/", SIGN_IN, "/api/docs", "/api/schema", "/admin/", "/health"} <= set(page.links.values())


def test_its_links_lead_somewhere():
    links = look_at(browser(), "/").links.values()

    assert {status_of(link) for link in links} <= {200, 503}


def test_its_first_call_names_this_server():
    assert f"curl {ORIGIN}{BALANCE}" in look_at(browser(), "/").text


@pytest.mark.parametrize("path", ["/nowhere", "/api/v1/nowhere", "/favicon.ico"])
def test_an_unknown_path_has_a_page_in_words(path):
    answer = browser().get(path)

    assert answer.status_code == 404
    assert "Start page" in Page(answer).links


def test_staff_read_what_they_may_not_do():
    client = browser()
    client.force_login(Staff.objects.create_user("staff", is_staff=True))

    answer = client.get("/admin/credits/credittransaction/")

    assert answer.status_code == 403
    assert "Start page" in Page(answer).links


def test_programs_get_json(client):
    for accept in ("application/json", "*/*", ""):
        assert client.get("/nowhere", headers={"Accept": accept})["Content-Type"] == "application/json"
