"""Key rings, keys, versions and import jobs, kept as they were sent; encrypting and signing are not served.

Neither rings nor keys can be deleted: their names are taken for ever. A version is destroyed after the key's
`destroyScheduledDuration`. https://cloud.google.com/kms/docs/object-hierarchy, discovery document of cloudkms v1.
Sentences of errors: public reports.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gcp_emulator import errors, paging
from gcp_emulator.certificates import googles
from gcp_emulator.clock import timestamp
from gcp_emulator.services.resources import Kind, Place, Resource, created, scope

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json

SERVICE: Final = "cloudkms.googleapis.com"
DOCUMENT: Final = "cloudkms.v1"
ID: Final = re.compile(r"[a-zA-Z0-9_-]{1,63}")
SYMMETRIC: Final = "GOOGLE_SYMMETRIC_ENCRYPTION"
DESTROY_AFTER: Final = "2592000s"  # 30 days, says the document
IMPORT_FOR: Final = 3 * 86400.0
RINGS_PATH: Final = "locations/{location}/keyRings/{ring}"


def _ring(call: Call, given: Json, old: Resource | None) -> Json:
    if old is None and not ID.fullmatch(call.text("keyRingId")):
        raise errors.invalid_argument("The request does not have a valid keyRingId.")
    return given


def _key(call: Call, given: Json, old: Resource | None) -> Json:
    """A key has a purpose, and a version template by it; what is symmetric may rotate."""
    if old is not None:
        return given
    if not ID.fullmatch(call.text("cryptoKeyId")):
        raise errors.invalid_argument("The request does not have a valid cryptoKeyId.")
    ring = RINGS.fetch_parent(call)
    if ring is None:
        raise errors.not_found(f"KeyRing projects/{call.vars['project']}/{RINGS_PATH.format_map(call.vars)} not found.")
    purpose = given.get("purpose", "")
    if purpose in {"", "CRYPTO_KEY_PURPOSE_UNSPECIFIED"}:
        raise errors.invalid_argument("The CryptoKey's purpose is required.")
    template = dict(given.get("versionTemplate", {}))
    template.setdefault("protectionLevel", "SOFTWARE")
    if "algorithm" not in template:
        if purpose != "ENCRYPT_DECRYPT":
            raise errors.invalid_argument("The CryptoKeyVersionTemplate's algorithm is required.")
        template["algorithm"] = SYMMETRIC
    return {"destroyScheduledDuration": DESTROY_AFTER, **given, "versionTemplate": template}


def _shown_key(call: Call, found: Resource) -> Json:
    answer = created(call, found)
    versions = sorted(VERSIONS.of(call.state, found.key), key=lambda each: int(each.key.rpartition("/")[2]))
    primary = next((each for each in versions if each.name == found.body.get("primary")), None)
    answer.pop("primary", None)
    return answer | ({"primary": created(call, primary)} if primary else {})


def _import_job(call: Call, given: Json, old: Resource | None) -> Json:  # noqa: ARG001 - what `prepare` is called with
    """A job is usable for three days: https://cloud.google.com/kms/docs/importing-a-key#import_job."""
    if RINGS.fetch_parent(call) is None:
        raise errors.not_found(f"KeyRing projects/{call.vars['project']}/{RINGS_PATH.format_map(call.vars)} not found.")
    now = call.clock.now()
    made = {"generateTime": timestamp(now), "expireTime": timestamp(now + IMPORT_FOR)}
    return {**given, **made, "state": "ACTIVE", "publicKey": {"pem": googles(call.state).public_pem}}


class Rings(Kind):
    """Key rings."""

    def fetch_parent(self, call: Call) -> Resource | None:
        """Return the ring that a call about a key is in."""
        place = self._place(call, scope(call))
        return call.state[self.rows].get(place.key)


RINGS: Final = Rings(
    "cloudkms.key_rings",
    document=DOCUMENT,
    schema="KeyRing",
    path=RINGS_PATH,
    permission="cloudkms.keyRings",
    id_field="keyRingId",
    prepare=_ring,
    render=created,
    missing="KeyRing {name} not found.",
    exists="KeyRing {name} already exists.",
)
KEYS: Final = Kind(
    "cloudkms.crypto_keys",
    document=DOCUMENT,
    schema="CryptoKey",
    path=f"{RINGS_PATH}/cryptoKeys/{{key}}",
    permission="cloudkms.cryptoKeys",
    id_field="cryptoKeyId",
    prepare=_key,
    render=_shown_key,
    missing="CryptoKey {name} not found.",
    exists="CryptoKey {name} already exists.",
)
VERSIONS: Final = Kind(
    "cloudkms.crypto_key_versions",
    document=DOCUMENT,
    schema="CryptoKeyVersion",
    path=f"{RINGS_PATH}/cryptoKeys/{{key}}/cryptoKeyVersions/{{version}}",
    permission="cloudkms.cryptoKeyVersions",
    render=created,
    missing="CryptoKeyVersion {name} not found.",
)


