"""What views of datasets share: the dataset that a call is about, and being paid for what it does."""

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, InterfaceError
from psycopg_pool import PoolTimeout
from rest_framework.request import Request
from rest_framework.response import Response

from authbridge.shared.callers import anybody
from authbridge.shared.operations import operation_id_of
from authbridge.shared.views import ApiViewSet
from credits.services import Payer, payer_of
from datasets.models import Dataset
from datasets.permissions import ensure_readable, ensure_writable
from datasets.selectors import find_dataset
from datasets.services.metering import Payment, paid_answer

logger = logging.getLogger(__name__)


class DatasetsViewSet(ApiViewSet):
    """Finds the dataset that a path or a body names, and has what an action declares paid for."""

    dataset_in_path = "dataset"
    payment: Payment | None = None

    def readable(self, named: str | None = None) -> Dataset:
        """Return the dataset in the path, or that the body names, if the caller may read it."""
        dataset = find_dataset(named or self.kwargs[self.dataset_in_path])
        ensure_readable(dataset, anybody(self.request))
        return dataset

    def writable(self) -> Dataset:
        """Return the dataset in the path, if it is the caller's own."""
        dataset = find_dataset(self.kwargs[self.dataset_in_path])
        ensure_writable(dataset, anybody(self.request))
        return dataset

    @contextmanager
    def requires_credits(
        self, *operations: str, resource_id: str | None = None, dataset_id: uuid.UUID | None = None
    ) -> Iterator[None]:
        """Have the caller pay for what the block does, at the prices in force; the answer then bears the receipt.

        It stands after the checks that come before 402: who may, is it there, is the input right. A repeat under an
        Idempotency-Key pays once.
        """
        self.insist_on(*operations, replayed=False)
        if self.payment:
            raise RuntimeError(f"{type(self).__name__}.{self.action} is paid for already: name all operations at once.")
        with paid_answer(
            payer=payer_of(self.caller),
            operation_id=operation_id_of(self.request),
            operations=operations,
            resource_id=resource_id,
            dataset_id=dataset_id,
        ) as payment:
            yield
        self.payment = payment

    def payer_for(self, operation: str) -> Payer:
        """Return who pays for what is made in steps that a crash may separate: intent, money, work."""
        self.insist_on(operation, replayed=True)
        return payer_of(self.caller)

    def insist_on(self, *operations: str, replayed: bool) -> None:
        """Refuse before any work to charge otherwise than declared."""
        declared, name = self.declared, f"{type(self).__name__}.{self.action}"
        if undeclared := set(operations) - set(declared.charges):
            raise RuntimeError(f"{name} would charge {', '.join(sorted(undeclared))}, which it does not declare.")
        if declared.replayed != replayed:
            raise RuntimeError(f"{name} must be declared replayed={replayed}: only what makes a thing is replayed.")

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        """Put the receipt on what was paid for, and write it down for the client: as soon as it is, it counts as out.

        What breaks off before, whatever it is, gives the charge back before its caller hears of it.
        """
        payment = self.payment
        if payment and not response.exception:
            for name, value in payment.receipt.headers().items():
                response.headers[name] = value
        finished = super().finalize_response(request, response, *args, **kwargs)
        if payment and response.exception:
            undo(payment)
        elif payment:
            with undone_if_it_fails(payment):
                finished.render()
                payment.delivered()
        return finished


@contextmanager
def undone_if_it_fails(payment: Payment) -> Iterator[None]:
    """Give a payment back if the block raises."""
    try:
        yield
    except Exception:
        undo(payment)
        raise


def undo(payment: Payment) -> None:
    """Give a payment back; where that fails too, reconcile does, and the caller is told what went wrong first."""
    try:
        payment.undo()
    except (DatabaseError, InterfaceError, PoolTimeout):
        logger.warning("A database is away: a charge for an answer that broke off is left to reconcile.")
