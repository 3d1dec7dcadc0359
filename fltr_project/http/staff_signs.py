"""Who of the staff signed in, signed out or failed to, for the audit trail.

While the user database is away staff still get in, to see what is wrong: then the log alone has it.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import Error
from django.dispatch import receiver

from authbridge.shared.acting import ActorType, current_actor
from credits.services import AuditAction, note_act, note_failed_sign_in

logger = logging.getLogger(__name__)


@receiver(user_logged_in)
def note_sign_in(sender: Any, user: Any, **_: Any) -> None:
    """Note that somebody came in."""
    note(lambda: note_act(AuditAction.SIGN_IN, subject=("staff", user.pk)))


@receiver(user_logged_out)
def note_sign_out(sender: Any, user: Any, **_: Any) -> None:
    """Note that somebody went, unless they had gone already."""
    if user is not None:
        note(lambda: note_act(AuditAction.SIGN_OUT, subject=("staff", user.pk)))


@receiver(user_login_failed)
def note_refused_sign_in(sender: Any, **_: Any) -> None:
    """Note that somebody was not let in, and nothing of what they typed."""
    note(note_failed_sign_in)


def note(act: Callable[[], Any]) -> None:
    """Note what came in a request; a program that lets somebody in by itself is no sign-in."""
    if current_actor().type is ActorType.OPERATOR:
        return
    try:
        act()
    except Error as error:
        logger.error("A sign-in to the admin, or its end, could not be noted in the audit trail: %s", error)
