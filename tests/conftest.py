"""What every test of the toolkit gets, above all a sandbox."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gcp_emulator.server import Running, running

from emulator.tests.isolation import _no_way_out, _own_surroundings
from provision.clients import Clients
from provision.config import Config, Target, load
from provision.google.transport import CallLog

__all__ = ["_no_way_out", "_own_surroundings"]


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
