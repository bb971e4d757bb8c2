"""What a user of each API would do, one call after the other, so that every served method answers once.

A method that no story tells fails by its name in test_answers.py: it must bring a line here. Bodies are as the
clients write them: gcloud, the Terraform provider, Google's own libraries.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from gcp_emulator.services.aiplatform import empty_lists
from google.auth import crypt, jwt

from emulator.tests.identity.test_federation import ISSUER, Issuer
from emulator.tests.truth import module_stories

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.tests.truth.teller import Teller

READY, EMPTY, ACCOUNT = "projects/sandbox-ready", "projects/sandbox-empty", "story-robot"
EMAIL = f"{ACCOUNT}@sandbox-ready.iam.gserviceaccount.com"
ROBOT = f"{READY}/serviceAccounts/{EMAIL}"
POLICY: Final[dict[str, Any]] = {
    "policy": {"bindings": [{"role": "roles/viewer", "members": ["user:ada@example.com"]}]}
}
REGION = f"{READY}/locations/us-central1"


def _policies(tell: Teller, resource: str, *permissions: str, get: str = "POST") -> None:
    """Read, write and test the allow policy of something, which takes a basic role."""
    held = tell(get, f"{resource}:getIamPolicy", {} if get == "POST" else None)
    bindings = [*held.get("bindings", []), *POLICY["policy"]["bindings"]]
    tell("POST", f"{resource}:setIamPolicy", {"policy": {**held, "bindings": bindings}})
    tell("POST", f"{resource}:testIamPermissions", {"permissions": permissions})


def projects(tell: Teller) -> None:
    """Resource Manager: a project's life, over v3 and v1."""
    organization = tell["organization"]
    body = {"projectId": "told-by-story", "displayName": "Told", "parent": organization, "labels": {"a": "b"}}
    made = tell("POST", "/v3/projects", body)
    tell("GET", f"/v3/{made['name']}")
    tell.done(made, "v3")
    tell("GET", "/v3/projects/told-by-story")
    tell("GET", f"/v3/projects?parent={organization}&pageSize=2")
    tell("GET", "/v3/projects:search?query=id:told-*")
    change = tell("PATCH", "/v3/projects/told-by-story?updateMask=displayName", {"displayName": "Other"})
    tell.done(change, "v3")
    _policies(tell, "/v3/projects/told-by-story", "resourcemanager.projects.get")
    tell.done(tell("DELETE", "/v3/projects/told-by-story"), "v3")
    tell.done(tell("POST", "/v3/projects/told-by-story:undelete", {}), "v3")
    tell("GET", "/v3/projects/no-one-made-this", expect=403)
    tell("POST", "/v3/projects", {"projectId": "told-by-story", "parent": organization}, expect=409)
    tell("POST", "/v3/projects", {"projectId": "NO"}, expect=400)

    parent = {"type": "organization", "id": organization.partition("/")[2]}
    made = tell("POST", "/v1/projects", {"projectId": "told-before", "name": "Told", "parent": parent})
    tell.done(made, "v1")
    project = tell("GET", "/v1/projects/told-before")
    tell("GET", "/v1/projects?filter=lifecycleState:ACTIVE&pageSize=2")
    tell("PUT", "/v1/projects/told-before", {**project, "name": "Renamed", "labels": {"x": "y"}})
    tell("POST", "/v1/projects/told-before:getAncestry", {})
    _policies(tell, "/v1/projects/told-before", "resourcemanager.projects.get")
    tell("DELETE", "/v1/projects/told-before")
    tell("POST", "/v1/projects/told-before:undelete", {})
    tell("GET", "/v1/projects/no-one-made-this", expect=403)
    liens(tell, "projects/told-before")


def liens(tell: Teller, parent: str) -> None:
    """Resource Manager: what keeps a project from being deleted, over v3 and v1."""
    for version in ("v3", "v1"):
        body = {"parent": parent, "restrictions": ["resourcemanager.projects.delete"], "reason": "Told", "origin": "us"}
        lien = tell("POST", f"/{version}/liens", body)["name"]
        tell("GET", f"/{version}/{lien}")
        tell("GET", f"/{version}/liens?parent={parent}")
        tell("DELETE", f"/{version}/{parent}", expect=400)
        tell("DELETE", f"/{version}/{lien}")


