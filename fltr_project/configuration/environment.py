"""Where settings come from: the process environment, then `.env`, then what `make run` generated."""

import os
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parents[2]
GENERATED_FILE = "settings.env"
GENERATED_NAMES = ("SECRET_KEY", "BETTER_AUTH_SECRET", "INTERNAL_WEBHOOK_SECRET", "DEV_ADMIN_PASSWORD", "DEBUG")


class Environment(environ.Env):
    """Reads settings; a blank one (`NAME=`, as in a copied .env.example) counts as not set."""

    def get_value(
        self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, parse_default: bool = False
    ) -> Any:
        """Return a setting, or say by its name which one cannot be read."""
        if default is not self.NOTSET and not self.ENVIRON.get(var, "").strip():
            return default
        try:
            return super().get_value(var, cast, default, parse_default)
        except ValueError as error:
            raise ImproperlyConfigured(f"{var} cannot be read: {error}.") from error


def load_environment() -> environ.Env:
    """Read `.env` and DATA_DIR's generated settings beneath the process environment, which always wins."""
    env = Environment()
    env_file = os.environ.get("ENV_FILE", str(BASE_DIR / ".env"))
    if env_file and Path(env_file).is_file():
        environ.Env.read_env(env_file)
    generated = data_dir(env) / GENERATED_FILE
    if generated.is_file():
        for name in missing_settings():
            # A line `NAME=` in .env leaves the setting open, and would hide what was generated for it.
            os.environ.pop(name, None)
        environ.Env.read_env(str(generated))
    return env


def missing_settings() -> list[str]:
    """Return those of the settings that `make run` generates which are unset or blank."""
    return [name for name in GENERATED_NAMES if not os.environ.get(name, "").strip()]


def uses_embedded_databases(env: environ.Env) -> bool:
    """Tell whether no database is configured, so that DATA_DIR holds both of them."""
    return not env.str("DATABASE_URL", default="") and not env.str("AUTH_DATABASE_URL", default="")


def data_dir(env: environ.Env) -> Path:
    """Return DATA_DIR as an absolute path; a relative one is relative to the project."""
    return (BASE_DIR / env.str("DATA_DIR", default="data")).resolve()


def required(env: environ.Env, name: str, advice: str) -> str:
    """Read a setting that has no default; a missing one stops the process with what to do."""
    value = env.str(name, default="").strip()
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {advice} (For a local run, `make run` generates it.)")
    return value
