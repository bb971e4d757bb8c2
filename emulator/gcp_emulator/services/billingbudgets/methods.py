"""The methods of Cloud Billing Budgets, v1 as the Terraform provider calls it and v1beta1 as it was recorded.

In v1beta1 create and update wrap the budget in a message, in v1 the body is the budget. Names and messages:
google/cloud/billing/budgets/v1/budget_service.proto and v1beta1's; paths, fields and enums: the discovery documents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.caller import CLOUD_PLATFORM
from gcp_emulator.rpc import Method
from gcp_emulator.services.billingbudgets import state
from gcp_emulator.services.billingbudgets.state import RULE, SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.call import Call

SCOPES: Final = (CLOUD_PLATFORM, "https://www.googleapis.com/auth/cloud-billing")
FILTER: Final = (
    "projects,resourceAncestors,creditTypes,creditTypesTreatment,services,subaccounts,labels,"
    "calendarPeriod,customPeriod"
)
RULES: Final = (
    "pubsubTopic,schemaVersion,monitoringNotificationChannels,disableDefaultIamRecipients,enableProjectLevelRecipients"
)
NUMBERS: Final = {
    "ownershipScope": {"OWNERSHIP_SCOPE_UNSPECIFIED": 0, "ALL_USERS": 1, "BILLING_ACCOUNT": 2},
    "thresholdRules.spendBasis": {"BASIS_UNSPECIFIED": 0, "CURRENT_SPEND": 1, "FORECASTED_SPEND": 2},
    "budgetFilter.creditTypesTreatment": {
        "CREDIT_TYPES_TREATMENT_UNSPECIFIED": 0,
        "INCLUDE_ALL_CREDITS": 1,
        "EXCLUDE_ALL_CREDITS": 2,
        "INCLUDE_SPECIFIED_CREDITS": 3,
    },
    "budgetFilter.calendarPeriod": {"CALENDAR_PERIOD_UNSPECIFIED": 0, "MONTH": 1, "QUARTER": 2, "YEAR": 3},
}


def _of(version: str) -> tuple[Method, ...]:
    account, budget = "billingAccounts/{account}", "billingAccounts/{account}/budgets/{budget}"
    fields = (
        f"name,displayName,budgetFilter({FILTER}),amount,thresholdRules,{RULE[version]}({RULES}),ownershipScope,etag"
    )
    body = "budget" if version == "v1" else "*"
    types = f"google.cloud.billing.budgets_{version}.types:"
    listed = {f"budgets.{name}": numbers for name, numbers in NUMBERS.items()}
    sent = {f"budget.{name}": numbers for name, numbers in NUMBERS.items()}

    def method(name: str, http: str, handle: Callable[[Call], Any], page: str, known: str, **more: Any) -> Method:
        return Method(
            **{
                "name": f"google.cloud.billing.budgets.{version}.BudgetService/{name}",
                "http": (http,),
                "handle": handle,
                "service": SERVICE,
                "source": f"https://cloud.google.com/billing/docs/reference/budget/rest/{version}/"
                f"billingAccounts.budgets/{page}",
                "request": f"{types}{name}Request",
                "response": f"{types}Budget",
                "mutates": page in {"create", "patch", "delete"},
                "scopes": SCOPES,
                "fields": known,
                "enums": {**NUMBERS, **sent},
                **more,
            }
        )

    budgets, named = f"/{version}/{{parent={account}}}/budgets", f"/{version}/{{name={budget}}}"
    of_list = {"enums": listed, "response": f"{types}ListBudgetsResponse"}
    return (
        method(
            "ListBudgets", f"GET {budgets}", state.list_budgets, "list", "parent,scope,pageSize,pageToken", **of_list
        ),
        method("CreateBudget", f"POST {budgets}", state.create, "create", f"parent,budget({fields})", body=body),
        method("GetBudget", f"GET {named}", state.get, "get", "name"),
        method(
            "UpdateBudget",
            f"PATCH /{version}/{{budget.name={budget}}}",
            state.update,
            "patch",
            f"updateMask,budget({fields})",
            body=body,
        ),
        method("DeleteBudget", f"DELETE {named}", state.delete, "delete", "name", response=""),
    )


METHODS: Final = (*_of("v1"), *_of("v1beta1"))
