"""Workload identity federation, end to end: a token of another issuer, exchanged by google-auth as it is."""

# mypy: disable-error-code="no-untyped-call"
# google-auth ships no types.

from __future__ import annotations

import base64
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from google.auth import crypt, identity_pool, jwt
from google.auth.exceptions import OAuthError, RefreshError
from google.auth.transport.requests import AuthorizedSession, Request

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud

PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
ISSUER = "https://issuer.example.com"
POOLS = "/v1/projects/sandbox-ready/locations/global/workloadIdentityPools"
POOL = f"{POOLS}/my-pool"
PROVIDER = f"{POOL}/providers/my-provider"
GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
MAPPING = {
    "google.subject": "assertion.sub",
    "google.groups": "assertion.groups",
    "attribute.repository": "assertion.repository",
    "attribute.owner": "assertion.repository.extract('{owner}/')",
}


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Issuer:
    """An OpenID Connect issuer: a key, and what it says of itself."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.signer = crypt.RSASigner.from_string(pem, key_id="k1")
        numbers = self.key.public_key().public_numbers()
        self.jwks = {
            "keys": [
                {
                    "kty": "RSA",
                    "kid": "k1",
                    "alg": "RS256",
                    "use": "sig",
                    "e": _encode(numbers.e.to_bytes(3, "big")),
                    "n": _encode(numbers.n.to_bytes(256, "big")),
                }
            ]
        }

    def sign(self, **claims: Any) -> str:
        now = int(time.time())
        payload = {
            "iss": ISSUER,
            "sub": "repo:me/mine",
            "aud": "sandbox",
            "iat": now,
            "exp": now + 3600,
            "groups": ["builders", "testers"],
            "repository": "me/mine",
            **claims,
        }
        return str(
            jwt.encode(self.signer, {name: value for name, value in payload.items() if value is not None}).decode()
        )


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


def _number(cloud: Cloud) -> str:
    return str(cloud.get("/v1/projects/sandbox-ready")["projectNumber"])


def _create(cloud: Cloud, issuer: Issuer, **changes: Any) -> str:
    """Create pool and provider; the provider's full resource name."""
    cloud.post(f"{POOLS}?workloadIdentityPoolId=my-pool", {"displayName": "Mine"})
    cloud.advance(1)
    body = {
        "attributeMapping": MAPPING,
        "oidc": {"issuerUri": ISSUER, "allowedAudiences": ["sandbox"], "jwksJson": json.dumps(issuer.jwks)},
        **changes,
    }
    cloud.post(f"{POOL}/providers?workloadIdentityPoolProviderId=my-provider", body)
    cloud.advance(1)
    return f"//iam.googleapis.com/{cloud.get(PROVIDER)['name']}"


def _exchange(cloud: Cloud, audience: str, token: str, **changes: Any) -> tuple[int, Any]:
    form = {
        "grant_type": GRANT,
        "audience": audience,
        "scope": PLATFORM,
        "requested_token_type": ACCESS_TOKEN,
        "subject_token": token,
        "subject_token_type": ID_TOKEN,
        **changes,
    }
    answer = requests.post(cloud["rest_url"] + "/v1/token", data=form, timeout=10)
    return answer.status_code, answer.json()


def _grant(cloud: Cloud, path: str, role: str, member: str) -> None:
    policy = cloud.post(f"{path}:getIamPolicy")
    policy.setdefault("bindings", []).append({"role": role, "members": [member]})
    cloud.post(f"{path}:setIamPolicy", {"policy": policy})
    cloud.advance(10)


def _principal(cloud: Cloud, rest: str, kind: str = "principalSet") -> str:
    return (
        f"{kind}://iam.googleapis.com/projects/{_number(cloud)}/locations/global/workloadIdentityPools/my-pool/{rest}"
    )


