"""The manners of requests: how they are read, bounded, repeated, answered and described."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase


class Middleware:
    """What all middleware has in common: what comes after it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
