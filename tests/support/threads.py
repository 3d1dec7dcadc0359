"""Many calls at the same moment, each on a connection of its own."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connections

from authbridge.shared.errors import DomainError

START_TIMEOUT_S = 60


def at_once(call: Callable[[int], Any], times: int) -> list[Any]:
    """Call in as many threads, all let go together; return the results, or the domain errors that refused."""
    start = Barrier(times)

    def attempt(number: int) -> Any:
        start.wait(START_TIMEOUT_S)
        try:
            return call(number)
        except DomainError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=times) as pool:
        return list(pool.map(attempt, range(times)))


def kinds(results: list[Any]) -> Counter[str]:
    """Count results by the name of their class."""
    return Counter(type(result).__name__ for result in results)