def folders(tell: Teller) -> None:
    """Resource Manager: folders and organizations, over v3, v2 and v1."""
    organization = tell["organization"]
    one = tell.done(tell("POST", "/v3/folders", {"displayName": "One", "parent": organization}), "v3")["name"]
    two = tell.done(tell("POST", "/v3/folders", {"displayName": "Two", "parent": organization}), "v3")["name"]
    tell("GET", f"/v3/{one}")
    tell("GET", f"/v3/folders?parent={organization}&pageSize=1")
    tell("GET", "/v3/folders:search?query=displayName=T*")
    tell.done(tell("PATCH", f"/v3/{one}?updateMask=displayName", {"displayName": "First"}), "v3")
    tell.done(tell("POST", f"/v3/{one}:move", {"destinationParent": two}), "v3")
    tell.done(tell("POST", f"/v3/{EMPTY}:move", {"destinationParent": two}), "v3")
    _policies(tell, f"/v3/{one}", "resourcemanager.folders.get")
    tell.done(tell("DELETE", f"/v3/{one}"), "v3")
    tell.done(tell("POST", f"/v3/{one}:undelete", {}), "v3")
    tell("GET", "/v3/folders/1", expect=403)

    made = tell("POST", f"/v2/folders?parent={organization}", {"displayName": "Older"})
    older = tell.done(made, "v1")["name"]
    tell("GET", f"/v2/{older}")
    tell("GET", f"/v2/folders?parent={organization}")
    tell("POST", "/v2/folders:search", {"query": "displayName=Older"})
    tell("PATCH", f"/v2/{older}?updateMask=displayName", {"displayName": "Old"})
    tell.done(tell("POST", f"/v2/{older}:move", {"destinationParent": two}), "v1")
    _policies(tell, f"/v2/{older}", "resourcemanager.folders.get")
    tell("DELETE", f"/v2/{older}")
    tell("POST", f"/v2/{older}:undelete", {})

    for version in ("v3", "v1"):
        tell("GET", f"/{version}/{organization}")
        _policies(tell, f"/{version}/{organization}", "resourcemanager.organizations.get")
    tell("GET", "/v3/organizations:search?query=domain:sandbox.example.com")
    tell("POST", "/v1/organizations:search", {"filter": "domain:sandbox.example.com"})


def billing(tell: Teller) -> None:
    """Cloud Billing: accounts and links."""
    account = tell["billing_account"]
    tell("GET", "/v1/billingAccounts?pageSize=1")
    tell("GET", f"/v1/{account}")
    tell("GET", f"/v1/{account}/projects")
    tell("PUT", f"/v1/{EMPTY}/billingInfo", {"billingAccountName": account})
    tell("GET", f"/v1/{EMPTY}/billingInfo")
    tell("PUT", f"/v1/{EMPTY}/billingInfo", {"billingAccountName": ""})
    tell("GET", f"/v1/{EMPTY}/billingInfo")
    _policies(tell, f"/v1/{account}", "billing.accounts.get", get="GET")
    tell("GET", "/v1/billingAccounts/000000-000000-000000", expect=404)


def services(tell: Teller) -> None:
    """Service Usage: what is on, and what is not."""
    tell("GET", f"/v1/{READY}/services?filter=state:ENABLED&pageSize=3")
    tell("GET", f"/v1/{READY}/services/aiplatform.googleapis.com")
    names = "&".join(f"names={READY}/services/{each}.googleapis.com" for each in ("aiplatform", "iam"))
    tell("GET", f"/v1/{READY}/services:batchGet?{names}")
    made = tell("POST", f"/v1/{EMPTY}/services/sts.googleapis.com:enable", {})
    tell("GET", f"/v1/{made['name']}")
    tell.done(made, "v1beta1")
    tell("GET", "/v1/operations?pageSize=1")
    tell("DELETE", f"/v1/{made['name']}")
    tell("GET", f"/v1/{made['name']}", expect=404)
    made = tell("POST", f"/v1/{EMPTY}/services/pubsub.googleapis.com:enable", {})
    tell("POST", f"/v1/{made['name']}:cancel", {})
    ids = ["iam.googleapis.com", "cloudtrace.googleapis.com"]
    tell.done(tell("POST", f"/v1/{EMPTY}/services:batchEnable", {"serviceIds": ids}), "v1")
    tell.done(tell("POST", f"/v1/{EMPTY}/services/sts.googleapis.com:disable", {}), "v1")
    tell("POST", f"/v1/{EMPTY}/services/aiplatform.googleapis.com:enable", {}, expect=400)
    tell("GET", "/v1/projects/no-one-made-this/services/iam.googleapis.com", expect=403)


def accounts(tell: Teller) -> None:
    """IAM: a service account's life, its keys, its policy."""
    body = {"accountId": ACCOUNT, "serviceAccount": {"displayName": "Robot"}}
    made = tell("POST", f"/v1/{READY}/serviceAccounts", body)
    tell.sandbox.advance(120)
    tell("GET", f"/v1/{ROBOT}")
    tell("GET", f"/v1/{READY}/serviceAccounts?pageSize=1")
    change = {"serviceAccount": {"description": "works"}, "updateMask": "description"}
    tell("PATCH", f"/v1/{ROBOT}", change)
    tell("PUT", f"/v1/{ROBOT}", {**made, "displayName": "Robot the second"})
    tell("POST", f"/v1/{ROBOT}:disable", {})
    tell("GET", f"/v1/{ROBOT}")
    tell("POST", f"/v1/{ROBOT}:enable", {})
    bindings = [{"role": "roles/iam.serviceAccountTokenCreator", "members": ["user:ada@example.com"]}]
    tell("POST", f"/v1/{ROBOT}:getIamPolicy", {})
    tell("POST", f"/v1/{ROBOT}:setIamPolicy", {"policy": {"bindings": bindings}})
    tell("POST", f"/v1/{ROBOT}:testIamPermissions", {"permissions": ["iam.serviceAccounts.actAs"]})
    key = tell("POST", f"/v1/{ROBOT}/keys", {})["name"]
    tell("GET", f"/v1/{ROBOT}/keys?keyTypes=USER_MANAGED")
    tell("GET", f"/v1/{key}")
    pem = tell("GET", f"/v1/{key}?publicKeyType=TYPE_X509_PEM_FILE")["publicKeyData"]
    tell("POST", f"/v1/{ROBOT}/keys:upload", {"publicKeyData": pem})
    for path in ("metadata/x509", "metadata/raw", "jwk"):
        tell("GET", f"/service_accounts/v1/{path}/{EMAIL}")
    for path in ("/oauth2/v1/certs", "/oauth2/v3/certs", "/.well-known/openid-configuration"):
        tell("GET", path)
    tell("POST", f"/v1/{key}:disable", {})
    tell("GET", f"/v1/{key}")
    tell("POST", f"/v1/{key}:enable", {})
    tell("DELETE", f"/v1/{key}")
    tell("DELETE", f"/v1/{ROBOT}")
    tell("POST", f"/v1/{READY}/serviceAccounts/{made['uniqueId']}:undelete", {})
    tell("GET", f"/v1/{READY}/serviceAccounts/no-one@sandbox-ready.iam.gserviceaccount.com", expect=404)
    tell("POST", f"/v1/{READY}/serviceAccounts", {"accountId": "x"}, expect=400)
    tell("POST", f"/v1/{READY}/serviceAccounts", body, expect=409)


