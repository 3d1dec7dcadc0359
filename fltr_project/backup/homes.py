"""What is whose: the tables of each home that a backup takes, and the migrations that made them."""

from django.apps import apps
from django.conf import settings

from credits.services.restoring import TABLES as MONEY
from datasets.services.records import RECORDS
from fltr_project.backup.stores import Columns, Store
from fltr_project.reset.wish import USER_HOME, home_of

FLTR, FLTR_AUTH = "fltr", "fltr_auth"
ALIASES = {FLTR: "default", FLTR_AUTH: settings.AUTH_DB}
JOURNAL = "django_migrations"
# Of the site's people; everything else of them is the site's to keep.
PEOPLE = "users"
BALANCES = ("id", "credits", "total_credits_purchased", "team_id")


def title_of(app_label: str) -> str:
    """Return the home of an app's tables."""
    return FLTR_AUTH if home_of(app_label) == USER_HOME else FLTR


def tables_of(home: str) -> list[str]:
    """Return the tables of a home that go into a backup: all of ours but those that say what was done when."""
    if home == FLTR_AUTH:
        return list(MONEY)
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    ours = {model._meta.db_table for model in models if title_of(model._meta.app_label) == FLTR}
    return sorted(ours - {RECORDS})


def tables_of_the_site(store: Store, present: Columns) -> list[str]:
    """Return all tables of the user database that are not ours, those first to which others refer."""
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    ours = {model._meta.db_table for model in models} | {JOURNAL}
    return in_order([table for table in present if table not in ours], store.references())


def in_order(tables: list[str], references: list[tuple[str, str]]) -> list[str]:
    """Return tables so that each comes after those it refers to; of a ring, in any order."""
    waiting, done = sorted(tables), list[str]()
    while waiting:
        held = {child for child, parent in references if parent in waiting and child in waiting}
        free = [table for table in waiting if table not in held] or waiting
        done, waiting = done + free, [table for table in waiting if table not in free]
    return done


def migrations_of(home: str, store: Store) -> list[str]:
    """Return the migrations that have run for the apps of a home."""
    ours = {config.label for config in apps.get_app_configs() if title_of(config.label) == home}
    applied = store.fetch(f"SELECT app, name FROM {JOURNAL}")
    return sorted(f"{app}.{name}" for app, name in applied if app in ours)
