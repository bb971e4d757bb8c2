"""A headless browser, driven over two pipes: one start, no port, no other dependency.

https://chromedevtools.github.io/devtools-protocol/ (``--remote-debugging-pipe``: messages end with a zero byte)
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SWITCHES = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-default-browser-check",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--disable-extensions", "--hide-scrollbars", "--remote-debugging-pipe",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # nothing beyond this machine, whatever a page asks for
)  # fmt: skip


def find() -> str | None:
    """Return the browser's path, if one is installed."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Page:
    """One page of the browser; what it asked for and what it complained about is kept."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to = os.fdopen(to_browser, "wb", buffering=0)
        self._from = os.fdopen(from_browser, "rb", buffering=0)
        self._number = 0
        self._buffer = b""
        self._session: str | None = None
        self.requests: list[str] = []
        self.complaints: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> Any:
        """Call one method of the protocol and return its result."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        self._to.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer["error"]
                return answer["result"]

    def open(self, file: Path) -> None:
        """Open a file and wait until it is loaded."""
        self.requests.clear()
        self.complaints.clear()
        self._loaded = False
        self.call("Page.navigate", url=file.resolve().as_uri())
        while not self._loaded:
            self._read()

    def look(self, *, width: int, dark: bool, media: str = "screen") -> None:
        """Make the page so wide, in light or dark."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", media=media, features=[scheme])

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression of the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def screenshot(self) -> str:
        """Return the whole page as PNG, in base64."""
        picture: str = self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        return picture

    def close(self) -> None:
        """Close the pipes."""
        self._to.close()
        self._from.close()

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            read = self._from.read(1 << 16)
            assert read, "the browser has ended"
            self._buffer += read
        raw, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(raw)
        parameters = message.get("params", {})
        match message.get("method"):
            case "Network.requestWillBeSent":
                self.requests.append(parameters["request"]["url"])
            case "Log.entryAdded":
                self.complaints.append(parameters["entry"]["text"])
            case "Runtime.exceptionThrown":
                self.complaints.append(parameters["exceptionDetails"]["text"])
            case "Page.loadEventFired":
                self._loaded = True
        return message


@contextmanager
def browser(path: str, profile: Path) -> Iterator[Page]:
    """Start the browser with an empty profile and yield its page; it ends with the block."""
    read_by_browser, to_browser = os.pipe()
    from_browser, written_by_browser = os.pipe()

    def pipes() -> None:  # the browser reads from 3 and writes to 4
        low = os.dup(read_by_browser), os.dup(written_by_browser)
        os.dup2(low[0], 3)
        os.dup2(low[1], 4)

    process = subprocess.Popen(
        [path, *SWITCHES, f"--user-data-dir={profile}", "about:blank"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(3, 4) if {3, 4} <= {read_by_browser, written_by_browser} else (),
        close_fds=False,
        preexec_fn=pipes,  # noqa: PLW1509 - no thread of ours holds a lock here
    )
    os.close(read_by_browser)
    os.close(written_by_browser)
    page = Page(to_browser, from_browser)
    try:
        yield page
    finally:
        page.close()  # the browser ends when its pipes are closed
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
