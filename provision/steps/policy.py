"""See which organization policies is in the way.

An organization can forbid models, services, locations, keys and members; what is *in force* for this project counts,
at whatever level it was set. Some of it refuses the chat, some refuses a change that `apply` or Terraform would make,
some only limits what can be done later. A caller without rights in the organization usually may not look: then it is
not seen, and the answer of the model is the proof.

Permissions: `orgpolicy.policy.get` (`roles/orgpolicy.policyViewer`, given on the organization) to look.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from provision.checks import CheckSpec, permissions_of
from provision.clients import Clients, ask_all
from provision.errors import ErrorStatus, NoAnswer
from provision.google.org_policy import Effective
from provision.plan import Check, RequiredPermission
from provision.settings import EVERYWHERE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.config import Config

REQUIRES: Final = ("project",)
_VIEW: Final = (RequiredPermission(permission="orgpolicy.policy.get", advisory=True),)
SEEN: Final = CheckSpec(
    id="policy.readable",
    passes_when="The organization policies in force for the project could be read.",
    weight="advisory",
    evidence={"not_seen": "public"},
    permissions=_VIEW,
)
ALLOWED_MODEL: Final = CheckSpec(
    id="policy.models",
    passes_when="The model is allowed.",
    weight="advisory",
    evidence={"constraint": "public", "value": "public", "allowed": "public"},
    diagnoses=("MODEL_NOT_ALLOWED_BY_POLICY",),
    permissions=_VIEW,
)
ALLOWED_SERVICES: Final = CheckSpec(
    id="policy.services",
    passes_when="Every configured service may be used.",
    weight="advisory",
    evidence={"constraint": "public", "forbidden": "public"},
    diagnoses=("SERVICES_FORBIDDEN_BY_POLICY",),
    permissions=_VIEW,
)
ALLOWED_LOCATIONS: Final = CheckSpec(
    id="policy.locations",
    passes_when="The locations of the endpoints may hold resources.",
    weight="advisory",
    evidence={"constraint": "public", "outside": "public", "allowed": "public", "denied": "public"},
    diagnoses=("LOCATION_FORBIDDEN_BY_POLICY",),
    permissions=_VIEW,
)
ALLOWED_KEYS: Final = CheckSpec(
    id="policy.keys",
    passes_when="Keys of service accounts: whether they may be made.",
    weight="advisory",
    evidence={"enforced": "public"},
    permissions=_VIEW,
)
ALLOWED_MEMBERS: Final = CheckSpec(
    id="policy.members",
    passes_when="Members of other organizations: whether they may be given roles.",
    weight="advisory",
    evidence={"constraint": "public", "allowed": "id"},
    permissions=_VIEW,
)
CHECKS: Final = (SEEN, ALLOWED_MODEL, ALLOWED_SERVICES, ALLOWED_LOCATIONS, ALLOWED_KEYS, ALLOWED_MEMBERS)
PERMISSIONS: Final = permissions_of(CHECKS)

MODELS: Final = "vertexai.allowedModels"
SERVICES: Final = "gcp.restrictServiceUsage"
LOCATIONS: Final = "gcp.resourceLocations"
KEYS: Final = ("iam.disableServiceAccountKeyCreation", "iam.managed.disableServiceAccountKeyCreation")
MEMBERS: Final = "iam.allowedPolicyMemberDomains"
CONSTRAINTS: Final = (MODELS, SERVICES, LOCATIONS, *KEYS, MEMBERS)

# https://docs.cloud.google.com/resource-manager/docs/organization-policy/defining-locations
_GROUP_OF: Final = {
    "africa": "africa",
    "asia": "asia",
    "australia": "australia",
    "europe": "europe",
    "me": "middle-east",
    "northamerica": "northamerica",
    "southamerica": "southamerica",
    "us": "us",
}
_OUTSIDE_EU: Final = frozenset({"europe-west2", "europe-west6"})  # London and Zurich


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What is in force, by constraint."""

    effective: dict[str, Effective | NoAnswer] = field(default_factory=dict)


UNOBSERVED: Final = Observed()


def observe(config: Config, clients: Clients) -> Observed:
    """Ask for every constraint at once."""
    return Observed(
        effective=ask_all(
            {each: partial(_effective, clients, config.project_id, each) for each in CONSTRAINTS},
            deadline_s=config.check_timeout_s,
        )
    )


def _effective(clients: Clients, project_id: str, constraint: str) -> Effective:
    return clients.org_policy.effective(project_id, constraint)


