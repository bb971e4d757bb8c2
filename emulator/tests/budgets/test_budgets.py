"""Budgets, as they were recorded and as the Terraform provider asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud

FILTER = {
    "creditTypes": ["DISCOUNT"],
    "creditTypesTreatment": "INCLUDE_SPECIFIED_CREDITS",
    "customPeriod": {
        "startDate": {"year": 2140, "month": 1, "day": 1},
        "endDate": {"year": 2312, "month": 3, "day": 14},
    },
}
AMOUNT = {"specifiedAmount": {"currencyCode": "USD", "units": "100"}}


def path(cloud: Cloud, version: str = "v1") -> str:
    return f"/{version}/{cloud['billing_account']}/budgets"


def test_a_budget_lives_as_it_was_recorded(cloud: Cloud) -> None:
    money = {"currencyCode": "USD", "nanos": 0, "units": 9000000}
    sent = {"amount": {"specifiedAmount": money}, "budgetFilter": FILTER}
    made = cloud.post(path(cloud, "v1beta1"), {"budget": sent})
    name, etag = made.pop("name"), made.pop("etag")
    assert name.startswith(f"{cloud['billing_account']}/budgets/")
    assert len(name.rpartition("/")[2]) == 36
    assert len(etag) == 16
    assert made == {
        "budgetFilter": FILTER,
        "amount": {"specifiedAmount": {"currencyCode": "USD", "units": "9000000"}},
        "allUpdatesRule": {},
    }
    one = f"/v1beta1/{name}"
    assert cloud.get(one) == {"name": name, "etag": etag, **made}
    cloud.advance(3)
    period = {"startDate": {"year": 2141, "month": 2, "day": 2}, "endDate": {"year": 2313, "month": 4, "day": 15}}
    changed = {**sent, "name": name, "budgetFilter": {**FILTER, "creditTypes": ["FREE_TIER"], "customPeriod": period}}
    mask = "budgetFilter.creditTypes%2CbudgetFilter.customPeriod"
    status, answer = cloud("PATCH", f"{one}?updateMask={mask}", {"budget": changed})
    assert status == 200
    assert answer["budgetFilter"] == changed["budgetFilter"]
    assert answer["amount"] == made["amount"]
    assert int(answer["etag"]) > int(etag)
    assert cloud.get(one) == answer
    assert cloud("DELETE", one) == (200, {})
    assert cloud.error("GET", one)["status"] == "NOT_FOUND"


def test_what_a_budget_does_not_say_is_as_the_document_says(cloud: Cloud) -> None:
    least = {"amount": AMOUNT, "thresholdRules": [{"thresholdPercent": 1}]}
    usual = cloud.post(path(cloud), least)
    assert usual["budgetFilter"] == {"creditTypesTreatment": "INCLUDE_ALL_CREDITS", "calendarPeriod": "MONTH"}
    assert usual["thresholdRules"] == [{"spendBasis": "CURRENT_SPEND", "thresholdPercent": 1}]


def test_terraform_makes_one_and_changes_it(cloud: Cloud) -> None:
    sent: dict[str, Any] = {
        "displayName": "Onboarding",
        "budgetFilter": {"projects": ["projects/1"], "calendarPeriod": "MONTH"},
        "amount": AMOUNT,
        "thresholdRules": [{"thresholdPercent": 0.5, "spendBasis": "CURRENT_SPEND"}],
        "notificationsRule": {"disableDefaultIamRecipients": True},
        "ownershipScope": "BILLING_ACCOUNT",
    }
    made = cloud.post(path(cloud), sent)
    shown = {**sent["budgetFilter"], "creditTypesTreatment": "INCLUDE_ALL_CREDITS"}
    assert {name: made[name] for name in sent} == {**sent, "budgetFilter": shown}
    change = {"displayName": "Renamed", "notificationsRule": {}}
    status, answer = cloud("PATCH", f"/v1/{made['name']}?updateMask=displayName,notificationsRule", change)
    assert (status, answer["displayName"], answer["notificationsRule"]) == (200, "Renamed", {})
    assert answer["thresholdRules"] == sent["thresholdRules"]
    assert cloud.get(path(cloud))["budgets"] == [answer]
    numbered = cloud.get(f"/v1/{made['name']}?$alt=json;enum-encoding=int")
    assert (numbered["ownershipScope"], numbered["thresholdRules"][0]["spendBasis"]) == (2, 1)
    assert cloud.get(f"/v1beta1/{made['name']}")["allUpdatesRule"] == {}
    stale = cloud.error("PATCH", f"/v1/{made['name']}?updateMask=displayName", {"etag": made["etag"]})
    assert stale["status"] == "ABORTED"


def test_last_periods_amount_is_kept(cloud: Cloud) -> None:
    assert cloud.post(path(cloud), {"amount": {"lastPeriodAmount": {}}})["amount"] == {"lastPeriodAmount": {}}


@pytest.mark.parametrize(
    "budget",
    [
        {},
        {"amount": {}},
        {"amount": {"specifiedAmount": {"currencyCode": "EUR", "units": "1"}}},
        {"amount": {"specifiedAmount": {"units": "many"}}},
        {"amount": AMOUNT, "displayName": "x" * 61},
        {"amount": AMOUNT, "thresholdRules": [{"thresholdPercent": -1}]},
        {"amount": AMOUNT, "color": "red"},
        {"amount": AMOUNT, "allUpdatesRule": {}},
    ],
)
def test_what_is_no_budget_is_refused(cloud: Cloud, budget: dict[str, Any]) -> None:
    assert cloud.error("POST", path(cloud), budget)["status"] == "INVALID_ARGUMENT"


def test_an_account_no_one_has_has_no_budgets(cloud: Cloud) -> None:
    assert cloud("GET", "/v1/billingAccounts/000000-000000-000000/budgets")[0] in {403, 404}
    assert cloud.get(path(cloud)) == {}
