"""Documents whose vectors are taken away, behind the service's back."""

from typing import Any

from rest_framework.test import APIClient

from datasets.indexing.vector_store import get_vector_store
from datasets.models import Dataset, Document
from tests.support.api import API, make_dataset, upload_text
from tests.support.jobs import do_jobs

QUESTION = "When does the train leave the station?"
TEXTS = {
    "trains.txt": "The night train to Vienna leaves the central railway station at half past ten.",
    "long.txt": "\n\n".join(f"Chapter {number}. " + "Bees collect nectar from flowers. " * 40 for number in range(8)),
}


def make_library(client: APIClient, name: str = "Library", **fields: Any) -> dict[str, Any]:
    """Make a dataset with documents that are ready, one of them of several chunks."""
    dataset = make_dataset(client, name, **fields)
    for filename, text in TEXTS.items():
        assert upload_text(client, dataset, text, filename=filename).status_code == 201
    do_jobs()
    return dataset


def lose(*, dataset_id: str | None = None, document_id: str = "") -> None:
    """Remove all rows of a dataset or document, as if somebody had done it in Milvus."""
    collection = Dataset.objects.values_list("collection_name", flat=True).order_by("created_at")[0]
    store = get_vector_store()
    if dataset_id:
        store.delete_dataset(collection, dataset_id=dataset_id)
    else:
        store.delete_document(collection, document_id=document_id)


def document(filename: str) -> Document:
    """Return a document by its name."""
    return Document.objects.get(filename=filename)


def held(document: Document, version: int | None = None) -> int:
    """Return how many chunks the store has of a document."""
    collection = document.dataset.collection_name
    return get_vector_store().count(collection, document_id=str(document.id), version=version)


def ask(client: APIClient, dataset: dict[str, Any], **fields: Any) -> Any:
    """Ask a dataset."""
    return client.post(f"{API}/mcp/query", {"query": QUESTION, "dataset_id": dataset["id"], **fields})
