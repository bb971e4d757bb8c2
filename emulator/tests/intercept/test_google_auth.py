"""google-auth's credentials that cannot be pointed elsewhere, on Google's real hosts."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import google.auth
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from gcp_emulator.server import Running
from google.auth import crypt, jwt
from google.auth.compute_engine import _metadata
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2 import service_account
from requests import Session

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
BILLING = "https://cloudbilling.googleapis.com/v1/projects/sandbox-ready/billingInfo"
OWNER = "owner@sandbox-host.iam.gserviceaccount.com"

pytestmark = pytest.mark.usefixtures("environ")


def answer(credentials: Any) -> dict[str, Any]:
    """What a call with these credentials gets."""
    with AuthorizedSession(credentials) as session:  # type: ignore[no-untyped-call] # has no types
        found: dict[str, Any] = session.get(BILLING, timeout=30).json()
    return found


@pytest.fixture
def owner(google: Running) -> Iterator[Session]:
    with Session() as session:
        session.headers["authorization"] = f"Bearer {google['token']}"
        yield session


def default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: dict[str, Any]) -> Any:
    """Application default credentials from a file with this content."""
    file = tmp_path / "adc.json"
    file.write_text(json.dumps(content))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    credentials, _ = google.auth.default(scopes=[SCOPE])
    return credentials


def user(ready: Running) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(ready["credentials_file"]).with_name("user_credentials.json").read_text())
    return found


def test_a_user_is_refreshed_and_charged_to_his_quota_project(
    google: Running, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    since = google.requests()[-1]["sequence"] if google.requests() else 0
    credentials = default(monkeypatch, tmp_path, user(google) | {"quota_project_id": "sandbox-ready"})
    assert answer(credentials)["billingEnabled"] is True
    calls = {each["method"]: each for each in google.requests(since)}
    assert calls["oauth2.token"]["status"] == 200
    call = calls["google.cloud.billing.v1.CloudBilling/GetProjectBillingInfo"]
    assert (call["principal"], call["consumer"]) == ("developer@sandbox.example.com", "sandbox-ready")


def test_a_user_impersonates_a_service_account(
    google: Running, owner: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    iam = "https://iam.googleapis.com/v1/projects/sandbox-ready/serviceAccounts"
    made = owner.post(iam, json={"accountId": "reader"}, timeout=30).json()
    members = ["user:developer@sandbox.example.com"]
    policy = {"bindings": [{"role": "roles/iam.serviceAccountTokenCreator", "members": members}]}
    owner.post(f"{iam}/{made['email']}:setIamPolicy", json={"policy": policy}, timeout=30).raise_for_status()
    url = f"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{made['email']}:generateAccessToken"
    credentials = default(
        monkeypatch,
        tmp_path,
        {
            "type": "impersonated_service_account",
            "source_credentials": user(google),
            "service_account_impersonation_url": url,
            "delegates": [],
        },
    )
    refused = answer(credentials)
    assert refused["error"]["status"] == "PERMISSION_DENIED"  # it may nothing yet, and is known
    assert google.requests()[-1]["principal"] == made["email"]


def test_a_federated_identity_is_exchanged_at_sts(
    google: Running, owner: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pools = "https://iam.googleapis.com/v1/projects/sandbox-ready/locations/global/workloadIdentityPools"
    owner.post(f"{pools}?workloadIdentityPoolId=pool-of-ci", json={}, timeout=30).raise_for_status()
    google.advance(10)
    provider = {
        "attributeMapping": {"google.subject": "assertion.sub"},
        "oidc": {"issuerUri": "https://issuer.example.com", "jwksJson": json.dumps({"keys": [_jwk(key)]})},
    }
    made = owner.post(f"{pools}/pool-of-ci/providers?workloadIdentityPoolProviderId=issuer", json=provider, timeout=30)
    made.raise_for_status()
    google.advance(10)
    audience = "//iam.googleapis.com/" + made.json()["name"].partition("/operations/")[0]
    subject = tmp_path / "subject"
    subject.write_text(_signed(key, f"https:{audience}"))
    credentials = default(
        monkeypatch,
        tmp_path,
        {
            "type": "external_account",
            "audience": audience,
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": "https://sts.googleapis.com/v1/token",
            "credential_source": {"file": str(subject)},
        },
    )
    assert answer(credentials)["error"]["status"] == "PERMISSION_DENIED"  # known by its subject, and may nothing
    assert credentials.token


def _jwk(key: Any) -> dict[str, str]:
    numbers = key.public_key().public_numbers()
    return {"kty": "RSA", "alg": "RS256", "kid": "1", "n": _encoded(numbers.n), "e": _encoded(numbers.e)}


def _encoded(number: int) -> str:
    size = (number.bit_length() + 7) // 8
    return base64.urlsafe_b64encode(number.to_bytes(size, "big")).decode().rstrip("=")


def _signed(key: Any, audience: str) -> str:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    now = int(time.time())
    claims = {"iss": "https://issuer.example.com", "sub": "job", "aud": audience, "iat": now, "exp": now + 600}
    signer = crypt.RSASigner.from_string(pem, key_id="1")  # type: ignore[no-untyped-call] # has no types
    token: bytes = jwt.encode(signer, claims)  # type: ignore[no-untyped-call] # likewise
    return token.decode()


@pytest.mark.parametrize("token_uri", ["https://oauth2.googleapis.com/token", "its own"])
def test_a_key_file_works_with_googles_token_endpoint_and_with_the_sandboxs(google: Running, token_uri: str) -> None:
    file = json.loads(Path(google["credentials_file"]).read_text())
    own = file["token_uri"]
    found = {**file, "token_uri": own if token_uri == "its own" else token_uri}
    credentials = service_account.Credentials.from_service_account_info(found, scopes=[SCOPE])  # type: ignore[no-untyped-call] # has no types
    assert answer(credentials)["billingEnabled"] is True


def test_the_metadata_server_gives_credentials_where_no_file_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS")
    monkeypatch.delenv("NO_GCE_CHECK")  # of these tests, not of the sandbox
    monkeypatch.setattr(_metadata, "_GCE_METADATA_HOST", "metadata.google.internal")  # as where nothing is set
    token = _metadata.get(Request(), "instance/service-accounts/default/token")  # type: ignore[no-untyped-call] # has no types
    assert token["access_token"].startswith("ya29.")


def test_the_regional_access_boundary_is_answered(owner: Session) -> None:
    url = f"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{OWNER}/allowedLocations"
    assert owner.get(url, timeout=30).json()["encodedLocations"] == "0x0"


def test_the_principal_can_be_named_at_the_hosts_that_do_so(google: Running, owner: Session) -> None:
    for url in ("https://openidconnect.googleapis.com/v1/userinfo", "https://www.googleapis.com/oauth2/v3/userinfo"):
        assert owner.get(url, timeout=30).json()["email"] == OWNER
    bearer = {"access_token": google["token"]}
    info = owner.get("https://oauth2.googleapis.com/tokeninfo", params=bearer, timeout=30)
    assert info.json()["email"] == OWNER
