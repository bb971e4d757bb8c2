"""What modules make beside a project, told call after call: a story for each API, at each of its levels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from emulator.tests.truth.teller import CANCELED

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.tests.truth.teller import Teller

READY: Final = "projects/sandbox-ready"
PEOPLE: Final = {"role": "roles/viewer", "members": ["user:ada@example.com"]}


def _on(tell: Teller, *services: str) -> None:
    ids = [f"{each}.googleapis.com" for each in services]
    tell.done(tell("POST", f"/v1/{READY}/services:batchEnable", {"serviceIds": ids}), "v1")
    tell.sandbox.advance(60)


def _folder(tell: Teller) -> str:
    made = tell("POST", "/v3/folders", {"displayName": "Told", "parent": tell["organization"]})
    return str(tell.done(made, "v3")["name"])


def _shared(tell: Teller, resource: str, permission: str, get: str = "GET") -> None:
    held = tell(get, f"{resource}:getIamPolicy")
    tell("POST", f"{resource}:setIamPolicy", {"policy": {**held, "bindings": [*held.get("bindings", []), PEOPLE]}})
    tell("POST", f"{resource}:testIamPermissions", {"permissions": [permission]})


def compute(tell: Teller) -> None:
    """Compute Engine: the default network goes."""
    _on(tell, "compute")
    where = f"/compute/v1/{READY}/global"
    tell("GET", f"{where}/networks")
    tell("GET", f"{where}/networks/default")
    for rule in tell("GET", f"{where}/firewalls")["items"]:
        tell("GET", f"{where}/firewalls/{rule['name']}")
        operation = tell("DELETE", f"{where}/firewalls/{rule['name']}")
        tell("GET", f"{where}/operations/{operation['name']}")
        tell.sandbox.advance(2)
    operation = tell("DELETE", f"{where}/networks/default")
    tell.sandbox.advance(2)
    tell("POST", f"{where}/operations/{operation['name']}/wait")
    tell("GET", f"{where}/networks/default", expect=404)


def pubsub(tell: Teller) -> None:
    """Pub/Sub: a topic and who reads it."""
    _on(tell, "pubsub")
    topic, reader = f"/v1/{READY}/topics/told", f"/v1/{READY}/subscriptions/told"
    tell("PUT", topic, {"labels": {"a": "b"}})
    tell("GET", topic)
    tell("GET", f"/v1/{READY}/topics?pageSize=1")
    tell("PATCH", topic, {"topic": {"labels": {"c": "d"}}, "updateMask": "labels"})
    _shared(tell, topic, "pubsub.topics.get")
    tell("PUT", reader, {"topic": f"{READY}/topics/told", "ackDeadlineSeconds": 30})
    tell("GET", reader)
    tell("GET", f"/v1/{READY}/subscriptions")
    tell("PATCH", reader, {"subscription": {"labels": {"a": "b"}}, "updateMask": "labels"})
    _shared(tell, reader, "pubsub.subscriptions.get")
    tell("DELETE", topic)
    tell("DELETE", reader)
    tell("GET", topic, expect=404)


def logs(tell: Teller) -> None:
    """Cloud Logging: sinks, exclusions and settings at every level."""
    _on(tell, "logging")
    folder, organization = _folder(tell), tell["organization"]
    for parent in (READY, folder, organization, tell["billing_account"]):
        sink = f"/v2/{parent}/sinks/told"
        body = {"name": "told", "destination": "storage.googleapis.com/told-logs", "filter": "severity>=ERROR"}
        tell("POST", f"/v2/{parent}/sinks?uniqueWriterIdentity=true", body)
        tell("GET", sink)
        tell("GET", f"/v2/{parent}/sinks")
        tell("PATCH", f"{sink}?updateMask=filter", {"filter": "severity>=WARNING"})
        tell("PUT", f"{sink}?updateMask=filter", {"filter": ""})
        tell("DELETE", sink)
        tell("GET", sink, expect=404)
        exclusion = f"/v2/{parent}/exclusions/told"
        tell("POST", f"/v2/{parent}/exclusions", {"name": "told", "filter": "severity<ERROR", "description": "told"})
        tell("GET", exclusion)
        tell("GET", f"/v2/{parent}/exclusions")
        tell("PATCH", f"{exclusion}?updateMask=disabled", {"disabled": True})
        tell("DELETE", exclusion)
        tell("GET", exclusion, expect=404)
    for parent in (READY, folder, organization):
        tell("GET", f"/v2/{parent}/settings")
    for parent in (folder, organization):
        tell("PATCH", f"/v2/{parent}/settings?updateMask=storageLocation", {"storageLocation": "europe-west1"})


def log_buckets(tell: Teller) -> None:
    """Cloud Logging: buckets at every level, with their views and links."""
    _on(tell, "logging")
    for parent in (READY, _folder(tell), tell["organization"], tell["billing_account"]):
        _log_buckets(tell, f"/v2/{parent}/locations/global/buckets", shared=not parent.startswith("billing"))


def log_scopes(tell: Teller) -> None:
    """Cloud Logging: scopes and metrics."""
    _on(tell, "logging")
    for parent in (READY, _folder(tell), tell["organization"]):
        scope = f"/v2/{parent}/locations/global/logScopes"
        tell("POST", f"{scope}?logScopeId=told", {"resourceNames": [READY]})
        _life(tell, scope, "told", "description")
    metrics = f"/v2/{READY}/metrics"
    tell("POST", metrics, {"name": "told", "filter": "severity=ERROR"})
    tell("GET", metrics)
    tell("GET", f"{metrics}/told")
    tell("PUT", f"{metrics}/told", {"name": "told", "filter": "severity>=ERROR"})
    tell("DELETE", f"{metrics}/told")


def _life(tell: Teller, where: str, own: str, changed: str, value: Any = "other") -> None:
    """What is done with what was made: listed, read, changed, deleted."""
    tell("GET", where)
    tell("GET", f"{where}/{own}")
    tell("PATCH", f"{where}/{own}?updateMask={changed}", {changed: value})
    tell("DELETE", f"{where}/{own}")


def _log_buckets(tell: Teller, where: str, *, shared: bool) -> None:
    tell("POST", f"{where}?bucketId=told", {"retentionDays": 7})
    tell("POST", f"{where}:createAsync?bucketId=other", {"retentionDays": 7})
    tell("GET", f"{where}/told")
    tell("GET", where)
    tell("PATCH", f"{where}/told?updateMask=retentionDays", {"retentionDays": 9})
    tell("POST", f"{where}/told:updateAsync?updateMask=description", {"description": "told"})
    tell("POST", f"{where}/told/views?viewId=told", {"filter": 'LOG_ID("told")'})
    if shared:
        _shared(tell, f"{where}/told/views/told", "logging.views.get", get="POST")
    _life(tell, f"{where}/told/views", "told", "description")
    tell("POST", f"{where}/told/links?linkId=told", {"description": "told"})
    tell("GET", f"{where}/told/links")
    tell("GET", f"{where}/told/links/told")
    tell("DELETE", f"{where}/told/links/told")
    tell("DELETE", f"{where}/told")
    tell("POST", f"{where}/told:undelete", {})


def kms(tell: Teller) -> None:
    """Cloud KMS: a ring, a key, its versions."""
    _on(tell, "cloudkms")
    where = f"/v1/{READY}/locations/us-central1/keyRings"
    ring, key = f"{where}/told", f"{where}/told/cryptoKeys/told"
    tell("POST", f"{where}?keyRingId=told", {})
    tell("GET", ring)
    tell("GET", where)
    _shared(tell, ring, "cloudkms.keyRings.get")
    tell("POST", f"{ring}/cryptoKeys?cryptoKeyId=told", {"purpose": "ENCRYPT_DECRYPT"})
    tell("GET", key)
    tell("GET", f"{ring}/cryptoKeys")
    tell("PATCH", f"{key}?updateMask=labels", {"labels": {"a": "b"}})
    _shared(tell, key, "cloudkms.cryptoKeys.get")
    tell("POST", f"{key}/cryptoKeyVersions", {})
    tell("GET", f"{key}/cryptoKeyVersions/1")
    tell("GET", f"{key}/cryptoKeyVersions?filter=state=ENABLED")
    tell("PATCH", f"{key}/cryptoKeyVersions/1?updateMask=state", {"state": "DISABLED"})
    tell("POST", f"{key}/cryptoKeyVersions/1:destroy", {})
    tell("POST", f"{key}/cryptoKeyVersions/1:restore", {})
    job = f"{ring}/importJobs"
    tell("POST", f"{job}?importJobId=told", {"protectionLevel": "HSM", "importMethod": "RSA_OAEP_3072_SHA256"})
    tell("GET", job)
    tell("GET", f"{job}/told")
    _shared(tell, f"{job}/told", "cloudkms.importJobs.get")
    for parent in (READY, _folder(tell)):
        tell("GET", f"/v1/{parent}/autokeyConfig")
        tell("PATCH", f"/v1/{parent}/autokeyConfig?updateMask=keyProject", {"keyProject": READY})
        tell("GET", f"/v1/{parent}:showEffectiveAutokeyConfig")


def alerting(tell: Teller) -> None:
    """Cloud Monitoring: a channel, and a policy that uses it."""
    _on(tell, "monitoring")
    email = {"type": "email", "displayName": "Ann", "labels": {"email_address": "ann@example.com"}}
    channel = tell("POST", f"/v3/{READY}/notificationChannels", email)["name"]
    tell("GET", f"/v3/{channel}")
    tell("GET", f"/v3/{READY}/notificationChannels")
    tell("PATCH", f"/v3/{channel}?updateMask=displayName", {"displayName": "Bob"})
    body = {
        "displayName": "Told",
        "combiner": "OR",
        "conditions": [{"displayName": "c"}],
        "notificationChannels": [channel],
    }
    policy = tell("POST", f"/v3/{READY}/alertPolicies", body)["name"]
    tell("GET", f"/v3/{policy}")
    tell("GET", f"/v3/{READY}/alertPolicies")
    tell("PATCH", f"/v3/{policy}?updateMask=displayName", {"displayName": "Other"})
    tell("DELETE", f"/v3/{channel}", expect=400)
    tell("DELETE", f"/v3/{channel}?force=true")
    tell("DELETE", f"/v3/{policy}")


def contacts(tell: Teller) -> None:
    """Essential Contacts: of a project, a folder and the organization."""
    _on(tell, "essentialcontacts")
    for parent in (READY, _folder(tell), tell["organization"]):
        body = {"email": "ann@example.com", "languageTag": "en", "notificationCategorySubscriptions": ["BILLING"]}
        name = tell("POST", f"/v1/{parent}/contacts", body)["name"]
        tell("GET", f"/v1/{name}")
        tell("GET", f"/v1/{parent}/contacts")
        tell("GET", f"/v1/{parent}/contacts:compute?notificationCategories=BILLING")
        tell("PATCH", f"/v1/{name}?updateMask=languageTag", {"languageTag": "de"})
        tell("DELETE", f"/v1/{name}")


def keys(tell: Teller) -> None:
    """API Keys: a key's life."""
    _on(tell, "apikeys")
    where = f"/v2/{READY}/locations/global/keys"
    tell("GET", f"/v2/{tell('POST', f'{where}?keyId=told', {'displayName': 'Told'})['name']}")
    tell("GET", f"{where}/told")
    tell("GET", where)
    text = tell("GET", f"{where}/told/keyString")["keyString"]
    tell("GET", f"/v2/keys:lookupKey?keyString={text}")
    tell("PATCH", f"{where}/told?updateMask=displayName", {"displayName": "Other"})
    tell("DELETE", f"{where}/told")
    tell("GET", f"{where}?showDeleted=true")
    tell("POST", f"{where}/told:undelete", {})


