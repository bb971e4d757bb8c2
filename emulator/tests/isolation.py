"""What every test of both packages gets: no settings of the machine it runs on, and no way out of it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# How long an example takes says something of the machine, and nothing of the code.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

_FOREIGN = ("GOOGLE_", "CLOUDSDK_", "PROVISION_", "GCE_", "OPENAI_", "GCLOUD_", "XDG_")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "NO_COLOR", "PROJECT_ID", "CI")


@pytest.fixture(autouse=True)
def _own_local_environment(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start each test without anyone's credentials, configuration or proxies, in a folder of its own."""
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
    if request.config.getoption("--live", None):
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
