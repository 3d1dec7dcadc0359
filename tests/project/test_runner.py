"""The last lines of `make test` tell the truth: what passed, what failed, and what did not run and why."""

import subprocess

import pytest

from tests.support import runner
from tests.support.runner import SETTINGS, Outcome

REPORT = """<testsuites><testsuite>
  <testcase name="one"/>
  <testcase name="two"/>
  <testcase name="three"><failure message="assert 0"/></testcase>
  <testcase name="four"><error message="setup broke"/></testcase>
  <testcase name="five"><skipped message="needs PostgreSQL"/></testcase>
</testsuite></testsuites>"""


@pytest.fixture
def pytest_that(monkeypatch):
    """Return a function that has pytest end with this exit code and report."""

    def pretend(code, report):
        def call(command, **kwargs):
            path = next(part.removeprefix("--junitxml=") for part in command if part.startswith("--junitxml="))
            if report:
                with open(path, "w") as file:
                    file.write(report)
            return subprocess.CompletedProcess(command, code)

        monkeypatch.setattr(runner.subprocess, "run", call)

    return pretend


def test_every_test_is_counted_as_what_it_was(pytest_that):
    pytest_that(1, REPORT)

    outcome = runner.run(SETTINGS[0], [])

    assert (outcome.passed, outcome.failed, dict(outcome.not_run)) == (2, 2, {"needs PostgreSQL": 1})


def test_a_run_that_broke_off_counts_as_a_failure(pytest_that):
    pytest_that(3, None)

    assert runner.run(SETTINGS[0], []).failed == 1


def test_an_interrupted_run_ends_all(pytest_that, monkeypatch):
    monkeypatch.setattr(runner.signal, "signal", lambda *_: None)
    pytest_that(2, REPORT)

    assert runner.main([]) == 130


def test_a_setting_in_which_nothing_matched_is_no_failure(pytest_that):
    pytest_that(5, "<testsuites/>")

    assert runner.run(SETTINGS[0], []).failed == 0


@pytest.mark.parametrize(
    ("passed", "failed", "code"), [(3, 0, 0), (3, 1, 1), (0, 0, 1)], ids=["all passed", "one failed", "nothing ran"]
)
def test_the_exit_code_and_the_last_line_agree(monkeypatch, capsys, passed, failed, code):
    monkeypatch.setattr(runner.signal, "signal", lambda *_: None)
    monkeypatch.setattr(runner, "run", lambda setting, _: Outcome(setting, passed=passed, failed=failed))

    assert runner.main([]) == code

    assert capsys.readouterr().out.splitlines()[-1] == f"{3 * passed} passed, {3 * failed} failed"


def test_what_did_not_run_is_told_with_its_reason(capsys):
    outcome = Outcome(SETTINGS[0], passed=1)
    outcome.not_run["needs PostgreSQL"] = 2

    runner.summarize([outcome])

    assert "Not run on SQLite, two databases: 2 tests, since: needs PostgreSQL" in capsys.readouterr().out


@pytest.mark.parametrize("path", sorted({path for setting in SETTINGS for path in (*setting.paths, *setting.left_out)}))
def test_what_a_setting_names_is_there(path):
    assert (runner.PROJECT / path).exists()


def test_what_is_left_out_in_one_setting_runs_in_another():
    whole = [set(setting.left_out) for setting in SETTINGS if setting.paths == ("tests",)]

    assert set.intersection(*whole) == set()
