"""Ten thousand projects: seeded in three seconds, served within a small memory."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from load import load, request
from measuring import MeasurementError
from sandboxes import ANN, LARGE, large_world, resident_mb, served, token_of

CLAIM: Final = (
    "10,000 projects are seeded in less than 3 s, and after a load with authentication and IAM on, asking for each of "
    "them, the process holds at most 120 MB."
)
COMMAND: Final = "python benchmarks/prove.py seeding"
REQUESTS: Final = 25_000


def prove() -> list[str]:
    """Seed, load, and look."""
    with tempfile.TemporaryDirectory(prefix="provision-proof-") as folder:
        world = large_world(Path(folder))
        with served() as small:
            plain = small.started_s
        with served("--seed-file", str(world)) as sandbox:
            seeded = max(0.0, sandbox.started_s - plain)
            before = resident_mb(sandbox.pid)
            address = urlsplit(sandbox.ready["rest_url"])
            bearer = f"Bearer {token_of(sandbox, ANN)}"
            requests = [request("GET", f"/v3/projects/seeded-{number:05d}", bearer) for number in range(LARGE)]
            rate = load(str(address.hostname), address.port or 80, requests, REQUESTS)
            after = resident_mb(sandbox.pid)
    if seeded >= 3 or after > 120:
        raise MeasurementError(f"seeding took {seeded:.2f} s, {after:.0f} MB after the load")
    return [
        f"seeded in {seeded:.2f} s",
        f"{before:.0f} MB, after {REQUESTS:,} requests {after:.0f} MB",
        f"{rate:,.0f} requests a second",
    ]
