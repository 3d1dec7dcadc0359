""".env.example lists every setting, with its real default, and no other; nothing reads one that is no row."""

import ast
import json
import os
import re
from pathlib import Path

import pytest

from fltr_project.configuration.variables import VARIABLES
from tests.support import warm
from tests.support.house_rules import Module, product

PROJECT = Path(__file__).parents[2]
ROWS = "fltr_project/configuration/variables.py"
ENTRY = re.compile(r"^#([A-Z][A-Z0-9_]*)=(.*)$", re.MULTILINE)
VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)")
READERS = {"os.environ", "env", "Environment()"}
# What says where settings are, and what our own processes tell each other, are none.
NO_SETTINGS = {"DJANGO_SETTINGS_MODULE", "ENV_FILE", "FLTR_DIE_AT", "FLTR_PARENT_PID"}
PRINT_SETTINGS = """
import json, sys
from django.conf import settings

print(json.dumps({name: getattr(settings, name) for name in sys.argv[1:] if hasattr(settings, name)}, default=str))
"""


@pytest.fixture(scope="module")
def text():
    return (PROJECT / ".env.example").read_text()


def settings_read_by(module: Module) -> set[str]:
    """Return the variables that a module reads from the environment by their names."""
    read = [
        *(node.slice for node in module.nodes if isinstance(node, ast.Subscript) and is_reader(node.value)),
        *(key for node in module.nodes if isinstance(node, ast.Call) and reads(node) for key in node.args),
    ]
    names = {str(key.value) for key in read if isinstance(key, ast.Constant)}
    return {name for name in names if name.isupper()} - NO_SETTINGS


def is_reader(node: ast.expr) -> bool:
    """Tell whether this is the environment, or what reads it."""
    return ast.unparse(node) in READERS


def reads(call: ast.Call) -> bool:
    """Tell whether this is like `os.environ.get("NAME")`, `os.getenv("NAME")` or `required(env, "NAME", …)`."""
    if isinstance(call.func, ast.Attribute) and (is_reader(call.func.value) or call.func.attr == "getenv"):
        return True
    return ast.unparse(call.func) == "getenv" or any(is_reader(argument) for argument in call.args)


def settings_used_by(module: Module) -> set[str]:
    """Return the names that a module takes of `settings` and its like, or has as a text."""
    attributes = {node.attr for node in module.nodes if isinstance(node, ast.Attribute)}
    return attributes | {str(node.value) for node in module.nodes if isinstance(node, ast.Constant)}


def load_settings(names: list[str], env_file: Path) -> dict[str, object]:
    """Return settings as a process of their own sees them with this .env, and nothing that `make run` has generated."""
    environment = {
        "DATA_DIR": str(env_file.parent),
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "fltr_project.settings",
        "ENV_FILE": str(env_file),
        "SECRET_KEY": "only for this test " + "0123456789" * 4,
    }
    finished = warm.run(["-c", PRINT_SETTINGS, *names], environment)
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def test_every_setting_is_listed_and_no_other(text):
    assert [name for name, _ in ENTRY.findall(text)] == list(VARIABLES)


def test_nothing_is_read_from_the_environment_but_by_a_row():
    assert {module.path: read for module in product() if (read := settings_read_by(module))} == {}


@pytest.mark.parametrize(
    "line",
    [
        'PORT = env.int("PORT", default=1)',
        'KEY = required(env, "PORT", "Set it.")',
        'PORT = int(os.environ["PORT"])',
        'PORT = os.environ.get("PORT", "1")',
        'PORT = os.getenv("PORT")',
    ],
)
def test_a_setting_without_a_row_would_be_noticed(line):
    assert settings_read_by(Module("fltr_project/settings.py", line)) == {"PORT"}


def test_every_row_is_of_use():
    used = set().union(*(settings_used_by(module) for module in product() if module.path != ROWS))
    by_compose = set(VARIABLE.findall((PROJECT / "docker-compose.yml").read_text()))

    assert by_compose <= set(VARIABLES) <= used | by_compose


def test_each_setting_is_listed_once_below_a_line_about_it(text):
    names = [name for name, _ in ENTRY.findall(text)]
    above = re.findall(r"^# [A-Z].*(?:\n# .*)*\.\n#[A-Z][A-Z0-9_]*=", text, re.MULTILINE)

    assert len(names) == len(set(names)) == len(above)


def test_a_copy_of_it_changes_nothing(text):
    lines = [line for line in text.splitlines() if line.strip()]

    assert [line for line in lines if not line.startswith("#")] == []


def test_its_values_are_the_defaults(text, tmp_path):
    uncommented, empty = tmp_path / "uncommented", tmp_path / "empty"
    uncommented.write_text("\n".join(f"{name}={value}" for name, value in ENTRY.findall(text)))
    empty.write_text("")
    names = [name for name, _ in ENTRY.findall(text)]

    assert load_settings(names, uncommented) == load_settings(names, empty)
    assert dict(ENTRY.findall(text))["DATA_DIR"] == VARIABLES["DATA_DIR"].default
