"""List the self-deployed endpoints of every asked location.

Models from Model Garden that a team deployed itself answer on an endpoint of the project, some on the shared host, some
only on a DNS name of their own. This step says which there are; it changes nothing, and a project that has none is
ready all the same.

Permissions: `aiplatform.endpoints.list` (`roles/aiplatform.viewer`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from provision.clients import Clients, ask_all
from provision.errors import Refusal
from provision.plan import Check, Need

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.clients.vertex import Endpoint
    from provision.config import Config

REQUIRES: Final = ("services",)
CHECKS: Final = {
    "endpoints.listed": "The self-deployed endpoints of every asked location could be listed.",
}
PERMISSIONS: Final[tuple[Need, ...]] = (Need(permission="aiplatform.endpoints.list", advisory=True),)


@dataclass(frozen=True, kw_only=True)
class Observed:
    """The endpoints of each location, or what it answered instead."""

    by_location: dict[str, tuple[Endpoint, ...] | Refusal] = field(default_factory=dict)


NOTHING: Final = Observed()


def observe(config: Config, clients: Clients) -> Observed:
    """Ask all locations at once."""
    return Observed(
        by_location=ask_all(
            {location: partial(_list, config.project_id, location, clients) for location in config.endpoint_locations},
            deadline_s=config.check_timeout_s,
        )
    )


def _list(project_id: str, location: str, clients: Clients) -> tuple[Endpoint, ...]:
    return clients.vertex.list_endpoints(project_id, location)


def judge(config: Config, observed: Observed) -> Iterator[Check]:  # noqa: ARG001 - every step has this signature
    """Judge whether every location could be seen; having no endpoint is no failure."""
    refused = {location: answer for location, answer in observed.by_location.items() if isinstance(answer, Refusal)}
    endpoints = [each for answer in observed.by_location.values() if not isinstance(answer, Refusal) for each in answer]
    evidence: dict[str, Any] = {
        "endpoints": [
            {
                "name": each.name,
                "display_name": each.display_name,
                "location": each.location,
                "deployed_models": list(each.deployed_models),
                "dedicated_dns": each.dedicated_dns,
            }
            for each in endpoints
        ],
        "not_seen": sorted(refused),
    }
    if refused:
        yield Check(
            id="endpoints.listed",
            status="unknown",
            required=False,
            summary=f"could not be seen in {', '.join(sorted(refused))}",
            evidence=evidence,
            refusal=next(iter(refused.values())),
        )
        return
    places = ", ".join(observed.by_location)
    dedicated = sum(bool(each.dedicated_dns) for each in endpoints)
    count = f"{len(endpoints)} in {places}" + (f", {dedicated} with a DNS name of its own" if dedicated else "")
    yield Check(
        id="endpoints.listed",
        status="pass",
        required=False,
        evidence=evidence,
        summary=count if endpoints else f"none in {places} (fine: publisher models need none)",
    )