def _google_auth(cloud: Cloud, audience: str, file: Path, **more: Any) -> Any:
    info = {
        "type": "external_account",
        "audience": audience,
        "subject_token_type": ID_TOKEN,
        "token_url": cloud["rest_url"] + "/v1/token",
        "credential_source": {"file": str(file)},
        **more,
    }
    return identity_pool.Credentials.from_info(info, scopes=[PLATFORM])


@pytest.mark.parametrize(
    "rest",
    ["subject/repo:me/mine", "*", "group/testers", "attribute.repository/me/mine", "attribute.owner/me"],
)
def test_a_federated_principal_is_a_member_under_all_its_names(
    cloud: Cloud, issuer: Issuer, tmp_path: Path, rest: str
) -> None:
    audience = _create(cloud, issuer)
    file = tmp_path / "token"
    file.write_text(issuer.sign())
    with AuthorizedSession(_google_auth(cloud, audience, file)) as session:
        url = f"{cloud['rest_url']}/v1/projects/sandbox-ready"
        assert session.get(url).status_code == 403
        kind = "principal" if rest.startswith("subject/") else "principalSet"
        _grant(cloud, "/v1/projects/sandbox-ready", "roles/viewer", _principal(cloud, rest, kind))
        assert session.get(url).status_code == 200
    assert cloud.ready.requests()[-1]["principal"] == _principal(cloud, "subject/repo:me/mine", "principal")


def test_impersonation_is_chained_after_it(cloud: Cloud, issuer: Issuer, tmp_path: Path) -> None:
    audience = _create(cloud, issuer)
    robot = cloud.post("/v1/projects/sandbox-ready/serviceAccounts", {"accountId": "my-robot"})
    file = tmp_path / "token"
    file.write_text(issuer.sign())
    url = f"{cloud['rest_url']}/v1/projects/-/serviceAccounts/{robot['email']}:generateAccessToken"
    credentials = _google_auth(cloud, audience, file, service_account_impersonation_url=url)
    with pytest.raises(RefreshError, match=r"iam\.serviceAccounts\.getAccessToken"):
        credentials.refresh(Request())
    member = _principal(cloud, "attribute.repository/me/mine")
    _grant(cloud, f"/v1/{robot['name']}", "roles/iam.workloadIdentityUser", member)
    _grant(cloud, "/v1/projects/sandbox-ready", "roles/viewer", f"serviceAccount:{robot['email']}")
    with AuthorizedSession(_google_auth(cloud, audience, file, service_account_impersonation_url=url)) as session:
        assert session.get(f"{cloud['rest_url']}/v1/projects/sandbox-ready").status_code == 200
    assert cloud.ready.requests()[-1]["principal"] == robot["email"]


def test_names_are_taken_in_either_spelling(cloud: Cloud, issuer: Issuer) -> None:
    audience = _create(cloud, issuer)
    body = {
        "grantType": GRANT,
        "audience": audience,
        "scope": PLATFORM,
        "requestedTokenType": ACCESS_TOKEN,
        "subjectToken": issuer.sign(),
        "subjectTokenType": ID_TOKEN,
    }
    status, answer = cloud("POST", "/v1/token", body)
    assert status == 200
    assert answer.pop("access_token")
    assert answer == {"issued_token_type": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 3599}


