"""What organization policies forbid: one function for every service to call.

    enforcement.check(call, "iam.disableServiceAccountCreation", f"projects/{number}")
    enforcement.check(call, "iam.workloadIdentityPoolProviders", f"projects/{number}", issuer)
    enforcement.check_members(call, resource, added_members)

Each asks what is in force for the resource and refuses in the words that were seen for that constraint. The owner of
the sandbox is not above a policy: organization policies bind everyone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gcp_emulator import errors, iam
from gcp_emulator.errors import ApiError
from gcp_emulator.services.orgpolicy.effective import POLICIES, effective, passes
from gcp_emulator.services.resourcemanager.hierarchy import ORGANIZATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gcp_emulator.call import Call
    from gcp_emulator.store import State

MANAGED_KEYS: Final = "iam.managed.disableServiceAccountKeyCreation"
CONTINENTS: Final = {
    "africa": "africa",
    "asia": "asia",
    "australia": "australia",
    "europe": "europe",
    "me": "middle-east",
    "northamerica": "northamerica",
    "southamerica": "southamerica",
    "us": "us",
    "eu": "eu",
}
OUTSIDE_EU: Final = ("europe-west2", "europe-west6")  # London and Zurich
GOOGLES: Final = re.compile(
    r"serviceAccount:(?:\d+@cloudservices|\d+-compute@developer|[^@]+@gcp-sa-[^.]+\.iam|[^@]+@system)\.gserviceaccount\.com"
)


def check(call: Call, constraint: str, resource: str, value: str = "") -> None:
    """Refuse what an organization policy forbids.

    Args:
        call: the call.
        constraint: its name without `constraints/`.
        resource: to what it would be done: `projects/123`, by number or id.
        value: for a list constraint the value that must pass: a service, a location, a model with its action,
            an issuer.
    """
    state = call.state
    if not len(state[POLICIES]):
        return
    found = effective(state, resource, constraint)
    error = ERRORS[constraint]
    if constraint in BOOLEANS:
        if found.enforced:
            raise error(resource, value)
    elif not passes(found, SPELLINGS.get(constraint, _itself)(value)):
        raise error(_with_number(state, resource), value)


@iam.guards_members
def check_members(call: Call, resource: str, added: Iterable[str]) -> None:
    """Refuse members that do not belong to a customer whom `iam.allowedPolicyMemberDomains` allows.

    Only members that are new in a policy are asked about: constraints do not reach back.
    https://docs.cloud.google.com/resource-manager/docs/organization-policy/restricting-domains
    """
    state = call.state
    if not len(state[POLICIES]):
        return
    found = effective(state, resource, "iam.allowedPolicyMemberDomains")
    if found.everything is True:
        return
    for member in added:
        if GOOGLES.fullmatch(member) or member.startswith("deleted:"):
            continue
        if not passes(found, customers(state, member)):
            raise foreign_member(resource, member)


def customers(state: State, member: str) -> list[str]:
    """The values of `iam.allowedPolicyMemberDomains` that cover a member: its customer's id, its organization.

    A service account and a workload identity pool are their project's organization's; an address is the
    organization's with that domain.
    """
    kind, _, address = member.partition(":")
    domain = address.partition("@")[2] or address
    place = ""
    if match := re.match(r"principal(?:Set)?://iam\.googleapis\.com/(projects/\d+)/", member):
        place = match[1]
    elif kind == "serviceAccount" and domain.endswith(".iam.gserviceaccount.com"):
        place = f"projects/{domain.removesuffix('.iam.gserviceaccount.com')}"
    above = iam.lineage(state, place) if place else []
    by_domain = kind in {"user", "group", "domain"}
    owners = [
        each for each in state[ORGANIZATIONS] if each.name in above or (by_domain and each.display_name == domain)
    ]
    return [value for each in owners for value in (each.customer, f"principalSet://iam.googleapis.com/{each.name}")]


def _with_number(state: State, resource: str) -> str:
    places = iam.lineage(state, resource)
    return places[0] if places else resource


def _itself(value: str) -> list[str]:
    return [value]


def _location(value: str) -> list[str]:
    """A region is allowed by name and by the groups it is in.

    https://docs.cloud.google.com/resource-manager/docs/organization-policy/defining-locations
    """
    continent = value.partition("-")[0]
    groups = [f"in:{value}-locations", f"in:{CONTINENTS.get(continent, continent)}-locations"]
    if continent == "europe" and value not in OUTSIDE_EU:
        groups.append("in:eu-locations")
    return [value, *groups]


def _service_restricted(resource: str, service: str) -> ApiError:
    """403 RESOURCE_USAGE_RESTRICTION_VIOLATED: enabling has worked, use does not (error_reason.proto)."""
    return ApiError(
        "PERMISSION_DENIED",
        "Request is disallowed by organization's constraints/gcp.restrictServiceUsage constraint for "
        f"'{resource}' attempting to use service '{service}'.",
        errors.error_info("RESOURCE_USAGE_RESTRICTION_VIOLATED", consumer=resource, service=service),
    )


def _location_restricted(resource: str, location: str) -> ApiError:
    """https://github.com/firebase/firebase-tools/issues/1978 (another API; Vertex AI's words are not established)."""
    return ApiError(
        "FAILED_PRECONDITION",
        "The request has violated one or more Org Policies. Please refer to the respective violations for more "
        "information.",
        errors.precondition(
            "constraints/gcp.resourceLocations",
            f"orgpolicy:{resource}?configvalue={location}",
            f"Constraint constraints/gcp.resourceLocations violated for {resource} attempting to use {location}.",
        ),
    )


