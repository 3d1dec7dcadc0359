"""Pages load nothing from elsewhere, and what they load is there."""

import pytest
from django.contrib.auth.models import User as Staff

from tests.support.api import DATASETS
from tests.support.pages import BALANCE, SIGN_IN, browser, look_at, status_of

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.mark.parametrize("path", ["/", SIGN_IN, "/api/", "/api/docs", DATASETS, BALANCE, "/admin/login/"])
def test_pages_for_strangers(path):
    page = look_at(browser(), path)

    assert page.loads
    assert page.from_elsewhere() == []


@pytest.mark.parametrize("path", ["/admin/", "/admin/credits/credittransaction/", "/admin/authbridge/user/"])
def test_pages_for_staff(path):
    client = browser()
    client.force_login(Staff.objects.create_superuser("staff"))

    assert look_at(client, path).from_elsewhere() == []


@pytest.mark.parametrize("path", ["/api/", "/api/docs", "/admin/login/"])
def test_what_they_load_is_there(path):
    files = [url for url in look_at(browser(), path).loads if url.startswith("/static/")]

    assert files
    assert {status_of(file) for file in files} == {200}


def test_the_documentation_asks_no_validator():
    assert '"validatorUrl": "none"' in browser().get("/api/docs").content.decode()
