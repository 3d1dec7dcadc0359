"""Run the suite in every setting, and say in the last lines what ran where: `make test` is this.

Files, folders and single tests choose what runs, each in the settings where it belongs. A file of the product stands
for the tests nearest to it: `make test ARGS=credits/ledger.py`. Other arguments go on to pytest: `ARGS="-k refund"`.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from tests.support.nearest import all_tests, nearest_tests

# Each run is one process. pytest's workers would share its tests better, but each of them collects all tests, makes
# databases and starts an engine of its own: with two for every run, all of it together took a tenth longer.
ONE_PROCESS = ["-n", "0"]
# More than cores, since many tests wait for a process or a server.
RUNS_AT_ONCE = 4
# Options of pytest that are followed by a value, which may look like a path.
WITH_VALUE = {"-k", "-m", "-n", "-p", "-o", "-c", "-W", "-r"}
PROJECT = Path(__file__).parents[2]
INTERRUPTED, NO_TESTS_FOUND = 2, 5
LOOK_EVERY_S = 0.2
ELSEWHERE = (
    "Not part of this: `make chaos` (kills processes), `make mutants` (plants faults), `make hostile` (attacks),"
    " `make bench` (measures), `make browser` (clicks), `make interop` (a real Better Auth), `make pooler` (PgBouncer)."
)


# These ask no database anything, so one run of them is enough.
WITHOUT_DATABASE = (
    "tests/authbridge/test_tokens.py",
    "tests/credits/test_arguments.py",
    "tests/datasets/vector_store",
    "tests/datasets/extraction",
    "tests/datasets/test_chunking.py",
    "tests/datasets/test_embeddings.py",
    "tests/datasets/test_ranking.py",
    "tests/datasets/test_filters.py",
    "tests/datasets/test_holdings.py",
    "tests/project/test_architecture.py",
    "tests/project/test_bootstrap_settings.py",
    "tests/project/test_compose.py",
    "tests/project/test_databases.py",
    "tests/project/test_deploy.py",
    "tests/project/test_documents.py",
    "tests/project/test_door_exchanges.py",
    "tests/project/test_env_example.py",
    "tests/project/test_environment.py",
    "tests/project/test_imports.py",
    "tests/project/test_mutants.py",
    "tests/project/test_readme.py",
    "tests/project/test_requirements.py",
    "tests/project/test_runner.py",
    "tests/project/test_secret_files.py",
    "tests/project/test_serve_supervisor.py",
    "tests/project/test_settings_rows.py",
    "tests/project/test_tracing.py",
    "tests/project/test_warm_python.py",
)
# Mostly wait for processes that they start: a run of their own beside the rest.
OF_PROCESSES = (
    "tests/authbridge/test_init_databases.py",
    "tests/datasets/test_crashes.py",
    "tests/datasets/test_holdings.py",
    "tests/datasets/extraction/test_sandbox.py",
    "tests/datasets/vector_store",
    "tests/project/backup",
    "tests/project/test_as_people_start_tests.py",
    "tests/project/test_commands.py",
    "tests/project/test_compose.py",
    "tests/project/test_database_passwords.py",
    "tests/project/test_doctor_command.py",
    "tests/project/test_door.py",
    "tests/project/test_door_exchanges.py",
    "tests/project/test_migrations.py",
    "tests/project/test_migrations_adopt.py",
    "tests/project/test_reset_databases.py",
    "tests/project/test_secret_files.py",
    "tests/project/test_secrets.py",
    "tests/project/test_serve.py",
    "tests/project/test_serve_failures.py",
    "tests/project/test_serve_on_postgresql.py",
    "tests/project/test_serve_stopping.py",
    "tests/project/test_serve_supervisor.py",
    "tests/project/test_shell.py",
    "tests/project/test_tracing.py",
)
# Takes long, and PostgreSQL is the stricter about what may stand for an id.
ON_POSTGRESQL_ONLY = ("tests/project/test_strangers.py",)
# With one database PostgreSQL reads, writes and refuses the same as with two, and so do the manners of HTTP.
SAME_AS_WITH_TWO = (
    "tests/authbridge/test_zones.py",
    "tests/credits/test_zones.py",
    "tests/project/pages",
    "tests/project/test_cors.py",
    "tests/project/test_debug_pages.py",
    "tests/project/test_errors.py",
    "tests/project/test_json_bodies.py",
    "tests/project/test_migrations_adopt.py",
    "tests/project/test_openapi.py",
    "tests/project/test_privacy.py",
    "tests/project/test_request_id.py",
    "tests/project/test_serve_on_postgresql.py",
    *ON_POSTGRESQL_ONLY,
)


def is_in(target: str, folders: tuple[str, ...]) -> bool:
    """Tell whether a file, a folder or a single test is one of these, or within one."""
    path = Path(target.partition("::")[0])
    return any(path.is_relative_to(folder) for folder in folders)


def without(left_out: tuple[str, ...], paths: Iterable[str]) -> tuple[str, ...]:
    """Return those of these paths that are not among what is left out."""
    return tuple(path for path in paths if not is_in(path, left_out))


@dataclass(frozen=True)
class Setting:
    """A database configuration, by the name FLTR_TEST_DB has for it, and the tests of one run in it."""

    name: str
    title: str
    paths: tuple[str, ...] = ("tests",)
    left_out: tuple[str, ...] = ()

    @property
    def arguments(self) -> list[str]:
        """What tells pytest which tests these are."""
        return [*self.paths, *(f"--ignore={path}" for path in self.left_out)]

    def only(self, targets: list[str]) -> "Setting":
        """Return this setting with those of its tests that are in a target, or none."""
        paths = [part for target in targets for path in self.paths if (part := common_part(target, path))]
        return replace(self, paths=tuple(dict.fromkeys(without(self.left_out, paths))))


SETTINGS = (
    Setting("postgresql", "PostgreSQL, two databases", left_out=(*WITHOUT_DATABASE, *OF_PROCESSES)),
    Setting("postgresql", "PostgreSQL, processes", paths=without(WITHOUT_DATABASE, OF_PROCESSES)),
    Setting("sqlite", "SQLite, two databases", left_out=(*ON_POSTGRESQL_ONLY, *OF_PROCESSES)),
    Setting("sqlite", "SQLite, processes", paths=OF_PROCESSES),
    Setting(
        "postgresql-one",
        "PostgreSQL, one database",
        paths=("tests/project", "tests/authbridge", "tests/credits"),
        left_out=(*WITHOUT_DATABASE, *SAME_AS_WITH_TWO),
    ),
)


@dataclass
class Outcome:
    """What one setting's run came to."""

    setting: Setting
    passed: int = 0
    failed: int = 0
    seconds: float = 0
    not_run: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        line = f"{self.setting.title:26} {self.passed} passed, {self.failed} failed"
        skipped = f", {self.not_run.total()} not run" if self.not_run else ""
        return f"{line}{skipped} ({self.seconds:.0f} s)"


