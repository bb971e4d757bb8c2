"""The emulator as a proxy: what is asked for past it is refused by name."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("dns.googleapis.com", "dns.googleapis.com is not served by the sandbox"),
        (
            "pubsub.googleapis.com",
            "pubsub.googleapis.com is not served by the sandbox at that address: set its endpoint to the sandbox's, "
            "or use --intercept",
        ),
    ],
)
def test_a_tunnel_is_refused_in_its_reason_phrase(cloud: Cloud, host: str, reason: str) -> None:
    address, _, port = cloud["rest_url"].removeprefix("http://").partition(":")
    with socket.create_connection((address, int(port)), timeout=10) as connection:
        connection.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n".encode())
        answer = b""
        while part := connection.recv(4096):
            answer += part
    assert answer.partition(b"\r\n")[0].decode() == f"HTTP/1.1 501 {reason}"
    assert cloud.get("/healthz")
