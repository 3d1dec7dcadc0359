"""Everything that is installed is pinned, once, whatever brought it along."""

import re
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).parents[2]
FILES = ("requirements.txt", "requirements-otel.txt", "requirements-dev.txt", "constraints.txt")


def pins_of(name):
    """Return the requirements of one file, without those it includes."""
    lines = [line.split("#")[0].strip() for line in (PROJECT / name).read_text().splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def brought_along(requirement):
    """Return what a requirement needs in turn, and whether that is so on this Python."""
    for text in distribution(requirement.name).requires or []:
        needed = Requirement(text)
        wanted = not needed.marker or any(needed.marker.evaluate({"extra": e}) for e in ("", *requirement.extras))
        if wanted or "python_full_version" in str(needed.marker):
            yield needed, wanted


def everything_needed():
    """Return the names of all that the requirements come to: what is installed here, and what other Pythons need."""
    waiting = [*pins_of("requirements.txt"), *pins_of("requirements-otel.txt"), *pins_of("requirements-dev.txt")]
    here, elsewhere = {}, set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if requirement.extras <= here.get(name, set()) and name in here:
            continue
        here[name] = here.get(name, set()) | requirement.extras
        for needed, wanted in brought_along(requirement):
            if wanted:
                waiting.append(needed)
            else:
                elsewhere.add(canonicalize_name(needed.name))
    return set(here), elsewhere


@pytest.mark.parametrize("name", FILES)
def test_every_line_names_one_exact_version(name):
    for requirement in pins_of(name):
        assert re.fullmatch(r"==[^*,]+", str(requirement.specifier)), requirement


def test_nothing_is_pinned_twice():
    names = [canonicalize_name(requirement.name) for name in FILES for requirement in pins_of(name)]

    assert sorted(names) == sorted(set(names))


def test_whatever_is_brought_along_is_pinned():
    here, _ = everything_needed()

    assert here - {canonicalize_name(requirement.name) for name in FILES for requirement in pins_of(name)} == set()


def test_no_pin_is_left_over():
    here, elsewhere = everything_needed()

    assert {canonicalize_name(requirement.name) for requirement in pins_of("constraints.txt")} <= here | elsewhere


def test_what_is_installed_is_what_is_pinned():
    here, _ = everything_needed()

    for name in FILES:
        for requirement in pins_of(name):
            if canonicalize_name(requirement.name) in here:
                assert distribution(requirement.name).version in requirement.specifier
