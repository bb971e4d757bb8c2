"""Buckets: one name for all the world, a location, a policy.

Shapes: discovery document of storage v1. Sentences and reasons of errors:
https://cloud.google.com/storage/docs/json_api/v1/status-codes and public reports; those of organization policies:
https://cloud.google.com/storage/docs/org-policy-constraints. That a bucket needs open billing: public reports of
"The billing account for the owning project is disabled in state absent".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import iam, paging
from gcp_emulator.clock import timestamp
from gcp_emulator.errors import ApiError
from gcp_emulator.services.billing import state as billing
from gcp_emulator.services.orgpolicy import enforcement
from gcp_emulator.services.resourcemanager import state as projects
from gcp_emulator.services.resources import pruned
from gcp_emulator.services.serviceusage.agents import AGENTS, Agent
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.services.resourcemanager.state import Project

SERVICE: Final = "storage.googleapis.com"
SITE: Final = "https://www.googleapis.com/storage/v1/b/"
NAME: Final = re.compile(r"(?!goog)[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
MULTI_REGIONS: Final = ("ASIA", "EU", "US")
DUAL_REGIONS: Final = re.compile(r"(ASIA|EUR|NAM)\d+")
COMPUTED: Final = frozenset(
    {"etag", "generation", "id", "kind", "metageneration", "name", "project", "projectNumber", "selfLink"}
    | {"timeCreated", "updated", "predefinedAcl", "predefinedDefaultObjectAcl", "projection", "userProject", "bucket"}
    | {"ifMetagenerationMatch", "ifMetagenerationNotMatch", "enableObjectRetention", "acl", "defaultObjectAcl", "owner"}
    | {"locationType"}
)
"""What a request may hold and what is not kept of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """One bucket.

    Args:
        name: its own.
        number: of its project.
        body: what was sent and is kept.
        created: sandbox time.
        stamp: microseconds of its last change.
        metageneration: how often it was changed, and one.
    """

    name: str
    number: str
    body: Json
    created: float
    stamp: int
    metageneration: int = 1

    @property
    def resource(self) -> str:
        """Its name for policies."""
        return f"projects/{self.number}/buckets/{self.name}"


BUCKETS: Final = Table("storage.buckets", Bucket, key="name")


def insert(call: Call) -> Json:
    """`buckets.insert`."""
    project = _project(call, "storage.buckets.create")
    name = call.text("name")
    if not NAME.fullmatch(name) or ".." in name:
        raise ApiError("INVALID_ARGUMENT", f"Invalid bucket name: '{name}'", listed="invalid")
    if not billing.enabled(call.state, project):
        text = "The billing account for the owning project is disabled in state absent"
        raise ApiError("PERMISSION_DENIED", text, listed="accountDisabled")
    if old := call.state[BUCKETS].get(name):
        own = "Your previous request to create the named bucket succeeded and you already own it."
        other = (
            "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
            "Please select a different name and try again."
        )
        raise ApiError("ALREADY_EXISTS", own if old.number == project.number else other, listed="conflict")
    now = call.clock.now()
    body = _body(call, project, _sent(call), None)
    bucket = Bucket(name=name, number=project.number, body=body, created=now, stamp=int(now * 1_000_000))
    call.state[BUCKETS].put(bucket)
    for role, kinds in (("legacyBucketOwner", ("Editor", "Owner")), ("legacyBucketReader", ("Viewer",))):
        iam.grant(
            call.state, bucket.resource, f"roles/storage.{role}", [f"project{kind}:{project.id}" for kind in kinds]
        )
    return render(bucket)


def get(call: Call) -> Json:
    """`buckets.get`."""
    return render(fetch(call, "storage.buckets.get"))


def list_all(call: Call) -> Json:
    """`buckets.list` of one project."""
    project = _project(call, "storage.buckets.list")
    prefix = call.text("prefix")
    found = sorted(
        (each for each in call.state[BUCKETS] if each.number == project.number and each.name.startswith(prefix)),
        key=_name,
    )
    call.request["pageSize"] = call.integer("maxResults")
    shown, token = paging.page(call, found, _name, default=1000, most=1000)
    answer: Json = {"kind": "storage#buckets"} | ({"items": [render(each) for each in shown]} if shown else {})
    return answer | ({"nextPageToken": token} if token else {})


