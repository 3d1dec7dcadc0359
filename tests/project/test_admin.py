"""All of the admin at once: every page opens, for those who may, and takes few queries however long its list."""

import uuid
from contextlib import ExitStack

import pytest
from django.contrib import admin
from django.db import connections
from django.test.utils import CaptureQueriesContext

from authbridge.models import Subscription
from credits.models import AuditEntry, CreditTransaction, Team
from credits.services import create_api_key, grant_by_staff
from tests.support import people
from tests.support.api import make_dataset, upload_text
from tests.support.clients import client_for
from tests.support.staff import client_of_staff, rows_of, url_of

pytestmark = pytest.mark.django_db(databases="__all__")

OURS = [model for model in admin.site._registry if model._meta.app_label in ("authbridge", "credits", "datasets")]
# Who is calling, what they may do, one count, one page, one look at the people of the page, and the filters' choices.
MOST_QUERIES = 9


def name_of(model):
    return model._meta.label_lower.replace(".", "_")


def make_somebody():
    """Make a user with something in every list."""
    user = people.make_user("Somebody")
    client = client_for(user)
    upload_text(client, make_dataset(client), "Some text")
    create_api_key(user_id=user.id, name="laptop")
    grant_by_staff(user_id=user.id, amount=1, reason="They asked.", by="somebody")
    Team.objects.create(name="Research", owner_id=user.id)
    Subscription.objects.create(id=str(uuid.uuid4()), plan="pro", reference_id=user.id, status="active")


def queries_of(client, url):
    with ExitStack() as stack:
        captured = [stack.enter_context(CaptureQueriesContext(connection)) for connection in connections.all()]
        assert client.get(url).status_code == 200
    return [query["sql"] for context in captured for query in context.captured_queries]


def test_the_front_page_names_every_list():
    page = client_of_staff().get("/admin/").content.decode()

    assert all(url_of(name_of(model)) in page for model in OURS)


def test_staff_without_permissions_see_no_list(db):
    page = client_of_staff("auth.view_group").get("/admin/").content.decode()

    assert not [model for model in OURS if url_of(name_of(model)) in page]


@pytest.mark.parametrize("model", OURS, ids=name_of)
def test_a_list_takes_as_many_queries_however_long_it_is(model):
    superuser = client_of_staff()
    make_somebody()
    # The choices of some filters are remembered for a minute, by whichever test asked first.
    superuser.get(url_of(name_of(model)))
    few = queries_of(superuser, url_of(name_of(model)))
    make_somebody()

    many = queries_of(superuser, url_of(name_of(model)))

    assert len(rows_of(superuser.get(url_of(name_of(model))))) >= 2
    assert len(many) == len(few) <= MOST_QUERIES


@pytest.mark.parametrize("model", OURS, ids=name_of)
def test_a_list_is_counted_once(model):
    make_somebody()

    queries = queries_of(client_of_staff(), url_of(name_of(model)))

    counts = [sql for sql in queries if f'COUNT(*) AS "__count" FROM "{model._meta.db_table}"' in sql]
    # Totals know how many rows the ledger has, and of the audit trail only the newest are counted.
    assert len(counts) == (0 if model in (CreditTransaction, AuditEntry) else 1)
