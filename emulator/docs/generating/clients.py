"""clients.md: whose clients work."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

from emulator.docs.generating.markdown import page, table

CLIENTS: Final = Path(__file__).parents[2] / "tests" / "clients" / "clients.toml"


def clients() -> str:
    """Return the clients that are driven at a sandbox, and what their tests need."""
    listed = tomllib.loads(CLIENTS.read_text("utf-8"))
    return page(
        "Clients that work with the sandbox",
        "`emulator/tests/clients/clients.toml`",
        "No one here wrote these, and each is driven at one running sandbox by `emulator/tests/clients/`, with its "
        "errors: `make test` tells which passed, and which were skipped because the client is not there.",
        table(
            ("client", "pointed at the sandbox by", "its test needs"),
            ((each["name"], each["redirect"], each["needs"]) for each in listed["client"]),
        ),
        "Terraform has tests of its own.",
        "## What cannot be pointed elsewhere",
        "These have a host of Google's fixed in their code, or no place for an address.\n"
        "They need the names themselves: [`gcp-emulator run --intercept -- CMD`](../intercept.md).",
        table(("client", "why"), ((each["name"], each["why"]) for each in listed["elsewhere"])),
    )