def agents(tell: Teller) -> None:
    """The agents that modules ask for by name alone."""
    _on(tell, "bigquery")
    tell("GET", f"/bigquery/v2/{READY}/serviceAccount")
    _on(tell, "storage")
    tell("GET", f"/storage/v1/{READY}/serviceAccount")
    for version in ("v1", "v1beta1"):
        tell("POST", f"/{version}/{READY}/services/pubsub.googleapis.com:generateServiceIdentity")


def datasets(tell: Teller) -> None:
    """BigQuery: a dataset."""
    _on(tell, "bigquery")
    where = f"/bigquery/v2/{READY}/datasets"
    tell("POST", where, {"datasetReference": {"datasetId": "told"}, "labels": {"a": "b"}})
    tell("GET", where)
    tell("GET", f"{where}/told")
    tell("PATCH", f"{where}/told", {"description": "other"})
    tell("PUT", f"{where}/told", {"labels": {"c": "d"}})
    given: dict[str, Any] = {"headers": {"authorization": f"Bearer {tell.token}"}}
    tell.send("DELETE", f"{where}/told", expect=204, **given)


def feeds(tell: Teller) -> None:
    """Cloud Asset: a feed of a project, a folder and the organization."""
    for parent in (READY, _folder(tell), tell["organization"]):
        feed = {
            "assetTypes": ["compute.*"],
            "feedOutputConfig": {"pubsubDestination": {"topic": "projects/p/topics/t"}},
        }
        where = f"/v1/{parent}/feeds"
        tell("POST", where, {"feedId": "told", "feed": feed})
        tell("GET", where)
        tell("GET", f"{where}/told")
        tell("PATCH", f"{where}/told", {"feed": {"assetTypes": ["storage.*"]}, "updateMask": "assetTypes"})
        tell("DELETE", f"{where}/told")


