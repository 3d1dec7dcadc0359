"""Create, change and delete datasets."""

import secrets
import uuid
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from authbridge.errors import UserNotFound
from authbridge.selectors import user_exists
from authbridge.shared.errors import Conflict, DomainError, StillRunning
from authbridge.shared.failpoints import reached
from authbridge.shared.ids import parse_uuid
from credits.services import Payer, Receipt, ensure_affordable, price_of
from datasets.errors import NameTaken, StaleOperation
from datasets.indexing.embeddings import collection_name, get_embedder
from datasets.models import Dataset, Document, Lifecycle
from datasets.models.payable import PRESENT
from datasets.services import jobs
from datasets.services.dataset_status import changing
from datasets.services.intents import charge_intent, intent_of, try_to_settle

OPERATION = "dataset_create"
LONGEST_SLUG_BASE = 60
SLUG_TRIES = 5
# Each takes some statements, and somebody waits for them.
SETTLED_AT_ONCE = 20


def create_dataset(
    *, operation_id: uuid.UUID, owner_id: uuid.UUID, payer: Payer, name: str, **fields: Any
) -> tuple[Dataset, Receipt]:
    """Make a dataset: intent, money, then it is there. Refused money leaves nothing.

    The operation's id becomes the dataset's, so that a repeat goes on where a crash broke the first attempt off.
    """
    if not user_exists(owner_id):
        raise UserNotFound
    dataset = begun(operation_id)
    if dataset is None:
        ensure_affordable(payer, price_of(OPERATION))
        dataset = record_intent(operation_id, owner_id=owner_id, payer=payer, name=name, **fields)
    reached("dataset:intended")
    try:
        receipt = charge_intent(
            dataset, payer=payer, operation=OPERATION, resource_id=str(dataset.id), dataset_id=dataset.id
        )
    except DomainError:
        Dataset.objects.filter(id=dataset.id, lifecycle=Lifecycle.AWAITING_PAYMENT).delete()
        raise
    reached("dataset:charged")
    activate(dataset, next(iter(receipt.transaction_ids), None))
    dataset.refresh_from_db()
    if dataset.lifecycle == Lifecycle.CANCELLED:
        try_to_settle(dataset, reason="The dataset was withdrawn before its payment arrived.")
        raise StaleOperation
    return dataset, receipt


def begun(operation_id: uuid.UUID) -> Dataset | None:
    """Return what an earlier attempt of this operation made, if there was one."""
    dataset = Dataset.objects.filter(id=operation_id).first()
    if dataset and dataset.lifecycle not in PRESENT:
        raise StaleOperation
    return dataset


def record_intent(id: uuid.UUID, *, owner_id: uuid.UUID, payer: Payer, name: str, **fields: Any) -> Dataset:
    """Insert the row that awaits its payment, under a slug nobody has."""
    embedder = get_embedder()
    base = slugify(name)[:LONGEST_SLUG_BASE].strip("-") or "dataset"
    for attempt in range(SLUG_TRIES):
        try:
            with transaction.atomic(using="default"):
                return Dataset.objects.create(
                    id=id,
                    owner_id=owner_id,
                    name=name,
                    slug=base if attempt == 0 and parse_uuid(base) is None else f"{base}-{secrets.token_hex(3)}",
                    collection_name=collection_name(embedder),
                    embedding_model=embedder.name,
                    embedding_dimension=embedder.dimension,
                    **fields,
                    **intent_of(payer, price=price_of(OPERATION), charge_key=f"{OPERATION}:{id}"),
                )
        except IntegrityError as error:
            if name_taken(owner_id, name):
                raise NameTaken from error
            if Dataset.objects.filter(id=id).exists():
                raise StillRunning from error
    raise Conflict("No free slug was found for this name. Choose another name.")


def name_taken(owner_id: uuid.UUID, name: str) -> bool:
    """Tell whether the owner has a dataset of this name."""
    return Dataset.objects.filter(owner_id=owner_id, name=name, lifecycle__in=PRESENT).exists()


def activate(dataset: Dataset, transaction_id: uuid.UUID | None) -> bool:
    """Make a paid dataset be there; False if it was withdrawn meanwhile."""
    waiting = Dataset.objects.filter(id=dataset.id, lifecycle=Lifecycle.AWAITING_PAYMENT)
    return waiting.update(lifecycle=Lifecycle.ACTIVE, transaction_id=transaction_id) == 1


def withdraw(dataset: Dataset) -> bool:
    """Cancel an intent that never got its payment; a charge that still comes is to be given back."""
    waiting = Dataset.objects.filter(id=dataset.id, lifecycle=Lifecycle.AWAITING_PAYMENT)
    return waiting.update(lifecycle=Lifecycle.CANCELLED, refund_due=True) == 1


def update_dataset(dataset: Dataset, changes: dict[str, Any]) -> Dataset:
    """Change fields of a dataset; its slug stays."""
    try:
        with transaction.atomic(using="default"):
            Dataset.objects.filter(id=dataset.id).update(**changes, updated_at=timezone.now())
    except IntegrityError as error:
        raise NameTaken from error
    dataset.refresh_from_db()
    return dataset


def delete_dataset(dataset: Dataset) -> None:
    """Take a dataset away at once; its vectors and files are purged in the background."""
    with changing(dataset.id):
        active = Dataset.objects.filter(id=dataset.id, lifecycle=Lifecycle.ACTIVE)
        if not active.update(lifecycle=Lifecycle.DELETED, updated_at=timezone.now()):
            return
        cancelled = jobs.cancel_all(dataset.jobs.all())
        documents = Document.objects.filter(dataset=dataset).exclude(lifecycle=Lifecycle.CANCELLED)
        documents.update(lifecycle=Lifecycle.DELETED, dedupe_key=None)
        jobs.enqueue_purge(dataset_id=dataset.id)
    # The rest is given back by the worker, within a minute.
    jobs.settle_refunds(cancelled[:SETTLED_AT_ONCE], reason="The dataset was deleted before the document was ready.")