def patch(call: Call) -> Json:
    """`buckets.patch`: the fields that are sent, a message merged into what was there."""
    old = fetch(call, "storage.buckets.update")
    return _write(call, old, _merged(old.body, _sent(call)))


def update(call: Call) -> Json:
    """`buckets.update`: replaces all but what cannot change."""
    old = fetch(call, "storage.buckets.update")
    fixed = {name: old.body[name] for name in ("location", "iamConfiguration") if name in old.body}
    return _write(call, old, fixed | _sent(call))


def _write(call: Call, old: Bucket, body: Json) -> Json:
    project = projects.find(call.state, old.number)
    assert project is not None  # noqa: S101 - a bucket is of one
    stamp = max(int(call.clock.now() * 1_000_000), old.stamp + 1)
    body = _body(call, project, body, old)
    bucket = replace(old, body=body, stamp=stamp, metageneration=old.metageneration + 1)
    call.state[BUCKETS].put(bucket)
    return render(bucket)


def delete(call: Call, *, empty: bool) -> Json:
    """`buckets.delete`: refused while it holds objects."""
    old = fetch(call, "storage.buckets.delete")
    if not empty:
        raise ApiError("ALREADY_EXISTS", "The bucket you tried to delete is not empty.", listed="conflict")
    call.state[BUCKETS].remove(old.name)
    call.state[iam.POLICIES].remove(old.resource)
    return {}


def get_iam_policy(call: Call) -> Json:
    """`buckets.getIamPolicy`."""
    bucket = fetch(call, "storage.buckets.getIamPolicy")
    call.request["options"] = {"requestedPolicyVersion": call.integer("optionsRequestedPolicyVersion")}
    return _policy(bucket, iam.get_policy(call, bucket.resource))


def set_iam_policy(call: Call) -> Json:
    """`buckets.setIamPolicy`: the body is the policy."""
    bucket = fetch(call, "storage.buckets.setIamPolicy")
    call.request["policy"] = {
        name: call.request[name] for name in ("bindings", "etag", "version") if name in call.request
    }
    return _policy(bucket, iam.set_policy(call, bucket.resource))


def _policy(bucket: Bucket, policy: Json) -> Json:
    return {"kind": "storage#policy", "resourceId": f"projects/_/buckets/{bucket.name}", **policy}


def test_iam_permissions(call: Call) -> Json:
    """`buckets.testIamPermissions`."""
    bucket = call.state[BUCKETS].get(call.vars["bucket"])
    if bucket is None:
        raise missing()
    return {"kind": "storage#testIamPermissionsResponse", **iam.test_permissions(call, bucket.resource)}


def get_service_account(call: Call) -> Json:
    """`projects.serviceAccount.get`: the project's agent, which is made where it is asked for first."""
    project = _project(call, "resourcemanager.projects.get")
    email = f"service-{project.number}@gs-project-accounts.iam.gserviceaccount.com"
    if email not in call.state[AGENTS]:
        number = project.number
        call.state[AGENTS].put(Agent(email=email, number=number, service=SERVICE, unique_id=call.state.digits(21)))
    return {"kind": "storage#serviceAccount", "email_address": email}


def _project(call: Call, permission: str) -> Project:
    asked = call.vars.get("project", "") or call.text("project")
    if not asked:
        raise ApiError("INVALID_ARGUMENT", "Required parameter: project", listed="required")
    project = projects.find(call.state, asked)
    denied = lacks(call, permission, "Google Cloud project")
    if project is None:
        raise denied
    call.require(permission, f"projects/{project.id}", denied)
    return project


def fetch(call: Call, permission: str) -> Bucket:
    """Return the bucket in the path, if the caller may do this to it and it is as the caller believes."""
    bucket = call.state[BUCKETS].get(call.vars["bucket"])
    if bucket is None:
        raise missing()
    call.require(permission, bucket.resource, lacks(call, permission, "Google Cloud Storage bucket"))
    wanted, unwanted = call.text("ifMetagenerationMatch"), call.text("ifMetagenerationNotMatch")
    if permission.startswith("storage.buckets.") and (wanted or unwanted):
        own = str(bucket.metageneration)
        if (wanted and wanted != own) or unwanted == own:
            raise condition_not_met()
    return bucket


