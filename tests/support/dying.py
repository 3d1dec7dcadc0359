"""Operations done in a process of their own that dies at an armed step: `python -m tests.support.dying NAME USER`.

It works on the databases of the test that starts it; see `run_until_death`.
"""

import os
import signal
import sys
import uuid

from tests.support import warm


def run_until_death(operation: str, user_id: uuid.UUID, *, step: str) -> None:
    """Do an operation in a child that is killed at the step; fails if it came through alive."""
    environment = {**os.environ, **database_urls(), "FLTR_DIE_AT": step}
    finished = warm.run(["-m", "tests.support.dying", operation, str(user_id)], environment)
    assert finished.returncode == -signal.SIGKILL, finished.stderr or f"Nothing killed it at {step}."


def database_urls() -> dict[str, str]:
    """Return the URLs of this test's databases, as a child reads them."""
    from django.conf import settings
    from django.db import connections

    from tests.support.postgres import with_database

    names = {"default": "DATABASE_URL", "auth": "AUTH_DATABASE_URL"}
    urls = {}
    for alias in settings.DATABASES:
        name = connections[alias].settings_dict["NAME"]
        is_file = connections[alias].vendor == "sqlite"
        urls[names[alias]] = f"sqlite:///{name}" if is_file else with_database(os.environ["DATABASE_URL"], name)
    return urls


def create_dataset(user_id: uuid.UUID) -> None:
    """Make a dataset."""
    from datasets.services.datasets import create_dataset

    create_dataset(operation_id=uuid.uuid4(), owner_id=user_id, payer=payer(user_id), name="Dying")


def upload(user_id: uuid.UUID) -> None:
    """Upload a text into the user's dataset."""
    from datasets.models import Dataset
    from datasets.services.documents import Upload, upload_document
    from datasets.storage.incoming import receive_text

    incoming = receive_text("Something worth reading.", "note.txt")
    dataset = Dataset.objects.get(owner_id=user_id)
    upload_document(dataset=dataset, payer=payer(user_id), upload=Upload(uuid.uuid4(), incoming, {}))


def retry(user_id: uuid.UUID) -> None:
    """Retry the user's failed document."""
    from datasets.models import Document
    from datasets.services.documents import retry_document

    document = Document.objects.get(dataset__owner_id=user_id)
    retry_document(operation_id=uuid.uuid4(), document=document, payer=payer(user_id))


def cancel(user_id: uuid.UUID) -> None:
    """Cancel the user's job, whose charge then goes back."""
    from datasets.models import ProcessingJob
    from datasets.services import jobs

    jobs.cancel(ProcessingJob.objects.get(dataset__owner_id=user_id))


def query(user_id: uuid.UUID) -> None:
    """Ask the user's dataset a question."""
    from datasets.models import Dataset
    from datasets.search import passages
    from datasets.services.metering import paid_answer
    from tests.datasets.vector_store.memory import MemoryStore

    store = MemoryStore()
    dataset = Dataset.objects.get(owner_id=user_id)
    store.ensure_collection(dataset.collection_name, dataset.embedding_dimension)
    passages.get_vector_store = lambda: store
    question = passages.Query(text="worth", limit=5, mode="keyword")
    with paid_answer(payer=payer(user_id), operation_id=uuid.uuid4(), operations=["keyword_query"]):
        passages.search(dataset, question)


def payer(user_id: uuid.UUID):  # type: ignore[no-untyped-def]
    """Return the user as who pays."""
    from credits.accounts import user_account
    from credits.services import Payer

    return Payer(user_account(user_id))


OPERATIONS = {"create_dataset": create_dataset, "upload": upload, "retry": retry, "cancel": cancel, "query": query}

if __name__ == "__main__":
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "fltr_project.settings"
    django.setup()
    OPERATIONS[sys.argv[1]](uuid.UUID(sys.argv[2]))
