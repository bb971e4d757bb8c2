"""Short-lived credentials, refresh tokens, revocation, and the metadata server."""

# mypy: disable-error-code="no-untyped-call"
# google-auth ships no types.

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
from google.auth import jwt
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.oauth2 import credentials as user_credentials

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud

PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
READY = "/v1/projects/sandbox-ready"
METADATA = "/computeMetadata/v1"
ACCOUNT = f"{METADATA}/instance/service-accounts/default"


@pytest.fixture
def robot(cloud: Cloud) -> str:
    """The address of a service account."""
    email = str(cloud.post(f"{READY}/serviceAccounts", {"accountId": "my-robot"})["email"])
    cloud.advance(10)
    return email


def _credentials_of(email: str, verb: str) -> str:
    return f"/v1/projects/-/serviceAccounts/{email}:{verb}"


def _as(cloud: Cloud, token: str, verb: str, path: str, body: Any = None) -> requests.Response:
    headers = {"authorization": f"Bearer {token}"}
    return requests.request(verb, cloud["rest_url"] + path, json=body, headers=headers, timeout=10)


def _allow(cloud: Cloud, path: str, role: str, member: str) -> None:
    policy = cloud.post(f"{path}:getIamPolicy")
    policy.setdefault("bindings", []).append({"role": role, "members": [member]})
    cloud.post(f"{path}:setIamPolicy", {"policy": policy})
    cloud.advance(10)


def test_an_access_token_lives_as_long_as_it_was_asked_to(cloud: Cloud, robot: str) -> None:
    _allow(cloud, READY, "roles/viewer", f"serviceAccount:{robot}")
    body = {"scope": [PLATFORM], "lifetime": "600s", "delegates": None}
    answer = cloud.post(_credentials_of(robot, "generateAccessToken"), body)
    assert set(answer) == {"accessToken", "expireTime"}
    assert _as(cloud, answer["accessToken"], "GET", READY).status_code == 200
    cloud.advance(601)
    assert _as(cloud, answer["accessToken"], "GET", READY).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"scope": []},
        {"scope": [PLATFORM], "lifetime": "3601s"},
        {"scope": [PLATFORM], "lifetime": "an hour"},
        {"scope": [PLATFORM], "delegates": ["serviceAccounts/x@example.com"]},
    ],
)
def test_a_malformed_request_is_refused(cloud: Cloud, robot: str, body: dict[str, Any]) -> None:
    assert cloud.error("POST", _credentials_of(robot, "generateAccessToken"), body)["status"] == "INVALID_ARGUMENT"


def test_whose_credentials_there_are_none(cloud: Cloud, robot: str) -> None:
    body = {"scope": [PLATFORM]}
    unknown = cloud.error("POST", _credentials_of("no-one@example.com", "generateAccessToken"), body)
    assert (unknown["code"], unknown["message"]) == (404, "Not found; Gaia id not found for email no-one@example.com")
    named = f"{READY}/serviceAccounts/{robot}:generateAccessToken"
    assert cloud.error("POST", named, body)["code"] == 400
    cloud.post(f"{READY}/serviceAccounts/{robot}:disable")
    disabled = cloud.error("POST", _credentials_of(robot, "generateAccessToken"), body)
    assert disabled["status"] == "FAILED_PRECONDITION"


def test_who_may_not_create_tokens_is_reported_the_permission(cloud: Cloud, robot: str) -> None:
    token = cloud.ready.token_for("user:someone@example.com")
    path = _credentials_of(robot, "generateAccessToken")
    error = _as(cloud, token, "POST", path, {"scope": [PLATFORM]}).json()["error"]
    assert (
        error["message"] == "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)."
    )
    assert error["details"][0]["reason"] == "IAM_PERMISSION_DENIED"
    assert error["details"][0]["domain"] == "iamcredentials.googleapis.com"
    _allow(
        cloud, f"{READY}/serviceAccounts/{robot}", "roles/iam.serviceAccountTokenCreator", "user:someone@example.com"
    )
    assert _as(cloud, token, "POST", path, {"scope": [PLATFORM]}).status_code == 200


