"""Where settings come from: the process environment, then `.env`, then what `make run` generated."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import environ

from fltr_project.configuration.kinds import BASE_DIR, BadSetting
from fltr_project.configuration.variables import VARIABLES, Variable

GENERATED_FILE = "settings.env"


def load_settings() -> dict[str, Any]:
    """Return the value of every setting by its name, or say in one sentence what is wrong with one."""
    load_files()
    return {variable.name: read(variable) for variable in VARIABLES.values()}


def load_files() -> Path:
    """Put `.env` and what was generated beneath the process environment, which always wins; return DATA_DIR."""
    load_file(Path(os.environ.get("ENV_FILE", BASE_DIR / ".env")))
    folder: Path = read(VARIABLES["DATA_DIR"])
    for name in missing_settings():
        # A line `NAME=` in .env leaves the setting open, and would hide what was generated for it.
        os.environ.pop(name, None)
    load_file(folder / GENERATED_FILE)
    return folder


def load_file(path: Path) -> None:
    """Take from a file, if it is there, what nothing before it has said."""
    try:
        with path.open(encoding="utf-8") as file:
            environ.Env.read_env(file)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", "it is not UTF-8")
        raise BadSetting(f"{path} cannot be read ({why}): make it a text that this user may read.") from None


def missing_settings() -> dict[str, Callable[[], str]]:
    """Return those of the settings that `make run` generates which nobody has given, and what makes each."""
    return {name: row.generate for name, row in VARIABLES.items() if row.generate and not is_given(name)}


def is_given(name: str) -> bool:
    """Tell whether a setting is given; a blank one, as in a copied .env.example, is not."""
    return bool(os.environ.get(name, "").strip())


def read(variable: Variable) -> Any:
    """Return a setting's value, or refuse what was given without repeating a secret."""
    text = given_text(variable)
    try:
        return variable.kind.read(text)
    except (ValueError, LookupError):
        # Without its cause, and without what stands before a host, which may be a password.
        shown = "cannot be used" if variable.secret else f"is {text.rpartition('@')[2][:100]!r}"
        raise BadSetting(f"{variable.name} {shown}: set it to {variable.kind.wanted}.") from None


def given_text(variable: Variable) -> str:
    """Return a setting as it was written, a secret to the letter; its default where nobody gave it."""
    if not is_given(variable.name):
        return variable.default
    return os.environ[variable.name] if variable.secret else os.environ[variable.name].strip()
