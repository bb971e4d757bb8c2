"""Tells the stories, and before each call that changes something sends what must change nothing.

Which methods there are is read off the registry, and what their messages hold off Google's protos and documents: a new
method is under these rules as soon as a story tells it, and a method that no story tells fails by its name.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.messages import fields

from emulator.tests.truth.teller import Heard, Teller

if TYPE_CHECKING:
    import requests
    from gcp_emulator.rpc import Method
    from gcp_emulator.server import Running

Json = dict[str, Any]

STRANGER: Final = "user:bob@elsewhere.example"
STALE: Final = "c3RhbGU="
MARK: Final = "Marked by a probe"

MASKS: Final[dict[str, tuple[Json, str, Json]]] = {
    # what the method's name ends in -> a resource with one field that is marked, its path, and another that is not
    "/UpdateTagKey": ({"description": MARK}, "description", {"etag": ""}),
    "/UpdateTagValue": ({"description": MARK}, "description", {"etag": ""}),
    ".topics.patch": ({"labels": {"a": MARK}}, "labels", {"messageRetentionDuration": "700s"}),
    ".subscriptions.patch": ({"labels": {"a": MARK}}, "labels", {"ackDeadlineSeconds": 20}),
    ".sinks.patch": ({"description": MARK}, "description", {"disabled": True}),
    ".sinks.update": ({"description": MARK}, "description", {"disabled": True}),
    ".exclusions.patch": ({"description": MARK}, "description", {"disabled": True}),
    ".locations.buckets.patch": ({"description": MARK}, "description", {"retentionDays": 50}),
    ".buckets.updateAsync": ({"description": MARK}, "description", {"retentionDays": 50}),
    ".updateSettings": ({"kmsKeyName": MARK}, "kmsKeyName", {"storageLocation": "us"}),
    ".cryptoKeys.patch": ({"labels": {"a": MARK}}, "labels", {"rotationPeriod": "8640000s"}),
    ".notificationChannels.patch": ({"displayName": MARK}, "displayName", {"description": "other"}),
    ".alertPolicies.patch": ({"displayName": MARK}, "displayName", {"userLabels": {"a": "b"}}),
    ".contacts.patch": ({"languageTag": MARK}, "languageTag", {"notificationCategorySubscriptions": ["LEGAL"]}),
    ".keys.patch": ({"displayName": MARK}, "displayName", {"annotations": {"a": "b"}}),
    ".views.patch": ({"description": MARK}, "description", {"filter": "other"}),
    ".logScopes.patch": ({"description": MARK}, "description", {"resourceNames": ["projects/1"]}),
    ".updateAutokeyConfig": ({"keyProject": MARK}, "keyProject", {"keyProjectResolutionMode": "DISABLED"}),
    ".accessPolicies.patch": ({"title": MARK}, "title", {"scopes": ["projects/1"]}),
    ".accessLevels.patch": ({"title": MARK}, "title", {"description": "other"}),
    ".servicePerimeters.patch": ({"title": MARK}, "title", {"description": "other"}),
    ".authorizedOrgsDescs.patch": ({"orgs": [MARK]}, "orgs", {"assetType": "ASSET_TYPE_DEVICE"}),
    ".gcpUserAccessBindings.patch": ({"accessLevels": [MARK]}, "accessLevels", {"dryRunAccessLevels": ["other"]}),
    ".feeds.patch": ({"assetTypes": [MARK]}, "assetTypes", {"contentType": "RESOURCE"}),
    "/UpdateMuteConfig": ({"description": MARK}, "description", {"filter": "other"}),
    "/UpdateNotificationConfig": ({"description": MARK}, "description", {"pubsubTopic": "projects/p/topics/other"}),
    "CustomModule": ({"displayName": MARK}, "displayName", {"enablementState": "DISABLED"}),
    "/UpdateEntitlement": (
        {"additionalNotificationTargets": {"adminEmailRecipients": [MARK]}},
        "additionalNotificationTargets",
        {"maxRequestDuration": "7200s"},
    ),
    ".apps.patch": ({"authDomain": MARK}, "authDomain", {"servingStatus": "USER_DISABLED"}),
    "/UpdateProject": ({"displayName": MARK}, "displayName", {"labels": {"other": "field"}}),
    "/UpdateFolder": ({"displayName": MARK}, "displayName", {"parent": "organizations/1"}),
    ".folders.patch": ({"displayName": MARK}, "displayName", {"parent": "organizations/1"}),
    "/PatchServiceAccount": ({"displayName": MARK}, "displayName", {"description": "other"}),
    "/UpdateRole": ({"title": MARK}, "title", {"description": "other"}),
    ".workforcePools.patch": ({"displayName": MARK}, "displayName", {"description": "other"}),
    ".scimTenants.patch": ({"displayName": MARK}, "displayName", {"description": "other"}),
    ".scimTenants.tokens.patch": ({"displayName": MARK}, "displayName", {"state": "ACTIVE"}),  # else all is output only
    ".oauthClients.patch": ({"displayName": MARK}, "displayName", {"description": "other"}),
    ".oauthClients.credentials.patch": ({"displayName": MARK}, "displayName", {"disabled": True}),
    ".namespaces.patch": ({"description": MARK}, "description", {"disabled": True}),
    ".managedIdentities.patch": ({"description": MARK}, "description", {"disabled": True}),
    ".workloadIdentityPools.patch": ({"displayName": MARK}, "displayName", {"description": "other"}),
    ".providers.patch": ({"displayName": MARK}, "displayName", {"description": "other"}),
    "/UpdateEndpoint": ({"displayName": MARK}, "displayName", {"description": "other"}),
    "/UpdateBudget": ({"displayName": MARK}, "displayName", {"thresholdRules": [{"thresholdPercent": 0.9}]}),
    "/UpdateQuotaPreference": ({"justification": MARK}, "justification", {"contactEmail": "eve@example.com"}),
    "/UpdatePolicy": (
        {"spec": {"rules": [{"values": {"deniedValues": [MARK]}}]}},
        "policy.spec",
        {"dryRunSpec": {"rules": [{"denyAll": True}]}},
    ),
    "etIamPolicy": (
        {"bindings": [{"role": "roles/viewer", "members": ["user:marked@probe.example"]}]},
        "bindings",
        {"etag": ""},
    ),
}
"""Every method with an `updateMask`, but for those of `UNMARKED`."""

UNMARKED: Final = {
    "/MutateDeployedModel": "only numbers can be changed; its mask has a test in test_endpoints.py",
    ".cryptoKeyVersions.patch": "only its state can be changed, which is an enum",
}

NO_ETAG: Final = {
    "Folder": "output only: https://cloud.google.com/resource-manager/reference/rest/v3/folders",
    "Project": "output only: https://cloud.google.com/resource-manager/reference/rest/v3/projects",
    "Lien": "it has none of its own",
    "storage.objects.insert": "preconditions are parameters of their own there",
    "storage.buckets.insert": "preconditions are parameters of their own there",
    "storage.buckets.patch": "preconditions are parameters of their own there",
    "storage.buckets.update": "preconditions are parameters of their own there",
    "bigquery.datasets.insert": "it makes one",
    "ServiceAccount": "deprecated: https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts",
}
"""Resources whose etag a change does not read."""


NAMED_BY_GOOGLE: Final = {
    "/CreateTagKey", "/CreateTagValue",  # that the name is taken is said by the operation
    "notificationChannels.create", "alertPolicies.create", "cryptoKeyVersions.create",
    "CustomModule", "gcpUserAccessBindings.create",
    "/UploadModel", "/CreateEndpoint", "/CreateBudget", "liens.create", "/CreateServiceAccountKey",
}  # fmt: skip
"""Methods that make one thing more each time they are called."""

FREE: Final = {
    "generateServiceIdentity": "needs no permission: https://cloud.google.com/iam/docs/create-service-agents"
}
"""Methods that anyone may call."""
SESSIONS: Final = "storage.objects.uploads."
"""Methods at an address that is itself the credential, and whose body is no message."""


@dataclass
class Probed:
    """What was sent by rule, and what was wrong with the answers.

    Args:
        sent: rule -> names of the methods it was tried on.
        problems: (rule, name of the method) -> what went wrong.
    """

    sent: dict[str, set[str]] = field(default_factory=dict)
    problems: dict[tuple[str, str], list[str]] = field(default_factory=dict)


class Prober(Teller):
    """Tells a story, and tries the rules on each method that changes something, at its first call."""

    def __init__(self, sandbox: Running, probed: Probed) -> None:
        super().__init__(sandbox, Heard())
        self.probed = probed
        self.stranger = sandbox.token_for(STRANGER)

    def send(self, verb: str, path: str, *, expect: int = 200, **given: Any) -> requests.Response:
        """Try what must change nothing, make the call, and make it again where it created something."""
        found = self.sandbox.sandbox.registry.route(verb, path.partition("?")[0])
        assert found, f"{verb} {path} is not served"
        binding, variables = found
        method = binding.method
        if expect >= 400 or not method.mutates or method.errors == "oauth" or method.name.startswith(SESSIONS):
            return super().send(verb, path, expect=expect, **given)
        body = given.get("json")
        if isinstance(body, dict):
            self._unchanged("unknown", method, verb, path, {**body, "noSuchField": 1}, {400})
        else:
            joint = "&" if "?" in path else "?"
            self._unchanged("unknown", method, verb, f"{path}{joint}noSuchField=1", body, {400})
        named = list(variables.values())
        if verb == "PUT" and method.name.endswith(".create"):
            named.pop()  # the name of what is made, as Pub/Sub has it
        missing, without = _missing(path, body, named)
        self._unchanged("missing", method, verb, missing, without, {400, 403, 404})
        if not method.name.endswith(tuple(FREE)):
            hidden = self._unchanged("hidden", method, verb, path, body, {403, 404}, token=self.stranger)
            absent = self._ask(verb, missing, without, self.stranger)
            apart = method.service == "storage.googleapis.com"  # a bucket's name is everyone's: none is 404 to all
            if hidden is not None and not apart and absent.status_code not in {hidden.status_code, 400}:
                message = f"{hidden.status_code}, and {absent.status_code} where nothing is"
                self._wrong("hidden", method, f"{verb} {path}: {message}")
        self._stale(method, verb, path, body)
        self._masked(method, verb, path, body)
        answer = super().send(verb, path, expect=expect, **given)
        if is_named(method):
            # https://cloud.google.com/resource-manager/reference/rest/v3/folders/create
            folder = method.name.endswith(("Folders/CreateFolder", "folders.create"))
            self._unchanged("again", method, verb, path, body, {400} if folder else {409})
        return answer

    def _ask(self, verb: str, path: str, body: Any, token: str = "") -> requests.Response:
        headers = {"authorization": f"Bearer {token or self.token}"}
        return self.session.request(verb, self.sandbox["rest_url"] + path, json=body, headers=headers, timeout=10)

    def _wrong(self, rule: str, method: Method, problem: str) -> None:
        self.probed.problems.setdefault((rule, method.name), []).append(problem)

    def _unchanged(
        self, rule: str, method: Method, verb: str, path: str, body: Any, statuses: set[int], token: str = ""
    ) -> requests.Response | None:
        """Send what must be refused with one of these statuses and change nothing; once for each rule and method."""
        tried = self.probed.sent.setdefault(rule, set())
        if method.name in tried:
            return None
        tried.add(method.name)
        before = self.sandbox.state()
        answer = self._ask(verb, path, body, token)
        if answer.status_code not in statuses:
            self._wrong(rule, method, f"{verb} {path} {body}: {answer.status_code} {answer.text[:300]}")
        if self.sandbox.state() != before:
            self._wrong(rule, method, f"{verb} {path} {body}: something was changed")
        return answer

    def _stale(self, method: Method, verb: str, path: str, body: Any) -> None:
        where = etag_of(method)
        if where is None:
            return
        if verb == "DELETE":
            joint = "&" if "?" in path else "?"
            self._unchanged("etag", method, verb, f"{path}{joint}etag={STALE}", body, {409})
        elif not where or method.body == where:
            self._unchanged("etag", method, verb, path, {**body, "etag": STALE}, {409})
        else:
            self._unchanged("etag", method, verb, path, {**body, where: {**body.get(where, {}), "etag": STALE}}, {409})

    def _masked(self, method: Method, verb: str, path: str, body: Any) -> None:
        rule = mask_rule(method)
        if rule is None or method.name in self.probed.sent.setdefault("mask", set()):
            return
        self.probed.sent["mask"].add(method.name)
        marked, mask, other = rule
        for names, taken in ((",".join(other), False), (mask, True)):
            self.sandbox.save("before-a-probe")
            sent, where = self._with_mask(path, body, {**marked, **other}, names)
            answer = self._ask(verb, where, sent)
            self.sandbox.advance(60)
            message = json.dumps(self.sandbox.state())
            written = MARK in message or "marked@probe.example" in message
            if written != taken or (taken and answer.status_code != 200):
                says = f"{answer.status_code} {answer.text[:300]}"
                self._wrong("mask", method, f"mask {names}: {'' if written else 'not '}written: {says}")
            self.sandbox.load("before-a-probe")

    def _with_mask(self, path: str, body: Any, resource: Json, mask: str) -> tuple[Json, str]:
        """Return body and path of a change of some fields under a mask."""
        plain = path.partition("?")[0]
        holder = next(
            (name for name in body if name in {"policy", "serviceAccount", "budget", "topic", "subscription", "feed"}),
            "",
        )
        if holder:
            return {holder: {**body[holder], **resource}, "updateMask": mask}, plain
        kept = {name: value for name, value in body.items() if name in {"name", "quotaId", "service", "quotaConfig"}}
        return {**kept, **resource}, f"{plain}?updateMask={mask}"


def is_named(method: Method) -> bool:
    """Tell whether a method makes something whose name the caller chose, so that it can be made only once."""
    return _makes(method) and not method.name.endswith(tuple(NAMED_BY_GOOGLE))


def mask_rule(method: Method) -> tuple[Json, str, Json] | None:
    """Return how the mask of a method is tried; None for a method that has none, or whose mask is tried elsewhere."""
    if "updateMask" not in fields_of(method) or method.name.endswith(tuple(UNMARKED)):
        return None
    return next(rule for end, rule in MASKS.items() if method.name.endswith(end))


def etag_of(method: Method) -> str | None:
    """Return the field in which a request carries the etag of what it changes, empty for the request itself."""
    held = fields_of(method)
    if _makes(method):
        return None
    if "etag" in held:
        return None if method.takes.endswith(tuple(NO_ETAG)) else ""
    for name, message in held.items():
        if message and not message.endswith(tuple(NO_ETAG)) and "etag" in _fields(method.document, message):
            return name
    return None


def fields_of(method: Method) -> dict[str, str]:
    """Return the fields of a method's request with the names of their messages, by Google's protos and documents."""
    return _fields(method.document, method.takes) if method.takes else {}


def _fields(document: str, message: str) -> dict[str, str]:
    return {field.name: field.message for field in fields(document, message).values()}


def _missing(path: str, body: Any, variables: list[str]) -> tuple[str, Any]:
    """Return a call whose last named thing is replaced by one that is not there: in its path, or its parent."""
    plain, question, query = path.partition("?")
    last = next((each for each in reversed(variables) if f"/{each}" in plain), "")
    if last:
        before, _, after = plain.rpartition(f"/{last}")
        robot = "no-one@sandbox-ready.iam.gserviceaccount.com"
        name = "404" if last.isdigit() else robot if "@" in last else "no-one-has-this"
        return f"{before}/{name}{after}{question}{query}", body
    if "project=" in query:
        return f"{plain}?project=no-one-has-this", body
    if "parent=" in query:
        return f"{plain}?parent=folders/404", body
    if "parent" not in body:
        return path, {**body, "id": "no-one-has-this"}
    parent = {"type": "folder", "id": "404"} if isinstance(body["parent"], dict) else "folders/404"
    return path, {**body, "parent": parent}


def _makes(method: Method) -> bool:
    """Tell whether a method makes something new, which cannot be stale."""
    return bool(re.search(r"/(Create|Upload)|\.create$", method.name))
