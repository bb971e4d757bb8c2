"""Start a sandbox in a process of its own, and everything that is pointed at it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from gcp_emulator import environment
from measuring import MeasurementError, output

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
        started_s: from starting the process until the ready file was there.
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
        with closing(connection):
            connection.request("GET", path)
            return json.load(connection.getresponse())


LARGE: Final = 10_000
"""Projects in the large world."""

ANN: Final = "user:ann@example.com"
"""Who may look at each of them, and no more: her calls are evaluated by IAM, as the owner's are not."""


def large_world(folder: Path) -> Path:
    """Write a seed file with many projects: linked, with a service on, each with a policy of its own."""
    path = folder / "seed.yaml"
    with path.open("w", encoding="utf-8") as file:
        file.write("projects:\n")
        for number in range(LARGE):
            file.write(
                f"  seeded-{number:05d}:\n    billing: open\n    services: [aiplatform.googleapis.com]\n"
                f"    policy:\n      - {{role: roles/viewer, members: ['{ANN}']}}\n"
            )
    return path


def token_of(served: Served, member: str) -> str:
    """Return a token of anyone."""
    connection = HTTPConnection(urlsplit(served.ready["rest_url"]).netloc, timeout=10)
    with closing(connection):
        connection.request("POST", "/sandbox/v1/tokens", json.dumps({"member": member}))
        token: str = json.load(connection.getresponse())["access_token"]
        return token


def resident_mb(pid: int) -> float:
    """Return how much memory a process has, as the system counts it."""
    return int(output(["ps", "-o", "rss=", "-p", str(pid)], clean())[0]) / 1024


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
                env=clean() | {"XDG_STATE_HOME": name},  # the record of a sandbox that someone uses stays
                stdin=subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
            )
            try:
                started_s = _wait(process, ready_file, log, began)
                ready = json.loads(ready_file.read_text())
                yield Served(ready=ready, pid=process.pid, started_s=started_s, folder=folder)
            finally:
                stop(process)


def _wait(process: subprocess.Popen[bytes], ready_file: Path, log: Path, began: float) -> float:
    while not ready_file.exists():
        if process.poll() is not None or time.perf_counter() - began > START_DEADLINE_S:
            raise MeasurementError(f"the sandbox did not start\n{log.read_text()}")
        time.sleep(POLL_S)
    return time.perf_counter() - began


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process that we started, if need be by force."""
    process.terminate()
    try:
        process.wait(STOP_DEADLINE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
