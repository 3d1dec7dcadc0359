"""A disk that is full ends nobody who counts."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import warm
from tests.support.disks import fill, small_disk

COUNTING = """
import sys
from pathlib import Path
from authbridge.shared.metrics import HTTP_REQUESTS
from tests.support.disks import fill

def count(first, last):
    for number in range(first, last):
        HTTP_REQUESTS.labels(f"/{number}", "GET", 200).inc()

if sys.argv[2] == "soon":
    count(0, 10)
    fill(Path(sys.argv[1]))
count(10, 3_000)
count(0, 3_000)
print(HTTP_REQUESTS.labels("/2999", "GET", 200)._value.get())
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", 1) as disk:
        yield disk


@pytest.mark.parametrize("is_full", ["already", "soon"])
def test_a_process_goes_on_counting_on_a_full_disk(disk: Path, is_full: str) -> None:
    if is_full == "already":
        fill(disk)
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(disk)}

    ended = warm.run(["-c", COUNTING, str(disk), is_full], environment)

    assert (ended.returncode, ended.stdout.strip()) == (0, "2.0"), ended.stderr
    assert ended.stderr.count("What this process counts is left out of /metrics") <= 3
