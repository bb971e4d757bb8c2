"""Tokens: which are taken, when they die, and how the token endpoint refuses (in the recorded order)."""

# mypy: disable-error-code="no-untyped-call"
# google-auth ships no types.

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
from gcp_emulator.server import running
from google.auth import crypt, jwt
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2 import service_account

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud

PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
RESOURCE_MANAGER = "https://cloudresourcemanager.googleapis.com/"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class Key:
    """The sandbox's key file, to sign what one likes with."""

    def __init__(self, cloud: Cloud) -> None:
        with open(cloud["credentials_file"]) as file:  # noqa: PTH123 - one line
            self.info: dict[str, Any] = json.load(file)
        self.cloud = cloud
        self.signer = crypt.RSASigner.from_service_account_info(self.info)

    def sign(self, **claims: Any) -> str:
        """A JWT that is good unless a claim says otherwise; None takes a claim away."""
        now = int(time.time())
        email = self.info["client_email"]
        payload = {"iss": email, "sub": email, "iat": now, "exp": now + 3600, **claims}
        payload = {name: value for name, value in payload.items() if value is not None}
        return str(jwt.encode(self.signer, payload).decode())

    def call(self, token: str, path: str = "") -> tuple[int, str]:
        """Get the ready project with a bearer: status, and the reason if it is refused."""
        answer = requests.get(
            f"{self.cloud['rest_url']}{path or '/v3/projects/' + self.cloud['project']}",
            headers={"authorization": f"Bearer {token}"},
            timeout=10,
        )
        details = answer.json().get("error", {}).get("details", [{}])
        return answer.status_code, details[0].get("reason", "")

    def exchange(self, assertion: str, grant: str = GRANT) -> tuple[int, Any]:
        answer = requests.post(
            f"{self.cloud['rest_url']}/token", data={"grant_type": grant, "assertion": assertion}, timeout=10
        )
        return answer.status_code, answer.json()


@pytest.fixture
def key(cloud: Cloud) -> Key:
    return Key(cloud)


def test_a_call_without_credentials_says_so(cloud: Cloud) -> None:
    answer = requests.get(f"{cloud['rest_url']}/v3/projects/{cloud['project']}", timeout=10)
    error = answer.json()["error"]
    assert (answer.status_code, error["status"]) == (401, "UNAUTHENTICATED")
    assert error["message"].startswith("Request is missing required authentication credential.")
    assert error["details"][0] == {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "CREDENTIALS_MISSING",
        "domain": "googleapis.com",
        "metadata": {
            "service": "cloudresourcemanager.googleapis.com",
            "method": "google.cloud.resourcemanager.v3.Projects.GetProject",
        },
    }
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("bearer", ["garbage", "ya29.made-up", "a.b.c", "ey.ey.ey"])
def test_garbage_is_refused_as_an_expired_token_is(key: Key, bearer: str) -> None:
    assert key.call(bearer) == (401, "ACCESS_TOKEN_EXPIRED")


def test_a_self_signed_jwt_names_the_api_or_scopes(key: Key) -> None:
    assert key.call(key.sign(aud=RESOURCE_MANAGER)) == (200, "")
    assert key.call(key.sign(scope=PLATFORM)) == (200, "")
    assert key.call(key.sign(aud="https://example.com/")) == (401, "ACCESS_TOKEN_EXPIRED")
    assert key.call(key.sign()) == (401, "ACCESS_TOKEN_EXPIRED")


