"""Tells the operator when the instance answers, and what to do with it."""

import http.client
import threading
from collections.abc import Callable

from fltr_project.run.development import ADMIN, NOBODY_WAS_MADE, Access, first_steps

ASK_EVERY_S = 0.1
ASK_TIMEOUT_S = 5.0
# Who listens everywhere is asked, and found by people, at home.
AT_HOME = {"0.0.0.0": "127.0.0.1", "::": "::1"}


class Announcer:
    """Asks the web server until it answers, then writes where it is."""

    def __init__(self, *, address: str, port: int, access: Access | None, write: Callable[[str], None]) -> None:
        self._address = AT_HOME.get(address, address)
        self._port, self._access, self._write = port, access, write
        self._answered, self._stopped = threading.Event(), threading.Event()

    def start(self) -> None:
        """Begin to ask."""
        threading.Thread(target=self._run, name="announcer", daemon=True).start()

    def stop(self) -> None:
        """Say no more."""
        self._stopped.set()

    def has_answered(self) -> bool:
        """Tell whether the web server has ever answered."""
        return self._answered.is_set()

    def _run(self) -> None:
        while not answers_http(self._address, self._port):
            if self._stopped.wait(ASK_EVERY_S):
                return
        self._answered.set()
        if not self._stopped.is_set():
            self._write(self._welcome())

    def _welcome(self) -> str:
        url = url_of(self._address, self._port)
        lines = ["", f"FLTR answers at {url} (Ctrl-C stops it). Its API: {url}/api/docs"]
        if self._access and self._access.admin_password:
            lines.append(f"Administration: {url}/admin/ (user {ADMIN}, password {self._access.admin_password})")
        lines += ["", first_steps(url, self._access) if self._access else NOBODY_WAS_MADE]
        return "\n".join(lines)


def answers_http(address: str, port: int) -> bool:
    """Tell whether a web server answers anything at all."""
    connection = http.client.HTTPConnection(address, port, timeout=ASK_TIMEOUT_S)
    try:
        connection.request("GET", "/health/live")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def url_of(address: str, port: int) -> str:
    """Return the base URL as people write it."""
    host = "localhost" if address == "127.0.0.1" else f"[{address}]" if ":" in address else address
    return f"http://{host}:{port}"