def roles(tell: Teller) -> None:
    """IAM: predefined roles, and custom ones of projects and organizations."""
    tell("GET", "/v1/roles/aiplatform.user")
    tell("GET", "/v1/roles?pageSize=2&view=FULL")
    full = "//cloudresourcemanager.googleapis.com/projects/sandbox-ready"
    tell("POST", "/v1/roles:queryGrantableRoles", {"fullResourceName": full})
    tell("POST", "/v1/permissions:queryTestablePermissions", {"fullResourceName": full, "pageSize": 5})
    for parent in (READY, tell["organization"]):
        role = {"title": "Told", "includedPermissions": ["aiplatform.endpoints.predict"], "stage": "GA"}
        name = tell("POST", f"/v1/{parent}/roles", {"roleId": "told", "role": role})["name"]
        tell("GET", f"/v1/{name}")
        tell("GET", f"/v1/{parent}/roles?view=FULL")
        tell("PATCH", f"/v1/{name}?updateMask=title", {"title": "Other"})
        tell("DELETE", f"/v1/{name}")
        tell("GET", f"/v1/{parent}/roles?showDeleted=true")
        tell("POST", f"/v1/{name}:undelete", {})
    tell("GET", "/v1/roles/no.such", expect=404)


def federation(tell: Teller) -> None:
    """IAM: workload identity pools and their providers."""
    where = f"/v1/{READY}/locations/global/workloadIdentityPools"
    pool = f"{where}/told"
    made = tell("POST", f"{where}?workloadIdentityPoolId=told", {"displayName": "Told", "description": "a pool"})
    tell.done(made, "v1")
    tell("GET", pool)
    tell("GET", f"{where}?pageSize=1")
    tell.done(tell("PATCH", f"{pool}?updateMask=displayName", {"displayName": "Other"}), "v1")
    _policies(tell, pool, "iam.workloadIdentityPools.get")
    oidc = {"issuerUri": "https://issuer.example.com", "allowedAudiences": ["a"]}
    body = {"attributeMapping": {"google.subject": "assertion.sub"}, "oidc": oidc}
    provider = f"{pool}/providers/issuer"
    tell.done(tell("POST", f"{pool}/providers?workloadIdentityPoolProviderId=issuer", body), "v1")
    tell("GET", provider)
    tell("GET", f"{pool}/providers")
    tell.done(tell("PATCH", f"{provider}?updateMask=displayName", {"displayName": "Issuer"}), "v1")
    tell.done(tell("DELETE", provider), "v1")
    tell.done(tell("POST", f"{provider}:undelete", {}), "v1")
    tell.done(tell("DELETE", pool), "v1")
    tell("GET", f"{where}?showDeleted=true")
    tell.done(tell("POST", f"{pool}:undelete", {}), "v1")
    tell("GET", f"{where}/missing", expect=404)


def _life(tell: Teller, path: str, identifier: str, body: Any, *, operation: bool, patch: bool, soft: bool) -> str:
    """Create, read, list, change, delete and restore what IAM keeps as it was sent; its path."""

    def done(answer: Any) -> None:
        if operation:
            tell.done(answer, "v1")

    done(tell("POST", f"{path}?{identifier}=told-one", body))
    where = f"{path}/told-one"
    tell("GET", where)
    tell("GET", path + (f"?parent={body['parent']}" if "parent" in body else ""))
    if patch:
        done(tell("PATCH", f"{where}?updateMask=displayName", {"displayName": "Other"}))
    deleted = tell("DELETE", where)
    if soft:
        done(deleted)
        done(tell("POST", f"{where}:undelete", {}))
    else:
        tell("POST", f"{path}?{identifier}=told-one", body)
    return where


