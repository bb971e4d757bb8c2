"""What modules make beside a project: created, read, listed, changed, shared and deleted, one story for each API.

A row is a call: verb, path, body, status, and what the answer holds. `{…}` in a path is a field of the answers before.
`WAIT` lets seconds pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from gcp_emulator.server import running

from emulator.tests.conftest import Cloud

if TYPE_CHECKING:
    from collections.abc import Iterator

P = "projects/sandbox-ready"
SERVICES = (
    *("accesscontextmanager", "apikeys", "bigquery", "cloudasset", "cloudkms", "compute", "essentialcontacts"),
    *(
        "logging",
        "monitoring",
        "privilegedaccessmanager",
        "pubsub",
        "securitycenter",
        "securitycentermanagement",
        "storage",
    ),
)
CONTACT = {"email": "ann@example.com", "notificationCategorySubscriptions": ["BILLING"], "languageTag": "en-US"}
RING = f"/v1/{P}/locations/us-central1/keyRings"
KEY = f"{RING}/ring/cryptoKeys/key"
BUCKET = f"/v2/{P}/locations/global/buckets/_Default"
IMPORT = {"protectionLevel": "SOFTWARE", "importMethod": "RSA_OAEP_3072_SHA256"}
DATASETS = f"/bigquery/v2/{P}/datasets"
FIREWALLS = "/compute/v1/locations/global/firewallPolicies"
POLICY = f"{FIREWALLS}/{{targetId}}"
HOST = f"/compute/v1/{P}"
NOT_FOUND = {"error": {"status": "NOT_FOUND"}}
TAKEN = {"error": {"status": "ALREADY_EXISTS"}}
BINDING = {"role": "roles/viewer", "members": ["serviceAccount:owner@sandbox-host.iam.gserviceaccount.com"]}

Row = tuple[str, str, Any, int, dict[str, Any]]
STORIES: dict[str, list[Row]] = {
    "pubsub": [
        ("PUT", f"/v1/{P}/topics/orders", {"labels": {"a": "b"}}, 200, {"name": f"{P}/topics/orders"}),
        ("PUT", f"/v1/{P}/topics/orders", {}, 409, TAKEN),
        ("PUT", f"/v1/{P}/topics/1", {}, 400, {}),
        ("GET", f"/v1/{P}/topics", None, 200, {"topics": [{"name": f"{P}/topics/orders", "labels": {"a": "b"}}]}),
        (
            "PATCH",
            f"/v1/{P}/topics/orders",
            {"topic": {"messageRetentionDuration": "600s"}, "updateMask": "labels,messageRetentionDuration"},
            200,
            {"messageRetentionDuration": "600s", "labels": None},
        ),
        (
            "PUT",
            f"/v1/{P}/subscriptions/all",
            {"topic": f"{P}/topics/orders"},
            200,
            {"ackDeadlineSeconds": 10, "expirationPolicy": {"ttl": "2678400s"}, "state": "ACTIVE"},
        ),
        ("PUT", f"/v1/{P}/subscriptions/none", {"topic": f"{P}/topics/nothing"}, 404, NOT_FOUND),
        (
            "POST",
            f"/v1/{P}/topics/orders:setIamPolicy",
            {"policy": {"bindings": [BINDING]}},
            200,
            {"bindings": [BINDING]},
        ),
        ("GET", f"/v1/{P}/topics/orders:getIamPolicy", None, 200, {"bindings": [BINDING]}),
        ("DELETE", f"/v1/{P}/topics/orders", None, 200, {}),
        ("GET", f"/v1/{P}/subscriptions/all", None, 200, {"topic": "_deleted-topic_"}),
        ("GET", f"/v1/{P}/topics/orders", None, 404, {"error": {"message": "Resource not found (resource=orders)."}}),
        ("POST", f"/v1/{P}/topics/orders:publish", {}, 501, {}),
    ],
    "logging": [
        ("GET", f"/v2/{P}/sinks/_Default", None, 200, {"name": "_Default"}),
        ("DELETE", f"/v2/{P}/sinks/_Required", None, 400, {}),
        (
            "POST",
            f"/v2/{P}/sinks?uniqueWriterIdentity=true",
            {"name": "audit", "destination": "storage.googleapis.com/logs", "filter": "severity>=ERROR"},
            200,
            {"name": "audit", "writerIdentity": "serviceAccount:service-NUMBER@gcp-sa-logging.iam.gserviceaccount.com"},
        ),
        (
            "GET",
            f"/v2/{P}/sinks",
            None,
            200,
            {"sinks": [{"name": "_Default"}, {"name": "_Required"}, {"name": "audit"}]},
        ),
        (
            "PATCH",
            f"/v2/{P}/sinks/audit?updateMask=filter&uniqueWriterIdentity=true",
            {"filter": "", "destination": "x"},
            200,
            {"destination": "storage.googleapis.com/logs", "filter": None},
        ),
        ("DELETE", f"/v2/{P}/sinks/audit", None, 200, {}),
        ("GET", f"/v2/{P}/sinks/audit", None, 404, {"error": {"message": "Sink audit does not exist"}}),
        (
            "GET",
            f"/v2/{P}/locations/global/buckets/_Default",
            None,
            200,
            {"retentionDays": 30, "lifecycleState": "ACTIVE"},
        ),
        (
            "PATCH",
            f"/v2/{P}/locations/global/buckets/_Default?updateMask=retentionDays",
            {"retentionDays": 60},
            200,
            {"retentionDays": 60, "name": f"{P}/locations/global/buckets/_Default"},
        ),
        (
            "PATCH",
            f"/v2/{P}/locations/global/buckets/_Required?updateMask=retentionDays",
            {"retentionDays": 5},
            400,
            {},
        ),
        (
            "POST",
            f"/v2/{P}/locations/global/buckets?bucketId=mine",
            {"analyticsEnabled": True},
            200,
            {"retentionDays": 30},
        ),
        ("DELETE", f"/v2/{P}/locations/global/buckets/mine", None, 200, {}),
        ("GET", f"/v2/{P}/locations/global/buckets/mine", None, 200, {"lifecycleState": "DELETE_REQUESTED"}),
        ("GET", "/v2/ORGANIZATION/locations/global/buckets/_Default", None, 200, {"retentionDays": 30}),
        ("GET", "/v2/ORGANIZATION/sinks", None, 200, {"sinks": [{"name": "_Default"}, {"name": "_Required"}]}),
        ("POST", f"{BUCKET}/views?viewId=mine", {"filter": 'LOG_ID("a")'}, 200, {"name": f"{BUCKET[4:]}/views/mine"}),
        (
            "POST",
            f"{BUCKET}/views/mine:setIamPolicy",
            {"policy": {"bindings": [BINDING]}},
            200,
            {"bindings": [BINDING]},
        ),
        ("DELETE", f"{BUCKET}/views/mine", None, 200, {}),
        (
            "POST",
            f"{BUCKET}/links?linkId=logs",
            {},
            200,
            {
                "done": True,
                "response": {"bigqueryDataset": {"datasetId": f"bigquery.googleapis.com/{P}/datasets/logs"}},
            },
        ),
        (
            "POST",
            f"/v2/{P}/locations/global/logScopes?logScopeId=all",
            {"resourceNames": [P]},
            200,
            {"resourceNames": [P]},
        ),
        ("POST", f"/v2/{P}/metrics", {"name": "errors"}, 400, {}),
        ("POST", f"/v2/{P}/metrics", {"name": "errors", "filter": "severity=ERROR"}, 200, {"name": "errors"}),
        (
            "PUT",
            f"/v2/{P}/metrics/errors",
            {"name": "errors", "filter": "severity>=ERROR"},
            200,
            {"filter": "severity>=ERROR"},
        ),
        (
            "GET",
            f"/v2/{P}/settings",
            None,
            200,
            {"loggingServiceAccountId": "service-NUMBER@gcp-sa-logging.iam.gserviceaccount.com"},
        ),
        (
            "POST",
            "/v2/ORGANIZATION/sinks",
            {"name": "all", "destination": "storage.googleapis.com/x", "includeChildren": True},
            200,
            {"includeChildren": True},
        ),
        ("GET", "/v2/ORGANIZATION/settings", None, 200, {"name": "ORGANIZATION/settings"}),
    ],
    "kms": [
        ("POST", f"{RING}?keyRingId=ring", {}, 200, {"name": f"{P}/locations/us-central1/keyRings/ring"}),
        ("POST", f"{RING}?keyRingId=ring", {}, 409, TAKEN),
        ("POST", f"{RING}/none/cryptoKeys?cryptoKeyId=key", {"purpose": "ENCRYPT_DECRYPT"}, 404, NOT_FOUND),
        (
            "POST",
            f"{RING}/ring/cryptoKeys?cryptoKeyId=key",
            {"purpose": "ENCRYPT_DECRYPT", "rotationPeriod": "7776000s", "nextRotationTime": "2030-01-01T00:00:00Z"},
            200,
            {
                "versionTemplate": {"protectionLevel": "SOFTWARE", "algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION"},
                "primary": {
                    "state": "ENABLED",
                    "name": f"{P}/locations/us-central1/keyRings/ring/cryptoKeys/key/cryptoKeyVersions/1",
                },
                "destroyScheduledDuration": "2592000s",
            },
        ),
        (
            "PATCH",
            f"{KEY}?updateMask=labels",
            {"labels": {"a": "b"}},
            200,
            {"labels": {"a": "b"}, "rotationPeriod": "7776000s"},
        ),
        ("POST", f"{KEY}/cryptoKeyVersions", {}, 200, {"algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION"}),
        ("POST", f"{KEY}/cryptoKeyVersions/1:destroy", {}, 200, {"state": "DESTROY_SCHEDULED"}),
        ("GET", f"{KEY}/cryptoKeyVersions", None, 200, {"totalSize": 2}),
        ("POST", f"{KEY}:setIamPolicy", {"policy": {"bindings": [BINDING]}}, 200, {"bindings": [BINDING]}),
        ("POST", f"{KEY}:encrypt", {"plaintext": "aGk="}, 501, {}),
        ("POST", f"{RING}/ring/importJobs?importJobId=job", {"protectionLevel": "HSM"}, 400, {}),
        ("POST", f"{RING}/ring/importJobs?importJobId=job", IMPORT, 200, {"state": "ACTIVE", **IMPORT}),
        ("GET", f"{RING}/ring/importJobs", None, 200, {"importJobs": [{"name": f"{RING[4:]}/ring/importJobs/job"}]}),
        ("GET", f"/v1/{P}/autokeyConfig", None, 200, {"state": "UNINITIALIZED"}),
        ("PATCH", f"/v1/{P}/autokeyConfig?updateMask=keyProject", {"keyProject": P}, 200, {"keyProject": P}),
        ("GET", f"/v1/{P}:showEffectiveAutokeyConfig", None, 200, {"keyProject": P}),
    ],
    "monitoring": [
        (
            "POST",
            f"/v3/{P}/notificationChannels",
            {"type": "email", "labels": {"email_address": "ann@example.com"}},
            200,
            {"type": "email", "enabled": True},
        ),
        (
            "PATCH",
            "/v3/{name}?updateMask=display_name",
            {"displayName": "ann"},
            200,
            {"displayName": "ann", "type": "email"},
        ),
        ("DELETE", "/v3/{name}", None, 200, {}),
        ("POST", f"/v3/{P}/notificationChannels", {"labels": {}}, 400, {}),
        ("GET", f"/v3/{P}/notificationChannels", None, 200, {"notificationChannels": None}),
        (
            "POST",
            f"/v3/{P}/alertPolicies",
            {"displayName": "x", "combiner": "OR", "conditions": [{"displayName": "c"}]},
            200,
            {"enabled": True},
        ),
        ("DELETE", "/v3/{name}", None, 200, {}),
    ],
    "contacts": [
        (
            "POST",
            f"/v1/{P}/contacts",
            CONTACT,
            200,
            {**CONTACT, "name": "projects/NUMBER/contacts/1", "validationState": "VALID"},
        ),
        ("POST", f"/v1/{P}/contacts", CONTACT, 409, TAKEN),
        ("POST", f"/v1/{P}/contacts", {"email": "ann@example.com"}, 400, {}),
        (
            "PATCH",
            f"/v1/{P}/contacts/1?updateMask=languageTag",
            {"languageTag": "de"},
            200,
            {"languageTag": "de", "email": "ann@example.com"},
        ),
        (
            "POST",
            "/v1/ORGANIZATION/contacts",
            {**CONTACT, "email": "top@example.com"},
            200,
            {"name": "ORGANIZATION/contacts/1"},
        ),
        (
            "GET",
            f"/v1/{P}/contacts:compute?notificationCategories=BILLING",
            None,
            200,
            {"contacts": [{"languageTag": "de"}, {"email": "top@example.com"}]},
        ),
        ("DELETE", f"/v1/{P}/contacts/1", None, 200, {}),
        ("GET", f"/v1/{P}/contacts/1", None, 404, NOT_FOUND),
    ],
    "keys": [
        (
            "POST",
            f"/v2/{P}/locations/global/keys?keyId=maps",
            {"displayName": "maps", "restrictions": {"apiTargets": [{"service": "maps-backend.googleapis.com"}]}},
            200,
            {"done": True, "response": {"name": "projects/NUMBER/locations/global/keys/maps", "displayName": "maps"}},
        ),
        ("GET", "/v2/{name}", None, 200, {"done": True}),
        ("POST", f"/v2/{P}/locations/global/keys?keyId=maps", {}, 409, TAKEN),
        ("GET", f"/v2/{P}/locations/global/keys/maps/keyString", None, 200, {}),
        (
            "GET",
            "/v2/keys:lookupKey?keyString={keyString}",
            None,
            200,
            {"name": "projects/NUMBER/locations/global/keys/maps"},
        ),
        (
            "PATCH",
            f"/v2/{P}/locations/global/keys/maps?updateMask=displayName",
            {"displayName": "m"},
            200,
            {"response": {"displayName": "m"}},
        ),
        ("DELETE", f"/v2/{P}/locations/global/keys/maps", None, 200, {"done": True}),
        ("GET", f"/v2/{P}/locations/global/keys", None, 200, {"keys": None}),
        ("POST", f"/v2/{P}/locations/global/keys/maps:undelete", {}, 200, {"done": True}),
        (
            "POST",
            f"/v2/{P}/locations/global/keys",
            {"serviceAccountEmail": "owner@sandbox-host.iam.gserviceaccount.com"},
            400,
            {"error": {"status": "FAILED_PRECONDITION"}},
        ),
    ],
    "firewall policies": [
        ("POST", f"{FIREWALLS}?parentId=folders/1", {"shortName": "all"}, 403, {}),
        ("POST", f"{FIREWALLS}?parentId=ORGANIZATION", {"shortName": "all"}, 200, {"status": "RUNNING"}),
        ("WAIT", "2", None, 200, {}),
        ("GET", "/compute/v1/locations/global/operations/{name}", None, 200, {"status": "DONE"}),
        ("POST", f"{POLICY}/addRule", {"priority": 9, "action": "deny", "direction": "EGRESS"}, 200, {}),
        ("POST", f"{POLICY}/addAssociation", {"name": "all", "attachmentTarget": "ORGANIZATION"}, 200, {}),
        ("WAIT", "2", None, 200, {}),
        ("POST", f"{POLICY}/addRule", {"priority": 9, "action": "allow"}, 400, {}),
        ("GET", f"{POLICY}/getRule?priority=9", None, 200, {"action": "deny", "direction": "EGRESS"}),
        ("GET", f"{POLICY}/getAssociation?name=all", None, 200, {"attachmentTarget": "ORGANIZATION"}),
        ("DELETE", POLICY, None, 400, {}),
        ("POST", f"{POLICY}/removeAssociation?name=all", None, 200, {}),
        ("POST", f"{POLICY}/removeRule?priority=9", None, 200, {}),
        ("WAIT", "2", None, 200, {}),
        ("GET", f"{POLICY}/getRule?priority=9", None, 400, {}),
        ("DELETE", POLICY, None, 200, {}),
        ("WAIT", "2", None, 200, {}),
        ("GET", POLICY, None, 404, NOT_FOUND),
    ],
    "shared networks": [
        ("POST", f"{HOST}/enableXpnResource", {"xpnResource": {"id": "sandbox-host", "type": "PROJECT"}}, 400, {}),
        ("POST", f"{HOST}/enableXpnHost", None, 200, {"operationType": "EnableXpnHost"}),
        ("WAIT", "2", None, 200, {}),
        ("GET", HOST, None, 200, {"xpnProjectStatus": "HOST", "name": "sandbox-ready"}),
        ("POST", f"{HOST}/enableXpnResource", {"xpnResource": {"id": "sandbox-host", "type": "PROJECT"}}, 200, {}),
        ("WAIT", "2", None, 200, {}),
        ("GET", f"{HOST}/getXpnResources", None, 200, {"resources": [{"id": "sandbox-host", "type": "PROJECT"}]}),
        ("POST", f"{HOST}/disableXpnHost", None, 400, {}),
        ("POST", f"{HOST}/disableXpnResource", {"xpnResource": {"id": "sandbox-host", "type": "PROJECT"}}, 200, {}),
        ("WAIT", "2", None, 200, {}),
        ("POST", f"{HOST.replace('v1', 'beta')}/disableXpnHost", None, 200, {}),
        ("WAIT", "2", None, 200, {}),
        ("GET", HOST, None, 200, {"xpnProjectStatus": None}),
    ],
    "application": [
        ("GET", "/v1/apps/sandbox-ready", None, 404, NOT_FOUND),
        ("POST", "/v1/apps", {"id": "sandbox-ready"}, 400, {}),
        ("POST", "/v1/apps", {"id": "nothing-there", "locationId": "us-east4"}, 403, {}),
        ("POST", "/v1/apps", {"id": "sandbox-ready", "locationId": "us-east4"}, 200, {"done": True}),
        ("GET", "/v1/{name}", None, 200, {"response": {"locationId": "us-east4", "servingStatus": "SERVING"}}),
        ("POST", "/v1/apps", {"id": "sandbox-ready", "locationId": "us-east4"}, 409, TAKEN),
        ("PATCH", "/v1/apps/sandbox-ready?updateMask=authDomain", {"authDomain": "example.com"}, 200, {"done": True}),
        ("GET", "/v1/apps/sandbox-ready", None, 200, {"authDomain": "example.com", "locationId": "us-east4"}),
    ],
    "datasets": [
        ("POST", DATASETS, {"datasetReference": {"datasetId": "a-b"}}, 400, {}),
        (
            "POST",
            DATASETS,
            {
                "datasetReference": {"datasetId": "logs"},
                "access": [{"role": "roles/bigquery.dataViewer", "domain": "example.com"}],
            },
            200,
            {"location": "US", "access": [{"role": "READER", "domain": "example.com"}]},
        ),
        ("POST", DATASETS, {"datasetReference": {"datasetId": "logs"}}, 409, {}),
        ("PATCH", f"{DATASETS}/logs", {"description": "of all"}, 200, {"description": "of all", "location": "US"}),
        ("PUT", f"{DATASETS}/logs", {"labels": {"a": "b"}}, 200, {"description": None, "labels": {"a": "b"}}),
        ("GET", DATASETS, None, 200, {"datasets": [{"id": "sandbox-ready:logs", "access": None}]}),
        ("DELETE", f"{DATASETS}/logs", None, 204, {}),
        ("GET", f"{DATASETS}/logs", None, 404, {"error": {"message": "Not found: Dataset sandbox-ready:logs"}}),
    ],
    "feeds": [
        ("POST", f"/v1/{P}/feeds", {"feedId": "all", "feed": {"assetTypes": ["x"]}}, 400, {}),
        (
            "POST",
            f"/v1/{P}/feeds?feedId=all",
            {"feed": {"feedOutputConfig": {"pubsubDestination": {"topic": f"{P}/topics/t"}}}},
            200,
            {"name": "projects/NUMBER/feeds/all"},
        ),
        ("GET", f"/v1/{P}/feeds", None, 200, {"feeds": [{"name": "projects/NUMBER/feeds/all"}]}),
        (
            "PATCH",
            f"/v1/{P}/feeds/all",
            {"feed": {"assetTypes": ["x"]}, "updateMask": "asset_types"},
            200,
            {"assetTypes": ["x"], "feedOutputConfig": {"pubsubDestination": {"topic": f"{P}/topics/t"}}},
        ),
        ("DELETE", f"/v1/{P}/feeds/all", None, 200, {}),
    ],
    "access policies": [
        ("POST", "/v1/accessPolicies", {"parent": "organizations/1", "title": "x"}, 403, {}),
        (
            "POST",
            "/v1/accessPolicies",
            {"parent": "ORGANIZATION", "title": "all"},
            200,
            {"done": True, "response": {"title": "all"}},
        ),
        ("GET", "/v1/{name}", None, 200, {"done": True}),
        ("POST", "/v1/accessPolicies", {"parent": "ORGANIZATION", "title": "again"}, 409, {}),
        ("GET", "/v1/accessPolicies?parent=ORGANIZATION", None, 200, {"accessPolicies": [{"title": "all"}]}),
        ("POST", "/v1/{accessPolicies[0][name]}/accessLevels", {"name": "x/accessLevels/y", "title": "y"}, 400, {}),
        ("GET", "/v1/accessPolicies?parent=ORGANIZATION", None, 200, {}),
        (
            "POST",
            "/v1/{accessPolicies[0][name]}/servicePerimeters",
            {"name": "x/servicePerimeters/all", "title": "all"},
            200,
            {"response": {"perimeterType": "PERIMETER_TYPE_REGULAR"}},
        ),
        ("GET", "/v1/{response[name]}", None, 200, {"title": "all"}),
        ("DELETE", "/v1/{name}", None, 200, {"done": True}),
    ],
    "security": [
        ("POST", f"/v2/{P}/locations/global/muteConfigs?muteConfigId=low", {"type": "STATIC"}, 400, {}),
        (
            "POST",
            f"/v2/{P}/locations/global/muteConfigs?muteConfigId=low",
            {"type": "STATIC", "filter": 'severity="LOW"'},
            200,
            {"name": f"{P}/locations/global/muteConfigs/low", "type": "STATIC"},
        ),
        ("POST", f"/v2/{P}/muteConfigs?muteConfigId=low", {"type": "STATIC", "filter": "x"}, 501, {}),
        (
            "POST",
            f"/v1/{P}/locations/global/securityHealthAnalyticsCustomModules",
            {"displayName": "ssh", "enablementState": "ENABLED"},
            200,
            {"displayName": "ssh", "enablementState": "ENABLED"},
        ),
        (
            "PATCH",
            "/v1/{name}?updateMask=enablementState",
            {"enablementState": "DISABLED"},
            200,
            {"displayName": "ssh"},
        ),
        ("DELETE", "/v1/{name}", None, 200, {}),
    ],
    "entitlements": [
        (
            "POST",
            f"/v1/{P}/locations/global/entitlements?entitlementId=admin",
            {"maxRequestDuration": "3600s"},
            400,
            {},
        ),
        (
            "POST",
            f"/v1/{P}/locations/global/entitlements?entitlementId=admin",
            {
                "maxRequestDuration": "3600s",
                "eligibleUsers": [{"principals": ["user:ann@example.com"]}],
                "privilegedAccess": {"gcpIamAccess": {"resource": f"//cloudresourcemanager.googleapis.com/{P}"}},
                "requesterJustificationConfig": {"notMandatory": {}},
            },
            200,
            {"done": True, "response": {"state": "AVAILABLE"}},
        ),
        ("DELETE", "/v1/{response[name]}", None, 200, {"done": True}),
    ],
    "agents": [
        (
            "GET",
            f"/bigquery/v2/{P}/serviceAccount",
            None,
            200,
            {"email": "bq-NUMBER@bigquery-encryption.iam.gserviceaccount.com"},
        ),
        (
            "GET",
            f"/storage/v1/{P}/serviceAccount",
            None,
            200,
            {"email_address": "service-NUMBER@gs-project-accounts.iam.gserviceaccount.com"},
        ),
    ],
}


@pytest.fixture(scope="module")
def module_cloud() -> Iterator[Cloud]:
    with running(clock=0, grpc=False) as ready:
        cloud = Cloud(ready)
        with cloud.session:
            cloud.enable("sandbox-ready", *SERVICES)
            cloud.advance(60)
            yield cloud


def holds(answer: Any, wanted: Any) -> bool:
    """Whether an answer holds what is wanted; None is that it holds nothing there."""
    if isinstance(wanted, dict):
        return isinstance(answer, dict) and all(holds(answer.get(name), value) for name, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(answer, list) and len(answer) == len(wanted) and all(map(holds, answer, wanted))
    return bool(answer == wanted)


@pytest.mark.parametrize("story", STORIES)
def test_a_story_goes_as_the_documents_say(module_cloud: Cloud, story: str) -> None:
    number = str(module_cloud.get(f"/v1/{P}")["projectNumber"])

    def own(value: Any) -> Any:
        if isinstance(value, str):
            return value.replace("NUMBER", number).replace("ORGANIZATION", module_cloud["organization"])
        if isinstance(value, dict):
            return {name: own(each) for name, each in value.items()}
        return [own(each) for each in value] if isinstance(value, list) else value

    before: dict[str, Any] = {}
    for verb, path, body, status, wanted in STORIES[story]:
        if verb == "WAIT":
            module_cloud.advance(float(path))
            continue
        found, answer = module_cloud(verb, own(path.format_map(before) if "{" in path else path), own(body))
        assert found == status, (verb, path, answer)
        assert holds(answer, own(wanted)), (verb, path, answer)
        before |= answer
