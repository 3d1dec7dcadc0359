"""Does each URL name the database that it should? If not, whatever else is seen there is seen in the wrong place."""

from collections.abc import Iterator, Mapping

from django.conf import settings

from authbridge.databases.doctor.catalog import Table
from authbridge.databases.doctor.reach import examine_identity
from authbridge.databases.naming import aliases
from authbridge.shared.findings import Finding, red

Catalogs = Mapping[str, Mapping[str, Table]]


def examine_urls(catalogs: Catalogs) -> Iterator[Finding]:
    """Find two URLs of one database, and those that name each other's."""
    if len(catalogs) < 2:
        return
    yield from examine_identity()
    yield from examine_order(catalogs)


def examine_order(catalogs: Catalogs) -> Iterator[Finding]:
    """Find the site's database under DATABASE_URL, while AUTH_DATABASE_URL names one without people."""
    fltr, auth = catalogs["default"], catalogs[settings.AUTH_DB]
    if len(aliases()) < 2 or not is_the_sites(fltr) or "users" in auth:
        return
    if "datasets" in fltr and "datasets" not in auth:
        yield red(
            "urls",
            "DATABASE_URL names a database that holds people and datasets, and AUTH_DATABASE_URL one without people.",
            "To keep all of it in one database, unset AUTH_DATABASE_URL. To have two, set AUTH_DATABASE_URL to what"
            " DATABASE_URL is now, and DATABASE_URL to a new database; docs/databases.md says how the datasets get"
            " there. Change nothing in the database itself.",
        )
    else:
        yield red(
            "urls",
            "The two URLs are swapped: DATABASE_URL names the site's database, and AUTH_DATABASE_URL does not.",
            "Set AUTH_DATABASE_URL to what DATABASE_URL is now, and DATABASE_URL to what AUTH_DATABASE_URL is now."
            " Change nothing in the databases themselves.",
        )


def is_the_sites(tables: Mapping[str, Table]) -> bool:
    """Tell whether these are Better Auth's tables, and not another program's that are called so."""
    users, sessions = tables.get("users", {}), tables.get("sessions", {})
    return "email_verified" in users and {"token", "user_id"} <= sessions.keys()