def test_a_chain_of_delegates_holds_link_by_link(cloud: Cloud, robot: str) -> None:
    middle = cloud.post(f"{READY}/serviceAccounts", {"accountId": "in-the-middle"})["email"]
    token = cloud.ready.token_for("user:someone@example.com")
    body = {"scope": [PLATFORM], "delegates": [f"projects/-/serviceAccounts/{middle}"]}
    path = _credentials_of(robot, "generateAccessToken")
    role = "roles/iam.serviceAccountTokenCreator"
    error = _as(cloud, token, "POST", path, body).json()["error"]
    assert "iam.serviceAccounts.implicitDelegation" in error["message"]
    _allow(cloud, f"{READY}/serviceAccounts/{middle}", role, "user:someone@example.com")
    assert "getAccessToken" in _as(cloud, token, "POST", path, body).json()["error"]["message"]
    _allow(cloud, f"{READY}/serviceAccounts/{robot}", role, f"serviceAccount:{middle}")
    assert _as(cloud, token, "POST", path, body).status_code == 200
    assert _as(cloud, token, "POST", path, {"scope": [PLATFORM]}).status_code == 403


def test_what_the_account_signs_its_public_key_verifies(cloud: Cloud, robot: str) -> None:
    now = int(time.time())
    claims = {"iss": robot, "sub": robot, "iat": now, "exp": now + 3600, "scope": PLATFORM}
    signed = cloud.post(_credentials_of(robot, "signJwt"), {"payload": json.dumps(claims)})
    assert _as(cloud, signed["signedJwt"], "GET", READY).status_code == 403  # someone, without a role
    blob = cloud.post(_credentials_of(robot, "signBlob"), {"payload": base64.b64encode(b"x").decode()})
    assert blob["keyId"] == signed["keyId"]
    assert len(base64.b64decode(blob["signedBlob"])) == 256
    keys = cloud.get(f"{READY}/serviceAccounts/{robot}/keys?keyTypes=SYSTEM_MANAGED")["keys"]
    assert [key["name"].rpartition("/")[2] for key in keys] == [blob["keyId"]]
    for payload in ("[]", "x", json.dumps({"exp": now - 10})):
        assert cloud.error("POST", _credentials_of(robot, "signJwt"), {"payload": payload})["code"] == 400


def test_an_id_token_is_for_its_audience(cloud: Cloud, robot: str) -> None:
    body = {"audience": "https://example.com", "includeEmail": True}
    claims = jwt.decode(cloud.post(_credentials_of(robot, "generateIdToken"), body)["token"], verify=False)
    assert (claims["aud"], claims["email"]) == ("https://example.com", robot)
    assert cloud.error("POST", _credentials_of(robot, "generateIdToken"), {})["code"] == 400


def test_no_location_is_out_of_bounds(cloud: Cloud, robot: str) -> None:
    assert cloud.get(f"/v1/projects/-/serviceAccounts/{robot}/allowedLocations") == {"encodedLocations": "0x0"}
    assert cloud.error("GET", "/v1/projects/-/serviceAccounts/x@example.com/allowedLocations")["code"] == 404


def _login(cloud: Cloud) -> dict[str, Any]:
    file = Path(cloud["credentials_file"]).parent / "user_credentials.json"
    assert file.stat().st_mode & 0o777 == 0o600
    info: dict[str, Any] = json.loads(file.read_text())
    return info


def _user(cloud: Cloud) -> Any:
    """The developer's credentials, refreshed here: google-auth takes the address from no file."""
    info = _login(cloud)
    return user_credentials.Credentials(
        None,
        refresh_token=info["refresh_token"],
        client_id=info["client_id"],
        client_secret=info["client_secret"],
        token_uri=cloud["rest_url"] + "/token",
    )


