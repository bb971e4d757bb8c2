"""Topics and subscriptions, kept as they were sent; publishing and pulling are not served.

Sentences of errors: `Resource not found (resource=x).` and `Resource already exists in the project (resource=x).`, in
many public reports. https://cloud.google.com/pubsub/docs/reference/rest
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gcp_emulator import errors
from gcp_emulator.services.resources import Kind

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.services.resources import Resource

SERVICE: Final = "pubsub.googleapis.com"
DOCUMENT: Final = "pubsub.v1"
ID: Final = re.compile(r"(?!goog)[A-Za-z][A-Za-z0-9_.~+%-]{2,254}")
"""https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names"""
DELETED: Final = "_deleted-topic_"
MISSING: Final = "Resource not found (resource={id})."
EXISTS: Final = "Resource already exists in the project (resource={id})."


def _check_name(call: Call, variable: str, old: Resource | None) -> None:
    if old is None and not ID.fullmatch(call.vars[variable]):
        raise errors.invalid_argument(
            f"Invalid [{variable}s] name: (name={call.request.get('name', call.vars[variable])})"
        )


def _topic(call: Call, given: Json, old: Resource | None) -> Json:
    _check_name(call, "topic", old)
    return given


def _subscription(call: Call, given: Json, old: Resource | None) -> Json:
    """A subscription of a topic that exists; what is not said is as the document says."""
    _check_name(call, "subscription", old)
    if old is not None:
        return given
    topic = str(given.get("topic", ""))
    found = re.fullmatch(r"projects/([^/]+)/topics/([^/]+)", topic)
    rows = call.state[TOPICS.rows]
    if found is None or not any(topic in {each.name, each.key} for each in rows):
        raise errors.not_found(MISSING.format(id=topic.rpartition("/")[2]))
    usual: Json = {
        "ackDeadlineSeconds": 10,
        "messageRetentionDuration": "604800s",
        "expirationPolicy": {"ttl": "2678400s"},
        "pushConfig": {},
        "state": "ACTIVE",
    }
    sent = {name: value for name, value in given.items() if name != "ackDeadlineSeconds" or value}
    return usual | sent


TOPICS: Final = Kind(
    "pubsub.topics",
    document=DOCUMENT,
    schema="Topic",
    path="topics/{topic}",
    body="topic",
    prepare=_topic,
    missing=MISSING,
    exists=EXISTS,
)
SUBSCRIPTIONS: Final = Kind(
    "pubsub.subscriptions",
    document=DOCUMENT,
    schema="Subscription",
    path="subscriptions/{subscription}",
    body="subscription",
    prepare=_subscription,
    missing=MISSING,
    exists=EXISTS,
)


def delete_topic(call: Call) -> Json:
    """`projects.topics.delete`: its subscriptions stay, without a topic."""
    gone = TOPICS.removed(call)
    for each in call.state[SUBSCRIPTIONS.rows]:
        if each.body.get("topic") in {gone.name, gone.key}:
            call.state[SUBSCRIPTIONS.rows].put(replace(each, body={**each.body, "topic": DELETED}))
    return {}