def shared_networks(tell: Teller) -> None:
    """Compute Engine: a host project and one that uses it, and policies above them."""
    _on(tell, "compute")
    host = f"/compute/v1/{READY}"
    user = {"xpnResource": {"id": "sandbox-host", "type": "PROJECT"}}
    tell("GET", host)
    for verb, body in (("enableXpnHost", {}), ("enableXpnResource", user)):
        tell("POST", f"{host}/{verb}", body)
        tell.sandbox.advance(2)
    tell("GET", f"{host}/getXpnHost")
    tell("GET", f"{host}/getXpnResources")
    for verb, body in (("disableXpnResource", user), ("disableXpnHost", {})):
        tell("POST", f"{host}/{verb}", body)
        tell.sandbox.advance(2)
    where = "/compute/v1/locations/global/firewallPolicies"
    organization = tell["organization"]
    made = tell("POST", where, {"parent": organization, "shortName": "told"})
    policy = f"{where}/{made['targetId']}"
    tell.sandbox.advance(2)
    tell("GET", f"/compute/v1/locations/global/operations/{made['name']}")
    tell("GET", policy)
    tell("GET", f"{where}?parentId={organization}")
    rule = {"priority": 7, "action": "deny", "direction": "INGRESS", "match": {"srcIpRanges": ["10.0.0.0/8"]}}
    steps = (
        ("PATCH", "", {"description": "other"}),
        ("POST", "/addRule", rule),
        ("POST", "/patchRule?priority=7", {"action": "allow"}),
        ("POST", "/addAssociation", {"name": "told", "attachmentTarget": organization}),
    )
    for verb, path, sent in steps:
        tell(verb, policy + path, sent)
        tell.sandbox.advance(2)
    tell("GET", f"{policy}/getRule?priority=7")
    tell("GET", f"{policy}/getAssociation?name=told")
    tell("GET", f"{where}/listAssociations?targetResource={organization}")
    for path in ("/removeRule?priority=7", "/removeAssociation?name=told"):
        tell("POST", policy + path, {})
        tell.sandbox.advance(2)
    tell("DELETE", policy)


