""".env.example lists every setting, with its real default, and no other."""

import ast
import json
import os
import re
from pathlib import Path

import pytest

from tests.support import warm
from tests.support.house_rules import Module, product

PROJECT = Path(__file__).parents[2]
ENTRY = re.compile(r"^#([A-Z][A-Z0-9_]*)=(.*)$", re.MULTILINE)
VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)")
READERS = {"env", "Environment()"}
PRINT_SETTINGS = """
import json, sys
from django.conf import settings

print(json.dumps({name: getattr(settings, name) for name in sys.argv[1:] if hasattr(settings, name)}, default=str))
"""


@pytest.fixture(scope="module")
def text():
    return (PROJECT / ".env.example").read_text()


def settings_read_by(module: Module) -> set[str]:
    """Return the names that a module reads through the environment that settings come from."""
    calls = [node for node in module.nodes if isinstance(node, ast.Call)]
    return {
        argument.value
        for call in calls
        if reads_settings(call)
        for argument in call.args
        if isinstance(argument, ast.Constant) and str(argument.value).isupper()
    }


def reads_settings(call: ast.Call) -> bool:
    """Tell whether this is like `env.str("NAME")` or `required(env, "NAME", …)`."""
    if isinstance(call.func, ast.Attribute):
        return ast.unparse(call.func.value) in READERS
    return any(ast.unparse(argument) in READERS for argument in call.args)


def load_settings(names: list[str], env_file: Path) -> dict[str, object]:
    """Return settings as a process of their own sees them with this .env."""
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "fltr_project.settings",
        "ENV_FILE": str(env_file),
        "SECRET_KEY": "only for this test " + "0123456789" * 4,
    }
    finished = warm.run(["-c", PRINT_SETTINGS, *names], environment)
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def test_every_setting_that_is_read_is_listed_and_no_other(text):
    read = set().union(*(settings_read_by(module) for module in product()))
    by_compose = set(VARIABLE.findall((PROJECT / "docker-compose.yml").read_text()))

    assert {name for name, _ in ENTRY.findall(text)} == read | by_compose


@pytest.mark.parametrize("line", ['PORT = env.int("PORT", default=1)', 'KEY = required(env, "PORT", "Set it.")'])
def test_a_new_setting_would_be_noticed(line):
    assert settings_read_by(Module("fltr_project/settings.py", line)) == {"PORT"}


def test_each_setting_is_listed_once_below_a_line_about_it(text):
    names = [name for name, _ in ENTRY.findall(text)]
    above = re.findall(r"^# [A-Z].*\.\n#[A-Z][A-Z0-9_]*=", text, re.MULTILINE)

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
