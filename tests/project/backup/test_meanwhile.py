"""What people delete while it is being copied is missed by nobody, and does not come back."""

import pytest

from datasets import storage
from datasets.models import Document, Lifecycle, ProcessingJob
from datasets.models.processing_job import JobKind
from datasets.services.documents import delete_document
from fltr_project.backup import making
from fltr_project.backup.making import make_backup
from fltr_project.backup.restoring import look_at, restore
from tests.support import dying

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


def delete_meanwhile(monkeypatch, delete):
    """Have something deleted once tables are copied, and files not yet."""
    monkeypatch.setattr(making, "reached", lambda step: delete() if step == "backup:tables" else None)


@pytest.fixture
def document(alice):
    dying.create_dataset(alice.id)
    dying.upload(alice.id)
    return Document.objects.get()


def purge(document):
    """Delete a document, and its files as the worker does."""
    delete_document(document)
    storage.delete_document(document.dataset_id, document.id)


def test_a_document_that_is_deleted_meanwhile_does_not_come_back(document, monkeypatch, tmp_path):
    delete_meanwhile(monkeypatch, lambda: purge(document))
    made = make_backup(tmp_path / "kept")

    restore(look_at(made.folder, with_site=False), print)

    assert made.manifest.deleted == [str(document.id)]
    assert Document.objects.get().lifecycle == Lifecycle.DELETED
    assert ProcessingJob.objects.filter(kind=JobKind.PURGE).count() == 1
    assert Document.objects.get().dataset.document_count == 0


def test_a_document_whose_file_is_gone_and_that_is_not_is_told(document, monkeypatch, tmp_path):
    delete_meanwhile(monkeypatch, lambda: storage.delete_document(document.dataset_id, document.id))

    with pytest.raises(making.Refused, match=str(document.id)):
        make_backup(tmp_path / "kept")

    assert list(tmp_path.iterdir()) == []


def test_a_document_that_is_deleted_after_it_was_copied_is_as_it_was(document, tmp_path):
    made = make_backup(tmp_path / "kept")
    purge(document)

    restore(look_at(made.folder, with_site=False), print)

    assert Document.objects.active().count() == 1
    assert storage.path_of(document.object_key).read_text() == "Something worth reading."


def test_when_it_was_last_done_is_among_the_chores(document, tmp_path):
    from datasets.doctor import examine_chores

    make_backup(tmp_path / "kept")

    [found] = [found for found in examine_chores() if found.message.startswith("backup: last done")]
    assert found.level == "green"
    assert f"files in {tmp_path / 'kept'}." in found.message
