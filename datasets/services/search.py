"""Answer queries: search first, then one atomic charge; if the charge fails, nothing is returned."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from authbridge.shared.operations import part_of
from credits.services import Charge, Payer, price_of
from datasets.models import Dataset
from datasets.search.passages import HYBRID, KEYWORD, VECTOR, Hit, Query, search
from datasets.services.metering import Payment, paid_answer

EMBEDDING_SEARCH = "embedding_search"
OPERATIONS = {HYBRID: "hybrid_query", VECTOR: "vector_query", KEYWORD: "keyword_query"}


@dataclass(frozen=True, slots=True)
class Answers:
    """What was found, and its payment."""

    hits: list[list[Hit]]
    payment: Payment


def answer(
    *, operation_id: uuid.UUID, dataset: Dataset, payer: Payer, queries: Sequence[Query], operation: str | None = None
) -> Answers:
    """Search, charge, and only then hand the passages out: all queries or none, each with a ledger row of its own.

    A repeated operation searches afresh and pays once. Call `payment.delivered` when the answer is out.
    """
    charges = [
        charge_for(operation or OPERATIONS[query.mode], part_of(operation_id, index), dataset)
        for index, query in enumerate(queries)
    ]
    with paid_answer(payer=payer, charges=charges) as payment:
        hits = [search(dataset, query) for query in queries]
    return Answers(hits, payment)


def charge_for(operation: str, id: uuid.UUID, dataset: Dataset) -> Charge:
    """Return the charge for one query, under a key of its own."""
    return Charge(
        operation=operation,
        amount=price_of(operation),
        idempotency_key=f"{operation}:{id}",
        resource_id=str(dataset.id),
    )
