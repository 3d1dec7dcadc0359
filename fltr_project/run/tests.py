"""`manage.py test`: the suite is pytest's, so that runs it, told what Django's own runner would have been told."""

import importlib.util
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

BASE_DIR = Path(__file__).resolve().parents[2]
NO_PYTEST = "There is no pytest in this Python: pip install -r requirements-dev.txt, or run make test."
# Django's options as pytest's; what is not here is handed on as it is, so pytest's own work too.
SAME = {"--failfast": ["-x"], "--keepdb": ["--reuse-db"], "--noinput": [], "--no-input": [], "--buffer": []}
WITH_VALUE = {"--tag": "-m", "--exclude-tag": "-m"}
VERBOSITY = {"0": ["-q"], "1": [], "2": ["-v"], "3": ["-vv"]}


def replace_by_pytest(arguments: Sequence[str]) -> NoReturn:
    """Become pytest, which brings settings and databases of its own: neither `.env` nor a database is needed."""
    if importlib.util.find_spec("pytest") is None:
        raise SystemExit(NO_PYTEST)
    os.chdir(BASE_DIR)
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *as_pytest(arguments)])


def as_pytest(arguments: Sequence[str]) -> list[str]:
    """Return what was written for Django's runner as pytest wants it."""
    return list(translated(arguments))


def translated(arguments: Sequence[str]) -> Iterator[str]:
    """Yield pytest's arguments."""
    rest = [part for argument in arguments for part in parted(argument)]
    while rest:
        first = rest.pop(0)
        if first in SAME:
            yield from SAME[first]
        elif first in ("-v", "--verbosity") and rest and rest[0] in VERBOSITY:
            yield from VERBOSITY[rest.pop(0)]
        elif first == "--parallel":
            yield from ("-n", rest.pop(0) if rest and (rest[0].isdigit() or rest[0] == "auto") else "auto")
        elif first in WITH_VALUE and rest:
            yield from (WITH_VALUE[first], ("not " if "exclude" in first else "") + rest.pop(0))
        else:
            yield first if first.startswith("-") else as_path(first)


def parted(argument: str) -> list[str]:
    """Part `--option=value` where Django's runner has that option."""
    option, equals, value = argument.partition("=")
    known = option in (*WITH_VALUE, "--verbosity", "--parallel")
    return [option, value] if equals and known else [argument]


def as_path(label: str) -> str:
    """Return `tests.credits.test_charge.TestIt.test_one` as pytest names it; what is no module stays as it is."""
    if "/" in label or "::" in label:
        return label
    parts = label.split(".")
    for count in range(len(parts), 0, -1):
        path = Path(*parts[:count])
        if (BASE_DIR / path).is_dir() and count == len(parts):
            return path.as_posix()
        if (BASE_DIR / path.with_suffix(".py")).is_file():
            return "::".join([path.with_suffix(".py").as_posix(), *parts[count:]])
    return label
