"""Every table has one home."""

from typing import Any

from django.conf import settings
from django.db.models import Model


class DatabaseRouter:
    """Give every model exactly one home; no relation crosses between homes."""

    homes = {"authbridge": settings.AUTH_DB, "credits": settings.AUTH_DB}

    def home(self, app_label: str) -> str:
        """Return the one alias an app's tables live on."""
        return self.homes.get(app_label, "default")

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        """Read a model at its home."""
        return self.home(model._meta.app_label)

    db_for_write = db_for_read

    def allow_relation(self, obj1: Model, obj2: Model, **hints: Any) -> bool:
        """Allow relations within a home only."""
        return self.home(obj1._meta.app_label) == self.home(obj2._meta.app_label)

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """Let an app make tables at its home only."""
        return db == self.home(app_label)
