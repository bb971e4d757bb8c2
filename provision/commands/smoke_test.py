"""``provision smoke-test``: ask the model, and where it does not answer, say why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provision.commands import load_test
from provision.commands.run import BY_NAME, Flow
from provision.steps import chat

if TYPE_CHECKING:
    from provision.clients import Clients
    from provision.config import Config
    from provision.plan import Run


def smoke_test(
    config: Config, clients: Clients, *, requests: int = 1, concurrency: int = 1, max_cost_usd: float = 0.0
) -> Run:
    """Ask the model; where it does not answer, look at everything else to say why. Changes nothing.

    Args:
        requests: ask so many times more, if that is more than one, and say how long it took.
        concurrency: how many of them at once.
        max_cost_usd: what those may cost at the catalog's price; 0: no limit.

    Raises:
        UsageError: the catalog has no price by which to keep to a limit.
    """
    load_test.check_price(config, max_cost_usd)
    flow = Flow("smoke-test", config, clients)
    by = "" if clients.api == "chat" else f" by {clients.api}"
    clients.progress(f"asking {chat.asked_for(config)}{by}")
    first = ("credentials", "model", "chat")
    observed = flow.observe(first)
    checks = flow.evaluate(observed)
    if any(each.id == "chat.answers" and each.status == "pass" for each in checks):
        if requests == 1:
            return flow.run(checks)
        done = load_test.load(config, clients, requests=requests, concurrency=concurrency, max_cost_usd=max_cost_usd)
        figures = tuple(load_test.evaluate(config, done))
        last = {check.id for check in figures}
        return flow.run(sorted(flow.evaluate(observed, figures), key=lambda check: check.id in last))
    clients.progress("no answer: looking for the cause")
    observed |= flow.observe(name for name in BY_NAME if name not in first)
    return flow.run(flow.evaluate(observed))
