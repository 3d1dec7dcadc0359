"""Django's shell with this project's names in it."""

from collections import defaultdict
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.commands import shell
from django.db import router

from authbridge.databases.naming import title

# Of two models with one name, people mean the site's.
SHADOWED = {"django.contrib.auth.models.User", "django.contrib.sessions.models.Session"}
FUNCTIONS = (
    "authbridge.selectors.find_user",
    "authbridge.selectors.find_user_by_session_token",
    "credits.models.CreditOperation",
    "credits.services.get_balance",
    "credits.services.add_credits",
    "credits.services.deduct_credits",
    "datasets.selectors.with_owners",
    "django.contrib.auth.get_user_model",
)
WHO_IS_WHO = (
    "User is a person who signs in at the site; get_user_model() is staff, who sign in to /admin/ here: Django's"
    " passwords and permissions must be in tables that Django may write."
)


class Command(shell.Command):
    """Imports the site's User and Session, not Django's, and says where each model lives."""

    def get_auto_imports(self) -> list[str]:
        """Return what is imported: every model but those that ours shadow, and what one asks for most."""
        return [path for path in super().get_auto_imports() or [] if path not in SHADOWED] + list(FUNCTIONS)

    def get_namespace(self, **options: Any) -> dict[str, Any]:
        """Import, and say what is where, unless -v0 wants silence."""
        namespace = super().get_namespace(**options)
        if options.get("verbosity", 0) > 0 and not options.get("no_imports"):
            self.stdout.write("\n".join([*homes(), WHO_IS_WHO, ""]))
        return namespace


def homes() -> list[str]:
    """Return a line for each database, with the models whose home it is."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for model in apps.get_models():
        if f"{model.__module__}.{model.__name__}" not in SHADOWED:
            found[router.db_for_read(model)].append(model.__name__)
    both = " (one database for both)" if settings.AUTH_DB == "default" else ""
    return [f"{title(alias)}{both}, alias {alias}: {', '.join(names)}." for alias, names in sorted(found.items())]
