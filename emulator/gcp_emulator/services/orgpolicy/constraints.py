"""The constraints that matter to an onboarding.

Names, kinds and defaults: https://docs.cloud.google.com/resource-manager/docs/organization-policy/org-policy-constraints
The sandbox enforces those marked `enforced`; a policy for another one is kept and shown, and nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gcp_emulator.call import Json


@dataclass(frozen=True, kw_only=True)
class Constraint:
    """One constraint.

    Args:
        name: without `constraints/`.
        title: its display name.
        boolean: it is enforced or not; the others hold lists of values.
        allows: what is so where no policy says anything: everything is allowed, nothing is enforced.
        groups: values may be groups (`in:eu-locations`).
        enforced: the sandbox refuses what breaks it.
    """

    name: str
    title: str
    boolean: bool = False
    allows: bool = True
    groups: bool = False
    enforced: bool = True

    def resource(self, parent: str) -> Json:
        """The `Constraint` that a list of one resource's constraints holds."""
        kind: Json = {"booleanConstraint": {}}
        if not self.boolean:
            kind = {"listConstraint": {"supportsIn": True} if self.groups else {}}
        return {
            "name": f"{parent}/constraints/{self.name}",
            "displayName": self.title,
            "constraintDefault": "ALLOW" if self.allows else "DENY",
            **kind,
        }


CONSTRAINTS: Final = {
    each.name: each
    for each in (
        Constraint(
            name="gcp.resourceLocations", title="Google Cloud Platform - Resource Location Restriction", groups=True
        ),
        Constraint(name="gcp.restrictServiceUsage", title="Restrict Resource Service Usage", groups=True),
        Constraint(name="gcp.restrictEndpointUsage", title="Restrict endpoint usage", enforced=False),
        Constraint(name="gcp.restrictTLSVersion", title="Restrict TLS Versions", enforced=False),
        Constraint(name="iam.allowedPolicyMemberDomains", title="Domain restricted sharing"),
        Constraint(
            name="iam.allowServiceAccountCredentialLifetimeExtension",
            title="Allow extending lifetime of OAuth 2.0 access tokens to up to 12 hours",
            allows=False,
            enforced=False,
        ),
        Constraint(name="iam.disableServiceAccountCreation", title="Disable service account creation", boolean=True),
        Constraint(
            name="iam.disableServiceAccountKeyCreation", title="Disable service account key creation", boolean=True
        ),
        Constraint(
            name="iam.managed.disableServiceAccountKeyCreation",
            title="Block service account key creation",
            boolean=True,
        ),
        Constraint(
            name="iam.workloadIdentityPoolProviders",
            title="Allowed external Identity Providers for workloads in Cloud IAM",
        ),
        Constraint(name="serviceuser.services", title="Define allowed APIs and services", enforced=False),
        Constraint(name="vertexai.allowedModels", title="Define access to models on Vertex AI"),
        Constraint(
            name="vertexai.allowedPartnerModelFeatures",
            title="Define allowed features of partner models",
            allows=False,
            enforced=False,
        ),
    )
}
