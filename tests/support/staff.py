"""Members of staff, signed in to the admin."""

from typing import Any

from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse


def client_of_staff(*permissions: str) -> Client:
    """Sign somebody in who may do only this, e.g. `view_user`; a superuser if nothing is named."""
    user = User.objects.create_user(f"staff-{User.objects.count()}", is_staff=True, is_superuser=not permissions)
    for name in permissions:
        app, _, codename = name.partition(".")
        user.user_permissions.add(Permission.objects.get(codename=codename, content_type__app_label=app))
    client = Client()
    client.force_login(user)
    return client


def url_of(model: str, id: object = None) -> str:
    """Return the address of a list, e.g. of `authbridge_user`, or of one row."""
    return reverse(f"admin:{model}_change", args=[id]) if id else reverse(f"admin:{model}_changelist")


def rows_of(answer: Any) -> list[Any]:
    """Return the rows that a list shows."""
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


def choose(client: Client, model: str, action: str, *ids: object) -> Any:
    """Select rows of a list and run an action on them."""
    return client.post(url_of(model), {"action": action, "_selected_action": [str(id) for id in ids], "index": 0})
