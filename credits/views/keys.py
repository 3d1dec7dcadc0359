"""API keys over HTTP."""

from drf_spectacular.utils import extend_schema
from rest_framework import status, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from authbridge.shared.callers import caller_of
from authbridge.shared.operations import operation_id_of
from credits import services
from credits.models import ApiKeyCredits
from credits.permissions import IsSession
from credits.selectors import find_key, keys_of
from credits.serializers import (
    ApiKeySerializer,
    ChangeApiKeySerializer,
    CreateApiKeySerializer,
    NewApiKeySerializer,
)


class ApiKeyViewSet(viewsets.GenericViewSet[ApiKeyCredits]):
    """A person's API keys; sessions only. Anybody else's key is not found."""

    queryset = ApiKeyCredits.objects.none()
    serializer_class = ApiKeySerializer
    permission_classes = [IsAuthenticated, IsSession]
    plural = "api_keys"
    lookup_field = "id"
    lookup_value_regex = "[^/]+"

    def look_up(self) -> None:
        """Raise what the path deserves if it names no key of this caller's."""
        find_key(caller_of(self.request).user_id, self.kwargs["id"])

    def list(self, request: Request) -> Response:
        """The caller's keys, newest first, revoked ones too."""
        keys = self.paginate_queryset(keys_of(caller_of(request).user_id))
        return self.get_paginated_response(ApiKeySerializer(keys, many=True).data)

    @extend_schema(request=CreateApiKeySerializer, responses={201: NewApiKeySerializer})
    def create(self, request: Request) -> Response:
        """Make a key; `key` is its secret and is shown here only."""
        body = CreateApiKeySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        key, secret = services.create_api_key(
            operation_id=operation_id_of(request), user_id=caller_of(request).user_id, **body.validated_data
        )
        return Response({**ApiKeySerializer(key).data, "key": secret}, status=status.HTTP_201_CREATED)

    def retrieve(self, request: Request, id: str) -> Response:
        """One key."""
        return Response(ApiKeySerializer(find_key(caller_of(request).user_id, id)).data)

    @extend_schema(request=ChangeApiKeySerializer)
    def partial_update(self, request: Request, id: str) -> Response:
        """Change a key; `credits` moves the difference from or to your balance."""
        key = find_key(caller_of(request).user_id, id)
        body = ChangeApiKeySerializer(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        changed = services.change_api_key(user_id=key.user_id, key_id=key.id, changes=body.validated_data)
        return Response(ApiKeySerializer(changed).data)

    @extend_schema(request=None, responses={200: NewApiKeySerializer})
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, id: str) -> Response:
        """Give a key a new secret, shown here only; the old one ends at once. Id, pool and limits stay."""
        key, secret = services.rotate_api_key(user_id=caller_of(request).user_id, key_id=id)
        return Response({**ApiKeySerializer(key).data, "key": secret})

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, id: str) -> Response:
        """Revoke a key at once. Its row stays; its pool goes back to your balance."""
        services.revoke_api_key(user_id=caller_of(request).user_id, key_id=find_key(caller_of(request).user_id, id).id)
        return Response(status=status.HTTP_204_NO_CONTENT)
