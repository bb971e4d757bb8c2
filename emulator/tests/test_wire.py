"""How Google's clients put a call on the wire: packed bodies, verbs in a header, several calls in one request."""

from __future__ import annotations

import gzip
import json
import socket
from contextlib import ExitStack, suppress
from email import message_from_bytes
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import requests

    from emulator.tests.conftest import Cloud

LABELS = b'{"labels": {"team": "chat"}}'


def patch(cloud: Cloud, body: bytes, **headers: str) -> requests.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    path = f"/v3/projects/{cloud['project']}?updateMask=labels"
    return cloud.raw("POST", path, data=body, headers={"x-http-method-override": "PATCH", **names})


def test_a_patch_that_comes_as_a_post_is_a_patch(cloud: Cloud) -> None:
    assert patch(cloud, LABELS).status_code == 200
    cloud.advance(2)
    assert cloud.get(f"/v3/projects/{cloud['project']}")["labels"] == {"team": "chat"}


def test_a_get_cannot_be_made_a_delete(cloud: Cloud) -> None:
    answer = cloud.raw("GET", f"/v3/projects/{cloud['project']}", headers={"x-http-method-override": "DELETE"})
    assert answer.json()["state"] == "ACTIVE"


def test_a_query_too_long_for_an_address_comes_as_a_body(cloud: Cloud) -> None:
    answer = cloud.raw(
        "POST",
        "/v3/projects:search",
        data={"query": f"projectId:{cloud['project']}", "pageSize": "1"},
        headers={"x-http-method-override": "GET"},
    )
    assert [each["projectId"] for each in answer.json()["projects"]] == [cloud["project"]]


@pytest.mark.parametrize(
    ("packing", "body", "status"),
    [
        ("gzip", gzip.compress(LABELS, mtime=0), 200),
        ("GZIP", gzip.compress(LABELS, mtime=0), 200),
        ("identity", LABELS, 200),
        ("gzip", LABELS, 400),
        ("gzip", gzip.compress(LABELS, mtime=0)[:-4], 400),
        ("gzip", gzip.compress(b" " * (11 * 1024 * 1024), mtime=0), 400),
        ("br", LABELS, 400),
    ],
)
def test_a_body_is_unpacked_as_its_header_says(cloud: Cloud, packing: str, body: bytes, status: int) -> None:
    assert patch(cloud, body, content_encoding=packing).status_code == status


def batch(cloud: Cloud, *calls: str, path: str = "/batch", **headers: str) -> list[tuple[str, int, Any]]:
    """The id, status and JSON of each answer."""
    parts = [
        f"--b\r\nContent-Type: application/http\r\nContent-ID: <x + {number}>\r\n\r\n{call}\r\n"
        for number, call in enumerate(calls)
    ]
    body = "".join([*parts, "--b--\r\n"]).encode()
    answer = cloud.raw("POST", path, data=body, headers={"content-type": "multipart/mixed; boundary=b", **headers})
    assert answer.status_code == 200, answer.text
    whole = message_from_bytes(f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode() + answer.content)
    found = []
    for part in whole.get_payload():
        head, _, text = part.get_payload().partition("\r\n\r\n")  # type: ignore[union-attr] # all are parts
        found.append((part["Content-ID"], int(head.split()[1]), json.loads(text) if "json" in head.lower() else text))  # type: ignore[index] # likewise
    return found


def test_calls_in_one_request_are_answered_each_by_itself(cloud: Cloud) -> None:
    path = f"/v3/projects/{cloud['project']}"
    change = f"PATCH {path}?updateMask=labels HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{LABELS.decode()}"
    answers = batch(cloud, f"GET {path}", "GET /v3/projects/no-such-project", change, "GET /batch", "nonsense")
    assert [(id_, status) for id_, status, _ in answers] == [
        ("<response-x + 0>", 200),
        ("<response-x + 1>", 403),
        ("<response-x + 2>", 200),
        ("<response-x + 3>", 400),
        ("<response-x + 4>", 400),
    ]
    assert answers[0][2]["projectId"] == cloud["project"]
    assert answers[1][2]["error"]["status"] == "PERMISSION_DENIED"


def test_a_call_of_a_batch_may_have_a_bearer_of_its_own(cloud: Cloud) -> None:
    token = cloud.ready.token_for("user:stranger@example.com")
    call = f"GET /v3/projects/{cloud['project']} HTTP/1.1\r\nAuthorization: Bearer {token}\r\n\r\n"
    ours, his = batch(cloud, f"GET /v3/projects/{cloud['project']}", call, path="/batch/cloudresourcemanager/v3")
    assert (ours[1], his[1]) == (200, 403)


def test_a_status_that_http_does_not_know_is_answered_in_a_batch_too(cloud: Cloud) -> None:
    cloud.ready.fail_next("*/GetProject", "CANCELLED")
    path = f"GET /v3/projects/{cloud['project']}"
    assert [status for _, status, _ in batch(cloud, path, path)] == [499, 200]


@pytest.mark.parametrize("kind", ["application/json", "multipart/mixed", "multipart/mixed; boundary=other"])
def test_what_is_no_batch_is_refused(cloud: Cloud, kind: str) -> None:
    answer = cloud.raw("POST", "/batch", data=b"--b\r\n\r\n", headers={"content-type": kind})
    assert answer.status_code == 400


def connection(cloud: Cloud, head: str) -> socket.socket:
    host, _, port = cloud["rest_url"].partition("://")[2].partition(":")
    opened = socket.create_connection((host, int(port)), timeout=20)
    opened.sendall(f"{head} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {cloud['token']}\r\n".encode())
    return opened


def test_a_head_that_never_ends_is_refused(cloud: Cloud) -> None:
    with connection(cloud, "GET /v1/projects") as opened:
        with suppress(OSError):  # it hangs up while more comes
            opened.sendall(b"X: " + b"x" * (3 * 1024 * 1024))
        with suppress(ConnectionResetError):
            assert opened.recv(12) == b"HTTP/1.1 400"
    assert cloud.get(f"/v1/projects/{cloud['project']}")


def test_bodies_that_never_end_are_held_up_to_a_limit_in_all(cloud: Cloud) -> None:
    with ExitStack() as stack:
        bodies = [stack.enter_context(connection(cloud, "POST /v3/projects")) for _ in range(9)]
        for body in bodies:
            body.sendall(b"Content-Length: 10000000\r\n\r\n" + b" " * 9_000_000)
        assert bodies[-1].recv(12) == b"HTTP/1.1 429"
    assert patch(cloud, LABELS).status_code == 200


def test_a_filter_of_many_nots_is_refused(cloud: Cloud) -> None:
    assert cloud.error("GET", "/v1/projects?filter=" + "NOT%20" * 2000 + "name:a")["status"] == "INVALID_ARGUMENT"