def workforce(tell: Teller) -> None:
    """IAM: workforce pools and what is in them, and OAuth clients."""
    kept = {"operation": True, "patch": True, "soft": True}
    plain = {"operation": False, "patch": True, "soft": True}
    hard = {"operation": False, "patch": True, "soft": False}
    body: dict[str, Any] = {"parent": tell["organization"], "displayName": "Staff"}
    pool = _life(tell, "/v1/locations/global/workforcePools", "workforcePoolId", body, **kept)
    _policies(tell, pool, "iam.workforcePools.get")
    body = {
        "attributeMapping": {"google.subject": "assertion.sub"},
        "oidc": {"issuerUri": "https://idp.example", "clientId": "x"},
    }
    provider = _life(tell, f"{pool}/providers", "workforcePoolProviderId", body, **kept)
    body = {"use": "ENCRYPTION", "keyData": {"keySpec": "RSA_2048"}}
    _life(tell, f"{provider}/keys", "workforcePoolProviderKeyId", body, operation=True, patch=False, soft=True)
    body = {"claimMapping": {"google.subject": "user.externalId"}}
    tenant = _life(tell, f"{provider}/scimTenants", "workforcePoolProviderScimTenantId", body, **plain)
    _life(tell, f"{tenant}/tokens", "workforcePoolProviderScimTokenId", {"displayName": "A"}, **hard)
    body = {
        "allowedGrantTypes": ["AUTHORIZATION_CODE_GRANT"],
        "allowedRedirectUris": ["https://app.example"],
        "allowedScopes": ["openid"],
        "clientType": "CONFIDENTIAL_CLIENT",
    }
    client = _life(tell, f"/v1/{READY}/locations/global/oauthClients", "oauthClientId", body, **plain)
    _life(tell, f"{client}/credentials", "oauthClientCredentialId", {"displayName": "A"}, **hard)


def managed_identities(tell: Teller) -> None:
    """IAM: a pool in trust domain mode, with namespaces, identities, rules and a SAML provider's keys."""
    where = f"/v1/{READY}/locations/global/workloadIdentityPools"
    tell.done(tell("POST", f"{where}?workloadIdentityPoolId=trusted", {"mode": "TRUST_DOMAIN"}), "v1")
    body: dict[str, Any] = {"description": "Told"}
    path, kept = f"{where}/trusted/namespaces", {"operation": True, "soft": True}
    namespace = _life(tell, path, "workloadIdentityPoolNamespaceId", body, patch=False, **kept)
    tell.done(tell("PATCH", f"{namespace}?updateMask=description", {"description": "Other"}), "v1")
    path = f"{namespace}/managedIdentities"
    identity = _life(tell, path, "workloadIdentityPoolManagedIdentityId", body, patch=False, **kept)
    tell.done(tell("PATCH", f"{identity}?updateMask=description", {"description": "Other"}), "v1")
    rule = {"googleCloudResource": "//compute.googleapis.com/projects/1/uid/zones/z/instances/2"}
    for holder in (f"{where}/trusted", identity):
        tell.done(tell("POST", f"{holder}:setAttestationRules", {"attestationRules": []}), "v1")
        tell.done(tell("POST", f"{holder}:addAttestationRule", {"attestationRule": rule}), "v1")
        tell("GET", f"{holder}:listAttestationRules")
        tell.done(tell("POST", f"{holder}:removeAttestationRule", {"attestationRule": rule}), "v1")
    metadata = '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example"/>'
    body = {"attributeMapping": {"google.subject": "assertion.subject"}, "saml": {"idpMetadataXml": metadata}}
    path = f"{where}/trusted/providers"
    tell.done(tell("POST", f"{path}?workloadIdentityPoolProviderId=saml", body), "v1")
    body = {"use": "ENCRYPTION", "keyData": {"keySpec": "RSA_2048"}}
    _life(tell, f"{path}/saml/keys", "workloadIdentityPoolProviderKeyId", body, patch=False, **kept)


def policies(tell: Teller) -> None:
    """Org Policy: policies and constraints of projects, folders and the organization."""
    organization = tell["organization"]
    folder = tell.done(tell("POST", "/v3/folders", {"displayName": "Held", "parent": organization}), "v3")["name"]
    for parent in (organization, folder, READY):
        body = {
            "name": f"{parent}/policies/gcp.restrictServiceUsage",
            "spec": {"rules": [{"values": {"deniedValues": ["cloudtrace.googleapis.com"]}}]},
            "dryRunSpec": {"rules": [{"allowAll": True}]},
        }
        tell("POST", f"/v2/{parent}/policies", body)
        tell("GET", f"/v2/{parent}/policies/gcp.restrictServiceUsage")
        tell("GET", f"/v2/{parent}/policies?pageSize=10")
        tell("PATCH", f"/v2/{body['name']}?updateMask=policy.spec", {**body, "spec": {"rules": [{"allowAll": True}]}})
        tell("GET", f"/v2/{parent}/policies/gcp.restrictServiceUsage:getEffectivePolicy")
        tell("GET", f"/v2/{parent}/constraints?pageSize=100")
        older = {"constraint": "constraints/gcp.restrictServiceUsage"}
        tell("POST", f"/v1/{parent}:getEffectiveOrgPolicy", older)
    for parent in (READY, folder, organization):
        tell("DELETE", f"/v2/{parent}/policies/gcp.restrictServiceUsage")
        tell("GET", f"/v2/{parent}/policies/gcp.restrictServiceUsage", expect=404)
    constraints = f"/v2/{organization}/customConstraints"
    custom = {
        "name": f"{organization}/customConstraints/custom.told",
        "resourceTypes": ["container.googleapis.com/NodePool"],
        "methodTypes": ["CREATE"],
        "condition": "resource.management.autoUpgrade == false",
        "actionType": "DENY",
        "displayName": "Told",
    }
    tell("POST", constraints, custom)
    tell("GET", constraints)
    tell("GET", f"{constraints}/custom.told")
    tell("PATCH", f"{constraints}/custom.told", {**custom, "actionType": "ALLOW"})
    tell("DELETE", f"{constraints}/custom.told")


