"""Background work besides jobs, one list: every minute or by night, in whichever worker comes first."""

from django.contrib.sessions.models import Session
from django.utils import timezone

from authbridge.selectors import has_users
from credits.services import NOBODY_STAYS, does_nobody_stay, forget_people_who_left, verify
from datasets.services.crossing import verify_crossing
from datasets.services.dataset_status import mend_counts
from datasets.services.jobs import forget_ended
from datasets.services.orphans import NOBODY_LEFT, delete_long_missed, find_orphans
from datasets.services.rebuilding import look_at_all, mend_index
from datasets.services.reconcile import reconcile
from datasets.services.worker import Alarm, Chore
from fltr_project.http.idempotency import forget_old


def delete_orphans() -> int:
    """Delete the datasets of users who are gone; return how many."""
    found, nobody_left = find_orphans() if has_users() else ([], False)
    if nobody_left:
        raise Alarm(NOBODY_LEFT)
    return delete_long_missed(found)


def erase_text() -> int:
    """Erase what was written about people who left; return of how many rows of the ledger."""
    if not has_users():
        return 0
    if does_nobody_stay():
        raise Alarm(NOBODY_STAYS)
    return forget_people_who_left()


def prove_the_ledger() -> int:
    """Prove that the ledger explains every balance; return how many rows it has."""
    found = verify()
    if wrong := found.problems:
        raise Alarm(f"The ledger disagrees in {len(wrong)} places: run manage.py verify_ledger. {wrong[0].message}")
    return found.rows


def forget_sessions() -> int:
    """Drop sessions of staff, and of people who signed in at our own pages, that have expired; return how many."""
    return Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]


def prove_the_crossing() -> int:
    """Prove that what is there is paid for, and what was paid for there; return how many charges were looked at."""
    found = verify_crossing()
    if wrong := found.differences:
        raise Alarm(
            f"Charges and documents disagree in {len(wrong)} places: run manage.py verify_crossing. {wrong[0].message}"
        )
    return found.charges


def look_at_the_index() -> int:
    """Look at the index of every dataset; return how many are whole. What is not is mended within minutes."""
    looked_at, lacking = look_at_all()
    if lacking:
        raise Alarm(f"Of {lacking} datasets vectors are missing; they are being rebuilt. See manage.py doctor.")
    return looked_at


CHORES = (
    Chore("reconcile", reconcile, "Reconciled: %s."),
    Chore("missing vectors", mend_index, "Missing vectors: queued %s documents to be rebuilt."),
    Chore("old requests", forget_old, "Forgot %s answers that were kept for repeats.", nightly=True),
    Chore("ended jobs", forget_ended, "Forgot %s jobs that ended long ago.", nightly=True),
    Chore("expired sessions", forget_sessions, "Forgot %s sessions that had expired.", nightly=True),
    Chore("orphans", delete_orphans, "Deleted %s datasets of users who are gone.", nightly=True),
    Chore("text of people who left", erase_text, "Erased the text of %s rows of people who left.", nightly=True),
    Chore("counts of documents", mend_counts, "Counted the documents of %s datasets anew.", nightly=True),
    Chore("look at the index", look_at_the_index, "The index of %s datasets is whole.", nightly=True),
    Chore("proof of the ledger", prove_the_ledger, "The ledger explains every balance: %s rows.", nightly=True),
    Chore("proof of the crossing", prove_the_crossing, "Charges and documents agree: %s charges.", nightly=True),
)
