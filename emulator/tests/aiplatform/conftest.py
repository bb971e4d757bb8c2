"""One sandbox for the tables of this folder, over both transports; its clock is until a test moves it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from gcp_emulator.server import Running, running

from emulator.tests.conftest import Cloud


@pytest.fixture(scope="module")
def ready() -> Iterator[Running]:
    with running(clock=0) as started:
        yield started


@pytest.fixture(scope="module")
def vertex(ready: Running) -> Iterator[Cloud]:
    cloud = Cloud(ready)
    with cloud.session:
        yield cloud
