"""Endpoints and models are made, changed, deployed to and deleted as Vertex AI does it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from gcp_emulator.server import running

from emulator.tests.conftest import Cloud

if TYPE_CHECKING:
    from typing import Final

V1: Final = "type.googleapis.com/google.cloud.aiplatform.v1."
WHERE = "/v1/projects/sandbox-ready/locations/us-central1"
MESSAGES = [{"role": "user", "content": "hello"}]
RESOURCES = {"machineSpec": {"machineType": "g2-standard-12"}, "minReplicaCount": 1}


def done(cloud: Cloud, operation: dict[str, Any], version: str = "v1") -> dict[str, Any]:
    assert "done" not in operation
    assert cloud.get(f"/{version}/{operation['name']}").get("done") is None
    cloud.advance(10)
    answer: dict[str, Any] = cloud.get(f"/{version}/{operation['name']}")
    assert answer["done"]
    return answer


def create(cloud: Cloud, query: str = "", **fields: Any) -> str:
    operation = cloud.post(f"{WHERE}/endpoints{query}", {"displayName": "mine", **fields})
    return str(done(cloud, operation)["response"]["name"])


def upload(cloud: Cloud) -> str:
    operation = cloud.post(f"{WHERE}/models:upload", {"model": {"displayName": "weights"}})
    return str(done(cloud, operation)["response"]["model"])


def deploy(cloud: Cloud, endpoint: str, model: str, split: dict[str, int] | None = None) -> str:
    body = {"deployedModel": {"model": model, "dedicatedResources": RESOURCES}, "trafficSplit": split or {"0": 100}}
    operation = done(cloud, cloud.post(f"/v1/{endpoint}:deployModel", body))
    assert operation["response"]["@type"] == V1 + "DeployModelResponse"
    return str(operation["response"]["deployedModel"]["id"])


@pytest.fixture
def number(cloud: Cloud) -> str:
    return str(cloud.get("/v1/projects/sandbox-ready")["projectNumber"])


def test_an_endpoint_is_made_as_it_was_recorded(cloud: Cloud, number: str) -> None:
    operation = cloud.post(
        "/v1beta1/projects/sandbox-ready/locations/us-central1/endpoints?alt=json&endpointId=vertexaiendpoint-1",
        {"displayName": "basic", "description": "example", "labels": {"a": "b"}},
    )
    name = f"projects/{number}/locations/us-central1/endpoints/vertexaiendpoint-1"
    assert operation["name"].startswith(f"{name}/operations/")
    beta = "type.googleapis.com/google.cloud.aiplatform.v1beta1."
    assert operation["metadata"]["@type"] == beta + "CreateEndpointOperationMetadata"
    assert set(operation["metadata"]["genericMetadata"]) == {"createTime", "updateTime"}
    finished = done(cloud, operation, "v1beta1")
    assert finished["response"] == {"@type": beta + "Endpoint", "name": name}
    assert cloud.get(f"/ui/{operation['name']}") == finished
    endpoint = cloud.get(f"/v1/{name}")
    assert {"name": name, "displayName": "basic", "description": "example", "labels": {"a": "b"}}.items() <= (
        endpoint.items()
    )
    assert set(endpoint) == {"name", "displayName", "description", "labels", "etag", "createTime", "updateTime"}
    status, changed = cloud("PATCH", f"/v1/{name}?updateMask=displayName,labels", {"displayName": "new", "labels": {}})
    assert status == 200
    assert changed["displayName"] == "new"
    assert "labels" not in changed
    assert changed["etag"] != endpoint["etag"]
    status, gone = cloud("DELETE", f"/v1/{name}")
    assert (status, gone["done"]) == (200, True)
    assert gone["name"].startswith(f"projects/{number}/locations/us-central1/operations/")
    assert gone["response"] == {"@type": "type.googleapis.com/google.protobuf.Empty"}
    assert gone["metadata"]["@type"] == V1 + "DeleteOperationMetadata"
    assert cloud.get(f"/v1/{gone['name']}") == gone
    assert cloud.error("GET", f"/v1/{name}")["status"] == "NOT_FOUND"


def test_a_model_is_deployed_and_gets_the_traffic(cloud: Cloud, number: str) -> None:
    endpoint, model = create(cloud, "?endpointId=1234567890"), upload(cloud)
    assert endpoint == f"projects/{number}/locations/us-central1/endpoints/1234567890"
    chat = {"messages": MESSAGES}
    [refused] = cloud("POST", f"/v1/{endpoint}/chat/completions", chat)[1]
    assert refused["error"]["message"] == f"Endpoint {endpoint} doesn't have traffic_split."
    deployed = deploy(cloud, endpoint, model)
    held = cloud.get(f"/v1/{endpoint}")
    assert held["trafficSplit"] == {deployed: 100}
    [serving] = held["deployedModels"]
    assert serving["model"] == model
    assert serving["displayName"] == "weights"
    assert serving["dedicatedResources"]["maxReplicaCount"] == 1
    assert cloud.post(f"/v1/{endpoint}/chat/completions", chat)["object"] == "chat.completion"
    text = cloud.post(f"/v1/{endpoint}/completions", {"prompt": "once", "max_tokens": 5})
    assert text["object"] == "text_completion"
    assert text["choices"][0]["finish_reason"] == "length"
    second = deploy(cloud, endpoint, model, {"0": 40, deployed: 60})
    assert cloud.get(f"/v1/{endpoint}")["trafficSplit"] == {second: 40, deployed: 60}
    undeploy = f"/v1/{endpoint}:undeployModel"
    assert cloud.error("POST", undeploy, {"deployedModelId": second})["status"] == "FAILED_PRECONDITION"
    done(cloud, cloud.post(undeploy, {"deployedModelId": second, "trafficSplit": {deployed: 100}}))
    assert cloud.get(f"/v1/{endpoint}")["trafficSplit"] == {deployed: 100}
    assert cloud.error("DELETE", f"/v1/{endpoint}")["status"] == "FAILED_PRECONDITION"
    assert cloud.error("DELETE", f"/v1/{model}")["status"] == "FAILED_PRECONDITION"
    done(cloud, cloud.post(undeploy, {"deployedModelId": deployed}))
    assert "trafficSplit" not in cloud.get(f"/v1/{endpoint}")
    assert cloud("DELETE", f"/v1/{endpoint}")[1]["done"]
    assert cloud("DELETE", f"/v1/{model}")[1]["done"]
    assert cloud.error("GET", f"/v1/{model}")["message"] == f"Model {model} is not found."


def test_replicas_are_changed_as_terraform_changes_them(cloud: Cloud) -> None:
    endpoint, model = create(cloud), upload(cloud)
    deployed = deploy(cloud, endpoint, model)
    body = {
        "deployedModel": {"id": deployed, "dedicatedResources": {"minReplicaCount": 2, "maxReplicaCount": 3}},
        "updateMask": "dedicated_resources.min_replica_count,dedicatedResources.maxReplicaCount",
    }
    done(cloud, cloud.post(f"/v1/{endpoint}:mutateDeployedModel", body))
    [serving] = cloud.get(f"/v1/{endpoint}")["deployedModels"]
    assert serving["dedicatedResources"] == {**RESOURCES, "minReplicaCount": 2, "maxReplicaCount": 3}


def test_a_dedicated_endpoint_answers_under_its_own_name_only(cloud: Cloud) -> None:
    endpoint = create(cloud, dedicatedEndpointEnabled=True)
    dns = cloud.get(f"/v1/{endpoint}")["dedicatedEndpointDns"]
    assert dns.startswith(f"{endpoint.rpartition('/')[2]}.us-central1-")
    assert dns.endswith(".prediction.vertexai.goog")
    deploy(cloud, endpoint, upload(cloud))
    path = f"/v1/{endpoint}/chat/completions"
    [refused] = cloud("POST", path, {"messages": MESSAGES})[1]
    assert refused["error"]["status"] == "FAILED_PRECONDITION"
    assert dns in refused["error"]["message"]
    assert cloud.post(path, {"messages": MESSAGES}, host=dns)["choices"]
    other = cloud.raw("POST", path, json={"messages": MESSAGES}, headers={"host": "evil.example.com"})
    assert other.status_code == 403


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("", {}),
        ("", {"displayName": "x" * 129}),
        ("", {"displayName": "x", "trafficSplit": {"1": 100}}),
        ("?endpointId=Upper", {"displayName": "x"}),
        ("?endpointId=openapi", {"displayName": "x"}),
        ("?endpointId=012", {"displayName": "x"}),
        ("", {"displayName": "x", "color": "red"}),
    ],
)
def test_what_is_no_endpoint_is_refused(cloud: Cloud, query: str, body: dict[str, Any]) -> None:
    assert cloud.error("POST", f"{WHERE}/endpoints{query}", body)["status"] == "INVALID_ARGUMENT"


def test_an_id_is_taken_from_the_start_of_its_operation(cloud: Cloud) -> None:
    path, body = f"{WHERE}/endpoints?endpointId=mine", {"displayName": "x"}
    cloud.post(path, body)
    assert cloud.error("POST", path, body)["status"] == "ALREADY_EXISTS"
    cloud.advance(5)
    assert cloud.error("POST", path, body)["status"] == "ALREADY_EXISTS"


def test_a_split_must_add_up_and_name_what_is_deployed(cloud: Cloud) -> None:
    endpoint, model = create(cloud), upload(cloud)
    deployed = {"model": model, "dedicatedResources": RESOURCES}
    for split in ({"0": 99}, {"7": 100}, {"0": "many"}, {"0": -1}):
        body = {"deployedModel": deployed, "trafficSplit": split}
        assert cloud.error("POST", f"/v1/{endpoint}:deployModel", body)["status"] == "INVALID_ARGUMENT"
    for wrong in ({"model": model}, {"model": "nonsense", "dedicatedResources": RESOURCES}):
        body = {"deployedModel": wrong}
        assert cloud.error("POST", f"/v1/{endpoint}:deployModel", body)["status"] == "INVALID_ARGUMENT"
    nobodys = {"deployedModel": {**deployed, "model": model.rpartition("/")[0] + "/1"}}
    assert cloud.error("POST", f"/v1/{endpoint}:deployModel", nobodys)["status"] == "NOT_FOUND"


def test_an_update_needs_a_mask_and_the_current_etag(cloud: Cloud) -> None:
    name = create(cloud)
    for query in ("", "?updateMask=dedicatedEndpointEnabled", "?updateMask=name"):
        assert cloud.error("PATCH", f"/v1/{name}{query}", {"displayName": "y"})["status"] == "INVALID_ARGUMENT"
    stale = {"displayName": "y", "etag": "AAAAAAAAAAA="}
    assert cloud.error("PATCH", f"/v1/{name}?updateMask=displayName", stale)["status"] == "ABORTED"


def test_model_garden_deploys_in_one_call_as_terraform_asks_for_it(cloud: Cloud, number: str) -> None:
    operation = cloud.post(f"{WHERE}:deploy", {"publisherModelName": "publishers/openai/models/gpt-oss@gpt-oss-20b"})
    assert operation["name"].startswith(f"projects/{number}/locations/us-central1/operations/")
    assert operation["metadata"]["@type"] == V1 + "DeployOperationMetadata"
    response = done(cloud, operation)["response"]
    assert response["publisherModel"] == "publishers/openai/models/gpt-oss@gpt-oss-20b"
    endpoint = cloud.get(f"/v1/{response['endpoint']}")
    assert endpoint["dedicatedEndpointEnabled"]
    deployed = endpoint["deployedModels"][0]
    assert deployed["displayName"]
    assert deployed["model"] == response["model"]
    assert cloud.get(f"/v1/{response['model']}")["name"] == response["model"]
    assert response["model"] in {each["name"] for each in cloud.get(f"{WHERE}/models")["models"]}
    done(cloud, cloud.post(f"/v1/{endpoint['name']}:undeployModel", {"deployedModelId": deployed["id"]}))
    assert cloud("DELETE", f"/v1/{endpoint['name']}")[1]["done"]


def test_a_shared_endpoint_and_chosen_names_are_had_by_asking(cloud: Cloud, number: str) -> None:
    body = {
        "huggingFaceModelId": "Qwen/Qwen3-0.6B",
        "modelConfig": {"modelDisplayName": "small", "modelUserId": "small"},
        "endpointConfig": {
            "dedicatedEndpointDisabled": True,
            "endpointUserId": "small-one",
            "endpointDisplayName": "Small",
            "labels": {"team": "a"},
        },
        "deployConfig": {"dedicatedResources": RESOURCES},
    }
    response = done(cloud, cloud.post(f"{WHERE}:deploy", body))["response"]
    assert response["publisherModel"] == "publishers/hf-qwen/models/qwen3-0.6b@001"
    assert response["model"] == f"projects/{number}/locations/us-central1/models/small"
    endpoint = cloud.get(f"{WHERE}/endpoints/small-one")
    assert "dedicatedEndpointDns" not in endpoint
    assert endpoint["labels"] == {"team": "a"}
    assert cloud.post(f"{WHERE}/endpoints/small-one/chat/completions", {"messages": MESSAGES})["choices"]


def test_a_license_is_accepted_before_its_model_is_deployed(cloud: Cloud, number: str) -> None:
    model = "publishers/google/models/gemma3"
    deploy_it = {"publisherModelName": f"{model}@gemma-3-1b-it"}
    assert cloud.error("POST", f"{WHERE}:deploy", deploy_it)["status"] == "PERMISSION_DENIED"
    eula = "/v1beta1/projects/sandbox-ready/modelGardenEula"
    unaccepted = {"projectNumber": number, "publisherModel": model}
    assert cloud.post(f"{eula}:check", {"publisherModel": model}) == unaccepted
    accepted = {**unaccepted, "publisherModelEulaAcked": True}
    assert cloud.post(f"{eula}:accept", {"publisherModel": model}) == accepted
    assert cloud.post(f"{eula}:check", {"publisherModel": model}) == accepted
    assert done(cloud, cloud.post(f"{WHERE}:deploy", deploy_it))["response"]["endpoint"]


@pytest.mark.parametrize("model", ["", "gpt-oss", "publishers/openai/models/gpt-oss-120b-maas"])
def test_what_cannot_be_deployed_is_refused(cloud: Cloud, model: str) -> None:
    error = cloud.error("POST", f"{WHERE}:deploy", {"publisherModelName": model})
    assert error["status"] == ("FAILED_PRECONDITION" if model.endswith("maas") else "INVALID_ARGUMENT")


def test_an_operation_can_end_in_an_error(cloud: Cloud) -> None:
    cloud.ready.fail_next("*/CreateEndpoint", lro_error={"code": 13, "message": "Internal error encountered."})
    operation = cloud.post(f"{WHERE}/endpoints?endpointId=mine", {"displayName": "x"})
    assert done(cloud, operation)["error"]["code"] == 13
    assert cloud.error("GET", f"{WHERE}/endpoints/mine")["status"] == "NOT_FOUND"


@pytest.fixture
def gated() -> Iterator[Cloud]:
    with running(clock=0, grpc=False, require_model_enablement=True) as ready:
        cloud = Cloud(ready)
        with cloud.session:
            yield cloud


def test_behind_the_gate_an_open_model_answers_once_it_is_enabled(gated: Cloud) -> None:
    chat = {"model": "openai/gpt-oss-120b-maas", "messages": MESSAGES}
    ready = "/v1/projects/sandbox-ready/locations/global/endpoints/openapi/chat/completions"
    assert gated.post(ready, chat)["choices"]  # a finished onboarding has pressed Enable
    gated.link("sandbox-empty")
    gated.enable("sandbox-empty", "aiplatform")
    gated.advance(10)
    empty = ready.replace("ready", "empty")
    [refused] = gated("POST", empty, chat)[1]
    assert refused["error"]["status"] == "FAILED_PRECONDITION"
    assert "is not allowed to use Publisher Model" in refused["error"]["message"]
    enabling = "/v1beta1/projects/sandbox-empty/publishers/openai/models/gpt-oss-120b-maas:enableModel"
    assert gated.post(enabling)["enablementState"] == "ENABLEMENT_STATE_SUCCEEDED"
    assert gated.post(empty, chat)["choices"]