def test_a_user_who_has_logged_in_is_someone(cloud: Cloud) -> None:
    user = _user(cloud)
    user.refresh(Request())
    assert user.id_token
    assert _as(cloud, user.token, "GET", READY).status_code == 200
    assert cloud.ready.requests()[-1]["principal"] == "developer@sandbox.example.com"
    info = cloud.get(f"/tokeninfo?access_token={user.token}")
    named = _as(cloud, user.token, "GET", "/v1/userinfo").json()
    assert named == {"sub": info["sub"], "email": "developer@sandbox.example.com", "email_verified": True}
    assert named == _as(cloud, user.token, "GET", "/oauth2/v3/userinfo").json()
    assert info["azp"] == _login(cloud)["client_id"]
    cloud.advance(3600)
    assert _as(cloud, user.token, "GET", READY).status_code == 401


def test_a_reset_leaves_the_file_of_the_user_good(cloud: Cloud) -> None:
    user = _user(cloud)
    cloud.ready.reset()
    user.refresh(Request())
    assert _as(cloud, user.token, "GET", READY).status_code == 200


def test_a_client_must_be_the_one_that_logged_in(cloud: Cloud) -> None:
    info = _login(cloud)
    good = {key: info[key] for key in ("client_id", "client_secret", "refresh_token")}
    good["grant_type"] = "refresh_token"
    for wrong, status, error in (
        ({"refresh_token": "1//x"}, 400, "invalid_grant"),
        ({"client_secret": "x"}, 401, "invalid_client"),
        ({"scope": "https://www.googleapis.com/auth/drive"}, 400, "invalid_scope"),
    ):
        answer = requests.post(cloud["rest_url"] + "/token", data={**good, **wrong}, timeout=10)
        assert (answer.status_code, answer.json()["error"]) == (status, error)


@pytest.mark.parametrize("kind", ["refresh_token", "access_token"])
def test_a_revoked_login_is_over(cloud: Cloud, kind: str) -> None:
    user = _user(cloud)
    user.refresh(Request())
    value = user.refresh_token if kind == "refresh_token" else user.token
    answer = requests.post(cloud["rest_url"] + "/revoke", data={"token": value}, timeout=10)
    assert (answer.status_code, answer.json()) == (200, {})
    assert _as(cloud, user.token, "GET", READY).status_code == 401
    with pytest.raises(RefreshError, match=r"Token has been expired or revoked\."):
        user.refresh(Request())


def test_the_owners_own_token_and_unknown_ones_are_not_revoked(cloud: Cloud, robot: str) -> None:
    for value in (cloud["token"], "ya29.x"):
        answer = requests.post(f"{cloud['rest_url']}/revoke?token={value}", timeout=10)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_token")
    token = cloud.post(_credentials_of(robot, "generateAccessToken"), {"scope": [PLATFORM]})["accessToken"]
    requests.post(f"{cloud['rest_url']}/revoke", data={"token": token}, timeout=10)
    assert _as(cloud, token, "GET", READY).status_code == 401


def _metadata(cloud: Cloud, path: str, **headers: str) -> requests.Response:
    sent = {"Metadata-Flavor": "Google", **headers}
    return requests.get(cloud["rest_url"] + path, headers=sent, timeout=10)


