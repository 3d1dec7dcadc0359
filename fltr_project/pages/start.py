"""The page at /: where to start."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Say what this is, and what to do first."""
    return render(request, "start.html", {"origin": request.build_absolute_uri("/").rstrip("/")})