def test_a_scope_for_something_else_is_not_enough(key: Key) -> None:
    narrow = key.sign(scope="https://www.googleapis.com/auth/cloud-billing")
    assert key.call(narrow) == (403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT")
    assert key.call(narrow, "/v1/billingAccounts") == (200, "")


def test_the_times_of_a_jwt_are_evaluated_by_the_hosts_clock(cloud: Cloud, key: Key) -> None:
    now = int(time.time())
    good = key.sign(aud=RESOURCE_MANAGER)
    cloud.advance(10 * 86400)
    assert key.call(good) == (200, "")
    for issued, expires in ((now - 7200, now - 3600), (now + 400, now + 4000), (now, now + 86400), (now, now)):
        assert key.call(key.sign(aud=RESOURCE_MANAGER, iat=issued, exp=expires)) == (401, "ACCESS_TOKEN_EXPIRED")


def test_a_jwt_of_another_key_or_of_another_subject_is_refused(key: Key) -> None:
    head, body, signature = key.sign(aud=RESOURCE_MANAGER).split(".")
    forged = base64.urlsafe_b64encode(b"x" * 256).decode().rstrip("=")
    assert key.call(f"{head}.{body}.{forged}") == (401, "ACCESS_TOKEN_EXPIRED")
    none = base64.urlsafe_b64encode(b'{"alg":"none","kid":"x"}').decode().rstrip("=")
    assert key.call(f"{none}.{body}.{signature}") == (401, "ACCESS_TOKEN_EXPIRED")
    assert key.call(key.sign(aud=RESOURCE_MANAGER, sub="a@example.com")) == (401, "ACCESS_TOKEN_EXPIRED")


def test_a_jwt_need_not_name_its_key(key: Key) -> None:
    key.signer = crypt.RSASigner.from_string(key.info["private_key"])
    assert key.call(key.sign(aud=RESOURCE_MANAGER)) == (200, "")
    status, answer = key.exchange(key.sign(aud="https://oauth2.googleapis.com/token", scope=PLATFORM))
    assert (status, answer["token_type"]) == (200, "Bearer")
    assert key.call(key.sign(aud=RESOURCE_MANAGER, iss="no-one@example.com")) == (401, "ACCESS_TOKEN_EXPIRED")
    head, body, _ = key.sign(aud=RESOURCE_MANAGER).split(".")
    forged = base64.urlsafe_b64encode(b"x" * 256).decode().rstrip("=")
    assert key.call(f"{head}.{body}.{forged}") == (401, "ACCESS_TOKEN_EXPIRED")


def test_google_auth_works_with_the_key_file_as_it_is(cloud: Cloud) -> None:
    credentials = service_account.Credentials.from_service_account_file(cloud["credentials_file"], scopes=[PLATFORM])
    with AuthorizedSession(credentials) as session:
        assert session.get(f"{cloud['rest_url']}/v1/projects/{cloud['project']}").status_code == 200
    assert [each["method"] for each in cloud.ready.requests()] == ["oauth2.token", "cloudresourcemanager.projects.get"]


def test_an_issued_token_ages_by_the_sandboxs_clock(cloud: Cloud) -> None:
    credentials = service_account.Credentials.from_service_account_file(cloud["credentials_file"], scopes=[PLATFORM])
    credentials.refresh(Request())
    key = Key(cloud)
    assert key.call(credentials.token) == (200, "")
    cloud.advance(3598)
    assert key.call(credentials.token) == (200, "")
    cloud.advance(2)
    assert key.call(credentials.token) == (401, "ACCESS_TOKEN_EXPIRED")
    assert key.call(cloud["token"]) == (200, "")  # the owner's own never does


def test_the_token_endpoint_refuses_in_the_recorded_order(key: Key) -> None:
    now = int(time.time())
    audience = "https://oauth2.googleapis.com/token"
    head, body, _ = key.sign(aud=audience, scope=PLATFORM).split(".")
    short = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."
    for assertion, error, description in (
        ("garbage", "invalid_request", "Bad Request"),
        (f"{head}.{body}.AAAA", "invalid_grant", "Invalid JWT Signature."),
        (key.sign(aud=audience, iss="a@example.com"), "invalid_grant", "Invalid grant: account not found"),
        (key.sign(aud=audience, iat=None), "invalid_grant", "Invalid JWT: iat (issued at) is not set."),
        (key.sign(aud=audience, scope=PLATFORM, iat=now - 7200, exp=now - 3600), "invalid_grant", short),
        (key.sign(aud=audience, scope=PLATFORM, exp=now + 7200), "invalid_grant", short),
        (key.sign(aud=audience), "invalid_scope", "Invalid OAuth scope or ID token audience provided."),
        (key.sign(aud="https://example.com", scope=PLATFORM), "invalid_grant", "Invalid JWT: Failed audience check."),
    ):
        status, answer = key.exchange(assertion)
        assert (status, answer["error"]) == (400, error)
        assert answer["error_description"].startswith(description)
        assert set(answer) == {"error", "error_description"}


def test_a_clock_that_is_five_minutes_fast_is_tolerated(key: Key) -> None:
    issued = int(time.time()) + 290
    assertion = key.sign(aud="https://oauth2.googleapis.com/token", scope=PLATFORM, iat=issued, exp=issued + 3600)
    status, answer = key.exchange(assertion)
    assert status == 200
    assert (answer["expires_in"], answer["token_type"]) == (3599, "Bearer")
    assert key.call(answer["access_token"]) == (200, "")


def test_an_id_token_is_given_to_who_asks_for_one(key: Key) -> None:
    asked = {"aud": "https://oauth2.googleapis.com/token", "target_audience": "https://example.com"}
    status, answer = key.exchange(key.sign(**asked))
    assert status == 200
    assert jwt.decode(answer["id_token"], verify=False)["aud"] == "https://example.com"


def test_other_grants_are_refused_as_google_refuses_them(cloud: Cloud, key: Key) -> None:
    assert key.exchange("x", "password") == (
        400,
        {"error": "unsupported_grant_type", "error_description": "Invalid grant_type: password"},
    )
    form = {"grant_type": "refresh_token", "refresh_token": "1//x", "client_id": "i", "client_secret": "s"}
    answer = requests.post(f"{cloud['rest_url']}/token", data=form, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_principal_can_be_named(cloud: Cloud, key: Key) -> None:
    info = cloud.get(f"/tokeninfo?access_token={cloud['token']}")
    assert info["email"] == key.info["client_email"]
    assert PLATFORM in info["scope"].split()
    user = cloud.get("/v1/userinfo")
    assert user == {"sub": info["sub"], "email": info["email"], "email_verified": True}


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_older_versions_have_older_names(cloud: Cloud, version: str) -> None:
    newer = cloud.get(f"/oauth2/v3/tokeninfo?access_token={cloud['token']}")
    for verb in ("GET", "POST"):
        status, info = cloud(verb, f"/oauth2/{version}/tokeninfo?access_token={cloud['token']}")
        assert (status, info) == (
            200,
            {
                "issued_to": newer["azp"],
                "audience": newer["aud"],
                "user_id": newer["sub"],
                "scope": newer["scope"],
                "expires_in": int(newer["expires_in"]),
                "email": newer["email"],
                "verified_email": True,
            },
        )
    user = cloud.get(f"/oauth2/{version}/userinfo")
    assert user == {"id": newer["sub"], "email": newer["email"], "verified_email": True}
    assert cloud.get("/userinfo/v2/me") == user
    assert cloud("GET", f"/oauth2/{version}/tokeninfo?access_token=x")[1]["error"] == "invalid_token"


def test_an_id_token_is_not_looked_into(cloud: Cloud) -> None:
    assert cloud("GET", "/tokeninfo?id_token=x")[0] == 501


def test_a_token_tells_no_email_unless_its_scopes_do(cloud: Cloud, key: Key) -> None:
    assertion = key.sign(aud="https://oauth2.googleapis.com/token", scope=PLATFORM)
    token = key.exchange(assertion)[1]["access_token"]
    info = cloud.get(f"/tokeninfo?access_token={token}")
    assert "email" not in info
    assert info["expires_in"] == "3599"
    cloud.advance(3600)
    assert cloud("GET", f"/tokeninfo?access_token={token}") == (
        400,
        {"error": "invalid_token", "error_description": "Invalid Value"},
    )


def test_the_key_file_is_for_its_owners_eyes(tmp_path: Path) -> None:
    with running(grpc=False, ready_file=tmp_path / "ready.json") as ready:
        written = [tmp_path / "ready.json", Path(ready["credentials_file"])]
        assert [path.stat().st_mode & 0o777 for path in written] == [0o600, 0o600]
    assert not any(path.exists() for path in written)
