"""The names of what a fresh state holds.

The *host* project owns the service account whose key the sandbox hands out; every control API is on there,
so that its calls are never gated by accident. The *ready* project is what a finished onboarding leaves
behind; the *empty* one is ACTIVE and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gcp_emulator.store import Table

LOCATION: Final = "global"  # where gpt-oss-120b is served

HOST, READY, EMPTY = "sandbox-host", "sandbox-ready", "sandbox-empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedData:
    """The names in a fresh state, as the ready file tells them."""

    name: str = "seeds"
    organization: str
    host: str
    host_number: str
    ready: str
    ready_number: str
    empty: str
    empty_number: str
    billing_account: str
    closed_billing_account: str
    email: str
    unique_id: str
    location: str = LOCATION


SEED_DATA: Final = Table("sandbox.seeds", SeedData, key="name")
