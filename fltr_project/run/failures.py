"""What can be expected to go wrong while an instance is set up, in words that say what to do."""

import errno

from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseError

from authbridge.shared.errors import DatabaseNotReady
from datasets.errors import VectorStoreError

ADVICE = {
    errno.EACCES: "Make it writable for this user, or set DATA_DIR to a folder that is.",
    errno.EPERM: "Make it writable for this user, or set DATA_DIR to a folder that is.",
    errno.ENOENT: "Set DATA_DIR to a folder that can be made.",
    errno.EROFS: "Set DATA_DIR to a folder on a disk that can be written.",
    errno.ENOSPC: "Free some space, or set DATA_DIR to a folder on another disk.",
    errno.EDQUOT: "Free some space, or set DATA_DIR to a folder on another disk.",
    errno.ENOTDIR: "Set DATA_DIR to a folder, not to a file.",
    errno.EEXIST: "Set DATA_DIR to a folder, not to a file.",
}
ENGINE_ADVICE = (
    "Its log is vectors/engine.log in DATA_DIR. Free some disk space, or set VECTOR_STORE_URI to a Milvus server."
)


class SetupFailed(Exception):
    """A step of setting up cannot be done; the message says why and what to do."""


def explain(error: Exception) -> str | None:
    """Return what a person can do about an expected failure; None for one that needs its traceback."""
    if isinstance(error, SetupFailed | DatabaseNotReady | ImproperlyConfigured):
        return str(error)
    if isinstance(error, VectorStoreError):
        return f"{error} {ENGINE_ADVICE}"
    if isinstance(error, OSError) and error.errno in ADVICE:
        return f"{error.strerror}: {error.filename or 'a file in DATA_DIR'}. {ADVICE[error.errno]}"
    if isinstance(error, DatabaseError):
        return f"The database refused: {str(error).splitlines()[0]}"
    return None
