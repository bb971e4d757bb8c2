"""What a fresh state holds: an organization, two billing accounts, a host, a ready and an empty project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gcp_emulator import services
from gcp_emulator.identity import ACCOUNTS, Account
from gcp_emulator.seed_data import EMPTY, HOST, READY, SEED_DATA, SeedData

if TYPE_CHECKING:
    from gcp_emulator.store import State


def seed(state: State) -> SeedData:
    """Fill an empty state."""
    seed_data = SeedData(
        organization=f"organizations/{state.digits(12)}",
        host=HOST,
        host_number=state.digits(12),
        ready=READY,
        ready_number=state.digits(12),
        empty=EMPTY,
        empty_number=state.digits(12),
        billing_account=f"billingAccounts/{_account_id(state)}",
        closed_billing_account=f"billingAccounts/{_account_id(state)}",
        email=f"owner@{HOST}.iam.gserviceaccount.com",
        unique_id=state.digits(21),
    )
    state[SEED_DATA].put(seed_data)
    state[ACCOUNTS].put(
        Account(
            email=seed_data.email,
            project=HOST,
            unique_id=seed_data.unique_id,
            display_name="Owner of everything in this sandbox",
            owner=True,
        )
    )
    services.seed(state, seed_data)
    return seed_data


def _account_id(state: State) -> str:
    """Return a billing account id as Google writes them: 012345-6789AB-CDEF01."""
    text = state.draw().hex().upper()
    return f"{text[:6]}-{text[6:12]}-{text[12:18]}"
