"""The catalog of errors: every name can be asked for, on both transports, and is filled in from the call."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
import requests
from gcp_emulator import error_cases
from gcp_emulator.error_cases.facts import permission_of
from gcp_emulator.server import Running, running
from gcp_emulator.services import registry
from google.api import httpbody_pb2  # type: ignore[import-untyped] # the package ships no types
from google.cloud.aiplatform_v1beta1.types import ChatCompletionsRequest
from google.cloud.resourcemanager_v3.types import GetProjectRequest
from google.cloud.service_usage_v1.types import BatchEnableServicesRequest
from google.protobuf import json_format
from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped] # likewise

REGISTRY = registry()
V1 = "/v1/projects/{project}"
CHAT = f"{V1}/locations/global/endpoints/openapi/chat/completions"
ASKED: dict[str, Any] = {"model": "openai/gpt-oss-120b-maas", "messages": [{"role": "user", "content": "Say hello."}]}
POOLS = f"{V1}/locations/global/workloadIdentityPools"

CALLS: tuple[tuple[str, str, Any], ...] = (
    ("POST", CHAT, ASKED),
    ("POST", CHAT, ASKED | {"stream": True}),
    ("GET", f"{V1}/locations/us-central1/endpoints", None),
    ("POST", f"{V1}/locations/us-central1:deploy", {"publisherModelName": "publishers/openai/models/gpt-oss"}),
    ("GET", "/v3/projects/{project}", None),
    ("POST", "/v3/projects", {"projectId": "my-team-chat", "parent": "{organization}"}),
    ("DELETE", "/v3/projects/{project}", None),
    ("GET", "/v1/operations/cp.1", None),
    ("POST", f"{V1}/services:batchEnable", {"serviceIds": ["notebooks.googleapis.com"]}),
    ("POST", f"{V1}/services/aiplatform.googleapis.com:disable", {}),
    ("PUT", f"{V1}/billingInfo", {"billingAccountName": "{billing_account}"}),
    ("GET", "/v1/billingAccounts", None),
    ("POST", f"{V1}/serviceAccounts", {"accountId": "robot-1"}),
    ("GET", f"{V1}/serviceAccounts/robot@{{project}}.iam.gserviceaccount.com", None),
    ("POST", f"{V1}/serviceAccounts/robot@{{project}}.iam.gserviceaccount.com/keys", {}),
    ("POST", f"{POOLS}?workloadIdentityPoolId=builds", {}),
    ("POST", f"{POOLS}/builds/providers?workloadIdentityPoolProviderId=github", {}),
    (
        "POST",
        f"{V1}:setIamPolicy",
        {"policy": {"bindings": [{"role": "roles/viewer", "members": ["user:a@b.example"]}]}},
    ),
    ("GET", "/v2/projects/{project}/policies/iam.allowedPolicyMemberDomains", None),
    (
        "POST",
        "/v1/projects/-/serviceAccounts/robot@{project}.iam.gserviceaccount.com:generateAccessToken",
        {"scope": []},
    ),
    ("POST", "/token", {"grant_type": "refresh_token"}),
    ("POST", "/v1/token", {"grantType": "x"}),
    ("GET", "/computeMetadata/v1/project/project-id", None),
)

WITH_EFFECT = {row.name for row in error_cases.ROWS if row.effect}
OPERATIONS = {row.name for row in error_cases.ROWS if row.operation}
ORDINARY = sorted(row.name for row in error_cases.ROWS if row.make and not row.operation)


@pytest.fixture(scope="module")
def module_sandbox() -> Iterator[Running]:
    with running(clock=0) as found:
        yield found


@pytest.fixture
def ready(module_sandbox: Running) -> Iterator[Running]:
    yield module_sandbox
    module_sandbox.reset()


def filled(value: Any, ready: Running) -> Any:
    text = json.dumps(value)
    for name in ("project", "organization", "billing_account"):
        text = text.replace(f"{{{name}}}", ready[name])
    return json.loads(text)


def call_for(name: str) -> tuple[str, str, Any]:
    """The first of the calls above that can meet an error."""
    row = error_cases.by_name(name)
    for verb, path, body in CALLS:
        found = REGISTRY.route(verb, path.partition("?")[0].replace("{", "").replace("}", ""))
        assert found, path
        if row.fits(found[0].method) and (
            "stream" in (body or {}) or not row.effect.keys() & {"cut_stream_after", "end_stream_after"}
        ):
            return verb, path, body
    raise AssertionError(f"no call here can meet {name}: add one")


def send(ready: Running, name: str, **fault: Any) -> requests.Response:
    verb, path, body = filled(call_for(name), ready)
    ready.do(lambda sandbox: sandbox.faults.add([{"error": name, **fault}]))
    headers = {"Authorization": f"Bearer {ready['token']}", "Metadata-Flavor": "Google"}
    form = {"data": body} if path == "/token" else {"json": body}
    return requests.request(verb, ready["rest_url"] + path, headers=headers, timeout=30, **form)


def error_of(answer: requests.Response) -> dict[str, Any]:
    body = answer.json()
    error: dict[str, Any] = (body[0] if isinstance(body, list) else body)["error"]
    return error


def test_every_error_is_sent_as_the_method_sends_its_errors(subtests: pytest.Subtests, ready: Running) -> None:
    for name in ORDINARY:
        ready.reset()
        with subtests.test(name=name):
            answer = send(ready, name)
            assert answer.status_code >= 400
            entry = ready.requests()[-1]
            assert (entry["status"], ready.do(lambda sandbox: sandbox.faults.show()[0]["fired"])) == (
                answer.status_code,
                1,
            )
            [method] = {each.errors for each in REGISTRY.methods if each.name == entry["method"] and each.handle}
            if answer.headers["content-type"].startswith("text/html") or not answer.text.startswith(("{", "[")):
                assert name in {"WRONG_PATH", "EDGE_FORBIDDEN", "NO_HEALTHY_UPSTREAM"}
                continue
            body = answer.json()
            if method == "oauth":
                assert {"error", "error_description"} <= set(body)
                continue
            assert isinstance(body, list) == (method == "list" and name != "BILLING_ACCOUNT_ABSENT")
            for detail in error_of(answer).get("details", []):
                # Each detail is a message of Google's, with no field that Google does not know.
                kind = getattr(error_details_pb2, detail["@type"].rpartition(".")[2])
                json_format.ParseDict({key: value for key, value in detail.items() if key != "@type"}, kind())
                for value in detail.get("metadata", {}).values():
                    assert value, detail


def test_what_google_sends_as_an_operations_error_arrives_so(subtests: pytest.Subtests, ready: Running) -> None:
    for name in sorted(OPERATIONS):
        ready.reset()
        with subtests.test(name=name):
            started = send(ready, name)
            assert started.status_code == 200, started.text
            ready.advance(2)
            version = "v3" if call_for(name)[1].startswith("/v3") else "v1"
            url = f"{ready['rest_url']}/{version}/{started.json()['name']}"
            operation = requests.get(url, headers={"Authorization": f"Bearer {ready['token']}"}, timeout=30).json()
            assert operation["done"]
            assert operation["error"]["message"]
            assert "response" not in operation


def test_a_name_that_is_a_reason_of_googles_is_sent_with_that_reason(ready: Running) -> None:
    source = "google/api/error_reason.proto"
    for row in error_cases.ROWS:
        if row.source.endswith(source) and row.make and not row.operation:
            ready.reset()
            details = error_of(send(ready, row.name))["details"]
            assert [each["reason"] for each in details if "reason" in each] == [row.name]


def test_metadata_speaks_of_the_call(ready: Running) -> None:
    [info, *_] = error_of(send(ready, "PREDICT_DENIED"))["details"]
    resource = f"projects/{ready['project']}/locations/global/endpoints/openapi"
    assert info["metadata"] == {"permission": "aiplatform.endpoints.predict", "resource": resource}
    ready.reset()
    error = error_of(send(ready, "ALLOWED_MODELS"))
    assert "publishers/openai/models/gpt-oss-120b-maas:predict" in error["message"]
    ready.reset()
    [_, info] = error_of(send(ready, "PROJECT_UNKNOWN_TO_SERVICE_USAGE"))["details"]
    assert info["reason"] == "RESOURCES_NOT_FOUND"
    ready.reset()
    [info, *_] = error_of(send(ready, "SERVICE_DISABLED"))["details"]
    assert info["metadata"]["service"] == "aiplatform.googleapis.com"
    assert info["metadata"]["consumer"] == f"projects/{info['metadata']['containerInfo']}"


def test_message_and_metadata_may_be_said_differently(ready: Running) -> None:
    answer = send(ready, "RATE_LIMIT_EXCEEDED", message="Slow down.", metadata={"quota_limit": "mine"})
    error = error_of(answer)
    assert (answer.status_code, error["message"]) == (429, "Slow down.")
    assert error["details"][0]["metadata"]["quota_limit"] == "mine"
    assert error["details"][0]["metadata"]["consumer"].startswith("projects/")


def test_the_subtype_of_an_oauth_error_is_reported(ready: Running) -> None:
    answer = send(ready, "INVALID_RAPT")
    assert (answer.status_code, answer.json()["error"], answer.json()["error_subtype"]) == (
        400,
        "invalid_grant",
        "invalid_rapt",
    )
    assert send(ready, "STS_CONDITION_REFUSED").json()["error"] == "unauthorized_client"


def test_a_list_can_be_empty_and_an_answer_spent_on_reasoning(ready: Running) -> None:
    assert send(ready, "NO_BILLING_ACCOUNT_VISIBLE").json() == {}
    [choice] = send(ready, "CHAT_EMPTY").json()["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("", "length")
    assert choice["message"]["reasoning_content"]


def test_streams_break_off_or_end_too_early(ready: Running) -> None:
    ended = send(ready, "CHAT_UNFINISHED", end_stream_after=3)
    assert (ended.status_code, ended.text.count("data: "), "[DONE]" in ended.text) == (200, 3, False)
    assert "finish_reason" not in ended.text
    ready.reset()
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        send(ready, "STREAM_BROKEN")
    assert ready.requests()[-1]["status"] == "DROPPED"


def test_a_stream_can_be_whole_and_without_text(ready: Running) -> None:
    answer = send(ready, "CHAT_NO_TEXT")
    assert answer.headers["content-type"] == "text/event-stream"
    first, done, _ = answer.text.split("\n\n")
    [choice] = json.loads(first.removeprefix("data: "))["choices"]
    assert (choice["finish_reason"], choice["delta"]["content"], done) == ("stop", "", "data: [DONE]")


def test_a_metadata_server_that_knows_nothing(ready: Running) -> None:
    assert send(ready, "METADATA_NOT_FOUND").headers["content-type"] == "text/plain; charset=utf-8"
    assert send(ready, "METADATA_JSON").headers["content-type"] == "application/json"
    assert "log in" in send(ready, "MALFORMED_RESPONSE").text


def test_a_error_only_meets_calls_that_can_meet_it(ready: Running) -> None:
    ready.do(lambda sandbox: sandbox.faults.add([{"method": "*", "error": "PROJECT_ID_TAKEN"}]))
    headers = {"Authorization": f"Bearer {ready['token']}"}
    assert requests.get(f"{ready['rest_url']}/v3/projects/{ready['project']}", headers=headers, timeout=30).ok
    refused = requests.post(
        f"{ready['rest_url']}/v3/projects", json={"projectId": "a-new-one"}, headers=headers, timeout=30
    )
    assert refused.status_code == 409


GRPC: dict[str, Callable[[Running], Any]] = {
    "google.cloud.resourcemanager.v3.Projects/GetProject": lambda ready: GetProjectRequest(
        name=f"projects/{ready['project']}"
    ),
    "google.api.serviceusage.v1.ServiceUsage/BatchEnableServices": lambda ready: BatchEnableServicesRequest(
        parent=f"projects/{ready['project']}", service_ids=["aiplatform.googleapis.com"]
    ),
    "google.cloud.aiplatform.v1beta1.PredictionService/ChatCompletions": lambda ready: ChatCompletionsRequest(
        endpoint=f"projects/{ready['project']}/locations/global/endpoints/openapi",
        http_body=httpbody_pb2.HttpBody(data=json.dumps(ASKED | {"stream": True}).encode()),
    ),
}


def ask_over_grpc(ready: Running, channel: grpc.Channel, name: str) -> list[bytes]:
    request = GRPC[name](ready)
    packed = type(request).serialize(request)
    call: Any = channel.unary_stream(f"/{name}")
    return list(call(packed, metadata=(("authorization", f"Bearer {ready['token']}"),), timeout=30))


ON_GRPC = [
    (name, method)
    for name in sorted({*ORDINARY, "STREAM_BROKEN", "UNREACHABLE"})
    for method in [each for each in GRPC if error_cases.by_name(name).fits(REGISTRY.grpc(each)[0])][:1]
]


@pytest.mark.parametrize(("name", "method"), ON_GRPC)
def test_grpc_tells_the_same(ready: Running, name: str, method: str) -> None:
    ready.do(lambda sandbox: sandbox.faults.add([{"error": name, "method": method}]))
    with grpc.insecure_channel(ready["grpc_target"]) as channel, pytest.raises(grpc.RpcError) as caught:
        ask_over_grpc(ready, channel, method)
    error: Any = caught.value
    if name in {"STREAM_BROKEN", "UNREACHABLE"}:
        assert error.code() is grpc.StatusCode.UNAVAILABLE
        return
    packed = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
    status = status_pb2.Status.FromString(packed)
    assert status.code == error.code().value[0]
    assert status.message == error.details()
    if name == "BILLING_DISABLED":
        info = error_details_pb2.ErrorInfo()
        assert status.details[0].Unpack(info)
        assert (info.reason, info.metadata["consumer"][:9]) == ("BILLING_DISABLED", "projects/")


def test_a_stream_ends_too_early_over_grpc_as_well(ready: Running) -> None:
    chat = "google.cloud.aiplatform.v1beta1.PredictionService/ChatCompletions"
    ready.fail_next(chat, end_stream_after=2)
    with grpc.insecure_channel(ready["grpc_target"]) as channel:
        assert len(ask_over_grpc(ready, channel, chat)) == 2
        assert len(ask_over_grpc(ready, channel, chat)) > 2


def test_names_are_unique_and_none_is_both_the_servers_and_the_clients() -> None:
    server = [row.name for row in error_cases.ROWS]
    client = [row.name for row in error_cases.CLIENT_SIDE]
    assert len(server + client) == len({*server, *client})
    assert all(row.what.endswith(".") and row.source for row in error_cases.ROWS)


def test_every_row_does_one_thing() -> None:
    for row in error_cases.ROWS:
        ways = (row.make is not None, row.answer is not None, row.request is not None, bool(row.effect))
        assert sum(ways) == 1, row.name


@pytest.mark.parametrize(
    ("method", "permission"),
    [
        ("google.cloud.resourcemanager.v3.Projects/GetProject", "resourcemanager.projects.get"),
        ("google.cloud.resourcemanager.v3.Projects/SetIamPolicy", "resourcemanager.projects.setIamPolicy"),
        ("cloudresourcemanager.projects.getIamPolicy", "resourcemanager.projects.getIamPolicy"),
        ("google.api.serviceusage.v1.ServiceUsage/ListServices", "serviceusage.services.list"),
        ("google.cloud.billing.v1.CloudBilling/SetIamPolicy", "billing.accounts.setIamPolicy"),
        ("google.iam.admin.v1.IAM/CreateServiceAccountKey", "iam.serviceAccountKeys.create"),
        ("iam.projects.locations.workloadIdentityPools.providers.patch", "iam.workloadIdentityPoolProviders.update"),
        ("google.cloud.aiplatform.v1.EndpointService/ListEndpoints", "aiplatform.endpoints.list"),
        ("google.cloud.orgpolicy.v2.OrgPolicy/GetPolicy", "orgpolicy.policy.get"),
    ],
)
def test_a_methods_permission_is_known(method: str, permission: str) -> None:
    [found] = {permission_of(each) for each in REGISTRY.methods if each.name == method}
    assert found == permission
