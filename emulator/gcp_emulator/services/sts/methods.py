"""The methods of the Security Token Service; who calls them has no credential of Google's yet."""

from __future__ import annotations

from typing import Final

from gcp_emulator.api import Api, serve
from gcp_emulator.services.sts import state

APIS: Final = (
    Api(
        document="sts.v1",
        service="sts.googleapis.com",
        rest="sts.",
        reference="https://cloud.google.com/iam/docs/reference/sts/rest/v1/",
        facts={"auth": False, "consumer": "none", "errors": "oauth", "form": True, "mutates": False},
        methods={
            "token": serve(state.exchange, http=("POST /v1/token", "POST /v1beta/token")),
            # OAuth 2.0's, which gcloud asks; the document does not have it.
            "introspect": serve(
                state.introspect,
                http=("POST /v1/introspect",),
                source="https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/introspect",
            ),
        },
    ),
)
