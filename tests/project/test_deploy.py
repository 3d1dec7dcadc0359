"""In production: Django's own advice for deployments is followed, and what is missing or unsafe stops the start."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from fltr_project.configuration.kinds import BadSetting, as_origin
from fltr_project.configuration.safety import is_guessable, refuse_unsound_prices
from fltr_project.configuration.variables import VARIABLES
from tests.support import warm
from tests.support.scratch import ready_databases

PROJECT = Path(__file__).parents[2]
GOOD = {
    "SECRET_KEY": "production-" + "0123456789abcdef" * 3,
    "ALLOWED_HOSTS": "fltr.example.com",
    "SECURE_SSL_REDIRECT": "1",
    "TRUSTED_ORIGINS": "https://app.example.com",
    "BETTER_AUTH_SECRET": "better-auth-secret-0123456789abcdef",
    "INTERNAL_WEBHOOK_SECRET": "internal-webhook-secret-0123456789abcdef",
}
WHERE_THE_DATABASES_ARE = ("DATABASE_URL", "AUTH_DATABASE_URL", "DATA_DIR")
CHECK = ("check", "--deploy", "--fail-level", "WARNING")


def manage(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py as production would, on this run's databases."""
    shell = {name: os.environ[name] for name in ("PATH", *WHERE_THE_DATABASES_ARE) if name in os.environ}
    given = {name: value for name, value in {**GOOD, **settings}.items() if value}
    return warm.run(["manage.py", *arguments], {**shell, "ENV_FILE": "", **given})


def test_django_has_nothing_to_say_about_production_settings(tmp_path: Path) -> None:
    databases = [f"--database={alias}" for alias in django_settings.DATABASES]

    with ready_databases(tmp_path) as ready:
        there = {name: value for name, value in ready.environment.items() if name in WHERE_THE_DATABASES_ARE}
        checked = manage(*CHECK, *databases, **there)

    assert (checked.returncode, checked.stdout) == (0, "System check identified no issues (0 silenced).\n"), checked


def test_it_would_say_something() -> None:
    poor = {"SECURE_SSL_REDIRECT": "", "DEBUG": "1", "TRUSTED_ORIGINS": "http://app.example.com"}

    checked = manage(*CHECK, **poor, INTERNAL_WEBHOOK_SECRET="0123456789-planted")

    assert checked.returncode == 1
    found = set(re.findall(r"\(([\w.]+\.W\d+)\)", checked.stderr))
    assert {"security.W008", "security.W018", "fltr_project.W001", "fltr_project.W002"} <= found
    assert "planted" not in checked.stderr


def test_nothing_is_silenced() -> None:
    assert django_settings.SILENCED_SYSTEM_CHECKS == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "planted"),
        ("BETTER_AUTH_SECRET", "planted"),
        ("INTERNAL_WEBHOOK_SECRET", "planted"),
        ("ALLOWED_HOSTS", "fltr.example.com,*"),
        ("TRUSTED_ORIGINS", "https://app.example.com,*"),
    ],
)
def test_what_is_missing_or_unsafe_stops_the_start_with_its_name_and_what_to_do(name: str, value: str) -> None:
    stopped = manage("check", **{name: value})

    last_line = stopped.stderr.splitlines()[-1]
    assert stopped.returncode != 0
    assert re.search(rf"{name}.*[Ss]et it", last_line)
    assert "planted" not in stopped.stderr


@pytest.mark.parametrize(
    "secret", ["short", "x" * 60, "django-insecure-" + "0123456789" * 5, "Change-me-" + "0123456789" * 5]
)
def test_a_long_secret_can_be_easy_to_guess(secret: str) -> None:
    assert is_guessable(secret, at_least=50)


@pytest.mark.parametrize("generate", [variable.generate for variable in VARIABLES.values() if variable.generate])
def test_what_a_local_run_generates_is_not(generate: Any) -> None:
    assert generate() == "1" or not is_guessable(generate(), at_least=16)


