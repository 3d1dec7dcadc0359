"""Django's PostgreSQL backend with a breaker: nobody waits for a database that has just failed somebody else."""

from psycopg.errors import ReadOnlySqlTransaction


def takes_no_changes(error: BaseException) -> bool:
    """Tell whether Django was refused a change because the database can only be read."""
    return isinstance(error.__cause__, ReadOnlySqlTransaction)
