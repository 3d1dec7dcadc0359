"""What the README and the docs tell people to do can be done: targets, commands, paths, links, settings, prices."""

import ast
import re
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import resolve

from credits.prices import price_list
from fltr_project.http import errors
from fltr_project.run.background import CHORES
from fltr_project.run.development import Access, first_steps
from tests.plugin import setting_names
from tests.support.house_rules import ROOMS, product

PROJECT = Path(__file__).parents[2]
PAGES = [PROJECT / "README.md", PROJECT / "CHANGELOG.md", *sorted(PROJECT.glob("docs/**/*.md"))]
OUR_FOLDERS = (*ROOMS, "tests", "docs", "docker", ".ci")
# What `make` and the tests take besides settings.
NO_SETTINGS = {"ARGS", "PYTHON", "CHORES", "WORK", "NO_STEP"}
# Whoever adds one of these paths takes the words out of the README, and the line out of here.
PATHS_NOT_YET = [("Model Context Protocol server", "/mcp")]
PLACEHOLDER = re.compile(r"%[.\d]*[a-z]")


@pytest.fixture(scope="module")
def readme() -> str:
    return (PROJECT / "README.md").read_text()


@pytest.fixture(scope="module", params=PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def page(request) -> Path:
    return request.param


def log_messages() -> set[str]:
    """Return what our code logs, with an ellipsis for each value."""
    calls = [node for module in product() for node in module.nodes if isinstance(node, ast.Call)]
    logged = [call for call in calls if ast.unparse(call.func).startswith("logger.")]
    lines = [call.args[0].value for call in logged if isinstance(call.args[0], ast.Constant)]
    # An alarm is logged as it is.
    return {PLACEHOLDER.sub("…", line) for line in [*lines, *(chore.line for chore in CHORES)] if line != "%s"}


def table_rows(text: str) -> dict[str, int]:
    """Return the rows of tables with a number in their second and last column."""
    return {name: int(number) for name, number in re.findall(r"^\| (.+) \| (\d+) \|$", text, re.MULTILINE)}


def not_yet_removed(text: str) -> str:
    """Return a page without its list of what is not there yet."""
    return text.partition("\n## Not yet\n")[0]


def leads_somewhere(path: str) -> bool:
    """Tell whether the service knows a path."""
    return resolve(path).func is not errors.not_found


def test_make_targets_exist(page):
    targets = re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE)

    assert set(re.findall(r"(?:^|`|\s)make ([a-z]+)(?:`|\s+#| ARGS)", page.read_text(), re.MULTILINE)) <= set(targets)


def test_commands_exist(page):
    assert set(re.findall(r"manage\.py (\w+)", not_yet_removed(page.read_text()))) <= set(get_commands())


def test_what_is_not_there_yet_is_not_there(readme):
    missing = re.findall(r"`manage\.py (\w+)`|`(\w+_\w+)`", readme.partition("\n## Not yet\n")[2])

    assert {name for pair in missing for name in pair} & set(get_commands()) == set()


@pytest.mark.parametrize(("words", "path"), PATHS_NOT_YET)
def test_what_has_arrived_is_no_longer_called_missing(readme, words, path):
    assert words in readme.partition("\n## Not yet\n")[2]
    assert not leads_somewhere(path)


def test_links_lead_somewhere(page):
    links = re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text())

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_named_files_exist(page):
    named = re.findall(r"`([^`\s/]+)/([^`\s]*)`", page.read_text())
    ours = [PROJECT / folder / rest for folder, rest in named if folder in OUR_FOLDERS]

    assert [path for path in ours if not path.exists()] == []


def test_paths_of_the_api_exist(page):
    text = page.read_text().replace("$API/", "http://localhost:8000/api/v1/")
    paths = set(re.findall(r"http://localhost:8000(/[^\s\"'`?>)]*)", text)) - {"/api/v1"}

    assert [path for path in paths if not leads_somewhere(path)] == []


def test_settings_exist(page):
    known = setting_names()
    named = set(re.findall(r"`([A-Z][A-Z_]+[A-Z])(?:=[^`]*)?`", page.read_text()))

    assert "adr" in page.parts or named - NO_SETTINGS <= known


def test_the_first_steps_are_those_that_make_run_prints(readme):
    printed = first_steps("http://localhost:8000", Access(token="$TOKEN", admin_password=None))
    # The shell fills a variable in between double quotes only, and a reader stands in the project's folder.
    lines = printed.replace("'Authorization: Bearer $TOKEN'", '"Authorization: Bearer $TOKEN"').replace(
        f"{PROJECT}/", ""
    )
    calls = [line for line in lines.splitlines() if line.startswith("curl")]

    assert len(calls) == 3
    assert "\n".join(calls) in readme


def test_the_prices_are_those_in_force(readme):
    prices = price_list()
    operations = {f"`{name}`": credits for name, credits in prices["operations"].items()}
    documents = {
        f"document up to {tier['up_to_bytes']:,} bytes" if tier["up_to_bytes"] else "larger document": tier["credits"]
        for tier in prices["documents"]
    }

    assert table_rows(readme) == operations | documents


@pytest.mark.parametrize("message", sorted(log_messages()))
def test_every_line_of_the_log_is_explained(message):
    assert f"| {message} |" in (PROJECT / "docs" / "operations.md").read_text()
