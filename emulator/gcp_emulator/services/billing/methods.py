"""The methods of Cloud Billing."""

from __future__ import annotations

from typing import Final

from gcp_emulator.api import Api, serve
from gcp_emulator.services.billing import state

APIS: Final = (
    Api(
        document="cloudbilling.v1",
        service="cloudbilling.googleapis.com",
        rpc="google.cloud.billing.v1",
        reference="https://cloud.google.com/billing/docs/reference/rest/v1/",
        methods={
            # Those of an organization and the subaccounts of a reseller are not served.
            "CloudBilling/ListBillingAccounts": serve(state.list_accounts, only="/v1/billingAccounts"),
            "CloudBilling/GetBillingAccount": state.get_account,
            "CloudBilling/ListProjectBillingInfo": state.list_projects,
            "CloudBilling/GetProjectBillingInfo": state.get_info,
            "CloudBilling/UpdateProjectBillingInfo": state.update_info,
            "CloudBilling/TestIamPermissions": state.test_iam_permissions,
            "CloudBilling/GetIamPolicy": state.get_iam_policy,
            "CloudBilling/SetIamPolicy": state.set_iam_policy,
            "CloudBilling/CreateBillingAccount": None,
            "CloudBilling/UpdateBillingAccount": None,
        },
    ),
)
