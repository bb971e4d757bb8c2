"""Clients that no one here wrote, all driven at one running sandbox; `clients.toml` is the list that is published."""

# mypy: disable-error-code="no-untyped-call"
# google-auth ships no types.

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import google.auth
import grpc
import openai
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from gcp_emulator import environment
from gcp_emulator.server import Running, running
from google import genai
from google.api_core import exceptions
from google.auth import crypt, identity_pool, jwt
from google.auth.transport.requests import AuthorizedSession, Request
from google.cloud import cloudquotas_v1, iam_admin_v1, iam_credentials_v1, orgpolicy_v2
from google.cloud.aiplatform_v1 import EndpointServiceAsyncClient, EndpointServiceClient
from google.cloud.billing import budgets_v1
from google.cloud.billing_v1 import CloudBillingAsyncClient, CloudBillingClient
from google.cloud.resourcemanager_v3 import Project, ProjectsAsyncClient, ProjectsClient
from google.cloud.service_usage_v1 import ServiceUsageAsyncClient, ServiceUsageClient
from google.cloud.service_usage_v1.types import BatchEnableServicesRequest, GetServiceRequest
from google.genai.types import HttpOptions
from google.oauth2.credentials import Credentials
from googleapiclient import discovery  # type: ignore[import-untyped] # the package ships no types

HERE = Path(__file__).parent
ROOT = Path(__file__).parents[3]
BUILT = ROOT / ".clients"
"""Where `make clients` puts what has to live by itself."""

MODEL = "openai/gpt-oss-120b-maas"
GEMINI = "gemini-3.5-flash"
ASKED: Any = [{"role": "user", "content": "Say hello."}]
WEATHER: Any = [
    {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}
]
KINDS: tuple[Any, ...] = (ProjectsClient, ServiceUsageClient, CloudBillingClient, EndpointServiceClient)
PLATFORM = "https://www.googleapis.com/auth/cloud-platform"


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The one sandbox of them all: an hour passes in a second, and changes are in force at once."""
    ready_file = tmp_path_factory.mktemp("clients") / "ready.json"
    with running(clock=3600, propagation=0, ready_file=ready_file) as ready:
        yield ready


@pytest.fixture
def environ(one: Running, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What `sandbox env` prints, set."""
    found = environment.variables(one)
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    return found


def child(one: Running, **more: str) -> dict[str, str]:
    """The environment of a command in `sandbox run`; what would leave this machine meets a closed door."""
    return environment.child(one) | {"HTTPS_PROXY": environment.CLOSED_PROXY, "NO_PROXY": "127.0.0.1,localhost"} | more


def printed(one: Running, *words: str, **more: str) -> Any:
    done = subprocess.run(words, env=child(one, **more), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout[done.stdout.index("{") :] if "{" in done.stdout else "null")


def provisions(clients: Sequence[Any], one: Running, project_id: str) -> None:
    """From nothing to an endpoint list, errors included, through blocking clients."""
    projects, services, billing, endpoints = clients
    made = projects.create_project(project=Project(project_id=project_id, parent=one["organization"])).result()
    assert made.project_id == project_id
    name = f"projects/{project_id}"
    wanted = BatchEnableServicesRequest(parent=name, service_ids=["aiplatform.googleapis.com"])
    with pytest.raises(exceptions.GoogleAPICallError) as unpaid:
        services.batch_enable_services(wanted)
    assert unpaid.value.reason == "UREQ_PROJECT_BILLING_NOT_FOUND"
    linked = billing.update_project_billing_info(
        name=name, project_billing_info={"billing_account_name": one["billing_account"]}
    )
    assert linked.billing_enabled
    services.batch_enable_services(wanted).result()
    service = services.get_service(GetServiceRequest(name=f"{name}/services/aiplatform.googleapis.com"))
    assert service.state.name == "ENABLED"
    assert list(endpoints.list_endpoints(parent=f"{name}/locations/us-central1")) == []
    with pytest.raises(exceptions.Forbidden):
        projects.get_project(name="projects/no-one-has-this")


