"""The resources that are played, by type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.terraform.standin.resources import data
from tests.terraform.standin.resources.iam import Account, AccountMember, ProjectMember
from tests.terraform.standin.resources.others import Budget, GardenDeployment, OrganizationPolicy
from tests.terraform.standin.resources.pools import Pool, Provider
from tests.terraform.standin.resources.project import BillingLink, Project, Service

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.terraform.standin.resources.kind import Kind, State
    from tests.terraform.standin.rest import Google

RESOURCES: Final[dict[str, Kind]] = {
    "google_billing_budget": Budget(),
    "google_billing_project_info": BillingLink(),
    "google_iam_workload_identity_pool": Pool(),
    "google_iam_workload_identity_pool_provider": Provider(),
    "google_org_policy_policy": OrganizationPolicy(),
    "google_project": Project(),
    "google_project_iam_member": ProjectMember(),
    "google_project_service": Service(),
    "google_service_account": Account(),
    "google_service_account_iam_member": AccountMember(),
    "google_vertex_ai_endpoint_with_model_garden_deployment": GardenDeployment(),
}

DATA_SOURCES: Final[dict[str, Callable[[State, Google], State]]] = {
    "google_cloud_quotas_quota_info": data.quota_info,
    "google_project": data.project,
}
