"""What a fresh world holds: an organization, two billing accounts, a host, a ready and an empty project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gcp_emulator import services
from gcp_emulator.identity import ACCOUNTS, Account
from gcp_emulator.seeds import EMPTY, HOST, READY, SEEDS, Seeds

if TYPE_CHECKING:
    from gcp_emulator.store import World


def sow(world: World) -> Seeds:
    """Fill an empty world."""
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
