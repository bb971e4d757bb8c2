"""The proxy: what goes through it, and that nothing gets out."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from gcp_emulator.intercept import console
from gcp_emulator.server import Running

from .conftest import dedicated

ApiError = Callable[[], list[tuple[str, int | str]]]

CHAT = {"messages": [{"role": "user", "content": "hi"}]}
VERTEX = "https://aiplatform.googleapis.com"


def exchange(ready: Running, sent: bytes) -> bytes:
    """What the proxy answers to bytes, until it closes or falls silent."""
    address = urlsplit(ready["proxy_url"])
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=5) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_an_api_answers_under_its_own_name(google: Running, web: httpx2.Client) -> None:
    project = "https://cloudresourcemanager.googleapis.com/v3/projects/sandbox-ready"
    answer = web.get(project)
    assert answer.json()["projectId"] == "sandbox-ready"
    asked = {"permissions": ["resourcemanager.projects.get"]}
    answer = web.post(f"{project}:testIamPermissions", json=asked)
    assert answer.json() == asked
    assert google.requests()[-1]["transport"] == "rest"


def test_a_path_of_two_apis_is_that_of_the_host_that_was_asked(web: httpx2.Client) -> None:
    path = "v1/projects/-/serviceAccounts/no-one@sandbox-ready.iam.gserviceaccount.com:signBlob"
    older = web.post(f"https://iam.googleapis.com/{path}", json={"bytesToSign": ""})
    assert older.json()["error"]["message"] == "google.iam.admin.v1.IAM.SignBlob is not served by the sandbox."
    newer = web.post(f"https://iamcredentials.googleapis.com/{path}", json={"payload": ""})
    assert newer.status_code == 404
    assert "Gaia id not found" in newer.json()["error"]["message"]


def test_a_stream_arrives_in_parts(google: Running, web: httpx2.Client) -> None:
    url = f"{VERTEX}/v1/projects/sandbox-ready/locations/global/endpoints/openapi/chat/completions"
    with web.stream("POST", url, json={**CHAT, "model": "openai/gpt-oss-120b-maas", "stream": True}) as answer:
        lines = [line for line in answer.iter_lines() if line]
    assert answer.status_code == 200
    assert lines[-1] == "data: [DONE]"
    assert len(lines) > 3


def test_bodies_larger_than_a_window_arrive_whole(web: httpx2.Client) -> None:
    names = [f"resourcemanager.projects.{'x' * 1000}{number}" for number in range(300)]
    url = "https://cloudresourcemanager.googleapis.com/v3/projects/sandbox-ready:testIamPermissions"
    assert web.post(url, json={"permissions": names}).json() == {"permissions": names}  # the owner holds them all


@pytest.mark.parametrize(
    "url",
    [
        "https://cloudbilling.googleapis.com/v3/projects/sandbox-ready",
        "https://oauth2.googleapis.com/oauth2/v3/userinfo",
        "https://www.googleapis.com/tokeninfo",
        "https://global-aiplatform.googleapis.com/v1/projects/sandbox-ready/locations/global/endpoints",
        "https://cloudbilling.googleapis.com/computeMetadata/v1/project/project-id",
        "https://cloudbilling.googleapis.com/healthz",
        "https://cloudbilling.googleapis.com/sandbox/v1/requests",
    ],
)
def test_what_another_host_has_is_googles_404(web: httpx2.Client, url: str) -> None:
    answer = web.get(url)
    assert answer.status_code == 404
    assert "That's an error" in answer.text


def test_an_api_that_is_not_served_says_so(web: httpx2.Client) -> None:
    url = "https://dns.googleapis.com/dns/v1/projects/sandbox-ready/managedZones"
    off = web.get(url)
    assert (off.status_code, off.json()["error"]["details"][0]["reason"]) == (403, "SERVICE_DISABLED")
    web.post("https://serviceusage.googleapis.com/v1/projects/sandbox-ready/services/dns.googleapis.com:enable")
    answer = web.get(url)
    assert answer.status_code == 501
    assert "GET /dns/v1/projects/sandbox-ready/managedZones is not served" in answer.json()["error"]["message"]
    assert web.get("https://aiplatform.googleapis.com/v1/nothing/x").status_code == 501


def test_googles_public_keys_are_those_that_sign_id_tokens(web: httpx2.Client) -> None:
    [key] = web.get("https://www.googleapis.com/oauth2/v3/certs").json()["keys"]
    assert list(web.get("https://www.googleapis.com/oauth2/v1/certs").json()) == [key["kid"]]


def test_a_request_for_another_host_than_the_tunnels_is_misdirected(web: httpx2.Client) -> None:
    answer = web.get("https://cloudbilling.googleapis.com/v1/billingAccounts", headers={"host": "iam.googleapis.com"})
    assert answer.status_code == 421


def test_no_web_page_drives_it(web: httpx2.Client) -> None:
    url = "https://cloudbilling.googleapis.com/v1/billingAccounts"
    assert web.get(url, headers={"origin": "https://example.com"}).status_code == 403


def test_an_endpoint_answers_under_its_own_name_and_not_under_the_shared_one(
    google: Running, web: httpx2.Client
) -> None:
    endpoint = dedicated(google)
    path = f"/v1/{endpoint['name']}/chat/completions"
    assert web.post(f"https://{endpoint['dedicatedEndpointDns']}{path}", json=CHAT).status_code == 200
    shared = web.post(f"https://europe-west4-aiplatform.googleapis.com{path}", json=CHAT)
    assert shared.status_code == 400
    assert endpoint["dedicatedEndpointDns"] in shared.text


def test_a_connection_is_dropped_where_a_fault_says_so(google: Running, web: httpx2.Client) -> None:
    google.fail_next("*/ListBillingAccounts", drop=True)
    url = "https://cloudbilling.googleapis.com/v1/billingAccounts"
    with pytest.raises(httpx2.TransportError):
        web.get(url)
    assert web.get(url).status_code == 200


def test_a_key_made_through_the_proxy_names_googles_token_endpoint(google: Running, web: httpx2.Client) -> None:
    host = json.loads(Path(google["credentials_file"]).read_text())
    url = f"https://iam.googleapis.com/v1/projects/{host['project_id']}/serviceAccounts/{host['client_email']}/keys"
    made = json.loads(base64.b64decode(web.post(url, json={}).json()["privateKeyData"]))
    assert made["token_uri"] == "https://oauth2.googleapis.com/token"


@pytest.mark.parametrize("host", ["metadata.google.internal", "169.254.169.254"])
def test_the_metadata_server_is_there_over_plain_http(google: Running, web: httpx2.Client, host: str) -> None:
    url = f"http://{host}/computeMetadata/v1/project/project-id"
    answer = web.get(url, headers={"metadata-flavor": "Google"})
    assert (answer.status_code, answer.text) == (200, "sandbox-ready")
    tunnel = f"CONNECT {host}:80 HTTP/1.1\r\n\r\n".encode()
    assert exchange(google, tunnel).startswith(b"HTTP/1.1 200 ")
    bare = exchange(google, f"GET http://{host} HTTP/1.1\r\nHost: elsewhere\r\nConnection: close\r\n\r\n".encode())
    assert b"metadata-flavor: Google" in bare


@pytest.fixture
def outside() -> Iterator[socket.socket]:
    """A server that no one may reach, listening where a proxy could."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield server


