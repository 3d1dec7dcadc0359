"""The main job in a real browser: sign in with the printed token, fill a dataset, ask it, look at the money."""

import re
from pathlib import Path

import pytest

from tests.browser.chromium import Chromium
from tests.support.instance import Instance, on_embedded_databases

pytestmark = [pytest.mark.browser, on_embedded_databases]

API = "/api/v1"
POEM = "The quick brown fox jumps over the lazy dog. Foxes are quick.\n"
BUTTON = "[...document.querySelectorAll('button')].filter(button => button.offsetParent)"


def link(text: str) -> str:
    return f"[...document.querySelectorAll('a')].find(link => link.innerText.trim() === '{text}')"


def button(text: str) -> str:
    return f"{BUTTON}.find(button => button.innerText.trim() === '{text}')"


def sign_in(page: Chromium, instance: Instance) -> None:
    page.visit(f"http://localhost:{instance.port}/api/")
    page.press(link("Sign in with a token"))
    page.fill("input[name=token]", instance.token())
    page.press(button("Sign in"))


def make_dataset(page: Chromium, instance: Instance, name: str) -> None:
    page.visit(f"http://localhost:{instance.port}{API}/datasets")
    page.fill("#post-object-form input[name=name]", name)
    page.press(button("POST"))


def go_to_dataset(page: Chromium, instance: Instance, name: str) -> None:
    page.visit(f"http://localhost:{instance.port}{API}/datasets")
    page.press(link(name))


def admin_password(instance: Instance) -> str:
    return re.search(r"user admin, password ([^)]+)\)", instance.output)[1]


def only_from(page: Chromium, instance: Instance) -> bool:
    return page.origins() == {f"http://localhost:{instance.port}"}


def test_signing_in_leads_back_and_out_again(page, instance):
    sign_in(page, instance)
    assert "developer@example.com" in page.text()

    page.press(button("Sign out"))

    assert "Browse the API" in page.text()
    assert only_from(page, instance)


def test_a_document_is_uploaded_asked_and_paid(page, instance, tmp_path: Path):
    (tmp_path / "fox.txt").write_text(POEM)
    sign_in(page, instance)
    make_dataset(page, instance, "Animals")
    go_to_dataset(page, instance, "Animals")

    page.press(link("Documents"))
    page.choose_files("input[name=file]", tmp_path / "fox.txt")
    page.press(button("POST"))
    assert "HTTP 201 Created" in page.text()
    page.wait_for("fetch(location.href).then(a => a.text()).then(text => text.includes('ready'))")
    go_to_dataset(page, instance, "Animals")
    page.press(link("Query"))
    page.fill("#post-object-form input[name=query]", "fast fox")
    page.press(button("POST"))

    assert "The quick brown fox" in page.text()
    assert re.search(r"X-Credits-Charged: 2\b", page.text())
    assert only_from(page, instance)
    assert page.complaints == []


def test_a_dataset_is_changed_and_deleted(page, instance):
    sign_in(page, instance)
    make_dataset(page, instance, "Plants")
    go_to_dataset(page, instance, "Plants")

    page.fill("textarea[name=_content]", '{"name": "Trees"}')
    page.press(button("PATCH"))
    assert '"name": "Trees"' in page.text()
    page.run(f"{button('DELETE')}.click()")
    page.wait_for(button("Delete"))
    page.press(button("Delete"))

    assert "HTTP 204 No Content" in page.text()
    page.visit(f"http://localhost:{instance.port}{API}/datasets?q=Trees")
    assert '"total": 0' in page.text()


def test_what_is_wrong_with_a_form_is_said_beside_it(page, instance):
    sign_in(page, instance)

    make_dataset(page, instance, "x" * 201)

    assert "Ensure this field has no more than 200 characters." in page.run(
        "document.querySelector('#post-object-form').innerText"
    )
    assert page.run("document.querySelector('#post-object-form input[name=name]').value") == "x" * 201


def test_the_documentation_lists_and_tries_calls(page, instance):
    page.visit(f"http://localhost:{instance.port}/api/docs")
    page.wait_for("document.querySelectorAll('.opblock').length > 20")

    page.run("document.querySelector('#operations-Credits-get_pricing .opblock-summary-control').click()")
    page.wait_for("document.querySelector('.try-out__btn')")
    page.run("document.querySelector('.try-out__btn').click()")
    page.wait_for("document.querySelector('.execute')")
    page.run("document.querySelector('.execute').click()")

    page.wait_for("document.querySelector('.live-responses-table') && document.body.innerText.includes('hybrid_query')")
    assert only_from(page, instance)
    assert page.complaints == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_staff_find_a_transaction(instance, page, dark):
    page.prefer(dark=dark)
    page.visit(f"http://localhost:{instance.port}/admin/")
    page.fill("input[name=username]", "admin")
    page.fill("input[name=password]", admin_password(instance))
    page.press("document.querySelector('button[type=submit]')")

    page.press(link("Credit transactions"))
    page.fill("input[name=q]", "developer@")
    page.leave("document.querySelector('#changelist-search').submit()")

    assert "BONUS" in page.text()
    assert only_from(page, instance)
    assert page.complaints == []
