"""The constraints of Google's own: names, kinds, defaults.

They are data, `constraints.json`, which says where each comes from and of when. The emulator refuses what breaks those
in `ENFORCED`; a policy for another one is kept, shown and merged, and the log says that it does nothing more.
Managed constraints (`iam.managed.…`) are custom constraints that Google wrote: boolean, with parameters, only known to
v2 of the API. https://docs.cloud.google.com/organization-policy/reference/org-policy-constraints
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gcp_emulator.call import Json

MANAGED: Final = re.compile(r"[a-z]+\.managed\.\w+")

ENFORCED: Final = frozenset(
    {
        "compute.skipDefaultNetworkCreation",
        "essentialcontacts.allowedContactDomains",
        "essentialcontacts.managed.allowedContactDomains",
        "gcp.resourceLocations",
        "gcp.restrictServiceUsage",
        "iam.allowedPolicyMemberDomains",
        "iam.automaticIamGrantsForDefaultServiceAccounts",
        "iam.disableServiceAccountCreation",
        "iam.disableServiceAccountKeyCreation",
        "iam.disableServiceAccountKeyUpload",
        "iam.managed.allowedPolicyMembers",
        "iam.managed.disableServiceAccountApiKeyCreation",
        "iam.managed.disableServiceAccountCreation",
        "iam.managed.disableServiceAccountKeyCreation",
        "iam.managed.disableServiceAccountKeyUpload",
        "iam.managed.preventPrivilegedBasicRolesForDefaultServiceAccounts",
        "iam.workloadIdentityPoolProviders",
        "storage.uniformBucketLevelAccess",
        "vertexai.allowedModels",
    }
)

EQUIVALENT: Final = {
    "compute.disableGuestAttributesAccess": "compute.managed.disableGuestAttributesAccess",
    "compute.disableNestedVirtualization": "compute.managed.disableNestedVirtualization",
    "compute.disableSerialPortAccess": "compute.managed.disableSerialPortAccess",
    "compute.disableSerialPortLogging": "compute.managed.disableSerialPortLogging",
    "compute.requireOsLogin": "compute.managed.requireOsLogin",
    "compute.vmCanIpForward": "compute.managed.vmCanIpForward",
    "compute.vmExternalIpAccess": "compute.managed.vmExternalIpAccess",
    "essentialcontacts.allowedContactDomains": "essentialcontacts.managed.allowedContactDomains",
    "iam.allowedPolicyMemberDomains": "iam.managed.allowedPolicyMembers",
    "iam.disableServiceAccountCreation": "iam.managed.disableServiceAccountCreation",
    "iam.disableServiceAccountKeyCreation": "iam.managed.disableServiceAccountKeyCreation",
    "iam.disableServiceAccountKeyUpload": "iam.managed.disableServiceAccountKeyUpload",
    "iam.workloadIdentityPoolProviders": "iam.managed.workloadIdentityPoolProviders",
}
"""Legacy constraints and the managed ones that do the same, by their names on Google's page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Constraint:
    """One constraint.

    Args:
        name: without `constraints/`.
        title: its display name, empty where it is not established.
        boolean: it is enforced or not; the others hold lists of values.
        managed: a custom constraint of Google's own.
        allows: what is so where no policy says anything: everything is allowed, nothing is enforced.
        groups: values may be groups (`in:eu-locations`).
    """

    name: str
    title: str
    boolean: bool
    managed: bool
    allows: bool
    groups: bool

    @property
    def enforced(self) -> bool:
        """Whether the emulator refuses what breaks it."""
        return self.name in ENFORCED

    def resource(self, parent: str) -> Json:
        """Return the `Constraint` that a list of one resource's constraints holds."""
        kind: Json = {"booleanConstraint": {"customConstraintDefinition": {}} if self.managed else {}}
        if not self.boolean:
            kind = {"listConstraint": {"supportsIn": True} if self.groups else {}}
        title = {"displayName": self.title} if self.title else {}
        twin = EQUIVALENT.get(self.name) or next((old for old, new in EQUIVALENT.items() if new == self.name), "")
        equivalent = {"equivalentConstraint": f"constraints/{twin}"} if twin else {}
        default = "ALLOW" if self.allows else "DENY"
        return {
            "name": f"{parent}/constraints/{self.name}",
            **title,
            "constraintDefault": default,
            **kind,
            **equivalent,
        }

    def resource_v1(self) -> Json:
        """Return the same as v1 of Resource Manager writes it."""
        kind: Json = {"booleanConstraint": {}} if self.boolean else {"listConstraint": {}}
        title = {"displayName": self.title} if self.title else {}
        default = "ALLOW" if self.allows else "DENY"
        return {"name": f"constraints/{self.name}", **title, "constraintDefault": default, **kind}


@functools.cache
def constraints() -> Mapping[str, Constraint]:
    """Return all of them by name, in order."""
    rows = json.loads(files(__package__).joinpath("constraints.json").read_text("utf-8"))["rows"]
    return {
        name: Constraint(
            name=name,
            title=title,
            boolean=kind != "list",
            managed=kind == "managed",
            allows="denied by default" not in more,
            groups="groups" in more,
        )
        for name, (kind, title, *more) in rows.items()
    }