def access_policies(tell: Teller) -> None:
    """Access Context Manager: a policy, and what is in it."""
    organization = tell["organization"]
    made = tell("POST", "/v1/accessPolicies", {"parent": organization, "title": "told"})
    tell("GET", f"/v1/{made['name']}")
    policy = f"/v1/{made['response']['name']}"
    tell("GET", f"/v1/accessPolicies?parent={organization}")
    tell("GET", policy)
    tell("PATCH", f"{policy}?updateMask=title", {"title": "other"})
    _shared(tell, policy, "accesscontextmanager.policies.get", get="POST")
    own = policy.removeprefix("/v1/")
    members = (
        ("accessLevels", {"title": "told", "basic": {"conditions": [{"ipSubnetworks": ["10.0.0.0/8"]}]}}, "title"),
        ("servicePerimeters", {"title": "told", "status": {"restrictedServices": ["x.googleapis.com"]}}, "title"),
        ("authorizedOrgsDescs", {"orgs": [organization]}, "orgs"),
    )
    for kind, body, changed in members:
        tell("POST", f"{policy}/{kind}", {"name": f"{own}/{kind}/told", **body})
        _life(tell, f"{policy}/{kind}", "told", changed, body[changed])
    where = f"/v1/{organization}/gcpUserAccessBindings"
    bound = tell("POST", where, {"groupKey": "told", "accessLevels": [f"{own}/accessLevels/told"]})["response"]["name"]
    _life(tell, where, bound.rpartition("/")[2], "accessLevels", [f"{own}/accessLevels/other"])
    tell("DELETE", policy)


