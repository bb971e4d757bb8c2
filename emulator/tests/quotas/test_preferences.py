"""Quota preferences: more is asked for and granted, less is confirmed, and the limit is another then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud

PARENT = "/v1/projects/sandbox-ready/locations/global"
L4 = "CustomModelServingL4GPUsPerProjectPerRegion"
READS = "ReadRequestsPerMinutePerProject"


def request(value: int, quota: str = L4, service: str = "aiplatform", **more: Any) -> dict[str, Any]:
    return {
        "service": f"{service}.googleapis.com",
        "quotaId": quota,
        "quotaConfig": {"preferredValue": str(value)},
        "contactEmail": "ann@example.com",
        **more,
    }


def create(cloud: Cloud, name: str, body: dict[str, Any], query: str = "") -> Any:
    return cloud.post(f"{PARENT}/quotaPreferences?quotaPreferenceId={name}{query}", body)


def limits(cloud: Cloud, quota: str = L4) -> dict[str, str]:
    info = cloud.get(f"{PARENT}/services/aiplatform.googleapis.com/quotaInfos/{quota}")
    return {each["applicableLocations"][0]: each["details"]["value"] for each in info["dimensionsInfos"]}


def test_more_is_granted_after_a_while_in_the_region_it_was_asked_for(cloud: Cloud) -> None:
    asked = create(cloud, "l4", request(4, justification="a model", dimensions={"region": "us-central1"}))
    assert asked["reconciling"]
    assert (asked["quotaConfig"]["grantedValue"], asked["quotaConfig"]["preferredValue"]) == ("1", "4")
    assert asked["createTime"] == asked["updateTime"]
    assert "contactEmail" not in asked  # input only
    assert limits(cloud)["us-central1"] == "1"
    cloud.advance(5)
    found = cloud.get(f"/v1/{asked['name']}")
    assert found["quotaConfig"]["grantedValue"] == "4"
    assert "reconciling" not in found
    assert (limits(cloud)["us-central1"], limits(cloud)["europe-west4"]) == ("4", "1")
    create(cloud, "everywhere", request(2))
    cloud.advance(5)
    assert (limits(cloud)["us-central1"], limits(cloud)["europe-west4"]) == ("4", "2")


def test_without_billing_more_is_denied(cloud: Cloud) -> None:
    empty = PARENT.replace("ready", "empty")
    asked = cloud.post(f"{empty}/quotaPreferences", request(4))
    cloud.advance(5)
    found = cloud.get(f"/v1/{asked['name']}")["quotaConfig"]
    assert (found["grantedValue"], "billing" in found["stateDetail"]) == ("1", True)


def test_a_limit_on_requests_is_another_once_it_is_granted(cloud: Cloud) -> None:
    path = "/v1/projects/sandbox-ready/services/iam.googleapis.com"
    host = PARENT.replace("ready", "host")
    confirmed = "&ignoreSafetyChecks=QUOTA_DECREASE_PERCENTAGE_TOO_HIGH"
    body = request(2, READS, "serviceusage")
    cloud.post(f"{host}/quotaPreferences?quotaPreferenceId=Few-{confirmed}", body)
    assert [cloud("GET", path)[0] for _ in range(3)] == [200, 200, 429]
    refused = cloud.error("GET", path)
    assert refused["info"]["metadata"]["quota_limit_value"] == "2"
    unlimited = {"quotaConfig": {"preferredValue": "-1"}, "contactEmail": "ann@example.com"}
    assert cloud("PATCH", f"{host}/quotaPreferences/Few-", unlimited)[0] == 200
    cloud.advance(5)
    assert all(cloud("GET", path)[0] == 200 for _ in range(241))


def test_less_is_granted_at_once_if_it_was_confirmed(cloud: Cloud) -> None:
    assert "10 percent" in cloud.error("POST", f"{PARENT}/quotaPreferences", request(0))["message"]
    body = {**request(0), "contactEmail": ""}
    assert create(cloud, "none", body, "&ignoreSafetyChecks=2")["quotaConfig"]["grantedValue"] == "0"
    assert limits(cloud)["us-central1"] == "0"


def test_less_than_is_used_has_to_be_confirmed(cloud: Cloud) -> None:
    deploy = {"publisherModelName": "publishers/openai/models/gpt-oss@gpt-oss-20b"}
    cloud.post("/v1/projects/sandbox-ready/locations/us-central1:deploy", deploy)
    cloud.advance(10)
    confirmed = "?ignoreSafetyChecks=QUOTA_DECREASE_PERCENTAGE_TOO_HIGH"
    refused = cloud.error("POST", f"{PARENT}/quotaPreferences{confirmed}", request(0))
    assert "below its usage" in refused["message"]
    cloud.post(f"{PARENT}/quotaPreferences{confirmed}&ignoreSafetyChecks=QUOTA_DECREASE_BELOW_USAGE", request(0))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({**request(4), "contactEmail": ""}, "INVALID_ARGUMENT"),
        (request(-2), "INVALID_ARGUMENT"),
        ({**request(4), "quotaConfig": {}}, "FAILED_PRECONDITION"),  # it requests for 0, which gRPC does not send
        ({**request(4), "quotaConfig": {"preferredValue": "four"}}, "INVALID_ARGUMENT"),
        ({**request(4), "quotaConfig": None}, "INVALID_ARGUMENT"),
        (request(4, dimensions={"region": "nowhere"}), "INVALID_ARGUMENT"),
        (request(4, dimensions={"zone": "us-central1-a"}), "INVALID_ARGUMENT"),
        (request(4, "NoSuchQuota"), "NOT_FOUND"),
        (request(4, "CustomModelServingH100GPUsPerProjectPerRegion"), "ALREADY_EXISTS"),
    ],
)
def test_what_cannot_be_requested_for_is_refused(cloud: Cloud, body: dict[str, Any], status: str) -> None:
    assert cloud.error("POST", f"{PARENT}/quotaPreferences", body)["status"] == status


def test_a_preference_is_changed_by_its_etag_and_its_mask(cloud: Cloud) -> None:
    made = create(cloud, "mine", request(2))
    cloud.advance(5)
    path = f"{PARENT}/quotaPreferences/mine"
    assert cloud.error("PATCH", path, {**request(3), "etag": "AAAA"})["status"] == "ABORTED"
    assert cloud.error("PATCH", path, request(3, READS))["status"] == "INVALID_ARGUMENT"
    status, tried = cloud("PATCH", f"{path}?validateOnly=true", {**request(3), "etag": made["etag"]})
    assert (status, tried["quotaConfig"]["preferredValue"]) == (200, "3")
    assert cloud.get(path)["quotaConfig"]["preferredValue"] == "2"
    status, message = cloud("PATCH", f"{path}?updateMask=justification", {"justification": "why", "service": "ignored"})
    assert status == 400  # what cannot be changed is refused whatever the mask names
    status, message = cloud("PATCH", f"{path}?updateMask=justification", {"justification": "why"})
    assert (message["justification"], message["quotaConfig"]["preferredValue"]) == ("why", "2")
    assert cloud.error("PATCH", f"{PARENT}/quotaPreferences/none", request(3))["status"] == "NOT_FOUND"
    assert (
        cloud("PATCH", f"{PARENT}/quotaPreferences/other?allowMissing=true", request(5, dimensions={"region": "us"}))[0]
        == 200
    )


def test_an_update_that_may_create_is_validated_as_a_create(cloud: Cloud) -> None:
    path, query = f"{PARENT}/quotaPreferences", "?allowMissing=true"
    assert cloud("PATCH", f"{path}/tried{query}&validateOnly=true", request(4))[0] == 200
    assert cloud.error("GET", f"{path}/tried")["status"] == "NOT_FOUND"
    refused = cloud.error("PATCH", f"{path}/UP~per!case{query}", request(4))
    assert (refused["status"], "UP~per!case" in refused["message"]) == ("INVALID_ARGUMENT", True)
    assert cloud("PATCH", f"{path}/tried{query}", request(4))[0] == 200
    assert cloud.get(f"{path}/tried")["name"].endswith("/tried")


def test_nothing_is_what_a_request_without_a_value_requests_for(cloud: Cloud) -> None:
    confirmed = "&ignoreSafetyChecks=QUOTA_DECREASE_PERCENTAGE_TOO_HIGH"
    made = create(cloud, "none", {**request(1), "quotaConfig": {"annotations": {"a": "b"}}}, confirmed)
    assert (made["quotaConfig"]["preferredValue"], made["quotaConfig"]["annotations"]) == ("0", {"a": "b"})


def test_a_mask_changes_what_it_names_and_clears_what_was_not_sent(cloud: Cloud) -> None:
    body = request(4, justification="why")
    body["quotaConfig"]["annotations"] = {"team": "chat"}
    made = create(cloud, "mine", body)
    path = f"{PARENT}/quotaPreferences/mine"
    cloud.advance(3)
    status, cleared = cloud("PATCH", f"{path}?updateMask=justification", {})
    assert status == 200  # though the increase is pending, and would ask for an address
    assert "justification" not in cleared
    assert cleared["quotaConfig"] == made["quotaConfig"]
    cloud.advance(2)  # what was asked first is not asked anew
    assert cloud.get(path)["quotaConfig"]["grantedValue"] == "4"
    message = {"quotaConfig": {"preferredValue": "9"}}
    changed = cloud("PATCH", f"{path}?updateMask=quota_config.annotations", message)[1]["quotaConfig"]
    assert (changed["preferredValue"], "annotations" in changed) == ("4", False)


def test_a_denied_increase_can_be_explained_without_being_asked_anew(cloud: Cloud) -> None:
    path = f"{PARENT.replace('ready', 'empty')}/quotaPreferences"
    name = cloud.post(path, request(4))["name"]
    cloud.advance(5)
    message = cloud("PATCH", f"/v1/{name}?updateMask=justification", {"justification": "why"})[1]
    assert (message["justification"], "reconciling" in message) == ("why", False)
    assert "billing" in message["quotaConfig"]["stateDetail"]


def test_an_etag_holds_for_one_change_also_while_the_clock_stands(cloud: Cloud) -> None:
    etag = create(cloud, "mine", request(2))["etag"]
    path = f"{PARENT}/quotaPreferences/mine?updateMask=justification"
    assert cloud("PATCH", path, {"justification": "first", "etag": etag})[0] == 200
    assert cloud.error("PATCH", path, {"justification": "second", "etag": etag})["status"] == "ABORTED"


def test_the_list_is_in_the_order_of_age_and_can_be_filtered(cloud: Cloud) -> None:
    seeded = [each["name"].rpartition("/")[2] for each in cloud.get(f"{PARENT}/quotaPreferences")["quotaPreferences"]]
    cloud.advance(1)
    create(cloud, "a-later-one", request(2))
    found = cloud.get(f"{PARENT}/quotaPreferences?pageSize=1")
    names = [found["quotaPreferences"][0]["name"].rpartition("/")[2]]
    while token := found.get("nextPageToken"):
        found = cloud.get(f"{PARENT}/quotaPreferences?pageSize=1&pageToken={token}")
        names += [each["name"].rpartition("/")[2] for each in found["quotaPreferences"]]
    assert names == [*seeded, "a-later-one"]
    [pending] = cloud.get(f"{PARENT}/quotaPreferences?filter=reconciling=true")["quotaPreferences"]
    assert pending["quotaId"] == L4
    assert cloud.error("GET", f"{PARENT}/quotaPreferences?filter=color=red")["status"] == "INVALID_ARGUMENT"


def test_the_second_version_is_the_same(cloud: Cloud) -> None:
    beta = PARENT.replace("v1", "v1beta")
    assert cloud.get(f"{beta}/quotaPreferences") == cloud.get(f"{PARENT}/quotaPreferences")
