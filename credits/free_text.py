"""The free text of a ledger row is its metadata: reasons, names, whatever the site sent. All else is codes and ids.

It can be erased for a person who leaves. Its digest takes its place, so whoever hashes a row hashes `digest_of_text`
where the text stands, and finds the same before and after. The database lets nothing else through: triggers/.
"""

import hashlib
import json
import re
from typing import Any

ERASED = re.compile(r'\{"erased": "([0-9a-f]{64})"\}')


def digest_of_text(text: str | None) -> str | None:
    """Return the SHA-256 in hex of a row's text, also once it is erased; None where there never was any.

    The text is the metadata as the database writes it, which is the same for everybody: `CAST(metadata AS text)`.
    """
    if text is None:
        return None
    erased = ERASED.fullmatch(text)
    return erased[1] if erased else hashlib.sha256(text.encode()).hexdigest()


def is_erased(metadata: Any) -> bool:
    """Tell whether a row's text was erased, given the text or what it says."""
    text = metadata if isinstance(metadata, str) else json.dumps(metadata)
    return ERASED.fullmatch(text) is not None


def erased_form(text: str) -> str:
    """Return what takes the place of a row's text, letter by letter."""
    return json.dumps({"erased": digest_of_text(text)})