def security(tell: Teller) -> None:
    """Security Command Center: mute rules, notifications and custom modules, at each level."""
    for parent in (READY, _folder(tell), tell["organization"]):
        mutes = f"/v2/{parent}/locations/global/muteConfigs"
        tell("POST", f"{mutes}?muteConfigId=told", {"filter": 'severity="LOW"', "type": "STATIC"})
        _life(tell, mutes, "told", "description")
        notices = f"/v2/{parent}/locations/global/notificationConfigs"
        tell("POST", f"{notices}?configId=told", {"pubsubTopic": "projects/p/topics/t"})
        _life(tell, notices, "told", "description")
        for kind in ("securityHealthAnalytics", "eventThreatDetection"):
            where = f"/v1/{parent}/locations/global/{kind}CustomModules"
            name = tell("POST", where, {"displayName": "told", "enablementState": "ENABLED"})["name"]
            _life(tell, where, name.rpartition("/")[2], "displayName")


def entitlements(tell: Teller) -> None:
    """Privileged Access Manager: an entitlement at each level."""
    for parent in (READY, _folder(tell), tell["organization"]):
        where = f"/v1/{parent}/locations/global/entitlements"
        body = {
            "maxRequestDuration": "3600s",
            "eligibleUsers": [{"principals": ["user:ann@example.com"]}],
            "privilegedAccess": {"gcpIamAccess": {"roleBindings": [{"role": "roles/viewer"}]}},
            "requesterJustificationConfig": {"notMandatory": {}},
        }
        tell("POST", f"{where}?entitlementId=told", body)
        _life(tell, where, "told", "maxRequestDuration", "7200s")


def application(tell: Teller) -> None:
    """App Engine: a project's application."""
    made = tell("POST", "/v1/apps", {"id": "sandbox-ready", "locationId": "us-east4"})
    tell("GET", f"/v1/{made['name']}")
    tell("GET", "/v1/apps/sandbox-ready")
    tell("PATCH", "/v1/apps/sandbox-ready?updateMask=authDomain", {"authDomain": "example.com"})