def _vertex(tell: Teller, version: str) -> None:
    where = f"/{version}/{REGION}"
    resources = {"machineSpec": {"machineType": "g2-standard-12"}, "minReplicaCount": 1}
    tell("GET", f"/{version}/{READY}/locations?pageSize=3")
    tell("GET", f"/{version}/{REGION}")
    tell("GET", f"{where}/endpoints?pageSize=1")
    body = {"displayName": "mine", "labels": {"a": "b"}, "dedicatedEndpointEnabled": True}
    endpoint = tell.done(tell("POST", f"{where}/endpoints", body), version)["name"]
    model = tell.done(tell("POST", f"{where}/models:upload", {"model": {"displayName": "weights"}}), version)["model"]
    tell("GET", f"/{version}/{model}")
    tell("GET", f"{where}/models?pageSize=5")
    deployed = {"deployedModel": {"model": model, "dedicatedResources": resources}, "trafficSplit": {"0": 100}}
    found = tell.done(tell("POST", f"/{version}/{endpoint}:deployModel", deployed), version)["deployedModel"]["id"]
    tell("GET", f"/{version}/{endpoint}")
    tell("PATCH", f"/{version}/{endpoint}?updateMask=displayName", {"displayName": "other"})
    grown = {
        "deployedModel": {"id": found, "dedicatedResources": {"maxReplicaCount": 2}},
        "updateMask": "dedicatedResources.maxReplicaCount",
    }
    tell.done(tell("POST", f"/{version}/{endpoint}:mutateDeployedModel", grown), version)
    running = tell("POST", f"{where}/endpoints", {"displayName": "canceled"})["name"]
    tell("GET", f"/{version}/{running}")
    tell("GET", f"/{version}/{running.rpartition('/')[0]}?filter=done%3Dfalse")
    tell("POST", f"/{version}/{running}:wait", {"timeout": "0s"})
    tell("POST", f"/{version}/{running}:cancel", {})
    tell("DELETE", f"/{version}/{running}")
    chat = {"model": "anything", "messages": [{"role": "user", "content": "hi"}]}
    tell("POST", f"{where}/endpoints/{endpoint.rpartition('/')[2]}/chat/completions", chat, expect=400)
    undeploy = {"deployedModelId": found, "trafficSplit": {}}
    tell.done(tell("POST", f"/{version}/{endpoint}:undeployModel", undeploy), version)
    tell.done(tell("DELETE", f"/{version}/{endpoint}"), version)
    tell.done(tell("DELETE", f"/{version}/{model}"), version)
    garden = {"publisherModelName": "publishers/openai/models/gpt-oss@gpt-oss-20b"}
    tell.done(tell("POST", f"{where}:deploy", garden), version)
    paid = {"x-goog-user-project": "sandbox-ready"}
    tell("GET", f"/{version}/publishers/openai/models/gpt-oss-120b-maas", headers=paid)
    tell("GET", f"/{version}/publishers/openai/models/gpt-oss@gpt-oss-120b", headers=paid)
    tell("GET", f"{where}/endpoints/404", expect=404)
    tell("GET", f"/{version}/{EMPTY}/locations/us-central1/endpoints", expect=403)
    for collection in empty_lists.COLLECTIONS.values():
        tell("GET", f"{where}/{collection}?pageSize=10")
    _models(tell, version)


def _models(tell: Teller, version: str) -> None:
    google = f"/{version}/{READY}/locations/global/publishers/google/models"
    contents = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}
    tell("POST", f"{google}/gemini-3.5-flash:computeTokens", contents)
    tell("POST", f"{google}/gemini-9-flash:computeTokens", contents, expect=404)
    tell("POST", f"{google}/gemini-embedding-2:embedContent", {"content": {"parts": [{"text": "hi"}]}})
    tell("POST", f"{google}/text-embedding-005:predict", {"instances": [{"content": "hi"}]})
    tell("POST", f"{google}/gemini-3.5-flash:predict", {"instances": [{"content": "hi"}]}, expect=400)
    (first, *_) = tell("GET", f"/{version}/{REGION}/endpoints")["endpoints"]
    for verb in ("predict", "rawPredict", "streamRawPredict"):
        tell("POST", f"/{version}/{first['name']}:{verb}", {"instances": [{"prompt": "hi"}]})


def vertex(tell: Teller) -> None:
    """Vertex AI v1: locations, endpoints, models."""
    _vertex(tell, "v1")


def vertex_beta(tell: Teller) -> None:
    """Vertex AI v1beta1: the same, and Model Garden."""
    _vertex(tell, "v1beta1")
    paid = {"x-goog-user-project": "sandbox-ready"}
    tell("GET", "/v1beta1/publishers/*/models?pageSize=3&view=PUBLISHER_MODEL_VIEW_BASIC", headers=paid)
    eula = {"publisherModel": "publishers/google/models/gemma-3-27b-it"}
    tell("POST", f"/v1beta1/{READY}/modelGardenEula:check", eula)
    tell("POST", f"/v1beta1/{READY}/modelGardenEula:accept", eula)
    tell("POST", f"/v1beta1/{READY}/publishers/openai/models/gpt-oss-120b-maas:enableModel", {})


