"""Billing: not linked, closed, not allowed, or not there yet."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Match, Request, grant
from provision.gcloud import add_binding

_LINK: Final = "gcloud billing projects link {project_id} --billing-account={billing_account_id}"
_LINK_OPEN: Final = "gcloud billing projects link {project_id} --billing-account={open_account_id}"
_WHICH: Final = "   (your open accounts: gcloud billing accounts list --filter=open=true)"
_PAGE: Final = "https://cloud.google.com/billing/docs/how-to/modify-project"


def _open(account: str) -> Request:
    return Request(
        ask=f"reopen the billing account {account}, or link {{project_id}} to an open one (needs roles/billing.admin), for {{principal}}",
        resource=account,
        reason="the account is closed, so nothing in the project that costs money works",
        command=_LINK_OPEN + _WHICH,
    )


ROWS: Final = (
    Diagnosis(
        key="BILLING_NOT_LINKED",
        fix_owner="you",
        source=_PAGE,
        cause="No billing account is linked to {project_id}; Vertex AI refuses every request until one is.",
        fix=f"{_LINK_OPEN}   (accounts: gcloud billing accounts list --filter=open=true), or {{apply_with}}",
        triggered_by=("billing.enabled",),
    ),
    Diagnosis(
        key="BILLING_NO_ACCOUNTS",
        match=Match(
            text=r"no (open )?billing accounts? (is |are )?(found|visible|available)|billingAccounts.{0,10}\[\s*\]"
        ),
        fix_owner="admin",
        source="https://docs.cloud.google.com/iam/docs/roles-permissions/billing",
        cause="{principal} sees no billing account: there is none, or it belongs to another login.",
        fix="are you logged in as the right person? gcloud auth list   (no account yet: https://console.cloud.google.com/billing/create; else send the request below)",
        request=Request(
            ask="grant {member} the role roles/billing.user on your billing account, or link {project_id} to it yourself",
            resource="billingAccounts/{billing_account_id}",
            reason="the project needs billing for Vertex AI, and I see no billing account",
            command=add_binding("billingAccounts/{billing_account_id}", "{member}", "roles/billing.user"),
        ),
        triggered_by=("ListBillingAccounts",),
    ),
    Diagnosis(
        key="BILLING_ACCOUNT_NOT_OPEN",
        fix_owner="admin",
        source=_PAGE,
        cause="The billing account {account} is closed: its trial ended or a payment failed. A link to it is accepted and pays for nothing.",
        fix=f"{_LINK_OPEN}{_WHICH}; or reopen this one at https://console.cloud.google.com/billing",
        request=_open("{account}"),
        triggered_by=("billing.enabled",),
    ),
    Diagnosis(
        key="CONFIGURED_ACCOUNT_NOT_OPEN",
        fix_owner="admin",
        source=_PAGE,
        cause="The configured billing account {account} is closed: its trial ended or a payment failed. A link to it is accepted and pays for nothing.",
        fix=f"{{apply_with}}{_WHICH}; or reopen this one at https://console.cloud.google.com/billing",
        request=Request(
            ask="reopen the billing account {account}, or name an open one for {project_id} (needs roles/billing.admin)",
            resource="{account}",
            reason="the account is closed, so nothing in the project that costs money would work",
            command="https://console.cloud.google.com/billing   (which are open: gcloud billing accounts list --filter=open=true)",
        ),
        triggered_by=("billing.account",),
    ),
    Diagnosis(
        key="BILLING_OTHER_ACCOUNT",
        fix_owner="you",
        source=_PAGE,
        cause="The project pays by {account}, the configuration says {billing_account}. No one's link is changed unasked.",
        fix="{relink_with}, or take the account out of the configuration",
        triggered_by=("billing.account",),
    ),
    Diagnosis(
        key="BILLING_DISABLED",
        reproduced_by=("BILLING_DISABLED", "chat"),
        match=Match(reason="BILLING_DISABLED"),
        also=(
            Match(
                text=r"has billing disabled|please check billing account associated|[Bb]illing has not been enabled for this project|must be on the Blaze|requires billing to be enabled|(absent|closed|delinquent) billing account"
                r"|disabled in state \w+|enable billing on project"
            ),
        ),
        fix_owner="you",
        retryable=True,
        settles=True,
        source="https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto",
        cause="The project {consumer} has no active billing: no account is linked, the linked one is closed, or it was linked less than a few minutes ago.",
        fix=f"{_LINK}{_WHICH}; if it is linked already, wait five minutes",
        triggered_by=("ListEndpoints", "GetPublisherModel", "ChatCompletions"),
    ),
    Diagnosis(
        key="UREQ_PROJECT_BILLING_NOT_FOUND",
        reproduced_by=("UREQ_PROJECT_BILLING_NOT_FOUND", "enable"),
        match=Match(reason="UREQ_PROJECT_BILLING_NOT_FOUND"),
        also=(
            Match(subject=r"error_code=390001\b"),
            Match(text=r"Billing account for project '?[\w:.-]+'? is not found"),
            Match(text=r"Billing must be enabled for activation of service", priority=-1),
        ),
        fix_owner="you",
        source="https://cloud.google.com/service-usage/docs/enable-disable",
        retryable=True,
        cause="The API costs money and no billing account is linked to {project_id}, or it was linked seconds ago.",
        fix=f"{_LINK}{_WHICH}; then enable the API again",
        triggered_by=("BatchEnableServices",),
    ),
    Diagnosis(
        key="UREQ_PROJECT_BILLING_NOT_OPEN",
        reproduced_by=("UREQ_PROJECT_BILLING_NOT_OPEN", "enable"),
        match=Match(reason="UREQ_PROJECT_BILLING_NOT_OPEN"),
        also=(
            Match(subject=r"error_code=390002\b"),
            Match(text=r"Billing account for project '?[\w:.-]+'? is not open"),
        ),
        fix_owner="admin",
        source="https://cloud.google.com/service-usage/docs/enable-disable",
        cause="The API costs money and the linked billing account is closed: its trial ended or a payment failed.",
        fix=f"{_LINK}{_WHICH}; or reopen the account at https://console.cloud.google.com/billing",
        request=_open("{billing_account}"),
        triggered_by=("BatchEnableServices",),
    ),
    Diagnosis(
        key="BILLING_QUOTA",
        reproduced_by=("BILLING_QUOTA", "link"),
        match=Match(
            text=r"billing quota exceeded|billing_quota_increase|limit of projects on which you can enable billing|increase in your billing quota"
        ),
        also=(Match(status="FAILED_PRECONDITION", subject=r"^billingAccounts/"),),
        fix_owner="admin",
        source="https://support.google.com/code/contact/billing_quota_increase",
        cause="The billing account already pays for as many projects as it may (five on a new account).",
        fix="gcloud billing projects list --billing-account={billing_account_id}   (then unlink one: gcloud billing projects unlink OTHER_PROJECT; or ask for more at https://support.google.com/code/contact/billing_quota_increase)",
        request=Request(
            ask="ask Google for more projects on the billing account {billing_account_id}, or unlink one that is not needed (roles/billing.admin)",
            resource="billingAccounts/{billing_account_id}",
            reason="{project_id} cannot be linked: the account pays for as many projects as it may",
            command="https://support.google.com/code/contact/billing_quota_increase   (or: gcloud billing projects unlink OTHER_PROJECT)",
        ),
        triggered_by=("UpdateProjectBillingInfo",),
    ),
    Diagnosis(
        key="BILLING_PRECONDITION",
        match=Match(
            text=r"(setting billing account|billingInfo\b|gcloud\.(alpha\.|beta\.)?billing\.).{0,300}Precondition check failed",
            priority=2,
        ),
        fix_owner="admin",
        source="https://github.com/terraform-google-modules/terraform-google-project-factory/issues/28",
        cause="Google does not link the billing account, and the program left out why: most often it already pays for as many projects as it may (five on a new account); else it is closed, or an organization policy forbids the pair.",
        fix="gcloud billing projects list --billing-account={billing_account_id}   (how many projects it pays for; then unlink one: gcloud billing projects unlink OTHER_PROJECT, or ask for more at https://support.google.com/code/contact/billing_quota_increase; is it open? gcloud billing accounts describe {billing_account_id})",
        request=Request(
            ask="ask Google for more projects on the billing account {billing_account_id}, or unlink one that is not needed (roles/billing.admin)",
            resource="billingAccounts/{billing_account_id}",
            reason="{project_id} cannot be linked: a precondition of the billing account fails",
            command="https://support.google.com/code/contact/billing_quota_increase   (or: gcloud billing projects unlink OTHER_PROJECT)",
        ),
        triggered_by=("UpdateProjectBillingInfo",),
        not_reproduced="the server says which it is (BILLING_QUOTA, BILLING_CONSTRAINT); it is the program that leaves it out.",
    ),
    Diagnosis(
        key="BILLING_CONSTRAINT",
        reproduced_by=("BILLING_CONSTRAINT", "link"),
        match=Match(text=r"constraints/billing\.", priority=70),
        fix_owner="admin",
        source="https://github.com/hashicorp/terraform-provider-google/issues/5610",
        cause="Your organization's policy says which billing accounts may pay for which projects, and refuses this pair.",
        fix="send the request below to an organization policy administrator",
        request=Request(
            ask="allow {project_id} to be linked to the billing account {billing_account_id}: a constraint under constraints/billing refuses it",
            reason="the project needs billing, and {principal} may not link this account",
            command="gcloud resource-manager org-policies list --project={project_id} --show-unset   (then change the one under constraints/billing)",
        ),
        triggered_by=("UpdateProjectBillingInfo",),
    ),
    Diagnosis(
        key="BILLING_READ_DENIED",
        fix_owner="admin",
        verdict="unknown",
        source="https://docs.cloud.google.com/billing/docs/reference/rest/v1/projects/getBillingInfo",
        cause="{principal} may not see who pays for {project_id}; whether someone does is not known.",
        fix=add_binding("projects/{project_id}", "{member}", "roles/browser") + "   (only to look: to change nothing)",
        triggered_by=("billing.enabled",),
        request=grant("roles/browser", reason="whether someone pays for the project cannot be seen without it"),
    ),
    Diagnosis(
        key="BILLING_ACCOUNT_READ_DENIED",
        fix_owner="admin",
        verdict="unknown",
        source="https://docs.cloud.google.com/billing/docs/reference/rest/v1/billingAccounts/get",
        cause="{principal} may not look at the billing account {billing_account_id}; whether it is open is not known. Linking it is another right.",
        fix=add_binding("billingAccounts/{billing_account_id}", "{member}", "roles/billing.viewer")
        + "   (only to look: to change nothing)",
        triggered_by=("billing.account",),
        request=Request(
            ask="grant {member} the role roles/billing.viewer on the billing account {billing_account_id}",
            resource="billingAccounts/{billing_account_id}",
            reason="whether the account that {project_id} is to be paid by is open cannot be seen without it",
            command=add_binding("billingAccounts/{billing_account_id}", "{member}", "roles/billing.viewer"),
        ),
    ),
    Diagnosis(
        key="BILLING_PERMISSION",
        reproduced_by=("BILLING_PERMISSION", "link"),
        match=Match(status="PERMISSION_DENIED", service="cloudbilling.googleapis.com"),
        also=(
            Match(reason="IAM_PERMISSION_DENIED", metadata=("permission", r"^billing\.")),
            Match(
                text=r"\bbilling\.(resourceAssociations|accounts|projectBillingInfo|budgets|subscriptions|credits)\.\w+"
                r"|resourcemanager\.projects\.createBillingAssignment",
                priority=8,
            ),
            Match(
                text=r"\(gcloud\.(alpha\.|beta\.)?billing\..{0,200}does not have permission to access \w+ instance",
                priority=12,
            ),
            Match(
                text=r"(setting|updating) billing (account|info)\b.{0,200}The caller does not have permission",
                priority=9,
            ),
            Match(
                text=r"does not have permission to access \w+ instance",
                service="cloudbilling.googleapis.com",
                conclusive=False,
                priority=3,
            ),
        ),
        fix_owner="admin",
        source="https://docs.cloud.google.com/iam/docs/roles-permissions/billing",
        retryable=True,
        cause="{principal} may not use the billing account (linking needs billing.resourceAssociations.create there), or may not link the project (resourcemanager.projects.createBillingAssignment), or one of them does not exist.",
        permission="billing.resourceAssociations.create",
        fix="{grant}   (an administrator of {grant_resource}; to link, the other half is on the project: "
        + add_binding("projects/{project_id}", "{member}", "roles/billing.projectManager")
        + "; is the account's id right? gcloud billing accounts list)",
        request=Request(
            ask="grant {member} the role {role} on {grant_resource} (to link, also roles/billing.projectManager on {project_id}); or do it yourself",
            resource="billingAccounts/{billing_account_id}",
            reason="{project_id} needs billing, and {principal} may not link it",
            command="{grant}   (or, yourself: gcloud billing projects link {project_id} --billing-account={billing_account_id})",
        ),
        triggered_by=("GetProjectBillingInfo", "UpdateProjectBillingInfo", "GetBillingAccount"),
    ),
    Diagnosis(
        key="BILLING_ACCOUNT_UNKNOWN",
        reproduced_by=("BILLING_ACCOUNT_UNKNOWN", "link"),
        match=Match(service="cloudbilling.googleapis.com", status="NOT_FOUND"),
        also=(
            Match(
                service="cloudbilling.googleapis.com",
                status="INVALID_ARGUMENT",
                method=r"^(?!GetProjectBillingInfo)",  # it names no account
                conclusive=False,
            ),
            Match(
                text=r"billing account\b.{0,80}(does not exist|not found(?! or permission)|is not valid|is invalid|invalid)"
            ),
        ),
        fix_owner="you",
        source="https://cloud.google.com/billing/docs/reference/rest/v1/billingAccounts/get",
        cause="There is no such billing account. Its id looks like 012345-6789AB-CDEF01, in capitals.",
        fix="gcloud billing accounts list   (copy the column ACCOUNT_ID)",
        triggered_by=("GetBillingAccount", "UpdateProjectBillingInfo"),
    ),
)
