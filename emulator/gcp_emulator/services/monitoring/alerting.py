"""Notification channels and alert policies, kept as they were sent; no one is ever notified.

https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.notificationChannels, `…alertPolicies`
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import errors
from gcp_emulator.clock import timestamp
from gcp_emulator.services.resources import Kind, drawn_id

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.services.resources import Resource

DOCUMENT: Final = "monitoring.v3"
SECRET_LABELS: Final = ("auth_token", "password", "service_key")
"""Labels of channels that are never shown whole: the document's `NotificationChannel.labels`, "obfuscated"."""


def _channel(call: Call, given: Json, old: Resource | None) -> Json:  # noqa: ARG001 - what `prepare` is called with
    labels = {
        name: ("*" * len(str(value)) if name in SECRET_LABELS else value)
        for name, value in given.get("labels", {}).items()
    }
    return {**given, "labels": labels, "enabled": given.get("enabled", True)}


def _policy(call: Call, given: Json, old: Resource | None) -> Json:
    parent = call.request["name"].partition("/alertPolicies/")[0]
    conditions = []
    for place, condition in enumerate(given["conditions"]):
        own = condition.get("name") or (f"{old.name}/conditions/{call.state.digits(19)}" if old else "")
        conditions.append({**condition, "name": own or f"{parent}/alertPolicies/{{id}}/conditions/{place}"})
    return {**given, "conditions": conditions, "enabled": given.get("enabled", True)}


def _shown(call: Call, found: Resource) -> Json:  # noqa: ARG001 - a renderer's form
    record = {"mutateTime": timestamp(found.stamp / 1_000_000)}
    body: dict[str, Any] = dict(found.body)
    if "conditions" in body:
        own = found.name.rpartition("/")[2]
        body["conditions"] = [{**each, "name": each["name"].replace("{id}", own)} for each in body["conditions"]]
        return {
            "name": found.name,
            **body,
            "creationRecord": {"mutateTime": timestamp(found.created)},
            "mutationRecord": record,
        }
    return {
        "name": found.name,
        **body,
        "creationRecord": {"mutateTime": timestamp(found.created)},
        "mutationRecords": [record],
    }


CHANNELS: Final = Kind(
    "monitoring.notification_channels",
    document=DOCUMENT,
    schema="NotificationChannel",
    path="notificationChannels/{channel}",
    permission="monitoring.notificationChannels",
    needs={"type": 'Field notification_channel.type had an invalid value of "": Must be set.'},
    prepare=_channel,
    render=_shown,
    new_id=drawn_id,
)
POLICIES: Final = Kind(
    "monitoring.alert_policies",
    document=DOCUMENT,
    schema="AlertPolicy",
    path="alertPolicies/{policy}",
    permission="monitoring.alertPolicies",
    needs={"conditions": "Field alert_policy.conditions had an invalid value: At least one is required."},
    prepare=_policy,
    render=_shown,
    new_id=drawn_id,
)


def delete_channel(call: Call) -> Json:
    """`notificationChannels.delete`: one that a policy names only with `force`, which takes it out there."""
    found = CHANNELS.fetch(call, "delete")
    users = [each for each in call.state[POLICIES.rows] if found.name in each.body.get("notificationChannels", ())]
    if users and not call.flag("force"):
        raise errors.failed_precondition(f"Cannot delete {found.name}: it is used by {users[0].name}.")
    for each in users:
        left = [name for name in each.body["notificationChannels"] if name != found.name]
        call.state[POLICIES.rows].put(_without(each, left))
    return CHANNELS.delete(call)


def _without(policy: Resource, channels: list[str]) -> Resource:
    return replace(policy, body={**policy.body, "notificationChannels": channels})
