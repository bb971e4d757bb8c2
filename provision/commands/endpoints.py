"""``provision endpoints``: what is deployed, and on request whether it answers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from provision.commands.run import Flow, evaluate_step
from provision.steps import endpoints

if TYPE_CHECKING:
    from provision.clients import Clients
    from provision.config import Config
    from provision.plan import Run


def look_at_endpoints(
    config: Config, clients: Clients, *, probe: bool = False, held: frozenset[tuple[str, str]] | None = None
) -> Run:
    """Look at the endpoints, and at the credentials it takes; what is advisory elsewhere was asked for here.

    Args:
        probe: ask each for one token; costs a token or two.
        held: location and id of those that Terraform's states hold; None where no state was named.
    """
    flow = Flow("endpoints", config, clients)
    observed = flow.observe(("credentials", "endpoints"))
    seen = observed["endpoints"]
    if probe and isinstance(seen, endpoints.Observed):
        observed["endpoints"] = seen = endpoints.probe(config, clients, seen)
    if held is not None and isinstance(seen, endpoints.Observed):
        observed["endpoints"] = replace(seen, held=held)
    asked_for = [replace(each, required=True) for each in evaluate_step(endpoints, config, observed["endpoints"])]
    return flow.run(flow.evaluate(observed, asked_for))
