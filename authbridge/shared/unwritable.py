"""What cannot be written though nothing is wrong with it: there is no room, or nothing may be changed at the moment."""

import errno

from psycopg.errors import DiskFull, ReadOnlySqlTransaction

FULL = (errno.ENOSPC, errno.EDQUOT)


def has_no_room(error: BaseException) -> bool:
    """Tell whether a disk was full, ours or that of a database server."""
    is_ours = any(isinstance(each, OSError) and each.errno in FULL for each in (error, error.__cause__))
    return is_ours or isinstance(error.__cause__, DiskFull) or said_by_sqlite(error, "SQLITE_FULL")


def takes_no_changes(error: BaseException) -> bool:
    """Tell whether a change was refused because the database, or the disk, can only be read."""
    is_ours = isinstance(error, OSError) and error.errno == errno.EROFS
    return is_ours or isinstance(error.__cause__, ReadOnlySqlTransaction) or said_by_sqlite(error, "SQLITE_READONLY")


def said_by_sqlite(error: BaseException, name: str) -> bool:
    """Tell whether Django raised this for such a code of SQLite's, or one of its finer ones."""
    return getattr(error.__cause__, "sqlite_errorname", "").startswith(name)
