"""Pages for people: the start page, signing in with a token, and the browsable API in a browser."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User as Staff
from django.core.files.uploadedfile import SimpleUploadedFile

from authbridge import tokens
from tests.support import people
from tests.support.api import DATASETS, documents_of, make_dataset, upload_text
from tests.support.clients import client_for as api_client_for
from tests.support.pages import COOKIE, ORIGIN, Page, browser, browser_of, look_at

pytestmark = pytest.mark.django_db(databases="__all__")

SIGN_IN = "/api/sign-in"
BALANCE = "/api/v1/credits/balance"


@pytest.fixture(autouse=True)
def _trusted(settings):
    settings.TRUSTED_ORIGINS = [ORIGIN]


@pytest.fixture
def alice_browser(alice):
    """Alice looks at pages, signed in."""
    return browser_of(alice)


@pytest.fixture
def dataset(alice) -> dict[str, Any]:
    """A private dataset of Alice's."""
    return make_dataset(api_client_for(alice))


def path_of(dataset: dict[str, Any]) -> str:
    return f"{DATASETS}/{dataset['id']}"


def status_of(path: str) -> int:
    answer = browser().get(path, follow=True)
    answer.close()
    return answer.status_code


class TestStartPage:
    def test_it_leads_to_every_part(self):
        page = look_at(browser(), "/")

        assert {"/api/", SIGN_IN, "/api/docs", "/api/schema", "/admin/", "/health"} <= set(page.links.values())

    def test_its_links_lead_somewhere(self):
        links = look_at(browser(), "/").links.values()

        assert {status_of(link) for link in links} <= {200, 503}

    def test_its_first_call_names_this_server(self):
        assert f"curl {ORIGIN}{BALANCE}" in look_at(browser(), "/").text


class TestSigningIn:
    def test_a_token_becomes_the_cookie_that_better_auth_would_set(self, alice_session, settings):
        answer = browser().post(SIGN_IN, {"token": alice_session.token})

        cookie = answer.cookies[COOKIE]
        assert answer["Location"] == "/api/"
        assert cookie.value == tokens.cookie_value(alice_session.token, settings.BETTER_AUTH_SECRET)
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")

    def test_the_cookie_opens_the_api(self, alice, alice_session):
        client = browser()

        client.post(SIGN_IN, {"token": alice_session.token})

        assert alice.email in look_at(client, BALANCE).text

    def test_over_https_the_cookie_is_secure(self, alice_session):
        answer = browser().post(SIGN_IN, {"token": alice_session.token}, secure=True)

        assert answer.cookies[f"__Secure-{COOKIE}"]["secure"]

    def test_a_stale_cookie_of_the_other_name_goes(self, alice, alice_session):
        client = browser_of(alice, lifetime=timedelta(hours=-1))
        client.cookies[f"__Secure-{COOKIE}"] = "stale"

        client.post(SIGN_IN, {"token": alice_session.token})

        assert alice.email in look_at(client, BALANCE).text

    @pytest.mark.parametrize("token", ["nonsense", "a b", "x.y", "", "%00", "é" * 40, "x" * 500])
    def test_a_bad_token_is_refused_in_words(self, token):
        answer = browser().post(SIGN_IN, {"token": token})

        assert answer.status_code == 400
        assert COOKIE not in answer.cookies
        assert "errorlist" in answer.content.decode()

    def test_an_expired_session_is_refused_in_words(self, alice):
        session = people.make_session(alice, lifetime=timedelta(hours=-1))

        assert "expired" in Page(browser().post(SIGN_IN, {"token": session.token})).text

    def test_without_the_secret_it_says_what_is_missing(self, alice_session, settings):
        settings.BETTER_AUTH_SECRET = ""

        page = Page(browser().post(SIGN_IN, {"token": alice_session.token}))

        assert "BETTER_AUTH_SECRET is not set" in page.text

    def test_it_leads_back_to_where_one_was(self, alice_session):
        login = look_at(browser(), f"{BALANCE}?x=1").links["Sign in with a token"]

        assert browser().post(login, {"token": alice_session.token})["Location"] == f"{BALANCE}?x=1"

    @pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
    def test_it_leads_nowhere_else(self, alice_session, elsewhere):
        answer = browser().post(f"{SIGN_IN}?next={elsewhere}", {"token": alice_session.token})

        assert answer["Location"] == "/api/"

    def test_a_form_from_another_site_is_refused(self, alice_session):
        client = browser()
        client.handler.enforce_csrf_checks = True

        assert client.post(SIGN_IN, {"token": alice_session.token}).status_code == 403

    def test_signing_out_forgets_the_cookie(self, alice, alice_browser):
        alice_browser.post("/api/sign-out")

        assert alice.email not in look_at(alice_browser, "/api/").text


