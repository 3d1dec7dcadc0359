"""What a call cost, as the headers of its answer tell it."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Receipt:
    """One or several charges of one call; `remaining` is of the account that paid."""

    charged: int
    remaining: int | None = None
    transaction_ids: tuple[uuid.UUID, ...] = ()
    warning: str | None = None

    def headers(self) -> dict[str, str]:
        """Return the contract's headers."""
        headers = {"X-Credits-Charged": str(self.charged)}
        if self.remaining is not None:
            headers["X-Credits-Remaining"] = str(self.remaining)
        if self.transaction_ids:
            headers["X-Credit-Transaction"] = ", ".join(map(str, self.transaction_ids))
        if self.warning:
            headers["X-Credits-Warning"] = self.warning
        return headers


def combine(receipts: Iterable[Receipt]) -> Receipt:
    """Add the receipts of one call up, in the order they were paid."""
    parts = list(receipts)
    return Receipt(
        charged=sum(part.charged for part in parts),
        remaining=next((part.remaining for part in reversed(parts) if part.remaining is not None), None),
        transaction_ids=tuple(id for part in parts for id in part.transaction_ids),
        warning=next((part.warning for part in parts if part.warning), None),
    )