def test_python_rest(one: Running) -> None:
    options = {"api_endpoint": one["rest_url"]}
    credentials = Credentials(one["token"])
    made = [client(credentials=credentials, transport="rest", client_options=options) for client in KINDS]
    provisions(made, one, "made-over-rest")


class _Token(grpc.UnaryUnaryClientInterceptor):
    """Puts the token into every call: credentials do not travel on a channel without TLS."""

    def __init__(self, token: str) -> None:
        self.token = token

    def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        metadata = [*(details.metadata or ()), ("authorization", f"Bearer {self.token}")]
        return continuation(details._replace(metadata=metadata), request)


def test_python_grpc(one: Running) -> None:
    with grpc.insecure_channel(one["grpc_target"]) as plain:
        channel = grpc.intercept_channel(plain, _Token(one["token"]))
        made = [client(transport=client.get_transport_class("grpc")(channel=channel)) for client in KINDS]
        provisions(made, one, "made-over-grpc")


def test_python_grpc_asyncio(one: Running) -> None:
    async def run() -> None:
        async with grpc.aio.insecure_channel(one["grpc_target"]) as channel:

            def client(kind: Any) -> Any:
                return kind(transport=kind.get_transport_class("grpc_asyncio")(channel=channel))

            token = [("authorization", f"Bearer {one['token']}")]
            projects, services = client(ProjectsAsyncClient), client(ServiceUsageAsyncClient)
            found = await projects.get_project(name=f"projects/{one['project']}", metadata=token)
            assert found.project_id == one["project"]
            with pytest.raises(exceptions.PermissionDenied):
                await projects.get_project(name="projects/no-one-has-this", metadata=token)
            service = GetServiceRequest(name=f"projects/{one['project']}/services/iam.googleapis.com")
            assert (await services.get_service(service, metadata=token)).state.name == "ENABLED"
            billing = client(CloudBillingAsyncClient)
            info = await billing.get_project_billing_info(name=f"projects/{one['project']}", metadata=token)
            assert info.billing_enabled
            parent = f"projects/{one['project']}/locations/us-central1"
            pages = await client(EndpointServiceAsyncClient).list_endpoints(parent=parent, metadata=token)
            assert [endpoint.name async for endpoint in pages]

    asyncio.run(run())


LIMITS = "locations/global/services/aiplatform.googleapis.com"
OWNER = "serviceAccount:owner@sandbox-host.iam.gserviceaccount.com"
MINE: Any = {"display_name": "Mine", "amount": {"last_period_amount": {}}}


def test_python_beside_rest(one: Running) -> None:
    def client(kind: Any) -> Any:
        options = {"api_endpoint": one["rest_url"]}
        return kind(credentials=Credentials(one["token"]), transport="rest", client_options=options)

    project = f"projects/{one['project']}"
    name = f"{project}/policies/gcp.resourceLocations"
    policy = client(orgpolicy_v2.OrgPolicyClient).get_effective_policy(name=name)
    assert policy.spec.rules[0].allow_all
    made = client(budgets_v1.BudgetServiceClient).create_budget({"parent": one["billing_account"], "budget": MINE})
    assert made.name.startswith(one["billing_account"])
    assert list(client(cloudquotas_v1.CloudQuotasClient).list_quota_infos(parent=f"{project}/{LIMITS}"))
    no_one = "projects/-/serviceAccounts/no-one@example.iam.gserviceaccount.com"
    with pytest.raises(exceptions.NotFound):
        client(iam_credentials_v1.IAMCredentialsClient).generate_access_token(name=no_one, scope=[PLATFORM])