def _model_restricted(resource: str, value: str) -> ApiError:
    """Seen in a public repository: the value that has to be allowed is at the end."""
    model = value.rpartition(":")[0].rpartition("/")[2]
    return errors.failed_precondition(
        f"Organization Policy constraint constraints/vertexai.allowedModels violated for `{resource}` attempting to "
        f"use a disallowed Gen AI model {model}. Please contact your organization administrator to fix this violation "
        f"by adding `{value}` to the allowed values."
    )


def _accounts_disabled(resource: str, value: str) -> ApiError:  # noqa: ARG001 - all errors are made alike
    """https://docs.cloud.google.com/iam/docs/troubleshoot-org-policies."""
    return errors.failed_precondition(
        "Service account creation is not allowed on this project.",
        errors.precondition("constraints/iam.disableServiceAccountCreation", resource),
    )


def _keys_disabled(resource: str, value: str) -> ApiError:
    """https://docs.cloud.google.com/iam/docs/troubleshoot-org-policies."""
    return errors.failed_precondition(
        "Key creation is not allowed on this service account.",
        errors.precondition("constraints/iam.disableServiceAccountKeyCreation", value or resource),
    )


def _keys_disabled_managed(resource: str, value: str) -> ApiError:
    """400 CUSTOM_ORG_POLICY_VIOLATION: how managed constraints refuse.

    https://docs.cloud.google.com/iam/docs/troubleshoot-org-policies
    """
    return errors.failed_precondition(
        f"Operation denied by org policy on resource '{value or resource}': "
        f'["constraints/{MANAGED_KEYS}": "Service account key creation is blocked."].',
        errors.error_info(
            "CUSTOM_ORG_POLICY_VIOLATION",
            customConstraints=f"constraints/{MANAGED_KEYS}",
            resource=value or resource,
        ),
    )


def _issuer_restricted(resource: str, issuer: str) -> ApiError:
    """Seen in public repositories."""
    return errors.failed_precondition(
        f"Org Policy violated for value: '{issuer}'.",
        errors.precondition("constraints/iam.workloadIdentityPoolProviders", resource),
    )


def foreign_member(resource: str, member: str) -> ApiError:
    """https://github.com/terraform-google-modules/terraform-example-foundation/issues/1454."""
    return errors.failed_precondition(
        "One or more users named in the policy do not belong to a permitted customer, perhaps due to an organization "
        "policy.",
        errors.precondition(
            "constraints/iam.allowedPolicyMemberDomains",
            f"orgpolicy:{resource}?configvalue={member}",
            f"User {member} is not in permitted organization.",
        ),
    )


SPELLINGS: Final[dict[str, Callable[[str], list[str]]]] = {"gcp.resourceLocations": _location}
BOOLEANS: Final = frozenset({"iam.disableServiceAccountCreation", "iam.disableServiceAccountKeyCreation", MANAGED_KEYS})
ERRORS: Final[dict[str, Callable[[str, str], ApiError]]] = {
    "gcp.restrictServiceUsage": _service_restricted,
    "gcp.resourceLocations": _location_restricted,
    "vertexai.allowedModels": _model_restricted,
    "iam.disableServiceAccountCreation": _accounts_disabled,
    "iam.disableServiceAccountKeyCreation": _keys_disabled,
    MANAGED_KEYS: _keys_disabled_managed,
    "iam.workloadIdentityPoolProviders": _issuer_restricted,
}
