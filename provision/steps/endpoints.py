"""List the self-deployed endpoints of every asked location.

Models from Model Garden that a team deployed itself answer on an endpoint of the project, some on the shared host, some
only on a DNS name of their own. This step says which there are, and where an OpenAI client reaches them; it changes
nothing, and a project that has none is ready anyway.

Permissions: `aiplatform.endpoints.list` (`roles/aiplatform.viewer`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from provision.chat.serving import deployed
from provision.checks import CheckSpec, permissions_of
from provision.clients import Clients, ask, ask_all
from provision.errors import NoAnswer
from provision.plan import Check, RequiredPermission
from provision.settings import EVERYWHERE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.chat.probe import Probe
    from provision.chat.serving import Serving
    from provision.config import Config
    from provision.google.vertex import Endpoint

REQUIRES: Final = ("services",)
LISTED: Final = CheckSpec(
    id="endpoints.listed",
    passes_when="The self-deployed endpoints of every asked location could be listed.",
    weight="advisory",
    evidence={
        "endpoints": {
            "name": "id",
            "display_name": "person",
            "location": "public",
            "deployed_models": "person",
            "traffic": "person",
            "dedicated_dns": "person",
            "base_url": "id",
            "probe": {"outcome": "public", "first_token_s": "public"},
        },
        "locations": "public",
        "not_seen": "public",
    },
    permissions=(RequiredPermission(permission="aiplatform.endpoints.list", advisory=True),),
)
DEPLOYED: Final = CheckSpec(
    id="endpoints.deployed",
    passes_when="Every endpoint has a model that gets traffic; one without answers nothing.",
    weight="advisory",
    evidence={"without_model": "person"},
    diagnoses=("ENDPOINT_WITHOUT_MODEL",),
)
ANSWER: Final = CheckSpec(
    id="endpoints.answer",
    passes_when="Each of them that has a model answered one token; asked only with --probe.",
    weight="advisory",
    evidence={"*": "public"},  # what each answered, by its resource name
)
IN_STATE: Final = CheckSpec(
    id="endpoints.in_state",
    passes_when="Every endpoint is in a Terraform state; looked at only with --from-terraform.",
    weight="advisory",
    evidence={"in_no_state": "person"},
    diagnoses=("ENDPOINT_IN_NO_STATE",),
)
CHECKS: Final = (LISTED, DEPLOYED, ANSWER, IN_STATE)
PERMISSIONS: Final = permissions_of(CHECKS)


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What was read.

    Attributes:
        by_location: the endpoints of each location, or what it answered instead.
        locations: what Vertex AI answered instead of its locations; None if they were known.
        servings: where each endpoint answers, by its name.
        probes: what each endpoint answered, by its name; None if none was asked.
        held: location and id of each endpoint that Terraform's states hold; None if none was read.
    """

    by_location: dict[str, tuple[Endpoint, ...] | NoAnswer] = field(default_factory=dict)
    locations: NoAnswer | None = None
    servings: dict[str, Serving] = field(default_factory=dict)
    probes: dict[str, Probe | NoAnswer] | None = None
    held: frozenset[tuple[str, str]] | None = None


UNOBSERVED: Final = Observed()


def observe(config: Config, clients: Clients) -> Observed:
    """Ask all locations at once; with `all`, ask first which there are."""
    places = config.endpoint_locations
    if places == (EVERYWHERE,):
        listed = ask(lambda: clients.vertex.list_locations(config.project_id))
        if isinstance(listed, NoAnswer):
            return Observed(locations=listed)
        places = listed
    by_location: dict[str, tuple[Endpoint, ...] | NoAnswer] = ask_all(
        {place: partial(clients.vertex.list_endpoints, config.project_id, place) for place in places},
        deadline_s=config.check_timeout_s,
    )
    servings = {each.name: deployed(config, clients.transport, each) for each in _found(by_location)}
    return Observed(by_location=by_location, servings=servings)


def probe(config: Config, clients: Clients, observed: Observed) -> Observed:
    """Ask every endpoint that has a model for one token, all at once; costs a token or two each."""
    from provision.chat.probe import Prober

    serving = {each.name: observed.servings[each.name] for each in _found(observed.by_location) if each.deployed_models}
    clients.progress(f"asking {len(serving)} endpoints for one token")
    answers = ask_all(
        {name: Prober(clients.transport, where).ask for name, where in serving.items()},
        deadline_s=config.check_timeout_s,
    )
    return replace(observed, probes=answers)