def test_what_is_wrong_with_an_exchange_is_reported_by_its_code(cloud: Cloud, issuer: Issuer) -> None:
    audience = _create(cloud, issuer, attributeCondition="assertion.repository == 'me/mine'")
    now = int(time.time())
    good = issuer.sign()
    for name, token, changes, error in (
        ("no provider", good, {"audience": audience + "-x"}, "invalid_target"),
        ("an id for the number", good, {"audience": f"//iam.googleapis.com{PROVIDER[3:]}"}, "invalid_target"),
        ("no full name", good, {"audience": "my-provider"}, "invalid_request"),
        ("another audience", issuer.sign(aud="someone"), {}, "invalid_grant"),
        ("another issuer", issuer.sign(iss="https://other.example.com"), {}, "invalid_grant"),
        ("another key", Issuer().sign(), {}, "invalid_grant"),
        ("no token", "garbage", {}, "invalid_grant"),
        ("a stale token", issuer.sign(iat=now - 7200, exp=now - 3600), {}, "invalid_grant"),
        ("a token of tomorrow", issuer.sign(iat=now + 86400, exp=now + 90000), {}, "invalid_grant"),
        ("a token that lives too long", issuer.sign(exp=now + 200_000), {}, "invalid_grant"),
        ("no subject", issuer.sign(sub=None), {}, "invalid_grant"),
        ("a subject that is too long", issuer.sign(sub="x" * 128), {}, "invalid_request"),
        ("the condition", issuer.sign(repository="you/yours"), {}, "unauthorized_client"),
        ("no claim for the condition", issuer.sign(repository=None), {}, "unauthorized_client"),
        ("another grant", good, {"grant_type": "password"}, "unsupported_grant_type"),
        ("no scope", good, {"scope": ""}, "invalid_request"),
        ("another kind", good, {"subject_token_type": "urn:ietf:params:oauth:token-type:saml2"}, "invalid_request"),
        ("no kind", good, {"subject_token_type": "urn:x:y"}, "invalid_request"),
    ):
        status, answer = _exchange(cloud, **{"audience": audience, "token": token, **changes})
        assert (name, answer["error"]) == (name, error)
        assert (status, set(answer)) == (400, {"error", "error_description"})
    assert _exchange(cloud, audience, good)[0] == 200


AWS_HEADERS = {
    "authorization": "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20261130/us-east-1/sts/aws4_request, "
    "SignedHeaders=host;x-amz-date;x-goog-cloud-target-resource, Signature=" + "0" * 64,
    "host": "sts.us-east-1.amazonaws.com",
}
AWS_URL = "https://sts.us-east-1.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"
METADATA = '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com"/>'


