"""The methods of the Security Token Service; who calls them has no credential of Google's yet."""

from __future__ import annotations

from typing import Final

from gcp_emulator.rpc import Method
from gcp_emulator.services.sts import state

SERVICE: Final = "sts.googleapis.com"

METHODS: Final = (
    Method(
        name="sts.token",
        http=("POST /v1/token", "POST /v1beta/token"),
        handle=state.exchange,
        service=SERVICE,
        source="https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token",
        auth=False,
        consumer="none",
        errors="oauth",
        form=True,
    ),
    Method(
        name="sts.introspect",
        http=("POST /v1/introspect",),
        handle=state.introspect,
        service=SERVICE,
        source="https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/introspect",
        auth=False,
        consumer="none",
        errors="oauth",
        form=True,
    ),
)