def evaluate(config: Config, observed: Observed) -> Iterator[Check]:
    """Evaluate each policy that could be read."""
    if not observed.effective:
        return
    # One that does not exist there is in force nowhere; anything else was refused.
    refused = {
        name: answer
        for name, answer in observed.effective.items()
        if isinstance(answer, NoAnswer) and not (isinstance(answer, ErrorStatus) and answer.status == "NOT_FOUND")
    }
    if refused:
        some = "" if len(refused) == len(observed.effective) else f": {', '.join(sorted(refused))}"
        summary = f"organization policies could not be seen{some}"
        yield SEEN.unknown(summary, next(iter(refused.values())), not_seen=tuple(sorted(refused)))
    else:
        yield SEEN.passed(f"{len(CONSTRAINTS)} policies read")
    seen = {name: answer for name, answer in observed.effective.items() if isinstance(answer, Effective)}
    if MODELS in seen:
        yield _models(config, seen[MODELS])
    if SERVICES in seen:
        yield _services(config, seen[SERVICES])
    if LOCATIONS in seen and EVERYWHERE not in config.endpoint_locations:
        yield _locations(config, seen[LOCATIONS])
    if any(each in seen for each in KEYS):
        yield _keys([each for each in KEYS if each in seen and seen[each].enforced])
    if MEMBERS in seen:
        yield _members(seen[MEMBERS])


def allows(policy: Effective, *spellings: str) -> bool | None:
    """Whether a value is allowed, in any of its spellings; None where that depends on a group no one here can resolve.

    Denied wins over allowed; a policy that only denies lets the rest pass.
    """
    names = {*spellings, *(f"is:{each}" for each in spellings)}
    if policy.denies_all or names & set(policy.denied):
        return False
    open_groups = any(each.startswith(("in:", "under:")) for each in (*policy.denied, *policy.allowed))
    if policy.allows_all or names & set(policy.allowed) or not (policy.allowed or policy.denied):
        return None if open_groups and policy.denied else True
    if open_groups:
        return None
    return not policy.allowed


def _models(config: Config, policy: Effective) -> Check:
    publisher, _, model = config.model.partition("/")
    value = f"publishers/{publisher}/models/{model}:predict"
    evidence: dict[str, Any] = {"constraint": MODELS, "value": value, "allowed": list(policy.allowed)}
    if allows(policy, value) is False:
        summary = f"{config.model} is not among the models that the organization allows"
        return ALLOWED_MODEL.failed(summary, "MODEL_NOT_ALLOWED_BY_POLICY", **evidence)
    return ALLOWED_MODEL.passed(f"{config.model} is allowed", **evidence)


def _services(config: Config, policy: Effective) -> Check:
    forbidden = [each for each in config.services if allows(policy, each) is False]
    evidence: dict[str, Any] = {"constraint": SERVICES, "forbidden": " ".join(forbidden)}
    if forbidden:
        summary = f"the organization forbids {', '.join(forbidden)}"
        return ALLOWED_SERVICES.failed(summary, "SERVICES_FORBIDDEN_BY_POLICY", **evidence)
    return ALLOWED_SERVICES.passed("every configured service may be used", **evidence)


def spellings_of(location: str) -> tuple[str, ...]:
    """Return the values by which ``gcp.resourceLocations`` may name a location: itself, and the groups it is in."""
    group = _GROUP_OF.get(location.partition("-")[0])
    groups = [f"in:{location}-locations"]
    if group and "-" in location:
        groups.append(f"in:{group}-locations")
    if location.startswith("europe-") and location not in _OUTSIDE_EU:
        groups.append("in:eu-locations")
    return (location, *groups)


def _locations(config: Config, policy: Effective) -> Check:
    answers = {each: _located(policy, spellings_of(each)) for each in config.endpoint_locations}
    outside = [each for each, allowed in answers.items() if not allowed]
    evidence: dict[str, Any] = {
        "constraint": LOCATIONS,
        "outside": " ".join(outside),
        "allowed": list(policy.allowed),
        "denied": list(policy.denied),
    }
    if outside:
        summary = f"no endpoint can be made in {', '.join(outside)}"
        return ALLOWED_LOCATIONS.warned(summary, "LOCATION_FORBIDDEN_BY_POLICY", **evidence)
    return ALLOWED_LOCATIONS.passed(f"{', '.join(config.endpoint_locations)}: allowed", **evidence)


def _located(policy: Effective, spellings: tuple[str, ...]) -> bool:
    # Every group a location can be in is among its spellings, so that nothing stays open.
    names = {*spellings, *(f"is:{each}" for each in spellings)}
    if policy.denies_all or names & set(policy.denied):
        return False
    return policy.allows_all or bool(names & set(policy.allowed)) or not policy.allowed


def _keys(enforced: list[str]) -> Check:
    summary = (
        "no keys can be made for service accounts (keyless ways are not affected)"
        if enforced
        else "keys can be made for service accounts"
    )
    return ALLOWED_KEYS.passed(summary, enforced=tuple(enforced))


def _members(policy: Effective) -> Check:
    summary = (
        f"roles can be given to members of {', '.join(policy.allowed) or 'none'} only"
        if policy.denies_all or policy.allowed
        else "roles can be given to anyone"
    )
    return ALLOWED_MEMBERS.passed(summary, constraint=MEMBERS, allowed=list(policy.allowed))