def chat(tell: Teller) -> None:
    """Chat and completions; the openai package holds their answers to its types in test_chat_types.py."""
    asked = {"model": "openai/gpt-oss-120b-maas", "messages": [{"role": "user", "content": "hi"}]}
    where = f"{READY}/locations/global/endpoints/openapi"
    tell("POST", f"/v1/{where}/embeddings", {"model": "google/text-embedding-005", "input": "hi"})
    tell("POST", f"/v1/{where}/chat/completions", asked)
    tell("POST", f"/v1/{where}/chat/completions", {**asked, "model": "no/such"}, expect=404)
    for version in ("v1", "v1beta1"):
        (first, *_) = tell("GET", f"/{version}/{REGION}/endpoints")["endpoints"]
        tell("POST", f"/{version}/{first['name']}/completions", {"model": "x", "prompt": "hello"})


def budgets(tell: Teller) -> None:
    """Budgets of a billing account, as the Terraform provider makes them."""
    amount = {"specifiedAmount": {"currencyCode": "USD", "units": "100"}}
    budget = {"displayName": "Told", "amount": amount, "thresholdRules": [{"thresholdPercent": 0.5}]}
    for version in ("v1", "v1beta1"):
        where = f"/{version}/{tell['billing_account']}/budgets"
        name = tell("POST", where, budget if version == "v1" else {"budget": budget})["name"]
        tell("GET", f"/{version}/{name}")
        tell("GET", f"{where}?pageSize=1")
        change = {"displayName": "Other"}
        path = f"/{version}/{name}"
        if version == "v1":
            tell("PATCH", f"{path}?updateMask=displayName", change)
        else:
            tell("PATCH", path, {"budget": change, "updateMask": "displayName"})
        tell("DELETE", path)
        tell("GET", path, expect=404)


def older_services(tell: Teller) -> None:
    """Service Usage v1beta1, as gcloud and the Terraform provider ask it."""
    tell("GET", f"/v1beta1/{READY}/services?filter=state:ENABLED&pageSize=3")
    tell("GET", f"/v1beta1/{READY}/services/aiplatform.googleapis.com")
    tell.done(tell("POST", f"/v1beta1/{EMPTY}/services/sts.googleapis.com:enable", {}), "v1beta1")
    ids = {"serviceIds": ["iam.googleapis.com"]}
    tell.done(tell("POST", f"/v1beta1/{EMPTY}/services:batchEnable", ids), "v1beta1")
    tell.done(tell("POST", f"/v1beta1/{EMPTY}/services/sts.googleapis.com:disable", {}), "v1beta1")
    tell("POST", f"/v1beta1/{READY}/services/aiplatform.googleapis.com:generateServiceIdentity", {})
    quotas = f"/v1beta1/{READY}/services/aiplatform.googleapis.com/consumerQuotaMetrics"
    (first, *_) = tell("GET", f"{quotas}?pageSize=2")["metrics"]
    tell("GET", f"/v1beta1/{first['name']}")


def monitoring(tell: Teller) -> None:
    """How much of a quota is used, as gcloud asks before it deploys a model."""
    garden = {"publisherModelName": "publishers/openai/models/gpt-oss@gpt-oss-20b"}
    tell.done(tell("POST", f"/v1/{REGION}:deploy", garden), "v1")
    usage = 'metric.type="serviceruntime.googleapis.com/quota/allocation/usage"'
    now = "interval.endTime=2026-01-02T00:00:00Z"
    found = tell("GET", f"/v3/{READY}/timeSeries?filter={usage}&{now}")
    assert found["timeSeries"][0]["points"][0]["value"] == {"int64Value": "1"}
    either = quote(f'{usage} AND (resource.labels.location="nowhere" OR NOT resource.labels.location="nowhere")')
    assert tell("GET", f"/v3/{READY}/timeSeries?filter={either}&{now}")["timeSeries"] == found["timeSeries"]
    neither = quote(f'{usage} AND resource.labels.location="nowhere"')
    assert "timeSeries" not in tell("GET", f"/v3/{READY}/timeSeries?filter={neither}&{now}")
    tell("GET", f"/v3/{READY}/timeSeries?filter={quote('(' + usage)}&{now}", expect=400)
    tell("GET", f"/v3/{READY}/timeSeries?filter=metric.type=%22other%22&{now}", expect=501)


def quotas(tell: Teller) -> None:
    """Cloud Quotas, which has no discovery document here: its answers are held against its page by other tests."""
    where = f"/v1/{READY}/locations/global/services/aiplatform.googleapis.com/quotaInfos"
    (first, *_) = tell("GET", where)["quotaInfos"]
    tell("GET", f"/v1/{first['name']}")
    preferences = f"/v1/{READY}/locations/global/quotaPreferences"
    request = {
        "service": "aiplatform.googleapis.com",
        "quotaId": "CustomModelServingL4GPUsPerProjectPerRegion",
        "quotaConfig": {"preferredValue": "2"},
        "contactEmail": "ann@example.com",
    }
    made = tell("POST", preferences, request)["name"]
    tell("GET", f"{preferences}?pageSize=1")
    tell("GET", f"/v1/{made}")
    tell("PATCH", f"/v1/{made}", {**request, "quotaConfig": {"preferredValue": "3"}})