def test_nothing_is_ever_connected_to(google: Running, outside: socket.socket, refused: ApiError) -> None:
    port = outside.getsockname()[1]
    targets = [f"{host}:{port}" for host in ("127.0.0.1", "localhost", "[::1]", "aiplatform.googleapis.com")]
    for target in targets:
        assert exchange(google, f"CONNECT {target} HTTP/1.1\r\n\r\n".encode()).startswith(b"HTTP/1.1 403 ")
    url = f"http://127.0.0.1:{port}/secret"
    assert exchange(google, f"GET {url}?key=value HTTP/1.1\r\nConnection: close\r\n\r\n".encode()).startswith(
        b"HTTP/1.1 403 "
    )
    with pytest.raises(BlockingIOError):
        outside.accept()
    assert refused() == [*((target, 403) for target in targets), (url, 403)]


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("https://example.com/", 403),
        ("https://packages.example.org/simple/", 403),
        ("https://accounts.google.com/o/oauth2/auth", 403),
        ("https://mars-central1-aiplatform.googleapis.com/", 502),
        ("https://no-such.us-central1-1.prediction.vertexai.goog/", 502),
        ("https://aiplatform.googleapis.com:8443/", 403),
    ],
)
def test_a_foreign_host_is_refused_and_logged(
    google: Running, web: httpx2.Client, refused: ApiError, url: str, status: int
) -> None:
    with pytest.raises(httpx2.ProxyError, match=str(status)):
        web.get(url)
    [(target, logged)] = refused()
    assert target.split(":")[0] == urlsplit(url).hostname
    assert logged == status


def test_plain_http_to_a_foreign_host_is_refused_with_the_reason(web: httpx2.Client, refused: ApiError) -> None:
    answer = web.get("http://example.com/x?key=secret")
    assert answer.status_code == 403
    assert "example.com is not served by the sandbox" in answer.text
    assert web.get("http://oauth2.googleapis.com/token").status_code == 403
    assert refused() == [("http://example.com/x", 403), ("http://oauth2.googleapis.com/token", 403)]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", b"400"),
        (b"CONNECT\r\n\r\n", b"400"),
        (b"CONNECT  HTTP/1.1\r\n\r\n", b"403"),
        (b"CONNECT x\r\n\r\n", b"403"),
        (b"CONNECT aiplatform.googleapis.com:443 HTTP/1.1\r\n\r\nearly", b"400"),
        (b"CONNECT " + b"x" * 20_000, b"400"),
        (b"\x16\x03\x01\x02\x00\x01", b"400"),
    ],
)
def test_what_makes_no_sense_is_refused(google: Running, sent: bytes, status: bytes) -> None:
    assert exchange(google, sent).startswith(b"HTTP/1.1 " + status)


