"""The methods of Cloud Billing Budgets, v1 as the Terraform provider calls it and v1beta1 as it was recorded.

The client of v1beta1 speaks no REST, so what its methods are called there is said here.
"""

from __future__ import annotations

from typing import Final

from gcp_emulator.api import Api
from gcp_emulator.services.billingbudgets import state

APIS: Final = tuple(
    Api(
        document=f"billingbudgets.{version}",
        service=state.SERVICE,
        rpc=f"google.cloud.billing.budgets.{version}",
        reference=f"https://cloud.google.com/billing/docs/reference/budget/rest/{version}/",
        methods={
            ("BudgetService/ListBudgets", "billingAccounts.budgets.list"): state.list_budgets,
            ("BudgetService/CreateBudget", "billingAccounts.budgets.create"): state.create,
            ("BudgetService/GetBudget", "billingAccounts.budgets.get"): state.get,
            ("BudgetService/UpdateBudget", "billingAccounts.budgets.patch"): state.update,
            ("BudgetService/DeleteBudget", "billingAccounts.budgets.delete"): state.delete,
        },
    )
    for version in ("v1", "v1beta1")
)
