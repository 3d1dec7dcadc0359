"""What is to be dropped: one home or both, and Better Auth's tables only if said so."""

from dataclasses import dataclass

from django.apps import apps
from django.conf import settings

from authbridge.databases.better_auth import TABLES as BETTER_AUTH
from authbridge.databases.naming import aliases
from fltr_project.router import DatabaseRouter

# The homes by the names that the command knows them by, each with its alias: one, where one database is both.
HOMES = {"default": "default", "auth": settings.AUTH_DB}
USER_HOME = next(reversed(HOMES))


@dataclass(frozen=True, slots=True)
class Wish:
    """Which homes, and whether Better Auth's tables too, which are the site's."""

    homes: frozenset[str]
    including_auth_tables: bool = False

    @property
    def aliases(self) -> list[str]:
        """The databases that this is about, the user database first."""
        chosen = {HOMES[home] for home in self.homes}
        return [alias for alias in aliases() if alias in chosen]

    def takes_credits(self) -> bool:
        """Tell whether the ledger goes."""
        return USER_HOME in self.homes

    def takes_datasets(self) -> bool:
        """Tell whether datasets go, and with them vectors and files."""
        return "default" in self.homes

    def tables(self, alias: str) -> set[str]:
        """Return the tables to drop from a database, if they are there."""
        models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
        ours = {model._meta.db_table for model in models if self.takes(model._meta.app_label, alias)}
        return ours | (set(BETTER_AUTH) if self.including_auth_tables and alias == settings.AUTH_DB else set())

    def takes(self, app_label: str, alias: str) -> bool:
        """Tell whether the tables that an app has in this database go."""
        home = home_of(app_label)
        return home in self.homes and HOMES[home] == alias

    def forgotten_apps(self, alias: str) -> set[str]:
        """Return the apps whose migrations a database is to forget: its own that go, and those it noted in vain."""
        labels = {config.label for config in apps.get_app_configs()}
        return {label for label in labels if self.takes(label, alias) or HOMES[home_of(label)] != alias}


def home_of(app_label: str) -> str:
    """Return the home of an app's tables."""
    return USER_HOME if app_label in DatabaseRouter.homes else "default"
