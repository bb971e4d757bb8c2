"""API keys of projects.

A deleted key can be brought back for 30 days: it is shown with its `deleteTime`, and listed where that is asked for.
Fields and methods: discovery document of apikeys v2. The text of a key is made of the state's seed and the key's uid,
so that it is stored nowhere.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Final

from gcp_emulator import errors, operations, paging
from gcp_emulator.clock import timestamp
from gcp_emulator.services.orgpolicy import enforcement
from gcp_emulator.services.resources import Kind, Resource, check_etag, scope, timed

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json

SERVICE: Final = "apikeys.googleapis.com"
ID: Final = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")


def _key(call: Call, given: Json, old: Resource | None) -> Json:
    if old is None and call.text("keyId") and not ID.fullmatch(call.text("keyId")):
        raise errors.invalid_argument(f"Key ID '{call.text('keyId')}' is invalid.")
    if given.get("serviceAccountEmail"):
        enforcement.check_bound_key(call, scope(call).key)
    return given if old else {**given, "uid": call.state.uuid()}


def _shown(call: Call, found: Resource) -> Json:
    return {**timed(call, found), "etag": found.etag}


def _operation(call: Call, found: Resource) -> str:
    return f"operations/akmf.p7-{found.key.split('/')[1]}-{call.state.uuid()}"


KEYS: Final = Kind(
    "apikeys.keys",
    document="apikeys.v2",
    schema="V2Key",
    path="locations/{location}/keys/{key}",
    by_number=True,
    prepare=_key,
    render=_shown,
    operation=_operation,
    message="google.api.apikeys.v2.Key",
    locations="global",
    new_id=lambda call: call.text("keyId") or call.state.uuid(),
)


def delete(call: Call) -> Json:
    """`keys.delete`."""
    found = KEYS.fetch(call, "delete")
    check_etag(call, found)
    body = {**found.body, "deleteTime": timestamp(call.clock.now())}
    return KEYS.answer(call, KEYS.rewritten(call, found, body))


def undelete(call: Call) -> Json:
    """`keys.undelete`."""
    found = KEYS.fetch(call, "undelete")
    if "deleteTime" not in found.body:
        raise errors.failed_precondition("The key is not deleted.")
    body = {name: value for name, value in found.body.items() if name != "deleteTime"}
    return KEYS.answer(call, KEYS.rewritten(call, found, body))


def list_keys(call: Call) -> Json:
    """`keys.list`: those that are deleted only where `showDeleted` says so."""
    parent = KEYS.parent(call, "list")
    found = [
        each for each in KEYS.of(call.state, parent.key) if call.flag("showDeleted") or "deleteTime" not in each.body
    ]
    shown, token = paging.page(call, sorted(found, key=_name), _name, default=50, most=300)
    answer: Json = {"keys": [_shown(call, each) for each in shown]} if shown else {}
    return answer | ({"nextPageToken": token} if token else {})


def _name(found: Resource) -> str:
    return found.name


def get_key_string(call: Call) -> Json:
    """`keys.getKeyString`."""
    found = KEYS.fetch(call, "getKeyString")
    return {"keyString": _text(call, found)}


def lookup(call: Call) -> Json:
    """`keys.lookupKey`: whose key it is; one that the caller may not look up does not exist."""
    wanted = call.text("keyString")
    for found in call.state[KEYS.rows]:
        if _text(call, found) == wanted and call.may("apikeys.keys.lookup", found.key.partition("/locations/")[0]):
            return {"parent": found.name.rpartition("/keys/")[0], "name": found.name}
    raise errors.ApiError("PERMISSION_DENIED", "Permission denied on resource (or it may not exist).")


def get_operation(call: Call) -> Json:
    """`operations.get`."""
    return operations.get_own(call)


def _text(call: Call, found: Resource) -> str:
    drawn = hashlib.blake2b(f"{call.state.seed}/{found.body['uid']}".encode(), digest_size=27).digest()
    return "AIza" + base64.urlsafe_b64encode(drawn).decode()[:35]
