"""Cloud Billing v1: what a project is paid by.

https://cloud.google.com/billing/docs/reference/rest/v1/projects
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from provision.google.errors import TRANSIENT
from provision.google.pagination import stream_pages
from provision.google.responses import fits, flag, listed, reading, text
from provision.partial_import import partial_import_google
from provision.plan import Mutation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.google.transport import Transport

SERVICE: Final = "cloudbilling.googleapis.com"
LARGEST_PAGE: Final = 100
"""Projects of an account on a page, by default and at most."""


@dataclass(frozen=True, kw_only=True)
class BillingInfo:
    """A project's billing link. ``enabled`` is false while a linked account is closed."""

    billing_account: str
    enabled: bool


class CloudBilling:
    """Billing links and accounts. Every method raises `ApiError`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @cached_property
    def _client(self) -> Any:
        partial_import_google("billing_v1", "cloud_billing")
        from google.cloud.billing_v1.services.cloud_billing.client import CloudBillingClient

        return self._transport.client(CloudBillingClient)

    def get_billing_info(self, project_id: str) -> BillingInfo:
        """Return the project's link; needs ``resourcemanager.projects.get`` on the project."""
        name = f"projects/{project_id}/billingInfo"
        answer = self._transport.ask(
            SERVICE,
            "GetProjectBillingInfo",
            self._client.get_project_billing_info,
            request={"name": f"projects/{project_id}"},
            resource=name,
            fields=("name", "projectId"),
            may_be_empty=False,
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
        answer = self._transport.ask(
            SERVICE,
            "GetBillingAccount",
            self._client.get_billing_account,
            request={"name": billing_account},
            resource=billing_account,
            fields=("name",),
            may_be_empty=False,
        )
        with reading(SERVICE, "GetBillingAccount"):
            fits("account", text(answer, "name"), billing_account)
            return flag(answer, "open")

    def open_accounts(self) -> tuple[str, ...]:
        """Return the accounts that can pay among those the caller sees (``billingAccounts/…``); asks the first page."""
        answer = self._transport.ask(
            SERVICE,
            "ListBillingAccounts",
            self._client.list_billing_accounts,
            request={},
            resource="billingAccounts",
            fields=("billingAccounts",),
        )
        with reading(SERVICE, "ListBillingAccounts"):
            accounts = listed(answer, "billingAccounts")
            return tuple(text(each, "name") for each in accounts if flag(each, "open") and each.get("name"))

    def projects_of(self, billing_account: str) -> Iterator[list[tuple[str, bool]]]:
        """Yield the projects linked to an account, page by page: each id, and whether billing is enabled.

        Needs ``billing.resourceAssociations.list`` on the account.
        https://cloud.google.com/billing/docs/reference/rest/v1/billingAccounts.projects/list
        """
        path = f"/v1/{billing_account}/projects"
        query = {"pageSize": str(LARGEST_PAGE)}
        for page in stream_pages(
            self._transport, SERVICE, "ListProjectBillingInfo", path, "projectBillingInfo", query=query
        ):
            with reading(SERVICE, "ListProjectBillingInfo"):
                for each in page:
                    fits("account", text(each, "billingAccountName"), billing_account)
                found = [(text(each, "projectId"), flag(each, "billingEnabled")) for each in page]
            yield found

    def link(self, project_id: str, billing_account: str, *, before: str = "") -> None:
        """Link the project to the account; an empty one unlinks it. ``before`` is the account linked until now.

        Needs ``billing.resourceAssociations.create`` on the account and
        ``resourcemanager.projects.createBillingAssignment`` on the project. A link to a closed account is accepted,
        and does not make billing enabled.
        """
        self._transport.ask(
            SERVICE,
            "UpdateProjectBillingInfo",
            self._client.update_project_billing_info,
            request={
                "name": f"projects/{project_id}",
                "project_billing_info": {"billing_account_name": billing_account},
            },
            resource=f"projects/{project_id}/billingInfo",
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