def _aws(audience: str, url: str = AWS_URL, **headers: str) -> str:
    """A signed request as Google's libraries send it (google/auth/aws.py)."""
    given = {
        **AWS_HEADERS,
        "x-amz-date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()),
        "x-goog-cloud-target-resource": audience,
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    listed = [{"key": name, "value": value} for name, value in given.items()]
    return quote(json.dumps({"url": url, "method": "POST", "headers": listed}))


def _saml(issuer: str) -> str:
    return base64.b64encode(f"<Response><saml:Issuer>{issuer}</saml:Issuer></Response>".encode()).decode()


def test_tokens_of_aws_and_saml_are_read_and_refused_by_name_where_nothing_is_wrong(cloud: Cloud) -> None:
    """Whose they are cannot be verified without AWS, or without signatures of XML."""
    names = {}
    cloud.post(f"{POOLS}?workloadIdentityPoolId=my-pool", {})
    cloud.advance(1)
    mapping = {"attributeMapping": {"google.subject": "assertion.sub"}}
    for name, config in (
        ("aws-one", {"aws": {"accountId": "1" * 12}}),
        ("saml-one", {"saml": {"idpMetadataXml": METADATA}}),
    ):
        cloud.post(f"{POOL}/providers?workloadIdentityPoolProviderId={name}", config | mapping)
        cloud.advance(1)
        names[name] = f"//iam.googleapis.com/{cloud.get(f'{POOL}/providers/{name}')['name']}"
    aws, saml = names["aws-one"], names["saml-one"]
    of_aws, of_saml = "urn:ietf:params:aws:token-type:aws4_request", "urn:ietf:params:oauth:token-type:saml2"
    for audience, kind, token, status, words in (
        (aws, of_aws, _aws(aws), 501, "is not served by the sandbox"),
        (aws, of_aws, "{}", 400, "AWS request has invalid format."),
        (aws, of_aws, _aws(aws, "https://sts.example.com?Action=GetCallerIdentity"), 400, "invalid format"),
        (aws, of_aws, _aws(aws, "https://sts.us-east-1.amazonaws.com?Action=AssumeRole"), 400, "invalid format"),
        (aws, of_aws, _aws(aws, authorization="AWS4-HMAC-SHA256 Signature=1"), 400, "invalid format"),
        (aws, of_aws, _aws(saml), 400, "does not match the audience"),
        (aws, of_aws, _aws(aws, x_amz_date="20200101T000000Z"), 400, "has expired"),
        (aws, ID_TOKEN, "a.b.c", 400, "does not take tokens"),
        (saml, of_aws, _aws(saml), 400, "does not take tokens"),
        (saml, of_saml, _saml("https://idp.example.com"), 501, "is not served by the sandbox"),
        (saml, of_saml, _saml("https://other.example.com"), 400, "is not the provider's"),
        (saml, of_saml, "garbage", 400, "no valid SAML response"),
    ):
        code, answer = _exchange(cloud, audience, token, subject_token_type=kind)
        assert (code, words in answer["error_description"]) == (status, True), (kind, answer)


def test_too_many_exchanges_are_throttled_in_oauths_shape(cloud: Cloud, issuer: Issuer) -> None:
    audience, good = _create(cloud, issuer), issuer.sign()
    few = {
        "service": "sts.googleapis.com",
        "quotaId": "TokenExchangeRequestsPerMinutePerProject",
        "quotaConfig": {"preferredValue": "2"},
    }
    path = "/v1/projects/sandbox-ready/locations/global/quotaPreferences"
    cloud.post(f"{path}?ignoreSafetyChecks=QUOTA_DECREASE_PERCENTAGE_TOO_HIGH", few)
    assert [_exchange(cloud, audience, good)[0] for _ in range(3)] == [200, 200, 429]
    answer = _exchange(cloud, audience, good)[1]
    assert answer["error"] == "quota_exceeded"
    assert answer["error_description"].startswith("The request was throttled due to rate limit: sts.googleapis.com/")
    cloud.advance(60)
    assert _exchange(cloud, audience, good)[0] == 200


def test_without_allowed_audiences_a_token_names_its_provider(cloud: Cloud, issuer: Issuer) -> None:
    audience = _create(cloud, issuer, oidc={"issuerUri": ISSUER, "jwksJson": json.dumps(issuer.jwks)})
    assert _exchange(cloud, audience, issuer.sign(aud=audience))[0] == 200
    assert _exchange(cloud, audience, issuer.sign(aud=["x", "https:" + audience]))[0] == 200
    assert _exchange(cloud, audience, issuer.sign())[1]["error"] == "invalid_grant"


def test_keys_come_from_an_issuer_on_loopback_and_from_no_other(cloud: Cloud, issuer: Issuer) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host = f"http://127.0.0.1:{server.server_port}"
            pages = {
                "/.well-known/openid-configuration": {"issuer": host, "jwks_uri": host + "/keys"},
                "/keys": issuer.jwks,
            }
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(pages[self.path]).encode())

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    try:
        audience = _create(cloud, issuer, oidc={"issuerUri": url, "allowedAudiences": ["sandbox"]})
        assert _exchange(cloud, audience, issuer.sign(iss=url))[0] == 200
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    status, answer = _exchange(cloud, audience, issuer.sign(iss=url))
    assert answer == {
        "error": "invalid_grant",
        "error_description": "Error connecting to the given credential's issuer.",
    }
    cloud("PATCH", f"{PROVIDER}?updateMask=oidc.issuer_uri", {"oidc": {"issuerUri": ISSUER}})
    cloud.advance(1)
    status, answer = _exchange(cloud, audience, issuer.sign())
    assert (status, answer["error"]) == (400, "invalid_grant")


