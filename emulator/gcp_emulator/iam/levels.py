"""Where a role can be granted: not on every kind of resource.

Google says of some roles which the lowest resource is that takes them; for the others it is the project, or what is
in it. A role of which nothing is said is taken wherever one of its permissions is about such a resource.
https://cloud.google.com/iam/docs/roles-permissions ("Lowest-level resources where you can grant this role")
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final, Literal

from gcp_emulator.iam import roles

if TYPE_CHECKING:
    from collections.abc import Iterable

Level = Literal["organization", "folder", "project", "billing account", "service account", "pool", "other"]

LOWEST: Final[dict[str, Level]] = {
    # .../roles-permissions/billing
    "roles/billing.admin": "billing account",
    "roles/billing.costsManager": "billing account",
    "roles/billing.creator": "organization",
    "roles/billing.user": "billing account",
    "roles/billing.viewer": "billing account",
    # .../roles-permissions/compute
    "roles/compute.xpnAdmin": "folder",
    # .../roles-permissions/iam
    "roles/iam.denyAdmin": "organization",
    "roles/iam.organizationRoleAdmin": "organization",
    "roles/iam.organizationRoleViewer": "organization",
    # .../roles-permissions/orgpolicy
    "roles/orgpolicy.policyAdmin": "organization",
    # .../roles-permissions/resourcemanager
    "roles/resourcemanager.folderAdmin": "folder",
    "roles/resourcemanager.folderCreator": "folder",
    "roles/resourcemanager.folderEditor": "folder",
    "roles/resourcemanager.folderIamAdmin": "folder",
    "roles/resourcemanager.folderMover": "folder",
    "roles/resourcemanager.folderViewer": "folder",
    "roles/resourcemanager.organizationAdmin": "organization",
    "roles/resourcemanager.organizationViewer": "organization",
    "roles/resourcemanager.projectCreator": "folder",
    # .../roles-permissions/securityposture
    "roles/securityposture.admin": "organization",
}
"""Roles that a project does not take, and where they may be granted at the lowest."""

ABOVE: Final = (
    "billing.",
    "iam.workforcePool",
    "resourcemanager.folders.",
    "resourcemanager.organizations.",
)
"""What permissions of folders, organizations and billing accounts begin with."""

INSIDE: Final[dict[Level, tuple[str, ...]]] = {
    "billing account": ("billing.", "consumerprocurement.", "logging."),
    "service account": ("iam.serviceAccounts.", "iam.serviceAccountKeys."),
    "pool": ("iam.workloadIdentityPool", "iam.workforcePool"),
}
"""What permissions begin with that are about resources of these kinds."""


def level_of(resource: str) -> Level:
    """Return the kind of a resource by its name: `projects/1/serviceAccounts/a@b`."""
    parts = resource.split("/")
    if len(parts) > 2:
        if parts[2] == "serviceAccounts":
            return "service account"
        return "pool" if parts[-2] in {"workloadIdentityPools", "workforcePools"} else "other"
    known: dict[str, Level] = {
        "organizations": "organization",
        "folders": "folder",
        "projects": "project",
        "billingAccounts": "billing account",
    }
    return known.get(parts[0], "other")


@functools.lru_cache(maxsize=4096)
def is_grantable(role: str, level: Level) -> bool:
    """Tell whether a predefined role that exists may be in the policy of a resource of this kind."""
    lowest = LOWEST.get(role, "project")
    if level in {"organization", "other"}:
        return True
    if level == "folder":
        return lowest not in {"organization", "billing account"}
    held = set(map(roles.short, roles.predefined()[role].permissions))
    if level == "project":
        return lowest == "project" and not (held and _all_above(held))
    return lowest in {"project", level} and any(each.startswith(INSIDE[level]) for each in held)


def _all_above(held: Iterable[str]) -> bool:
    """Tell whether none is about a project; `…Scoped` are what a project shows of its billing account's costs."""
    return all(
        each == "resourcemanager.projects.create" or (each.startswith(ABOVE) and not each.endswith("Scoped"))
        for each in held
    )