def buckets(tell: Teller) -> None:
    """Cloud Storage: a bucket and what is in it."""
    where = "/storage/v1/b"
    tell("POST", f"{where}?project=sandbox-ready", {"name": "told-bucket", "location": "EU", "labels": {"a": "b"}})
    tell("GET", f"{where}/told-bucket")
    tell("GET", f"{where}?project=sandbox-ready")
    tell("PATCH", f"{where}/told-bucket", {"labels": {"c": "d"}})
    tell("PUT", f"{where}/told-bucket", {"location": "EU", "versioning": {"enabled": True}})
    held = tell("GET", f"{where}/told-bucket/iam")
    tell("PUT", f"{where}/told-bucket/iam", {name: held[name] for name in ("bindings", "etag")})
    tell("GET", f"{where}/told-bucket/iam/testPermissions?permissions=storage.objects.get")
    given: dict[str, Any] = {"headers": {"authorization": f"Bearer {tell.token}", "content-type": "text/plain"}}
    path = "/upload/storage/v1/b/told-bucket/o?uploadType=media&name=told"
    tell.send("POST", path, data=b"hello", **given)
    tell("GET", f"{where}/told-bucket/o/told")
    tell("GET", f"{where}/told-bucket/o?prefix=t")
    tell.send("DELETE", f"{where}/told-bucket/o/told", expect=204, **given)
    begin = tell["rest_url"] + path.replace("media", "resumable")
    sessions = []
    for _ in range(2):  # what begins one is answered by its address alone
        begun = tell.session.post(begin, json={}, headers=given["headers"], timeout=10)
        sessions.append(begun.headers["location"].partition(tell["rest_url"])[2])
    tell.send("PUT", sessions[0], data=b"he", headers={"content-range": "bytes 0-1/5"}, expect=308)
    tell.send("PUT", sessions[0], data=b"llo", headers={"content-range": "bytes 2-4/5"})
    tell.send("DELETE", sessions[1], expect=CANCELED)
    tell.send("DELETE", f"{where}/told-bucket/o/told", expect=204, **given)
    tell.send("DELETE", f"{where}/told-bucket", expect=204, **given)
    tell("GET", f"{where}/told-bucket", expect=404)


def older_policies(tell: Teller) -> None:
    """Organization policies through v1 of Resource Manager."""
    asked = {"constraint": "constraints/compute.requireOsLogin"}
    for parent in (READY, _folder(tell), tell["organization"]):
        tell("POST", f"/v1/{parent}:getOrgPolicy", asked)
        tell("POST", f"/v1/{parent}:setOrgPolicy", {"policy": {**asked, "booleanPolicy": {"enforced": True}}})
        tell("POST", f"/v1/{parent}:listOrgPolicies", {})
        tell("POST", f"/v1/{parent}:listAvailableOrgPolicyConstraints", {})
        tell("POST", f"/v1/{parent}:clearOrgPolicy", asked)


def tags(tell: Teller) -> None:
    """Resource Manager: a key, a value, and a project that has it."""
    host = "//cloudresourcemanager.googleapis.com/"
    for parent in (tell["organization"], READY):
        body = {"parent": parent, "shortName": "env", "description": "told"}
        key = tell.done(tell("POST", "/v3/tagKeys", body), "v3")
        value = tell.done(tell("POST", "/v3/tagValues", {"parent": key["name"], "shortName": "prod"}), "v3")
        for kind, tag, above in (("tagKeys", key, parent), ("tagValues", value, key["name"])):
            tell("GET", f"/v3/{tag['name']}")
            tell("GET", f"/v3/{kind}/namespaced?name={tag['namespacedName']}")
            tell("GET", f"/v3/{kind}?parent={above}")
            tell("PATCH", f"/v3/{tag['name']}?updateMask=description", {"description": "other"})
            _shared(tell, f"/v3/{tag['name']}", f"resourcemanager.{kind}.get", get="POST")
        tell("DELETE", f"/v3/{key['name']}", expect=400)
        bound = tell("POST", "/v3/tagBindings", {"parent": f"{host}{READY}", "tagValue": value["name"]})["response"]
        tell("GET", f"/v3/tagBindings?parent={host}{READY}")
        tell("GET", f"/v3/effectiveTags?parent={host}{READY}")
        tell("DELETE", f"/v3/{value['name']}", expect=400)
        tell("DELETE", f"/v3/{bound['name']}")
        tell.done(tell("DELETE", f"/v3/{value['name']}"), "v3")
        tell.done(tell("DELETE", f"/v3/{key['name']}"), "v3")
        tell("GET", f"/v3/{key['name']}", expect=403)


