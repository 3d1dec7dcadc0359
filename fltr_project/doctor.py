"""The doctor: every room's examinations in the order in which a person would look, each allowed to fail alone."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache

from authbridge.databases.doctor import clocks, columns, history, homes, indexes, people, poolers, reach, rights, urls
from authbridge.databases.doctor.catalog import Table
from authbridge.shared.errors import first_line
from authbridge.shared.findings import Finding, Level, green, red, yellow
from credits.doctor import examine_ledger
from datasets.doctor import examine_datasets, examine_storage, examine_vector_store

CACHE_PROBE = "doctor"
# What is seen in the databases alone, whatever is in them.
ABOUT_DATABASES = (
    "Pooler",
    "Tables",
    "Rights",
    "Migrations",
    "Drizzle",
    "Columns",
    "Indexes and constraints",
    "Time",
    "Credits",
)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page."""

    title: str
    findings: list[Finding]


def examine() -> Iterator[Section]:
    """Examine everything; what cannot be reached is red, and what depends on it is left out."""
    findings, catalogs = reach.examine_databases()
    astray = list(urls.examine_urls(catalogs))
    yield Section("Databases", findings + astray)
    if astray:
        # All else would be said, and advised, of the wrong databases.
        return
    for name, ask in parts(catalogs).items():
        if findings := attempt(name, ask):
            yield Section(name, findings)


def examine_those(databases: Collection[str]) -> list[Finding]:
    """Examine some databases by themselves, with what is in them and nothing else."""
    found, catalogs = reach.examine_databases(databases)
    if astray := list(urls.examine_urls(catalogs)):
        return found + astray
    asked = parts(catalogs)
    return [*found, *(finding for name in ABOUT_DATABASES for finding in attempt(name, asked[name]))]


def parts(catalogs: Mapping[str, Mapping[str, Table]]) -> dict[str, Callable[[], Iterable[Finding]]]:
    """Return the examinations by the heading they stand under."""
    auth, fltr = catalogs.get(settings.AUTH_DB, {}), catalogs.get("default", {})

    def each(look: Callable[[str, Mapping[str, Table]], Iterable[Finding]]) -> Callable[[], Iterable[Finding]]:
        return lambda: [finding for alias, tables in catalogs.items() for finding in look(alias, tables)]

    def owners() -> Iterable[Finding]:
        # Whose datasets they are can only be said where both can be asked.
        return examine_datasets(fltr) if "users" in auth else []

    return {
        "Pooler": each(poolers.examine_pooler),
        "Tables": lambda: homes.examine_homes(catalogs),
        "Rights": each(rights.examine_rights),
        "Migrations": each(history.examine_migrations),
        "Drizzle": each(history.examine_drizzle),
        "Columns": each(columns.examine_columns),
        "Indexes and constraints": each(indexes.examine_indexes),
        "Time": each(clocks.examine_clock),
        "People": lambda: people.examine_people(auth),
        "Credits": lambda: examine_ledger(auth),
        "Datasets": owners,
        "Vector store": examine_vector_store,
        "Storage": examine_storage,
        "Settings": examine_settings,
    }


def attempt(name: str, ask: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """Examine one part; whatever goes wrong with that is a finding, too."""
    found: list[Finding] = []
    try:
        found.extend(ask())
    except Exception as error:
        advice = "If nothing above explains it, this is a bug of the doctor: please report it with this line."
        found.append(red("doctor", f"{name}: {type(error).__name__}: {first_line(error)}.", advice))
    return found


def examine_settings() -> Iterator[Finding]:
    """Look at what all processes share, and at what some credential or other cannot do without."""
    yield examine_cache()
    for name, without in {
        "BETTER_AUTH_SECRET": "no cookie and no signed token can be verified",
        "INTERNAL_WEBHOOK_SECRET": "the site's calls (credits/add and its like) are refused",
    }.items():
        if not getattr(settings, name):
            yield yellow("settings", f"{name} is not set: {without}.", f"Set {name} as .env.example says.")
    origins = ", ".join(settings.TRUSTED_ORIGINS) or "none, so no page of the site can call with its cookie"
    yield green("settings", f"Trusted origins: {origins}.")
    limit = f"{settings.MAX_STORAGE_GB} GB" if settings.MAX_STORAGE_GB else "not limited (MAX_STORAGE_GB)"
    yield green("settings", f"All files of one account together: {limit}.")
    guesses = "counted" if settings.AUTH_FAILURE_LIMIT else "not counted, so anybody may go on guessing"
    yield green("settings", f"Bad credentials are {guesses} (AUTH_FAILURE_LIMIT).")
    yield green("settings", f"DEBUG is {'on, as for development' if settings.DEBUG else 'off'}.")


def examine_cache() -> Finding:
    """Ask Redis, if calls are counted there."""
    if settings.REDIS_URL:
        try:
            cache.set(CACHE_PROBE, 1, 10)
            is_there = cache.get(CACHE_PROBE) == 1
        except Exception:
            is_there = False
        if is_there:
            return green("redis", "Redis answers.")
        return red("redis", "Redis does not answer: calls are not counted.", "Check that it runs, and REDIS_URL.")
    if settings.WEB_WORKERS > 1:
        return yellow(
            "redis",
            f"{settings.WEB_WORKERS} web processes count calls each by itself, so limits are as many times too high.",
            "Set REDIS_URL.",
        )
    return green("redis", "Redis is not used: the one web process counts calls by itself.")


def count(sections: Iterable[Section], level: Level) -> int:
    """Count the findings of one level."""
    return sum(finding.level is level for section in sections for finding in section.findings)