def test_the_metadata_server_says_what_google_auth_asks(cloud: Cloud) -> None:
    number = cloud.get(READY)["projectNumber"]
    email = f"{number}-compute@developer.gserviceaccount.com"
    for path, text in (
        ("/", "computeMetadata/\n"),
        (f"{METADATA}/project/project-id", "sandbox-ready"),
        (f"{METADATA}/project/numeric-project-id", number),
        (f"{METADATA}/universe/universe-domain", "googleapis.com"),
        (f"{METADATA}/instance/zone", f"projects/{number}/zones/us-central1-a"),
        (f"{METADATA}/instance/service-accounts/", f"default/\n{email}/\n"),
        (f"{ACCOUNT}/email", email),
    ):
        answer = _metadata(cloud, path)
        assert (answer.status_code, answer.text) == (200, text)
        assert answer.headers["metadata-flavor"] == "Google"
        assert "json" not in answer.headers["content-type"]
    assert _metadata(cloud, f"{METADATA}/instance").headers["metadata-flavor"] == "Google"
    whole = _metadata(cloud, f"{ACCOUNT}/?recursive=true").json()
    assert (whole["email"], whole["aliases"], whole["scopes"][0]) == (email, ["default"], PLATFORM)
    assert cloud.get(f"{READY}/serviceAccounts/{email}")["email"] == email
    claims = jwt.decode(_metadata(cloud, f"{ACCOUNT}/identity?audience=me&format=full").content, verify=False)
    assert (claims["aud"], claims["email"]) == ("me", email)
    machine = _metadata(cloud, f"{METADATA}/instance/?recursive=true").json()
    assert machine["hostname"] == _metadata(cloud, f"{METADATA}/instance/hostname").text
    assert machine["serviceAccounts"]["default"] == machine["serviceAccounts"][email] == whole
    everything = _metadata(cloud, f"{METADATA}/?recursive=true").json()
    assert everything["project"] == {"attributes": {}, "numericProjectId": int(number), "projectId": "sandbox-ready"}
    assert _metadata(cloud, f"{METADATA}/").text == "instance/\nproject/\nuniverse/\n"
    for missing in (
        f"{METADATA}/instance/color",
        f"{METADATA}/instance/attributes/cluster-name",
        f"{ACCOUNT}/color",
        f"{METADATA}/instance/service-accounts/x/email",
    ):
        assert _metadata(cloud, missing).status_code == 404


def test_the_metadata_server_wants_its_header_and_no_proxy(cloud: Cloud) -> None:
    assert requests.get(cloud["rest_url"] + f"{ACCOUNT}/token", timeout=10).status_code == 403
    assert _metadata(cloud, f"{ACCOUNT}/token", **{"X-Forwarded-For": "10.0.0.1"}).status_code == 403
    assert requests.get(cloud["rest_url"] + "/", timeout=10).headers["metadata-flavor"] == "Google"


ASK = """
import google.auth, google.auth.transport.requests
credentials, project = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
session = google.auth.transport.requests.AuthorizedSession(credentials)
answer = session.get(f"{BASE}/v1/projects/{project}")
print(type(credentials).__module__, project, answer.status_code, credentials.service_account_email)
"""


def test_google_auth_finds_its_credentials_there(cloud: Cloud, tmp_path: Path) -> None:
    host = cloud["rest_url"].removeprefix("http://")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "GCE_METADATA_HOST": host,
        "GCE_METADATA_IP": host,
    }
    code = ASK.replace("{BASE}", cloud["rest_url"])
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    number = cloud.get(READY)["projectNumber"]
    email = f"{number}-compute@developer.gserviceaccount.com"
    assert done.stdout.split() == ["google.auth.compute_engine.credentials", "sandbox-ready", "200", email]
    answered = [each for each in cloud.ready.requests() if each["principal"] == email]
    assert answered


@pytest.mark.parametrize("scale", [1_000_000, 0])
def test_a_token_ages_no_faster_than_its_client_counts(cloud: Cloud, scale: int) -> None:
    token = cloud.ready.token_for("user:someone@example.com")
    described = f"/oauth2/v3/tokeninfo?access_token={token}"
    cloud.post("/sandbox/v1/clock", {"scale": f"{scale}x"})
    clock = cloud.ready.sandbox.state.clock
    end = clock.now() + (7200 if scale else 0)
    while clock.now() < end:
        cloud.get(described)
    assert int(cloud.get(described)["expires_in"]) >= 3500
    cloud.post("/sandbox/v1/clock", {"advance": 3600})
    assert cloud("GET", described)[0] == 400
