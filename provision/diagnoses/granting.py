"""What to grant for a permission that was denied: the role, where it is granted, and the command that does it.

The role is data (`provision.catalog.roles`). Where it is granted follows from the permission: of billing it is the
billing account, of organization policies the organization, of acting as a service account that account.
https://docs.cloud.google.com/iam/docs/roles-permissions says for each role at which level it can be granted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from provision.catalog import roles
from provision.gcloud import add_binding

if TYPE_CHECKING:
    from collections.abc import Mapping

Level = Literal["project", "folder", "organization", "billing account", "service account"]

# The first that fits. What fits none is granted on the project.
_LEVELS: Final[tuple[tuple[str, Level], ...]] = (
    (r"billing\.", "billing account"),
    # of roles/orgpolicy.policyAdmin the page says: lowest resource is the organization
    (r"orgpolicy\.(polic(y|ies)\.(set|create|update|delete)|customConstraints\.)", "organization"),
    (r"compute\.organizations\.", "organization"),
    (r"resourcemanager\.(organizations|projects\.create$|folders\.create$)", "organization"),
    (r"resourcemanager\.folders\.", "folder"),
    (r"resourcemanager\.tag(Keys|Values)\.(create|delete|update)", "organization"),
    (r"accesscontextmanager\.|iam\.(googleapis\.com/)?workforcePool|iam\.denypolicies\.", "organization"),
    (
        r"iam\.serviceAccounts\.(actAs|getAccessToken|getOpenIdToken|signBlob|signJwt|implicitDelegation)$",
        "service account",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What an administrator grants.

    Attributes:
        role: the smallest predefined role of everyday use; ``ROLE`` where none is known.
        level: where it is granted.
        resource: the full resource name of that place, with capitals where it is not known.
        command: the whole of gcloud's command.
    """

    role: str
    level: Level
    resource: str
    command: str


def level_of(permission: str) -> Level:
    """Return where a role with the permission is granted."""
    return next((level for pattern, level in _LEVELS if re.match(pattern, permission, re.IGNORECASE)), "project")


def grant_for(permission: str, facts: Mapping[str, str]) -> Grant:
    """Return what to grant for a permission, with what is known filled in.

    Args:
        permission: as the error spells it.
        facts: what the text or the run tells, under the names of `provision.diagnoses.facts`.
    """
    spelled = roles.known_permission(permission)
    role = roles.role_of(permission) or "ROLE"
    level = level_of(spelled or permission)
    if level == "service account" and not facts.get("email"):
        level = "project"
    if level == "organization" and re.search(r"^(//\S+/)?folders/\d+", facts.get("resource", "")):
        level = "folder"
    resource = _place(level, facts)
    if level == "project":
        resource = _in_project(spelled or permission, facts) or resource
    command = add_binding(resource, facts.get("member") or "MEMBER", role)
    return Grant(role=role, level=level, resource=resource, command=command)


# By what its permissions begin with, what has a policy of its own and is named so; to create or list it takes one
# around it. https://docs.cloud.google.com/iam/docs/resource-types-with-policies
_NAMED: Final[tuple[tuple[str, str], ...]] = (
    (
        r"storage\.(objects|folders|managedFolders|multipartUploads|buckets)\.",
        r"(?:projects/_/)?(?P<name>buckets/[a-z0-9][\w.-]*\w)",
    ),
    (r"secretmanager\.", r"(?P<name>projects/[^/\s]+/secrets/[\w-]+)"),
    (r"pubsub\.topics\.", r"(?P<name>projects/[^/\s]+/topics/[\w.~+%-]+)"),
    (r"pubsub\.subscriptions\.", r"(?P<name>projects/[^/\s]+/subscriptions/[\w.~+%-]+)"),
    (r"cloudkms\.", r"(?P<name>projects/[^/\s]+/locations/[\w-]+/keyRings/[\w-]+/cryptoKeys/[\w-]+)"),
    (r"artifactregistry\.", r"(?P<name>projects/[^/\s]+/locations/[\w-]+/repositories/[\w-]+)"),
    (r"run\.(routes|services)\.", r"(?P<name>projects/[^/\s]+/locations/[\w-]+/services/[\w-]+)"),
)
_AROUND: Final = re.compile(r"(?<!objects)(?<!versions)(?<!Uploads)\.(create|list)$")


def _in_project(permission: str, facts: Mapping[str, str]) -> str:
    """Return the full resource name of what was refused inside a project, where a role can be granted on it alone."""
    if _AROUND.search(permission):
        return ""
    named = facts.get("resource", "")
    if not named and facts.get("bucket") and permission.startswith("storage."):
        named = f"buckets/{facts['bucket']}"
    pattern = next((pattern for begins, pattern in _NAMED if re.match(begins, permission)), "")
    found = re.search(pattern, named) if pattern else None
    return found["name"] if found and "PROJECT" not in found["name"] else ""


def place_of_role(role: str, facts: Mapping[str, str]) -> str:
    """Return the full resource name of the place where a role that an error names is granted."""
    account = role in {"roles/iam.serviceAccountUser", "roles/iam.workloadIdentityUser"} and facts.get("email")
    if account:
        return f"serviceAccounts/{account}"
    if role.startswith("roles/billing.") and role != "roles/billing.projectManager":
        return _place("billing account", facts)
    if role.startswith(("roles/orgpolicy.policyAdmin", "roles/resourcemanager.organization")):
        return _place("organization", facts)
    return _place("project", facts)


def _place(level: Level, facts: Mapping[str, str]) -> str:
    """Return the full resource name of the place where the role is granted."""
    match level:
        case "billing account":
            return f"billingAccounts/{facts.get('billing_account_id') or 'BILLING_ACCOUNT_ID'}"
        case "organization" | "folder":
            found = re.search(rf"{level}s/(\d+)", facts.get("resource", ""))
            number = found[1] if found else facts.get(f"{level}_id") or f"{level.upper()}_ID"
            return f"{level}s/{number}"
        case "service account":
            return f"serviceAccounts/{facts['email']}"
        case "project":
            return f"projects/{_project(facts)}"


def _project(facts: Mapping[str, str]) -> str:
    """Return the project of the resource that was refused; else the one the text names."""
    named = re.search(r"\bprojects/([a-z0-9][\w:.-]*\w)", facts.get("resource", ""))
    if named and named[1] not in {"_", "-"}:
        return named[1]
    owner = re.search(r"@([a-z][a-z0-9-]+)\.iam\.gserviceaccount\.com", facts.get("resource", ""))
    return (owner[1] if owner else "") or facts.get("project_id") or facts.get("consumer") or "PROJECT_ID"
