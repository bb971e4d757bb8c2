"""Cloud Billing: accounts, links, and what a closed account means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud


def test_accounts_show_their_defaults(cloud: Cloud) -> None:
    accounts = cloud.get("/v1/billingAccounts")["billingAccounts"]
    assert {each["name"]: each["open"] for each in accounts} == {
        cloud["billing_account"]: True,
        cloud["closed_billing_account"]: False,
    }
    assert all(each["masterBillingAccount"] == "" for each in accounts)
    assert cloud.get(f"/v1/{cloud['billing_account']}") in accounts


def test_an_unlinked_project_says_so_in_full(cloud: Cloud) -> None:
    project = cloud["empty_project"]
    assert cloud.get(f"/v1/projects/{project}/billingInfo") == {
        "name": f"projects/{project}/billingInfo",
        "projectId": project,
        "billingAccountName": "",
        "billingEnabled": False,
    }


def test_a_link_is_made_moved_and_taken_away(cloud: Cloud) -> None:
    project = cloud["empty_project"]
    assert cloud.link(project)["billingEnabled"] is True
    closed = cloud.link(project, "closed_billing_account")
    assert (closed["billingAccountName"], closed["billingEnabled"]) == (cloud["closed_billing_account"], False)
    assert cloud.link(project, "")["billingAccountName"] == ""
    number = cloud.get(f"/v1/projects/{project}")["projectNumber"]
    assert cloud.get(f"/v1/projects/{number}/billingInfo") == cloud.get(f"/v1/projects/{project}/billingInfo")


def test_an_account_lists_its_projects(cloud: Cloud) -> None:
    found = cloud.get(f"/v1/{cloud['billing_account']}/projects")["projectBillingInfo"]
    assert [each["projectId"] for each in found] == ["sandbox-host", cloud["project"]]
    assert cloud.get(f"/v1/{cloud['closed_billing_account']}/projects") == {}


@pytest.mark.parametrize(
    ("account", "status"),
    [
        ("billingAccounts/my-billing", "INVALID_ARGUMENT"),
        ("000000-AAAAAA-111111", "INVALID_ARGUMENT"),
        ("billingAccounts/000000-AAAAAA-111111", "NOT_FOUND"),
    ],
)
def test_only_an_account_can_be_linked(cloud: Cloud, account: str, status: str) -> None:
    path = f"/v1/projects/{cloud['empty_project']}/billingInfo"
    assert cloud.error("PUT", path, {"billingAccountName": account})["status"] == status


def test_an_unknown_project_is_forbidden(cloud: Cloud) -> None:
    assert cloud.error("GET", "/v1/projects/no-one-has-this/billingInfo")["code"] == 403
    assert cloud.error("PUT", "/v1/projects/no-one-has-this/billingInfo", {})["code"] == 403


def test_vertex_ai_is_refused_without_open_billing(cloud: Cloud) -> None:
    path = f"/v1/projects/{cloud['project']}/locations/us-central1/endpoints"
    number = cloud.get(f"/v1/projects/{cloud['project']}")["projectNumber"]
    for account in ("closed_billing_account", ""):
        cloud.link(cloud["project"], account)
        error = cloud.error("GET", path)
        assert error["reason"] == "BILLING_DISABLED"
        assert error["info"]["metadata"] == {"consumer": f"projects/{number}", "service": "aiplatform.googleapis.com"}
        assert error["message"].startswith("This API method requires billing to be enabled.")
    cloud.link(cloud["project"])
    assert cloud.get(path)["endpoints"]


def test_the_permission_to_link_can_be_asked_for(cloud: Cloud) -> None:
    asked = {"permissions": ["billing.resourceAssociations.create"]}
    assert cloud.post(f"/v1/{cloud['billing_account']}:testIamPermissions", asked) == asked
    missing = "/v1/billingAccounts/000000-AAAAAA-111111:testIamPermissions"
    assert cloud.post(missing, asked) == {}


def test_a_filter_asks_for_the_subaccounts_of_an_account(cloud: Cloud) -> None:
    assert cloud.get(f"/v1/billingAccounts?filter=master_billing_account={cloud['billing_account']}") == {}
    assert cloud.error("GET", "/v1/billingAccounts?filter=open=true")["status"] == "INVALID_ARGUMENT"


def test_a_project_that_waits_for_its_deletion_takes_no_link_and_keeps_the_one_it_has(cloud: Cloud) -> None:
    cloud.create("my-team-chat")
    cloud.link("my-team-chat")
    assert cloud("DELETE", "/v3/projects/my-team-chat")[0] == 200
    cloud.advance(1)
    for account in (cloud["billing_account"], cloud["closed_billing_account"], ""):
        error = cloud.error("PUT", "/v1/projects/my-team-chat/billingInfo", {"billingAccountName": account})
        assert error["status"] == "FAILED_PRECONDITION"
