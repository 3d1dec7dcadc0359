"""One real call of every operation that costs credits, and what they are about."""

from dataclasses import dataclass
from typing import Any

from django.urls import resolve
from rest_framework.test import APIClient

from authbridge.shared.actions import Action
from datasets.models import Document
from datasets.models.document import DocumentStatus
from tests.support.api import API, documents_of, make_dataset, upload_text
from tests.support.jobs import do_jobs

TEXT = "The night train to Vienna leaves at half past ten."
QUESTION = "When does the train leave?"


@dataclass(frozen=True)
class PaidCall:
    """How to call; `{dataset}` and `{failed}` stand for ids. What reads gives text of documents away."""

    path: str
    body: dict[str, Any]
    reads: bool = False

    def send(self, client: APIClient, things: dict[str, str], **extra: Any) -> Any:
        """Call it about these things."""
        body = {name: things["dataset"] if name == "dataset_id" else value for name, value in self.body.items()}
        return client.post(API + self.path.format(**things), body, **extra)

    @property
    def declared(self) -> Action:
        """What its action declares."""
        view = resolve(API + self.path).func
        method = getattr(view.cls, view.actions["post"])  # type: ignore[attr-defined]
        declared: Action = method.declared
        return declared


IN_BODY = {"dataset_id": ""}  # Filled in.
PAID_CALLS = {
    "create_dataset": PaidCall("/datasets", {"name": "Another"}),
    "upload_documents": PaidCall("/datasets/{dataset}/documents", {"content": "Another text"}),
    "retry_document": PaidCall("/datasets/{dataset}/documents/{failed}/retry", {}),
    "query_dataset": PaidCall("/datasets/{dataset}/query", {"query": QUESTION}, reads=True),
    "query": PaidCall("/mcp/query", {"query": QUESTION, **IN_BODY}, reads=True),
    "batch_query": PaidCall("/mcp/batch-query", {"queries": [QUESTION, "Where to?"], **IN_BODY}, reads=True),
    "search_embeddings": PaidCall("/embeddings/search", {"query": QUESTION, **IN_BODY}, reads=True),
}
READS = [operation for operation, call in PAID_CALLS.items() if call.reads]
MAKES = [operation for operation in PAID_CALLS if operation not in READS]


def make_things(client: APIClient) -> dict[str, str]:
    """Make a dataset with a document that can be found and one that failed; return their ids."""
    dataset = make_dataset(client)
    document, failed = (upload_text(client, dataset, text).json() for text in (TEXT, "What cannot be read"))
    do_jobs()
    Document.objects.filter(id=failed["document_id"]).update(status=DocumentStatus.FAILED)
    return {"dataset": dataset["id"], "document": document["document_id"], "failed": failed["document_id"]}


def delete_document(client: APIClient, things: dict[str, str]) -> None:
    """Delete the document that can be found."""
    gone = client.delete(f"{documents_of({'id': things['dataset']})}/{things['document']}")
    assert gone.status_code == 204
