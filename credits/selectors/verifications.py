"""When the ledger was last found right."""

from credits.models import LedgerVerification


def last_verification() -> LedgerVerification | None:
    """Return the last run of verify_ledger that found nothing wrong."""
    return LedgerVerification.objects.first()