def credentials(tell: Teller) -> None:
    """IAM Credentials: tokens and signatures of a service account that one may act as."""
    tell("POST", f"/v1/{READY}/serviceAccounts", {"accountId": ACCOUNT, "serviceAccount": {}})
    bindings = [
        {
            "role": "roles/iam.serviceAccountTokenCreator",
            "members": ["serviceAccount:owner@sandbox-host.iam.gserviceaccount.com"],
        }
    ]
    tell("POST", f"/v1/{ROBOT}:setIamPolicy", {"policy": {"bindings": bindings}})
    tell.sandbox.advance(120)
    robot = f"/v1/projects/-/serviceAccounts/{EMAIL}"
    scope = ["https://www.googleapis.com/auth/cloud-platform"]
    tell("POST", f"{robot}:generateAccessToken", {"scope": scope, "lifetime": "600s"})
    tell("POST", f"{robot}:generateIdToken", {"audience": "https://example.com", "includeEmail": True})
    tell("POST", f"{robot}:signBlob", {"payload": "aGVsbG8="})
    tell("POST", f"{robot}:signJwt", {"payload": json.dumps({"sub": "me"})})
    tell("GET", f"{robot}/allowedLocations")
    number = tell("GET", "/v1/projects/sandbox-ready")["projectNumber"]
    tell("GET", f"/v1/projects/{number}/locations/global/workloadIdentityPools/pool/allowedLocations")
    tell("POST", f"{robot}:generateAccessToken", {"scope": []}, expect=400)


def strangers(tell: Teller) -> None:
    """What someone who was given nothing is told: the permission that he lacks."""
    organization, account = tell["organization"], tell["billing_account"]
    tell("POST", f"/v1/{READY}/serviceAccounts", {"accountId": ACCOUNT, "serviceAccount": {}})
    made = {"accountId": "no-one-at-all", "serviceAccount": {}}  # whose own project has these APIs
    member = tell("POST", "/v1/projects/sandbox-host/serviceAccounts", made)["email"]
    no_one = {"authorization": f"Bearer {tell.sandbox.token_for(f'serviceAccount:{member}')}"}
    robot = f"/v1/projects/-/serviceAccounts/{EMAIL}"
    limits = f"/v1/{READY}/locations/global/services/aiplatform.googleapis.com/quotaInfos"
    budget = {"displayName": "Mine", "amount": {"lastPeriodAmount": {}}}
    asked: tuple[tuple[str, str, Any], ...] = (
        ("GET", f"/v1/{READY}/serviceAccounts", None),
        ("POST", f"/v1/{READY}/serviceAccounts", {"accountId": "not-for-you", "serviceAccount": {}}),
        ("GET", f"/v1/{ROBOT}", None),
        ("DELETE", f"/v1/{ROBOT}", None),
        ("POST", f"/v1/{ROBOT}/keys", {}),
        ("POST", f"/v1/{ROBOT}:setIamPolicy", POLICY),
        ("POST", f"/v1/{READY}/roles", {"roleId": "mine", "role": {"title": "Mine"}}),
        ("GET", f"/v1/{organization}/roles", None),
        ("POST", f"{robot}:generateAccessToken", {"scope": ["https://www.googleapis.com/auth/cloud-platform"]}),
        ("POST", f"{robot}:signBlob", {"payload": "aGVsbG8="}),
        ("GET", f"/v2/{READY}/policies", None),
        ("GET", f"/v2/{organization}/policies/gcp.resourceLocations:getEffectivePolicy", None),
        ("POST", f"/v2/{READY}/policies", {"name": f"{READY}/policies/gcp.resourceLocations", "spec": {}}),
        ("GET", f"/v1/{account}/budgets", None),
        ("POST", f"/v1/{account}/budgets", budget),
        ("GET", limits, None),
    )
    for verb, path, body in asked:
        assert "SERVICE_DISABLED" not in str(tell(verb, path, body, headers=no_one, expect=403))


def conflicts(tell: Teller) -> None:
    """What was changed meanwhile, what is not there, what cannot be, and what is not served."""
    stale, none = "BwYAAAAAAAA=", "00000000-0000-0000-0000-000000000000"
    tell("POST", f"/v1/{READY}/serviceAccounts", {"accountId": ACCOUNT, "serviceAccount": {}})
    tell("POST", f"/v1/{ROBOT}:setIamPolicy", {"policy": {"etag": stale, "bindings": []}}, expect=409)
    tell("GET", f"/v1/{READY}/serviceAccounts?pageToken=nonsense", expect=400)
    tell("PATCH", f"/v1/{ROBOT}", {"serviceAccount": {"description": "x"}, "updateMask": "email"}, expect=400)
    role = {"title": "Told", "includedPermissions": ["aiplatform.endpoints.predict"]}
    name = tell("POST", f"/v1/{READY}/roles", {"roleId": "told", "role": role})["name"]
    tell("POST", f"/v1/{READY}/roles", {"roleId": "told", "role": role}, expect=409)
    tell("PATCH", f"/v1/{name}", {"title": "Other", "etag": stale}, expect=409)
    tell("DELETE", f"/v1/{name}?etag={stale}", expect=409)
    tell("GET", f"/v1/{READY}/roles/missing", expect=404)

    policy = f"{READY}/policies/iam.disableServiceAccountKeyCreation"
    tell("POST", f"/v2/{READY}/policies", {"name": policy, "spec": {"rules": [{"enforce": True}]}})
    tell("PATCH", f"/v2/{policy}", {"etag": stale, "spec": {"rules": [{"enforce": False}]}}, expect=409)
    tell("DELETE", f"/v2/{policy}?etag={stale}", expect=409)
    tell("GET", f"/v2/{READY}/policies/gcp.resourceLocations", expect=404)
    tell("POST", f"/v1/{ROBOT}/keys", {}, expect=400)

    budgets = f"/v1/{tell['billing_account']}/budgets"
    budget = tell("POST", budgets, {"displayName": "Mine", "amount": {"lastPeriodAmount": {}}})["name"]
    tell("PATCH", f"/v1/{budget}", {"displayName": "Other", "etag": "1"}, expect=409)
    tell("POST", budgets, {"displayName": "Mine"}, expect=400)
    tell("GET", f"{budgets}/{none}", expect=404)

    tell("GET", f"/v1/{READY}/locations/global/quotaAdjusterSettings", expect=501)
    limits = "locations/global/services/aiplatform.googleapis.com/quotaInfos"
    tell("GET", f"/v1/{tell['organization']}/{limits}", expect=501)
    tell("GET", f"/v1/{READY}/{limits}/Missing", expect=404)


