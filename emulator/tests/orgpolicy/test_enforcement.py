"""What organization policies forbid, in the words that were seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud

GPT_OSS = "publishers/openai/models/gpt-oss-120b-maas"
CHAT = {"model": "openai/gpt-oss-120b-maas", "messages": [{"role": "user", "content": "hello"}]}
OPENAPI = "/v1/projects/sandbox-ready/locations/global/endpoints/openapi/chat/completions"
ENDPOINTS = "/v1/projects/sandbox-ready/locations/{}/endpoints"
VIEWER = "roles/viewer"


def number(cloud: Cloud) -> str:
    return str(cloud.get("/v1/projects/sandbox-ready")["projectNumber"])


def put(cloud: Cloud, constraint: str, *rules: dict[str, Any], parent: str = "") -> None:
    parent = parent or cloud["organization"]
    cloud.post(f"/v2/{parent}/policies", {"name": f"{parent}/policies/{constraint}", "spec": {"rules": list(rules)}})


def allow(*values: str) -> dict[str, Any]:
    return {"values": {"allowedValues": list(values)}}


def deny(*values: str) -> dict[str, Any]:
    return {"values": {"deniedValues": list(values)}}


def chat(cloud: Cloud) -> dict[str, Any]:
    status, answer = cloud("POST", OPENAPI, CHAT)
    error: dict[str, Any] = {} if status == 200 else answer[0]["error"]
    return error


def test_a_restricted_service_can_be_enabled_and_not_used(cloud: Cloud) -> None:
    put(cloud, "gcp.restrictServiceUsage", deny("aiplatform.googleapis.com"))
    cloud.link("sandbox-empty")
    assert cloud.enable("sandbox-empty", "aiplatform")["done"]
    cloud.advance(10)
    error = cloud.error("GET", ENDPOINTS.format("us-central1"))
    assert (error["code"], error["reason"]) == (403, "RESOURCE_USAGE_RESTRICTION_VIOLATED")
    consumer = f"projects/{number(cloud)}"
    assert error["info"]["metadata"] == {"consumer": consumer, "service": "aiplatform.googleapis.com"}
    assert error["message"] == (
        "Request is disallowed by organization's constraints/gcp.restrictServiceUsage constraint for "
        f"'{consumer}' attempting to use service 'aiplatform.googleapis.com'."
    )
    assert chat(cloud)["status"] == "PERMISSION_DENIED"
    assert cloud.get("/v1/projects/sandbox-ready/services/aiplatform.googleapis.com")["state"] == "ENABLED"


def test_models_are_enabled_only_where_their_marketplace_is_allowed(cloud: Cloud) -> None:
    put(cloud, "gcp.restrictServiceUsage", allow("aiplatform.googleapis.com"))
    path = f"/v1beta1/projects/sandbox-ready/{GPT_OSS}:enableModel"
    error = cloud.error("POST", path)
    assert error["info"]["metadata"]["service"] == "cloudcommerceconsumerprocurement.googleapis.com"
    assert not chat(cloud)


@pytest.mark.parametrize(
    ("rule", "answers"),
    [
        (allow(f"{GPT_OSS}:predict"), True),
        (allow("publishers/google/models/gemini-3.5-flash:predict"), False),
        (deny(f"{GPT_OSS}:predict"), False),
        (deny(f"{GPT_OSS}:deploy"), True),
        ({"denyAll": True}, False),
        ({"allowAll": True}, True),
    ],
)
def test_a_model_answers_only_where_it_is_allowed(cloud: Cloud, rule: dict[str, Any], *, answers: bool) -> None:
    put(cloud, "vertexai.allowedModels", rule)
    error = chat(cloud)
    assert (not error) == answers
    if error:
        assert error["status"] == "FAILED_PRECONDITION"
        assert "constraints/vertexai.allowedModels violated for `projects/" in error["message"]
        assert f"by adding `{GPT_OSS}:predict` to the allowed values." in error["message"]


def test_a_denied_value_is_denied_though_it_is_allowed(cloud: Cloud) -> None:
    put(cloud, "vertexai.allowedModels", allow(f"{GPT_OSS}:predict"), deny(f"{GPT_OSS}:predict"))
    assert chat(cloud)["status"] == "FAILED_PRECONDITION"


def test_a_model_is_deployed_only_where_it_is_allowed(cloud: Cloud) -> None:
    put(cloud, "vertexai.allowedModels", allow(f"{GPT_OSS}:predict"))
    path = ENDPOINTS.format("us-central1").removesuffix("/endpoints") + ":deploy"
    error = cloud.error("POST", path, {"publisherModelName": "publishers/openai/models/gpt-oss@gpt-oss-20b"})
    assert "publishers/openai/models/gpt-oss:deploy" in error["message"]


@pytest.mark.parametrize(
    ("location", "values", "allowed"),
    [
        ("us-central1", ["us-central1"], True),
        ("us-central1", ["is:us-central1"], True),
        ("us-central1", ["in:us-locations"], True),
        ("us-central1", ["in:us-central1-locations"], True),
        ("us-central1", ["in:eu-locations"], False),
        ("europe-west4", ["in:eu-locations"], True),
        ("europe-west4", ["in:europe-locations"], True),
        ("europe-west2", ["in:eu-locations"], False),
    ],
)
def test_endpoints_are_made_where_locations_allow(
    cloud: Cloud, location: str, values: list[str], *, allowed: bool
) -> None:
    put(cloud, "gcp.resourceLocations", allow(*values))
    status, answer = cloud("POST", ENDPOINTS.format(location), {"displayName": "x"})
    assert (status == 200) == allowed
    if not allowed:
        [detail] = answer["error"]["details"]
        [violation] = detail["violations"]
        assert violation["type"] == "constraints/gcp.resourceLocations"
        assert violation["subject"].startswith(f"orgpolicy:projects/{number(cloud)}")


def grant(cloud: Cloud, member: str) -> tuple[int, Any]:
    path = "/v1/projects/sandbox-ready"
    policy = cloud.post(f"{path}:getIamPolicy")
    policy["bindings"].append({"role": VIEWER, "members": [member]})
    return cloud("POST", f"{path}:setIamPolicy", {"policy": policy})


@pytest.mark.parametrize(
    ("member", "permitted"),
    [
        ("user:ada@sandbox.example.com", True),
        ("domain:sandbox.example.com", True),
        ("serviceAccount:owner@sandbox-host.iam.gserviceaccount.com", True),
        ("serviceAccount:cloud-logs@system.gserviceaccount.com", True),
        ("user:eve@elsewhere.example.com", False),
        ("group:all@elsewhere.example.com", False),
    ],
)
def test_members_must_belong_to_a_permitted_customer(cloud: Cloud, member: str, *, permitted: bool) -> None:
    customer = cloud.get(f"/v1/{cloud['organization']}")["owner"]["directoryCustomerId"]
    answer: Any = None
    for parent, value in (
        (cloud["organization"], customer),
        ("projects/sandbox-ready", f"principalSet://iam.googleapis.com/{cloud['organization']}"),
    ):
        put(cloud, "iam.allowedPolicyMemberDomains", allow(value), parent=parent)
        status, answer = grant(cloud, member)
        assert (status == 200) == permitted, answer
    if not permitted:
        assert answer["error"]["message"].startswith("One or more users named in the policy do not belong to")
        [violation] = answer["error"]["details"][0]["violations"]
        assert violation["type"] == "constraints/iam.allowedPolicyMemberDomains"
        assert violation["subject"] == f"orgpolicy:projects/{number(cloud)}?configvalue={member}"


def test_members_from_before_the_policy_may_stay(cloud: Cloud) -> None:
    assert grant(cloud, "user:eve@elsewhere.example.com")[0] == 200
    put(cloud, "iam.allowedPolicyMemberDomains", allow("C0nobody1"))
    path = "/v1/projects/sandbox-ready"
    assert cloud.post(f"{path}:setIamPolicy", {"policy": cloud.post(f"{path}:getIamPolicy")})["bindings"]


def test_accounts_and_keys_are_not_made_where_that_is_disabled(cloud: Cloud) -> None:
    path = "/v1/projects/sandbox-ready/serviceAccounts"
    account = cloud.post(path, {"accountId": "chat-app"})["name"]
    put(cloud, "iam.disableServiceAccountCreation", {"enforce": True})
    error = cloud.error("POST", path, {"accountId": "another-app"})
    assert error["message"] == "Service account creation is not allowed on this project."
    assert error["details"][0]["violations"][0]["type"] == "constraints/iam.disableServiceAccountCreation"
    put(cloud, "iam.disableServiceAccountKeyCreation", {"enforce": True}, parent="projects/sandbox-ready")
    error = cloud.error("POST", f"/v1/{account}/keys")
    assert error["status"] == "FAILED_PRECONDITION"
    assert error["message"] == "Key creation is not allowed on this service account."
    assert error["details"][0]["violations"][0]["type"] == "constraints/iam.disableServiceAccountKeyCreation"


def test_managed_constraints_refuse_in_other_words(cloud: Cloud) -> None:
    path = "/v1/projects/sandbox-ready"
    account = cloud.post(f"{path}/serviceAccounts", {"accountId": "chat-app"})["name"]
    elsewhere = [{"role": VIEWER, "members": ["user:guest@elsewhere.example"]}]
    owner = [
        {"role": "roles/owner", "members": [f"serviceAccount:{number(cloud)}-compute@developer.gserviceaccount.com"]}
    ]
    own = {"allowedPrincipalSets": [f"//cloudresourcemanager.googleapis.com/{cloud['organization']}"]}
    rows: list[tuple[str, dict[str, Any], str, Any, str, str]] = [
        ("disableServiceAccountKeyCreation", {}, f"/v1/{account}/keys", {}, "", "iam"),
        ("disableServiceAccountCreation", {}, f"{path}/serviceAccounts", {"accountId": "another-app"}, "", "iam"),
        (
            "allowedPolicyMembers",
            own,
            f"{path}:setIamPolicy",
            elsewhere,
            " on resource 'projects/sandbox-ready'",
            "crm",
        ),
        (
            "preventPrivilegedBasicRolesForDefaultServiceAccounts",
            {},
            f"{path}:setIamPolicy",
            owner,
            " on resource 'projects/sandbox-ready'",
            "crm",
        ),
    ]
    hosts = {"iam": "iam.googleapis.com", "crm": "cloudresourcemanager.googleapis.com"}
    for name, parameters, call, body, where, service in rows:
        constraint = f"iam.managed.{name}"
        put(cloud, constraint, {"enforce": True} | ({"parameters": parameters} if parameters else {}))
        sent = {"policy": {"bindings": body}} if call.endswith("IamPolicy") else body
        error = cloud.error("POST", call, sent)
        assert (error["code"], error["status"]) == (400, "FAILED_PRECONDITION")
        assert error["message"].startswith(f'Operation denied by org policy{where}: ["constraints/{constraint}": "')
        assert error["reason"] == "CUSTOM_ORG_POLICY_VIOLATION"
        metadata = {"customConstraints": f"constraints/{constraint}", "service": hosts[service]}
        assert error["info"]["metadata"] == metadata
        cloud("DELETE", f"/v2/{cloud['organization']}/policies/{constraint}")


def test_members_of_ones_own_organization_pass_the_managed_constraint(cloud: Cloud) -> None:
    own = {"allowedPrincipalSets": [f"//cloudresourcemanager.googleapis.com/{cloud['organization']}"]}
    parameters = {**own, "allowedMemberSubjects": ["user:guest@elsewhere.example"]}
    put(cloud, "iam.managed.allowedPolicyMembers", {"enforce": True, "parameters": parameters})
    cloud.post("/v1/projects/sandbox-ready/serviceAccounts", {"accountId": "chat-app"})
    cloud.advance(60)
    for member in ("user:guest@elsewhere.example", "serviceAccount:chat-app@sandbox-ready.iam.gserviceaccount.com"):
        assert grant(cloud, member)[0] == 200


def test_a_provider_names_only_issuers_that_are_allowed(cloud: Cloud) -> None:
    put(cloud, "iam.workloadIdentityPoolProviders", allow("https://issuer.example.com"))
    pools = "/v1/projects/sandbox-ready/locations/global/workloadIdentityPools"
    cloud.post(f"{pools}?workloadIdentityPoolId=my-pool", {})
    cloud.advance(5)
    mapping = {"attributeMapping": {"google.subject": "assertion.sub"}}
    path = f"{pools}/my-pool/providers?workloadIdentityPoolProviderId=my-oidc"
    error = cloud.error("POST", path, {**mapping, "oidc": {"issuerUri": "https://other.example.com"}})
    assert error["status"] == "FAILED_PRECONDITION"
    assert error["message"] == "Org Policy violated for value: 'https://other.example.com'."
    assert error["details"][0]["violations"][0]["type"] == "constraints/iam.workloadIdentityPoolProviders"
    assert cloud.post(path, {**mapping, "oidc": {"issuerUri": "https://issuer.example.com"}})["name"]
