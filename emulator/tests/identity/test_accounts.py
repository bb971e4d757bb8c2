"""Service accounts and keys: what is answered, what is refused, and what a key file is good for."""

# mypy: disable-error-code="no-untyped-call"
# google-auth ships no types.

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
import requests
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2 import service_account

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud

PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
READY = "/v1/projects/sandbox-ready"
EMAIL = "my-robot@sandbox-ready.iam.gserviceaccount.com"
ROBOT = f"{READY}/serviceAccounts/{EMAIL}"
ANYWHERE = f"/v1/projects/-/serviceAccounts/{EMAIL}"


@pytest.fixture
def robot(cloud: Cloud) -> dict[str, Any]:
    """A service account that every call finds."""
    made: dict[str, Any] = cloud.post(
        f"{READY}/serviceAccounts", {"accountId": "my-robot", "serviceAccount": {"displayName": "My robot"}}
    )
    cloud.advance(10)
    return made


def _key_file(cloud: Cloud) -> dict[str, Any]:
    made = cloud.post(f"{ANYWHERE}/keys", {"privateKeyType": "TYPE_GOOGLE_CREDENTIALS_FILE"})
    info: dict[str, Any] = json.loads(base64.b64decode(made["privateKeyData"]))
    return info


def _credentials(info: dict[str, Any]) -> Any:
    return service_account.Credentials.from_service_account_info(info, scopes=[PLATFORM])


def _reason(answer: requests.Response) -> str:
    return str(answer.json()["error"]["details"][0]["reason"])


def test_an_account_has_the_recorded_fields(cloud: Cloud, robot: dict[str, Any]) -> None:
    assert robot == cloud.get(ROBOT) == cloud.get(ANYWHERE) == cloud.get(f"{READY}/serviceAccounts/{robot['uniqueId']}")
    assert robot["name"] == f"projects/sandbox-ready/serviceAccounts/{EMAIL}"
    assert robot["oauth2ClientId"] == robot["uniqueId"]
    assert (len(robot["uniqueId"]), robot["etag"], robot["projectId"]) == (21, "MDEwMjE5MjA=", "sandbox-ready")
    assert set(robot) == {"name", "projectId", "uniqueId", "email", "displayName", "etag", "oauth2ClientId"}


def test_a_new_account_is_not_seen_by_every_call_at_once(cloud: Cloud) -> None:
    cloud.post(f"{READY}/serviceAccounts", {"accountId": "my-robot"})
    seen = {cloud("GET", ROBOT)[0] for _ in range(30)}
    assert seen == {200, 404}
    messages = {cloud("GET", ROBOT)[1].get("error", {}).get("message") for _ in range(30)} - {None}
    assert messages == {f"Service account {ROBOT.removeprefix('/v1/')} does not exist."}
    cloud.advance(10)
    assert {cloud("GET", ROBOT)[0] for _ in range(10)} == {200}


def test_an_unknown_account_is_404_in_its_project_and_403_anywhere(cloud: Cloud) -> None:
    error = cloud.error("GET", ROBOT)
    assert (error["code"], error["message"]) == (404, "Unknown service account")
    assert error["errors"] == [{"message": "Unknown service account", "domain": "global", "reason": "notFound"}]
    error = cloud.error("GET", ANYWHERE)
    assert (error["code"], error["reason"]) == (403, "IAM_PERMISSION_DENIED")
    assert error["message"] == "Permission 'iam.serviceAccounts.get' denied on resource (or it may not exist)."
    assert cloud.error("GET", ROBOT.replace("sandbox-ready", "nobodys", 1))["code"] == 403


def test_an_id_that_is_taken_or_malformed_is_refused(cloud: Cloud, robot: dict[str, Any]) -> None:
    error = cloud.error("POST", f"{READY}/serviceAccounts", {"accountId": "my-robot"})
    assert (error["code"], error["status"]) == (409, "ALREADY_EXISTS")
    assert error["message"] == "Service account my-robot already exists within project projects/sandbox-ready."
    for wrong in ("short", "x" * 31, "1robots", "Robots", "robots-", ""):
        assert cloud.error("POST", f"{READY}/serviceAccounts", {"accountId": wrong})["code"] == 400
    long = {"accountId": "good-robot", "serviceAccount": {"displayName": "x" * 101}}
    assert cloud.error("POST", f"{READY}/serviceAccounts", long)["code"] == 400
    unknown = {"accountId": "good-robot", "serviceAccount": {"color": "x"}}
    assert "Cannot find field" in cloud.error("POST", f"{READY}/serviceAccounts", unknown)["message"]


