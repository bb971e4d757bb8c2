"""The methods of Cloud Monitoring that are served, over REST."""

from __future__ import annotations

from typing import Final

from gcp_emulator.api import Api, serve
from gcp_emulator.services.monitoring import alerting, state

APIS: Final = (
    Api(
        document="monitoring.v3",
        service=state.SERVICE,
        rest="monitoring.",
        reference="https://cloud.google.com/monitoring/api/ref_v3/rest/v3/",
        facts={"consumer": "path"},
        methods={
            "projects.timeSeries.list": serve(state.list_time_series, consumer="none"),
            **alerting.CHANNELS.methods("projects", delete=alerting.delete_channel),
            **alerting.POLICIES.methods("projects"),
        },
    ),
)