def test_elliptic_curves_sign_as_well(cloud: Cloud, issuer: Issuer) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    numbers = key.public_key().public_numbers()
    jwk = {"kty": "EC", "crv": "P-256", "kid": "e1"}
    jwk |= {"x": _encode(numbers.x.to_bytes(32, "big")), "y": _encode(numbers.y.to_bytes(32, "big"))}
    oidc = {"issuerUri": ISSUER, "allowedAudiences": ["sandbox"], "jwksJson": json.dumps({"keys": [jwk]})}
    audience = _create(cloud, issuer, oidc=oidc)
    body = issuer.sign().split(".")[1]
    message = _encode(b'{"alg":"ES256","kid":"e1"}') + "." + body
    halves = utils.decode_dss_signature(key.sign(message.encode(), ec.ECDSA(hashes.SHA256())))
    signature = b"".join(half.to_bytes(32, "big") for half in halves)
    assert _exchange(cloud, audience, f"{message}.{_encode(signature)}")[0] == 200
    assert _exchange(cloud, audience, f"{message}.{_encode(signature[::-1])}")[1]["error"] == "invalid_grant"


def test_a_federated_token_ages_and_goes_with_its_pool(cloud: Cloud, issuer: Issuer) -> None:
    audience = _create(cloud, issuer)
    _grant(cloud, "/v1/projects/sandbox-ready", "roles/viewer", _principal(cloud, "*"))
    token = _exchange(cloud, audience, issuer.sign())[1]["access_token"]

    def status() -> int:
        headers = {"authorization": f"Bearer {token}"}
        url = f"{cloud['rest_url']}/v1/projects/sandbox-ready"
        return requests.get(url, headers=headers, timeout=10).status_code

    assert status() == 200
    for disabled, expected in ((True, 401), (False, 200)):
        cloud("PATCH", f"{POOL}?updateMask=disabled", {"disabled": disabled})
        cloud.advance(1)
        assert status() == expected
    cloud("DELETE", POOL)
    cloud.advance(1)
    assert status() == 401
    assert _exchange(cloud, audience, issuer.sign())[1]["error"] == "invalid_target"
    cloud.post(f"{POOL}:undelete")
    cloud.advance(1)
    assert status() == 200
    cloud.advance(3600)
    assert status() == 401


def test_introspection_names_the_principal(cloud: Cloud, issuer: Issuer) -> None:
    audience = _create(cloud, issuer)
    token = _exchange(cloud, audience, issuer.sign())[1]["access_token"]
    url = cloud["rest_url"] + "/v1/introspect"
    known = requests.post(url, data={"token": token, "token_type_hint": ACCESS_TOKEN}, timeout=10).json()
    assert (known["active"], known["username"]) == (True, _principal(cloud, "subject/repo:me/mine", "principal"))
    assert requests.post(url, data={"token": "x"}, timeout=10).json() == {"active": False}
    assert cloud.get(f"/tokeninfo?access_token={token}")["sub"] == known["username"]
    answer = requests.get(cloud["rest_url"] + "/v1/userinfo", headers={"authorization": f"Bearer {token}"}, timeout=10)
    assert answer.json() == {"sub": known["username"]}


def test_google_auth_tells_the_error(cloud: Cloud, issuer: Issuer, tmp_path: Path) -> None:
    audience = _create(cloud, issuer, attributeCondition="attribute.owner == 'no one'")
    file = tmp_path / "token"
    file.write_text(issuer.sign())
    with pytest.raises(OAuthError, match="rejected by the attribute condition"):
        _google_auth(cloud, audience, file).refresh(Request())


