"""The credits API: translate requests, call services, shape answers."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from authbridge.authentication import ServiceSecretAuthentication
from authbridge.selectors import parse_uuid
from credits import services
from credits.accounts import Account
from credits.errors import ApiKeyNotFound
from credits.models import ApiKeyCredits, CreditTransaction
from credits.permissions import HasScope, IsService, IsSession
from credits.prices import price_list
from credits.selectors import entries_of, key_balance, keys_of, usage_summary
from credits.serializers import (
    AddCreditsSerializer,
    ApiKeySerializer,
    BalanceSerializer,
    CreateApiKeySerializer,
    DeductCreditsSerializer,
    NewApiKeySerializer,
    PricingSerializer,
    TransactionFilterSerializer,
    TransactionSerializer,
    UsageQuerySerializer,
    UsageSummarySerializer,
)

SERVICE_CALL: dict[str, Any] = {
    "detail": False,
    "methods": ["post"],
    "authentication_classes": [ServiceSecretAuthentication],
    "permission_classes": [IsService],
}


class CreditsViewSet(viewsets.GenericViewSet[CreditTransaction]):
    """Balance, ledger, use and prices of the caller; and the site's service calls."""

    queryset = CreditTransaction.objects.none()
    serializer_class = TransactionSerializer
    permission_classes = [IsAuthenticated, HasScope]
    required_scopes = {"balance": "credits:read", "transactions": "credits:read", "usage_summary": "credits:read"}
    plural = "transactions"

    def account(self) -> Account:
        """The account the caller sees: a session its user's own, a key the one it pays from."""
        return services.payer_of(self.request.user).account

    @extend_schema(responses=BalanceSerializer)
    @action(detail=False)
    def balance(self, request: Request) -> Response:
        """The user's credits; with an API key, also what it has and has used."""
        user, key = request.user.user, request.user.key
        body = BalanceSerializer(user).data
        if key:
            body["api_key"] = key_balance(key)
        return Response(body)

    @extend_schema(parameters=[TransactionFilterSerializer], responses=TransactionSerializer(many=True))
    @action(detail=False)
    def transactions(self, request: Request) -> Response:
        """The account's ledger rows, newest first."""
        query = TransactionFilterSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        rows = self.paginate_queryset(entries_of(self.account(), **query.validated_data))
        return self.get_paginated_response(TransactionSerializer(rows, many=True).data)

    @extend_schema(parameters=[UsageQuerySerializer], responses=UsageSummarySerializer)
    @action(detail=False, url_path="usage-summary")
    def usage_summary(self, request: Request) -> Response:
        """Credits spent, net of refunds, by operation and by day."""
        query = UsageQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        return Response(usage_summary(self.account(), **query.validated_data))

    @extend_schema(responses=PricingSerializer)
    @action(detail=False, permission_classes=[AllowAny])
    def pricing(self, request: Request) -> Response:
        """All prices in force."""
        return Response(price_list())

    @extend_schema(request=AddCreditsSerializer, responses={200: TransactionSerializer})
    @action(**SERVICE_CALL)
    def add(self, request: Request) -> Response:
        """Service call: a purchase or a bonus."""
        return self.service_call(AddCreditsSerializer, services.add_credits)

    @extend_schema(request=DeductCreditsSerializer, responses={200: TransactionSerializer})
    @action(**SERVICE_CALL)
    def deduct(self, request: Request) -> Response:
        """Service call: charge a user for something the site did."""
        return self.service_call(DeductCreditsSerializer, services.deduct_credits)

    def service_call(self, body_class: Any, service: Any) -> Response:
        """Check the body, call the service with it, answer with the bare transaction."""
        body = body_class(data=self.request.data)
        body.is_valid(raise_exception=True)
        return Response(TransactionSerializer(service(**body.validated_data)).data)


class ApiKeyViewSet(viewsets.GenericViewSet[ApiKeyCredits]):
    """A person's API keys; sessions only."""

    queryset = ApiKeyCredits.objects.none()
    serializer_class = ApiKeySerializer
    permission_classes = [IsAuthenticated, IsSession]
    plural = "api_keys"
    lookup_field = "id"
    lookup_value_regex = "[^/]+"

    def get_object(self) -> ApiKeyCredits:
        """Return the caller's key; anybody else's is not found."""
        key_id = parse_uuid(self.kwargs["id"])
        key = keys_of(self.request.user.user_id).filter(id=key_id).first() if key_id else None
        if key is None:
            raise ApiKeyNotFound
        return key

    def list(self, request: Request) -> Response:
        """The caller's keys, newest first, revoked ones too."""
        keys = self.paginate_queryset(keys_of(request.user.user_id))
        return self.get_paginated_response(ApiKeySerializer(keys, many=True).data)

    @extend_schema(request=CreateApiKeySerializer, responses={201: NewApiKeySerializer})
    def create(self, request: Request) -> Response:
        """Make a key; `key` is its secret and is shown here only."""
        body = CreateApiKeySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        key, secret = services.create_api_key(user_id=request.user.user_id, **body.validated_data)
        return Response({**ApiKeySerializer(key).data, "key": secret}, status=status.HTTP_201_CREATED)

    def retrieve(self, request: Request, id: str) -> Response:
        """One key."""
        return Response(ApiKeySerializer(self.get_object()).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, id: str) -> Response:
        """Revoke a key at once; its row stays."""
        services.revoke_api_key(user_id=request.user.user_id, key_id=self.get_object().id)
        return Response(status=status.HTTP_204_NO_CONTENT)
