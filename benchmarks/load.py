"""Ask for one path of a server, again and again, and print how many answers came a second.

    AUTHORIZATION='Bearer …' python benchmarks/load.py HOST PORT PATH COUNT

Plain sockets, kept alive where the server does, a request on each of them at any time: whoever measures must not be
the slow one.
"""

import os
import socket
import sys
import time
from collections.abc import Sequence
from typing import BinaryIO

CONNECTIONS = 8


class UnexpectedError(Exception):
    """The server answered something else than 200."""


class Line:
    """One connection, made again when the server has closed it."""

    def __init__(self, host: str, port: int) -> None:
        self.address = (host, port)
        self.open()

    def open(self) -> None:
        """Connect."""
        self.socket = socket.create_connection(self.address)
        self.answers: BinaryIO = self.socket.makefile("rb")

    def close(self) -> None:
        """End it."""
        self.answers.close()
        self.socket.close()

    def ask(self, request: bytes) -> None:
        """Send a request."""
        self.socket.sendall(request)

    def read(self) -> None:
        """Read one answer.

        Raises:
            UnexpectedError: it is no 200.
        """
        status = self.answers.readline()
        if b" 200 " not in status:
            raise UnexpectedError(f"the server answered {status!r}")
        length, chunked, closed = 0, False, False
        while (line := self.answers.readline()) not in {b"\r\n", b""}:
            name, _, value = line.partition(b":")
            name, value = name.lower(), value.strip().lower()
            length = int(value) if name == b"content-length" else length
            chunked = chunked or (name == b"transfer-encoding" and value == b"chunked")
            closed = closed or (name == b"connection" and value == b"close")
        if chunked:
            while size := int(self.answers.readline(), 16):
                self.answers.read(size + 2)
            length = 2
        self.answers.read(length)
        if closed:
            self.close()
            self.open()


def request(verb: str, path: str, authorization: str, body: bytes = b"") -> bytes:
    """Return a request as it is sent."""
    head = f"{verb} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: {authorization}\r\n"
    if body:
        head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


def load(host: str, port: int, requests: Sequence[bytes], count: int) -> float:
    """Send requests in turn, and return how many answers came a second.

    Raises:
        UnexpectedError: one of them was no 200.
    """
    lines = [Line(host, port) for _ in range(CONNECTIONS)]
    for n, line in enumerate(lines):
        line.ask(requests[n % len(requests)])
    began = time.perf_counter()
    for n in range(count):
        line = lines[n % CONNECTIONS]
        line.read()
        line.ask(requests[(n + CONNECTIONS) % len(requests)])
    took = time.perf_counter() - began
    for line in lines:
        line.read()
        line.close()
    return count / took


if __name__ == "__main__":
    try:
        asked = request("GET", sys.argv[3], os.environ["AUTHORIZATION"])
        print(load(sys.argv[1], int(sys.argv[2]), [asked], int(sys.argv[4])))
    except UnexpectedError as error:
        sys.exit(str(error))
