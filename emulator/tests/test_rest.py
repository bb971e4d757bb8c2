"""The manners of the REST API: shapes, spellings, and what hostile clients get."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest
from gcp_emulator.server import running

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud


def test_answers_are_indented_unless_asked_otherwise(cloud: Cloud) -> None:
    path = f"/v1/projects/{cloud['project']}"
    pretty = cloud.raw("GET", path)
    compact = cloud.raw("GET", f"{path}?alt=json&prettyPrint=false")
    assert pretty.text.startswith('{\n  "projectNumber"')
    assert "\n" not in compact.text
    assert pretty.json() == compact.json()
    assert pretty.headers["content-type"] == "application/json; charset=UTF-8"
    assert pretty.headers["server"] == "ESF"
    assert pretty.headers["date"].endswith("GMT")


@pytest.mark.parametrize(
    ("mask", "kept"),
    [
        ("projectId", {"projectId"}),
        ("projectId,parent/type", {"projectId", "parent"}),
        ("parent(type,id)", {"parent"}),
        ("*", {"projectNumber", "projectId", "lifecycleState", "name", "createTime", "parent"}),
        ("nothing", set()),
    ],
)
def test_fields_are_honored_to_the_letter(cloud: Cloud, mask: str, kept: set[str]) -> None:
    assert set(cloud.get(f"/v1/projects/{cloud['project']}?fields={mask}")) == kept


@pytest.mark.parametrize("mask", ["a(", "a)", "a(b", ",", "a//b", "("])
def test_a_malformed_field_mask_is_refused(cloud: Cloud, mask: str) -> None:
    assert cloud.error("GET", f"/v1/projects/{cloud['project']}?fields={mask}")["status"] == "INVALID_ARGUMENT"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 200 + b"1" + b"}" * 200,
        b'{"projectId": "a", "unknownName": 1}',
        b"projectId=my-team-chat",
        b"x" * (10 * 1024 * 1024 + 1),
        b'{"projectId": 7}',
        b'{"projectId": ["my-team-chat"]}',
        b'{"projectId": "my-team-chat", "labels": 7}',
        b'{"projectId": "my-team-chat", "labels": {"a": {}}}',
        b'{"projectId": "my-team-chat", "parent": {}}',
    ],
)
def test_a_body_that_is_no_request_gets_googles_shape(cloud: Cloud, body: bytes) -> None:
    answer = cloud.raw("POST", "/v3/projects", data=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["status"]) == (400, 400, "INVALID_ARGUMENT")
    health = cloud.get("/healthz")
    assert (health["status"], len(health["world"])) == ("ok", 16)


def test_an_unknown_name_is_refused_by_name(cloud: Cloud) -> None:
    error = cloud.error("PUT", f"/v1/projects/{cloud['project']}/billingInfo", {"billingAccount": "x"})
    assert error["message"] == (
        "Invalid JSON payload received. Unknown name \"billingAccount\" at 'project_billing_info': Cannot find field."
    )
    assert cloud.error("GET", f"/v1/projects/{cloud['project']}/services?filtre=x")["status"] == "INVALID_ARGUMENT"


def test_names_are_understood_in_snake_case_too_and_nulls_are_unset(cloud: Cloud) -> None:
    body = {"billing_account_name": cloud["billing_account"], "projectId": None}
    assert cloud.put(f"/v1/projects/{cloud['empty_project']}/billingInfo", body)["billingEnabled"] is True


@pytest.mark.parametrize(
    "path",
    [
        "/v1/projects/%00/services",
        "/v1/projects/%2e%2e/services",
        "/v1/projects/..%2f..%2fetc/services",
        "/v1/projects/" + "a" * 5000 + "/services",
        "/v1/projects/{project}/services",
        "/v1/projects/<script>/services",
        "/v1/projects/%F0%9F%92%A9/services",
        "/v1/projects//services",
        "/v1/projects/a:b:c",
        "/v1/operations/*",
        "/v1/projects?pageSize=-1",
        "/v1/projects?pageSize=many",
        "/v1/projects?filter=((((",
        "/v1/projects?filter=" + "(" * 2000,
        "/v1/projects?pageToken=%00",
        "/v1/billingAccounts/%0d%0aSet-Cookie:x",
    ],
)
def test_hostile_names_get_googles_shape(cloud: Cloud, path: str) -> None:
    assert cloud.error("GET", path)["code"] in {400, 403, 404, 501}


def test_what_is_not_served_says_so_by_name(cloud: Cloud) -> None:
    for verb, path, name in (
        ("POST", "/v1/iamPolicies:queryAuditableServices", "google.iam.admin.v1.IAM.QueryAuditableServices"),
        ("GET", "/v1/something/else", "GET /v1/something/else"),
        (
            "GET",
            "/v2/projects/x/locations/l/services",
            "GET /v2/projects/x/locations/l/services, which is of metastore.googleapis.com or run.googleapis.com,",
        ),
        ("PATCH", "/v1/projects/x", "PATCH /v1/projects/x"),
    ):
        error = cloud.error(verb, path)
        assert (error["code"], error["status"]) == (501, "UNIMPLEMENTED")
        assert error["message"] == f"{name} is not served by the sandbox."


def test_what_is_not_served_of_bigquery_is_refused_by_its_api_and_by_no_page(cloud: Cloud) -> None:
    error = cloud.error("POST", "/bigquery/v2/projects/sandbox-ready/jobs", {})
    assert error["code"] in {403, 501}
    assert "BigQuery" in error["message"] or "not served by the sandbox" in error["message"]


def test_an_api_that_is_not_served_is_off_first_and_refused_by_name_once_it_is_on(cloud: Cloud) -> None:
    paths = {
        "secretmanager.googleapis.com": "/v1/projects/sandbox-ready/secrets",
        "dns.googleapis.com": "/dns/v1/projects/sandbox-ready/managedZones",
    }
    before = {service: cloud.error("GET", path) for service, path in paths.items()}
    cloud.enable("sandbox-ready", "secretmanager", "dns")
    cloud.advance(400)
    for service, path in paths.items():
        assert before[service]["reason"] == "SERVICE_DISABLED"
        assert before[service]["info"]["metadata"]["service"] == service
        assert cloud.error("GET", path)["message"] == f"{service}: GET {path} is not served by the sandbox."


@pytest.mark.parametrize("path", ["/nothing", "/v1/projects/x/locations/global/endpoints/openapi/models"])
def test_other_paths_get_the_page_of_googles_front_end(cloud: Cloud, path: str) -> None:
    answer = cloud.raw("GET", path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "Error 404 (Not Found)!!1" in answer.text


def test_a_token_may_stand_in_the_query(cloud: Cloud) -> None:
    path = f"/v1/projects/{cloud['project']}?access_token={cloud['token']}"
    assert cloud.raw("GET", path, headers={"authorization": None}).status_code == 200


def _speak(cloud: Cloud, request: bytes) -> bytes:
    host, port = cloud["rest_url"].removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(request)
        return connection.recv(65536)


@pytest.mark.parametrize(
    "request_",
    [b"\x00\x01\x02\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\r\n\r\n"],
)
def test_what_is_not_http_is_a_bad_request_and_closes(cloud: Cloud, request_: bytes) -> None:
    assert _speak(cloud, request_).startswith(b"HTTP/1.1 400 Bad Request")
    assert cloud.get("/healthz")


@pytest.mark.parametrize("host", ["evil.example.com", "127.0.0.1.evil.com", "localhost.evil.com", "192.168.0.1", ""])
def test_only_loopback_names_are_answered(cloud: Cloud, host: str) -> None:
    answer = _speak(cloud, f"GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 403")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]:80", "aiplatform.localhost:1"])
def test_loopback_names_are_answered(cloud: Cloud, host: str) -> None:
    assert _speak(cloud, f"GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()).startswith(b"HTTP/1.1 200")


def test_a_web_page_of_another_origin_cannot_drive_it(cloud: Cloud) -> None:
    assert cloud.raw("POST", "/sandbox/v1/reset", headers={"origin": "https://evil.example.com"}).status_code == 403
    assert cloud.raw("POST", "/sandbox/v1/reset", headers={"origin": "null"}).status_code == 403
    assert cloud.raw("GET", "/healthz", headers={"origin": "http://localhost:3000"}).status_code == 200


@pytest.mark.parametrize("origin", ["http://localhost:80@evil.com", "https://127.0.0.1.evil.com", "http://[::1]evil"])
def test_an_origin_that_only_begins_like_this_machine_is_another(cloud: Cloud, origin: str) -> None:
    assert cloud.raw("POST", "/sandbox/v1/reset", headers={"origin": origin}).status_code == 403


@pytest.mark.parametrize(
    ("message", "status"),
    [
        ({"sec-fetch-site": "cross-site"}, 403),  # an image or a script in someone's page
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "none"}, 200),  # typed into the address bar
        ({"sec-fetch-site": "cross-site", "origin": "http://localhost:3000"}, 200),  # a page that is developed here
        ({"sec-fetch-mode": "cors"}, 200),  # Node's fetch
    ],
)
def test_what_a_page_loads_without_asking_is_refused_too(cloud: Cloud, message: dict[str, str], status: int) -> None:
    assert cloud.raw("GET", "/sandbox/v1/state", headers=message).status_code == status


def test_of_two_hosts_none_is_believed(cloud: Cloud) -> None:
    hosts = b"Host: evil.example.com\r\nHost: 127.0.0.1\r\n"
    assert _speak(cloud, b"GET /healthz HTTP/1.1\r\n" + hosts + b"\r\n").startswith(b"HTTP/1.1 403")


def test_the_control_api_is_not_under_googles_names(cloud: Cloud) -> None:
    assert cloud.raw("GET", "/sandbox/v1/state", headers={"host": "x.googleapis.com"}).status_code == 404
    assert cloud.raw("GET", "/v3/projects/sandbox-ready", headers={"host": "x.googleapis.com"}).status_code == 200


@pytest.mark.parametrize("mask", ["a(" * 5000, "a(" * 60 + "b" + ")" * 60, "a," * 6000 + "a", "a(b"])
def test_a_mask_that_cannot_be_read_is_refused_before_anything_is_done(cloud: Cloud, mask: str) -> None:
    path = f"/v1/projects/{cloud['empty_project']}/services/iam.googleapis.com:enable?fields={mask}"
    assert cloud.error("POST", path, {})["message"].startswith("Invalid field selection a")
    cloud.advance(10)
    assert cloud.enabled(cloud["empty_project"]) == []


def test_a_number_of_too_many_digits_is_named_as_one(cloud: Cloud) -> None:
    answer = cloud.raw("POST", "/v3/projects", data=b'{"projectId":' + b"9" * 20_000 + b"}")
    assert answer.json()["error"]["message"] == "Invalid JSON payload received. Invalid number."


def test_a_rule_that_breaks_is_an_internal_error_and_no_stack_trace(cloud: Cloud, capfd: Any) -> None:
    def break_it(sandbox: Any) -> None:
        sandbox.state.claims = None

    cloud.ready.do(break_it)
    error = cloud.error("POST", "/v3/projects", {"projectId": "my-team-chat"})
    assert (error["status"], error["message"]) == ("INTERNAL", "Internal error encountered.")
    assert "TypeError" in capfd.readouterr().err  # told to who runs it, not to who asks
    assert cloud.ready.requests()[-1]["status"] == 500


def test_latency_is_added_to_answers_of_apis_and_to_nothing_else() -> None:
    import time

    import requests

    with running(grpc=False, latency=0.15) as ready:
        start = time.perf_counter()
        requests.get(f"{ready['rest_url']}/healthz", timeout=5)
        quick = time.perf_counter() - start
        start = time.perf_counter()
        requests.get(f"{ready['rest_url']}/v1/projects/x", timeout=5)
        slow = time.perf_counter() - start
    assert quick < 0.15 <= slow


def test_bodies_are_utf8_in_both_directions(cloud: Cloud) -> None:
    path = f"/v1/projects/{cloud['project']}/services/übung.googleapis.com"
    answer = cloud.raw("GET", path)
    assert "übung" in json.loads(answer.content.decode("utf-8"))["error"]["message"]


@pytest.mark.parametrize(
    ("verb", "path", "body", "where"),
    [
        (
            "POST",
            "/v1/projects/sandbox-ready/services/sts.googleapis.com:disable",
            {"checkIfServiceHasUsage": "PERHAPS"},
            "check_if_service_has_usage",
        ),
        ("PUT", "/v1/projects/sandbox-ready", {"name": "Some name", "lifecycleState": "ASLEEP"}, "lifecycle_state"),
        (
            "POST",
            "/v1/projects/sandbox-ready/locations/us-central1:deploy",
            {"deployConfig": {"dedicatedResources": {"machineSpec": {"acceleratorType": "ABACUS"}}}},
            "deploy_config.dedicated_resources.machine_spec.accelerator_type",
        ),
        (
            "POST",
            "/v1/projects/sandbox-ready/locations/global/quotaPreferences?ignoreSafetyChecks=ALL",
            {},
            "ignore_safety_checks[0]",
        ),
    ],
)
def test_an_enum_without_such_a_name_is_refused(cloud: Cloud, verb: str, path: str, body: Any, where: str) -> None:
    error = cloud.error(verb, path, body)
    assert (
        error["status"],
        error["message"].startswith((f"Invalid value at '{where}' (type.", f"Invalid value at '{where}' (TYPE_")),
    ) == (
        "INVALID_ARGUMENT",
        True,
    )


def test_what_is_not_served_is_400_to_a_client_that_repeats_501(cloud: Cloud) -> None:
    path = f"/v1/projects/{cloud['project']}/locations/global/keyRings/ring/cryptoKeys/key:encrypt"
    cloud.enable(cloud["project"], "cloudkms")
    cloud.advance(60)
    for agent, status in (("curl/8.0", 501), ("Terraform/1.11 DeclarativeClientLib/0.0.1", 400)):
        found, answer = cloud("POST", path, {}, user_agent=agent)
        assert (found, answer["error"]["code"], answer["error"]["status"]) == (status, status, "UNIMPLEMENTED")