def test_pools_and_providers_are_deleted_softly(cloud: Cloud, issuer: Issuer) -> None:
    _create(cloud, issuer)
    cloud("DELETE", PROVIDER)
    cloud.advance(1)
    gone = cloud.get(PROVIDER)
    assert (gone["state"], "expireTime" in gone) == ("DELETED", True)
    assert cloud.get(f"{POOL}/providers") == {}
    assert cloud.get(f"{POOL}/providers?showDeleted=true")["workloadIdentityPoolProviders"] == [gone]
    body = {"attributeMapping": {"google.subject": "assertion.sub"}, "oidc": {"issuerUri": ISSUER}}
    create = f"{POOL}/providers?workloadIdentityPoolProviderId=my-provider"
    assert cloud.error("POST", create, body)["code"] == 409
    cloud.advance(31 * 86400)
    assert cloud.error("GET", PROVIDER)["code"] == 404
    cloud.post(create, body)
    cloud("DELETE", POOL)
    cloud.advance(1)
    assert cloud.error("POST", f"{POOLS}?workloadIdentityPoolId=my-pool", {})["code"] == 409
    assert cloud.error("PATCH", f"{POOL}?updateMask=disabled", {})["code"] == 404
    assert cloud.error("POST", f"{POOL}/providers/my-provider:undelete")["code"] == 400
    cloud.advance(31 * 86400)
    cloud.post(f"{POOLS}?workloadIdentityPoolId=my-pool", {})
    cloud.advance(1)
    assert cloud.get(POOL)["state"] == "ACTIVE"
    assert cloud.get(f"{POOL}/providers?showDeleted=true") == {}
    assert cloud.get(f"{POOL}:listAttestationRules") == {}


def test_malformed_pools_and_providers_are_refused(cloud: Cloud, issuer: Issuer) -> None:
    for pool_id in ("abc", "x" * 33, "gcp-pool", "Pool", ""):
        assert cloud.error("POST", f"{POOLS}?workloadIdentityPoolId={pool_id}", {})["code"] == 400
    _create(cloud, issuer)
    good = {"attributeMapping": {"google.subject": "assertion.sub"}, "oidc": {"issuerUri": ISSUER}}
    github = {"issuerUri": "https://token.actions.githubusercontent.com"}
    mistakes: tuple[dict[str, Any], ...] = (
        {"attributeMapping": {"attribute.x": "assertion.sub"}},
        {"attributeMapping": {"google.subject": "assertion..sub"}},
        {"attributeMapping": {"google.subject": "assertion.sub", "google.color": "assertion.sub"}},
        {"attributeCondition": "assertion.sub =="},
        {"attributeCondition": "x" * 4097},
        {"oidc": {"issuerUri": "http://issuer.example.com"}},
        {"oidc": {"issuerUri": ISSUER, "jwksJson": "{}"}},
        {"oidc": {"issuerUri": ISSUER, "allowedAudiences": ["x"] * 11}},
        {"oidc": {}},
        {"oidc": None},
        {"aws": {"accountId": "1"}},
        {"oidc": github},
    )
    for wrong in mistakes:
        status, answer = cloud("POST", f"{POOL}/providers?workloadIdentityPoolProviderId=another", {**good, **wrong})
        assert (wrong, status, answer["error"]["status"]) == (wrong, 400, "INVALID_ARGUMENT")
    fine = {**good, "oidc": github, "attributeCondition": "assertion.repository_owner == 'me'"}
    cloud.post(f"{POOL}/providers?workloadIdentityPoolProviderId=another", fine)
    aws = {"attributeMapping": good["attributeMapping"], "aws": {"accountId": "1"}}
    error = cloud.error("POST", f"{POOL}/providers?workloadIdentityPoolProviderId=another-one", aws)
    assert error["status"] == "INVALID_ARGUMENT"


def test_an_operation_that_fails_leaves_nothing(cloud: Cloud) -> None:
    cloud.ready.fail_next(
        "iam.projects.locations.workloadIdentityPools.create", lro_error={"code": 13, "message": "No"}
    )
    operation = cloud.post(f"{POOLS}?workloadIdentityPoolId=my-pool", {})
    assert cloud.get(f"/v1/{operation['name']}") == {"name": operation["name"]}
    cloud.advance(1)
    assert cloud.get(f"/v1/{operation['name']}")["error"]["code"] == 13
    assert cloud.error("GET", POOL)["code"] == 404


def test_what_cannot_be_read_is_refused_in_the_same_shape(cloud: Cloud) -> None:
    headers = {"content-type": "application/json"}
    answer = requests.post(cloud["rest_url"] + "/v1/token", data="{", headers=headers, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    cloud.ready.fail_next("sts.token", 429)
    answer = requests.post(cloud["rest_url"] + "/v1/token", data={}, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (429, "quota_exceeded")
