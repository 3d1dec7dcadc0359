"""The browsable API is used through its forms, by people who make mistakes."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.support import people
from tests.support.api import DATASETS, documents_of, path_of
from tests.support.clients import client_for as api_client_for
from tests.support.pages import Page, browser_of, look_at

pytestmark = pytest.mark.django_db(databases="__all__")


def test_a_dataset_is_made_by_form(alice_browser):
    form = look_at(alice_browser, DATASETS).fields
    filled = {"name": "By hand", "description": "", "category": "", "visibility": "private", "metadata": "{}"}

    answer = alice_browser.post(DATASETS, filled)

    assert set(filled) <= set(form)
    assert answer.status_code == 201
    assert "By hand" in Page(answer).text


def test_a_refused_form_keeps_what_was_typed(alice_browser):
    answer = alice_browser.post(DATASETS, {"name": "x" * 201, "category": "poems", "metadata": "{}"})

    page = Page(answer)
    assert answer.status_code == 400
    assert page.fields["category"]["value"] == "poems"
    assert "no more than 200 characters" in page.text


def test_a_date_that_is_none_is_no_crash(alice_browser):
    answer = alice_browser.post("/api/v1/api-keys", {"name": "laptop", "expires_at": "tomorrow"})

    assert answer.status_code == 400


def test_json_that_cannot_be_read_is_no_crash(alice_browser):
    answer = alice_browser.post(DATASETS, "{", content_type="application/json")

    assert "The body is not valid JSON." in Page(answer).text


@pytest.mark.parametrize("kind", ["application/xml", "application/x-www-form-urlencoded", "text/plain"])
def test_another_kind_of_body_is_no_crash(alice_browser, kind):
    assert alice_browser.post(DATASETS, "name=x", content_type=kind).status_code == 415


@pytest.mark.parametrize("body", ["[1]", '"text"', "null", "7", '{"name": {"a": [1]}, "metadata": 3}'])
def test_json_of_another_shape_is_no_crash(alice_browser, body):
    assert alice_browser.post(DATASETS, body, content_type="application/json").status_code == 400


def test_refused_json_stays_to_be_mended(alice_browser):
    answer = alice_browser.post(DATASETS, '{"name": "", "category": "poems"}', content_type="application/json")

    assert "&quot;category&quot;: &quot;poems&quot;" in answer.content.decode()


def test_changing_begins_with_what_is_there(alice_browser, dataset):
    page = alice_browser.get(path_of(dataset)).content.decode()

    assert f"&quot;name&quot;: &quot;{dataset['name']}&quot;" in page
    assert "&quot;slug&quot;" not in page.partition("data-override=")[2]


def test_a_dataset_is_changed_and_deleted(alice_browser, dataset):
    changed = alice_browser.patch(path_of(dataset), '{"name": "Renamed"}', content_type="application/json")
    deleted = alice_browser.delete(path_of(dataset))

    assert "Renamed" in Page(changed).text
    assert "HTTP 204 No Content" in Page(deleted).text


def test_files_are_uploaded_by_form(alice_browser, dataset):
    field = look_at(alice_browser, documents_of(dataset)).fields["file"]
    files = [SimpleUploadedFile(name, name.encode()) for name in ("one.txt", "two.txt")]

    answer = alice_browser.post(documents_of(dataset), {"file": files, "metadata": ""})

    assert field["type"] == "file"
    assert "multiple" in field
    assert answer.status_code == 201
    assert {"one.txt", "two.txt"} <= set(look_at(alice_browser, documents_of(dataset)).links)


def test_an_empty_upload_says_what_is_missing(alice_browser, dataset):
    answer = alice_browser.post(documents_of(dataset), {"metadata": ""})

    assert answer.status_code == 400
    assert "No file was sent." in Page(answer).text


def test_a_query_s_page_is_its_form(alice_browser, dataset):
    answer = alice_browser.get(f"{path_of(dataset)}/query")

    page = Page(answer)
    assert answer.status_code == 405
    assert (page.fields["limit"]["value"], page.fields["query"]["value"]) == ("5", "")
    assert "alert-danger" not in answer.content.decode()


def test_what_takes_no_body_has_only_a_button(alice_browser, dataset):
    alice_browser.post(documents_of(dataset), {"file": SimpleUploadedFile("a.txt", b"Text"), "metadata": ""})
    document = look_at(alice_browser, documents_of(dataset)).links["a.txt"]

    page = look_at(alice_browser, f"{document}/retry")

    assert "POST" in page.buttons
    assert "_content" not in page.fields


def test_too_few_credits_are_told_in_words():
    poor = browser_of(people.make_user("Poor", credits=1))

    answer = poor.post(DATASETS, {"name": "Dear", "metadata": "{}"})

    assert answer.status_code == 402
    assert "This needs 2 credits and 1 are available." in Page(answer).text


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_a_form_on_another_site_can_do_nothing(alice_browser, origin):
    answer = alice_browser.post(DATASETS, {"name": "Forged"}, headers={"Origin": origin})

    assert answer.status_code == 403
    assert not look_at(alice_browser, DATASETS).links.get("Forged")


def test_an_amount_is_sent_as_json_alone(alice, alice_browser):
    team = api_client_for(alice).post("/api/v1/teams", {"name": "Research"}).json()
    path = f"/api/v1/teams/{team['id']}/credits"

    given = alice_browser.post(path, '{"amount": 5}', content_type="application/json")

    assert list(look_at(alice_browser, path).fields) == ["csrfmiddlewaretoken", "_content_type", "_content"]
    assert given.status_code == 200
