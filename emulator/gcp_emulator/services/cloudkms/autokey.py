"""Where Autokey makes keys: one configuration for a folder or a project, which what is below it inherits.

https://cloud.google.com/kms/docs/enable-autokey; fields and their defaults: discovery document of cloudkms v1. Keys are
not made here: `keyHandles` are not served.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcp_emulator import errors, iam
from gcp_emulator.services.resources import Place, Resource, check_etag, mask_of, overwritten, pruned, scope
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json

CONFIGS: Final = Table("cloudkms.autokeyConfigs", Resource, key="key")
FIELDS: Final = ("keyProject", "keyProjectResolutionMode")


def get(call: Call) -> Json:
    """`getAutokeyConfig`: one that no one has set is not initialized."""
    return _shown(call, _place(call, "cloudkms.autokeyConfigs.get"))


def update(call: Call) -> Json:
    """`updateAutokeyConfig`."""
    place = _place(call, "cloudkms.autokeyConfigs.update")
    old = call.state[CONFIGS].get(place.key)
    check_etag(call, old)
    given = {name: value for name, value in call.request.items() if name in FIELDS}
    now = call.clock.now()
    body = pruned(overwritten(old.body if old else {}, given, mask_of(call)))
    stamp = max(int(now * 1_000_000), old.stamp + 1 if old else 0)
    call.state[CONFIGS].put(Resource(key=place.key, name=place.name, body=body, created=now, stamp=stamp))
    return _shown(call, place)


def show_effective(call: Call) -> Json:
    """`showEffectiveAutokeyConfig`: the nearest that is set, its own or of a folder above."""
    level = "folders" if "folder" in call.vars else "projects"
    place = _place(call, f"cloudkms.{level}.showEffectiveAutokeyConfig")
    above = (call.state[CONFIGS].get(each) for each in iam.lineage(call.state, place.key))
    return next((dict(each.body) for each in above if each is not None and each.body), {})


def _shown(call: Call, place: Place) -> Json:
    stored = call.state[CONFIGS].get(place.key)
    body = stored.body if stored else {}
    return {
        "name": f"{place.name}/autokeyConfig",
        **body,
        "state": "ACTIVE" if body else "UNINITIALIZED",
        **({"etag": stored.etag} if stored else {}),
    }


def _place(call: Call, permission: str) -> Place:
    place = scope(call)
    denied = errors.permission_denied(permission, place.name, call.method.service)
    if not iam.lineage(call.state, place.key):
        raise denied
    call.require(permission, place.key, denied)
    return place
