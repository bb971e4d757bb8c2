"""Model Garden's list, and what a deployment needs: a license, a machine, accelerators enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from gcp_emulator.services.aiplatform.deployable import DEPLOYABLE

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud

WHERE = "/v1beta1/projects/sandbox-ready/locations/us-central1"
GPT_OSS = "publishers/openai/models/gpt-oss@gpt-oss-120b"
H100 = "aiplatform.googleapis.com/custom_model_serving_nvidia_h100_gpus"
USAGE = (
    'metric.type="serviceruntime.googleapis.com/quota/allocation/usage" AND resource.type="consumer_quota" AND '
    'metric.label.quota_metric="{}" AND resource.label.project_id="{}" AND resource.label.location="{}" AND '
    'resource.label.service="aiplatform.googleapis.com"'
)
"""As gcloud 528 writes it."""


def listed(cloud: Cloud, **query: str) -> list[str]:
    found, token = [], ""
    while True:
        answer = cloud.raw("GET", "/v1beta1/publishers/*/models", params={**query, "pageToken": token}).json()
        found += [f"{each['name']}@{each['versionId']}" for each in answer.get("publisherModels", ())]
        if not (token := answer.get("nextPageToken", "")):
            return found


def finished(cloud: Cloud, operation: dict[str, Any]) -> dict[str, Any]:
    cloud.advance(10)
    answer: dict[str, Any] = cloud.get(f"/v1beta1/{operation['name']}")
    assert answer["done"]
    return answer


def deployed_on(count: int, replicas: int = 1) -> dict[str, Any]:
    machine = {"machineType": "a3-highgpu-8g", "acceleratorType": 13, "acceleratorCount": count}
    resources = {"machineSpec": machine, "minReplicaCount": replicas}
    return {"publisherModelName": GPT_OSS, "deployConfig": {"dedicatedResources": resources}}


def used(cloud: Cloud, region: str = "us-central1", project: str = "sandbox-ready") -> int:
    path = f"/v3/projects/{project}/timeSeries"
    interval = {"interval.startTime": "2026-01-01T00:00:00Z", "interval.endTime": "2026-01-02T00:00:00Z"}
    answer = cloud.raw("GET", path, params={"filter": USAGE.format(H100, project, region), **interval})
    assert answer.status_code == 200, answer.text
    series = answer.json().get("timeSeries", [])
    return int(series[0]["points"][0]["value"]["int64Value"]) if series else 0


def test_the_list_holds_each_version_once_however_it_is_paged(cloud: Cloud) -> None:
    whole = listed(cloud, listAllVersions="True")
    assert {GPT_OSS, "publishers/openai/models/gpt-oss@gpt-oss-20b"} < set(whole)
    assert "publishers/openai/models/gpt-oss-120b-maas@001" in whole
    assert whole == sorted(set(whole))
    assert listed(cloud, listAllVersions="True", pageSize="1") == whole
    newest = listed(cloud)
    assert len({each.partition("@")[0] for each in newest}) == len(newest) < len(whole)


def test_gclouds_filters_are_understood_and_no_others(cloud: Cloud) -> None:
    word = ' AND (model_user_id=~"(?i).*GPT-OSS-120B.*" OR display_name=~"(?i).*GPT-OSS-120B.*")'
    native = listed(cloud, filter="is_hf_wildcard(false)" + word, listAllVersions="True")
    assert native == ["publishers/openai/models/gpt-oss-120b-maas@001", GPT_OSS]
    verified = "is_hf_wildcard(true) AND labels.VERIFIED_DEPLOYMENT_CONFIG=VERIFIED_DEPLOYMENT_SUCCEED"
    assert listed(cloud, filter=verified + word) == ["publishers/hf-openai/models/gpt-oss-120b@001"]
    refused = cloud.error("GET", "/v1beta1/publishers/*/models?filter=launch_stage%3DGA")
    assert refused["status"] == "INVALID_ARGUMENT"


def test_a_version_says_what_it_runs_on(cloud: Cloud) -> None:
    found = cloud.get(f"/v1beta1/{GPT_OSS}")
    setups = found["supportedActions"]["multiDeployVertex"]["multiDeployVertex"]
    machine = {"machineType": "a3-highgpu-1g", "acceleratorType": "NVIDIA_H100_80GB", "acceleratorCount": 1}
    assert setups[0]["dedicatedResources"]["machineSpec"] == machine
    numbers = cloud.get(f"/v1beta1/{GPT_OSS}?%24alt=json%3Benum-encoding%3Dint")
    assert numbers["supportedActions"]["deploy"]["dedicatedResources"]["machineSpec"]["acceleratorType"] == 13
    same = cloud.get("/v1beta1/publishers/openai/models/gpt-oss-120b?isHuggingFaceModel=True")
    assert (same["name"], same["versionId"]) == ("publishers/hf-openai/models/gpt-oss-120b", "001")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("openai/models/gpt-oss@gpt-oss-12b", "NOT_FOUND"),
        ("openai/models/gpt-oss-120b-maas@002", "NOT_FOUND"),
        ("no-one/models/has-this?isHuggingFaceModel=True", "INVALID_ARGUMENT"),
    ],
)
def test_what_is_not_listed_is_refused_as_gcloud_expects_it(cloud: Cloud, path: str, status: str) -> None:
    refused = cloud.error("GET", f"/v1beta1/publishers/{path}")
    assert refused["status"] == status
    assert refused["message"].startswith("Publisher Model" if status == "NOT_FOUND" else "No deploy config found for")


def test_a_version_that_is_not_listed_is_not_deployed(cloud: Cloud) -> None:
    refused = cloud.error("POST", f"{WHERE}:deploy", {"publisherModelName": GPT_OSS[:-1]})
    assert (refused["status"], refused["message"]) == ("NOT_FOUND", f"Publisher Model {GPT_OSS[:-1]} is not found.")


def test_what_was_deployed_answers_under_its_own_name(cloud: Cloud) -> None:
    operation = cloud.post(f"{WHERE}:deploy", {"publisherModelName": GPT_OSS})
    endpoint = cloud.get(f"/v1beta1/{finished(cloud, operation)['response']['endpoint']}")
    assert endpoint["displayName"] == "gpt-oss-120b-mg-one-click-deploy"
    chat = f"/v1/{endpoint['name']}/chat/completions"
    asked = {"model": "", "messages": [{"role": "user", "content": "hello"}]}
    [refused] = cloud("POST", chat, asked)[1]
    assert endpoint["dedicatedEndpointDns"] in refused["error"]["message"]
    assert cloud.post(chat, asked, host=endpoint["dedicatedEndpointDns"])["choices"]


@pytest.mark.parametrize("each", [each for each in DEPLOYABLE if each.licensed], ids=lambda each: each.version)
def test_a_license_that_no_one_accepted_is_a_403_that_names_it(cloud: Cloud, each: Any) -> None:
    for asked in ({"publisherModelName": f"{each.name}@{each.version}"}, {"huggingFaceModelId": each.hugging_face}):
        refused = cloud.error("POST", f"{WHERE}:deploy", asked)
        assert (refused["code"], "EULA" in refused["message"]) == (403, True)


def member(cloud: Cloud, role: str) -> dict[str, str]:
    """What a user sends who has one role, and no more, in the ready project."""
    bindings = [{"role": role, "members": ["user:ann@example.com"]}]
    cloud.post("/v3/projects/sandbox-ready:setIamPolicy", {"policy": {"bindings": bindings}})
    cloud.advance(600)
    token = cloud.post("/sandbox/v1/tokens", {"member": "user:ann@example.com"})["access_token"]
    return {"authorization": f"Bearer {token}"}


def accepted(cloud: Cloud, name: str) -> bool:
    body = {"publisherModel": name}
    path = "/v1beta1/projects/sandbox-ready/modelGardenEula:check"
    return "publisherModelEulaAcked" in cloud.post(path, body)


LICENSED = next(each for each in DEPLOYABLE if each.licensed)


def test_a_refused_deployment_accepts_no_license(cloud: Cloud) -> None:
    asked = {**deployed_on(9), "publisherModelName": f"{LICENSED.name}@{LICENSED.version}"}
    asked["modelConfig"] = {"acceptEula": True}
    assert cloud.error("POST", f"{WHERE}:deploy", asked)["code"] == 429
    assert not accepted(cloud, LICENSED.name)
    cloud.post(f"{WHERE}:deploy", {**asked, "deployConfig": deployed_on(8)["deployConfig"]})
    assert accepted(cloud, LICENSED.name)


def test_who_may_deploy_only_accepts_no_license(cloud: Cloud) -> None:
    role = {
        "roleId": "deployer",
        "role": {"includedPermissions": ["aiplatform.endpoints.deploy", "resourcemanager.projects.get"]},
    }
    cloud.post("/v1/projects/sandbox-ready/roles", role)
    ann = member(cloud, "projects/sandbox-ready/roles/deployer")
    asked: dict[str, Any] = {"publisherModelName": f"{LICENSED.name}@{LICENSED.version}"}
    assert "EULA" in cloud.error("POST", f"{WHERE}:deploy", asked, **ann)["message"]  # so far he gets
    asked["modelConfig"] = {"acceptEula": True}
    refused = cloud.error("POST", f"{WHERE}:deploy", asked, **ann)
    assert "aiplatform.endpoints.create" in refused["message"]
    assert not accepted(cloud, LICENSED.name)


@pytest.mark.parametrize("role", ["viewer", "editor", "admin"])
def test_monitorings_own_roles_may_read_usage(cloud: Cloud, role: str) -> None:
    ann = member(cloud, f"roles/monitoring.{role}")
    path = f"/v3/projects/sandbox-ready/timeSeries?filter={USAGE.format(H100, 'sandbox-ready', 'us-central1')}"
    interval = "&interval.startTime=2026-01-01T00:00:00Z&interval.endTime=2026-01-02T00:00:00Z"
    assert cloud("GET", path + interval, **ann)[0] == 200


def test_a_model_that_is_there_is_not_deployed_over(cloud: Cloud) -> None:
    uploaded = cloud.post(f"{WHERE}/models:upload", {"modelId": "mine", "model": {"displayName": "first"}})
    asked = {**deployed_on(1), "modelConfig": {"modelUserId": "mine"}}
    assert cloud.error("POST", f"{WHERE}:deploy", asked)["status"] == "ALREADY_EXISTS"
    finished(cloud, uploaded)
    assert cloud.error("POST", f"{WHERE}:deploy", asked)["status"] == "ALREADY_EXISTS"
    assert cloud.get(f"{WHERE}/models/mine")["displayName"] == "first"
    asked["modelConfig"] = {"modelUserId": "No Id"}
    assert cloud.error("POST", f"{WHERE}:deploy", asked)["status"] == "INVALID_ARGUMENT"


def test_a_model_that_is_being_deployed_has_its_name(cloud: Cloud) -> None:
    asked = {**deployed_on(1), "modelConfig": {"modelUserId": "mine"}}
    running = cloud.post(f"{WHERE}:deploy", asked)
    again = {"modelId": "mine", "model": {"displayName": "second"}}
    assert cloud.error("POST", f"{WHERE}/models:upload", again)["status"] == "ALREADY_EXISTS"
    finished(cloud, running)
    cloud("DELETE", f"/v1beta1/{cloud.get(f'{WHERE}/models/mine')['name']}")
    assert cloud.error("POST", f"{WHERE}/models:upload", again)["status"] == "ALREADY_EXISTS"  # it is served


@pytest.mark.parametrize(
    "kind", ["NVIDIA_H200_141GB", "NVIDIA_H100_MEGA_80GB", "NVIDIA_B200", "NVIDIA_TESLA_K80", "TPU_V5_LITEPOD"]
)
def test_of_what_no_one_was_granted_nothing_is_deployed(cloud: Cloud, kind: str) -> None:
    asked = deployed_on(1)
    asked["deployConfig"]["dedicatedResources"]["machineSpec"]["acceleratorType"] = kind
    assert cloud.error("POST", f"{WHERE}:deploy", asked)["code"] == 429


def test_a_tpu_machine_counts_though_it_names_no_accelerator(cloud: Cloud) -> None:
    asked = deployed_on(1)
    asked["deployConfig"]["dedicatedResources"]["machineSpec"] = {"machineType": "ct5lp-hightpu-4t"}
    assert "tpu_v5e" in cloud.error("POST", f"{WHERE}:deploy", asked)["message"]


@pytest.mark.parametrize("count", [0, -1, None, "eight"])
def test_a_kind_of_accelerator_needs_a_count(cloud: Cloud, count: Any) -> None:
    asked = deployed_on(1)
    asked["deployConfig"]["dedicatedResources"]["machineSpec"]["acceleratorCount"] = count
    assert cloud.error("POST", f"{WHERE}:deploy", asked)["code"] == 400


def test_what_is_deployed_grows_within_the_quota(cloud: Cloud) -> None:
    operation = finished(cloud, cloud.post(f"{WHERE}:deploy", deployed_on(2, replicas=2)))
    endpoint = operation["response"]["endpoint"]
    [serving] = cloud.get(f"/v1beta1/{endpoint}")["deployedModels"]

    def body(least: int) -> dict[str, Any]:
        resources = {"minReplicaCount": least, "maxReplicaCount": 50}
        mask = "dedicatedResources.minReplicaCount,dedicatedResources.maxReplicaCount"
        return {"deployedModel": {"id": serving["id"], "dedicatedResources": resources}, "updateMask": mask}

    path = f"/v1beta1/{endpoint}:mutateDeployedModel"
    assert cloud.error("POST", path, body(5))["status"] == "RESOURCE_EXHAUSTED"
    growing = cloud.post(path, body(4))
    other = cloud.post(f"{WHERE}:deploy", deployed_on(3))
    assert "error" not in finished(cloud, growing)
    assert H100 in finished(cloud, other)["error"]["message"]
    assert used(cloud) == 8
    finished(cloud, cloud.post(path, body(1)))
    assert used(cloud) == 2


def test_of_two_that_grow_at_once_beyond_the_quota_one_does(cloud: Cloud) -> None:
    both = [finished(cloud, cloud.post(f"{WHERE}:deploy", deployed_on(1, replicas=2))) for _ in range(2)]
    growing = []
    for each in both:
        endpoint = each["response"]["endpoint"]
        [serving] = cloud.get(f"/v1beta1/{endpoint}")["deployedModels"]
        changed = {"id": serving["id"], "dedicatedResources": {"minReplicaCount": 6, "maxReplicaCount": 6}}
        mask = "dedicatedResources.minReplicaCount,dedicatedResources.maxReplicaCount"
        body = {"deployedModel": changed, "updateMask": mask}
        growing.append(cloud.post(f"/v1beta1/{endpoint}:mutateDeployedModel", body))
    assert ["error" in finished(cloud, each) for each in growing] == [False, True]


def test_accelerators_are_counted_in_each_region(cloud: Cloud) -> None:
    assert used(cloud) == 0
    finished(cloud, cloud.post(f"{WHERE}:deploy", deployed_on(2, replicas=3)))
    assert used(cloud) == 6
    refused = cloud.error("POST", f"{WHERE}:deploy", deployed_on(3))
    assert refused["code"] == 429
    assert refused["message"] == f"The following quota metrics exceed quota limits: {H100}"
    finished(cloud, cloud.post(f"{WHERE.replace('us-central1', 'europe-west4')}:deploy", deployed_on(8)))
    assert (used(cloud), used(cloud, "europe-west4")) == (6, 8)


def test_of_two_deployments_at_once_that_do_not_fit_one_fails(cloud: Cloud) -> None:
    both = [cloud.post(f"{WHERE}:deploy", deployed_on(5)) for _ in range(2)]
    first, second = (finished(cloud, each) for each in both)
    assert first["response"]["endpoint"]
    assert second["error"]["code"] == 8
    assert H100 in second["error"]["message"]
    assert used(cloud) == 5


def test_deploying_by_hand_counts_too_and_undeploying_gives_back(cloud: Cloud) -> None:
    endpoint = finished(cloud, cloud.post(f"{WHERE}/endpoints", {"displayName": "mine"}))["response"]["name"]
    model = finished(cloud, cloud.post(f"{WHERE}/models:upload", {"model": {"displayName": "m"}}))["response"]["model"]

    def body(count: int) -> dict[str, Any]:
        resources = deployed_on(count)["deployConfig"]["dedicatedResources"]
        return {"deployedModel": {"model": model, "dedicatedResources": resources}}

    assert cloud.error("POST", f"/v1beta1/{endpoint}:deployModel", body(9))["status"] == "RESOURCE_EXHAUSTED"
    done = finished(cloud, cloud.post(f"/v1beta1/{endpoint}:deployModel", body(8)))
    assert used(cloud) == 8
    gone = {"deployedModelId": done["response"]["deployedModel"]["id"]}
    finished(cloud, cloud.post(f"/v1beta1/{endpoint}:undeployModel", gone))
    assert used(cloud) == 0


@pytest.mark.parametrize("filter_text", ["metric.type=starts_with", 'metric.type="compute.googleapis.com/x"', ""])
def test_other_metrics_are_not_served(cloud: Cloud, filter_text: str) -> None:
    answer = cloud.raw("GET", "/v3/projects/sandbox-ready/timeSeries", params={"filter": filter_text})
    assert answer.status_code == (501 if "compute" in filter_text else 400)


def test_usage_is_reported_to_no_one_who_may_not_read_it(cloud: Cloud) -> None:
    refused = cloud.error("GET", f"/v3/projects/not-there/timeSeries?filter={USAGE}")
    assert refused["info"]["metadata"]["permission"] == "monitoring.timeSeries.list"
