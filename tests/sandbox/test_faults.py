"""Faults on request: what they match, how often, and what they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from provision.sandbox.server import StartError, running

if TYPE_CHECKING:
    from tests.sandbox.conftest import Cloud


def _add(cloud: Cloud, *faults: dict[str, Any]) -> Any:
    return cloud.post("/sandbox/v1/faults", list(faults))


def test_the_first_calls_are_refused_and_the_next_succeed(cloud: Cloud) -> None:
    _add(cloud, {"method": "google.cloud.resourcemanager.v3.Projects/GetProject", "first": 2, "status": 429})
    path = f"/v3/projects/{cloud['project']}"
    assert [cloud("GET", path)[0] for _ in range(3)] == [429, 429, 200]
    assert cloud.get("/sandbox/v1/faults")[0]["fired"] == 2


def test_a_refusal_carries_what_it_was_given(cloud: Cloud) -> None:
    _add(
        cloud,
        {
            "method": "*/GetProject",
            "status": "PERMISSION_DENIED",
            "reason": "RATE_LIMIT_EXCEEDED",
            "domain": "example.com",
            "metadata": {"consumer": "projects/1"},
            "message": "Not now.",
            "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1s"}],
        },
    )
    error = cloud.refusal("GET", f"/v3/projects/{cloud['project']}")
    assert (error["status"], error["message"]) == ("PERMISSION_DENIED", "Not now.")
    assert error["details"] == [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "RATE_LIMIT_EXCEEDED",
            "domain": "example.com",
            "metadata": {"consumer": "projects/1"},
        },
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1s"},
    ]


def test_a_method_is_also_told_by_verb_and_path(cloud: Cloud) -> None:
    _add(cloud, {"method": "GET /v1/projects/*/billingInfo", "status": 503})
    cloud.get(f"/v1/projects/{cloud['project']}")
    assert cloud.refusal("GET", f"/v1/projects/{cloud['project']}/billingInfo")["status"] == "UNAVAILABLE"


def test_a_fault_may_be_for_one_project_or_principal(cloud: Cloud) -> None:
    _add(cloud, {"method": "*", "status": 500, "match": {"project": cloud["empty_project"]}})
    cloud.get(f"/v1/projects/{cloud['project']}")
    number = cloud.get(f"/v1/projects/{cloud['project']}")["projectNumber"]
    assert number
    assert cloud("GET", f"/v1/projects/{cloud['empty_project']}")[0] == 500
    _add(cloud, {"method": "*", "status": 500, "match": {"principal": "somebody@example.com"}})
    cloud.get(f"/v1/projects/{cloud['project']}")


def test_a_raw_body_is_sent_as_it_is(cloud: Cloud) -> None:
    _add(cloud, {"method": "*/GetProject", "status": 502, "raw_body": "<html>bad gateway</html>"})
    answer = cloud.raw("GET", f"/v3/projects/{cloud['project']}")
    assert (answer.status_code, answer.text) == (502, "<html>bad gateway</html>")
    assert answer.headers["content-type"].startswith("text/html")


def test_a_connection_is_dropped_before_the_answer(cloud: Cloud) -> None:
    _add(cloud, {"method": "cloudresourcemanager.projects.create", "drop": True})
    with pytest.raises(requests.ConnectionError):
        cloud.raw("POST", "/v1/projects", json={"projectId": "my-team-chat"})
    cloud.advance(1)
    assert cloud("GET", "/v1/projects/my-team-chat")[0] == 403
    assert cloud.ready.requests()[0]["status"] == "DROPPED"


def test_a_call_can_be_carried_out_and_its_answer_lost(cloud: Cloud) -> None:
    _add(cloud, {"method": "cloudresourcemanager.projects.create", "drop": True, "after": True})
    with pytest.raises(requests.ConnectionError):
        cloud.raw("POST", "/v1/projects", json={"projectId": "my-team-chat"})
    cloud.advance(1)
    assert cloud.get("/v1/projects/my-team-chat")["projectId"] == "my-team-chat"


def test_the_token_endpoint_can_fail_too(cloud: Cloud) -> None:
    _add(cloud, {"method": "oauth2.token", "status": 503})
    answer = requests.post(f"{cloud['rest_url']}/token", data={"grant_type": "x"}, timeout=5)
    assert answer.status_code == 503
    assert set(answer.json()) == {"error", "error_description"}


def test_faults_are_cleared(cloud: Cloud) -> None:
    _add(cloud, {"method": "*/GetProject", "status": 429})
    assert cloud("DELETE", "/sandbox/v1/faults") == (200, [])
    cloud.get(f"/v3/projects/{cloud['project']}")


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"method": "nobody.has.this", "status": 429}, "'nobody.has.this'"),
        ({"method": "GET /v9/nothing", "status": 429}, "'GET /v9/nothing'"),
        ({"status": 429}, "None"),
        ({"methdo": "*", "status": 429}, "'methdo'"),
        ({"method": "*"}, "does nothing"),
        ({"method": "*", "status": 200}, "200"),
        ({"method": "*", "status": "TEAPOT"}, "TEAPOT"),
        ({"method": "*", "reason": "X"}, "needs a status"),
        ({"method": "*", "status": 429, "first": 0}, "first"),
        ({"method": "*", "status": 429, "match": {"colour": "red"}}, "colour"),
        ({"method": "*", "status": 429, "details": "x"}, "details"),
        ({"method": "*", "latency_ms": "long"}, "latency_ms"),
        ({"method": "*", "lro_error": {"message": "x"}}, "lro_error"),
        ("*", "JSON object"),
    ],
)
def test_a_fault_that_says_nothing_is_refused_naming_it(cloud: Cloud, fault: Any, told: str) -> None:
    status, answer = cloud("POST", "/sandbox/v1/faults", [{"method": "*", "status": 429}, fault])
    assert status == 400
    assert told in answer["error"]
    assert cloud.get("/sandbox/v1/faults") == []  # all or none


def test_wrong_faults_keep_a_sandbox_from_starting() -> None:
    with pytest.raises(StartError, match="faults"), running(grpc=False, faults=[{"method": "x"}]):
        pass


def test_faults_can_be_there_from_the_start() -> None:
    with running(grpc=False, faults={"faults": [{"method": "oauth2.tokeninfo", "status": 429}]}) as ready:
        assert requests.get(f"{ready['rest_url']}/tokeninfo", timeout=5).status_code == 429
