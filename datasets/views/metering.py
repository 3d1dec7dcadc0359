"""One line for a view to say what it costs: `with requires_credits(request, "premium_query") as payment:`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from authbridge.shared.callers import caller_of
from authbridge.shared.operations import operation_id_of, part_of
from credits.services import Charge, payer_of, price_of
from datasets.services.metering import Payment, paid_answer


@contextmanager
def requires_credits(request: Request, *operations: str, resource_id: str | None = None) -> Iterator[Payment]:
    """Have the caller pay for what the block does, at the prices in force; answer with `respond(body, payment)`.

    It stands after the checks that come before 402: who may, is it there, is the input right. A repeat under an
    Idempotency-Key pays once.
    """
    operation_id = operation_id_of(request)
    charges = [
        Charge(operation, price_of(operation), f"{operation}:{part_of(operation_id, index)}", resource_id)
        for index, operation in enumerate(operations)
    ]
    with paid_answer(payer=payer_of(caller_of(request)), charges=charges) as payment:
        yield payment


def respond(body: Any, payment: Payment, **options: Any) -> Response:
    """Answer with the receipt; the answer counts as out once it is written down for the client."""
    response = Response(body, headers=payment.receipt.headers(), **options)
    response.add_post_render_callback(lambda _: payment.delivered())
    return response
