"""Background work besides jobs, one list: every minute or by night, in whichever worker comes first."""

from authbridge.selectors import has_users
from credits.services import verify
from datasets.services.dataset_status import mend_counts
from datasets.services.orphans import NOBODY_LEFT, delete_long_missed, find_orphans
from datasets.services.rebuilding import forget_ended, look_at_all, mend_index
from datasets.services.reconcile import reconcile
from datasets.services.worker import Alarm, Chore
from fltr_project.http.idempotency import forget_old


def delete_orphans() -> int:
    """Delete the datasets of users who are gone; return how many."""
    found, nobody_left = find_orphans() if has_users() else ([], False)
    if nobody_left:
        raise Alarm(NOBODY_LEFT)
    return delete_long_missed(found)


def prove_the_ledger() -> int:
    """Prove that the ledger explains every balance; return how many rows it has."""
    found = verify()
    if wrong := found.problems:
        raise Alarm(f"The ledger disagrees in {len(wrong)} places: run manage.py verify_ledger. {wrong[0].message}")
    return found.rows


def look_at_the_index() -> int:
    """Look at the index of every dataset; return how many are whole. What is not is mended within minutes."""
    forget_ended()
    looked_at, lacking = look_at_all()
    if lacking:
        raise Alarm(f"Of {lacking} datasets vectors are missing; they are being rebuilt. See manage.py doctor.")
    return looked_at


CHORES = (
    Chore("reconcile", reconcile, "Reconciled: %s."),
    Chore("missing vectors", mend_index, "Missing vectors: queued %s documents to be rebuilt."),
    Chore("old requests", forget_old, "Forgot %s answers that were kept for repeats.", nightly=True),
    Chore("orphans", delete_orphans, "Deleted %s datasets of users who are gone.", nightly=True),
    Chore("counts of documents", mend_counts, "Counted the documents of %s datasets anew.", nightly=True),
    Chore("look at the index", look_at_the_index, "The index of %s datasets is whole.", nightly=True),
    Chore("proof of the ledger", prove_the_ledger, "The ledger explains every balance: %s rows.", nightly=True),
)
