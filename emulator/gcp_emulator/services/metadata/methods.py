"""The paths of the metadata server that google-auth asks, in Python and in Node; no document has them."""

from __future__ import annotations

from itertools import accumulate
from typing import Final

from gcp_emulator.api import Api, serve
from gcp_emulator.services.metadata import state

PARTS: Final = ("/{first}", "/{second}", "/{third}", "/{fourth}")
"""An entry is at most this deep: `instance/service-accounts/default/token`."""

APIS: Final = (
    Api(
        service="metadata.google.internal",
        rest="metadata.",
        reference="https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys",
        facts={"auth": False, "consumer": "none"},
        methods={
            "root": serve(state.root, http=("GET /",)),
            "project.entry": serve(
                state.project_entry,
                http=("GET /computeMetadata/v1/project", "GET /computeMetadata/v1/project/{second}"),
            ),
            "entry": serve(
                state.entry,
                http=tuple(f"GET /computeMetadata/v1{path}" for path in accumulate(("", *PARTS), str.__add__)),
            ),
        },
    ),
)