def tokens(tell: Teller) -> None:
    """OAuth's endpoints, the Security Token Service, the metadata server."""
    issuer = Issuer()
    where = f"/v1/{READY}/locations/global/workloadIdentityPools"
    tell.done(tell("POST", f"{where}?workloadIdentityPoolId=told", {}), "v1")
    oidc = {"issuerUri": ISSUER, "allowedAudiences": ["sandbox"], "jwksJson": json.dumps(issuer.jwks)}
    body = {"attributeMapping": {"google.subject": "assertion.sub"}, "oidc": oidc}
    tell.done(tell("POST", f"{where}/told/providers?workloadIdentityPoolProviderId=issuer", body), "v1")
    provider = tell("GET", f"{where}/told/providers/issuer")["name"]
    asked = {
        "grantType": "urn:ietf:params:oauth:grant-type:token-exchange",
        "audience": f"//iam.googleapis.com/{provider}",
        "scope": "https://www.googleapis.com/auth/cloud-platform",
        "requestedTokenType": "urn:ietf:params:oauth:token-type:access_token",
        "subjectTokenType": "urn:ietf:params:oauth:token-type:jwt",
        "subjectToken": issuer.sign(),
    }
    tell("POST", "/v1beta/token", asked)
    token = tell("POST", "/v1/token", asked)["access_token"]
    tell("POST", "/v1/token", {**asked, "subjectToken": "no"}, expect=400)
    tell.form("/v1/introspect", token=token)

    key = json.loads(Path(tell["credentials_file"]).read_text("utf-8"))
    grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    own = tell.form("/token", grant_type=grant, assertion=self_signed(key))["access_token"]
    tell("GET", f"/tokeninfo?access_token={own}")
    tell("POST", f"/oauth2/v2/tokeninfo?access_token={own}")
    for version in ("v2", "v3"):
        tell("GET", f"/oauth2/{version}/userinfo", headers={"authorization": f"Bearer {own}"})
    tell("POST", "/revoke", {"token": own})

    flavor = {"Metadata-Flavor": "Google"}
    account = "/computeMetadata/v1/instance/service-accounts"
    tell("GET", "/", headers=flavor)
    for path in ("project/project-id", "project/numeric-project-id", "universe/universe-domain", "instance/"):
        tell("GET", f"/computeMetadata/v1/{path}", headers=flavor)
    for path in ("/computeMetadata/v1/instance/zone", f"{account}/", f"{account}/default/", f"{account}/default/email"):
        tell("GET", path, headers=flavor)


def self_signed(key: dict[str, str]) -> str:
    """Return the assertion with which a key file asks for a token."""
    now = int(time.time())
    claims = {
        "iss": key["client_email"],
        "aud": "https://oauth2.googleapis.com/token",
        "scope": "https://www.googleapis.com/auth/cloud-platform https://www.googleapis.com/auth/userinfo.email",
        "iat": now,
        "exp": now + 600,
    }
    signer = crypt.RSASigner.from_service_account_info(key)  # type: ignore[no-untyped-call] # google-auth ships no types
    signed: bytes = jwt.encode(signer, claims)  # type: ignore[no-untyped-call] # likewise
    return signed.decode()


def gemini(tell: Teller) -> None:
    """Gemini's own methods, as google-genai asks them."""
    asked = {"contents": [{"role": "user", "parts": [{"text": "hello"}]}]}
    for version in ("v1", "v1beta1"):
        model = f"/{version}/{READY}/locations/global/publishers/google/models/gemini-3.5-flash"
        tell("POST", f"{model}:generateContent", asked)
        tell("POST", f"{model}:streamGenerateContent", asked)
        tell("POST", f"{model}:streamGenerateContent?alt=sse", asked)
        tell("POST", f"{model}:countTokens", asked)
        tell("POST", f"{model}:generateContent", {}, expect=400)


STORIES: Final[dict[str, Callable[[Teller], Any]]] = {
    "projects": projects,
    "folders": folders,
    "billing": billing,
    "services": services,
    "accounts": accounts,
    "roles": roles,
    "federation": federation,
    "workforce": workforce,
    "managed_identities": managed_identities,
    "policies": policies,
    "vertex": vertex,
    "vertex_beta": vertex_beta,
    "chat": chat,
    "gemini": gemini,
    "older_services": older_services,
    "quotas": quotas,
    "monitoring": monitoring,
    "budgets": budgets,
    "credentials": credentials,
    "strangers": strangers,
    "conflicts": conflicts,
    "tokens": tokens,
    **module_stories.STORIES,
}
