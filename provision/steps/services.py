"""Enable the services, and wait until Vertex AI can really be used.

An enabled service refuses calls for some minutes after it is listed as enabled, some of the calls getting through and
others not. So enabling is two changes: enable, in one call for up to 20 services, and wait until the data plane
answers: the list of endpoints and the chat route, three times in a row, a second apart.

Permissions: `serviceusage.services.get` to look, `serviceusage.services.enable` to enable
(`roles/serviceusage.serviceUsageAdmin`), `aiplatform.endpoints.list` for the proof (`roles/aiplatform.viewer`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from provision.clients import Clients, ask, ask_all
from provision.errors import ApiError, Refusal
from provision.plan import Change, Check, Need

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provision.config import Config

REQUIRES: Final = ("billing", "permissions", "policy")
CHECKS: Final = {
    "services.enabled": "Every configured service is enabled.",
    "services.usable": "Vertex AI answers a real call.",
}
PERMISSIONS: Final[tuple[Need, ...]] = (
    Need(permission="serviceusage.services.get"),
    Need(permission="aiplatform.endpoints.list"),
    Need(permission="serviceusage.services.enable", purpose="change"),
    Need(permission="aiplatform.endpoints.predict", purpose="change"),
)
VERTEX_AI: Final = "aiplatform.googleapis.com"
LARGEST_BATCH: Final = 20
ENABLE_DEADLINE_S: Final = 300.0
# What a fresh project answers until it has settled; anything else is a real refusal, and waiting would hide it.
SETTLING: Final = frozenset({"SERVICE_DISABLED", "BILLING_DISABLED"})
# The creator's own rights can lag behind, but a right that was never given must not be waited for.
RIGHTS_LAG_S: Final = 60.0


@dataclass(frozen=True, kw_only=True)
class Observed:
    """Each service's state, and what Vertex AI said to one real call.

    Attributes:
        usable: True if it answered; None where nothing was asked.
    """

    states: dict[str, str] | Refusal
    usable: bool | Refusal | None = None


NOTHING: Final = Observed(states={})


def _missing(config: Config, states: dict[str, str]) -> list[str]:
    return [service for service in config.services if states.get(service) != "ENABLED"]


def observe(config: Config, clients: Clients) -> Observed:
    """Read the states, and make one real call to Vertex AI."""
    calls: dict[str, Callable[[], Any]] = {
        "states": lambda: clients.service_usage.states(config.project_id, config.services)
    }
    if VERTEX_AI in config.services:
        calls["usable"] = lambda: _probe(config, clients)
    return Observed(**ask_all(calls, deadline_s=config.check_timeout_s))


def _probe(config: Config, clients: Clients) -> bool:
    clients.vertex.list_endpoints(config.project_id, config.endpoint_locations[0])
    return True


def judge(config: Config, observed: Observed) -> Iterator[Check]:
    """Judge whether every service is enabled, and Vertex AI usable."""
    states = observed.states
    enabled = False
    if isinstance(states, Refusal):
        yield Check(id="services.enabled", status="unknown", summary="the services could not be seen", refusal=states)
    else:
        missing = _missing(config, states)
        enabled = not missing
        yield Check(
            id="services.enabled",
            status="fail" if missing else "pass",
            diagnosis="SERVICES_NOT_ENABLED" if missing else "",
            summary=f"not enabled: {', '.join(missing)}" if missing else f"{len(config.services)} enabled",
            evidence={
                "missing": " ".join(missing),
                "enabled": [name for name in config.services if name not in missing],
            },
        )
    usable = observed.usable
    if usable is True:
        yield Check(id="services.usable", status="pass", summary="Vertex AI answers")
    elif isinstance(usable, Refusal):
        early = enabled and usable.reason == "SERVICE_DISABLED"
        yield Check(
            id="services.usable",
            status="fail" if early else "unknown",
            summary="Vertex AI does not answer",
            diagnosis="SERVICE_NOT_YET_USABLE" if early else "",
            refusal=usable,
        )


def plan(config: Config, observed: Observed) -> Iterator[Change]:
    """Enable what is missing, and wait if Vertex AI is new or does not answer yet."""
    if isinstance(observed.states, Refusal):
        return
    missing = _missing(config, observed.states)
    for first in range(0, len(missing), LARGEST_BATCH):
        batch = missing[first : first + LARGEST_BATCH]
        yield Change(
            step="services",
            action="enable",
            resource=f"projects/{config.project_id}/services",
            after=list(batch),
            why="the project cannot use them yet",
        )
    early = isinstance(observed.usable, Refusal) and observed.usable.reason == "SERVICE_DISABLED"
    if VERTEX_AI in missing or early:
        yield Change(
            step="services",
            action="wait",
            resource=f"projects/{config.project_id}/services/{VERTEX_AI}",
            why="an enabled service refuses calls for some minutes: wait until it answers",
        )


def apply(change: Change, clients: Clients) -> str:
    """Enable one batch, or wait until Vertex AI is usable.

    Raises:
        ApiError: Google refused for good, or the deadline passed (reason ``NOT_USABLE_IN_TIME``).
    """
    project_id = change.resource.split("/")[1]
    if change.action == "enable":
        names = cast("list[str]", change.after)
        clients.say(f"enabling {', '.join(names)}")
        clients.service_usage.batch_enable(project_id, names, deadline_s=ENABLE_DEADLINE_S)
        return ""
    return _wait_until_usable(clients.config, clients)


def _wait_until_usable(config: Config, clients: Clients) -> str:
    began = clients.clock()
    deadline = began + config.usable_timeout_s
    in_a_row = refused = 0
    first_answer = 0.0
    last: Refusal | None = None
    while True:
        answer = ask(lambda: _probe(config, clients))
        if not isinstance(answer, Refusal):
            answer = ask(clients.chat.route_answers)
        if isinstance(answer, Refusal):
            if not _can_settle(answer, clients.clock() - began):
                raise ApiError(answer)
            in_a_row, refused, last = 0, refused + 1, answer
        else:
            first_answer = clients.clock() - began if not in_a_row else first_answer
            in_a_row += 1
            if in_a_row >= config.usable_answers:
                return f"usable after {first_answer:.1f} s ({refused} refusals on the way)"
        waited = clients.clock() - began
        clients.say(f"waiting for {VERTEX_AI}: {in_a_row} of {config.usable_answers} answers in a row, {waited:.0f} s")
        if clients.clock() + config.usable_interval_s > deadline:
            raise ApiError(
                Refusal(
                    service=VERTEX_AI,
                    method="ListEndpoints",
                    status="TIMEOUT",
                    reason="NOT_USABLE_IN_TIME",
                    message=f"{VERTEX_AI} is enabled and was not usable within {config.usable_timeout_s:g} s"
                    f" ({refused} refusals; the last: {last.reason or last.status if last else 'none'}).",
                )
            )
        clients.wait(config.usable_interval_s, f"{VERTEX_AI} to become usable")


def _can_settle(refusal: Refusal, waited_s: float) -> bool:
    if refusal.reason == "IAM_PERMISSION_DENIED":
        return waited_s < RIGHTS_LAG_S
    return refusal.reason in SETTLING or refusal.status in {"UNAVAILABLE", "TIMEOUT", "UNREACHABLE", "INTERNAL"}
