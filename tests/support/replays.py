"""What a crash leaves of requests under an Idempotency-Key."""

from datetime import timedelta

from django.utils import timezone

from fltr_project.models import IdempotentRequest


def lose_answers() -> None:
    """Have every request under a key done its work and died before its answer was kept, some time ago."""
    IdempotentRequest.objects.update(
        status=None, body=None, headers={}, running_until=timezone.now() - timedelta(seconds=1)
    )
