"""What a fresh world holds: an organization, two billing accounts, a host, a ready and an empty project.

The *host* project owns the service account whose key the sandbox hands out; every control API is on there,
so that its calls are never gated by accident. The *ready* project is what a finished onboarding leaves
behind; the *empty* one is ACTIVE and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gcp_emulator.identity import ACCOUNTS, Account
from gcp_emulator.store import Table, World

LOCATION: Final = "global"  # where gpt-oss-120b is served

HOST, READY, EMPTY = "sandbox-host", "sandbox-ready", "sandbox-empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeds:
    """The names in a fresh world, as the ready file tells them."""

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


SEEDS: Final = Table("sandbox.seeds", Seeds, key="name")


def sow(world: World) -> Seeds:
    """Fill an empty world."""
    from gcp_emulator import services

    seeds = Seeds(
        organization=f"organizations/{world.digits(12)}",
        host=HOST,
        host_number=world.digits(12),
        ready=READY,
        ready_number=world.digits(12),
        empty=EMPTY,
        empty_number=world.digits(12),
        billing_account=f"billingAccounts/{_account_id(world)}",
        closed_billing_account=f"billingAccounts/{_account_id(world)}",
        email=f"owner@{HOST}.iam.gserviceaccount.com",
        unique_id=world.digits(21),
    )
    world[SEEDS].put(seeds)
    world[ACCOUNTS].put(
        Account(
            email=seeds.email,
            project=HOST,
            unique_id=seeds.unique_id,
            display_name="Owner of everything in this sandbox",
            owner=True,
        )
    )
    services.seed(world, seeds)
    return seeds


def _account_id(world: World) -> str:
    """Return a billing account id as Google writes them: 012345-6789AB-CDEF01."""
    text = world.draw().hex().upper()
    return f"{text[:6]}-{text[6:12]}-{text[12:18]}"
