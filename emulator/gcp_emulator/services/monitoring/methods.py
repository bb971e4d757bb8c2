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
        methods={
            "projects.timeSeries.list": state.list_time_series,
            "projects.notificationChannels.create": serve(alerting.CHANNELS.create, consumer="path"),
            "projects.notificationChannels.get": serve(alerting.CHANNELS.get, consumer="path"),
            "projects.notificationChannels.list": serve(alerting.CHANNELS.list_all, consumer="path"),
            "projects.notificationChannels.patch": serve(alerting.CHANNELS.update, consumer="path"),
            "projects.notificationChannels.delete": serve(alerting.delete_channel, consumer="path"),
            "projects.alertPolicies.create": serve(alerting.POLICIES.create, consumer="path"),
            "projects.alertPolicies.get": serve(alerting.POLICIES.get, consumer="path"),
            "projects.alertPolicies.list": serve(alerting.POLICIES.list_all, consumer="path"),
            "projects.alertPolicies.patch": serve(alerting.POLICIES.update, consumer="path"),
            "projects.alertPolicies.delete": serve(alerting.POLICIES.delete, consumer="path"),
        },
    ),
)
