"""Billing accounts, and which project is linked to which.

Linking a closed account is accepted, and leaves `billingEnabled` false. Every answer shows its defaults,
which is this API's habit alone (recorded).
https://github.com/googleapis/googleapis/blob/master/google/cloud/billing/v1/cloud_billing.proto
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gcp_emulator import errors, iam, paging
from gcp_emulator.services.resourcemanager import state as projects
from gcp_emulator.store import State, Table

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.seed_data import SeedData
    from gcp_emulator.services.resourcemanager.state import Project

ACCOUNT_NAME: Final = re.compile(r"billingAccounts/[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}")
MASTER: Final = re.compile(rf"master_billing_account\s*=\s*{ACCOUNT_NAME.pattern}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A billing account."""

    name: str
    open: bool
    display_name: str
    parent: str
    currency: str = "USD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A project's link to a billing account; a project without one has no row."""

    number: str
    account: str


ACCOUNTS: Final = Table("billing.accounts", Account, key="name")
LINKS: Final = Table("billing.links", Link, key="number")


def seed(state: State, seed_data: SeedData) -> None:
    """Put the open and the closed account, and link the host and the ready project to the open one."""
    for name, is_open, display_name in (
        (seed_data.billing_account, True, "Sandbox billing"),
        (seed_data.closed_billing_account, False, "Sandbox billing, closed"),
    ):
        account = Account(name=name, open=is_open, display_name=display_name, parent=seed_data.organization)
        state[ACCOUNTS].put(account)
        iam.grant(state, name, "roles/billing.admin", [f"serviceAccount:{seed_data.email}"])
    for number in (seed_data.host_number, seed_data.ready_number):
        state[LINKS].put(Link(number=number, account=seed_data.billing_account))


@iam.node("billingAccounts")
def _place(state: State, reference: str) -> tuple[str, str] | None:
    """Say where an account is: in its organization."""
    account = state[ACCOUNTS].get(f"billingAccounts/{reference}")
    return None if account is None else (account.name, account.parent)


def enabled(state: State, project: Project) -> bool:
    """Tell whether a project can be billed: linked, and to an account that is open."""
    link = state[LINKS].get(project.number)
    account = state[ACCOUNTS].get(link.account) if link else None
    return account is not None and account.open and project.state == "ACTIVE"


def linked(state: State, project: Project) -> bool:
    """Tell whether a project is linked to an account, open or not."""
    return project.number in state[LINKS]


@projects.when_deleted
def unlink(state: State, project: Project) -> None:
    """Take a project's link away, which is gone for good when a project is deleted."""
    state[LINKS].remove(project.number)


def render_account(account: Account) -> Json:
    """Return a BillingAccount."""
    return {
        "name": account.name,
        "open": account.open,
        "displayName": account.display_name,
        "masterBillingAccount": "",
        "parent": account.parent,
        "currencyCode": account.currency,
    }


def render_info(state: State, project: Project) -> Json:
    """Return a ProjectBillingInfo, named by the project's id whatever the caller wrote (recorded)."""
    link = state[LINKS].get(project.number)
    return {
        "name": f"projects/{project.id}/billingInfo",
        "projectId": project.id,
        "billingAccountName": link.account if link else "",
        "billingEnabled": enabled(state, project),
    }


def list_accounts(call: Call) -> Json:
    """ListBillingAccounts: those that the caller may see.

    A filter only ever asks for the subaccounts of one account, of which the sandbox has none (discovery document of
    cloudbilling v1); the words for another filter are assumed.
    """
    wanted = call.text("filter")
    if wanted:
        if not MASTER.fullmatch(wanted):
            raise errors.invalid_argument(f"Invalid filter: {wanted[:100]}")
        return {}
    parent = call.text("parent")
    found = sorted(
        (
            each
            for each in call.state[ACCOUNTS]
            if call.may("billing.accounts.get", each.name) and parent in {"", each.parent}
        ),
        key=_account_name,
    )
    shown, token = paging.page(call, found, _account_name, default=100, most=100)
    answer: Json = {"billingAccounts": [render_account(each) for each in shown]} if shown else {}
    return answer | ({"nextPageToken": token} if token else {})


