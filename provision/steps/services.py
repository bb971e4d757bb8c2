"""Enable the services, and wait until Vertex AI can really be used.

An enabled service refuses calls for some minutes after it is listed as enabled, some of the calls getting through and
others not. So enabling is two changes: enable, in one call for up to 20 services, and wait until the data plane
answers: the list of endpoints and the chat route, three times in a row, a second apart.

Permissions: `serviceusage.services.get` to look, `serviceusage.services.enable` to enable
(`roles/serviceusage.serviceUsageAdmin`), `aiplatform.endpoints.list` for the proof (`roles/aiplatform.viewer`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

from provision.checks import NEWER, CheckSpec, permissions_of
from provision.clients import Clients, ask, ask_all
from provision.errors import ErrorStatus, NoAnswer
from provision.google.errors import is_service_disabled
from provision.plan import Change, ChangeResult, Check, RequiredPermission
from provision.propagation import until_usable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provision.config import Config

REQUIRES: Final = ("billing", "permissions", "policy")
ENABLED: Final = CheckSpec(
    id="services.enabled",
    passes_when="Every configured service is enabled.",
    evidence={"missing": "public", "enabled": "public"},
    diagnoses=("SERVICES_NOT_ENABLED",),
    permissions=(RequiredPermission(permission="serviceusage.services.get"),),
)
USABLE: Final = CheckSpec(
    id="services.usable",
    passes_when="Vertex AI answers a real call.",
    diagnoses=("SERVICE_NOT_YET_USABLE",),
    permissions=(RequiredPermission(permission="aiplatform.endpoints.list"),),
)
AGENT: Final = CheckSpec(
    id="services.agent",
    passes_when="Vertex AI's service agent has its role in the project; only what you deploy yourself needs it.",
    weight="advisory",
    diagnoses=("SERVICE_AGENT_MISSING",),
    permissions=(RequiredPermission(permission="resourcemanager.projects.getIamPolicy", advisory=True),),
)
CHECKS: Final = (ENABLED, USABLE, AGENT)
PERMISSIONS: Final[tuple[RequiredPermission, ...]] = (
    *permissions_of(CHECKS),
    RequiredPermission(permission="serviceusage.services.enable", purpose="write", actions=("enable",)),
    RequiredPermission(permission="serviceusage.services.list", purpose="write", advisory=True),
    RequiredPermission(permission="serviceusage.operations.get", purpose="write", actions=("enable",)),
    RequiredPermission(permission="aiplatform.endpoints.predict", purpose="write", actions=("wait",)),
    *(
        RequiredPermission(permission=f"serviceusage.{what}", purpose="delete")
        for what in ("services.get", "services.disable", "operations.get")
    ),
)
VERTEX_AI: Final = "aiplatform.googleapis.com"
_OFF: Final = "DISABLED"
# https://cloud.google.com/iam/docs/service-agents
AGENT_ROLE: Final = "roles/aiplatform.serviceAgent"
AGENT_DOMAIN: Final = "@gcp-sa-aiplatform.iam.gserviceaccount.com"
LARGEST_BATCH: Final = 20
ENABLE_DEADLINE_S: Final = 300.0
# What a fresh project answers until it has settled; anything else is a real error, and waiting would hide it.
SETTLING: Final = frozenset({"SERVICE_DISABLED", "BILLING_DISABLED"})
# The creator's own rights can lag behind, but a right that was never given must not be waited for.
RIGHTS_LAG_S: Final = 60.0
# Seconds after its creation a project "does not know" valid services; scripts in public sleep a minute for it.
NEW_PROJECT_LAG_S: Final = 120.0


@dataclass(frozen=True, kw_only=True)
class Observed:
    """Each service's state, and what Vertex AI said to one real call.

    Attributes:
        usable: True if it answered; None where nothing was asked.
        bindings: the members of each role in the project; None where nothing was asked.
    """

    states: dict[str, str] | NoAnswer
    usable: bool | NoAnswer | None = None
    bindings: dict[str, tuple[str, ...]] | NoAnswer | None = None


UNOBSERVED: Final = Observed(states={})


def _missing(config: Config, states: dict[str, str]) -> list[str]:
    return [service for service in config.services if states.get(service, _OFF) == _OFF]


def _strange(states: dict[str, str]) -> list[str]:
    """Return in words which states no one here knows; what is not known is neither enabled nor missing."""
    return [f"{name} is {state or '(none told)'}" for name, state in states.items() if state not in {"ENABLED", _OFF}]


def observe(config: Config, clients: Clients) -> Observed:
    """Read the states, and make one real call to Vertex AI."""
    calls: dict[str, Callable[[], Any]] = {
        "states": lambda: clients.service_usage.states(config.project_id, config.services)
    }
    if VERTEX_AI in config.services:
        calls["usable"] = lambda: vertex_answers(config, clients)
        calls["bindings"] = lambda: clients.iam.bindings(config.project_id)
    return Observed(**ask_all(calls, deadline_s=config.check_timeout_s))


def vertex_answers(config: Config, clients: Clients) -> bool:
    """Make one real call to Vertex AI, which is answered or raises `ApiError`."""
    clients.vertex.list_endpoints(config.project_id, config.named_locations[0])
    return True


def evaluate(config: Config, observed: Observed) -> Iterator[Check]:
    """Evaluate whether every service is enabled, and Vertex AI usable."""
    states = observed.states
    enabled = False
    if isinstance(states, NoAnswer):
        yield ENABLED.unknown("the services could not be seen", states)
    else:
        missing, strange = _missing(config, states), _strange(states)
        enabled = not missing and not strange
        evidence: dict[str, Any] = {
            "missing": " ".join(missing),
            "enabled": [name for name in config.services if states.get(name) == "ENABLED"],
        }
        if missing:
            yield ENABLED.failed(f"not enabled: {', '.join(missing)}", "SERVICES_NOT_ENABLED", **evidence)
        elif strange:
            yield ENABLED.unknown(f"in a state that is not known here: {', '.join(strange)}", NEWER, **evidence)
        else:
            yield ENABLED.passed(f"{len(config.services)} enabled", **evidence)
    if observed.usable is True:
        yield USABLE.passed("Vertex AI answers")
    elif isinstance(observed.usable, NoAnswer):
        yield invalid("Vertex AI does not answer", observed.usable, enabled=enabled)
    if observed.bindings is not None:
        yield _agent(config, observed.bindings)


def invalid(summary: str, error: NoAnswer, *, enabled: bool = True) -> Check:
    """Evaluate an error of Vertex AI; ``enabled``: whether it is listed as enabled, so that it only takes time."""
    if enabled and isinstance(error, ErrorStatus) and is_service_disabled(error):
        return USABLE.failed(summary, "SERVICE_NOT_YET_USABLE", error=error)
    return USABLE.unknown(summary, error)


def _agent(config: Config, bindings: dict[str, tuple[str, ...]] | NoAnswer) -> Check:
    if isinstance(bindings, NoAnswer):
        return AGENT.unknown("whether Vertex AI's service agent has its role could not be seen", bindings)
    agent = next((each for each in bindings.get(AGENT_ROLE, ()) if each.endswith(AGENT_DOMAIN)), "")
    if agent:
        return AGENT.passed(agent.removeprefix("serviceAccount:"))
    if config.endpoint:
        return AGENT.warned("Vertex AI's service agent has no role in the project", "SERVICE_AGENT_MISSING")
    return AGENT.skipped("not there yet: Vertex AI makes it when something first needs it, and publisher models do not")


def plan(config: Config, observed: Observed) -> Iterator[Change]:
    """Enable what is missing, and wait if Vertex AI is new or does not answer yet."""
    if isinstance(observed.states, NoAnswer):
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
    early = isinstance(observed.usable, ErrorStatus) and is_service_disabled(observed.usable)
    if VERTEX_AI in missing or early:
        yield Change(
            step="services",
            action="wait",
            resource=f"projects/{config.project_id}/services/{VERTEX_AI}",
            why="an enabled service refuses calls for some minutes: wait until it answers",
        )


def apply(config: Config, change: Change, clients: Clients) -> str | ChangeResult:
    """Enable one batch, or wait until Vertex AI is usable.

    Raises:
        ApiError: Google refused for good, or the deadline passed (reason ``NOT_USABLE_IN_TIME``).
    """
    project_id = change.resource.split("/")[1]
    if change.action == "enable":
        return _enable(project_id, cast("list[str]", change.after), clients)
    return _wait_until_usable(config, clients)


def _enable(project_id: str, names: list[str], clients: Clients) -> str:
    # The plan may be minutes old, and what someone else has enabled since is theirs.
    before = ask(lambda: clients.service_usage.enabled(project_id))
    states = dict.fromkeys(before, "ENABLED") if not isinstance(before, NoAnswer) else None
    if states is None:  # who may enable need not be allowed to list
        states = clients.service_usage.states(project_id, names)
    missing = [name for name in names if states.get(name) != "ENABLED"]
    if not missing:
        return "they were enabled in the meantime"
    clients.progress(f"enabling {missing[0] if len(missing) == 1 else f'{len(missing)} APIs'}")
    began = clients.clock()
    clients.service_usage.batch_enable(
        project_id,
        missing,
        deadline_s=ENABLE_DEADLINE_S,
        settling=lambda error: (
            error.reason == "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED"
            and clients.clock() - began < NEW_PROJECT_LAG_S
            and _is_new(project_id, clients)
        ),
    )
    notes = []
    if left_out := [name for name in names if name not in missing]:
        notes.append(f"enabled in the meantime by someone else: {', '.join(left_out)}")
    if (
        implicit := _implicitly_enabled(project_id, {*names, *before}, clients)
        if not isinstance(before, NoAnswer)
        else ()
    ):
        notes.append(f"enabled along with it, as Google does with what a service needs: {', '.join(implicit)}")
    return "; ".join(notes)


def _implicitly_enabled(project_id: str, known: set[str], clients: Clients) -> tuple[str, ...]:
    """Return the services that are enabled now beyond those that are known, and record them for `destroy`."""
    after = ask(lambda: clients.service_usage.enabled(project_id))
    found = () if isinstance(after, NoAnswer) else tuple(sorted({*after} - known))
    clients.log.implicitly_enabled(tuple(f"projects/{project_id}/services/{name}" for name in found))
    return found


def _is_new(project_id: str, clients: Clients) -> bool:
    """Whether the project is so new that Service Usage can still claim not to know a service."""
    if any(call.method == "CreateProject" and call.status == "OK" for call in clients.log.records):
        return True
    project = ask(lambda: clients.resource_manager.get_project(project_id))
    if isinstance(project, NoAnswer) or not project.created:
        return False
    age_s = (datetime.now(UTC) - datetime.fromisoformat(project.created)).total_seconds()
    return 0 <= age_s < NEW_PROJECT_LAG_S


def answers_once(config: Config, clients: Clients) -> NoAnswer | None:
    """Ask the data plane once; costs nothing. Return its error, if it refuses."""
    return ask(lambda: probe(config, clients))


def probe(config: Config, clients: Clients) -> None:
    """Ask the list of endpoints and the chat route. Raises `ApiError`."""
    vertex_answers(config, clients)
    clients.chat.route_answers()


def _wait_until_usable(config: Config, clients: Clients) -> ChangeResult:
    settled = until_usable(
        clients,
        VERTEX_AI,
        lambda: probe(config, clients),
        _can_settle,
        deadline_s=config.usable_timeout_s,
        answers=config.usable_answers,
        interval_s=config.usable_interval_s,
    )
    return ChangeResult(detail=str(settled), measured_s={VERTEX_AI: settled.after_s})


def _can_settle(error: ErrorStatus, waited_s: float) -> bool:
    if error.reason == "IAM_PERMISSION_DENIED":
        return waited_s < RIGHTS_LAG_S
    return error.reason in SETTLING or error.status in {"UNAVAILABLE", "TIMEOUT", "UNREACHABLE", "INTERNAL"}
