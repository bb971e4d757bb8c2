"""Liens keep a project from being deleted, in both versions of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
import pytest
from gcp_emulator.server import running

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud

DELETE = "resourcemanager.projects.delete"


def _lien(cloud: Cloud, version: str = "v3", **fields: Any) -> Any:
    number = cloud.get("/v1/projects/sandbox-empty")["projectNumber"]
    body = {"parent": f"projects/{number}", "restrictions": [DELETE], "reason": "Holds a key", "origin": "me", **fields}
    return cloud(("POST"), f"/{version}/liens", body)


@pytest.mark.parametrize("version", ["v1", "v3"])
def test_a_lien_blocks_deletion_until_it_is_taken_away(cloud: Cloud, version: str) -> None:
    status, lien = _lien(cloud, version)
    assert status == 200
    assert cloud.get(f"/{version}/{lien['name']}") == lien
    assert cloud.get(f"/{version}/liens?parent={lien['parent']}")["liens"] == [lien]
    for each in ("v1", "v3"):
        refused = cloud.error("DELETE", f"/{each}/projects/sandbox-empty")
        assert refused["status"] == "FAILED_PRECONDITION"
        assert "lien" in refused["message"]
    assert cloud("DELETE", f"/{version}/{lien['name']}") == (200, {})
    assert cloud.get(f"/{version}/liens?parent={lien['parent']}") == {}
    assert cloud("DELETE", f"/{version}/projects/sandbox-empty")[0] == 200


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"restrictions": []}, "INVALID_ARGUMENT"),
        ({"restrictions": ["resourcemanager.projects.get"]}, "INVALID_ARGUMENT"),
        ({"parent": "folders/1"}, "INVALID_ARGUMENT"),
        ({"parent": "projects/no-one-has-this"}, "PERMISSION_DENIED"),
        ({"reason": "x" * 201}, "INVALID_ARGUMENT"),
        ({"color": "red"}, "INVALID_ARGUMENT"),
    ],
)
def test_a_lien_that_cannot_be_is_refused(cloud: Cloud, fields: dict[str, Any], status: str) -> None:
    code, answer = _lien(cloud, **fields)
    assert (code >= 400, answer["error"]["status"]) == (True, status)


def test_a_lien_that_is_not_there_is_hidden_like_a_project(cloud: Cloud) -> None:
    assert cloud.error("GET", "/v3/liens/nobodys")["status"] == "PERMISSION_DENIED"
    assert cloud.error("DELETE", "/v3/liens/nobodys")["status"] == "PERMISSION_DENIED"


def test_who_may_only_look_can_neither_make_nor_take_away(cloud: Cloud) -> None:
    cloud.post(
        "/v1/projects/sandbox-empty:setIamPolicy",
        {"policy": {"bindings": [{"role": "roles/viewer", "members": ["user:ann@example.com"]}]}},
    )
    cloud.advance(10)
    _, lien = _lien(cloud)
    bearer = f"Bearer {cloud.ready.token_for('user:ann@example.com')}"
    assert cloud.get(f"/v3/{lien['name']}", authorization=bearer) == lien
    assert cloud("DELETE", f"/v3/{lien['name']}", authorization=bearer)[0] == 403


def test_a_grpc_method_that_no_one_knows_is_in_the_log() -> None:
    with running(clock=0) as ready, grpc.insecure_channel(ready["grpc_target"]) as channel:
        call: Any = channel.unary_unary("/google.cloud.nothing.v1.Nothing/Get")
        with pytest.raises(grpc.RpcError) as caught:
            call(b"", timeout=10)
        error: Any = caught.value
        assert error.code() is grpc.StatusCode.UNIMPLEMENTED
        last = ready.requests()[-1]
    assert (last["transport"], last["path"], last["status"]) == (
        "grpc",
        "/google.cloud.nothing.v1.Nothing/Get",
        "UNIMPLEMENTED",
    )