def common_part(one: str, other: str) -> str | None:
    """Return which of two files or folders is in the other."""
    for part, whole in ((one, other), (other, one)):
        if is_in(part, (whole,)):
            return part
    return None


def run_all(settings: list[Setting], arguments: list[str]) -> Iterator[Outcome]:
    """Run all settings at once, and show one after the other what each has written."""
    with tempfile.TemporaryDirectory(prefix="fltr-report-") as folder, ThreadPoolExecutor(RUNS_AT_ONCE) as pool:
        outputs = [Path(folder) / f"{setting.title}.log" for setting in settings]
        for output in outputs:
            output.touch()
        futures = [
            pool.submit(run, setting, arguments, output) for setting, output in zip(settings, outputs, strict=True)
        ]
        for setting, output, future in zip(settings, outputs, futures, strict=True):
            print(f"\n=== {setting.title} ===", flush=True)
            with output.open() as text:
                show(text, future)
            yield future.result()


def show(text: IO[str], future: "Future[Outcome]") -> None:
    """Print what a run has written, and go on until it has ended."""
    ended = False
    while not ended:
        ended = future.done()
        print(text.read(), end="", flush=True)
        time.sleep(0 if ended else LOOK_EVERY_S)


def run(setting: Setting, arguments: list[str], output: Path) -> Outcome:
    """Run the suite in one setting; what it prints goes to a file."""
    started = time.monotonic()
    report = output.with_suffix(".xml")
    options = [*ONE_PROCESS, f"--junitxml={report}", f"--color={'yes' if sys.stdout.isatty() else 'no'}"]
    command = [sys.executable, "-m", "pytest", *options, *arguments, *setting.arguments]
    with output.open("w") as log:
        environment = {**os.environ, "FLTR_TEST_DB": setting.name}
        code = subprocess.run(command, env=environment, stdout=log, stderr=subprocess.STDOUT).returncode
    outcome = read_report(setting, report)
    if code == INTERRUPTED:
        raise KeyboardInterrupt
    outcome.seconds = time.monotonic() - started
    if code not in (0, NO_TESTS_FOUND) and not outcome.failed:
        # pytest itself broke off: that is a failure, whatever had passed until then.
        outcome.failed = 1
    return outcome


