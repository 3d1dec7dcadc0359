"""The last lines of `make test` tell the truth: what passed, what failed, and what did not run and why."""

import ast
import subprocess

import pytest

from tests.support import nearest, runner
from tests.support.runner import SETTINGS, Outcome, is_in

SQLITE, TWO, ONE = "SQLite, two databases", "PostgreSQL, two databases", "PostgreSQL, one database"

REPORT = """<testsuites><testsuite>
  <testcase name="one"/>
  <testcase name="two"/>
  <testcase name="three"><failure message="assert 0"/></testcase>
  <testcase name="four"><error message="setup broke"/></testcase>
  <testcase name="five"><skipped message="needs PostgreSQL"/></testcase>
</testsuite></testsuites>"""


@pytest.fixture
def log(tmp_path):
    """Where a run may write."""
    return tmp_path / "run.log"


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


def test_every_test_is_counted_as_what_it_was(pytest_that, log):
    pytest_that(1, REPORT)

    outcome = runner.run(SETTINGS[0], [], log)

    assert (outcome.passed, outcome.failed, dict(outcome.not_run)) == (2, 2, {"needs PostgreSQL": 1})


def test_a_run_that_broke_off_counts_as_a_failure(pytest_that, log):
    pytest_that(3, None)

    assert runner.run(SETTINGS[0], [], log).failed == 1


def test_an_interrupted_run_ends_all(pytest_that, monkeypatch):
    monkeypatch.setattr(runner.signal, "signal", lambda *_: None)
    pytest_that(2, REPORT)

    assert runner.main([]) == 130


def test_a_setting_in_which_nothing_matched_is_no_failure(pytest_that, log):
    pytest_that(5, "<testsuites/>")

    assert runner.run(SETTINGS[0], [], log).failed == 0


@pytest.mark.parametrize(
    ("passed", "failed", "code"), [(3, 0, 0), (3, 1, 1), (0, 0, 1)], ids=["all passed", "one failed", "nothing ran"]
)
def test_the_exit_code_and_the_last_line_agree(monkeypatch, capsys, passed, failed, code):
    monkeypatch.setattr(runner.signal, "signal", lambda *_: None)
    monkeypatch.setattr(runner, "run", lambda setting, *_: Outcome(setting, passed=passed, failed=failed))

    assert runner.main([]) == code

    assert capsys.readouterr().out.splitlines()[-1] == f"{5 * passed} passed, {5 * failed} failed"


def test_what_did_not_run_is_told_with_its_reason(capsys):
    outcome = Outcome(SETTINGS[0], passed=1)
    outcome.not_run["needs PostgreSQL"] = 2

    runner.summarize([outcome])

    assert f"Not run on {SETTINGS[0].title}: 2 tests, since: needs PostgreSQL" in capsys.readouterr().out


@pytest.mark.parametrize("path", sorted({path for setting in SETTINGS for path in (*setting.paths, *setting.left_out)}))
def test_what_a_setting_names_is_there(path):
    assert (runner.PROJECT / path).exists()


def runs_of(test):
    """Return the runs that a test is part of, by their titles."""
    return {setting.title for setting in SETTINGS if is_in(test, setting.paths) and not is_in(test, setting.left_out)}


@pytest.mark.parametrize("test", nearest.all_tests())
def test_a_test_runs_on_sqlite_or_postgresql_and_in_no_run_twice(test):
    runs = runs_of(test)

    assert runs & {SQLITE, "SQLite, processes", TWO}
    assert not {SQLITE, "SQLite, processes"} <= runs
    assert not {TWO, "PostgreSQL, processes"} <= runs


# What is named runs alone.


def names_of(*arguments):
    return runner.split(list(arguments))


def paths_of(*names):
    return {setting.title: setting.paths for setting in runner.chosen(list(names))}


@pytest.mark.parametrize(
    ("arguments", "names", "others"),
    [
        (["-k", "credits"], [], ["-k", "credits"]),
        (["tests/credits", "-x"], ["tests/credits"], ["-x"]),
        ([str(runner.PROJECT / "credits/ledger.py")], ["credits/ledger.py"], []),
        (["tests/project/test_runner.py::test_one"], ["tests/project/test_runner.py::test_one"], []),
        (["--durations=9", "nowhere.py", ".", "/tmp", ""], [], ["--durations=9", "nowhere.py", ".", "/tmp", ""]),
    ],
    ids=" ".join,
)
def test_what_is_here_chooses_and_all_else_is_for_pytest(arguments, names, others):
    assert names_of(*arguments) == (names, others)


