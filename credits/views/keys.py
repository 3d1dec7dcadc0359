"""API keys over HTTP."""

from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from authbridge.shared.operations import operation_id_of
from authbridge.shared.views import ApiViewSet, session_action
from credits import services
from credits.models import ApiKeyCredits
from credits.selectors import find_key, keys_of
from credits.serializers import ApiKeySerializer, ChangeApiKeySerializer, CreateApiKeySerializer, NewApiKeySerializer


class ApiKeyViewSet(ApiViewSet):
    """A person's API keys; sessions only. Anybody else's key is not found."""

    model = ApiKeyCredits
    plural = "api_keys"
    lookup_field = "id"

    def look_up(self) -> ApiKeyCredits:
        """Return the key in the path, if it is this caller's."""
        return find_key(self.caller.user_id, self.kwargs["id"])

    @session_action(answer=ApiKeySerializer(many=True))
    def list(self, request: Request) -> Response:
        """The caller's keys, newest first, revoked ones too."""
        return self.page(keys_of(self.caller.user_id), ApiKeySerializer)

    @session_action(body=CreateApiKeySerializer, answer=NewApiKeySerializer, status=201, failures=[402, 404])
    def create(self, request: Request) -> Response:
        """Make a key; `key` is its secret and is shown here only."""
        key, secret = services.create_api_key(
            operation_id=operation_id_of(request), user_id=self.caller.user_id, **self.read(CreateApiKeySerializer)
        )
        return Response({**ApiKeySerializer(key).data, "key": secret}, status=status.HTTP_201_CREATED)

    @session_action(answer=ApiKeySerializer)
    def retrieve(self, request: Request, id: str) -> Response:
        """One key."""
        return Response(ApiKeySerializer(self.look_up()).data)

    @session_action(body=ChangeApiKeySerializer, answer=ApiKeySerializer, failures=[402, 409])
    def partial_update(self, request: Request, id: str) -> Response:
        """Change a key; `credits` moves the difference from or to your balance."""
        key = self.look_up()
        changes = self.read(ChangeApiKeySerializer, partial=True)
        changed = services.change_api_key(user_id=key.user_id, key_id=key.id, changes=changes)
        return Response(ApiKeySerializer(changed).data)

    @session_action(detail=True, methods=["post"], answer=NewApiKeySerializer)
    def rotate(self, request: Request, id: str) -> Response:
        """Give a key a new secret, shown here only; the old one ends at once. Id, pool and limits stay."""
        key, secret = services.rotate_api_key(user_id=self.caller.user_id, key_id=self.look_up().id)
        return Response({**ApiKeySerializer(key).data, "key": secret})

    @session_action(status=204)
    def destroy(self, request: Request, id: str) -> Response:
        """Revoke a key at once. Its row stays; its pool goes back to your balance."""
        services.revoke_api_key(user_id=self.caller.user_id, key_id=self.look_up().id)
        return Response(status=status.HTTP_204_NO_CONTENT)
