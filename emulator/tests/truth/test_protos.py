"""Google's clients of the APIs beside the project's way know no method that the emulator does not know by name."""

from __future__ import annotations

import pytest
from gcp_emulator import services

from emulator.generate import clients

REGISTRY = services.registry()
SERVICES = (
    "google.api.cloudquotas.v1.CloudQuotas",
    "google.api.cloudquotas.v1.QuotaAdjusterSettingsManager",
    "google.cloud.billing.budgets.v1.BudgetService",
    "google.cloud.billing.budgets.v1beta1.BudgetService",
    "google.cloud.orgpolicy.v2.OrgPolicy",
    "google.iam.admin.v1.IAM",
    "google.iam.credentials.v1.IAMCredentials",
    "google.iam.v2.Policies",
    "google.iam.v3.AccessPolicies",
    "google.iam.v3.PolicyBindings",
    "google.iam.v3.PrincipalAccessBoundaryPolicies",
)


@pytest.mark.parametrize("service", SERVICES)
def test_each_method_of_a_client_is_known_by_name(service: str) -> None:
    known = {name for name in REGISTRY.grpc_names() if name.partition("/")[0] == service}
    assert known == {name for name in clients.methods(service) if name.partition("/")[0] == service}


def test_a_service_that_is_listed_here_has_methods() -> None:
    assert all(clients.methods(service) for service in SERVICES)
