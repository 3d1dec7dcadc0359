"""API clients that call as somebody."""

from django.conf import settings
from rest_framework.test import APIClient

from authbridge.models import User
from tests.support.people import make_session


def client_with_token(credential: str) -> APIClient:
    """Call with a session token or an API key."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {credential}")
    return client


def client_for(user: User) -> APIClient:
    """Sign a user in and call as them."""
    return client_with_token(make_session(user).token)


def client_of_service() -> APIClient:
    """Call as the site does, with the shared secret."""
    client = APIClient()
    client.credentials(HTTP_X_WEBHOOK_SECRET=settings.INTERNAL_WEBHOOK_SECRET)
    return client
