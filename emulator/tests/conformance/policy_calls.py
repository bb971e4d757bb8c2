"""A call of every method of Org Policy, Cloud Billing Budgets and Cloud Quotas, through Google's own clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.cloud.billing import budgets_v1, budgets_v1beta1
from google.cloud.cloudquotas_v1 import CloudQuotasClient, QuotaConfig, QuotaPreference
from google.cloud.orgpolicy_v2 import OrgPolicyClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.server import Running

PROJECT = "projects/sandbox-ready"
CONSTRAINT = "gcp.restrictServiceUsage"
LIMITS = f"{PROJECT}/locations/global/services/aiplatform.googleapis.com"


def _policy(client: Any) -> str:
    """Set a policy on the project; its name."""
    spec = {"rules": [{"values": {"denied_values": ["sqladmin.googleapis.com"]}}], "inherit_from_parent": True}
    policy = {"name": f"{PROJECT}/policies/{CONSTRAINT}", "spec": spec}
    return str(client.create_policy(parent=PROJECT, policy=policy).name)


def _constraint(client: Any, sandbox: Running) -> Any:
    """Make a custom constraint of the organization."""
    organization = sandbox["organization"]
    constraint = {
        "name": f"{organization}/customConstraints/custom.noPublicNodes",
        "resource_types": ["container.googleapis.com/NodePool"],
        "method_types": ["CREATE", "UPDATE"],
        "condition": "resource.management.autoUpgrade == false",
        "action_type": "ALLOW",
        "display_name": "Told",
    }
    return client.create_custom_constraint(parent=organization, custom_constraint=constraint)


POLICIES: dict[str, Callable[[Any, Running], Any]] = {
    "ListPolicies": lambda c, _: _policy(c) and list(c.list_policies(parent=PROJECT)),
    "CreatePolicy": lambda c, _: _policy(c),
    "GetPolicy": lambda c, _: c.get_policy(name=_policy(c)),
    "UpdatePolicy": lambda c, _: c.update_policy(
        {
            "policy": {"name": _policy(c), "dry_run_spec": {"rules": [{"allow_all": True}]}},
            "update_mask": {"paths": ["dry_run_spec"]},
        }
    ),
    "DeletePolicy": lambda c, _: c.delete_policy(name=_policy(c)) or True,
    "GetEffectivePolicy": lambda c, _: c.get_effective_policy(name=_policy(c)),
    "ListConstraints": lambda c, _: list(c.list_constraints({"parent": PROJECT, "page_size": 5})),
    "ListCustomConstraints": lambda c, s: (
        _constraint(c, s) and list(c.list_custom_constraints(parent=s["organization"]))
    ),
    "CreateCustomConstraint": _constraint,
    "GetCustomConstraint": lambda c, s: c.get_custom_constraint(name=_constraint(c, s).name),
    "UpdateCustomConstraint": lambda c, s: c.update_custom_constraint(custom_constraint=_constraint(c, s)),
    "DeleteCustomConstraint": lambda c, s: c.delete_custom_constraint(name=_constraint(c, s).name) or True,
}


def _budgets(version: Any) -> dict[str, Callable[[Any, Running], Any]]:
    package = f"google.cloud.billing.{version.__name__.rpartition('.')[2].replace('_', '.')}.BudgetService"
    kind = version.BudgetServiceClient

    def budget(clients: Any, sandbox: Running) -> Any:
        given = {
            "display_name": "Mine",
            "amount": {"specified_amount": {"units": 20, "nanos": 500_000_000}},
            "threshold_rules": [{"threshold_percent": 0.5}],
        }
        return clients.of(kind).create_budget({"parent": sandbox["billing_account"], "budget": given})

    def update(clients: Any, sandbox: Running) -> Any:
        given = {"name": budget(clients, sandbox).name, "display_name": "Renamed"}
        return clients.of(kind).update_budget({"budget": given, "update_mask": {"paths": ["display_name"]}})

    return {
        f"{package}/CreateBudget": budget,
        f"{package}/UpdateBudget": update,
        f"{package}/GetBudget": lambda c, s: c.of(kind).get_budget({"name": budget(c, s).name}),
        f"{package}/ListBudgets": lambda c, s: (
            budget(c, s) and list(c.of(kind).list_budgets({"parent": s["billing_account"]}))
        ),
        f"{package}/DeleteBudget": lambda c, s: c.of(kind).delete_budget({"name": budget(c, s).name}) or True,
    }


def _asking(ask: Callable[[Any, Running], Any]) -> Callable[[Any, Running], Any]:
    return lambda clients, sandbox: ask(clients.of(OrgPolicyClient), sandbox)


REQUESTS = LIMITS.partition("/services/")[0]
GRANTED = f"{REQUESTS}/quotaPreferences/sandbox-h100"


def _request(clients: Any) -> QuotaPreference:
    taken = {each.dimensions.get("region") for each in clients.list_quota_preferences(parent=REQUESTS)}
    free = next(region for region in (f"europe-west{number}" for number in (1, 2, 3, 4, 6, 8)) if region not in taken)
    requested = QuotaPreference(
        service="aiplatform.googleapis.com",
        quota_id="CustomModelServingL4GPUsPerProjectPerRegion",
        dimensions={"region": free},
        quota_config=QuotaConfig(preferred_value=2),
        contact_email="ann@example.com",
    )
    made: QuotaPreference = clients.create_quota_preference(parent=REQUESTS, quota_preference=requested)
    return made


def _more(clients: Any) -> QuotaPreference:
    requested = _request(clients)
    changed = QuotaPreference(
        name=requested.name, quota_config=QuotaConfig(preferred_value=3), contact_email="ann@example.com"
    )
    made: QuotaPreference = clients.update_quota_preference(quota_preference=changed)
    assert made.quota_config.preferred_value == 3
    return made


PREFERENCES: dict[str, Callable[[Any], Any]] = {
    "CreateQuotaPreference": _request,
    "UpdateQuotaPreference": _more,
    "GetQuotaPreference": lambda client: client.get_quota_preference(name=GRANTED).quota_config.granted_value == 8,
    "ListQuotaPreferences": lambda client: list(client.list_quota_preferences(parent=REQUESTS)),
}


def _wishing(ask: Callable[[Any], Any]) -> Callable[[Any, Running], Any]:
    return lambda clients, _: ask(clients.of(CloudQuotasClient))


CALLS: dict[str, Callable[[Any, Running], Any]] = {
    **{f"google.cloud.orgpolicy.v2.OrgPolicy/{name}": _asking(ask) for name, ask in POLICIES.items()},
    **_budgets(budgets_v1),
    **_budgets(budgets_v1beta1),
    "google.api.cloudquotas.v1.CloudQuotas/ListQuotaInfos": lambda c, _: list(
        c.of(CloudQuotasClient).list_quota_infos(parent=LIMITS)
    ),
    "google.api.cloudquotas.v1.CloudQuotas/GetQuotaInfo": lambda c, _: c.of(CloudQuotasClient).get_quota_info(
        name=f"{LIMITS}/quotaInfos/OnlinePredictionRequestsPerMinutePerProjectPerRegion"
    ),
    **{f"google.api.cloudquotas.v1.CloudQuotas/{name}": _wishing(ask) for name, ask in PREFERENCES.items()},
}
