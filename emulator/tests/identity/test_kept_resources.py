"""What IAM keeps as it was sent: its whole life, for every kind, by the paths of the discovery document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gcp_emulator.services.iam import resources, workforce

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud

POOLS = "/v1/projects/sandbox-ready/locations/global/workloadIdentityPools"
SAML = '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example"/>'


def lives(cloud: Cloud, path: str, kind: resources.Kind, body: dict[str, Any], change: dict[str, Any]) -> None:
    """Create, read, list, change, delete and restore one."""

    def settled(answer: Any) -> Any:
        if kind.operation:
            cloud.advance(5)
            assert cloud.get(f"/v1/{answer['name']}") == {"name": answer["name"], "done": True}
        return answer

    made = settled(cloud.post(f"{path}?{kind.id_field}=first-one", body))
    assert all(name in made for name in kind.once)
    where = f"{path}/first-one"
    there = cloud.get(where)
    assert there["name"].endswith("/first-one")
    assert not any(name in there for name in kind.once)
    secret = {"oidc", "keyData", "sessionDuration", "parent"}
    assert {key: there[key] for key in body if key not in secret} == {
        key: value for key, value in body.items() if key not in secret
    }
    assert cloud.error("POST", f"{path}?{kind.id_field}=first-one", body)["code"] == 409
    organization = f"?parent={body['parent']}" if "parent" in body else ""
    assert cloud.get(path + organization)[kind.listed or kind.collection] == [there]
    if change:
        settled(cloud("PATCH", f"{where}?updateMask={','.join(change)}", change)[1])
        assert cloud.get(where) == {**there, **change}
    assert cloud("DELETE", where)[0] == 200
    cloud.advance(5)
    if kind.soft:
        assert cloud.get(where)["state"] == "DELETED"
        assert cloud.get(path + organization) == {}
        settled(cloud.post(f"{where}:undelete"))
    else:
        assert cloud.error("GET", where)["code"] == 404
        cloud.post(f"{path}?{kind.id_field}=first-one", body)


def test_every_kind_is_made_read_changed_deleted_and_restored(cloud: Cloud) -> None:
    forces, providers, tenants, clients, namespaces, identities = workforce.KINDS
    force_keys, pool_keys = workforce.KEYS
    words = {"description": "Other words"}
    top = "/v1/locations/global/workforcePools"
    lives(cloud, top, forces, {"parent": cloud["organization"], "displayName": "Staff", "disabled": True}, words)
    oidc = {"issuerUri": "https://idp.example", "clientId": "x", "clientSecret": {"value": {"plainText": "secret"}}}
    provider = {"attributeMapping": {"google.subject": "assertion.sub"}, "oidc": oidc}
    lives(cloud, f"{top}/first-one/providers", providers, provider, words)
    told = cloud.get(f"{top}/first-one/providers/first-one")
    assert set(told["oidc"]["clientSecret"]["value"]) == {"thumbprint"}
    below = f"{top}/first-one/providers/first-one"
    lives(cloud, f"{below}/keys", force_keys, {"use": "ENCRYPTION", "keyData": {"keySpec": "RSA_2048"}}, {})
    lives(cloud, f"{below}/scimTenants", tenants, {"claimMapping": {"google.subject": "user.externalId"}}, words)
    lives(cloud, f"{below}/scimTenants/first-one/tokens", workforce.TOKENS, {"displayName": "A"}, {"displayName": "B"})
    client = {
        "allowedGrantTypes": ["AUTHORIZATION_CODE_GRANT"],
        "allowedRedirectUris": ["https://app.example"],
        "allowedScopes": ["https://www.googleapis.com/auth/cloud-platform"],
        "clientType": "CONFIDENTIAL_CLIENT",
    }
    path = "/v1/projects/sandbox-ready/locations/global/oauthClients"
    lives(cloud, path, clients, client, words)
    lives(cloud, f"{path}/first-one/credentials", workforce.CREDENTIALS, {"displayName": "A"}, {"displayName": "B"})
    trust: dict[str, Any] = {"inlineTrustConfig": {"additionalTrustBundles": {"example.com": {"trustAnchors": []}}}}
    cloud.post(f"{POOLS}?workloadIdentityPoolId=trusted", {"mode": "TRUST_DOMAIN", **trust})
    cloud.advance(5)
    assert cloud.get(f"{POOLS}/trusted")["inlineTrustConfig"] == trust["inlineTrustConfig"]
    lives(cloud, f"{POOLS}/trusted/namespaces", namespaces, {"description": "Words"}, words)
    below = f"{POOLS}/trusted/namespaces/first-one/managedIdentities"
    lives(cloud, below, identities, {"description": "Words"}, words)
    rules = [{"googleCloudResource": "//compute.googleapis.com/projects/1/uid/zones/z/instances/2"}]
    for name in (f"{POOLS}/trusted", f"{below}/first-one"):
        assert cloud.get(f"{name}:listAttestationRules") == {}
        cloud.post(f"{name}:setAttestationRules", {"attestationRules": rules})
        cloud.advance(5)
        assert cloud.get(f"{name}:listAttestationRules") == {"attestationRules": rules}
    cloud.post(
        f"{POOLS}/trusted/providers?workloadIdentityPoolProviderId=saml",
        {"saml": {"idpMetadataXml": SAML}, "attributeMapping": {"google.subject": "assertion.subject"}},
    )
    cloud.advance(5)
    keys = f"{POOLS}/trusted/providers/saml/keys"
    lives(cloud, keys, pool_keys, {"use": "ENCRYPTION", "keyData": {"keySpec": "RSA_2048"}}, {})


def test_pools_have_policies_of_their_own(cloud: Cloud) -> None:
    cloud.post(f"{POOLS}?workloadIdentityPoolId=pool", {})
    top = "/v1/locations/global/workforcePools"
    cloud.post(f"{top}?workforcePoolId=staff", {"parent": cloud["organization"]})
    cloud.advance(5)
    for path, role in (
        (f"{POOLS}/pool", "roles/iam.workloadIdentityPoolViewer"),
        (f"{top}/staff", "roles/iam.workforcePoolViewer"),
    ):
        policy = cloud.post(f"{path}:getIamPolicy")
        policy["bindings"] = [{"role": role, "members": ["user:ann@example.com"]}]
        assert cloud.post(f"{path}:setIamPolicy", {"policy": policy})["bindings"] == policy["bindings"]
        assert cloud.post(f"{path}:getIamPolicy")["bindings"] == policy["bindings"]
        policy = cloud.post(f"{path}:getIamPolicy")
        policy["bindings"].append({"role": "roles/aiplatform.user", "members": ["user:ann@example.com"]})
        assert cloud.error("POST", f"{path}:setIamPolicy", {"policy": policy})["code"] == 400
    member = "principalSet://iam.googleapis.com/locations/global/workforcePools/staff/group/chat"
    policy = cloud.post("/v1/projects/sandbox-ready:getIamPolicy")
    policy["bindings"].append({"role": "roles/browser", "members": [member]})
    cloud.post("/v1/projects/sandbox-ready:setIamPolicy", {"policy": policy})


def test_a_provider_is_of_one_kind_and_says_what_that_needs(cloud: Cloud) -> None:
    cloud.post(f"{POOLS}?workloadIdentityPoolId=pool", {})
    cloud.advance(5)
    subject = {"attributeMapping": {"google.subject": "assertion.arn"}}
    path = f"{POOLS}/pool/providers?workloadIdentityPoolProviderId="
    cloud.post(f"{path}amazon", {"aws": {"accountId": "999999999999"}})
    cloud.post(f"{path}saml", {"saml": {"idpMetadataXml": SAML}, **subject})
    cloud.advance(5)
    assert cloud.get(f"{POOLS}/pool/providers/amazon")["aws"] == {"accountId": "999999999999"}
    assert cloud.get(f"{POOLS}/pool/providers/saml")["saml"] == {"idpMetadataXml": SAML}
    for wrong in (
        {"aws": {"accountId": "1"}},
        {"saml": {"idpMetadataXml": "<a/>"}, **subject},
        {"saml": {"idpMetadataXml": f"<!DOCTYPE x>{SAML}"}, **subject},
        {"x509": {"trustStore": {}}, **subject},
        {"aws": {"accountId": "999999999999"}, "saml": {"idpMetadataXml": SAML}},
        subject,
    ):
        assert cloud.error("POST", f"{path}wrong", wrong)["status"] == "INVALID_ARGUMENT"
    cloud("PATCH", f"{POOLS}/pool/providers/amazon?updateMask=aws", {"aws": {"accountId": "111111111111"}})
    cloud.advance(5)
    assert cloud.get(f"{POOLS}/pool/providers/amazon")["aws"] == {"accountId": "111111111111"}
