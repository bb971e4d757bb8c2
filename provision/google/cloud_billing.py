"""Cloud Billing v1: what a project is paid by.

https://cloud.google.com/billing/docs/reference/rest/v1/projects
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provision.google.errors import TRANSIENT
from provision.google.responses import fits, flag, listed, reading, text
from provision.plan import Mutation

if TYPE_CHECKING:
    from provision.google.transport import Transport

SERVICE: Final = "cloudbilling.googleapis.com"


@dataclass(frozen=True, kw_only=True)
class BillingInfo:
    """A project's billing link. ``enabled`` is false while a linked account is closed."""

    billing_account: str
    enabled: bool


class CloudBilling:
    """Billing links and accounts. Every method raises `ApiError`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get_billing_info(self, project_id: str) -> BillingInfo:
        """Return the project's link; needs ``resourcemanager.projects.get`` on the project."""
        name = f"projects/{project_id}/billingInfo"
        fields = ("name", "projectId")
        answer = self._transport.rest(
            SERVICE, "GetProjectBillingInfo", f"/v1/{name}", verb="GET", fields=fields, may_be_empty=False
        )
        with reading(SERVICE, "GetProjectBillingInfo"):
            if "projectId" in answer and not project_id.isdigit():
                fits("project", text(answer, "projectId"), project_id)
            else:
                fits("billing", text(answer, "name"), name)
            return BillingInfo(
                billing_account=text(answer, "billingAccountName"), enabled=flag(answer, "billingEnabled")
            )

    def is_open(self, billing_account: str) -> bool:
        """Whether the account (``billingAccounts/…``) can pay; needs ``billing.accounts.get`` on it."""
        answer = self._transport.rest(
            SERVICE, "GetBillingAccount", f"/v1/{billing_account}", verb="GET", fields=("name",), may_be_empty=False
        )
        with reading(SERVICE, "GetBillingAccount"):
            fits("account", text(answer, "name"), billing_account)
            return flag(answer, "open")

    def open_accounts(self) -> tuple[str, ...]:
        """Return the accounts that can pay among those the caller sees (``billingAccounts/…``); asks the first page."""
        answer = self._transport.rest(
            SERVICE,
            "ListBillingAccounts",
            "/v1/billingAccounts",
            verb="GET",
            fields=("billingAccounts",),
        )
        with reading(SERVICE, "ListBillingAccounts"):
            accounts = listed(answer, "billingAccounts")
            return tuple(text(each, "name") for each in accounts if flag(each, "open") and each.get("name"))

    def link(self, project_id: str, billing_account: str, *, before: str = "") -> None:
        """Link the project to the account; an empty one unlinks it. ``before`` is the account linked until now.

        Needs ``billing.resourceAssociations.create`` on the account and
        ``resourcemanager.projects.createBillingAssignment`` on the project. A link to a closed account is accepted,
        and does not make billing enabled.
        """
        self._transport.rest(
            SERVICE,
            "UpdateProjectBillingInfo",
            f"/v1/projects/{project_id}/billingInfo",
            verb="PUT",
            body={"billingAccountName": billing_account},
            mutation=Mutation(
                service=SERVICE,
                method="UpdateProjectBillingInfo",
                resource=f"projects/{project_id}/billingInfo",
                does={"billing_account": billing_account},
                before=before,
            ),
            transient=TRANSIENT | {"TIMEOUT"},
            patience=6,
        )