class TestReading:
    def test_strangers_see_what_is_public_and_no_forms(self, alice):
        public = make_dataset(api_client_for(alice), visibility="public")

        page = look_at(browser(), path_of(public))

        assert public["name"] in page.text
        assert not {"PATCH", "DELETE"} & set(page.buttons)

    def test_what_needs_an_account_says_so(self):
        answer = browser().get(BALANCE)

        page = Page(answer)
        assert answer.status_code == 401
        assert "Authentication credentials were not provided." in page.text
        assert "Sign in with a token" in page.links

    def test_an_expired_cookie_is_no_crash(self, alice):
        answer = browser_of(alice, lifetime=timedelta(hours=-1)).get("/api/")

        assert answer.status_code == 401
        assert "This session has expired. Sign in again." in Page(answer).text

    def test_a_forged_cookie_is_no_crash(self):
        client = browser()
        client.cookies[COOKIE] = "token.forged"

        assert client.get(DATASETS).status_code == 401

    def test_what_is_not_there_says_so_and_offers_nothing(self, alice_browser):
        answer = alice_browser.get(f"{DATASETS}/nowhere")

        page = Page(answer)
        assert answer.status_code == 404
        assert "There is no dataset with this id or slug." in page.text
        assert not {"PATCH", "DELETE"} & set(page.buttons)

    def test_pages_are_called_after_what_they_show(self, alice_browser, dataset):
        titles = {
            path: look_at(alice_browser, path).title for path in (DATASETS, path_of(dataset), documents_of(dataset))
        }

        assert list(titles.values()) == ["Datasets · FLTR", "Dataset · FLTR", "Documents · FLTR"]

    def test_breadcrumbs_lead_back_up(self, alice_browser, dataset):
        links = look_at(alice_browser, documents_of(dataset)).links

        assert (links["API"], links["Datasets"], links["Dataset"]) == ("/api/", DATASETS, path_of(dataset))

    def test_one_can_click_from_the_datasets_to_the_documents(self, alice_browser, dataset):
        in_list = look_at(alice_browser, DATASETS).links[dataset["name"]]
        on_page = look_at(alice_browser, in_list).links

        assert on_page["Documents"] == documents_of(dataset)
        assert {"Jobs", "Query"} <= set(on_page)

    def test_every_link_leads_to_a_page(self, alice_browser, alice, dataset):
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

    def test_one_can_turn_the_pages_of_a_list(self, alice_browser, alice):
        for name in ("One", "Two", "Three"):
            make_dataset(api_client_for(alice), name)

        middle = look_at(alice_browser, f"{DATASETS}?limit=1&ordering=name&offset=1").links

        assert middle["← Previous"] == f"{DATASETS}?limit=1&ordering=name&offset=0"
        assert middle["Next →"] == f"{DATASETS}?limit=1&ordering=name&offset=2"

    def test_the_site_s_own_calls_are_not_offered_to_people(self, alice_browser):
        assert not {"Add", "Deduct", "Refund"} & set(look_at(alice_browser, BALANCE).links)

    def test_names_are_shown_and_never_run(self, alice_browser, alice):
        make_dataset(api_client_for(alice), "<script>alert(1)</script>")

        assert "<script>alert" not in alice_browser.get(DATASETS).content.decode()

    def test_both_sign_ins_work_in_one_browser(self, alice, alice_browser):
        alice_browser.force_login(Staff.objects.create_superuser("staff"))

        assert alice.email in look_at(alice_browser, BALANCE).text
        assert alice_browser.get("/admin/").status_code == 200

    def test_staff_are_nobody_to_the_api(self):
        client = browser()
        client.force_login(Staff.objects.create_superuser("staff"))

        assert client.get(BALANCE).status_code == 401


class TestErrorsOutsideOfTheApi:
    @pytest.mark.parametrize("path", ["/nowhere", "/api/v1/nowhere", "/favicon.ico"])
    def test_an_unknown_path_has_a_page_in_words(self, path):
        answer = browser().get(path)

        assert answer.status_code == 404
        assert "Start page" in Page(answer).links

    def test_staff_read_what_they_may_not_do(self):
        client = browser()
        client.force_login(Staff.objects.create_user("staff", is_staff=True))

        answer = client.get("/admin/credits/credittransaction/")

        assert answer.status_code == 403
        assert "Start page" in Page(answer).links

    def test_programs_get_json(self, client):
        for accept in ("application/json", "*/*", ""):
            assert client.get("/nowhere", headers={"Accept": accept})["Content-Type"] == "application/json"


