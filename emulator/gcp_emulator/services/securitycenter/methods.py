"""The methods of Security Command Center that are served, over REST."""

from __future__ import annotations

from typing import Final

from gcp_emulator.api import Api
from gcp_emulator.services.securitycenter import state

APIS: Final = (
    Api(
        document="securitycenter.v2",
        service=state.SERVICE,
        rpc="google.cloud.securitycenter.v2",
        reference="https://cloud.google.com/security-command-center/docs/reference/rest/v2/",
        protos_only=True,
        methods={
            **state.MUTE_CONFIGS.rpcs("SecurityCenter", only="/locations/"),
            **state.NOTIFICATION_CONFIGS.rpcs("SecurityCenter"),
        },
    ),
    Api(
        document="securitycentermanagement.v1",
        service=state.MANAGEMENT,
        rpc="google.cloud.securitycentermanagement.v1",
        reference="https://cloud.google.com/security-command-center/docs/reference/security-center-management/rest/v1/",
        protos_only=True,
        methods={name: rule for kind in state.MODULES for name, rule in kind.rpcs("SecurityCenterManagement").items()},
    ),
)