def test_python_beside_grpc(one: Running) -> None:
    with grpc.insecure_channel(one["grpc_target"]) as plain:
        channel = grpc.intercept_channel(plain, _Token(one["token"]))

        def client(kind: Any) -> Any:
            return kind(transport=kind.get_transport_class("grpc")(channel=channel))

        project = f"projects/{one['project']}"
        iam = client(iam_admin_v1.IAMClient)
        robot = iam.create_service_account({"name": project, "account_id": "over-grpc"})
        key = json.loads(iam.create_service_account_key(name=robot.name).private_key_data)
        assert (key["client_email"], key["token_uri"]) == (robot.email, f"{one['rest_url']}/token")
        policy = {"bindings": [{"role": "roles/iam.serviceAccountTokenCreator", "members": [OWNER]}]}
        iam.set_iam_policy(request={"resource": robot.name, "policy": policy})
        credentials = client(iam_credentials_v1.IAMCredentialsClient)
        token = credentials.generate_access_token(name=f"projects/-/serviceAccounts/{robot.email}", scope=[PLATFORM])
        assert token.access_token
        policies = client(orgpolicy_v2.OrgPolicyClient)
        with pytest.raises(exceptions.NotFound):
            policies.get_policy(name=f"{project}/policies/gcp.resourceLocations")
        budgets = client(budgets_v1.BudgetServiceClient)
        made = budgets.create_budget({"parent": one["billing_account"], "budget": MINE})
        assert made in list(budgets.list_budgets({"parent": one["billing_account"]}))
        assert list(client(cloudquotas_v1.CloudQuotasClient).list_quota_infos(parent=f"{project}/{LIMITS}"))


def test_python_beside_grpc_asyncio(one: Running) -> None:
    async def run() -> None:
        async with grpc.aio.insecure_channel(one["grpc_target"]) as channel:

            def client(kind: Any) -> Any:
                return kind(transport=kind.get_transport_class("grpc_asyncio")(channel=channel))

            token = [("authorization", f"Bearer {one['token']}")]
            project = f"projects/{one['project']}"
            iam = client(iam_admin_v1.IAMAsyncClient)
            robot = await iam.create_service_account({"name": project, "account_id": "asyncio"}, metadata=token)
            accounts = await iam.list_service_accounts(name=project, metadata=token)
            assert robot.email in [each.email async for each in accounts]
            constraints = await client(orgpolicy_v2.OrgPolicyAsyncClient).list_constraints(
                {"parent": project, "page_size": 2}, metadata=token
            )
            assert len([each async for each in constraints]) > 2
            with pytest.raises(exceptions.NotFound):
                await iam.get_role({"name": "roles/no.such"}, metadata=token)

    asyncio.run(run())


def test_google_api_python_client(one: Running) -> None:
    options = {"api_endpoint": one["rest_url"]}
    with discovery.build(
        "cloudresourcemanager",
        "v1",
        credentials=Credentials(one["token"]),
        static_discovery=True,
        client_options=options,
    ) as service:
        found = service.projects().get(projectId=one["project"]).execute()
        assert found["lifecycleState"] == "ACTIVE"
        listed = service.projects().list(filter=f"id:{one['project']}").execute()["projects"]
        assert [each["projectId"] for each in listed] == [one["project"]]


def no_bounds(credentials: Any) -> Any:
    """google-auth would ask a host of Google's, in the background, where the account may be used from."""
    credentials._is_regional_access_boundary_lookup_required = lambda *_: False
    return credentials


def test_google_auth_key_file(one: Running, environ: dict[str, str]) -> None:
    credentials, project = google.auth.default(scopes=[PLATFORM])
    assert project == one["project"] == environ["GOOGLE_CLOUD_PROJECT"]
    with AuthorizedSession(no_bounds(credentials)) as session:
        answer = session.get(f"{one['rest_url']}/v1/projects/{project}", timeout=30)
    assert answer.json()["projectId"] == one["project"]


METADATA = """
import json, google.auth, google.auth.transport.requests
credentials, project = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
request = google.auth.transport.requests.Request()
credentials.refresh(request)
print(json.dumps({"project": project, "email": credentials.service_account_email, "token": credentials.token}))
"""


