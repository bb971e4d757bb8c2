"""Permissions that are known to be missing, before anything was refused for it."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Request
from provision.gcloud import add_binding

_TEST: Final = "https://cloud.google.com/iam/docs/testing-permissions"
# The errors that come of a missing permission.
_DENIED: Final = (
    "PREDICT_DENIED",
    "IAM_PERMISSION_DENIED",
    "PERMISSION_DENIED",
    "AUTH_PERMISSION_DENIED",
    "SERVICES_LIST_DENIED",
    "BILLING_PERMISSION",
)

_EACH: Final = f"for role in {{roles}}; do {add_binding('projects/{project_id}', '{member}', '$role')}; done"

ROWS: Final = (
    Diagnosis(
        key="PERMISSION_MISSING",
        fix_owner="admin",
        retryable=True,
        source=_TEST,
        cause="{principal} lacks on {project_id}: {missing}. The smallest predefined role that holds it is {role}.",
        fix=add_binding("projects/{project_id}", "{member}", "{role}"),
        request=Request(
            ask="grant {member} the role {role}",
            resource="projects/{project_id}",
            reason="what is missing there: {missing}",
            command=add_binding("projects/{project_id}", "{member}", "{role}"),
        ),
        triggered_by=("permissions.invoke", "permissions.read", "permissions.write"),
        explains=_DENIED,
    ),
    Diagnosis(
        key="PERMISSIONS_MISSING",
        fix_owner="admin",
        retryable=True,
        source=_TEST,
        cause="{principal} lacks on {project_id}: {missing}. No one predefined role holds it all; the smallest that do together are {roles}.",
        fix=_EACH,
        request=Request(
            ask="grant {member} the roles {roles}",
            resource="projects/{project_id}",
            reason="what is missing there: {missing}",
            command=_EACH,
        ),
        triggered_by=("permissions.read", "permissions.write"),
        explains=_DENIED,
    ),
    Diagnosis(
        key="PERMISSION_MISSING_ON_ACCOUNT",
        fix_owner="admin",
        retryable=True,
        source="https://cloud.google.com/billing/docs/how-to/billing-access",
        cause="{principal} lacks on {billing_account}: {missing}; an account that does not exist looks the same. The smallest predefined role that holds it is {role}.",
        fix=add_binding("billingAccounts/{billing_account_id}", "{member}", "{role}"),
        request=Request(
            ask="grant {member} the role {role}",
            resource="{billing_account}",
            reason="what is missing there: {missing}",
            command=add_binding("billingAccounts/{billing_account_id}", "{member}", "{role}"),
        ),
        triggered_by=("permissions.billing",),
    ),
    Diagnosis(
        key="PERMISSION_MISSING_ON_ORGANIZATION",
        fix_owner="admin",
        retryable=True,
        source="https://cloud.google.com/resource-manager/docs/creating-managing-projects",
        cause="{principal} lacks on {parent}: {missing}; a place that does not exist looks the same. The smallest predefined role that holds it is {role}.",
        fix=add_binding("organizations/{parent_number}", "{member}", "{role}"),
        request=Request(
            ask="grant {member} the role {role}",
            resource="{parent}",
            reason="what is missing there: {missing}",
            command=add_binding("organizations/{parent_number}", "{member}", "{role}"),
        ),
        triggered_by=("permissions.parent",),
    ),
    Diagnosis(
        key="PERMISSION_MISSING_ON_FOLDER",
        fix_owner="admin",
        retryable=True,
        source="https://cloud.google.com/resource-manager/docs/creating-managing-projects",
        cause="{principal} lacks on {parent}: {missing}; a place that does not exist looks the same. The smallest predefined role that holds it is {role}.",
        fix=add_binding("folders/{parent_number}", "{member}", "{role}"),
        request=Request(
            ask="grant {member} the role {role}",
            resource="{parent}",
            reason="what is missing there: {missing}",
            command=add_binding("folders/{parent_number}", "{member}", "{role}"),
        ),
        triggered_by=("permissions.parent",),
    ),
)
