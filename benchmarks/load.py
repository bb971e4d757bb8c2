"""Ask for one path of a server, again and again, and print how many answers came a second.

    TOKEN=… python benchmarks/load.py HOST PORT PATH COUNT

Plain sockets, kept alive, a request on each of them at any time: whoever measures must not be the slow one.
"""

import os
import socket
import sys
import time
from typing import BinaryIO

CONNECTIONS = 8


def read(answer: BinaryIO) -> None:
    """Read one answer; anything but a 200 ends it all."""
    status = answer.readline()
    if b" 200 " not in status:
        sys.exit(f"the server answered {status!r}")
    length = 0
    while (line := answer.readline()) not in {b"\r\n", b""}:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    answer.read(length)


host, port, path, count = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
request = f"GET {path} HTTP/1.1\r\nhost: {host}:{port}\r\nauthorization: Bearer {os.environ['TOKEN']}\r\n\r\n".encode()
sockets = [socket.create_connection((host, port)) for _ in range(CONNECTIONS)]
answers = [each.makefile("rb") for each in sockets]

for each in sockets:
    each.sendall(request)
began = time.perf_counter()
for n in range(count):
    at = n % CONNECTIONS
    read(answers[at])
    sockets[at].sendall(request)
print(count / (time.perf_counter() - began))