def test_google_auth_metadata(one: Running) -> None:
    host = one["rest_url"].partition("://")[2]
    at = {"GCE_METADATA_HOST": host, "GCE_METADATA_IP": host, "NO_GCE_CHECK": "false", "GCE_METADATA_TIMEOUT": "5"}
    local_environment = {name: value for name, value in child(one, **at).items() if not _decides(name)}
    done = subprocess.run(
        [sys.executable, "-c", METADATA], env=local_environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["project"] == one["project"]
    headers = {"Authorization": f"Bearer {found['token']}"}
    assert requests.get(f"{one['rest_url']}/v1/projects/{one['project']}", headers=headers, timeout=30).ok


def _decides(name: str) -> bool:
    """Whether google-auth would look no further than at this variable."""
    return name in {"GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT", "METADATA_SERVER_DETECTION"}


def _encode(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(256 if number > 70_000 else 3, "big")).decode().rstrip("=")


@pytest.fixture(scope="module")
def federation(one: Running) -> dict[str, Any]:
    """A pool and a provider, someone else's key that they trust, and a credentials file for it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    numbers = key.public_key().public_numbers()
    jwk = {"kty": "RSA", "kid": "k1", "alg": "RS256", "use": "sig", "e": _encode(numbers.e), "n": _encode(numbers.n)}
    owner = {"Authorization": f"Bearer {one['token']}"}
    pools = f"{one['rest_url']}/v1/projects/{one['project']}/locations/global/workloadIdentityPools"
    provider = {
        "oidc": {"issuerUri": "https://issuer.example.com", "jwksJson": json.dumps({"keys": [jwk]})},
        "attributeMapping": {"google.subject": "assertion.sub"},
    }
    for url, body in (
        (f"{pools}?workloadIdentityPoolId=clients", {}),
        (f"{pools}/clients/providers?workloadIdentityPoolProviderId=issuer", provider),
    ):
        assert requests.post(url, json=body, headers=owner, timeout=30).ok
        one.advance(60)  # the operation ends
    number = requests.get(f"{one['rest_url']}/v1/projects/{one['project']}", headers=owner, timeout=30).json()[
        "projectNumber"
    ]
    pool = f"iam.googleapis.com/projects/{number}/locations/global/workloadIdentityPools/clients"
    accounts = f"{one['rest_url']}/v1/projects/{one['project']}/serviceAccounts"
    robot = requests.post(accounts, json={"accountId": "impersonated"}, headers=owner, timeout=30).json()["email"]
    member = f"principal://{pool}/subject/me"
    grants = (
        (f"{one['rest_url']}/v1/projects/{one['project']}", "roles/viewer", [member, f"serviceAccount:{robot}"]),
        (f"{accounts}/{robot}", "roles/iam.workloadIdentityUser", [member]),
    )
    for url, role, members in grants:
        policy = requests.post(f"{url}:getIamPolicy", headers=owner, timeout=30).json()
        policy["bindings"] = [*policy.get("bindings", []), {"role": role, "members": members}]
        assert requests.post(f"{url}:setIamPolicy", json={"policy": policy}, headers=owner, timeout=30).ok
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    now = int(time.time())
    audience = f"//{pool}/providers/issuer"
    claims = {"iss": "https://issuer.example.com", "sub": "me", "aud": audience, "iat": now, "exp": now + 3600}
    return {
        "robot": robot,
        "audience": audience,
        "subject_token": jwt.encode(crypt.RSASigner.from_string(pem, key_id="k1"), claims).decode(),
    }


def federated(one: Running, federation: dict[str, Any], tmp_path: Path, **more: str) -> Any:
    """The credentials that google-auth makes of such a file."""
    source = tmp_path / "subject_token"
    source.write_text(federation["subject_token"])
    info = {
        "type": "external_account",
        "audience": federation["audience"],
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": f"{one['rest_url']}/v1/token",
        "credential_source": {"file": str(source)},
        **more,
    }
    return no_bounds(identity_pool.Credentials.from_info(info).with_scopes([PLATFORM]))


def test_google_auth_sts(one: Running, federation: dict[str, Any], tmp_path: Path) -> None:
    with AuthorizedSession(federated(one, federation, tmp_path)) as session:
        assert session.get(f"{one['rest_url']}/v1/projects/{one['project']}", timeout=30).ok
    assert one.requests()[-1]["principal"].startswith("principal://")


def test_google_auth_impersonation(one: Running, federation: dict[str, Any], tmp_path: Path) -> None:
    robot = federation["robot"]
    url = f"{one['rest_url']}/v1/projects/-/serviceAccounts/{robot}:generateAccessToken"
    credentials = federated(one, federation, tmp_path, service_account_impersonation_url=url)
    credentials.refresh(Request())
    with AuthorizedSession(credentials) as session:
        assert session.get(f"{one['rest_url']}/v1/projects/{one['project']}", timeout=30).ok
    assert one.requests()[-1]["principal"] == robot


@pytest.mark.usefixtures("environ")
def test_openai() -> None:
    with openai.OpenAI() as client:
        whole = client.chat.completions.create(model=MODEL, messages=ASKED)
        text = whole.choices[0].message.content
        assert text
        assert "not a model" in text
        stream = client.chat.completions.create(model=MODEL, messages=ASKED, stream=True)
        assert "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices) == text
        called = client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "Call weather."}], tools=WEATHER
        )
        [tool] = called.choices[0].message.tool_calls or []
        assert tool.type == "function"
        assert tool.function.name == "weather"
        with pytest.raises(openai.NotFoundError):
            client.chat.completions.create(model="openai/nothing", messages=ASKED)


@pytest.mark.usefixtures("environ")
def test_openai_async() -> None:
    async def run() -> tuple[str, str]:
        async with openai.AsyncOpenAI() as client:
            whole = await client.chat.completions.create(model=MODEL, messages=ASKED)
            stream = await client.chat.completions.create(model=MODEL, messages=ASKED, stream=True)
            pieces = [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]
            return whole.choices[0].message.content or "", "".join(pieces)

    whole, streamed = asyncio.run(run())
    assert "not a model" in whole
    assert streamed == whole


def test_litellm(one: Running) -> None:
    python = BUILT / "litellm" / "bin" / "python"
    if not python.exists():
        pytest.skip("litellm has an environment of its own, which `make clients` builds")
    found = printed(one, str(python), str(HERE / "litellm_client.py"), LITELLM_LOCAL_MODEL_COST_MAP="True")
    assert "not a model" in found["whole"]
    assert {found[each] for each in ("streamed", "async", "vertex", "vertex_streamed")} == {found["whole"]}
    assert (found["tool"], found["refused"]) == ("weather", "NotFoundError 404")
    assert found["tokens"] > 0
    assert f"litellm=={found['version']}" in (HERE / "litellm.txt").read_text()


def test_google_genai(one: Running) -> None:
    with genai.Client(
        vertexai=True,
        project=one["project"],
        location="global",
        credentials=Credentials(one["token"]),
        http_options=HttpOptions(base_url=one["rest_url"]),
    ) as client:
        whole = client.models.generate_content(model=GEMINI, contents="hello").text
        assert whole
        stream = client.models.generate_content_stream(model=GEMINI, contents="hello")
        assert "".join(part.text or "" for part in stream) == whole
        with pytest.raises(genai.errors.ClientError) as refused:
            client.models.generate_content(model="gemini-0", contents="hello")
        assert refused.value.code == 404


@pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not on the path")
def test_gcloud(one: Running) -> None:
    def gcloud(*words: str) -> subprocess.CompletedProcess[str]:
        command = ["gcloud", *words, "--format=json", "--quiet"]
        return subprocess.run(command, env=child(one), capture_output=True, text=True, timeout=120, check=False)

    def message(*words: str) -> Any:
        done = gcloud(*words)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout or "null")

    organization = one["organization"].partition("/")[2]
    account = one["billing_account"].partition("/")[2]
    message("projects", "create", "made-by-gcloud", f"--organization={organization}")
    unpaid = gcloud("services", "enable", "aiplatform.googleapis.com", "--project=made-by-gcloud")
    assert "UREQ_PROJECT_BILLING_NOT_FOUND" in unpaid.stderr
    linked = message("billing", "projects", "link", "made-by-gcloud", f"--billing-account={account}")
    assert linked["billingEnabled"]
    message("services", "enable", "aiplatform.googleapis.com", "--project=made-by-gcloud")
    assert message("ai", "endpoints", "list", "--region=us-central1", "--project=made-by-gcloud") == []
    assert message("ai", "model-garden", "models", "list", "--model-filter=gpt-oss")
    made = message("iam", "service-accounts", "create", "my-robot", "--project=made-by-gcloud")
    assert made["email"] == "my-robot@made-by-gcloud.iam.gserviceaccount.com"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on the path")
def test_curl(one: Running) -> None:
    url = f"{one['rest_url']}/v1/projects/{one['project']}/locations/global/endpoints/openapi/chat/completions"
    body = json.dumps({"model": MODEL, "messages": ASKED})
    bearer = f"Authorization: Bearer {one['token']}"
    found = printed(one, "curl", "-sS", "-H", bearer, "-H", "Content-Type: application/json", "-d", body, url)
    assert "not a model" in found["choices"][0]["message"]["content"]


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not on the path")
def test_node(one: Running) -> None:
    if not (BUILT / "node_modules").exists():
        pytest.skip("Node's clients are installed by `make clients`")
    found = printed(
        one, "node", str(HERE / "node_client.mjs"),
        NODE_CLIENTS=str(BUILT), REST_URL=one["rest_url"], GRPC_TARGET=one["grpc_target"],
        ORGANIZATION=one["organization"],
    )  # fmt: skip
    assert {found["rest"], found["grpc"]} == {one["project"]}
    assert (found["restCreated"], found["service"]) == ("made-by-node", "ENABLED")
    assert (found["restRefused"], found["grpcRefused"]) == ("403", "7")


GO = BUILT / "go" / "clients"
SAID_IN_GO = {
    "chat": True,
    "chat stream": True,
    "created": "made-in-go",
    "endpoints": True,
    "gemini": True,
    "gemini stream": True,
    "linked": True,
    "refused": True,
    "rest": "sandbox-ready",
    "robot": True,
}
go_built = pytest.mark.skipif(not GO.exists(), reason="Go's clients are built by `make clients`")


def of_project(ready: Running) -> dict[str, str]:
    """What a new project is made in and linked to."""
    return {"ORGANIZATION": ready["organization"], "BILLING_ACCOUNT": ready["billing_account"]}


@go_built
def test_go(one: Running) -> None:
    here = {"REST_URL": one["rest_url"], "GRPC_TARGET": one["grpc_target"]}
    assert printed(one, str(GO), "redirect", **of_project(one), **here) == SAID_IN_GO


def intercepted(*words: str) -> Any:
    """What a program prints that is told of a sandbox by environment alone."""
    with running(clock=3600, propagation=0, intercept=True) as ready:
        variables = environment.child(ready) | of_project(ready)
        done = subprocess.run(words, env=variables, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@go_built
def test_go_intercepted() -> None:
    assert intercepted(str(GO), "intercept") == SAID_IN_GO


@pytest.mark.skipif(not (BUILT / "java" / "lib").exists(), reason="Java's clients are fetched by `make clients`")
def test_java_intercepted() -> None:
    found = intercepted("java", "-cp", f"{BUILT / 'java' / 'lib'}/*", str(HERE / "java" / "Clients.java"))
    assert found == {
        "chat": True,
        "chat stream": True,
        "created": "made-in-java",
        "enabled": 1,
        "gemini": True,
        "gemini stream": True,
        "linked": True,
        "patched": "Named in Java",
        "refused": True,
        "rest": "sandbox-ready",
    }


def test_every_client_of_the_list_is_driven_and_no_other() -> None:
    listed = [each["id"] for each in tomllib.loads((HERE / "clients.toml").read_text())["client"]]
    driven = [name for name in globals() if name.startswith("test_") and name != _SELF]
    assert [f"test_{each.replace('-', '_')}" for each in listed] == driven


_SELF = "test_every_client_of_the_list_is_driven_and_no_other"
