"""moto's server, an emulator of AWS: what the sandbox's requests a second are measured beside."""

from __future__ import annotations

import socket
import subprocess
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.request import Request, urlopen

from measuring import MeasurementError
from sandboxes import START_DEADLINE_S, clean, stop

if TYPE_CHECKING:
    from collections.abc import Iterator

MOTO: Final = Path(__file__).parents[1] / ".clients" / "moto" / "bin" / "moto_server"
"""Where `make bench` puts it."""

USER: Final = "/?Action=GetUser&UserName=ann&Version=2010-05-08"
"""One user by name: as near as IAM of AWS comes to `projects.get`."""

AUTHORIZATION: Final = (
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/iam/aws4_request, "
    "SignedHeaders=host, Signature=00"
)
"""It names the API; moto does not verify signatures unless it is told to."""


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A server that runs."""

    host: str
    port: int
    pid: int


@contextmanager
def moto() -> Iterator[Peer]:
    """Run moto's server, with one user in it, until the context ends.

    Raises:
        MeasurementError: it does not start.
    """
    port = _free_port()
    process = subprocess.Popen(
        [str(MOTO), "-H", "127.0.0.1", "-p", str(port)],
        env=clean(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _make_user(process, port)
        yield Peer(host="127.0.0.1", port=port, pid=process.pid)
    finally:
        stop(process)


def _make_user(process: subprocess.Popen[bytes], port: int) -> None:
    began = time.perf_counter()
    url = f"http://127.0.0.1:{port}{USER.replace('GetUser', 'CreateUser')}"
    while True:
        try:
            with urlopen(Request(url, headers={"Authorization": AUTHORIZATION}), timeout=10):
                return
        except OSError as error:
            if process.poll() is not None or time.perf_counter() - began > START_DEADLINE_S:
                raise MeasurementError(f"moto's server did not start: {error}") from error
            time.sleep(0.05)


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
