"""Run the suite in every setting, and say in the last lines what ran where: `make test` is this.

Arguments go on to pytest: `python -m tests.support.runner -k refund`.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

# The time limit of the whole suite is for two cores; one worker more, since many tests wait for a process or a server.
WORKERS = ["-n", "3", "--dist", "worksteal"]
PROJECT = Path(__file__).parents[2]
INTERRUPTED, NO_TESTS_FOUND = 2, 5
ELSEWHERE = (
    "Not part of this: `make chaos` (kills processes), `make bench` (measures), `make browser` (clicks),"
    " `make interop` (a real Better Auth)."
)


# These ask no database anything, so one run of them is enough.
WITHOUT_DATABASE = (
    "tests/datasets/vector_store",
    "tests/datasets/extraction",
    "tests/datasets/test_chunking.py",
    "tests/datasets/test_embeddings.py",
    "tests/datasets/test_ranking.py",
    "tests/project/test_bootstrap_settings.py",
    "tests/project/test_compose.py",
    "tests/project/test_deploy.py",
    "tests/project/test_documents.py",
    "tests/project/test_env_example.py",
    "tests/project/test_imports.py",
    "tests/project/test_readme.py",
    "tests/project/test_requirements.py",
    "tests/project/test_runner.py",
    "tests/project/test_secret_files.py",
    "tests/project/test_settings_rows.py",
    "tests/project/test_warm_python.py",
)
# Takes long, and PostgreSQL is the stricter about what may stand for an id.
ON_POSTGRESQL_ONLY = ("tests/project/test_strangers.py",)
# With one database PostgreSQL reads, writes and refuses the same as with two.
SAME_AS_WITH_TWO = (
    "tests/authbridge/test_zones.py",
    "tests/credits/test_zones.py",
    "tests/project/test_migrations_adopt.py",
    "tests/project/test_serve_on_postgresql.py",
    *ON_POSTGRESQL_ONLY,
)


@dataclass(frozen=True)
class Setting:
    """A database configuration, by the name FLTR_TEST_DB has for it, and the tests it is for."""

    name: str
    title: str
    paths: tuple[str, ...] = ("tests",)
    left_out: tuple[str, ...] = ()

    @property
    def arguments(self) -> list[str]:
        """What tells pytest which tests these are."""
        return [*self.paths, *(f"--ignore={path}" for path in self.left_out)]


SETTINGS = (
    Setting("sqlite", "SQLite, two databases", left_out=ON_POSTGRESQL_ONLY),
    Setting("postgresql", "PostgreSQL, two databases", left_out=WITHOUT_DATABASE),
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


def run(setting: Setting, arguments: list[str]) -> Outcome:
    """Run the suite in one setting."""
    print(f"\n=== {setting.title} ===", flush=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="fltr-report-") as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", *WORKERS, f"--junitxml={report}", *arguments, *setting.arguments]
        code = subprocess.run(command, env={**os.environ, "FLTR_TEST_DB": setting.name}).returncode
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
        if setting.left_out:
            print(f"Left to another setting by {setting.title}: {', '.join(setting.left_out)}")
    print(ELSEWHERE)
    passed, failed = sum(o.passed for o in outcomes), sum(o.failed for o in outcomes)
    print(f"{passed} passed, {failed} failed")


def main(arguments: list[str]) -> int:
    """Run all settings; return the exit code."""
    # A Ctrl-C reaches pytest by itself; here it must wait until pytest has stopped what it started.
    signal.signal(signal.SIGINT, lambda *_: None)
    outcomes = []
    try:
        for setting in SETTINGS:
            outcomes.append(run(setting, arguments))
    except KeyboardInterrupt:
        print("\nInterrupted.")
        return 130
    summarize(outcomes)
    return int(any(outcome.failed for outcome in outcomes) or not any(outcome.passed for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