def test_a_head_in_pieces_is_put_together(google: Running) -> None:
    address = urlsplit(google["proxy_url"])
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=5) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in (b"CON", b"NECT exam", b"ple.com:443 HTTP/1.1\r\n", b"\r\n"):
            connection.sendall(piece)
        assert connection.recv(100).startswith(b"HTTP/1.1 403 ")


def test_a_client_with_roots_of_its_own_is_reported_of(google: Running, refused: ApiError) -> None:
    address = urlsplit(google["proxy_url"])
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=5) as connection:
        connection.sendall(b"CONNECT oauth2.googleapis.com:443 HTTP/1.1\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
        with (
            pytest.raises(ssl.SSLCertVerificationError),
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).wrap_socket(connection, server_hostname="oauth2.googleapis.com"),
        ):
            pass
        with contextlib.suppress(OSError):
            connection.recv(1)  # until the other side has noticed
    assert refused() == [("oauth2.googleapis.com:443", "TLS_FAILED")]


def test_what_did_not_go_through_is_reported_in_sentences() -> None:
    log: list[dict[str, object]] = [
        {"transport": "rest", "path": "/v1/projects", "status": 403},
        {"transport": "proxy", "path": "example.com:443", "status": 403},
        {"transport": "proxy", "path": "example.com:443", "status": 403},
        {"transport": "proxy", "path": "oauth2.googleapis.com:443", "status": "TLS_FAILED"},
    ]
    first, second = console.lines(log)
    assert first == "example.com:443 was refused (403): nothing was sent there (2 times)"
    assert second.startswith("a client of oauth2.googleapis.com:443 did not accept the sandbox's certificate")


SHARED = "/v1/projects/sandbox-ready/locations/{}/endpoints"


@pytest.mark.parametrize(
    ("host", "location", "valid"),
    [
        ("us-central1-aiplatform", "us-central1", ""),
        ("us-central1-aiplatform", "europe-west4", "us-central1"),
        ("us-central1-prediction-aiplatform", "europe-west4", "us-central1"),
        ("us-central1-aiplatform", "global", "us-central1"),
        ("aiplatform", "global", ""),
        ("aiplatform", "eu", ""),
        ("aiplatform", "us-central1", "global"),
        ("aiplatform.eu.rep", "eu", ""),
        ("aiplatform.eu.rep", "us", "eu"),
    ],
)
def test_a_host_answers_for_its_own_location(web: httpx2.Client, host: str, location: str, valid: str) -> None:
    answer = web.get(f"https://{host}.googleapis.com{SHARED.format(location)}")
    if not valid:
        assert answer.status_code == 200
        return
    error = answer.json()["error"]
    message = f"The provided location ID doesn't match the endpoint. The valid location ID is `{valid}`."
    assert (answer.status_code, error["message"]) == (
        400,
        f"List of found errors:\t1.Field: parent; Message: {message}\t",
    )
    assert error["details"][0]["fieldViolations"] == [{"field": "parent", "description": message}]


def test_googles_own_models_are_asked_at_the_host_without_a_location(web: httpx2.Client) -> None:
    chat = {"model": "openai/gpt-oss-120b-maas", "messages": [{"role": "user", "content": "hi"}]}
    path = "/v1/projects/sandbox-ready/locations/{}/endpoints/openapi/chat/completions"
    assert web.post(f"https://aiplatform.googleapis.com{path.format('global')}", json=chat).status_code == 200
    [elsewhere] = web.post(f"https://aiplatform.googleapis.com{path.format('us-east1')}", json=chat).json()
    assert "is not servable in region us-east1" in elsewhere["error"]["message"]
    [wrong] = web.post(f"https://us-central1-aiplatform.googleapis.com{path.format('global')}", json=chat).json()
    assert "The valid location ID is `us-central1`." in wrong["error"]["message"]


@pytest.mark.parametrize("location", ["us", "eu"])
def test_a_multi_region_is_no_prefix_of_a_host(web: httpx2.Client, location: str) -> None:
    answer = web.get(f"https://{location}-aiplatform.googleapis.com{SHARED.format(location)}")
    assert (answer.status_code, answer.json()["error"]["message"]) == (
        400,
        f"Invalid hostname: {location}-aiplatform.googleapis.com",
    )
