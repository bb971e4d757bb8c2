"""The methods of Pub/Sub that are served, over REST."""

from __future__ import annotations

from typing import Final

from gcp_emulator.api import Api, serve
from gcp_emulator.services.pubsub import state

TOPICS: Final = state.TOPICS
SUBSCRIPTIONS: Final = state.SUBSCRIPTIONS

APIS: Final = (
    Api(
        document="pubsub.v1",
        service=state.SERVICE,
        rest="pubsub.",
        reference="https://cloud.google.com/pubsub/docs/reference/rest/v1/",
        facts={"consumer": "path"},
        methods={
            "projects.topics.create": TOPICS.create,
            "projects.topics.get": TOPICS.get,
            "projects.topics.list": TOPICS.list_all,
            "projects.topics.patch": serve(
                TOPICS.update, http=("PATCH /v1/{topic.name=projects/{project}/topics/{topic}}",)
            ),
            "projects.topics.delete": state.delete_topic,
            "projects.topics.getIamPolicy": TOPICS.get_iam_policy,
            "projects.topics.setIamPolicy": TOPICS.set_iam_policy,
            "projects.topics.testIamPermissions": TOPICS.test_iam_permissions,
            "projects.topics.publish": None,
            "projects.subscriptions.create": SUBSCRIPTIONS.create,
            "projects.subscriptions.get": SUBSCRIPTIONS.get,
            "projects.subscriptions.list": SUBSCRIPTIONS.list_all,
            "projects.subscriptions.patch": serve(
                SUBSCRIPTIONS.update,
                http=("PATCH /v1/{subscription.name=projects/{project}/subscriptions/{subscription}}",),
            ),
            "projects.subscriptions.delete": SUBSCRIPTIONS.delete,
            "projects.subscriptions.getIamPolicy": SUBSCRIPTIONS.get_iam_policy,
            "projects.subscriptions.setIamPolicy": SUBSCRIPTIONS.set_iam_policy,
            "projects.subscriptions.testIamPermissions": SUBSCRIPTIONS.test_iam_permissions,
            "projects.subscriptions.pull": None,
        },
    ),
)
