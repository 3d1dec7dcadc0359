"""Who am I?"""

from rest_framework.request import Request
from rest_framework.response import Response

from authbridge.serializers import SessionSerializer
from authbridge.shared.views import ApiViewSet, action


class AuthViewSet(ApiViewSet):
    """The caller, as this service recognised them."""

    @action(detail=False, scope=None, answer=SessionSerializer)
    def session(self, request: Request) -> Response:
        """The user, how they were recognised, and until when."""
        return Response(SessionSerializer(request.user).data)
