"""Billing that is not linked, not open, not allowed, or not visible."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from gcp_emulator import errors
from gcp_emulator.error_cases import methods
from gcp_emulator.error_cases.row import ErrorCase
from gcp_emulator.errors import ApiError

if TYPE_CHECKING:
    from gcp_emulator.error_cases.facts import Facts

_QUOTA: Final = "Cloud billing quota exceeded: https://support.google.com/code/contact/billing_quota_increase"


def _absent(facts: Facts) -> ApiError:  # noqa: ARG001 - says the same of every call
    message = "The project to be billed is associated with an absent billing account."
    item = {"message": message, "domain": "global", "reason": "accountDisabled"}
    body = {"error": {"code": 403, "message": message, "errors": [item]}}
    return ApiError("PERMISSION_DENIED", message, raw_body=json.dumps(body))


def _quota(facts: Facts) -> ApiError:
    violation = {"subject": facts.account, "description": _QUOTA}
    return errors.failed_precondition(
        "Precondition check failed.", {"@type": f"{errors.TYPE}QuotaFailure", "violations": [violation]}
    )


def _constraint(facts: Facts) -> ApiError:
    text = f"Constraint `constraints/billing.restrictedAccounts` violated for {facts.account}."
    kind = "constraints/billing.restrictedAccounts"
    return errors.failed_precondition("Precondition check failed.", errors.precondition(kind, facts.account, text))


ROWS: Final = (
    ErrorCase(
        name="BILLING_DISABLED",
        what="No open billing account is linked, or it was linked seconds ago.",
        make=lambda facts: errors.billing_disabled(facts.service, facts.number),
        source="https://github.com/GoogleCloudPlatform/php-docs-samples/issues/1235",
    ),
    ErrorCase(
        name="BILLING_DISABLED_TEXT",
        what="The same in an older wording, without details.",
        make=lambda facts: ApiError(
            "PERMISSION_DENIED", f"Project {facts.project_id} (#{facts.number}) has billing disabled. Please enable it."
        ),
        source="https://github.com/GoogleCloudPlatform/java-docs-samples/issues/276",
    ),
    ErrorCase(
        name="BILLING_ACCOUNT_ABSENT",
        what="The link was removed or has not propagated, in the words and the older shape of Cloud Storage.",
        make=_absent,
        source="https://github.com/hashicorp/terraform-provider-google/issues/6742",
    ),
    ErrorCase(
        name="UREQ_PROJECT_BILLING_NOT_FOUND",
        what="A billed service is enabled in a project without a billing account.",
        methods=methods.ENABLE,
        make=lambda facts: errors.billing_required(facts.number, facts.services, linked=False),
        source="https://github.com/kyegomez/zeta/issues/71",
    ),
    ErrorCase(
        name="UREQ_PROJECT_BILLING_NOT_OPEN",
        what="A billed service is enabled in a project whose account is closed.",
        methods=methods.ENABLE,
        make=lambda facts: errors.billing_required(facts.number, facts.services, linked=True),
        source="seen in public repositories (whole payload)",
    ),
    ErrorCase(
        name="BILLING_QUOTA",
        what="The account has as many projects as it may have.",
        methods=methods.LINK,
        make=_quota,
        source="https://github.com/hashicorp/terraform-provider-google/issues/1892",
    ),
    ErrorCase(
        name="BILLING_CONSTRAINT",
        what="An organization policy forbids the account.",
        methods=methods.LINK,
        make=_constraint,
        source="https://github.com/hashicorp/terraform-provider-google/issues/5610",
    ),
    ErrorCase(
        name="BILLING_PERMISSION",
        what="No Billing Account User on the account, or no right to assign billing on the project.",
        methods=methods.LINK,
        make=lambda facts: errors.caller_lacks_permission(),  # noqa: ARG005 - says the same of every call
        source="https://github.com/GoogleCloudPlatform/cloud-ops-sandbox/issues/917",
    ),
    ErrorCase(
        name="NO_BILLING_ACCOUNT_VISIBLE",
        what="200 and an empty list: the caller sees no account.",
        methods=methods.LIST_ACCOUNTS,
        answer={},
        source="https://cloud.google.com/billing/docs/reference/rest/v1/billingAccounts/list",
    ),
    ErrorCase(
        name="BILLING_ACCOUNT_UNKNOWN",
        what="The account does not exist; the words are assumed to be those of other resources.",
        methods=methods.ACCOUNT,
        make=lambda facts: errors.not_found(),  # noqa: ARG005 - says the same of every call
        source="https://cloud.google.com/billing/docs/reference/rest/v1/billingAccounts/get",
    ),
)
