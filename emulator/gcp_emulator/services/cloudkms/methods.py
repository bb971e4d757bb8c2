"""The methods of Cloud KMS that are served, over REST."""

from __future__ import annotations

from typing import Final

from gcp_emulator.api import Api
from gcp_emulator.services.cloudkms import state

RINGS: Final = "projects.locations.keyRings"
KEYS: Final = f"{RINGS}.cryptoKeys"
VERSIONS: Final = f"{KEYS}.cryptoKeyVersions"

APIS: Final = (
    Api(
        document="cloudkms.v1",
        service=state.SERVICE,
        rest="cloudkms.",
        reference="https://cloud.google.com/kms/docs/reference/rest/v1/",
        facts={"consumer": "path"},
        methods={
            f"{RINGS}.create": state.RINGS.create,
            f"{RINGS}.get": state.RINGS.get,
            f"{RINGS}.list": state.list_rings,
            f"{RINGS}.getIamPolicy": state.RINGS.get_iam_policy,
            f"{RINGS}.setIamPolicy": state.RINGS.set_iam_policy,
            f"{RINGS}.testIamPermissions": state.RINGS.test_iam_permissions,
            f"{KEYS}.create": state.create_key,
            f"{KEYS}.get": state.KEYS.get,
            f"{KEYS}.list": state.list_keys,
            f"{KEYS}.patch": state.KEYS.update,
            f"{KEYS}.getIamPolicy": state.KEYS.get_iam_policy,
            f"{KEYS}.setIamPolicy": state.KEYS.set_iam_policy,
            f"{KEYS}.testIamPermissions": state.KEYS.test_iam_permissions,
            f"{KEYS}.encrypt": None,
            f"{KEYS}.decrypt": None,
            f"{VERSIONS}.create": state.create_version,
            f"{VERSIONS}.get": state.VERSIONS.get,
            f"{VERSIONS}.list": state.list_versions,
            f"{VERSIONS}.patch": state.VERSIONS.update,
            f"{VERSIONS}.destroy": state.destroy,
            f"{VERSIONS}.restore": state.restore,
        },
    ),
)
