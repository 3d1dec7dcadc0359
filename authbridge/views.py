"""Who am I?"""

from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from authbridge.serializers import SessionSerializer


class AuthViewSet(viewsets.GenericViewSet):
    """The caller, as this service recognised them."""

    permission_classes = [IsAuthenticated]

    @extend_schema(responses=SessionSerializer)
    @action(detail=False)
    def session(self, request: Request) -> Response:
        """The user, how they were recognised, and until when."""
        return Response(SessionSerializer(request.user).data)
