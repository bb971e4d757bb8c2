"""Cloud Billing v1 through `google-cloud-billing`, over REST and gRPC alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from google.api_core import exceptions
from google.cloud.billing_v1 import CloudBillingClient, ProjectBillingInfo

if TYPE_CHECKING:
    from gcp_emulator.server import Running

EMPTY = "projects/sandbox-empty"


@pytest.fixture
def billing(clients: Any) -> CloudBillingClient:
    made: CloudBillingClient = clients.of(CloudBillingClient)
    return made


def _link(billing: CloudBillingClient, account: str) -> ProjectBillingInfo:
    info = ProjectBillingInfo(billing_account_name=account)
    return billing.update_project_billing_info(name=EMPTY, project_billing_info=info)


def test_there_is_an_open_account_and_a_closed_one(billing: CloudBillingClient, sandbox: Running) -> None:
    accounts = {account.name: account for account in billing.list_billing_accounts()}
    assert accounts[sandbox["billing_account"]].open_
    assert not accounts[sandbox["closed_billing_account"]].open_
    assert billing.get_billing_account(name=sandbox["billing_account"]) in accounts.values()


def test_linking_shows_at_once_and_unlinking_too(billing: CloudBillingClient, sandbox: Running) -> None:
    assert not billing.get_project_billing_info(name=EMPTY).billing_enabled
    linked = _link(billing, sandbox["billing_account"])
    assert linked.billing_enabled
    assert linked.name == f"{EMPTY}/billingInfo"
    assert linked == billing.get_project_billing_info(name=EMPTY)
    assert linked in list(billing.list_project_billing_info(name=sandbox["billing_account"]))
    unlinked = _link(billing, "")
    assert (unlinked.billing_enabled, unlinked.billing_account_name) == (False, "")


def test_a_closed_account_can_be_linked_and_enables_nothing(billing: CloudBillingClient, sandbox: Running) -> None:
    linked = _link(billing, sandbox["closed_billing_account"])
    assert linked.billing_account_name == sandbox["closed_billing_account"]
    assert not linked.billing_enabled


def test_a_malformed_account_and_an_unknown_one_are_reported_apart(billing: CloudBillingClient) -> None:
    with pytest.raises(exceptions.BadRequest):
        billing.get_billing_account(name="billingAccounts/my-billing")
    with pytest.raises(exceptions.NotFound):
        billing.get_billing_account(name="billingAccounts/000000-000000-000000")


def test_an_unknown_project_is_forbidden(billing: CloudBillingClient) -> None:
    with pytest.raises(exceptions.Forbidden):
        billing.get_project_billing_info(name="projects/no-one-made-this")