class TestForms:
    def test_a_dataset_is_made_by_form(self, alice_browser):
        form = look_at(alice_browser, DATASETS).fields
        filled = {"name": "By hand", "description": "", "category": "", "visibility": "private", "metadata": "{}"}

        answer = alice_browser.post(DATASETS, filled)

        assert set(filled) <= set(form)
        assert answer.status_code == 201
        assert "By hand" in Page(answer).text

    def test_a_refused_form_keeps_what_was_typed(self, alice_browser):
        answer = alice_browser.post(DATASETS, {"name": "x" * 201, "category": "poems", "metadata": "{}"})

        page = Page(answer)
        assert answer.status_code == 400
        assert page.fields["category"]["value"] == "poems"
        assert "no more than 200 characters" in page.text

    def test_a_date_that_is_none_is_no_crash(self, alice_browser):
        answer = alice_browser.post("/api/v1/api-keys", {"name": "laptop", "expires_at": "tomorrow"})

        assert answer.status_code == 400

    def test_json_that_cannot_be_read_is_no_crash(self, alice_browser):
        answer = alice_browser.post(DATASETS, "{", content_type="application/json")

        assert "The body is not valid JSON." in Page(answer).text

    @pytest.mark.parametrize("kind", ["application/xml", "application/x-www-form-urlencoded", "text/plain"])
    def test_another_kind_of_body_is_no_crash(self, alice_browser, kind):
        assert alice_browser.post(DATASETS, "name=x", content_type=kind).status_code == 415

    @pytest.mark.parametrize("body", ["[1]", '"text"', "null", "7", '{"name": {"a": [1]}, "metadata": 3}'])
    def test_json_of_another_shape_is_no_crash(self, alice_browser, body):
        assert alice_browser.post(DATASETS, body, content_type="application/json").status_code == 400

    def test_refused_json_stays_to_be_mended(self, alice_browser):
        answer = alice_browser.post(DATASETS, '{"name": "", "category": "poems"}', content_type="application/json")

        assert "&quot;category&quot;: &quot;poems&quot;" in answer.content.decode()

    def test_changing_begins_with_what_is_there(self, alice_browser, dataset):
        page = alice_browser.get(path_of(dataset)).content.decode()

        assert f"&quot;name&quot;: &quot;{dataset['name']}&quot;" in page
        assert "&quot;slug&quot;" not in page.partition("data-override=")[2]

    def test_a_dataset_is_changed_and_deleted(self, alice_browser, dataset):
        changed = alice_browser.patch(path_of(dataset), '{"name": "Renamed"}', content_type="application/json")
        deleted = alice_browser.delete(path_of(dataset))

        assert "Renamed" in Page(changed).text
        assert "HTTP 204 No Content" in Page(deleted).text

    def test_files_are_uploaded_by_form(self, alice_browser, dataset):
        field = look_at(alice_browser, documents_of(dataset)).fields["file"]
        files = [SimpleUploadedFile(name, name.encode()) for name in ("one.txt", "two.txt")]

        answer = alice_browser.post(documents_of(dataset), {"file": files, "metadata": ""})

        assert field["type"] == "file"
        assert "multiple" in field
        assert answer.status_code == 201
        assert {"one.txt", "two.txt"} <= set(look_at(alice_browser, documents_of(dataset)).links)

    def test_an_empty_upload_says_what_is_missing(self, alice_browser, dataset):
        answer = alice_browser.post(documents_of(dataset), {"metadata": ""})

        assert answer.status_code == 400
        assert "No file was sent." in Page(answer).text

    def test_a_query_s_page_is_its_form(self, alice_browser, dataset):
        answer = alice_browser.get(f"{path_of(dataset)}/query")

        page = Page(answer)
        assert answer.status_code == 405
        assert (page.fields["limit"]["value"], page.fields["query"]["value"]) == ("5", "")
        assert "alert-danger" not in answer.content.decode()

    def test_what_takes_no_body_has_only_a_button(self, alice_browser, dataset):
        alice_browser.post(documents_of(dataset), {"file": SimpleUploadedFile("a.txt", b"Text"), "metadata": ""})
        document = look_at(alice_browser, documents_of(dataset)).links["a.txt"]

        page = look_at(alice_browser, f"{document}/retry")

        assert "POST" in page.buttons
        assert "_content" not in page.fields

    def test_too_few_credits_are_told_in_words(self):
        poor = browser_of(people.make_user("Poor", credits=1))

        answer = poor.post(DATASETS, {"name": "Dear", "metadata": "{}"})

        assert answer.status_code == 402
        assert "This needs 2 credits and 1 are available." in Page(answer).text

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
    def test_a_form_on_another_site_can_do_nothing(self, alice_browser, origin):
        answer = alice_browser.post(DATASETS, {"name": "Forged"}, headers={"Origin": origin})

        assert answer.status_code == 403
        assert not look_at(alice_browser, DATASETS).links.get("Forged")


class TestNothingComesFromElsewhere:
    @pytest.mark.parametrize("path", ["/", SIGN_IN, "/api/", "/api/docs", DATASETS, BALANCE, "/admin/login/"])
    def test_pages_for_strangers(self, path):
        page = look_at(browser(), path)

        assert page.loads
        assert page.from_elsewhere() == []

    @pytest.mark.parametrize("path", ["/admin/", "/admin/credits/credittransaction/", "/admin/authbridge/user/"])
    def test_pages_for_staff(self, path):
        client = browser()
        client.force_login(Staff.objects.create_superuser("staff"))

        assert look_at(client, path).from_elsewhere() == []

    @pytest.mark.parametrize("path", ["/api/", "/api/docs", "/admin/login/"])
    def test_what_they_load_is_there(self, path):
        files = [url for url in look_at(browser(), path).loads if url.startswith("/static/")]

        assert files
        assert {status_of(file) for file in files} == {200}

    def test_the_documentation_asks_no_validator(self):
        assert '"validatorUrl": "none"' in browser().get("/api/docs").content.decode()
