"""A real Chromium, driven over its DevTools pipe: no driver, no package, nothing to install but the browser itself."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
TIMEOUT_S = 20
IS_LOADED = "document.readyState === 'complete' && document.body !== null"


class ScriptError(AssertionError):
    """The page could not do what a script asked."""


def find() -> str | None:
    """Return the path of an installed Chromium."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Chromium:
    """One page of one browser with a fresh profile; use it as a context manager."""

    def __init__(self, path: str) -> None:
        self.profile = tempfile.TemporaryDirectory(prefix="fltr-chromium-", ignore_cleanup_errors=True)
        from_us, self.to_browser = os.pipe()
        self.from_browser, to_us = os.pipe()
        # The browser reads commands from its descriptor 3 and answers on 4.
        command = f'exec "$0" "$@" 3<&{from_us} 4>&{to_us}'
        self.process = subprocess.Popen(
            ["bash", "-c", command, path, *FLAGS, f"--user-data-dir={self.profile.name}", "about:blank"],
            pass_fds=(from_us, to_us),
            stderr=subprocess.DEVNULL,
        )
        os.close(from_us)
        os.close(to_us)
        self.buffer, self.last_id, self.session = b"", 0, ""
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.open_page()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(TIMEOUT_S)
        os.close(self.to_browser)
        os.close(self.from_browser)
        self.profile.cleanup()

    def open_page(self) -> None:
        """Attach to the browser's page and listen to what it loads and complains about."""
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "DOM"):
            self.call(f"{domain}.enable")
        self.resize(1280)

    def resize(self, width: int, height: int = 900) -> None:
        """Make the window another size."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def prefer(self, *, dark: bool) -> None:
        """Be the browser of somebody who likes dark pages, or light ones."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send one command and return its result."""
        self.last_id += 1
        message = {"id": self.last_id, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to_browser, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.last_id:
                if "error" in answer:
                    raise ScriptError(f"{method}: {answer['error']}")
                return answer["result"]

    def receive(self) -> dict[str, Any]:
        """Return the next message, noting requests and complaints."""
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.from_browser], [], [], TIMEOUT_S)
            assert ready, "Chromium does not answer."
            part = os.read(self.from_browser, 1 << 16)
            assert part, "Chromium has gone."
            self.buffer += part
        raw, _, self.buffer = self.buffer.partition(b"\0")
        message = json.loads(raw)
        self.note(message.get("method", ""), message.get("params", {}))
        return message

    def note(self, method: str, params: dict[str, Any]) -> None:
        """Keep what a test may want to know of an event."""
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Network.responseReceived" and params["type"] != "Document":
            # A page that answers 405 or 404 is for the test to judge; a missing script or style sheet never is right.
            response = params["response"]
            self.complaints += [f"{response['status']} {response['url']}"] * (response["status"] >= 400)
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(params["exceptionDetails"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.complaints += [params["entry"]["text"]] * (params["entry"]["source"] != "network")

    def run(self, script: str) -> Any:
        """Evaluate JavaScript in the page and return its value."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise ScriptError(f"{script}: {answer['exceptionDetails']['exception'].get('description')}")
        return answer["result"].get("value")

    def wait_for(self, script: str) -> None:
        """Wait until JavaScript in the page yields something true, or promises it."""
        wait_until(lambda: self.try_to_run(f"Promise.resolve({script}).then(Boolean)"), script)

    def visit(self, url: str) -> None:
        """Load a page."""
        self.call("Page.navigate", url=url)
        self.wait_for(IS_LOADED)

    def press(self, element: str) -> None:
        """Click an element, given as JavaScript, that leads to another page; wait for that."""
        self.leave(f"({element}).click()")

    def leave(self, script: str) -> None:
        """Run JavaScript that leads to another page, and wait until that is there."""
        self.run(f"document.documentElement.dataset.left = 'yes'; {script}")
        wait_until(lambda: self.try_to_run(f"{IS_LOADED} && !document.documentElement.dataset.left"), script)

    def try_to_run(self, script: str) -> Any:
        """Evaluate JavaScript; nothing while one page gives way to the next."""
        with suppress(ScriptError):
            return self.run(script)

    def fill(self, selector: str, value: str) -> None:
        """Type into a field."""
        self.run(f"document.querySelector({json.dumps(selector)}).value = {json.dumps(value)}")

    def choose_files(self, selector: str, *paths: Path) -> None:
        """Choose files in a file field."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", files=[str(path) for path in paths], nodeId=node)

    def text(self) -> str:
        """Return all text that can be seen."""
        return self.run("document.body.innerText")

    def screenshot(self, path: Path) -> None:
        """Save a picture of the whole page."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        picture = self.call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(picture["data"]))

    def origins(self) -> set[str]:
        """Return where everything came from; data that the page itself holds comes from nowhere."""
        urls = (urlsplit(url) for url in self.requests)
        return {f"{url.scheme}://{url.netloc}" for url in urls if url.scheme not in ("data", "blob", "about")}


def wait_until(holds: Callable[[], Any], what: str) -> None:
    """Wait until something holds, or fail."""
    deadline = time.monotonic() + TIMEOUT_S
    while not holds():
        assert time.monotonic() < deadline, f"This did not come true: {what}"
        time.sleep(0.05)
