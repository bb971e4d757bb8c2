"""Two transports, one story: what happened through one is seen through the other, and goes wrong in the same way."""

from __future__ import annotations

import concurrent.futures
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import grpc
import pytest
import requests
from gcp_emulator.server import running
from google.api_core import exceptions
from google.cloud.aiplatform_v1 import EndpointServiceClient
from google.cloud.billing_v1 import CloudBillingClient, ProjectBillingInfo
from google.cloud.resourcemanager_v3 import Project, ProjectsClient
from google.cloud.service_usage_v1 import ServiceUsageClient
from google.cloud.service_usage_v1.types import EnableServiceRequest, ListServicesRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.server import Running

READS: dict[str, Callable[[Any, Running], Any]] = {
    "project": lambda c, _: c.of(ProjectsClient).get_project(name="projects/new-by-test"),
    "projects": lambda c, s: list(c.of(ProjectsClient).list_projects(parent=s["organization"])),
    "policy": lambda c, _: c.of(ProjectsClient).get_iam_policy(resource="projects/new-by-test"),
    "billing": lambda c, _: c.of(CloudBillingClient).get_project_billing_info(name="projects/new-by-test"),
    "accounts": lambda c, _: list(c.of(CloudBillingClient).list_billing_accounts()),
    "services": lambda c, _: list(
        c.of(ServiceUsageClient).list_services(
            ListServicesRequest(parent="projects/new-by-test", filter="state:ENABLED")
        )
    ),
    "endpoints": lambda c, _: list(
        c.of(EndpointServiceClient).list_endpoints(parent="projects/sandbox-ready/locations/europe-west4")
    ),
}


@pytest.mark.parametrize("writer", ["rest", "grpc"])
def test_what_one_face_did_both_transports_show(writer: str, sandbox: Running, connect: Any) -> None:
    clients = connect(sandbox, writer)
    project = Project(project_id="new-by-test", display_name="New one", parent=sandbox["organization"])
    clients.of(ProjectsClient).create_project(project=project).result(timeout=10)
    clients.of(CloudBillingClient).update_project_billing_info(
        name="projects/new-by-test",
        project_billing_info=ProjectBillingInfo(billing_account_name=sandbox["billing_account"]),
    )
    name = "projects/new-by-test/services/aiplatform.googleapis.com"
    clients.of(ServiceUsageClient).enable_service(EnableServiceRequest(name=name)).result(timeout=10)
    over_rest, over_grpc = connect(sandbox, "rest"), connect(sandbox, "grpc")
    for what, read in READS.items():
        assert read(over_rest, sandbox) == read(over_grpc, sandbox), what


def test_an_operation_started_on_one_face_is_finished_on_the_other(sandbox: Running, connect: Any) -> None:
    started = (
        connect(sandbox, "rest")
        .of(ServiceUsageClient)
        .enable_service(EnableServiceRequest(name="projects/sandbox-empty/services/iam.googleapis.com"))
    )
    polled = connect(sandbox, "grpc").of(ServiceUsageClient).get_operation({"name": started.operation.name})
    assert started.result(timeout=10) is not None
    assert polled.name == started.operation.name


def test_any_client_can_poll_any_apis_operation_on_the_one_grpc_port(sandbox: Running, connect: Any) -> None:
    usage = connect(sandbox, "rest").of(ServiceUsageClient)
    operation = usage.enable_service(EnableServiceRequest(name="projects/sandbox-empty/services/iam.googleapis.com"))
    operation.result(timeout=10)
    polled = connect(sandbox, "grpc").of(ProjectsClient).get_operation({"name": operation.operation.name})
    assert polled.done
    assert polled.response.type_url.endswith("google.api.serviceusage.v1.EnableServiceResponse")


