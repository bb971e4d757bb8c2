"""The methods of Compute Engine that are served, over REST: reading and deleting the default network."""

from __future__ import annotations

from typing import Final

from gcp_emulator.api import Api
from gcp_emulator.services.compute import (
    defaults,  # noqa: F401 - declares what enabling the API makes
    state,
)

APIS: Final = (
    Api(
        document="compute.v1",
        service=state.SERVICE,
        rest="compute.",
        reference="https://cloud.google.com/compute/docs/reference/rest/v1/",
        facts={"errors": "legacy", "consumer": "path"},
        methods={
            "networks.get": state.get_network,
            "networks.list": state.list_networks,
            "networks.delete": state.delete_network,
            "firewalls.get": state.get_firewall,
            "firewalls.list": state.list_firewalls,
            "firewalls.delete": state.delete_firewall,
            "globalOperations.get": state.get_operation,
            "globalOperations.wait": state.wait_operation,
        },
    ),
)
