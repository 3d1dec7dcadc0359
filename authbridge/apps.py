"""Room 1: who is this? Reads Better Auth."""

from django.apps import AppConfig


class AuthbridgeConfig(AppConfig):
    """Who is calling."""

    name = "authbridge"
    verbose_name = "People (Better Auth)"

    def ready(self) -> None:
        from authbridge.databases import checks, going_back  # noqa: F401
