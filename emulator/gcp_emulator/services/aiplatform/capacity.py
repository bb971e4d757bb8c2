"""Accelerators: how many the endpoints of a project hold in a region, and the error for more.

They are counted when a deployment is asked for and again when it is done, so that of two at once only one is.
Error: https://github.com/GoogleCloudPlatform/stable-diffusion-on-gcp/issues/12 (for training),
https://github.com/google-deepmind/xmanager/issues/29
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gcp_emulator import allocations, quota_overrides
from gcp_emulator.errors import ApiError
from gcp_emulator.services.aiplatform import error_cases
from gcp_emulator.services.aiplatform.state import ENDPOINTS

if TYPE_CHECKING:
    from gcp_emulator.allocations import Allocation
    from gcp_emulator.call import Json
    from gcp_emulator.store import State


def check(state: State, endpoint: str, resources: Json | None, before: Json | None = None) -> None:
    """Refuse a deployment for which the project has too few accelerators.

    Args:
        state: where the limits and the endpoints are.
        endpoint: the full name of where it is deployed to.
        resources: its `DedicatedResources`, if it has some.
        before: those it holds already, if it is one that changes.

    Raises:
        Refused: RESOURCE_EXHAUSTED; INVALID_ARGUMENT where a machine has accelerators, but not how many.
    """
    machine = (resources or {}).get("machineSpec") or {}
    named = machine.get("acceleratorType") not in (None, "", "ACCELERATOR_TYPE_UNSPECIFIED")
    if named and not allocations.number(machine.get("acceleratorCount"), 0):
        raise error_cases.bad_field("machine_spec.accelerator_count", "it must be positive where there is a type")
    allocation, wanted = allocations.of(resources or {})
    held_of, held = allocations.of(before or {})
    wanted -= held if held_of is allocation else 0
    if allocation is None or wanted <= 0:
        return
    _, number, _, region, *_ = endpoint.split("/")
    limit = quota_overrides.in_force(state, number, allocation, region)
    if limit != quota_overrides.UNLIMITED and used(state, number, allocation, region) + wanted > limit:
        raise ApiError("RESOURCE_EXHAUSTED", f"The following quota metrics exceed quota limits: {allocation.name}")


def used(state: State, number: str, allocation: Allocation, region: str) -> int:
    """Return how many accelerators of a kind the endpoints of a project hold in a region."""
    prefix, count = f"projects/{number}/locations/{region}/endpoints/", 0
    for row in state[ENDPOINTS]:
        for deployed in row.resource.get("deployedModels", ()) if row.name.startswith(prefix) else ():
            found, held = allocations.of(deployed.get("dedicatedResources") or {})
            count += held if found is allocation else 0
    return count
