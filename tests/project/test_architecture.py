"""What docs/architecture.md says of the code is so: its plan of folders, its doors, and where the next thing goes."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.house_rules import FURTHER_DOORS, PROJECT, ROOMS, Module, product

PAGE = (PROJECT / "docs" / "architecture.md").read_text()
# Folders that Django asks for, or that hold no code.
EVERYWHERE = {"management", "migrations", "formats"}
FILE = re.compile(r"[\w./-]*/|[\w./-]*\.(?:py|md|toml|html|yml)|\.env\.example|Makefile")
NAME = re.compile(r"[A-Za-z_][\w.]*(?:\(\))?")


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def table(title: str) -> list[list[str]]:
    """Return the cells of a section's table, without its head."""
    rows = [line.strip("|").split(" | ") for line in section(title).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in rows[1:]]


def plan() -> Iterator[str]:
    """Yield the folders and modules of the plan: what each line begins with, and what else it names."""
    room = ""
    for line in section("The rooms").partition("```text\n")[2].partition("```")[0].splitlines():
        first, *others = re.findall(r"[\w/]+/(?!\w)|\w+\.py", line)
        room = room if line.startswith(" ") else first
        yield first if first == room else room + first
        # What is named in passing is in that folder, or stands beside it.
        for name in others:
            yield next((path for path in (room + first + name, room + name) if (PROJECT / path).exists()), name)


def untrue(row: str) -> list[str]:
    """Return what a row names in backticks and is not there: paths, and names that none of its files knows."""
    words = re.findall(r"`([^`\s]+)`", row)
    paths = [word for word in words if FILE.fullmatch(word)]
    names = [word for word in words if word not in paths and NAME.fullmatch(word)]
    places = {path: find(path) for path in paths}
    known = {name for found in places.values() for place in found for name in names_in(place)}
    if "the room's" in row:
        known |= {name for name in names if find(name)}
    missing = [name for name in names if name.removesuffix("()").split(".")[-1] not in known]
    return [path for path in paths if not places[path]] + missing


def find(path: str) -> list[Path]:
    """Return what a path may mean: it is the project's, or each room's own (`errors.py`, `services`)."""
    inside = [PROJECT / room / name for room in ROOMS for name in (path, f"{path}.py")]
    return [place for place in (PROJECT / path, *inside) if place.exists()]


def names_in(place: Path) -> set[str]:
    """Return what a file, or any file of a folder, defines or spells as a text; of what is no Python, every word."""
    if place.is_dir():
        return {name for path in place.rglob("*.py") for name in names_in(path)}
    if place.suffix != ".py":
        return set(re.findall(r"\w+", place.read_text()))
    nodes = Module(place.name, place.read_text()).nodes
    defined = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    assigned = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return defined | assigned | {str(node.value) for node in nodes if isinstance(node, ast.Constant)}


def folders_of_the_rooms() -> set[str]:
    folders = {"/".join(module.path.split("/")[:2]) + "/" for module in product() if module.path.count("/") > 1}
    return {folder for folder in folders if folder.split("/")[1] not in EVERYWHERE}


def test_every_folder_and_module_of_the_plan_exists():
    assert [path for path in plan() if not (PROJECT / path).exists()] == []


def test_every_folder_is_on_the_plan():
    assert folders_of_the_rooms() - set(plan()) == set()


def test_the_doors_are_those_of_the_rule():
    described = {
        (door, whom)
        for doors, users, _ in table("The doors")
        for door in re.findall(r"`(\S+)`", doors)
        for whom in re.findall(r"`(\S+)`", users) or [""]
    }

    assert described == {(door, whom) for door, whom, _ in FURTHER_DOORS}


@pytest.mark.parametrize("row", table("Where the next thing goes"), ids=lambda row: row[0])
def test_where_the_next_thing_goes_is_there(row):
    assert untrue(row[1]) == []


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("a module in `datasets/readers/`", "datasets/readers/"),
        ("one line in `datasets/extraction/registers.py`", "datasets/extraction/registers.py"),
        ("the room's `mistakes.py`", "mistakes.py"),
        ("a branch of `walk` in `datasets/services/processing.py`", "walk"),
        ("a service that calls `ensure_payable` first, and its price in `credits/prices.py`", "ensure_payable"),
        ("a branch of `run`, somewhere", "run"),
        ("a value of `.env.example`, called `NEVER_HEARD_OF`", "NEVER_HEARD_OF"),
    ],
)
def test_a_row_that_is_wrong_is_noticed(row, what):
    assert untrue(row) == [what]
