"""What organization policies forbid: one function for every service to call.

    enforcement.check(call, "iam.disableServiceAccountCreation", f"projects/{number}")
    enforcement.check(call, "iam.workloadIdentityPoolProviders", f"projects/{number}", issuer)
    enforcement.check_members(call, resource, added_members)

Each asks what is in force for the resource, for the legacy constraint and the managed one that does the same, and
refuses in the words that were seen for that constraint. The owner of the sandbox is not above a policy: organization
policies bind everyone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gcp_emulator import errors, iam
from gcp_emulator.errors import ApiError
from gcp_emulator.services.orgpolicy.constraints import ENFORCED, EQUIVALENT, constraints
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
NO_BOUND_KEYS: Final = "iam.managed.disableServiceAccountApiKeyCreation"
NO_BASIC_ROLES: Final = "iam.managed.preventPrivilegedBasicRolesForDefaultServiceAccounts"
DEFAULT_ACCOUNT: Final = re.compile(r"serviceAccount:(\d+-compute@developer|[^@]+@appspot)\.gserviceaccount\.com")
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
    if constraint in MANAGED_TEXTS:
        if found.enforced:
            raise managed(constraint, call.method.service)
        return
    error = ERRORS[constraint]
    if constraints()[constraint].boolean:
        if found.enforced:
            raise error(resource, value)
    elif not passes(found, SPELLINGS.get(constraint, _itself)(value)):
        raise error(_with_number(state, resource), value)
    if (twin := EQUIVALENT.get(constraint, "")) in MANAGED_TEXTS:
        check(call, twin, resource)


def is_enforced(state: State, resource: str, constraint: str) -> bool:
    """Tell whether a boolean constraint is in force, for what is not refused but left out."""
    assert constraint in ENFORCED, constraint  # noqa: S101 - the log would say otherwise
    return effective(state, resource, constraint).enforced


@iam.guards_members
def check_members(call: Call, resource: str, added: Iterable[str]) -> None:
    """Refuse members whom `iam.allowedPolicyMemberDomains` or `iam.managed.allowedPolicyMembers` does not allow.

    Only members that are new in a policy are asked about: constraints do not reach back.
    https://docs.cloud.google.com/resource-manager/docs/organization-policy/restricting-domains
    """
    state = call.state
    if not len(state[POLICIES]):
        return
    new = [member for member in added if not (GOOGLES.fullmatch(member) or member.startswith("deleted:"))]
    domains = effective(state, resource, "iam.allowedPolicyMemberDomains")
    allowed = effective(state, resource, "iam.managed.allowedPolicyMembers")
    for member in new if domains.everything is not True else ():
        if not passes(domains, customers(state, member)):
            raise foreign_member(resource, member)
    subjects = {*allowed.parameters.get("allowedMemberSubjects", ())}
    sets = {each.rpartition("/organizations/")[2] for each in allowed.parameters.get("allowedPrincipalSets", ())}
    for member in new if allowed.enforced else ():
        own = {each.rpartition("/organizations/")[2] for each in customers(state, member)}
        if member not in subjects and not own & sets:
            raise managed("iam.managed.allowedPolicyMembers", call.method.service, _as_named(call, resource))


@iam.guards_members
def check_default_accounts(call: Call, resource: str, added: Iterable[str]) -> None:  # noqa: ARG001 - a guard's form
    """Refuse Editor and Owner for the default accounts of Compute Engine and App Engine, at any time."""
    state = call.state
    if not len(state[POLICIES]) or not is_enforced(state, resource, NO_BASIC_ROLES):
        return
    old = state[iam.POLICIES].get(iam.lineage(state, resource)[0])
    held = {(binding["role"], member) for binding in (old.bindings if old else ()) for member in binding["members"]}
    for binding in call.message("policy").get("bindings", ()):
        for member in binding.get("members", ()):
            if binding.get("role") not in {"roles/editor", "roles/owner"} or (binding["role"], member) in held:
                continue
            if DEFAULT_ACCOUNT.fullmatch(member):
                raise managed(NO_BASIC_ROLES, call.method.service, _as_named(call, resource))


def allows_location(state: State, resource: str, location: str) -> bool:
    """Tell whether a resource may be made at a location, where the API refuses in its own words."""
    return passes(effective(state, resource, "gcp.resourceLocations"), _location(location))


def check_contact(call: Call, resource: str, email: str) -> None:
    """Refuse a contact whose domain is not allowed; a value is a domain with its `@`.

    https://docs.cloud.google.com/resource-manager/docs/managing-notification-contacts
    """
    state = call.state
    if not len(state[POLICIES]):
        return
    domain = f"@{email.rpartition('@')[2]}"
    allowed = effective(state, resource, "essentialcontacts.managed.allowedContactDomains")
    if allowed.enforced and domain not in allowed.parameters.get("allowedDomains", ()):
        raise managed("essentialcontacts.managed.allowedContactDomains", call.method.service, _as_named(call, resource))
    if not passes(effective(state, resource, "essentialcontacts.allowedContactDomains"), [domain]):
        raise errors.failed_precondition(  # the sentence is assumed
            f"Contact {email} is not in a domain that is allowed.",
            errors.precondition("constraints/essentialcontacts.allowedContactDomains", resource),
        )


def check_bound_key(call: Call, resource: str) -> None:
    """Refuse an API key that is bound to a service account, which is so unless a policy says otherwise."""
    if effective(call.state, resource, NO_BOUND_KEYS).enforced:
        raise managed(NO_BOUND_KEYS, call.method.service, _as_named(call, resource))


def _as_named(call: Call, resource: str) -> str:
    """A project as the caller wrote it."""
    return (
        f"projects/{call.vars['project']}" if resource.startswith("projects/") and "project" in call.vars else resource
    )


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


def _uploads_disabled(resource: str, value: str) -> ApiError:
    """The sentence is assumed after that of key creation; https://docs.cloud.google.com/iam/docs/troubleshoot-org-policies."""
    return errors.failed_precondition(
        "Key upload is not allowed on this service account.",
        errors.precondition("constraints/iam.disableServiceAccountKeyUpload", value or resource),
    )


