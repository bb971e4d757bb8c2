"""The sandbox: from start to ready, requests a second on one core, and memory after them.

The load is `projects.get`, authenticated, over connections that are kept alive, from another process. On Linux the
server has one core to itself, and the load another. It asks more often than the log of requests is long, so memory is
that of a sandbox whose log is full.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from measuring import Figure, Series, output
from sandboxes import PYTHON, Served, clean, served

if TYPE_CHECKING:
    from collections.abc import Iterator

LOAD: Final = Path(__file__).parents[1] / "load.py"
REQUESTS: Final = 25_000


def measure(runs: int) -> Iterator[Figure]:
    """Start a sandbox, load it, look at its memory, and stop it; again and again."""
    started: list[float] = []
    rates: list[float] = []
    busy_rates: list[float] = []
    sizes: list[float] = []
    with served():  # the first start writes bytecode
        pass
    for _ in range(runs):
        with served() as sandbox:
            started.append(sandbox.started_s)
            before = _cpu_s(sandbox.pid)
            with _on_one_core(sandbox.pid):
                rate = _load(sandbox)
            busy = _cpu_s(sandbox.pid) - before
            rates.append(rate)
            if busy:
                busy_rates.append(REQUESTS / busy)
            sizes.append(_resident_mb(sandbox.pid))
    yield Figure(name="start to ready", values=tuple(started), unit="s", bound="<=", goal=0.5)
    yield Figure(
        name="requests a second, one core",
        values=tuple(rates),
        unit="/s",
        bound=">=",
        goal=2_000,
        raw=(Series(name="a second of its CPU time", values=tuple(busy_rates), unit="/s"),) if busy_rates else (),
    )
    yield Figure(name="memory after the load", values=tuple(sizes), unit="MB", bound="<=", goal=120)


def _load(sandbox: Served) -> float:
    """Return how many answers came a second."""
    address = urlsplit(sandbox.ready["rest_url"])
    path = f"/v3/projects/{sandbox.ready['project']}"
    load = [PYTHON, str(LOAD), str(address.hostname), str(address.port), path, str(REQUESTS)]
    return float(output(load, clean() | {"TOKEN": sandbox.ready["token"]})[0])


@contextmanager
def _on_one_core(pid: int) -> Iterator[None]:
    """Give the server one core, and this process, with what it starts, the others; elsewhere leave it to the system."""
    if sys.platform != "linux":
        yield
        return
    cores = sorted(os.sched_getaffinity(0))
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(ProcessLookupError):  # it has just ended
            os.sched_setaffinity(int(thread.name), cores[:1])
    os.sched_setaffinity(0, cores[1:] or cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def _cpu_s(pid: int) -> float:
    """Return the CPU time a process has used; 0 where it is not to be had without another package."""
    if sys.platform != "linux":
        return 0.0
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident_mb(pid: int) -> float:
    return int(output(["ps", "-o", "rss=", "-p", str(pid)], clean())[0]) / 1024
