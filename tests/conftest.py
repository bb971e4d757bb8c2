"""What every test gets: no settings of the machine it runs on, and no way out of it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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

    def guarded(self: socket.socket, address: Any) -> None:  # noqa: ANN401 - as the socket module has it
        if isinstance(address, tuple) and not str(address[0]).startswith(("127.", "::1", "localhost")):
            raise OSError(f"a test tried to reach {address[0]}")
        connect(self, address)

    socket.socket.connect = guarded  # type: ignore[method-assign] # there is no other place where all connections pass
    yield
    socket.socket.connect = connect  # type: ignore[method-assign] # likewise
