"""Staff look at datasets, documents and jobs; all they can do is cancel a job."""

import uuid
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry

from credits.models import AuditEntry
from datasets.models import Dataset, Document, ProcessingJob
from datasets.models.processing_job import JobKind
from datasets.services.datasets import delete_dataset
from tests.support.api import balance, upload_text
from tests.support.staff import choose, client_of_staff, rows_of, url_of

pytestmark = pytest.mark.django_db(databases="__all__")

DATASETS, DOCUMENTS, JOBS = "datasets_dataset", "datasets_document", "datasets_processingjob"
MODELS = {DATASETS: Dataset, DOCUMENTS: Document, JOBS: ProcessingJob}


@pytest.fixture
def superuser():
    """A superuser's browser."""
    return client_of_staff()


@pytest.fixture
def document(alice_client, dataset) -> dict[str, Any]:
    """A document of Alice's that waits for its job."""
    return upload_text(alice_client, dataset, "Some text", filename="poem.txt").json()


def only(model: str) -> Any:
    return MODELS[model].objects.get()


@pytest.mark.parametrize("model", MODELS)
class TestEachList:
    def test_rows_show_their_owner(self, superuser, document, model):
        assert "Alice &lt;" in superuser.get(url_of(model)).content.decode()
        assert "Alice &lt;" in superuser.get(url_of(model, only(model).pk)).content.decode()

    def test_rows_of_people_who_are_gone_show_their_id(self, superuser, document, alice, model):
        id = str(alice.id)
        alice.sessions.all().delete()
        alice.delete()

        assert id in superuser.get(url_of(model)).content.decode()

    @pytest.mark.parametrize("what", ["email", "name", "id"])
    def test_rows_are_found_by_their_owner(self, superuser, document, alice, bob, model, what):
        assert rows_of(superuser.get(url_of(model), {"q": getattr(alice, what)})) == [only(model)]
        assert rows_of(superuser.get(url_of(model), {"q": getattr(bob, what)})) == []

    def test_a_row_is_found_by_its_id(self, superuser, document, model):
        assert rows_of(superuser.get(url_of(model), {"q": str(only(model).pk)})) == [only(model)]
        assert rows_of(superuser.get(url_of(model), {"q": str(uuid.uuid4())})) == []

    def test_rows_are_filtered_by_status(self, superuser, document, model):
        there, elsewhere = only(model).status, "failed"

        assert rows_of(superuser.get(url_of(model), {"status__exact": there})) == [only(model)]
        assert rows_of(superuser.get(url_of(model), {"status__exact": elsewhere})) == []

    @pytest.mark.parametrize("id", ["nonsense", str(uuid.uuid4()), "_00"])
    def test_what_is_not_there_has_no_page(self, superuser, document, model, id):
        assert superuser.get(url_of(model, id)).status_code == 302

    def test_nobody_adds_changes_or_deletes(self, superuser, document, model):
        page = url_of(model, only(model).pk)

        assert superuser.get(f"{url_of(model)}add/").status_code == 403
        assert superuser.post(page, {"status": "ready"}).status_code == 403
        assert superuser.post(page.replace("change", "delete"), {"post": "yes"}).status_code == 403
        choose(superuser, model, "delete_selected", only(model).pk)
        assert only(model)

    def test_permission_to_view_is_enough_to_view(self, document, model):
        viewer = client_of_staff(f"datasets.view_{model.removeprefix('datasets_')}")

        assert rows_of(viewer.get(url_of(model))) == [only(model)]
        assert viewer.get(url_of(model, only(model).pk)).status_code == 200


@pytest.mark.parametrize(("model", "text"), [(DATASETS, "librar"), (DOCUMENTS, "POEM"), (JOBS, "poem.txt")])
def test_rows_are_found_by_their_name(superuser, document, model, text):
    assert rows_of(superuser.get(url_of(model), {"q": text})) == [only(model)]


class TestCancelling:
    def test_a_cancelled_job_gives_its_credits_back(self, superuser, alice_client, document):
        choose(superuser, JOBS, "cancel", only(JOBS).pk)

        assert only(JOBS).status == "cancelled"
        assert only(DOCUMENTS).status == "failed"
        assert balance(alice_client) == 98

    def test_history_tells_who_cancelled_it(self, superuser, document):
        choose(superuser, JOBS, "cancel", only(JOBS).pk)

        assert LogEntry.objects.get().change_message == "Cancelled."

    def test_the_audit_trail_tells_whose_it_was_and_what_it_had_cost(self, superuser, alice, document):
        choose(superuser, JOBS, "cancel", only(JOBS).pk)

        entry = AuditEntry.objects.get(action="cancel_job")
        assert (entry.actor_type, entry.subject_id, entry.user_id) == ("staff", only(JOBS).pk, alice.id)
        assert (entry.before["credits"], entry.after["status"]) == (only(JOBS).price, "cancelled")

    def test_a_purge_goes_on(self, superuser, alice_client, dataset):
        delete_dataset(only(DATASETS))
        purge = ProcessingJob.objects.get(kind=JobKind.PURGE)

        choose(superuser, JOBS, "cancel", purge.pk)

        purge.refresh_from_db()
        assert purge.status == "queued"

    def test_permission_to_view_is_not_enough(self, document):
        viewer = client_of_staff("datasets.view_processingjob")

        choose(viewer, JOBS, "cancel", only(JOBS).pk)

        assert only(JOBS).status == "queued"
