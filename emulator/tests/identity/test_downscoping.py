"""Tokens that can do less than the one they were made of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS = "urn:ietf:params:oauth:token-type:access_token"
RULE = {
    "availableResource": "//storage.googleapis.com/projects/_/buckets/told",
    "availablePermissions": ["inRole:roles/storage.objectViewer"],
}


def exchange(cloud: Cloud, token: str, *rules: Any) -> tuple[int, Any]:
    options = json.dumps({"accessBoundary": {"accessBoundaryRules": list(rules)}})
    body = {
        "grant_type": GRANT,
        "subject_token": token,
        "subject_token_type": ACCESS,
        "requested_token_type": ACCESS,
        "options": options,
    }
    answer = cloud.session.post(cloud["rest_url"] + "/v1/token", data=body, timeout=10)
    return answer.status_code, answer.json()


def test_a_downscoped_token_can_do_nothing_outside_its_boundary(cloud: Cloud) -> None:
    from gcp_emulator import iam

    status, answer = exchange(cloud, cloud["token"], RULE)
    assert (status, answer["issued_token_type"]) == (200, ACCESS)
    refused = cloud.raw(
        "GET", "/v3/projects/sandbox-ready", headers={"authorization": f"Bearer {answer['access_token']}"}
    )
    assert refused.status_code == 403

    def may(sandbox: Any) -> list[bool]:
        caller = sandbox.identity.caller(answer["access_token"])
        return [
            iam.allows(sandbox.state, caller, permission, name)
            for permission, name in (
                ("storage.objects.get", "projects/_/buckets/told/objects/x"),
                ("storage.objects.create", "projects/_/buckets/told/objects/x"),
                ("storage.objects.get", "projects/_/buckets/told-too/objects/x"),
            )
        ]

    assert cloud.ready.do(may) == [True, False, False]


@pytest.mark.parametrize(
    "rules",
    [
        (),
        (RULE,) * 11,
        ({**RULE, "availableResource": "//compute.googleapis.com/projects/x"},),
        ({**RULE, "availablePermissions": ["inRole:roles/storage.objectVeiwer"]},),
        ({**RULE, "availablePermissions": ["storage.objects.get"]},),
        ("nothing",),
    ],
)
def test_a_boundary_that_is_none_is_refused(cloud: Cloud, rules: Any) -> None:
    status, answer = exchange(cloud, cloud["token"], *rules)
    assert (status, answer["error"]) == (400, "invalid_request")


def test_only_a_good_token_can_be_downscoped(cloud: Cloud) -> None:
    assert exchange(cloud, "ya29.none", RULE)[1]["error"] == "invalid_grant"