def read_report(setting: Setting, report: Path) -> Outcome:
    """Count what pytest wrote down; without a report it never got to its tests."""
    outcome = Outcome(setting)
    if not report.exists():
        return outcome
    for case in ElementTree.parse(report).iter("testcase"):
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            outcome.failed += 1
        elif skipped is not None:
            outcome.not_run[skipped.get("message", "for no stated reason")] += 1
        else:
            outcome.passed += 1
    return outcome


def summarize(outcomes: list[Outcome]) -> None:
    """Print what ran where, what did not and why, and one line for all."""
    print("\n=== What ran where ===")
    for outcome in outcomes:
        print(outcome)
    for outcome in outcomes:
        for reason, count in sorted(outcome.not_run.items()):
            print(f"Not run on {outcome.setting.title}: {count} test{'s' * (count > 1)}, since: {reason}")
    for setting in SETTINGS:
        if setting in [outcome.setting for outcome in outcomes] and setting.left_out:
            print(f"Left to another setting by {setting.title}: {', '.join(setting.left_out)}")
    print(ELSEWHERE)
    passed, failed = sum(o.passed for o in outcomes), sum(o.failed for o in outcomes)
    print(f"{passed} passed, {failed} failed")


def split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Part what names files, folders or tests of this project from what is for pytest."""
    names = [
        index
        for index, argument in enumerate(arguments)
        if leads_to_file(argument) and (index == 0 or arguments[index - 1] not in WITH_VALUE)
    ]
    return [relative(arguments[index]) for index in names], [
        argument for index, argument in enumerate(arguments) if index not in names
    ]


def leads_to_file(argument: str) -> bool:
    """Tell whether an argument names something in this project."""
    path = (PROJECT / argument.partition("::")[0]).resolve()
    return bool(argument) and path != PROJECT and path.is_relative_to(PROJECT) and path.exists()


def relative(argument: str) -> str:
    """Return a name as it is within the project."""
    path, *test = argument.split("::")
    return "::".join([(PROJECT / path).resolve().relative_to(PROJECT).as_posix(), *test])


def tests_for(name: str) -> list[str]:
    """Return what to run for a name: itself if it is of the tests, else what is nearest, saying what that is."""
    if is_in(name, ("tests",)):
        return [name]
    nearest = nearest_tests(name, all_tests())
    print(f"Nearest to {name}: {', '.join(nearest) or 'no test imports it or bears its name'}.")
    return nearest


def chosen(names: list[str]) -> list[Setting]:
    """Return the settings to run: all, or if files are named those in which some of their tests belong."""
    if not names:
        return list(SETTINGS)
    targets = [test for name in names for test in tests_for(name)]
    return [setting for whole in SETTINGS if (setting := whole.only(targets)).paths]


def main(arguments: list[str]) -> int:
    """Run the settings; return the exit code."""
    # A Ctrl-C reaches pytest by itself; here it must wait until pytest has stopped what it started.
    signal.signal(signal.SIGINT, lambda *_: None)
    names, others = split(arguments)
    settings = chosen(names)
    try:
        outcomes = list(run_all(settings, others)) if settings else []
    except KeyboardInterrupt:
        print("\nInterrupted.")
        return 130
    summarize(outcomes)
    return int(any(outcome.failed for outcome in outcomes) or not any(outcome.passed for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
