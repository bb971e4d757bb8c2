"""The key file through google-auth, unchanged: self-signed JWTs on both transports, and the token endpoint."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.api_core import exceptions
from google.auth import crypt, jwt
from google.auth.transport.requests import AuthorizedSession, Request
from google.cloud.aiplatform_v1 import EndpointServiceClient
from google.cloud.billing_v1 import CloudBillingClient
from google.cloud.resourcemanager_v3 import ProjectsClient
from google.cloud.service_usage_v1 import ServiceUsageClient
from google.cloud.service_usage_v1.types import GetServiceRequest
from google.oauth2 import service_account

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gcp_emulator.server import Running

CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
CALLS: dict[type, Callable[[Any], Any]] = {
    ProjectsClient: lambda c: c.get_project(name="projects/sandbox-ready"),
    ServiceUsageClient: lambda c: c.get_service(
        GetServiceRequest(name="projects/sandbox-ready/services/iam.googleapis.com")
    ),
    CloudBillingClient: lambda c: c.get_project_billing_info(name="projects/sandbox-ready"),
    EndpointServiceClient: lambda c: list(c.list_endpoints(parent="projects/sandbox-ready/locations/us-central1")),
}


@pytest.fixture
def key(sandbox: Running) -> Any:
    """The credentials a client library makes of the key file.

    google-auth would ask a real host of Google's, in the background, where the account may be used from: it is
    told that it knows.
    """
    credentials: Any = service_account.Credentials.from_service_account_file(sandbox["credentials_file"])  # type: ignore[no-untyped-call] # google-auth ships no types
    tomorrow = dt.datetime.now() + dt.timedelta(days=1)  # noqa: DTZ005 - google-auth's are naive, too
    return credentials._set_regional_access_boundary({"encodedLocations": "0x0", "expiry": tomorrow})


def _over_grpc(sandbox: Running, key: Any, client: Any) -> Iterator[Any]:
    """A client whose calls carry what google-auth signs for this API's host."""
    host = client.DEFAULT_ENDPOINT
    signed = key.with_always_use_jwt_access(always_use_jwt_access=True)
    signed._create_self_signed_jwt(f"https://{host}/")
    headers: dict[str, str] = {}
    signed.before_request(Request(), "POST", f"https://{host}/", headers)
    channel = grpc.insecure_channel(sandbox["grpc_target"])
    with channel:
        made = client(transport=client.get_transport_class("grpc")(channel=channel))
        yield made, [(name.lower(), value) for name, value in headers.items()]


@pytest.mark.parametrize("client", CALLS, ids=lambda client: client.__name__)
def test_a_self_signed_jwt_opens_every_api_over_rest(client: Any, sandbox: Running, key: Any) -> None:
    made = client(credentials=key, transport="rest", client_options={"api_endpoint": sandbox["rest_url"]})
    assert CALLS[client](made)
    assert not any(entry["method"] == "oauth2.token" for entry in sandbox.requests())
    assert sandbox.requests()[-1]["principal"] == key.service_account_email


@pytest.mark.parametrize("scopes", [(), (CLOUD_PLATFORM,)])
def test_a_jwt_names_an_audience_or_scopes(scopes: tuple[str, ...], sandbox: Running, key: Any) -> None:
    credentials = key.with_scopes(list(scopes)) if scopes else key
    made = ProjectsClient(
        credentials=credentials, transport="rest", client_options={"api_endpoint": sandbox["rest_url"]}
    )
    assert made.get_project(name="projects/sandbox-ready").project_id == "sandbox-ready"


def test_a_self_signed_jwt_opens_an_api_over_grpc(sandbox: Running, key: Any) -> None:
    for made, metadata in _over_grpc(sandbox, key, ProjectsClient):
        project = made.get_project(name="projects/sandbox-ready", metadata=metadata)
        assert project.project_id == "sandbox-ready"
    assert sandbox.requests()[-1]["principal"] == key.service_account_email


def _bearer(key: Any, **claims: Any) -> str:
    now = int(dt.datetime.now(dt.UTC).timestamp())
    email = key.service_account_email
    payload = {"iss": email, "sub": email, "iat": now, "exp": now + 3600, "scope": CLOUD_PLATFORM, **claims}
    signed: bytes = jwt.encode(key.signer, {k: v for k, v in payload.items() if v is not None})  # type: ignore[no-untyped-call] # google-auth ships no types
    return signed.decode()


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1_000_000_000},
        {"iat": 4_000_000_000, "exp": 4_000_003_600},
        {"iss": "someone@else.example.com"},
        {"scope": None, "aud": "https://somewhere.else/"},
        {"scope": None},
    ],
    ids=["expired", "of the future", "another's", "for another host", "for no one"],
)
def test_a_jwt_that_is_not_good_is_refused(
    claims: dict[str, Any], sandbox: Running, transport: str, connect: Any, key: Any
) -> None:
    good = connect(sandbox, transport, token=_bearer(key)).of(ProjectsClient)
    assert good.get_project(name="projects/sandbox-ready")
    bad = connect(sandbox, transport, token=_bearer(key, **claims)).of(ProjectsClient)
    with pytest.raises(exceptions.Unauthorized) as refused:
        bad.get_project(name="projects/sandbox-ready")
    assert refused.value.reason == "ACCESS_TOKEN_EXPIRED"
    assert refused.value.metadata["service"] == "cloudresourcemanager.googleapis.com"


def test_a_jwt_signed_by_another_key_is_refused(sandbox: Running, transport: str, connect: Any, key: Any) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    other = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key._signer = crypt.RSASigner.from_string(other.decode(), key.signer.key_id)  # type: ignore[no-untyped-call] # google-auth ships no types
    with pytest.raises(exceptions.Unauthorized):
        connect(sandbox, transport, token=_bearer(key)).of(ProjectsClient).get_project(name="projects/sandbox-ready")


def test_the_token_endpoint_gives_a_token_that_works(sandbox: Running, key: Any) -> None:
    session: Any = AuthorizedSession(key.with_scopes([CLOUD_PLATFORM]))  # type: ignore[no-untyped-call] # google-auth ships no types
    answer = session.get(f"{sandbox['rest_url']}/v1/projects/sandbox-ready")
    session.close()
    assert answer.status_code == 200
    first, *_ = sandbox.requests()
    assert first["method"] == "oauth2.token"


def test_an_issued_token_ages_by_the_sandboxs_clock(stepped: Running, transport: str, connect: Any) -> None:
    credentials: Any = service_account.Credentials.from_service_account_file(  # type: ignore[no-untyped-call] # google-auth ships no types
        stepped["credentials_file"], scopes=[CLOUD_PLATFORM]
    )
    credentials.refresh(Request())
    projects = connect(stepped, transport, token=credentials.token).of(ProjectsClient)
    assert projects.get_project(name="projects/sandbox-ready")
    stepped.advance(3600)
    with pytest.raises(exceptions.Unauthorized) as refused:
        projects.get_project(name="projects/sandbox-ready")
    assert refused.value.reason == "ACCESS_TOKEN_EXPIRED"
