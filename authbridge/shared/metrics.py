"""What is counted while the service runs, over all processes of an instance; fltr_project/http/metrics.py tells it."""

import os
import shutil
from pathlib import Path

from prometheus_client import Counter, Histogram, values

from authbridge.shared.metric_files import PromisedDict

# Where the processes of an instance keep what they count, so that one answer can add it up.
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

values.MmapedDict = PromisedDict  # type: ignore[misc]  # As the library finds it when it opens a file.

HTTP_REQUESTS = Counter("fltr_http_requests", "Requests answered.", ["route", "method", "status"])
HTTP_SECONDS = Histogram("fltr_http_request_seconds", "Seconds from a whole request to its answer.", ["route"])
JOBS_ENDED = Counter("fltr_jobs_ended", "Jobs that came to an end.", ["result"])
CREDITS = Counter("fltr_credits", "Credits moved, whichever way, by the type of their ledger row.", ["type"])
SEARCH_SECONDS = Histogram("fltr_search_seconds", "Seconds that the parts of a search take.", ["part"])


def count_together(data_dir: Path) -> None:
    """Have this process and those it starts count together from here on, beginning with nothing.

    It has to come before anything counts: which way values are kept is decided when this module is imported.
    """
    folder = data_dir / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ[FOLDER_VARIABLE] = str(folder)
