"""The methods of Cloud KMS that are served, over REST."""

from __future__ import annotations

from typing import Final

from gcp_emulator.api import Api
from gcp_emulator.services.cloudkms import autokey, state

APIS: Final = (
    Api(
        document="cloudkms.v1",
        service=state.SERVICE,
        rest="cloudkms.",
        reference="https://cloud.google.com/kms/docs/reference/rest/v1/",
        facts={"consumer": "path"},
        methods={
            **state.RINGS.methods("projects", verbs=("create", "get"), policy=True, list=state.list_rings),
            **state.KEYS.methods(
                "projects",
                verbs=("get", "patch"),
                policy=True,
                create=state.create_key,
                list=state.list_keys,
                encrypt=None,
                decrypt=None,
            ),
            **state.VERSIONS.methods(
                "projects",
                verbs=("get", "patch"),
                create=state.create_version,
                list=state.list_versions,
                destroy=state.destroy,
                restore=state.restore,
            ),
            **state.IMPORT_JOBS.methods("projects", verbs=("create", "get", "list"), policy=True),
            **{
                f"{level}.{verb}AutokeyConfig": handle
                for level in ("folders", "projects")
                for verb, handle in (
                    ("get", autokey.get),
                    ("update", autokey.update),
                    ("showEffective", autokey.show_effective),
                )
            },
        },
    ),
)
