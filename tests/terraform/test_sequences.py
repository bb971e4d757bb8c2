"""What the real provider sends, call by call, for the resources of the module: the sandbox answers each as it needs.

The stand-in makes the same calls; here they are made by hand, so that a mistake of both would not go unseen. The order,
the addresses and the shapes are the real provider's (hashicorp/google 7.45, read in its source).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from gcp_emulator.server import Running

from emulator.tests.conftest import Cloud

ACCOUNT = "billingAccounts/0A1B2C-3D4E5F-678901"
GENERATED = "alt=json&prettyPrint=false"
OWN = "alt=json"


class Provider(Cloud):
    """Calls as the real provider does, to the same addresses."""

    def send(self, verb: str, path: str, body: Any = None, query: str = OWN) -> Any:
        """Make a call that must succeed; the answer is always a JSON object."""
        joint = "&" if "?" in path else "?"
        answer = self.raw(verb, f"{path}{joint}{query}", json=body, headers={"content-type": "application/json"})
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert isinstance(found, dict)
        return found

    def wait(self, operation: dict[str, Any], version: str = "v1") -> dict[str, Any]:
        """Poll an operation by its full name."""
        found = operation
        while not found.get("done"):
            self.advance(1)
            found = self.send("GET", f"/{version}/{operation['name']}")
        assert "error" not in found, found
        return found


@pytest.fixture
def provider(cloud: Running) -> Iterator[Provider]:
    made = Provider(cloud)
    with made.session:
        yield made


def project(provider: Provider) -> dict[str, Any]:
    body = {
        "projectId": "my-team-chat",
        "name": "Team chat",
        "parent": {"type": "organization", "id": "100000000001"},
        "labels": {"team": "chat"},
    }
    provider.wait(provider.send("POST", "/v1/projects", body, GENERATED))
    return provider.send("GET", "/v1/projects/my-team-chat", query=GENERATED)  # type: ignore[no-any-return] # JSON


def test_a_project_with_its_account(provider: Provider) -> None:
    asked = {"permissions": ["billing.resourceAssociations.create"]}
    assert provider.send("POST", f"/v1/{ACCOUNT}:testIamPermissions", asked, GENERATED) == asked
    made = project(provider)
    assert made["lifecycleState"] == "ACTIVE"
    assert isinstance(made["projectNumber"], str)
    info = "/v1/projects/my-team-chat/billingInfo"
    assert provider.send("GET", info, query=GENERATED)["billingAccountName"] == ""
    provider.send("PUT", info, {"billingAccountName": ACCOUNT}, GENERATED)
    assert provider.send("GET", info, query=GENERATED)["billingAccountName"] == ACCOUNT
    provider.send("PUT", "/v1/projects/my-team-chat", {**made, "labels": {"team": "talk"}}, GENERATED)
    assert provider.send("GET", "/v1/projects/my-team-chat", query=GENERATED)["labels"] == {"team": "talk"}
    assert provider.send("DELETE", "/v1/projects/my-team-chat", query=GENERATED) == {}
    deleted = provider.send("GET", "/v1/projects/my-team-chat", query=GENERATED)
    assert deleted["lifecycleState"] == "DELETE_REQUESTED"


def test_the_project_that_is_asked_for_and_must_not_be_there(provider: Provider) -> None:
    """`auto_create_network = false` asks it; an answer of 200 crashes the provider."""
    path = f"/v1/projects/00000000000/services/serviceusage.googleapis.com?{GENERATED}"
    error = provider.error("GET", path)
    assert error["code"] == 403
    assert "Project '00000000000' not found or permission denied." in error["message"]


def test_the_link_as_a_resource_ends_in_a_slash_and_is_taken_away_with_an_empty_body(provider: Provider) -> None:
    info = "/v1/projects/adopted-project/billingInfo/"
    provider.send("PUT", info, {"billingAccountName": ACCOUNT})
    assert provider.send("GET", info)["billingAccountName"] == ACCOUNT
    provider.send("PUT", info)
    assert provider.send("GET", info)["billingAccountName"] == ""


def test_services_one_by_one_and_in_batches(provider: Provider) -> None:
    provider.send("PUT", "/v1/projects/adopted-project/billingInfo/", {"billingAccountName": ACCOUNT})
    query = f"{GENERATED}&fields=services/name,nextPageToken&filter=state:ENABLED&pageSize=200"
    assert provider.send("GET", "/v1/projects/adopted-project/services", query=query) == {}
    services = "/v1/projects/adopted-project/services"
    provider.wait(provider.send("POST", f"{services}/iam.googleapis.com:enable", {}, GENERATED))
    ids = ["aiplatform.googleapis.com", "sts.googleapis.com"]
    provider.wait(provider.send("POST", f"{services}:batchEnable", {"serviceIds": ids}, GENERATED))
    found = provider.send("GET", services, query=query)["services"]
    assert {each["name"].rpartition("/")[2] for each in found} == {*ids, "iam.googleapis.com"}
    assert all(set(each) == {"name"} for each in found)
    first = provider.send("GET", services, query=query.replace("200", "1"))
    more = provider.send("GET", services, query=f"{query.replace('200', '1')}&pageToken={first['nextPageToken']}")
    assert first["services"] != more["services"]
    again = provider.send("POST", f"{services}/iam.googleapis.com:enable", {}, GENERATED)
    assert again["done"] is True
    disabled = {"disableDependentServices": False}
    provider.wait(provider.send("POST", f"{services}/sts.googleapis.com:disable", disabled, GENERATED))
    too_many = [f"service{number}.googleapis.com" for number in range(21)]
    error = provider.error("POST", f"{services}:batchEnable?{GENERATED}", {"serviceIds": too_many})
    assert error["code"] == 400


def test_members_of_a_project_keep_conditions_audit_and_etag(provider: Provider) -> None:
    where = "/v1/projects/adopted-project"
    options = {"options": {"requestedPolicyVersion": 3}}
    policy = provider.send("POST", f"{where}:getIamPolicy", options, GENERATED)
    condition = {"title": "soon", "expression": 'request.time < timestamp("2030-01-01T00:00:00Z")'}
    member = {"role": "roles/browser", "members": ["user:ann@terraform.example.com"], "condition": condition}
    audit = [{"service": "allServices", "auditLogConfigs": [{"logType": "ADMIN_READ"}]}]
    written = {**policy, "bindings": [*policy.get("bindings", []), member], "auditConfigs": audit, "version": 3}
    body = {"policy": written, "updateMask": "bindings,etag,auditConfigs"}
    provider.send("POST", f"{where}:setIamPolicy", body, GENERATED)
    read = provider.send("POST", f"{where}:getIamPolicy", options, GENERATED)
    assert member in read["bindings"]
    assert read["version"] == 3
    assert read["auditConfigs"] == audit
    stale = provider.error("POST", f"{where}:setIamPolicy?{GENERATED}", body)
    assert (stale["code"], stale["status"]) == (409, "ABORTED")
    without_audit = {
        "policy": {name: read[name] for name in ("bindings", "etag", "version")},
        "updateMask": "bindings,etag",
    }
    provider.send("POST", f"{where}:setIamPolicy", without_audit, GENERATED)
    assert provider.send("POST", f"{where}:getIamPolicy", options, GENERATED)["auditConfigs"] == audit


def test_a_service_account_and_its_members(provider: Provider) -> None:
    accounts = "/v1/projects/adopted-project/serviceAccounts"
    body = {"accountId": "chat-runtime", "serviceAccount": {"displayName": "Chat", "description": "d"}}
    made = provider.send("POST", accounts, body, GENERATED)
    provider.advance(600)
    read, *others = (provider.send("GET", f"/v1/{made['name']}", query=GENERATED) for _ in range(3))
    assert others == [read, read]
    assert {"email", "uniqueId", "projectId", "name"} <= set(read)
    assert read["projectId"] == "adopted-project"
    changed = {"serviceAccount": {"displayName": "Talk", "description": "d", "etag": read["etag"]}}
    provider.send("PATCH", f"/v1/{made['name']}", {**changed, "updateMask": "description,display_name"}, GENERATED)
    assert provider.send("GET", f"/v1/{made['name']}", query=GENERATED)["displayName"] == "Talk"
    query = f"{GENERATED}&options.requestedPolicyVersion=3"
    policy = provider.send("POST", f"/v1/{made['name']}:getIamPolicy", {}, query)
    binding = {"role": "roles/iam.workloadIdentityUser", "members": ["user:ann@terraform.example.com"]}
    provider.send("POST", f"/v1/{made['name']}:setIamPolicy", {"policy": {**policy, "bindings": [binding]}}, GENERATED)
    assert provider.send("POST", f"/v1/{made['name']}:getIamPolicy", {}, query)["bindings"] == [binding]
    assert provider.send("DELETE", f"/v1/{made['name']}", query=GENERATED) == {}
    assert provider.error("GET", f"/v1/{made['name']}?{GENERATED}")["code"] == 404


def test_a_pool_and_a_provider(provider: Provider) -> None:
    pools = "/v1/projects/adopted-project/locations/global/workloadIdentityPools"
    provider.wait(provider.send("POST", f"{pools}?workloadIdentityPoolId=my-pool", {"displayName": "Pipelines"}))
    assert provider.send("GET", f"{pools}/my-pool")["state"] == "ACTIVE"
    assert provider.send("GET", f"{pools}/my-pool:listAttestationRules") == {}
    wanted = {
        "attributeMapping": {"google.subject": "assertion.sub"},
        "attributeCondition": "assertion.repository == 'my-team/chat'",
        "oidc": {"issuerUri": "https://token.actions.githubusercontent.com"},
    }
    made = provider.send("POST", f"{pools}/my-pool/providers?workloadIdentityPoolProviderId=github", wanted)
    provider.wait(made)
    masks = "attributeCondition,oidc.allowed_audiences,oidc.issuer_uri,oidc.jwks_json"
    changed = {**wanted, "attributeCondition": "assertion.repository_id == '1'"}
    provider.wait(provider.send("PATCH", f"{pools}/my-pool/providers/github?updateMask={masks}", changed))
    found = provider.send("GET", f"{pools}/my-pool/providers/github")
    assert found["attributeCondition"] == "assertion.repository_id == '1'"
    provider.wait(provider.send("DELETE", f"{pools}/my-pool/providers/github"))
    provider.wait(provider.send("DELETE", f"{pools}/my-pool"))
    assert provider.send("GET", f"{pools}/my-pool")["state"] == "DELETED"
    error = provider.error("POST", f"{pools}?workloadIdentityPoolId=my-pool&{OWN}", {})
    assert error["code"] == 409


def test_a_budget(provider: Provider) -> None:
    wanted = {
        "displayName": "chat",
        "budgetFilter": {"projects": ["projects/123"], "creditTypesTreatment": "INCLUDE_ALL_CREDITS"},
        "amount": {"specifiedAmount": {"units": "500"}},
        "thresholdRules": [{"thresholdPercent": 0.9, "spendBasis": "CURRENT_SPEND"}],
    }
    made = provider.send("POST", f"/v1/{ACCOUNT}/budgets", wanted)
    assert made["amount"]["specifiedAmount"] == {"currencyCode": "USD", "units": "500"}
    changed = {**wanted, "amount": {"specifiedAmount": {"units": "800"}}}
    provider.send("PATCH", f"/v1/{made['name']}?updateMask=amount", changed)
    assert provider.send("GET", f"/v1/{made['name']}")["amount"]["specifiedAmount"]["units"] == "800"
    assert provider.send("DELETE", f"/v1/{made['name']}") == {}
    assert provider.error("GET", f"/v1/{made['name']}?{OWN}")["code"] == 404


def test_an_organization_policy(provider: Provider) -> None:
    name = "projects/adopted-project/policies/vertexai.allowedModels"
    values = {"allowedValues": ["publishers/openai/models/gpt-oss-120b-maas:predict"]}
    wanted = {"name": name, "spec": {"rules": [{"values": values}]}}
    made = provider.send("POST", "/v2/projects/adopted-project/policies", wanted)
    assert made["spec"]["rules"] == [{"values": values}]
    provider.send("PATCH", f"/v2/{name}?updateMask=policy.spec", wanted)
    assert provider.send("GET", f"/v2/{name}")["spec"]["rules"] == [{"values": values}]
    assert provider.send("DELETE", f"/v2/{name}") == {}
    assert provider.error("GET", f"/v2/{name}?{OWN}")["code"] == 404


def test_a_model_from_model_garden(provider: Provider) -> None:
    where = "/v1/projects/sandbox-ready/locations/us-central1"
    wanted = {
        "publisherModelName": "publishers/openai/models/gpt-oss@gpt-oss-120b",
        "endpointConfig": {"endpointDisplayName": "chat", "dedicatedEndpointEnabled": True},
    }
    done = provider.wait(provider.send("POST", f"{where}:deploy", wanted))
    endpoint = done["response"]["endpoint"].split("/")
    assert endpoint[::2] == ["projects", "locations", "endpoints"]
    deployed = provider.send("GET", f"{where}/endpoints/{endpoint[5]}")["deployedModels"][0]
    assert {"id", "displayName"} <= set(deployed)
    undeploy = {"deployedModelId": deployed["id"]}
    provider.wait(provider.send("POST", f"{where}/endpoints/{endpoint[5]}:undeployModel", undeploy))
    provider.wait(provider.send("DELETE", f"{where}/endpoints/{endpoint[5]}"))


def test_what_the_provider_reads_of_a_project_that_is_not_there(provider: Provider) -> None:
    error = provider.error("GET", f"/v1/projects/not-there-at-all?{GENERATED}")
    assert (error["code"], error["message"]) == (403, "The caller does not have permission")
