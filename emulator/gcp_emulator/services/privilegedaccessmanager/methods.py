"""The methods of Privileged Access Manager that are served, over REST."""

from __future__ import annotations

from typing import Final

from gcp_emulator.api import Api
from gcp_emulator.services.privilegedaccessmanager import state

APIS: Final = (
    Api(
        document="privilegedaccessmanager.v1",
        service=state.SERVICE,
        rpc="google.cloud.privilegedaccessmanager.v1",
        reference="https://cloud.google.com/iam/docs/reference/pam/rest/v1/",
        protos_only=True,
        methods=state.ENTITLEMENTS.rpcs("PrivilegedAccessManager"),
    ),
)
