"""The method of Cloud Monitoring that is served, over REST."""

from __future__ import annotations

from typing import Final

from gcp_emulator.api import Api
from gcp_emulator.services.monitoring import state

APIS: Final = (
    Api(
        document="monitoring.v3",
        service=state.SERVICE,
        rest="monitoring.",
        reference="https://cloud.google.com/monitoring/api/ref_v3/rest/v3/",
        methods={"projects.timeSeries.list": state.list_time_series},
    ),
)