def managed(constraint: str, service: str, resource: str = "") -> ApiError:
    """400 CUSTOM_ORG_POLICY_VIOLATION: how managed constraints refuse, by their description.

    https://docs.cloud.google.com/iam/docs/troubleshoot-org-policies; seen with and without a resource
    (https://github.com/newrelic/docs-website/pull/23835), the service in the details.
    """
    name = f"constraints/{constraint}"
    where = f" on resource '{resource}'" if resource else ""
    return errors.failed_precondition(
        f'Operation denied by org policy{where}: ["{name}": "{MANAGED_TEXTS[constraint]}"].',
        errors.error_info("CUSTOM_ORG_POLICY_VIOLATION", customConstraints=name, service=service),
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
        "One or more users named in the policy do not belong to a permitted customer.",
        errors.precondition(
            "constraints/iam.allowedPolicyMemberDomains",
            f"orgpolicy:{resource}?configvalue={member}",
            f"User {member} is not in permitted organization.",
        ),
    )


SPELLINGS: Final[dict[str, Callable[[str], list[str]]]] = {"gcp.resourceLocations": _location}
ERRORS: Final[dict[str, Callable[[str, str], ApiError]]] = {
    "gcp.restrictServiceUsage": _service_restricted,
    "gcp.resourceLocations": _location_restricted,
    "vertexai.allowedModels": _model_restricted,
    "iam.disableServiceAccountCreation": _accounts_disabled,
    "iam.disableServiceAccountKeyCreation": _keys_disabled,
    "iam.disableServiceAccountKeyUpload": _uploads_disabled,
    "iam.workloadIdentityPoolProviders": _issuer_restricted,
}
MANAGED_TEXTS: Final = {
    "essentialcontacts.managed.allowedContactDomains": "This constraint restricts the domains of contacts.",  # assumed
    "iam.managed.allowedPolicyMembers": "This constraint restricts the principals that can be granted roles.",
    "iam.managed.disableServiceAccountCreation": "This constraint, when enforced, blocks service account creation.",
    MANAGED_KEYS: "This constraint, when enforced, blocks service account key creation.",
    "iam.managed.disableServiceAccountKeyUpload": "This boolean constraint disables the feature that allows uploading "
    "public keys to service accounts where this constraint is set to `True`.",
    NO_BOUND_KEYS: "When enforced, disables creation of API Keys bound to service accounts, unless the API Key's API "
    "targets are non-empty and exclusively limited to the allowedServices.",
    NO_BASIC_ROLES: "When this constraint is enforced, it prevents anyone from granting the Editor role (roles/editor) "
    "or the Owner role (roles/owner) to the Compute Engine and App Engine default service accounts, at any time. To "
    "learn more about default service accounts, see https://cloud.google.com/iam/help/service-accounts/default. "
    "Enforcing this constraint prevents the default service accounts from automatically being granted the Editor role "
    "(roles/editor). This might cause permission issues for services that use these service accounts. To learn which "
    "roles to grant to each service account, see "
    "https://cloud.google.com/iam/help/service-accounts/troubleshoot-roles-default.",
}
"""What managed constraints say when they refuse: their descriptions, as Google's page shows them.

That of account creation is assumed after that of key creation.
"""
