"""Start a sandbox in a process of its own, and everything that is pointed at it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from measuring import MeasurementError

from provision.sandbox import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

PYTHON: Final = sys.executable
PROVISION: Final = str(Path(sysconfig.get_path("scripts")) / "provision")
START_DEADLINE_S: Final = 30.0
STOP_DEADLINE_S: Final = 10.0
POLL_S: Final = 0.001


@dataclass(frozen=True, kw_only=True)
class Served:
    """A sandbox that runs.

    Attributes:
        ready: what its ready file says.
        pid: the process that serves.
        started_s: from starting the process until the ready file stood there.
        folder: scratch space that goes with it.
    """

    ready: dict[str, Any]
    pid: int
    started_s: float
    folder: Path

    def environment(self) -> dict[str, str]:
        """Return the environment that `provision sandbox run` gives a command."""
        return clean() | environment.child(self.ready) | {"PYTHONDONTWRITEBYTECODE": ""}

    def get(self, path: str) -> Any:
        """Return what the control API answers."""
        connection = HTTPConnection(urlsplit(self.ready["rest_url"]).netloc, timeout=10)
        try:
            connection.request("GET", path)
            return json.load(connection.getresponse())
        finally:
            connection.close()


def clean() -> dict[str, str]:
    """Return this environment, with bytecode written: what is installed has it too."""
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPROFILEIMPORTTIME": ""}


@contextmanager
def served(*options: str) -> Iterator[Served]:
    """Run ``provision sandbox serve`` with these options until the context ends.

    Raises:
        MeasurementError: it does not become ready.
    """
    with tempfile.TemporaryDirectory(prefix="provision-bench-") as name:
        folder = Path(name)
        ready_file = folder / "ready.json"
        log = folder / "log"
        with log.open("w") as writing:
            began = time.perf_counter()
            process = subprocess.Popen(
                [PROVISION, "sandbox", "serve", "--ready-file", str(ready_file), *options],
                env=clean() | {"XDG_STATE_HOME": name},  # the record of a sandbox that somebody uses stays
                stdin=subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
            )
            try:
                started_s = _wait(process, ready_file, log, began)
                ready = json.loads(ready_file.read_text())
                yield Served(ready=ready, pid=process.pid, started_s=started_s, folder=folder)
            finally:
                _stop(process)


def _wait(process: subprocess.Popen[bytes], ready_file: Path, log: Path, began: float) -> float:
    while not ready_file.exists():
        if process.poll() is not None or time.perf_counter() - began > START_DEADLINE_S:
            raise MeasurementError(f"the sandbox did not start\n{log.read_text()}")
        time.sleep(POLL_S)
    return time.perf_counter() - began


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_DEADLINE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
