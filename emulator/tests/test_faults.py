"""Faults on request: what they match, how often, and what they do."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
import requests
from gcp_emulator.faults import Latency
from gcp_emulator.server import StartError, running

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud


def _add(cloud: Cloud, *faults: dict[str, Any]) -> Any:
    return cloud.post("/sandbox/v1/faults", list(faults))


def test_the_first_calls_are_refused_and_the_next_succeed(cloud: Cloud) -> None:
    _add(cloud, {"method": "google.cloud.resourcemanager.v3.Projects/GetProject", "first": 2, "status": 429})
    path = f"/v3/projects/{cloud['project']}"
    assert [cloud("GET", path)[0] for _ in range(3)] == [429, 429, 200]
    assert cloud.get("/sandbox/v1/faults")[0]["fired"] == 2


def test_a_error_carries_what_it_was_given(cloud: Cloud) -> None:
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
    error = cloud.error("GET", f"/v3/projects/{cloud['project']}")
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


def test_a_method_is_also_reported_by_verb_and_path(cloud: Cloud) -> None:
    _add(cloud, {"method": "GET /v1/projects/*/billingInfo", "status": 503})
    cloud.get(f"/v1/projects/{cloud['project']}")
    assert cloud.error("GET", f"/v1/projects/{cloud['project']}/billingInfo")["status"] == "UNAVAILABLE"


def test_a_fault_may_be_for_one_project_or_principal(cloud: Cloud) -> None:
    _add(cloud, {"method": "*", "status": 500, "match": {"project": cloud["empty_project"]}})
    cloud.get(f"/v1/projects/{cloud['project']}")
    number = cloud.get(f"/v1/projects/{cloud['project']}")["projectNumber"]
    assert number
    assert cloud("GET", f"/v1/projects/{cloud['empty_project']}")[0] == 500
    _add(cloud, {"method": "*", "status": 500, "match": {"principal": "someone@example.com"}})
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


def test_a_chance_is_drawn_under_the_seed() -> None:
    def story(seed: int) -> list[int]:
        fault = {"method": "oauth2.tokeninfo", "status": 503, "probability": 0.5}
        with running(grpc=False, seed=seed, faults=[fault]) as ready:
            return [requests.get(f"{ready['rest_url']}/tokeninfo", timeout=5).status_code for _ in range(24)]

    first = story(1)
    assert first == story(1)
    assert first != story(2)
    assert set(first) == {400, 503}


def test_a_chance_may_be_taken_a_number_of_times(cloud: Cloud) -> None:
    _add(cloud, {"method": "*/GetProject", "status": 503, "probability": 0.9, "first": 2})
    answers = [cloud("GET", f"/v3/projects/{cloud['project']}")[0] for _ in range(12)]
    assert (answers.count(503), answers[-1]) == (2, 200)


def test_latency_is_drawn_from_what_was_asked_for() -> None:
    random = Random(7)  # noqa: S311 - the same numbers each time are what the test needs
    lognormal = sorted(Latency(p50=80, p95=900).draw(random) for _ in range(4000))
    assert lognormal[2000] == pytest.approx(80, rel=0.15)
    assert lognormal[3800] == pytest.approx(900, rel=0.25)
    even = [Latency(least=50, most=60).draw(random) for _ in range(100)]
    assert 50 <= min(even) < 52
    assert 58 < max(even) <= 60
    assert Latency(least=5, most=5).draw(random) == 5


@pytest.mark.parametrize(
    ("body", "sent", "kind"),
    [
        ("", "", "application/json"),
        ('{"name": ', '{"name": ', "application/json"),
        ([], "[]", "application/json"),
        ({"unforeseen": None}, '{"unforeseen": null}', "application/json"),
        ("<p>no", "<p>no", "text/html"),
    ],
)
def test_a_body_can_be_anything(cloud: Cloud, body: Any, sent: str, kind: str) -> None:
    _add(cloud, {"method": "*/GetProject", "raw_body": body})
    answer = cloud.raw("GET", f"/v3/projects/{cloud['project']}")
    assert (answer.status_code, answer.text) == (200, sent)
    assert answer.headers["content-type"].startswith(kind)


def test_a_slow_body_comes_in_pieces_and_whole(cloud: Cloud) -> None:
    quick = cloud.get(f"/v3/projects/{cloud['project']}")
    _add(cloud, {"method": "*/GetProject", "slow_body_ms": 50})
    answer = cloud.raw("GET", f"/v3/projects/{cloud['project']}", stream=True)
    pieces = []
    while piece := answer.raw.read1():
        pieces.append(piece)
    assert len(pieces) > 1
    assert json.loads(b"".join(pieces)) == quick


def test_what_is_no_stream_is_not_meant_by_a_fault_of_streams(cloud: Cloud) -> None:
    _add(cloud, {"method": "*/ChatCompletions", "cut_stream_after": 1})
    path = f"/v1/projects/{cloud['project']}/locations/global/endpoints/openapi/chat/completions"
    asked = {"model": "openai/gpt-oss-120b-maas", "messages": [{"role": "user", "content": "Hello."}]}
    assert cloud("POST", path, asked)[0] == 200
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        cloud.raw("POST", path, json={**asked, "stream": True})
    assert cloud.get("/sandbox/v1/faults")[0]["fired"] == 1


def test_faults_are_cleared(cloud: Cloud) -> None:
    _add(cloud, {"method": "*/GetProject", "status": 429})
    assert cloud("DELETE", "/sandbox/v1/faults") == (200, [])
    cloud.get(f"/v3/projects/{cloud['project']}")


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"method": "no-one.has.this", "status": 429}, "'no-one.has.this'"),
        ({"method": "GET /v9/nothing", "status": 429}, "'GET /v9/nothing'"),
        ({"status": 429}, "None"),
        ({"methdo": "*", "status": 429}, "'methdo'"),
        ({"method": "*"}, "does nothing"),
        ({"method": "*", "status": 200}, "200"),
        ({"method": "*", "status": "TEAPOT"}, "TEAPOT"),
        ({"method": "*", "reason": "X"}, "needs a status"),
        ({"method": "*", "status": 429, "first": 0}, "first"),
        ({"method": "*", "status": 429, "match": {"color": "red"}}, "color"),
        ({"method": "*", "status": 429, "details": "x"}, "details"),
        ({"method": "*", "status": 429, "details": [{"type": "x"}]}, "@type"),
        ({"method": "*", "status": 429, "metadata": {"a": "b"}}, "reason"),
        ({"method": "*", "status": 429, "message": 7}, "message"),
        ({"method": "*", "status": 429, "content_type": "text/html"}, "raw_body"),
        ({"method": "*", "drop": "yes"}, "drop"),
        ({"method": "*", "status": 429, "probability": 0}, "probability"),
        ({"method": "*", "status": 429, "probability": "often"}, "probability"),
        ({"method": "*", "latency_ms": {"p50": 9, "p95": 5}}, "latency_ms"),
        ({"method": "*", "latency_ms": {"uniform": [5]}}, "latency_ms"),
        ({"method": "*", "latency_ms": {"p50": 9, "p96": 10}}, "latency_ms"),
        ({"method": "*", "slow_body_ms": -1}, "slow_body_ms"),
        ({"method": "*/ChatCompletions", "cut_stream_after": 1.5}, "cut_stream_after"),
        ({"method": "*/GetProject", "cut_stream_after": 1}, "ChatCompletions"),
        ({"method": "*", "lro_never": "maybe"}, "lro_never"),
        ({"error": "BILING_DISABLED"}, "BILLING_DISABLED"),
        ({"error": 7}, "no error is called 7"),
        ({"error": "NO_CREDENTIALS"}, "nothing that a server can answer"),
        ({"error": "BILLING_DISABLED", "status": 429}, "brings its own status"),
        ({"error": "PROJECT_QUOTA", "method": "*/GetProject"}, "Projects/CreateProject"),
        ({"method": "*", "latency_ms": "long"}, "latency_ms"),
        ({"method": "*", "lro_error": {"message": "x"}}, "lro_error"),
        ({"method": "*", "lro_error": {"code": 99}}, "lro_error"),
        ({"method": "*", "lro_error": {"code": 7, "details": [7]}}, "lro_error"),
        ({"method": "*", "status": 429, "details": [{"@type": 7}]}, "@type"),
        ({"method": "*", "status": 429, "message": "\ud800"}, "surrogates"),
        ({"method": "*", "status": 429, "raw_body": {"a": ["\ud800"]}}, "surrogates"),
        ({"method": "*", "raw_body": "x", "content_type": "text/html\r\nset-cookie: a"}, "content_type"),
        ("*", "JSON object"),
    ],
)
def test_a_fault_that_says_nothing_is_refused_naming_it(cloud: Cloud, fault: Any, message: str) -> None:
    status, answer = cloud("POST", "/sandbox/v1/faults", [{"method": "*", "status": 429}, fault])
    assert status == 400
    assert message in answer["error"]
    assert cloud.get("/sandbox/v1/faults") == []  # all or none


def test_every_problem_of_every_fault_is_reported(cloud: Cloud) -> None:
    faults = [{"method": "*", "drop": "yes", "first": 0}, {"method": "*", "status": 429}, {"methdo": "*"}]
    status, answer = cloud("POST", "/sandbox/v1/faults", faults)
    assert status == 400
    first, second = answer["error"].split("\n")
    assert first == "fault 1: drop must be true or false, got 'yes'; first must be a number of calls, got 0"
    assert second.startswith("fault 3: unknown key 'methdo' in a fault; known are after, ")


def test_wrong_faults_keep_a_sandbox_from_starting() -> None:
    with pytest.raises(StartError, match="faults"), running(grpc=False, faults=[{"method": "x"}]):
        pass


def test_faults_can_be_there_from_the_start() -> None:
    with running(grpc=False, faults={"faults": [{"method": "oauth2.tokeninfo", "status": 429}]}) as ready:
        assert requests.get(f"{ready['rest_url']}/tokeninfo", timeout=5).status_code == 429