def _account_name(account: Account) -> str:
    return account.name


def get_account(call: Call) -> Json:
    """GetBillingAccount."""
    return render_account(_fetch(call, "billing.accounts.get"))


def _fetch(call: Call, permission: str) -> Account:
    return fetch_account(call, f"billingAccounts/{call.vars['account']}", permission)


def fetch_account(call: Call, name: str, permission: str) -> Account:
    """Return an account that the caller may do this to.

    That a malformed name is 400 is assumed, and so is that an unknown account is 403, as one that is hidden,
    and 404 to the sandbox's owner alone, from whom nothing is hidden: no recording shows either.
    """
    if not ACCOUNT_NAME.fullmatch(name):
        raise errors.invalid_argument()
    account = call.state[ACCOUNTS].get(name)
    if account is None:
        raise errors.not_found() if call.caller.owner else errors.caller_lacks_permission()
    call.require(permission, name, errors.caller_lacks_permission())
    return account


def list_projects(call: Call) -> Json:
    """ListProjectBillingInfo: the projects linked to an account."""
    account = _fetch(call, "billing.resourceAssociations.list")
    found = []
    for link in call.state[LINKS]:
        project = projects.find(call.state, link.number) if link.account == account.name else None
        if project is not None:
            found.append(project)
    found.sort(key=_project_id)
    shown, token = paging.page(call, found, _project_id, default=100, most=100)
    answer: Json = {"projectBillingInfo": [render_info(call.state, each) for each in shown]} if shown else {}
    return answer | ({"nextPageToken": token} if token else {})


def _project_id(project: Project) -> str:
    return project.id


def get_info(call: Call) -> Json:
    """GetProjectBillingInfo: an unknown project is 403."""
    return render_info(call.state, projects.fetch(call, "resourcemanager.projects.get"))


def update_info(call: Call) -> Json:
    """UpdateProjectBillingInfo: link, relink, or unlink with an empty name; done at once.

    Linking takes a permission on either side, unlinking one on one of them.
    https://cloud.google.com/billing/docs/access-control
    """
    given = call.message("projectBillingInfo").get("billingAccountName", "")
    if not given:
        project = _unlinkable(call)
        unlink(call.state, project)
        return render_info(call.state, project)
    project = projects.fetch(call, "resourcemanager.projects.createBillingAssignment")
    _require_active(project)
    account = fetch_account(call, str(given), "billing.resourceAssociations.create")
    call.state[LINKS].put(Link(number=project.number, account=account.name))
    return render_info(call.state, project)


def _require_active(project: Project) -> None:
    if project.state != "ACTIVE":
        raise errors.failed_precondition()


def _unlinkable(call: Call) -> Project:
    project = projects.find(call.state, call.vars["project"])
    link = call.state[LINKS].get(project.number) if project else None
    if project is None or link is None or not call.may("billing.resourceAssociations.delete", link.account):
        project = projects.fetch(call, "resourcemanager.projects.deleteBillingAssignment")
    _require_active(project)
    return project


def get_iam_policy(call: Call) -> Json:
    """GetIamPolicy of an account."""
    return iam.get_policy(call, _fetch(call, "billing.accounts.getIamPolicy").name)


def set_iam_policy(call: Call) -> Json:
    """SetIamPolicy of an account."""
    return iam.set_policy(call, _fetch(call, "billing.accounts.setIamPolicy").name)


def test_iam_permissions(call: Call) -> Json:
    """TestIamPermissions on an account, which the Terraform provider asks before it creates a project."""
    return iam.test_permissions(call, f"billingAccounts/{call.vars['account']}")
