"""The developer's ways in are made once; a later start finds them as they are."""

import pytest
from django.contrib.auth import get_user_model

from authbridge.models import User
from authbridge.tokens import sign
from credits.models import CreditTransaction
from fltr_project.management.commands import serve
from fltr_project.run import development
from fltr_project.run.development import ADMIN, ensure_access

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture(autouse=True)
def generated_password(settings):
    settings.DEV_ADMIN_PASSWORD = "generated"


def credits_of_the_developer():
    return User.objects.get(email="developer@example.com").credits


def test_a_second_start_gives_the_same_token_and_no_more_credits():
    first = ensure_access()

    assert ensure_access() == first
    assert credits_of_the_developer() == 100


def test_other_welcome_credits_later_are_not_given_again(settings):
    ensure_access()
    settings.WELCOME_CREDITS = 30

    ensure_access()

    assert credits_of_the_developer() == 100
    assert CreditTransaction.objects.count() == 1


def test_welcome_credits_are_what_the_developer_gets(settings):
    settings.WELCOME_CREDITS = 30

    ensure_access()

    assert credits_of_the_developer() == 30


def test_the_generated_password_opens_the_administration(client):
    password = ensure_access().admin_password

    assert client.login(username=ADMIN, password=password)


def test_a_password_that_somebody_changed_is_kept_and_not_shown():
    ensure_access()
    admin = get_user_model().objects.get(username=ADMIN)
    admin.set_password("my own")
    admin.save()

    assert ensure_access().admin_password is None
    assert get_user_model().objects.get(username=ADMIN).check_password("my own")


def test_without_a_generated_password_nobody_gets_into_the_administration(settings):
    settings.DEV_ADMIN_PASSWORD = ""

    assert ensure_access().admin_password is None
    assert not get_user_model().objects.exists()


def test_where_only_signed_tokens_count_the_token_is_signed(settings):
    raw = ensure_access().token
    settings.BETTER_AUTH_REQUIRE_SIGNED = True

    signed = ensure_access().token

    assert signed == sign(raw, settings.BETTER_AUTH_SECRET)


class TestWhoMayMakeADeveloper:
    @pytest.mark.parametrize(
        ("by_make_run", "embedded", "asked", "is_made"),
        [
            (True, True, False, True),
            (False, True, False, False),
            (True, False, False, False),
            (False, False, True, True),
            (False, True, True, True),
        ],
    )
    def test_is_make_run_on_its_own_databases_or_who_says_so(self, settings, by_make_run, embedded, asked, is_made):
        settings.DATABASES_ARE_EMBEDDED, settings.DEV_USER = embedded, asked

        assert development.is_wanted(by_make_run=by_make_run) is is_made

    def test_serve_by_itself_is_not_make_run(self):
        parser = serve.Command().create_parser("manage.py", "serve")

        assert parser.parse_args([]).as_make_run is False
        assert parser.parse_args(["--as-make-run"]).as_make_run is True