def assets(tell: Teller) -> None:
    """Cloud Asset: what a fleet asks, as Google's client asks it, at each level."""
    ids = {"serviceIds": ["cloudasset.googleapis.com"]}
    tell.done(tell("POST", "/v1/projects/sandbox-host/services:batchEnable", ids), "v1")
    tell.sandbox.advance(60)
    for scope in (READY, _folder(tell), tell["organization"]):
        tell("GET", f"/v1/{scope}:searchAllResources?pageSize=5&$alt=json;enum-encoding=int")
        tell("GET", f"/v1/{scope}:searchAllResources?query=state:ACTIVE&readMask=*&orderBy=name DESC")
        tell("GET", f"/v1/{scope}:searchAllIamPolicies?query=roles:roles/owner")
        for content in ("RESOURCE", "IAM_POLICY", "1"):
            tell("GET", f"/v1/{scope}/assets?contentType={content}&pageSize=5")
        tell("GET", f"/v1/{scope}:searchAllResources?query=state:(", expect=400)
    tell("GET", "/v1/organizations/1:searchAllResources", expect=403)


def deny_policies(tell: Teller) -> None:
    """IAM v2: a deny policy at each level, named as gcloud and as the Terraform provider do."""
    rule = {
        "deniedPrincipals": ["principalSet://goog/public:all"],
        "exceptionPrincipals": ["principal://goog/subject/ada@example.com"],
        "deniedPermissions": ["storage.googleapis.com/objects.get"],
        "denialCondition": {"expression": "!resource.matchTag('1/env', 'test')"},
    }
    body = {"displayName": "Told", "annotations": {"a": "b"}, "rules": [{"description": "no", "denyRule": rule}]}
    for attached, slash in ((READY, "%2F"), (_folder(tell), "%2F"), (tell["organization"], "%252F")):
        where = f"/v2/policies/cloudresourcemanager.googleapis.com/{attached}".replace("com/", "com" + slash)
        where = where.replace(attached, attached.replace("/", slash)) + "/denypolicies"
        made = tell("POST", f"{where}?policyId=told", body)
        tell("GET", f"/v2/{made['name']}")
        tell("GET", where)
        policy = tell("GET", f"{where}/told")
        tell("PUT", f"{where}/told", {**policy, "displayName": "Other"})
        tell("PUT", f"{where}/told", policy, expect=409)
        tell("POST", f"{where}?policyId=told", body, expect=409)
        tell("DELETE", f"{where}/told")
        tell("GET", f"{where}/told", expect=404)


def lint(tell: Teller) -> None:
    """IAM: what a condition would be refused for."""
    full = "//cloudresourcemanager.googleapis.com/projects/sandbox-ready"
    for expression in ("request.time <", "true", "!" * 13 + "true"):
        condition = {"title": "Told", "expression": expression}
        tell("POST", "/v1/iamPolicies:lintPolicy", {"fullResourceName": full, "condition": condition})


STORIES: Final[dict[str, Callable[[Teller], Any]]] = {
    "compute": compute,
    "pubsub": pubsub,
    "logs": logs,
    "log_buckets": log_buckets,
    "log_scopes": log_scopes,
    "kms": kms,
    "alerting": alerting,
    "contacts": contacts,
    "keys": keys,
    "agents": agents,
    "datasets": datasets,
    "feeds": feeds,
    "shared_networks": shared_networks,
    "access_policies": access_policies,
    "security": security,
    "entitlements": entitlements,
    "application": application,
    "buckets": buckets,
    "older_policies": older_policies,
    "tags": tags,
    "assets": assets,
    "deny_policies": deny_policies,
    "lint": lint,
}
