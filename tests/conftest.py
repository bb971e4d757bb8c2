"""What every test of the toolkit gets, above all a sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import pytest
from gcp_emulator.server import Running, running

from emulator.tests.isolation import _no_way_out, _own_local_environment
from provision.clients import Clients
from provision.config import Config, Target, load
from provision.google.transport import CallLog

__all__ = ["_no_way_out", "_own_local_environment"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--live", metavar="PROJECT_ID", help="run the tests marked live against this real project")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--live"):
        return
    for item in items:
        if item.get_closest_marker("live"):
            item.add_marker(pytest.mark.skip(reason="asks the real Google Cloud: needs --live PROJECT_ID"))


@pytest.fixture
def sandbox() -> Iterator[Running]:
    """A sandbox of the test's own, whose clock is until the toolkit waits or the test moves it."""
    with running(clock=0, propagation=6.0, grpc=False) as ready:
        yield ready


@pytest.fixture
def patient_sandbox() -> Iterator[Running]:
    """A sandbox for who waits in time of its own: a minute passes in a second, and a token outlives a command."""
    with running(clock=60.0, propagation=0.6, grpc=False) as ready:
        yield ready


def target_of(ready: Running) -> Target:
    return Target(
        name="sandbox",
        address=ready["rest_url"],
        credentials_file=Path(ready["credentials_file"]),
        project_id=ready["project"],
    )


_RUNNING: WeakValueDictionary[str, Running] = WeakValueDictionary()
"""The sandboxes that configurations were made for, by their address."""


def config_for(ready: Running, **options: Any) -> Config:
    """The ready project's configuration, unless ``project__id`` and others say differently."""
    _RUNNING[ready["rest_url"]] = ready
    given = {key.replace("__", "."): value for key, value in options.items()}
    file = Path("limits.yaml")
    file.write_text("limits: {usable_interval: 0}\n")
    return load(options=given, file=file, target=target_of(ready))


def clients_for(config: Config) -> Clients:
    """Clients whose time is the sandbox's: to sleep moves its clock, and no test depends on how fast a machine is."""
    ready = _RUNNING.get(config.target.address)
    now = 0.0

    def sleep(seconds: float) -> None:
        nonlocal now
        step = max(seconds, 3.0)  # who does not want to wait between two looks still lets time pass
        now += step
        if ready is not None:
            ready.advance(step)

    return Clients(config=config, log=CallLog(), sleep=sleep, clock=lambda: now)


@pytest.fixture
def ready_file(sandbox: Running, tmp_path: Path) -> Path:
    """The ready file of the sandbox, as PROVISION_TARGET names it.

    Who is given it waits in time of its own, so from here on the clock goes: a minute in a second.
    """
    sandbox.do(lambda inner: inner.state.clock.rescale(60.0))
    path = tmp_path / "ready.json"
    path.write_text(json.dumps(dict(sandbox)))
    return path