IMPORT_JOBS: Final = Kind(
    "cloudkms.importJobs",
    document=DOCUMENT,
    schema="ImportJob",
    path=f"{RINGS_PATH}/importJobs/{{job}}",
    id_field="importJobId",
    needs={
        "importMethod": "The ImportJob's import method is required.",  # assumed, as the next
        "protectionLevel": "The ImportJob's protection level is required.",
    },
    prepare=_import_job,
    render=created,
    missing="ImportJob {name} not found.",
    exists="ImportJob {name} already exists.",
)


def create_key(call: Call) -> Json:
    """`cryptoKeys.create`: with a first version, unless that is left out."""
    found = KEYS.made(call)
    if not call.flag("skipInitialVersionCreation"):
        first = _new_version(call, found)
        if found.body["purpose"] == "ENCRYPT_DECRYPT":
            found = replace(found, body={**found.body, "primary": first.name})
            call.state[KEYS.rows].put(found)
    return _shown_key(call, found)


def create_version(call: Call) -> Json:
    """`cryptoKeyVersions.create`."""
    VERSIONS.parent(call, "create")
    return created(call, _new_version(call, KEYS.fetch(call, "get")))


def _new_version(call: Call, key: Resource) -> Resource:
    number = len(VERSIONS.of(call.state, key.key)) + 1
    template = key.body["versionTemplate"]
    body = {
        "state": "ENABLED",
        "protectionLevel": template["protectionLevel"],
        "algorithm": template["algorithm"],
        "generateTime": timestamp(call.clock.now()),
    }
    return VERSIONS.put(call, Place(key.key, key.name).below(f"cryptoKeyVersions/{number}"), body, None)


def destroy(call: Call) -> Json:
    """`cryptoKeyVersions.destroy`: at the end of the key's time for it."""
    found = VERSIONS.fetch(call, "destroy")
    if found.body["state"] in {"DESTROYED", "DESTROY_SCHEDULED"}:
        raise errors.failed_precondition(
            f"{found.name} is not enabled or disabled, current state is: {found.body['state']}."
        )
    key = call.state[KEYS.rows].get(found.key.rpartition("/cryptoKeyVersions/")[0])
    seconds = float((key.body.get("destroyScheduledDuration", DESTROY_AFTER) if key else DESTROY_AFTER).rstrip("s"))
    body = {**found.body, "state": "DESTROY_SCHEDULED", "destroyTime": timestamp(call.clock.now() + seconds)}
    return created(call, VERSIONS.rewritten(call, found, body))


def restore(call: Call) -> Json:
    """`cryptoKeyVersions.restore`: back to disabled."""
    found = VERSIONS.fetch(call, "restore")
    if found.body["state"] != "DESTROY_SCHEDULED":
        raise errors.failed_precondition(f"{found.name} is not scheduled for destruction.")
    body = {name: value for name, value in found.body.items() if name != "destroyTime"} | {"state": "DISABLED"}
    return created(call, VERSIONS.rewritten(call, found, body))


def list_keys(call: Call) -> Json:
    """`cryptoKeys.list`."""
    return _with_size(call, KEYS.list_all(call), KEYS)


def list_rings(call: Call) -> Json:
    """`keyRings.list`."""
    return _with_size(call, RINGS.list_all(call), RINGS)


def list_versions(call: Call) -> Json:
    """`cryptoKeyVersions.list`: in the order of their numbers; a filter may name states."""
    parent = VERSIONS.parent(call, "list")
    wanted = re.findall(r"state\s*[:=]\s*(\w+)", call.text("filter"))
    found = sorted(VERSIONS.of(call.state, parent.key), key=lambda each: f"{int(each.key.rpartition('/')[2]):09}")
    found = [each for each in found if not wanted or each.body["state"] in wanted]
    shown, token = paging.page(
        call, found, lambda each: f"{int(each.key.rpartition('/')[2]):09}", default=100, most=1000
    )
    answer: Json = {"cryptoKeyVersions": [created(call, each) for each in shown]} if shown else {}
    return answer | {"totalSize": len(found)} | ({"nextPageToken": token} if token else {})


def _with_size(call: Call, answer: Json, kind: Kind) -> Json:
    return answer | {"totalSize": len(kind.of(call.state, kind.parent(call, "list").key))}
