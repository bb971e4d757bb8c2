"""A sandbox that answers under Google's own host names, and clients that are only told of it by environment."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from gcp_emulator import environment
from gcp_emulator.server import Running, running

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def google(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    ready_file: Path = tmp_path_factory.mktemp("intercept") / "ready.json"
    with running(intercept=True, clock=3600, propagation=0, ready_file=ready_file) as ready:
        yield ready


@pytest.fixture
def environ(google: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process see what `run --intercept` sets for its command."""
    for name, value in environment.variables(google).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def run(google: Running) -> Run:
    """Run a command as `run --intercept` would."""

    def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        child = environment.child(google) | more
        return subprocess.run(words, env=child, capture_output=True, text=True, timeout=60, check=False)

    return run


@pytest.fixture
def refused(google: Running) -> Callable[[], list[tuple[str, int | str]]]:
    """What the proxy has let no further since the test began: target and status."""
    since = max((entry["sequence"] for entry in google.requests()), default=0)

    def found() -> list[tuple[str, int | str]]:
        return [(each["path"], each["status"]) for each in google.requests(since) if each["transport"] == "proxy"]

    return found


@pytest.fixture
def web(google: Running, environ: None) -> Iterator[httpx2.Client]:
    """A web client that goes through the proxy as the sandbox's owner."""
    with httpx2.Client(headers={"authorization": f"Bearer {google['token']}"}) as client:
        yield client


def dedicated(ready: Running) -> dict[str, Any]:
    """The endpoint that a fresh state has under a DNS name of its own."""
    tables = ready.state()
    rows = tables["aiplatform.endpoints"].values()
    [found] = [row["resource"] for row in rows if row["resource"].get("dedicatedEndpointDns")]
    return dict(found)


CLIENTS = Path(__file__).parents[3] / ".clients" / "node_modules"
"""Where `make clients` puts what is no dependency of the project: Node's clients."""
