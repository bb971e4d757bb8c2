"""Billing: not linked, closed, not allowed, or not there yet."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Match

_LINK: Final = "gcloud billing projects link {project_id} --billing-account={billing_account_id}"
_PAGE: Final = "https://cloud.google.com/billing/docs/how-to/modify-project"

ROWS: Final = (
    Diagnosis(
        key="BILLING_NOT_LINKED",
        who="you",
        source=_PAGE,
        cause="No billing account is linked to {project_id}; Vertex AI refuses every request until one is.",
        fix=f"{_LINK}   (accounts: gcloud billing accounts list --filter=open=true), or add --billing-account to `provision apply`",
        provoked_by=("billing.enabled",),
    ),
    Diagnosis(
        key="BILLING_ACCOUNT_NOT_OPEN",
        who="admin",
        source=_PAGE,
        cause="The billing account {account} is closed: its trial ended or a payment failed. A link to it is accepted and pays for nothing.",
        fix="gcloud billing accounts list --filter=open=true   (choose an open one; or reopen this one at https://console.cloud.google.com/billing)",
        provoked_by=("billing.enabled", "billing.account"),
    ),
    Diagnosis(
        key="BILLING_OTHER_ACCOUNT",
        who="you",
        source=_PAGE,
        cause="The project pays by {account}, the configuration says {billing_account}. Nobody's link is changed unasked.",
        fix="add --relink-billing to `provision apply`, or take the account out of the configuration",
        provoked_by=("billing.account",),
    ),
    Diagnosis(
        key="BILLING_DISABLED",
        match=Match(reason="BILLING_DISABLED"),
        who="you",
        retryable=True,
        settles=True,
        source="https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto",
        cause="The project's billing account is closed, none is linked, or it was linked a moment ago.",
        fix=_LINK,
        provoked_by=("any Vertex AI call",),
    ),
    Diagnosis(
        key="BILLING_DISABLED_TEXT",
        match=Match(
            status="PERMISSION_DENIED",
            text=r"has billing disabled|requires billing to be enabled|absent billing account",
        ),
        who="you",
        retryable=True,
        settles=True,
        source=_PAGE,
        cause="The project has no active billing.",
        fix=_LINK,
        provoked_by=("any",),
    ),
    Diagnosis(
        key="UREQ_PROJECT_BILLING_NOT_FOUND",
        match=Match(reason="UREQ_PROJECT_BILLING_NOT_FOUND"),
        who="you",
        source="https://cloud.google.com/service-usage/docs/enable-disable",
        cause="The service costs money and no billing account is linked to {project_id}.",
        fix=_LINK,
        provoked_by=("BatchEnableServices",),
    ),
    Diagnosis(
        key="UREQ_PROJECT_BILLING_NOT_OPEN",
        match=Match(reason="UREQ_PROJECT_BILLING_NOT_OPEN"),
        who="admin",
        source="https://cloud.google.com/service-usage/docs/enable-disable",
        cause="The service costs money and the linked billing account is closed.",
        fix="gcloud billing accounts list --filter=open=true   (then link an open one)",
        provoked_by=("BatchEnableServices",),
    ),
    Diagnosis(
        key="BILLING_QUOTA",
        match=Match(text=r"billing quota exceeded|billing_quota_increase"),
        who="admin",
        source="https://support.google.com/code/contact/billing_quota_increase",
        cause="The billing account pays for as many projects as it may.",
        fix="unlink another project, or ask for more at https://support.google.com/code/contact/billing_quota_increase",
        provoked_by=("UpdateProjectBillingInfo",),
    ),
    Diagnosis(
        key="BILLING_PERMISSION",
        match=Match(status="PERMISSION_DENIED", service="cloudbilling.googleapis.com"),
        who="admin",
        source="https://docs.cloud.google.com/iam/docs/roles-permissions/billing",
        retryable=True,
        cause="The caller may not use the billing account, or may not link the project, or one of them does not exist.",
        fix="gcloud billing accounts add-iam-policy-binding {billing_account_id} --member={member} --role=roles/billing.user   (and roles/billing.projectManager on {project_id})",
        provoked_by=("GetProjectBillingInfo", "UpdateProjectBillingInfo", "GetBillingAccount"),
    ),
    Diagnosis(
        key="BILLING_ACCOUNT_UNKNOWN",
        match=Match(service="cloudbilling.googleapis.com", status="NOT_FOUND"),
        who="you",
        source=_PAGE,
        cause="There is no such billing account.",
        fix="gcloud billing accounts list",
        provoked_by=("GetBillingAccount", "UpdateProjectBillingInfo"),
    ),
)