@pytest.mark.parametrize("name", ["SECRET_KEY", "BETTER_AUTH_SECRET", "INTERNAL_WEBHOOK_SECRET"])
def test_development_takes_any_secret(name: str) -> None:
    assert manage("check", **{name: "any", "DEBUG": "1"}).returncode == 0


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://app.example.com", "https://app.example.com"),
        (" https://App.Example.com/ ", "https://app.example.com"),
        ("https://app.example.com:443", "https://app.example.com"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_an_origin_is_read_as_browsers_write_it(written: str, origin: str) -> None:
    assert as_origin(written) == origin


@pytest.mark.parametrize(
    "written",
    [
        *("*", "null", "app.example.com", "//app.example.com", "https://", "https://*.example.com", "https://["),
        *(
            "https://app.example.com/path",
            "https://app.example.com?x",
            "https://me@app.example.com",
            "ftp://example.com",
        ),
        *("https://app.example.com:port", "https://app.example.com#x", ""),
    ],
)
def test_what_is_no_origin_is_refused(written: str) -> None:
    with pytest.raises(ValueError):
        as_origin(written)


class TestAnswersInProduction:
    @pytest.fixture
    def https(self, settings: Any) -> Client:
        """A browser that calls by https, as production is to be called."""
        settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
        settings.SECURE_HSTS_SECONDS = 31_536_000
        return Client(headers={"Accept": "text/html"})

    @pytest.mark.parametrize("path", ["/", "/admin/login/", "/api/", "/api/docs", "/api/sign-in", "/api/v1/nowhere"])
    @pytest.mark.django_db(databases="__all__")
    def test_pages_tell_browsers_to_be_careful(self, https: Client, path: str) -> None:
        answer = https.get(path, secure=True)

        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"
        assert answer["Strict-Transport-Security"].startswith("max-age=31536000")

    @pytest.mark.parametrize("path", ["/", "/api/v1/datasets"])
    def test_http_is_sent_to_https(self, https: Client, path: str) -> None:
        answer = https.get(path)

        assert (answer.status_code, answer["Location"]) == (301, f"https://testserver{path}")

    @pytest.mark.django_db(databases="__all__")
    def test_the_cookies_of_staff_are_for_https_and_this_site_alone(
        self, https: Client, django_user_model: Any
    ) -> None:
        django_user_model.objects.create_superuser("admin", password="a long password")
        https.post("/admin/login/", {"username": "admin", "password": "a long password"}, secure=True)
        https.get("/admin/login/", secure=True)

        session = https.cookies["sessionid"]

        assert (session["secure"], session["httponly"], session["samesite"]) == (True, True, "Lax")
        assert all(cookie["secure"] and cookie["samesite"] == "Lax" for cookie in https.cookies.values())

    @pytest.mark.django_db(databases="__all__")
    def test_the_cookie_of_the_sign_in_page_too(self, https: Client, alice_session: Any) -> None:
        https.post("/api/sign-in", {"token": alice_session.token}, secure=True)

        cookie = https.cookies["__Secure-better-auth.session_token"]

        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")


TIERS = ((100, 1), (None, 9))


def test_prices_may_be_changed() -> None:
    refuse_unsound_prices({}, ())
    refuse_unsound_prices({"hybrid_query": 1, "poster_print": 10**9}, TIERS)


@pytest.mark.parametrize("price", [0.5, 2.0, 0, -1, 10**9 + 1, True, "3", None], ids=repr)
def test_a_price_that_nobody_can_pay_stops_the_start(price: Any) -> None:
    with pytest.raises(BadSetting, match=r"The price of hybrid_query is .*: set it to a whole number from 1 to"):
        refuse_unsound_prices({"hybrid_query": price}, ())
    with pytest.raises(BadSetting, match=r"The price of DOCUMENT_PRICES is .*: set it to a whole number from 1 to"):
        refuse_unsound_prices({}, ((100, price), (None, 9)))


@pytest.mark.parametrize("bounds", [(100,), (200, 100, None), (100, 100, None), (None, None), (0, None), (1.5, None)])
def test_tiers_that_leave_out_a_size_stop_the_start(bounds: Any) -> None:
    with pytest.raises(BadSetting, match="The bounds of DOCUMENT_PRICES are"):
        refuse_unsound_prices({}, tuple((bound, 1) for bound in bounds))


def test_the_settings_are_held_to_it(tmp_path: Path) -> None:
    code = "import fltr_project.configuration.safety as s\ns.refuse_unsound_prices = lambda *a: print('asked', a)\n"

    ran = warm.run(["-c", code + "import fltr_project.settings"], dict(os.environ))

    assert ran.stdout == "asked ({}, ())\n"
