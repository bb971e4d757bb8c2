"""What every test gets: no settings of the machine it runs on, and no way out of it."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from provision.clients import Clients
from provision.clients.transport import CallLog
from provision.config import Config, Target, load
from provision.sandbox.server import Running, running

# How long an example takes says something of the machine, and nothing of the code.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

_FOREIGN = ("GOOGLE_", "CLOUDSDK_", "PROVISION_", "GCE_", "OPENAI_", "GCLOUD_", "XDG_")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "NO_COLOR", "PROJECT_ID", "CI")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--live", metavar="PROJECT_ID", help="run the tests marked live against this real project")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--live"):
        return
    for item in items:
        if item.get_closest_marker("live"):
            item.add_marker(pytest.mark.skip(reason="asks the real Google Cloud: needs --live PROJECT_ID"))


@pytest.fixture(autouse=True)
def _own_surroundings(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start each test without anybody's credentials, configuration or proxies, in a folder of its own."""
    if request.node.get_closest_marker("live"):
        return
    for name in list(os.environ):
        if name.startswith(_FOREIGN) or name in _PROXIES or name.lower() in _PROXIES:
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True, scope="session")
def _no_way_out(request: pytest.FixtureRequest) -> Iterator[None]:
    """Refuse every connection that does not stay on this machine."""
    if request.config.getoption("--live"):
        yield
        return
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(("127.", "::1", "localhost")):
            raise OSError(f"a test tried to reach {address[0]}")
        connect(self, address)

    socket.socket.connect = guarded  # type: ignore[assignment,method-assign] # there is no other place where all connections pass
    yield
    socket.socket.connect = connect  # type: ignore[method-assign] # likewise


@pytest.fixture
def sandbox() -> Iterator[Running]:
    """A sandbox of the test's own, in which ten minutes pass in a second."""
    with running(clock=600.0, propagation=6.0, grpc=False) as ready:
        yield ready


@pytest.fixture
def patient_sandbox() -> Iterator[Running]:
    """A sandbox in which a minute passes in a second: its tokens outlive whole commands on a busy machine."""
    with running(clock=60.0, propagation=0.6, grpc=False) as ready:
        yield ready


def target_of(ready: Running) -> Target:
    return Target(
        name="sandbox",
        address=ready["rest_url"],
        credentials_file=Path(ready["credentials_file"]),
        project_id=ready["project"],
    )


def config_for(ready: Running, **options: Any) -> Config:
    """The ready project's configuration, unless ``project__id`` and others say differently."""
    given = {key.replace("__", "."): value for key, value in options.items()}
    file = Path("limits.yaml")
    file.write_text("limits: {usable_interval: 0}\n")
    return load(options=given, file=file, target=target_of(ready))


def clients_for(config: Config) -> Clients:
    return Clients(config=config, log=CallLog(), sleep=lambda seconds: time.sleep(min(seconds, 0.01)))


@pytest.fixture
def ready_file(sandbox: Running, tmp_path: Path) -> Path:
    """The ready file of the sandbox, as PROVISION_TARGET names it."""
    path = tmp_path / "ready.json"
    path.write_text(json.dumps(dict(sandbox)))
    return path
