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
    """Take from a file, if it is there, what nothing before it has said; a secret is said by either of its names."""
    for variable in VARIABLES.values():
        if names_given(variable):
            os.environ.update({name: "" for name in variable.names if name not in os.environ})
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
    return {name: row.generate for name, row in VARIABLES.items() if row.generate and not names_given(row)}


def names_given(variable: Variable) -> list[str]:
    """Return by which of its names a setting is given; a blank one, as in a copied .env.example, is not."""
    return [name for name in variable.names if os.environ.get(name, "").strip()]


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
    match names_given(variable):
        case []:
            return variable.default
        case [variable.name]:
            return os.environ[variable.name] if variable.secret else os.environ[variable.name].strip()
        case [file]:
            return content_of(file)
    raise BadSetting(f"{variable.name} and {variable.name}_FILE are both given: set one of them.")


def content_of(name: str) -> str:
    """Return what the file that a variable names has in it, without its last line end."""
    path, wrong = BASE_DIR / os.environ[name].strip(), "is empty"
    try:
        if (text := path.read_text(encoding="utf-8").removesuffix("\n")).strip():
            return text
    except (OSError, UnicodeDecodeError) as error:
        wrong = f"cannot be read ({getattr(error, 'strerror', 'it is not UTF-8')})"
    raise BadSetting(f"{name} is {str(path)!r}, which {wrong}: set it to a file with nothing but the secret in it.")
