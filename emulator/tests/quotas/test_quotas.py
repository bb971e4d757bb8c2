"""Requests per minute, and what Cloud Quotas and Service Usage say about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from gcp_emulator import quotas
from gcp_emulator.server import running

from emulator.tests.conftest import Cloud

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MODEL = "openai/gpt-oss-120b-maas"
CHAT = {"model": MODEL, "messages": [{"role": "user", "content": "hello"}]}
OPENAPI = "/v1/projects/sandbox-ready/locations/global/endpoints/openapi/chat/completions"


def until_refused(call: Callable[[], tuple[int, Any]], most: int) -> tuple[int, Any]:
    """How many calls were answered before the first 429, and that."""
    for count in range(most + 1):
        status, answer = call()
        if status == 429:
            return count, answer
    raise AssertionError(f"{most} calls were answered")


def number(cloud: Cloud, project: str) -> str:
    return str(cloud.get(f"/v3/projects/{project}")["name"].partition("/")[2])


def test_too_many_reads_are_refused_as_it_was_recorded(cloud: Cloud) -> None:
    path = "/v1/projects/sandbox-ready/services/iam.googleapis.com"
    count, answer = until_refused(lambda: cloud("GET", path), 240)
    assert count == 240
    host = number(cloud, "sandbox-host")
    assert answer["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert answer["error"]["message"] == (
        "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute' of service "
        f"'serviceusage.googleapis.com' for consumer 'project_number:{host}'."
    )
    [info] = answer["error"]["details"]
    assert (info["reason"], info["domain"]) == ("RATE_LIMIT_EXCEEDED", "googleapis.com")
    assert info["metadata"] == {
        "consumer": f"projects/{host}",
        "service": "serviceusage.googleapis.com",
        "quota_metric": "serviceusage.googleapis.com/read_requests",
        "quota_limit": "ReadRequestsPerMinutePerProject",
        "quota_limit_value": "240",
        "quota_location": "global",
    }
    assert cloud.get("/v1/projects/sandbox-ready")  # another API
    assert cloud.post(f"{path}:enable")  # another limit of the same
    cloud.advance(60)
    assert cloud.get(path)  # another minute
    until_refused(lambda: cloud("GET", path), 240)
    assert cloud.get("/sandbox/v1/requests")  # never limited


def test_another_consumer_has_its_own_count(cloud: Cloud) -> None:
    cloud.enable("sandbox-ready", "serviceusage")
    cloud.advance(60)
    path = "/v1/projects/sandbox-ready/services/iam.googleapis.com"
    until_refused(lambda: cloud("GET", path), 240)
    assert cloud.get(path, x_goog_user_project="sandbox-ready")


def test_a_consumer_has_one_count_by_whichever_name_it_is_called(cloud: Cloud) -> None:
    path = "/v1/projects/sandbox-ready/services/iam.googleapis.com"
    until_refused(lambda: cloud("GET", path, x_goog_user_project="sandbox-host"), 240)
    assert cloud.error("GET", path, x_goog_user_project=number(cloud, "sandbox-host"))["code"] == 429


def test_enabling_many_at_once_counts_five_times(cloud: Cloud) -> None:
    path, body = "/v1/projects/sandbox-ready/services:batchEnable", {"serviceIds": ["iam.googleapis.com"]}
    count, answer = until_refused(lambda: cloud("POST", path, body), 60)
    assert count == 12
    assert answer["error"]["details"][0]["metadata"]["quota_limit"] == "MutateRequestsPerMinutePerProject"
    single = "/v1/projects/sandbox-ready/services/iam.googleapis.com:enable"
    assert cloud("POST", single, {})[0] == 429


def test_vertex_ai_counts_each_region(cloud: Cloud) -> None:
    path = "/v1/projects/sandbox-ready/locations/{}/endpoints"
    count, answer = until_refused(lambda: cloud("POST", path.format("us-central1"), {"displayName": "x"}), 60)
    assert count == 60
    assert answer["error"]["details"][0]["metadata"]["quota_location"] == "us-central1"
    assert cloud("POST", path.format("europe-west4"), {"displayName": "x"})[0] == 200


def test_lists_and_gets_of_resource_manager_count_apart(cloud: Cloud) -> None:
    count, answer = until_refused(lambda: cloud("GET", "/v1/projects?pageSize=1"), 240)
    assert count == 240
    [listed] = answer["error"]["errors"]
    assert (listed["domain"], listed["reason"]) == ("global", "rateLimitExceeded")
    assert cloud.get("/v1/projects/sandbox-ready")


@pytest.fixture
def unlimited() -> Iterator[Cloud]:
    with running(clock=0, grpc=False, rate_limits=False) as ready:
        cloud = Cloud(ready)
        with cloud.session:
            yield cloud


def test_limits_can_be_turned_off(unlimited: Cloud) -> None:
    for _ in range(250):
        unlimited.get("/v1/projects/sandbox-ready/services/iam.googleapis.com")


def test_a_model_has_a_quota_where_the_state_says_so(unlimited: Cloud) -> None:
    ready = number(unlimited, "sandbox-ready")
    unlimited.ready.do(lambda sandbox: quotas.set_model_quota(sandbox.state, ready, MODEL, 2))
    count, answer = until_refused(lambda: unlimited("POST", OPENAPI, CHAT), 5)
    assert count == 2
    [refused] = answer
    assert refused["error"]["message"].startswith(
        "Quota exceeded for aiplatform.googleapis.com/global_online_prediction_requests_per_base_model with base "
        "model: gpt-oss-120b-maas. Please submit a quota increase request."
    )
    unlimited.advance(60)
    assert unlimited.post(OPENAPI, CHAT)["choices"]


def test_cloud_quotas_tells_the_same_numbers(cloud: Cloud) -> None:
    parent = "/v1/projects/sandbox-ready/locations/global/services"
    infos = cloud.get(f"{parent}/serviceusage.googleapis.com/quotaInfos")["quotaInfos"]
    values = {each["quotaId"]: each["dimensionsInfos"][0]["details"]["value"] for each in infos}
    assert values == {"MutateRequestsPerMinutePerProject": "60", "ReadRequestsPerMinutePerProject": "240"}
    ready = number(cloud, "sandbox-ready")
    one = cloud.get(f"{parent}/serviceusage.googleapis.com/quotaInfos/ReadRequestsPerMinutePerProject")
    assert one["name"] == (
        f"projects/{ready}/locations/global/services/serviceusage.googleapis.com/quotaInfos/"
        "ReadRequestsPerMinutePerProject"
    )
    assert one["quotaIncreaseEligibility"] == {"isEligible": True}
    empty = cloud.get(f"{parent.replace('ready', 'empty')}/aiplatform.googleapis.com/quotaInfos")["quotaInfos"]
    assert empty[0]["quotaIncreaseEligibility"] == {"ineligibilityReason": "NO_VALID_BILLING_ACCOUNT"}
    assert empty[0]["dimensions"] == ["region"]
    for path in ("quotaInfos", "quotaInfos/x"):
        unmodeled = cloud.error("GET", f"{parent}/storage.googleapis.com/{path}")
        assert unmodeled["message"] == "What quotas storage.googleapis.com has is not served by the sandbox."
    assert cloud.error("GET", f"{parent}/serviceusage.googleapis.com/quotaInfos/x")["status"] == "NOT_FOUND"
    assert cloud.error("GET", f"{parent.replace('global', 'us')}/iam.googleapis.com/quotaInfos")["code"] == 404
    unknown = cloud.error("GET", f"{parent.replace('ready', 'gone')}/iam.googleapis.com/quotaInfos")
    assert unknown["reason"] == "IAM_PERMISSION_DENIED"


def test_service_usage_tells_them_too(cloud: Cloud) -> None:
    path = "/v1beta1/projects/sandbox-ready/services/serviceusage.googleapis.com/consumerQuotaMetrics"
    assert cloud.error("GET", path.replace("serviceusage.g", "compute.g"))["code"] == 501
    metrics = cloud.get(path)["metrics"]
    [limit] = metrics[1]["consumerQuotaLimits"]
    assert metrics[1]["metric"] == "serviceusage.googleapis.com/read_requests"
    assert limit["quotaBuckets"] == [{"effectiveLimit": "240", "defaultLimit": "240"}]
    assert cloud.get(f"/v1beta1/{metrics[1]['name']}") == metrics[1]
    assert cloud.error("GET", f"{path}/no-one-has-this")["status"] == "NOT_FOUND"


def test_every_limit_has_an_id_of_its_own() -> None:
    names = [(each.service, each.id) for each in quotas.LIMITS]
    assert len(set(names)) == len(names)