def _found(by_location: dict[str, tuple[Endpoint, ...] | NoAnswer]) -> list[Endpoint]:
    return [each for answer in by_location.values() if not isinstance(answer, NoAnswer) for each in answer]


def evaluate(config: Config, observed: Observed) -> Iterator[Check]:  # noqa: ARG001 - every step has this signature
    """Evaluate whether every location could be seen; having no endpoint is no failure."""
    yield _listed(observed)
    found = _found(observed.by_location)
    if found:
        yield _deployed(found)
    if observed.probes is not None:
        yield _answer(observed.probes)
    if observed.held is not None:
        yield _in_state(observed, found, observed.held)


def _listed(observed: Observed) -> Check:
    if observed.locations is not None:
        return LISTED.unknown("which locations there are could not be seen", observed.locations)
    refused = {place: answer for place, answer in observed.by_location.items() if isinstance(answer, NoAnswer)}
    endpoints = _found(observed.by_location)
    evidence: dict[str, Any] = {
        "endpoints": [_message(each, observed) for each in endpoints],
        "locations": sorted(observed.by_location),
        "not_seen": sorted(refused),
    }
    if refused:
        summary = f"could not be seen in {', '.join(sorted(refused))}"
        return LISTED.unknown(summary, next(iter(refused.values())), **evidence)
    several = len(observed.by_location)
    places = ", ".join(observed.by_location) if several < 4 else f"{several} locations"
    dedicated = sum(bool(each.dedicated_dns) for each in endpoints)
    count = f"{len(endpoints)} in {places}" + (f", {dedicated} with a DNS name of its own" if dedicated else "")
    return LISTED.passed(count if endpoints else f"none in {places} (fine: publisher models need none)", **evidence)


def _deployed(endpoints: list[Endpoint]) -> Check:
    idle = ", ".join(
        each.endpoint_id for each in endpoints if not each.deployed_models or not any((each.traffic or {}).values())
    )
    if idle:
        summary = f"without a model that gets traffic: {idle}"
        return DEPLOYED.warned(summary, "ENDPOINT_WITHOUT_MODEL", without_model=idle)
    return DEPLOYED.passed(f"{len(endpoints)} with a model", without_model="")


def _in_state(observed: Observed, endpoints: list[Endpoint], held: frozenset[tuple[str, str]]) -> Check:
    unheld = [each for each in endpoints if (each.location, each.endpoint_id) not in held]
    if unheld:
        names = ", ".join(f"{each.endpoint_id} ({each.location})" for each in unheld)
        return IN_STATE.warned(f"in no Terraform state: {names}", "ENDPOINT_IN_NO_STATE", in_no_state=names)
    refused = [answer for answer in observed.by_location.values() if isinstance(answer, NoAnswer)]
    if observed.locations is not None or refused:
        return IN_STATE.unknown("not every location could be seen", observed.locations or refused[0])
    return IN_STATE.passed(f"{len(endpoints)}, all in a state" if endpoints else "there is none", in_no_state="")


def _message(each: Endpoint, observed: Observed) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": each.name,
        "display_name": each.display_name,
        "location": each.location,
        "deployed_models": list(each.deployed_models),
        "traffic": dict(each.traffic or {}),
        "dedicated_dns": each.dedicated_dns,
        "base_url": observed.servings[each.name].base_url if each.name in observed.servings else "",
    }
    probed = (observed.probes or {}).get(each.name)
    if probed is not None:
        found["probe"] = {"outcome": _outcome(probed), "first_token_s": getattr(probed, "first_token_s", None)}
    return found


def _answer(probes: dict[str, Probe | NoAnswer]) -> Check:
    refused = {
        each: probed if isinstance(probed, NoAnswer) else probed.error
        for each, probed in probes.items()
        if _outcome(probed) != "answers"
    }
    evidence: dict[str, Any] = {each: _outcome(probed) for each, probed in probes.items()}
    if not refused:
        return ANSWER.passed(f"{len(probes)} answered" if probes else "there is none with a model to ask", **evidence)
    summary = f"no answer from {', '.join(each.rpartition('/')[2] for each in refused)}"
    return ANSWER.unknown(summary, next(iter(refused.values())), **evidence)


def _outcome(probed: Probe | NoAnswer) -> str:
    return "no answer" if isinstance(probed, NoAnswer) else probed.outcome
