"""gcloud on service accounts, keys, roles and workload identity pools, and with the credentials they give."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from gcp_emulator import environment
from gcp_emulator.server import Running, running

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not installed")

EMAIL = "my-robot@sandbox-ready.iam.gserviceaccount.com"


@pytest.fixture
def fast(tmp_path: Path) -> Iterator[Running]:
    with running(clock=60, propagation=0, grpc=False, ready_file=tmp_path / "ready.json") as ready:
        yield ready


def _gcloud(ready: Running, *arguments: str, **more: str) -> Any:
    set_ = environment.child(ready) | more
    if "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE" in more:
        del set_["CLOUDSDK_AUTH_ACCESS_TOKEN_FILE"]
    done = subprocess.run(
        ["gcloud", *arguments, "--format=json", "--quiet"],
        env=set_,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout or "null")


def test_a_service_account_is_made_given_a_role_and_a_key_and_used(fast: Running, tmp_path: Path) -> None:
    _gcloud(fast, "iam", "service-accounts", "create", "my-robot", "--display-name=Robot")
    described = _gcloud(fast, "iam", "service-accounts", "describe", EMAIL)
    assert (described["email"], described["displayName"]) == (EMAIL, "Robot")
    assert EMAIL in [each["email"] for each in _gcloud(fast, "iam", "service-accounts", "list")]
    member = f"--member=serviceAccount:{EMAIL}"
    policy = _gcloud(fast, "projects", "add-iam-policy-binding", fast["project"], member, "--role=roles/viewer")
    assert {"role": "roles/viewer", "members": [f"serviceAccount:{EMAIL}"]} in policy["bindings"]
    own = _gcloud(
        fast, "iam", "service-accounts", "add-iam-policy-binding", EMAIL, "--member=user:ann@sandbox.example.com",
        "--role=roles/iam.serviceAccountUser",
    )  # fmt: skip
    assert own["bindings"][0]["members"] == ["user:ann@sandbox.example.com"]
    key = tmp_path / "key.json"
    _gcloud(fast, "iam", "service-accounts", "keys", "create", str(key), f"--iam-account={EMAIL}")
    override = {"CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE": str(key)}
    assert _gcloud(fast, "projects", "describe", fast["project"], **override)["projectId"] == fast["project"]
    assert fast.requests()[-1]["principal"] == EMAIL
    _gcloud(fast, "iam", "service-accounts", "delete", EMAIL)


def test_a_custom_role_is_made_described_and_deleted(fast: Running) -> None:
    project = f"--project={fast['project']}"
    _gcloud(fast, "iam", "roles", "create", "my_role", project, "--title=Mine", "--permissions=iam.roles.get")
    described = _gcloud(fast, "iam", "roles", "describe", "my_role", project)
    assert described["includedPermissions"] == ["iam.roles.get"]
    assert _gcloud(fast, "iam", "roles", "delete", "my_role", project)["deleted"] is True
    assert _gcloud(fast, "iam", "roles", "describe", "roles/viewer")["title"] == "Viewer"


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def test_a_federated_identity_is_made_and_used(fast: Running, tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    numbers = key.public_key().public_numbers()
    jwk = {"kty": "RSA", "kid": "k1", "e": "AQAB", "n": _encode(numbers.n.to_bytes(256, "big"))}
    jwks = tmp_path / "jwks.json"
    jwks.write_text(json.dumps({"keys": [jwk]}))
    here = "--location=global"
    _gcloud(fast, "iam", "workload-identity-pools", "create", "my-pool", here, "--display-name=Mine")
    _gcloud(
        fast, "iam", "workload-identity-pools", "providers", "create-oidc", "my-provider", here,
        "--workload-identity-pool=my-pool", "--issuer-uri=https://issuer.example.com",
        "--attribute-mapping=google.subject=assertion.sub", "--attribute-condition=assertion.sub != ''",
        "--allowed-audiences=sandbox", f"--jwk-json-path={jwks}",
    )  # fmt: skip
    (pool,) = _gcloud(fast, "iam", "workload-identity-pools", "list", here)
    (provider,) = _gcloud(
        fast, "iam", "workload-identity-pools", "providers", "list", here, "--workload-identity-pool=my-pool"
    )
    assert provider["attributeCondition"] == "assertion.sub != ''"
    member = f"principal://iam.googleapis.com/{pool['name']}/subject/me"
    _gcloud(fast, "projects", "add-iam-policy-binding", fast["project"], f"--member={member}", "--role=roles/viewer")
    now = int(time.time())
    claims = {"iss": "https://issuer.example.com", "sub": "me", "aud": "sandbox", "iat": now, "exp": now + 3600}
    head = _encode(json.dumps({"alg": "RS256", "kid": "k1"}).encode())
    message = f"{head}.{_encode(json.dumps(claims).encode())}"
    token = tmp_path / "token"
    token.write_text(f"{message}.{_encode(key.sign(message.encode(), padding.PKCS1v15(), SHA256()))}")
    file = tmp_path / "external.json"
    described = {
        "type": "external_account",
        "audience": f"//iam.googleapis.com/{provider['name']}",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": fast["rest_url"] + "/v1/token",
        "token_info_url": fast["rest_url"] + "/v1/introspect",
        "credential_source": {"file": str(token)},
        "universe_domain": "googleapis.com",
    }
    file.write_text(json.dumps(described))
    override = {"CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE": str(file)}
    assert _gcloud(fast, "projects", "describe", fast["project"], **override)["projectId"] == fast["project"]
    assert fast.requests()[-1]["principal"] == member
