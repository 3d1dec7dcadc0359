"""What the Next.js site tells about a user's credits, over HTTP."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from authbridge.authentication import ServiceSecretAuthentication
from credits import services
from credits.models import CreditTransaction
from credits.permissions import IsService
from credits.receipts import Receipt
from credits.serializers import (
    AddCreditsSerializer,
    DeductCreditsSerializer,
    RefundCreditsSerializer,
    SubscriptionRenewalSerializer,
    TransactionSerializer,
)

# The site's keys have a namespace of their own, so that none of them is one that this service makes.
KEY_PREFIX = "site:"


class ServiceCallViewSet(viewsets.GenericViewSet[CreditTransaction]):
    """Calls that bear the shared secret; each is done once under the key in its body, for ever."""

    queryset = CreditTransaction.objects.none()
    serializer_class = TransactionSerializer
    authentication_classes = [ServiceSecretAuthentication]
    permission_classes = [IsService]

    @extend_schema(operation_id="add_credits", request=AddCreditsSerializer, responses={200: TransactionSerializer})
    @action(detail=False, methods=["post"])
    def add(self, request: Request) -> Response:
        """Service call: a purchase or a bonus."""
        return answer(do(request, AddCreditsSerializer, services.add_credits))

    @extend_schema(
        operation_id="renew_subscription",
        request=SubscriptionRenewalSerializer,
        responses={200: TransactionSerializer},
    )
    @action(detail=False, methods=["post"], url_path="subscription-renewal")
    def subscription_renewal(self, request: Request) -> Response:
        """Service call: a paid period begins. Credits up to the plan's limit are kept, and new ones come."""
        return answer(do(request, SubscriptionRenewalSerializer, services.renew_subscription))

    @extend_schema(
        operation_id="deduct_credits", request=DeductCreditsSerializer, responses={200: TransactionSerializer}
    )
    @action(detail=False, methods=["post"])
    def deduct(self, request: Request) -> Response:
        """Service call: charge a user for something the site did."""
        entry = do(request, DeductCreditsSerializer, services.deduct_credits)
        receipt = Receipt(charged=-entry.amount, remaining=entry.balance_after, transaction_ids=(entry.id,))
        return answer(entry, receipt.headers())

    @extend_schema(
        operation_id="refund_credits", request=RefundCreditsSerializer, responses={200: TransactionSerializer}
    )
    @action(detail=False, methods=["post"])
    def refund(self, request: Request) -> Response:
        """Service call: give a charge back, in part or what remains of it; never more than it took."""
        return answer(do(request, RefundCreditsSerializer, services.refund_credits))


def do(request: Request, body_class: Any, service: Callable[..., CreditTransaction]) -> CreditTransaction:
    """Check the body and call the service with it."""
    body = body_class(data=request.data)
    body.is_valid(raise_exception=True)
    fields = body.validated_data
    return service(**{**fields, "idempotency_key": KEY_PREFIX + fields["idempotency_key"]})


def answer(entry: CreditTransaction, headers: dict[str, str] | None = None) -> Response:
    """Answer with the bare transaction."""
    return Response(TransactionSerializer(entry).data, headers=headers)