def test_patch_and_update(cloud: Cloud, robot: dict[str, Any]) -> None:
    body = {
        "serviceAccount": {"displayName": "New", "description": "Words", "etag": robot["etag"]},
        "updateMask": "description,display_name",
    }
    status, changed = cloud("PATCH", ROBOT, body)
    assert (status, changed) == (200, {"name": robot["name"], "displayName": "New", "description": "Words"})
    assert cloud.get(ROBOT) == {**robot, "displayName": "New", "description": "Words"}
    assert cloud.put(ROBOT, {"displayName": "Newer"})["displayName"] == "Newer"
    body = {"serviceAccount": {"displayName": "x"}, "updateMask": "email"}
    assert cloud.error("PATCH", ROBOT, body)["code"] == 400


def test_accounts_are_listed_in_pages(cloud: Cloud, robot: dict[str, Any]) -> None:
    for number in range(3):
        cloud.post(f"{READY}/serviceAccounts", {"accountId": f"another-{number}"})
    seen: list[str] = []
    token = ""
    while True:
        page = cloud.get(f"{READY}/serviceAccounts?pageSize=2&pageToken={token}")
        seen += [each["email"].partition("@")[0] for each in page["accounts"]]
        token = page.get("nextPageToken", "")
        if not token:
            break
    assert [each for each in seen if "-compute" not in each] == ["another-0", "another-1", "another-2", "my-robot"]


def test_a_deleted_account_can_be_restored_for_a_month(cloud: Cloud, robot: dict[str, Any]) -> None:
    policy = {"bindings": [{"role": "roles/viewer", "members": [f"serviceAccount:{EMAIL}"]}]}
    cloud.post(f"{READY}:setIamPolicy", {"policy": policy})
    assert cloud("DELETE", ANYWHERE) == (200, {})
    assert cloud.error("GET", ROBOT)["code"] == 404
    members = cloud.post(f"{READY}:getIamPolicy")["bindings"][0]["members"]
    assert members == [f"deleted:serviceAccount:{EMAIL}?uid={robot['uniqueId']}"]
    restored = cloud.post(f"{READY}/serviceAccounts/{robot['uniqueId']}:undelete")
    assert restored == {"restoredAccount": robot}
    assert cloud.post(f"{READY}:getIamPolicy")["bindings"][0]["members"] == [f"serviceAccount:{EMAIL}"]
    cloud("DELETE", ROBOT)
    cloud.advance(31 * 86400)
    assert cloud.error("POST", f"{READY}/serviceAccounts/{robot['uniqueId']}:undelete")["code"] == 404


def test_the_next_owner_of_an_address_inherits_nothing(cloud: Cloud, robot: dict[str, Any]) -> None:
    credentials = _credentials(_key_file(cloud))
    credentials.refresh(Request())
    binding = {"role": "roles/iam.serviceAccountUser", "members": ["user:someone@example.com"]}
    cloud.post(f"{ROBOT}:setIamPolicy", {"policy": {"bindings": [binding]}})
    cloud("DELETE", ROBOT)
    again = cloud.post(f"{READY}/serviceAccounts", {"accountId": "my-robot"})
    assert again["uniqueId"] != robot["uniqueId"]
    assert "bindings" not in cloud.post(f"{ROBOT}:getIamPolicy")
    with pytest.raises(RefreshError, match="Invalid JWT Signature"):
        credentials.refresh(Request())
    assert cloud.error("POST", f"{READY}/serviceAccounts/{robot['uniqueId']}:undelete")["code"] == 400


def test_an_accounts_own_policy(cloud: Cloud, robot: dict[str, Any]) -> None:
    assert cloud.post(f"{ROBOT}:getIamPolicy?options.requestedPolicyVersion=3")["etag"] == "ACAB"
    binding = {"role": "roles/iam.serviceAccountUser", "members": ["user:someone@example.com"]}
    written = cloud.post(f"{ROBOT}:setIamPolicy", {"policy": {"bindings": [binding], "etag": "ACAB", "version": 3}})
    assert written["bindings"] == [binding]
    assert cloud.post(f"{ANYWHERE}:getIamPolicy") == written
    asked = {"permissions": ["iam.serviceAccounts.actAs"]}
    assert cloud.post(f"{ROBOT}:testIamPermissions", asked) == asked


