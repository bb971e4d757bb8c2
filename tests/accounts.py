"""Service accounts and grants in a sandbox, made over HTTP by its owner."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import requests
from gcp_emulator.server import Running

LONG_ENOUGH_S = 600.0  # after which every change has spread


def api(sandbox: Running, verb: str, path: str, body: Any = None, *, token: str = "") -> Any:
    """Make one call as the owner, or with another token, and return its JSON answer; an error fails the test."""
    answer = requests.request(
        verb,
        sandbox["rest_url"] + path,
        json=body,
        headers={"Authorization": f"Bearer {token or sandbox['token']}"},
        timeout=10,
    )
    assert answer.ok, answer.text
    return answer.json()


def policy_of(sandbox: Running, resource: str) -> dict[str, Any]:
    """Return an allow policy: of `projects/ID`, of `projects/ID/serviceAccounts/EMAIL` or of `billingAccounts/ID`."""
    if resource.startswith("billingAccounts/"):
        answer = api(sandbox, "GET", f"/v1/{resource}:getIamPolicy?options.requestedPolicyVersion=3")
    else:
        body = {"options": {"requestedPolicyVersion": 3}}
        answer = api(sandbox, "POST", f"/{_version(resource)}/{resource}:getIamPolicy", body)
    assert isinstance(answer, dict)
    return answer


def _version(resource: str) -> str:
    return "v1" if resource.startswith("billingAccounts/") or "/serviceAccounts/" in resource else "v3"


def grant(sandbox: Running, resource: str, member: str, *roles: str) -> None:
    """Add bindings to an allow policy, and wait until they are in force."""
    policy = policy_of(sandbox, resource)
    policy.setdefault("bindings", []).extend({"role": role, "members": [member]} for role in roles)
    api(sandbox, "POST", f"/{_version(resource)}/{resource}:setIamPolicy", {"policy": policy})
    sandbox.advance(LONG_ENOUGH_S)


def make_account(sandbox: Running, account_id: str, roles: Iterable[str] = (), *, project: str = "") -> str:
    """Make a service account with these roles on its project, and return its email."""
    project = project or sandbox["project"]
    email: str = api(sandbox, "POST", f"/v1/projects/{project}/serviceAccounts", {"accountId": account_id})["email"]
    sandbox.advance(LONG_ENOUGH_S)
    if roles:
        grant(sandbox, f"projects/{project}", f"serviceAccount:{email}", *roles)
    return email


def enable(sandbox: Running, *services: str, project: str = "") -> None:
    """Enable services, and wait until they can be used."""
    project = project or sandbox["project"]
    api(sandbox, "POST", f"/v1/projects/{project}/services:batchEnable", {"serviceIds": list(services)})
    sandbox.advance(LONG_ENOUGH_S)
