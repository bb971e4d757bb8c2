"""Put load on one path of a server and print, as JSON, how many answers came in how many seconds.

    TOKEN=… python benchmarks/load.py HOST PORT PATH SECONDS

Plain sockets, kept alive, a request on each of them at any time: whoever measures must not be the slow one.
"""

import json
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


host, port, path, duration = sys.argv[1], int(sys.argv[2]), sys.argv[3], float(sys.argv[4])
request = f"GET {path} HTTP/1.1\r\nhost: {host}:{port}\r\nauthorization: Bearer {os.environ['TOKEN']}\r\n\r\n".encode()
sockets = [socket.create_connection((host, port)) for _ in range(CONNECTIONS)]
answers = [each.makefile("rb") for each in sockets]

for each in sockets:
    each.sendall(request)
count = 0
began = time.perf_counter()
while (passed := time.perf_counter() - began) < duration:
    for each, answer in zip(sockets, answers, strict=True):
        read(answer)
        each.sendall(request)
        count += 1
print(json.dumps({"answers": count, "seconds": passed}))
