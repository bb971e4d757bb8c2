"""What Security Command Center is configured by, kept as it was sent; nothing is scanned, muted or published.

Messages: the protos of `google-cloud-securitycenter` and `google-cloud-securitycentermanagement`. That a custom module
is named by digits: https://cloud.google.com/security-command-center/docs/custom-modules-sha-create. Sentences of errors
are assumed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcp_emulator.clock import timestamp
from gcp_emulator.services.resources import Kind, Resource, drawn_id, named, timed

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json

SERVICE: Final = "securitycenter.googleapis.com"
MANAGEMENT: Final = "securitycentermanagement.googleapis.com"


def _module(call: Call, given: Json, old: Resource | None) -> Json:  # noqa: ARG001 - what `prepare` is called with
    return {**given, "lastEditor": call.caller.email}


def _shown_module(call: Call, found: Resource) -> Json:
    return {**named(call, found), "updateTime": timestamp(found.stamp / 1_000_000)}


MUTE_CONFIGS: Final = Kind(
    "securitycenter.muteconfigs",
    document="securitycenter.v2",
    schema="google.cloud.securitycenter.v2.MuteConfig",
    path="locations/{location}/muteConfigs/{config}",
    id_field="muteConfigId",
    body="muteConfig",
    needs={"filter": "The mute config's filter is required.", "type": "The mute config's type is required."},
    render=timed,
)
NOTIFICATION_CONFIGS: Final = Kind(
    "securitycenter.notificationconfig",
    document="securitycenter.v2",
    schema="google.cloud.securitycenter.v2.NotificationConfig",
    path="locations/{location}/notificationConfigs/{config}",
    id_field="configId",
    body="notificationConfig",
    needs={"pubsubTopic": "The notification config's pubsub_topic is required."},
)
MODULES: Final = tuple(
    Kind(
        f"securitycentermanagement.{what}CustomModules",
        document="securitycentermanagement.v1",
        schema=f"google.cloud.securitycentermanagement.v1.{what[0].upper()}{what[1:]}CustomModule",
        path=f"locations/{{location}}/{what}CustomModules/{{module}}",
        body=f"{what}CustomModule",
        prepare=_module,
        render=_shown_module,
        new_id=drawn_id,
        locations="global",
    )
    for what in ("securityHealthAnalytics", "eventThreatDetection")
)
