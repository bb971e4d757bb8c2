"""Tokens for anyone, from the control API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud

POOL = "iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci"


@pytest.mark.parametrize(
    ("member", "principal"),
    [
        ("user:ann@sandbox.example.com", "ann@sandbox.example.com"),
        ("serviceAccount:owner@sandbox-host.iam.gserviceaccount.com", "owner@sandbox-host.iam.gserviceaccount.com"),
        (f"principal://{POOL}/subject/me", f"principal://{POOL}/subject/me"),
    ],
)
def test_a_token_speaks_for_its_member_and_expires(cloud: Cloud, member: str, principal: str) -> None:
    issued = cloud.post("/sandbox/v1/tokens", {"member": member})
    assert (issued["expires_in"], issued["token_type"]) == (3599, "Bearer")
    headers = {"authorization": f"Bearer {issued['access_token']}"}
    assert cloud("GET", "/v1/projects", **headers)[0] == 200
    assert cloud.ready.requests()[-1]["principal"] == principal
    cloud.advance(3600)
    assert cloud("GET", "/v1/projects", **headers)[0] == 401


def test_scopes_are_what_the_token_is_good_for(cloud: Cloud) -> None:
    token = cloud.ready.token_for("user:ann@sandbox.example.com", ["https://www.googleapis.com/auth/userinfo.email"])
    refused = cloud.error("GET", "/v1/projects", authorization=f"Bearer {token}")
    assert refused["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"member": "ann@sandbox.example.com"},
        {"member": "group:team@sandbox.example.com"},
        {"member": "allUsers"},
        {"member": 3},
        {"member": "serviceAccount:no-one@sandbox-host.iam.gserviceaccount.com"},
        {"member": "user:a@b.example", "scopes": "all"},
        {"member": "user:a@b.example", "scopes": []},
        {"member": "user:a@b.example", "for": "ever"},
    ],
)
def test_who_cannot_hold_a_token_gets_none(cloud: Cloud, body: Any) -> None:
    status, answer = cloud("POST", "/sandbox/v1/tokens", body)
    assert (status, set(answer)) == (400, {"error"})
