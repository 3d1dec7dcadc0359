"""The audit trail: what people and operators did by hand, noted in the transaction of what they did.

Calls of the site are traffic, and the ledger's rows name them; neither they nor anything else that happens by itself is
noted here.
"""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from authbridge.shared.acting import acting, current_actor, operator
from authbridge.shared.ids import new_id
from credits.models import AuditAction, AuditEntry
from credits.prices import price_list
from credits.selectors.audit import failed_sign_ins_since

# Strangers cause these, so they are bounded; too many from one address are answered 429 anyway.
FAILURES_NOTED_AN_HOUR = 60
Subject = tuple[str, object]


def note_act(
    action: AuditAction,
    *,
    subject: Subject | None = None,
    user_id: uuid.UUID | str | None = None,
    before: Any = None,
    after: Any = None,
    id: uuid.UUID | None = None,
    **details: Any,
) -> AuditEntry:
    """Note what the current actor did to `subject`, a kind and an id, of the user `user_id`.

    Called in a transaction of the user database it is noted if and only if that commits. What is None is left out.
    """
    actor = current_actor()
    type, subject_id = subject or ("", None)
    return AuditEntry.objects.create(
        id=id or new_id(),
        created_at=datetime.now(UTC),
        action=action,
        actor_type=actor.type,
        actor=actor.name,
        place=actor.place,
        subject_type=type,
        subject_id=None if subject_id is None else str(subject_id),
        user_id=user_id,
        before=as_json(before),
        after=as_json(after),
        details=as_json({name: value for name, value in details.items() if value is not None} or None),
    )


def as_json(value: Any) -> Any:
    """Return a value of which every part has a form in JSON; ids and times are texts there."""
    return json.loads(json.dumps(value, default=str))


def note_failed_sign_in() -> None:
    """Note that somebody did not get into the admin, as long as there are not too many of these.

    Nothing of what was typed is kept: people type passwords where names belong.
    """
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    noted = failed_sign_ins_since(hour_ago)
    if noted < FAILURES_NOTED_AN_HOUR:
        is_last = noted == FAILURES_NOTED_AN_HOUR - 1
        note_act(AuditAction.FAIL_SIGN_IN, more="Further ones are not noted for an hour." if is_last else None)


def note_prices() -> AuditEntry | None:
    """Note the prices with which this process starts, if they are others than those last noted.

    Of processes that start together one does: they would all make the same id.
    """
    last = last_prices()
    before, after = last.after if last else None, as_json(price_list())
    if before == after:
        return None
    id = uuid.uuid5(last.id if last else uuid.NAMESPACE_OID, json.dumps(after, sort_keys=True))
    try:
        with acting(lambda: operator("start")), transaction.atomic(using=settings.AUTH_DB):
            return note_act(AuditAction.CHANGE_PRICES, subject=("prices", None), before=before, after=after, id=id)
    except IntegrityError:
        return None


def last_prices() -> AuditEntry | None:
    """Return what was noted of prices last."""
    return AuditEntry.objects.filter(action=AuditAction.CHANGE_PRICES).first()