def missing() -> ApiError:
    """404."""
    return ApiError("NOT_FOUND", "The specified bucket does not exist.", listed="notFound")


def condition_not_met(text: str = "At least one of the pre-conditions you specified did not hold.") -> ApiError:
    """412."""
    return ApiError("FAILED_PRECONDITION", text, http=412, listed="conditionNotMet")


def lacks(call: Call, permission: str, what: str) -> ApiError:
    """403, naming who lacks what."""
    who = call.caller.email or "Anonymous caller"
    return ApiError(
        "PERMISSION_DENIED",
        f"{who} does not have {permission} access to the {what}. Permission '{permission}' denied on resource (or it "
        "may not exist).",
    )


def _sent(call: Call) -> Json:
    return {name: value for name, value in call.request.items() if name not in COMPUTED}


def _merged(old: Any, sent: Any) -> Any:
    """Merge a patch into what was: https://cloud.google.com/storage/docs/json_api#patch."""
    if not isinstance(old, dict) or not isinstance(sent, dict):
        return sent
    return {**old, **{name: _merged(old.get(name), value) for name, value in sent.items()}}


def _body(call: Call, project: Project, given: Json, old: Bucket | None) -> Json:
    """Check what a bucket shall be, and fill in what was not said."""
    location = str(given.get("location") or "US").upper()
    if old and location != old.body["location"]:
        raise ApiError("INVALID_ARGUMENT", "The location of a bucket cannot be changed.", listed="invalid")
    resource = f"projects/{project.number}"
    if not old and not enforcement.allows_location(call.state, resource, location.lower()):
        raise condition_not_met(f"'{location.lower()}' violates constraint 'constraints/gcp.resourceLocations'")
    access = dict(given.get("iamConfiguration", {}))
    uniform = dict(access.get("uniformBucketLevelAccess") or access.get("bucketPolicyOnly") or {})
    on = bool(uniform.get("enabled"))
    if not on and enforcement.is_enforced(call.state, resource, "storage.uniformBucketLevelAccess"):
        raise condition_not_met("Request violates constraint 'constraints/storage.uniformBucketLevelAccess'")
    if not isinstance(given.get("retentionPolicy", {}), dict):
        raise ApiError("INVALID_ARGUMENT", "Invalid argument.", listed="invalid")
    if on and "lockedTime" not in uniform:
        uniform["lockedTime"] = timestamp(call.clock.now() + 90 * 86400)
    uniform = {"enabled": on} | ({"lockedTime": uniform["lockedTime"]} if on else {})
    prevention = access.get("publicAccessPrevention") or "inherited"
    kept: Json = pruned({name: value for name, value in given.items() if name != "iamConfiguration"})
    return {
        "storageClass": "STANDARD",
        "softDeletePolicy": {
            "retentionDurationSeconds": "604800",
            "effectiveTime": timestamp(old.created if old else call.clock.now()),
        },
        **kept,
        "location": location,
        "iamConfiguration": {
            "bucketPolicyOnly": uniform,
            "uniformBucketLevelAccess": uniform,
            "publicAccessPrevention": prevention,
        },
    }


def _kind_of(location: str) -> str:
    if location in MULTI_REGIONS:
        return "multi-region"
    return "dual-region" if DUAL_REGIONS.fullmatch(location) else "region"


def render(bucket: Bucket) -> Json:
    """Return a Bucket."""
    kind = _kind_of(bucket.body["location"])
    return {
        "kind": "storage#bucket",
        "selfLink": SITE + bucket.name,
        "id": bucket.name,
        "name": bucket.name,
        "projectNumber": bucket.number,
        "generation": str(int(bucket.created * 1_000_000)),
        "metageneration": str(bucket.metageneration),
        **bucket.body,
        "etag": f"CA{bucket.metageneration}=",
        "timeCreated": timestamp(bucket.created),
        "updated": timestamp(bucket.stamp / 1_000_000),
        "locationType": kind,
        **({} if kind == "region" else {"rpo": bucket.body.get("rpo", "DEFAULT")}),
    }


def _name(bucket: Bucket) -> str:
    return bucket.name