def test_without_a_name_everything_runs():
    assert runner.chosen([]) == list(SETTINGS)
    assert paths_of("tests") == {setting.title: setting.paths for setting in SETTINGS}


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("tests/credits/test_charge.py", {SQLITE, TWO, ONE}),
        ("tests/credits/test_charge.py::test_one", {SQLITE, TWO, ONE}),
        ("tests/datasets/test_query.py", {SQLITE, TWO}),
        ("tests/datasets/vector_store", {"SQLite, processes"}),
        ("tests/project/test_reset_databases.py", {"SQLite, processes", "PostgreSQL, processes", ONE}),
        ("tests/project/test_strangers.py", {TWO}),
    ],
)
def test_it_runs_in_every_setting_in_which_it_belongs(name, settings):
    assert paths_of(name) == dict.fromkeys(settings, (name,))


def test_a_folder_leaves_to_another_setting_what_the_whole_suite_does():
    [sqlite] = [setting for setting in runner.chosen(["tests/project"]) if setting.title == SQLITE]

    assert sqlite.arguments[:2] == ["tests/project", "--ignore=tests/project/test_strangers.py"]


def test_a_file_of_the_product_stands_for_the_tests_nearest_to_it(capsys):
    paths = paths_of("credits/ledger.py")

    assert "tests/credits/test_ledger_properties.py" in paths[ONE]
    assert capsys.readouterr().out.startswith("Nearest to credits/ledger.py: tests/credits/")


def test_a_file_without_tests_is_said_to_have_none(capsys):
    assert paths_of("manage.py") == {}
    assert "no test imports it or bears its name" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("source", "is_near"),
    [
        ("import credits.ledger", True),
        ("from credits import ledger", True),
        ("from credits.ledger import charge", True),
        ("def test_one():\n    from credits import ledger", True),
        ("import credits", False),
        ("from credits.ledgers import charge", False),
        ("from tests.support import people", False),
    ],
)
def test_whoever_imports_a_module_is_near(monkeypatch, source, is_near):
    names = frozenset(nearest.names_in(ast.parse(source)))
    monkeypatch.setattr(nearest, "imported_by", lambda _: names)

    assert nearest.imports("tests/credits/test_other.py", "credits/ledger.py") is is_near


def test_whoever_imports_from_a_folder_is_near_to_it(monkeypatch):
    monkeypatch.setattr(nearest, "imported_by", lambda _: {"credits.services.keys"})

    assert nearest.imports("tests/credits/test_other.py", "credits/services")
    assert not nearest.imports("tests/credits/test_other.py", "credits/selectors")


@pytest.mark.parametrize(
    ("test", "is_near"),
    [
        ("tests/credits/test_ledger.py", True),
        ("tests/credits/deeper/test_ledger_properties.py", True),
        ("tests/credits/test_ledgers.py", False),
        ("tests/datasets/test_ledger.py", False),
    ],
)
def test_whoever_bears_its_name_is_near(test, is_near):
    assert nearest.bears_name(test, "credits/ledger.py") is is_near


def test_tests_of_the_front_door_are_in_a_folder_of_another_name():
    assert nearest.bears_name("tests/project/test_doctor_command.py", "fltr_project/doctor.py")


def test_what_settings_write_is_shown_one_after_the_other(monkeypatch, capsys):
    def write(setting, arguments, output):
        output.write_text(f"{setting.title} ran {arguments}\n")
        return Outcome(setting, passed=1)

    monkeypatch.setattr(runner, "run", write)

    outcomes = list(runner.run_all(list(SETTINGS), ["-x"]))

    assert [outcome.setting for outcome in outcomes] == list(SETTINGS)
    shown = [line for line in capsys.readouterr().out.splitlines() if line]
    assert shown == [
        line for setting in SETTINGS for line in (f"=== {setting.title} ===", f"{setting.title} ran ['-x']")
    ]
