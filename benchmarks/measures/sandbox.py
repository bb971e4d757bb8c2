"""The sandbox: from start to ready, a large world, requests a second on one core beside a peer, and memory.

The load is `projects.get` by someone who holds Viewer on that project, so that token and permission are evaluated, over
connections from another process. On Linux the server has one core to itself, and the load another. It asks more often
than the log of requests is long, so memory is that of a sandbox whose log is full; then every method is asked once over
gRPC, which loads all its messages, and memory is looked at again. The peer is moto's server, asked for one user by the
same load in the same run.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import grpc
import peer
from gcp_emulator import services
from measuring import Figure, LeftOut, Series, output, ratio
from sandboxes import ANN, LARGE, PYTHON, Served, clean, large_world, resident_mb, served, token_of

if TYPE_CHECKING:
    from collections.abc import Iterator

LOAD: Final = Path(__file__).parents[1] / "load.py"
REQUESTS: Final = 25_000
PEERS_REQUESTS: Final = 2_000
RATES: Final = "requests a second, one core"


def measure(runs: int) -> Iterator[Figure | LeftOut]:
    """Start a sandbox, load it, look at its memory, and stop it; again and again, in turn with the peer."""
    started: list[float] = []
    seeded: list[float] = []
    rates: list[float] = []
    busy_rates: list[float] = []
    sizes: list[float] = []
    whole: list[float] = []
    peers: list[float] = []
    with tempfile.TemporaryDirectory(prefix="provision-bench-") as folder:
        world = large_world(Path(folder))
        with served():  # the first start writes bytecode
            pass
        for _ in range(runs):
            with served() as sandbox:
                started.append(sandbox.started_s)
            with served("--seed-file", str(world)) as sandbox:
                seeded.append(sandbox.started_s)
                before = _cpu_s(sandbox.pid)
                with _on_one_core(sandbox.pid):
                    rates.append(_load_sandbox(sandbox))
                if busy := _cpu_s(sandbox.pid) - before:
                    busy_rates.append(REQUESTS / busy)
                sizes.append(resident_mb(sandbox.pid))
                _ask_everything_over_grpc(sandbox)
                whole.append(resident_mb(sandbox.pid))
            if peer.MOTO.exists():
                peers.append(_rate_of_peer())
    yield Figure(name="start to ready", values=tuple(started), unit="s", bound="<=", goal=0.5)
    yield Figure(name=f"start to ready with {LARGE:,} projects", values=tuple(seeded), unit="s", bound="<=", goal=3.0)
    yield Figure(
        name=RATES,
        values=tuple(rates),
        unit="/s",
        bound=">=",
        goal=2_000,
        raw=(Series(name="a second of its CPU time", values=tuple(busy_rates), unit="/s"),) if busy_rates else (),
    )
    if peers:
        ours, theirs = (
            Series(name="sandbox", values=tuple(rates), unit="/s"),
            Series(name="moto's server", values=tuple(peers), unit="/s"),
        )
        yield ratio(f"{RATES} / of moto's server", ours, theirs, ">=", 1.0)
    else:
        yield LeftOut(name=f"{RATES} / of moto's server", why="`make bench` installs it; this was not make")
    yield Figure(
        name=f"memory after {LARGE:,} projects and the load", values=tuple(sizes), unit="MB", bound="<=", goal=120
    )
    yield Figure(
        name="memory after that, with every gRPC API in use", values=tuple(whole), unit="MB", bound="<=", goal=260
    )


def _ask_everything_over_grpc(sandbox: Served) -> None:
    """Ask each method that has a gRPC API once, with an empty message: most refuse it, when they have read it."""
    token = [("authorization", f"Bearer {sandbox.ready['token']}")]
    with grpc.insecure_channel(sandbox.ready["grpc_target"]) as channel:
        for name in dict.fromkeys(method.name for method in services.registry().methods if method.request):
            with suppress(grpc.RpcError):
                ask: Any = channel.unary_unary(f"/{name}")
                ask(b"", metadata=token, timeout=30)


def _load_sandbox(sandbox: Served) -> float:
    """Return how many answers came a second."""
    address = urlsplit(sandbox.ready["rest_url"])
    authorization = f"Bearer {token_of(sandbox, ANN)}"
    return _load(str(address.hostname), address.port or 80, "/v3/projects/seeded-05000", authorization, REQUESTS)


def _rate_of_peer() -> float:
    with peer.moto() as server, _on_one_core(server.pid):
        return _load(server.host, server.port, peer.USER, peer.AUTHORIZATION, PEERS_REQUESTS)


def _load(host: str, port: int, path: str, authorization: str, count: int) -> float:
    command = [PYTHON, str(LOAD), host, str(port), path, str(count)]
    return float(output(command, clean() | {"AUTHORIZATION": authorization})[0])


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