ERRORS: dict[str, Callable[[Any], Any]] = {
    "unknown project": lambda c: c.of(ProjectsClient).get_project(name="projects/no-one-made-this"),
    "no billing": lambda c: c.of(ServiceUsageClient).enable_service(
        EnableServiceRequest(name="projects/sandbox-empty/services/aiplatform.googleapis.com")
    ),
    "unknown account": lambda c: c.of(CloudBillingClient).get_billing_account(
        name="billingAccounts/000000-000000-000000"
    ),
    "api off": lambda c: list(
        c.of(EndpointServiceClient).list_endpoints(parent="projects/sandbox-empty/locations/us-central1")
    ),
    "no such endpoint": lambda c: c.of(EndpointServiceClient).get_endpoint(
        name="projects/sandbox-ready/locations/us-central1/endpoints/404"
    ),
    "not served": lambda c: c.of(EndpointServiceClient).update_endpoint_long_running(
        endpoint={"name": "projects/sandbox-ready/locations/us-central1/endpoints/404", "display_name": "x"}
    ),
    "a number that is no number": lambda c: list(
        c.of(ProjectsClient).list_projects(request={"parent": "organizations/1", "page_size": -1})
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_a_error_reads_the_same_on_both_transports(case: str, sandbox: Running, connect: Any, details_of: Any) -> None:
    info = []
    for transport in ("rest", "grpc"):
        with pytest.raises(exceptions.GoogleAPICallError) as refused:
            ERRORS[case](connect(sandbox, transport))
        error = refused.value
        # google-api-core puts the request in front of the message that came over REST.
        message = error.message.partition(f"{sandbox['rest_url']}/")[2].partition(": ")[2] or error.message
        info.append((error.code, message, error.reason, error.domain, error.metadata, details_of(error)))
    assert info[0] == info[1]


def test_faults_are_the_same_on_both_transports(
    sandbox: Running, transport: str, connect: Any, details_of: Any
) -> None:
    projects = connect(sandbox, transport).of(ProjectsClient)
    sandbox.fail_next(
        "*.Projects/GetProject",
        429,
        reason="RATE_LIMIT_EXCEEDED",
        metadata={"service": "cloudresourcemanager.googleapis.com"},
        details=[{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3s"}],
    )
    with pytest.raises(exceptions.TooManyRequests) as refused:
        projects.get_project(name="projects/sandbox-ready")
    assert refused.value.reason == "RATE_LIMIT_EXCEEDED"
    assert details_of(refused.value)["RetryInfo"] == {"retryDelay": "3s"}
    assert projects.get_project(name="projects/sandbox-ready")


def test_a_detail_of_an_unknown_type_does_not_break_a_error(sandbox: Running, connect: Any) -> None:
    sandbox.fail_next("*/GetProject", 403, details=[{"@type": "type.googleapis.com/no.such.Type", "a": 1}])
    with pytest.raises(exceptions.PermissionDenied):
        connect(sandbox, "grpc").of(ProjectsClient).get_project(name="projects/sandbox-ready")


def test_a_very_long_error_still_arrives(sandbox: Running, connect: Any) -> None:
    sandbox.fail_next("*/GetProject", 403, reason="LONG", message="x" * 20_000)
    with pytest.raises(exceptions.PermissionDenied, match="xxx"):
        connect(sandbox, "grpc").of(ProjectsClient).get_project(name="projects/sandbox-ready")


def test_a_dropped_call_looks_like_a_broken_connection(sandbox: Running, transport: str, connect: Any) -> None:
    projects = connect(sandbox, transport).of(ProjectsClient)
    sandbox.fail_next("*/GetProject", drop=True)
    with pytest.raises((exceptions.ServiceUnavailable, requests.ConnectionError)):
        projects.get_project(name="projects/sandbox-ready", retry=None)


def test_a_lost_answer_leaves_the_change_behind(sandbox: Running, transport: str, connect: Any) -> None:
    billing = connect(sandbox, transport).of(CloudBillingClient)
    sandbox.fail_next("*/UpdateProjectBillingInfo", 503, after=True)
    info = ProjectBillingInfo(billing_account_name=sandbox["billing_account"])
    with pytest.raises(exceptions.ServiceUnavailable):
        billing.update_project_billing_info(name="projects/sandbox-empty", project_billing_info=info, retry=None)
    assert billing.get_project_billing_info(name="projects/sandbox-empty").billing_enabled


def test_both_transports_write_one_log(sandbox: Running, connect: Any) -> None:
    for transport in ("rest", "grpc"):
        connect(sandbox, transport).of(ProjectsClient).get_project(name="projects/sandbox-ready")
    entries = [
        {k: v for k, v in entry.items() if k not in {"time", "started", "duration_ms"}} for entry in sandbox.requests()
    ]
    common = {
        "method": "google.cloud.resourcemanager.v3.Projects/GetProject",
        "project": "sandbox-ready",
        "consumer": "sandbox-host",
        "principal": "owner@sandbox-host.iam.gserviceaccount.com",
        "mutates": False,
        "changed": False,
    }
    rest = {"transport": "rest", "verb": "GET", "path": "/v3/projects/sandbox-ready", "status": 200, "sequence": 1}
    path = "/google.cloud.resourcemanager.v3.Projects/GetProject"
    over_grpc = {"transport": "grpc", "verb": "POST", "path": path, "status": "OK", "sequence": 2}
    assert entries == [common | rest, common | over_grpc]


@pytest.mark.parametrize("kind", ["unary_unary", "unary_stream", "stream_unary", "stream_stream"])
def test_an_unknown_method_is_refused_by_its_name(sandbox: Running, kind: str) -> None:
    with grpc.insecure_channel(sandbox["grpc_target"]) as channel:
        call: Any = getattr(channel, kind)("/google.cloud.run.v2.Services/ListServices")
        with pytest.raises(grpc.RpcError) as refused:
            list(call(iter([b""]) if kind.startswith("stream") else b""))
    error: Any = refused.value
    assert error.code() is grpc.StatusCode.UNIMPLEMENTED
    assert "google.cloud.run.v2.Services.ListServices" in error.details()


def test_bytes_that_are_no_message_are_an_invalid_argument(sandbox: Running) -> None:
    with grpc.insecure_channel(sandbox["grpc_target"]) as channel:
        call: Any = channel.unary_unary("/google.cloud.resourcemanager.v3.Projects/GetProject")
        with pytest.raises(grpc.RpcError) as refused:
            call(b"\xff\xff\xff", metadata=(("authorization", f"Bearer {sandbox['token']}"),))
    error: Any = refused.value
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert sandbox.requests()[-1]["status"] == "INVALID_ARGUMENT"


def test_a_name_of_the_wrong_form_is_an_invalid_argument(sandbox: Running, connect: Any) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        connect(sandbox, "grpc").of(EndpointServiceClient).get_endpoint(name="endpoints/1")
    with pytest.raises(exceptions.Unauthenticated):
        connect(sandbox, "grpc", token="").of(EndpointServiceClient).get_endpoint(name="endpoints/1")


def test_a_method_that_is_not_served_is_logged_alike(sandbox: Running, connect: Any) -> None:
    for transport in ("rest", "grpc"):
        with pytest.raises(exceptions.MethodNotImplemented):
            ERRORS["not served"](connect(sandbox, transport))
    message = [(entry["method"], entry["status"]) for entry in sandbox.requests()]
    method = "google.cloud.aiplatform.v1.EndpointService/UpdateEndpointLongRunning"
    assert message == [(method, 501), (method, "UNIMPLEMENTED")]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"messages": []}'])
def test_a_chat_over_grpc_needs_a_request_inside(sandbox: Running, connect: Any, body: bytes) -> None:
    from google.cloud.aiplatform_v1beta1 import PredictionServiceClient

    endpoint = "projects/sandbox-ready/locations/global/endpoints/openapi"
    request = {"endpoint": endpoint, "http_body": {"content_type": "application/json", "data": body}}
    with pytest.raises(exceptions.InvalidArgument):
        list(connect(sandbox, "grpc").of(PredictionServiceClient).chat_completions(request=request))


def test_a_chat_over_grpc_is_the_stream_that_rest_sends(sandbox: Running, connect: Any) -> None:
    from google.cloud.aiplatform_v1beta1 import PredictionServiceClient

    endpoint = "projects/sandbox-ready/locations/global/endpoints/openapi"
    asked = {"model": "openai/gpt-oss-120b-maas", "messages": [{"role": "user", "content": "hi"}]}
    predictions = connect(sandbox, "grpc").of(PredictionServiceClient)

    def chat(body: dict[str, Any]) -> list[Any]:
        wrapped = {"content_type": "application/json", "data": json.dumps(body).encode()}
        return list(predictions.chat_completions(request={"endpoint": endpoint, "http_body": wrapped}))

    (whole,) = chat(asked)
    assert whole.content_type == "application/json"
    streamed = chat({**asked, "stream": True})
    assert {part.content_type for part in streamed} == {"text/event-stream"}
    events = [part.data.decode().removeprefix("data: ").strip() for part in streamed]
    assert events[-1] == "[DONE]"
    message = "".join(json.loads(event)["choices"][0]["delta"].get("content", "") for event in events[:-1])
    assert message == json.loads(whole.data)["choices"][0]["message"]["content"]


def test_many_calls_at_once_are_all_answered(sandbox: Running, connect: Any) -> None:
    projects = connect(sandbox, "grpc").of(ProjectsClient)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: projects.get_project(name="projects/sandbox-ready"), range(200)))
    assert {project.project_id for project in found} == {"sandbox-ready"}


def test_a_grpc_port_in_use_is_an_error(sandbox: Running) -> None:
    port = int(sandbox["grpc_target"].rpartition(":")[2])
    with pytest.raises(Exception, match=str(port)), running(grpc_port=port):
        pass


NARROW = """
import sys
from gcp_emulator import grpc_types
early = grpc_types.import_types("google.cloud.aiplatform_v1.types.endpoint_service").ListEndpointsResponse
assert "google.cloud.aiplatform_v1" not in sys.modules, "the whole package was imported"
assert "google.cloud.aiplatform_v1.types" not in sys.modules
grpc_types.import_types("google.cloud.resourcemanager_v3.types")
from google.cloud import aiplatform_v1, resourcemanager_v3
assert aiplatform_v1.types.ListEndpointsResponse is early
assert aiplatform_v1.ListEndpointsResponse is early
assert aiplatform_v1.types.endpoint_service.ListEndpointsResponse is early
assert resourcemanager_v3.types.Project is resourcemanager_v3.Project
assert grpc_types.import_types("google.cloud.aiplatform_v1.types.model").Model is aiplatform_v1.Model
"""


def test_types_are_imported_without_their_clients_and_are_the_clients_own() -> None:
    done = subprocess.run([sys.executable, "-c", NARROW], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


THREADS = """
import sys, threading
sys.setswitchinterval(1e-6)
from gcp_emulator import grpc_types
failures = []
def whole():
    try:
        from google.cloud import billing_v1
        billing_v1.CloudBillingClient
    except BaseException as problem:
        failures.append(repr(problem))
others = [threading.Thread(target=whole) for _ in range(4)]
for each in others: each.start()
mine = grpc_types.import_types("google.cloud.billing_v1.types").BillingAccount
for each in others: each.join()
from google.cloud import billing_v1
assert not failures, failures
assert billing_v1.BillingAccount is mine
"""


def test_a_thread_that_imports_the_client_meanwhile_gets_all_of_it() -> None:
    done = subprocess.run([sys.executable, "-c", THREADS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
