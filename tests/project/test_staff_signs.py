"""Who signs in to the admin, signs out or fails to is noted, and nothing of what was typed."""

import logging
from typing import Any

import pytest
from django.contrib.auth.models import User as Staff
from django.db import OperationalError
from django.test import Client

from credits.models import AuditEntry

pytestmark = pytest.mark.django_db(databases="__all__")

PASSWORD = "a long password"
FROM_AFAR = {"REMOTE_ADDR": "203.0.113.7"}


@pytest.fixture
def carol() -> Staff:
    return Staff.objects.create_superuser("carol", password=PASSWORD)


def sign_in(client: Client, name: str = "carol", password: str = PASSWORD) -> Any:
    return client.post("/admin/login/?next=/admin/", {"username": name, "password": password}, **FROM_AFAR)


def noted() -> list[tuple[str, str, str, str]]:
    return list(AuditEntry.objects.order_by("created_at").values_list("action", "actor_type", "actor", "place"))


def test_coming_and_going_are_noted_with_name_and_address(carol: Staff) -> None:
    client = Client()

    sign_in(client)
    client.post("/admin/logout/", **FROM_AFAR)
    client.post("/admin/logout/", **FROM_AFAR)

    where = ("staff", "carol", "203.0.113.7")
    assert noted() == [("sign_in", *where), ("sign_out", *where)]
    assert AuditEntry.objects.filter(subject_id=str(carol.pk)).count() == 2


def test_of_who_was_not_let_in_only_the_address_is_kept(carol: Staff) -> None:
    sign_in(Client(), name="my secret", password="carol")

    assert noted() == [("fail_sign_in", "nobody", "", "203.0.113.7")]
    assert "my secret" not in str(AuditEntry.objects.values())


def test_who_is_let_in_by_a_program_did_not_sign_in(carol: Staff) -> None:
    Client().force_login(carol)

    assert noted() == []


@pytest.mark.parametrize(("password", "status"), [(PASSWORD, 302), ("wrong", 200)])
def test_staff_get_in_while_nothing_can_be_noted(
    carol: Staff, password: str, status: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(**_: Any) -> Any:
        raise OperationalError("it is away")

    monkeypatch.setattr(AuditEntry.objects, "create", refuse)

    with caplog.at_level(logging.ERROR):
        assert sign_in(Client(), password=password).status_code == status
    assert "could not be noted in the audit trail: it is away" in caplog.text
