"""Room 2: can they pay? The ledger and its only writers."""

from django.apps import AppConfig


class CreditsConfig(AppConfig):
    """Credits, API keys and teams."""

    name = "credits"
    verbose_name = "Credits"

    def ready(self) -> None:
        from credits.triggers import recovery  # noqa: F401
