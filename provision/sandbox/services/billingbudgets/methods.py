"""The methods of Cloud Billing Budgets, v1 as the Terraform provider calls it and v1beta1 as it was recorded.

In v1beta1 create and update wrap the budget in a message, in v1 the body is the budget. Paths, fields and enums: the
discovery documents. Served over REST: no client for gRPC is among the packages the sandbox is tested with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from provision.sandbox.rpc import CLOUD_PLATFORM, Method
from provision.sandbox.services.billingbudgets import state
from provision.sandbox.services.billingbudgets.state import RULE, SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable

    from provision.sandbox.rpc import Call

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
    listed = {f"budgets.{name}": numbers for name, numbers in NUMBERS.items()}
    sent = {f"budget.{name}": numbers for name, numbers in NUMBERS.items()}

    def method(verb: str, http: str, handle: Callable[[Call], Any], known: str, **more: Any) -> Method:
        return Method(
            **{
                "name": f"billingbudgets.{version}.billingAccounts.budgets.{verb}",
                "http": (http,),
                "handle": handle,
                "service": SERVICE,
                "source": f"https://cloud.google.com/billing/docs/reference/budget/rest/{version}/"
                f"billingAccounts.budgets/{verb}",
                "scopes": SCOPES,
                "fields": known,
                "enums": {**NUMBERS, **sent},
                **more,
            }
        )

    budgets, named = f"/{version}/{{parent={account}}}/budgets", f"/{version}/{{name={budget}}}"
    return (
        method("list", f"GET {budgets}", state.list_budgets, "parent,scope,pageSize,pageToken", enums=listed),
        method("create", f"POST {budgets}", state.create, f"parent,budget({fields})", mutates=True, body=body),
        method("get", f"GET {named}", state.get, "name"),
        method(
            "patch",
            f"PATCH /{version}/{{budget.name={budget}}}",
            state.update,
            f"updateMask,budget({fields})",
            mutates=True,
            body=body,
        ),
        method("delete", f"DELETE {named}", state.delete, "name", mutates=True),
    )


METHODS: Final = (*_of("v1"), *_of("v1beta1"))
