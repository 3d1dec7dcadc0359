"""The list of faults, and how one is planted."""

import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

LIST = Path(__file__).with_name("faults.toml")
# Python compares whole seconds with those of what it compiled.
_seconds = count(1)


@dataclass(frozen=True, slots=True)
class Fault:
    """One change of the code, the promise that it breaks, and the tests that are to notice."""

    room: str
    breaks: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    setting: str = "sqlite"


def read_faults() -> list[Fault]:
    """Return all faults in the order of the list."""
    with LIST.open("rb") as file:
        rows = tomllib.load(file)["fault"]
    return [Fault(**{**row, "tests": tuple(row["tests"])}) for row in rows]


@contextmanager
def planted(fault: Fault, project: Path) -> Iterator[None]:
    """Have a copy of the project be faulty until the end of the block."""
    path = project / fault.file
    sound = path.read_text()
    assert sound.count(fault.old) == 1, f"{fault.file} does not hold this once: {fault.old}"
    write(path, sound.replace(fault.old, fault.new))
    try:
        yield
    finally:
        write(path, sound)


def write(path: Path, text: str) -> None:
    """Write code such that Python compiles it anew."""
    path.write_text(text)
    moment = path.stat().st_mtime + next(_seconds)
    os.utime(path, (moment, moment))