def test_keys_are_listed_without_their_private_half(cloud: Cloud, robot: dict[str, Any]) -> None:
    made = cloud.post(f"{ANYWHERE}/keys")
    assert made.pop("privateKeyData")
    assert made.pop("privateKeyType") == "TYPE_GOOGLE_CREDENTIALS_FILE"
    assert made["name"].startswith(f"projects/sandbox-ready/serviceAccounts/{EMAIL}/keys/")
    assert cloud.get(f"{ANYWHERE}/keys?keyTypes=USER_MANAGED") == {"keys": [made]}
    [googles] = cloud.get(f"{ANYWHERE}/keys?keyTypes=SYSTEM_MANAGED")["keys"]
    assert cloud.get(f"{ANYWHERE}/keys") == {"keys": [made, googles]}
    assert cloud.error("DELETE", f"/v1/{googles['name']}")["code"] == 400
    assert cloud.get(f"/v1/{made['name']}") == made
    public = cloud.get(f"/v1/{made['name']}?publicKeyType=TYPE_RAW_PUBLIC_KEY")["publicKeyData"]
    assert b"BEGIN PUBLIC KEY" in base64.b64decode(public)
    for name in (made["name"], googles["name"]):
        pem = cloud.get(f"/v1/{name}?publicKeyType=TYPE_X509_PEM_FILE")["publicKeyData"]
        assert b"BEGIN CERTIFICATE" in base64.b64decode(pem)
    assert cloud("DELETE", f"/v1/{made['name']}") == (200, {})
    assert cloud.get(f"{ANYWHERE}/keys?keyTypes=USER_MANAGED") == {}
    assert cloud.error("DELETE", f"/v1/{made['name']}")["code"] == 404


def test_an_account_has_at_most_ten_keys(cloud: Cloud, robot: dict[str, Any]) -> None:
    from gcp_emulator.identity import KEYS, Key

    def fill(sandbox: Any) -> None:
        for number in range(10):
            sandbox.state[KEYS].put(Key(id=f"k{number}", email=EMAIL, public_pem=""))

    cloud.ready.do(fill)
    error = cloud.error("POST", f"{ANYWHERE}/keys")
    assert (error["code"], error["message"]) == (400, "Precondition check failed.")


def test_a_key_file_works_with_google_auth_as_it_is(cloud: Cloud, robot: dict[str, Any]) -> None:
    info = _key_file(cloud)
    assert info["token_uri"] == cloud["rest_url"] + "/token"
    policy = cloud.post(f"{READY}:getIamPolicy")
    policy["bindings"].append({"role": "roles/viewer", "members": [f"serviceAccount:{EMAIL}"]})
    cloud.post(f"{READY}:setIamPolicy", {"policy": policy})
    cloud.advance(600)
    with AuthorizedSession(_credentials(info)) as session:
        assert session.get(f"{cloud['rest_url']}{READY}").status_code == 200
        assert (
            session.post(f"{cloud['rest_url']}{READY}/serviceAccounts", json={"accountId": "another"}).status_code
            == 403
        )
    assert cloud.ready.requests()[-1]["principal"] == EMAIL


def test_a_key_that_is_disabled_or_deleted_is_good_for_nothing(cloud: Cloud, robot: dict[str, Any]) -> None:
    info = _key_file(cloud)
    credentials = _credentials(info)
    key = f"{ROBOT}/keys/{info['private_key_id']}"
    credentials.refresh(Request())
    cloud.post(f"{key}:disable")
    assert cloud.get(key)["disabled"] is True
    with pytest.raises(RefreshError, match="Invalid JWT Signature"):
        credentials.refresh(Request())
    cloud.post(f"{key}:enable")
    credentials.refresh(Request())
    cloud("DELETE", key)
    with pytest.raises(RefreshError, match="Invalid JWT Signature"):
        credentials.refresh(Request())


def test_a_disabled_or_deleted_account_is_refused_by_its_state(cloud: Cloud, robot: dict[str, Any]) -> None:
    credentials = _credentials(_key_file(cloud))
    with AuthorizedSession(credentials, max_refresh_attempts=0) as session:
        url = f"{cloud['rest_url']}{READY}"
        session.get(url)
        cloud.post(f"{ROBOT}:disable")
        assert cloud.get(ROBOT)["disabled"] is True
        answer = session.get(url)
        assert (answer.status_code, _reason(answer)) == (401, "ACCOUNT_STATE_INVALID")
        assert answer.json()["error"]["details"][0]["metadata"]["email"] == EMAIL
        cloud.post(f"{ROBOT}:enable")
        assert session.get(url).status_code == 403  # it has no role, but it is someone again
        cloud("DELETE", ROBOT)
        assert _reason(session.get(url)) == "ACCOUNT_STATE_INVALID"
    with pytest.raises(RefreshError, match="account not found"):
        credentials.refresh(Request())
