"""System checks of `check --deploy`: what works, and should be better where strangers can call."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register

LONG_ENOUGH = 32
SHARED_SECRETS = ("BETTER_AUTH_SECRET", "INTERNAL_WEBHOOK_SECRET")


@register(Tags.security, deploy=True)
def check_shared_secrets(**kwargs: Any) -> list[CheckMessage]:
    """Advise secrets as long as Better Auth itself wants them."""
    return [
        Warning(
            f"{name} has fewer than {LONG_ENOUGH} characters.",
            hint=f"Set {name}, here and in the site, to {LONG_ENOUGH} or more random characters.",
            id="fltr_project.W001",
        )
        for name in SHARED_SECRETS
        if 0 < len(getattr(settings, name)) < LONG_ENOUGH
    ]


@register(Tags.security, deploy=True)
def check_origins(**kwargs: Any) -> list[CheckMessage]:
    """Advise https for the site's pages: what is on the way of a page by http may call with the visitor's cookie."""
    bare = [origin for origin in settings.TRUSTED_ORIGINS if origin.startswith("http://")]
    if not bare:
        return []
    return [
        Warning(
            f"TRUSTED_ORIGINS has {', '.join(bare)}: pages that come by http can be changed on their way.",
            hint="Set TRUSTED_ORIGINS to origins that begin with https://.",
            id="fltr_project.W002",
        )
    ]
