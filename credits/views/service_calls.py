"""What the Next.js site tells about a user's credits, over HTTP."""

from collections.abc import Callable
from functools import partial

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from authbridge.authentication import ServiceSecretAuthentication
from authbridge.shared.actions import Callers
from authbridge.shared.views import ApiViewSet, action
from credits import services
from credits.models import CreditTransaction, TransactionType
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

service_call = partial(
    action,
    detail=False,
    methods=["post"],
    scope=None,
    by=Callers.SERVICE,
    counts=False,
    answer=TransactionSerializer,
    failures=[404, 409],
)


class ServiceCallViewSet(ApiViewSet):
    """Calls that bear the shared secret; each is done once under the key in its body, for ever."""

    authentication_classes = [ServiceSecretAuthentication]

    @service_call(operation_id="add_credits", body=AddCreditsSerializer)
    def add(self, request: Request) -> Response:
        """Service call: a purchase or a bonus."""
        return self.do(AddCreditsSerializer, services.add_credits)

    @service_call(
        operation_id="renew_subscription", url_path="subscription-renewal", body=SubscriptionRenewalSerializer
    )
    def subscription_renewal(self, request: Request) -> Response:
        """Service call: a paid period begins. Credits up to the plan's limit are kept, and new ones come."""
        return self.do(SubscriptionRenewalSerializer, services.renew_subscription)

    @service_call(operation_id="deduct_credits", body=DeductCreditsSerializer, failures=[402, 404, 409])
    def deduct(self, request: Request) -> Response:
        """Service call: charge a user for something the site did."""
        return self.do(DeductCreditsSerializer, services.deduct_credits)

    @service_call(operation_id="refund_credits", body=RefundCreditsSerializer)
    def refund(self, request: Request) -> Response:
        """Service call: give a charge back, in part or what remains of it; never more than it took."""
        return self.do(RefundCreditsSerializer, services.refund_credits)

    def do(self, body: type[Serializer], service: Callable[..., CreditTransaction]) -> Response:
        """Call the service with the body and answer with the bare transaction; a charge bears its receipt."""
        fields = self.read(body)
        entry = service(**{**fields, "idempotency_key": KEY_PREFIX + fields["idempotency_key"]})
        receipt = Receipt(charged=-entry.amount, remaining=entry.balance_after, transaction_ids=(entry.id,))
        headers = receipt.headers() if entry.type == TransactionType.USAGE else None
        return Response(TransactionSerializer(entry).data, headers=headers)
