"""A hundred thousand requests: everything that is read, written, refused and streamed, and nothing that grows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from load import load, request
from measuring import MeasurementError
from sandboxes import ANN, Served, resident_mb, served, token_of

if TYPE_CHECKING:
    from collections.abc import Iterator

CLAIM: Final = "100,000 requests of every kind leave the sandbox no larger than the first 40,000: nothing grows."
COMMAND: Final = "python benchmarks/prove.py soak"
WARM: Final = 40_000
"""Requests until the log of 20,000 is full, and every table and cache has been used."""
ROUNDS: Final = 6
IN_A_ROUND: Final = 10_000
MOST_GROWTH_MB: Final = 3.0
"""What the allocator may move by itself, back and forth."""


def prove() -> list[str]:
    """Send them; return rate, memory and growth."""
    with served("--no-rate-limits", "--propagation", "0") as sandbox:
        address = urlsplit(sandbox.ready["rest_url"])
        host, port = str(address.hostname), address.port or 80
        requests = list(_requests(sandbox))
        rates = [load(host, port, requests, WARM)]
        sizes = [resident_mb(sandbox.pid)]
        for _ in range(ROUNDS):
            rates.append(load(host, port, requests, IN_A_ROUND))
            sizes.append(resident_mb(sandbox.pid))
        log = sandbox.get("/sandbox/v1/requests")
    growth = max(sizes[-2:]) - sizes[0]
    message = ", ".join(f"{size:.1f}" for size in sizes)
    if growth > MOST_GROWTH_MB or len(log) > 20_000:
        raise MeasurementError(f"it grew: {message} MB; {len(log)} entries in the log")
    return [
        f"{WARM + ROUNDS * IN_A_ROUND:,} requests, {min(rates):,.0f} to {max(rates):,.0f} a second",
        f"{sizes[0]:.1f} MB after {WARM:,}, {sizes[-1]:.1f} MB at the end",
        f"{len(log):,} entries in the log",
    ]


def _requests(sandbox: Served) -> Iterator[bytes]:
    """One of each kind: all are answered with 200, and none leaves more behind than the one before it."""
    project, owner = sandbox.ready["project"], f"Bearer {sandbox.ready['token']}"
    one = f"/v1/projects/{project}"
    chat = {"model": "openai/gpt-oss-120b-maas", "messages": [{"role": "user", "content": "Say hello."}]}
    member = {"policy": {"bindings": [{"role": "roles/viewer", "members": [ANN]}]}}
    yield request("POST", f"{one}:setIamPolicy", owner, json.dumps(member).encode())
    yield request("GET", f"/v3/projects/{project}", f"Bearer {token_of(sandbox, ANN)}")
    yield request("GET", f"{one}/services?filter=state:ENABLED&pageSize=200", owner)
    yield request("GET", f"{one}/billingInfo", owner)
    yield request("PUT", f"{one}/billingInfo", owner, _body(billingAccountName=sandbox.ready["billing_account"]))
    yield request("GET", f"{one}/locations/us-central1/endpoints", owner)
    yield request("POST", f"{one}/services/notebooks.googleapis.com:enable", owner, b"{}")
    yield request(
        "POST", f"{one}/locations/global/endpoints/openapi/chat/completions", owner, json.dumps(chat).encode()
    )
    stream = {**chat, "stream": True}
    yield request(
        "POST", f"{one}/locations/global/endpoints/openapi/chat/completions", owner, json.dumps(stream).encode()
    )
    yield request("POST", f"{one}:testIamPermissions", owner, _body(permissions=["resourcemanager.projects.get"]))


def _body(**fields: object) -> bytes:
    return json.dumps(fields).encode()
