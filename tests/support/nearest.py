"""The tests nearest to a file of the product: those that import it, and those that bear its name."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).parents[2]
# Folders of tests that are called otherwise than the room they are about.
FOLDERS_OF_ROOMS = {"fltr_project": "project"}


def nearest_tests(path: str, tests: Iterable[str]) -> list[str]:
    """Return which of these files of tests are nearest to a file or folder of the product."""
    return [test for test in tests if bears_name(test, path) or imports(test, path)]


def all_tests(folder: Path = PROJECT / "tests") -> list[str]:
    """Return every file of tests, relative to the project."""
    return sorted(path.relative_to(PROJECT).as_posix() for path in folder.rglob("test_*.py"))


def bears_name(test: str, path: str) -> bool:
    """Tell whether a file is called as a product's file of its room is, perhaps with more said behind it."""
    room = Path(path).parts[0]
    named = Path(test).stem.removeprefix("test_")
    in_room = Path(test).is_relative_to(Path("tests") / FOLDERS_OF_ROOMS.get(room, room))
    return in_room and f"{named}_".startswith(f"{Path(path).stem}_")


def imports(test: str, path: str) -> bool:
    """Tell whether a file of tests itself imports a module, or one that is in this folder."""
    module = ".".join(Path(path).with_suffix("").parts).removesuffix(".__init__")
    inside = f"{module}." if (PROJECT / path).is_dir() else None
    return any(name == module or (inside and name.startswith(inside)) for name in imported_by(test))


@cache
def imported_by(test: str) -> frozenset[str]:
    """Return all that a file imports; what is imported from a module may be a module, too."""
    return frozenset(names_in(ast.parse((PROJECT / test).read_text())))


def names_in(tree: ast.Module) -> Iterator[str]:
    """Yield the dotted names in all imports, wherever they stand."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
