"""Plant faults, one at a time, and see that for each a test turns red: `make mutants`.

    python -m tests.mutants [--room ROOM] [WORDS OF A FAULT]

The list is faults.toml. Each fault names the tests that notice it, so only those run; first of all without any fault,
when they have to be green. Faults that nobody notices end the run with exit code 1: there is no test for that line.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.faults import Fault, planted, read_faults

PROJECT = Path(__file__).parents[2]
# As many as there are cores: the tests mostly compute.
AT_ONCE = os.cpu_count() or 1
TIMEOUT_S = 240
RED = re.compile(r"^(?:FAILED|ERROR) ([^[\s]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a fault: the first test that turned red, or nothing and why."""

    fault: Fault
    noticed_by: str
    why_not: str
    seconds: float


def main() -> int:
    """Plant all faults that are asked for; return 1 if nobody noticed one, or if the tests are red by themselves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--room")
    parser.add_argument("words", nargs="*")
    wanted = parser.parse_args()
    faults = [
        fault
        for fault in read_faults()
        if wanted.room in (None, fault.room) and all(word in fault.breaks for word in wanted.words)
    ]
    with copies(AT_ONCE) as free:
        if red := red_without_faults(faults, free):
            print(f"Red without any fault: {red}")
            return 1
        survivors = report(try_all(faults, free))
    return min(survivors, 1)


@contextmanager
def copies(count: int) -> Iterator[SimpleQueue[Path]]:
    """Copy what git knows of the project into folders that faults can be planted in."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    )
    names = [name for name in listed.stdout.split("\0") if name and (PROJECT / name).is_file()]
    with tempfile.TemporaryDirectory(prefix="fltr-mutants-", dir="/tmp") as place:
        free: SimpleQueue[Path] = SimpleQueue()
        for number in range(count):
            folder = Path(place) / str(number)
            for name in names:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(PROJECT / name, folder / name)
            free.put(folder)
        yield free


def red_without_faults(faults: Iterable[Fault], free: SimpleQueue[Path]) -> str:
    """Return the first test that is red as things are; empty if all are green."""
    by_setting: dict[str, set[str]] = {}
    for fault in faults:
        by_setting.setdefault(fault.setting, set()).update(fault.tests)
    folder = free.get()
    try:
        for setting, tests in by_setting.items():
            red, why = first_red(folder, setting, sorted(tests), timeout_s=10 * TIMEOUT_S)
            if red or why != "green":
                return red or why
    finally:
        free.put(folder)
    return ""


def try_all(faults: Iterable[Fault], free: SimpleQueue[Path]) -> Iterator[Result]:
    """Plant each fault in a copy of its own; yield results in the order of the list."""

    def attempt(fault: Fault) -> Result:
        folder, began = free.get(), time.monotonic()
        try:
            with planted(fault, folder):
                noticed_by, why_not = first_red(folder, fault.setting, fault.tests, timeout_s=TIMEOUT_S)
        finally:
            free.put(folder)
        return Result(fault, noticed_by, why_not, time.monotonic() - began)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        yield from threads.map(attempt, faults)


def first_red(folder: Path, setting: str, tests: Iterable[str], *, timeout_s: float) -> tuple[str, str]:
    """Run tests to the first that turns red; return it, or nothing and what happened instead."""
    # Their own failing is what they are for, so they do not say more than their names.
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "--tb=no", "-rfE", "-p", "no:cacheprovider"]
    try:
        run = subprocess.run(
            [*command, *tests],
            cwd=folder,
            env={**os.environ, "FLTR_TEST_DB": setting},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
        )
    except subprocess.TimeoutExpired:
        return "", f"no end after {timeout_s:.0f} s"
    if red := RED.search(run.stdout):
        return red[1], "red"
    return (
        "",
        "green"
        if run.returncode == 0
        else f"pytest ended with {run.returncode}: {run.stdout[-300:]}{run.stderr[-300:]}",
    )


def report(results: Iterable[Result]) -> int:
    """Print the table as it comes; return how many faults nobody noticed."""
    began, unnoticed, planted_so_far = time.monotonic(), [], 0
    for result in results:
        planted_so_far += 1
        said = result.noticed_by or f"*** NOBODY NOTICED *** ({result.why_not})"
        print(f"{result.fault.room:<15}{result.fault.breaks:<66}{result.seconds:6.1f} s  {said}", flush=True)
        if not result.noticed_by:
            unnoticed.append(result)
    print(f"{planted_so_far} faults, {planted_so_far - len(unnoticed)} noticed, in {time.monotonic() - began:.0f} s.")
    for result in unnoticed:
        print(f"No test for: {result.fault.breaks} ({result.fault.file})")
    return len(unnoticed)


if __name__ == "__main__":
    sys.exit(main())
