"""The methods of Pub/Sub that are served, over REST.

The API has to be on where the call is charged, not in the project of the path: an example of project-factory
(`budget_project`) makes a topic in a project where it is off, and its authors run it in Google Cloud with the API on in
their own (test/setup/main.tf of terraform-google-modules/terraform-google-project-factory).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcp_emulator.api import Api, Served, serve
from gcp_emulator.services.pubsub import state

if TYPE_CHECKING:
    from gcp_emulator.services.resources import Kind


def _patch(kind: Kind) -> Served:
    """A change: the document writes its path as if the request were the resource."""
    own = kind.variable
    return serve(kind.update, http=(f"PATCH /v1/{{{own}.name=projects/{{project}}/{own}s/{{{own}}}}}",))


APIS: Final = (
    Api(
        document="pubsub.v1",
        service=state.SERVICE,
        rest="pubsub.",
        reference="https://cloud.google.com/pubsub/docs/reference/rest/v1/",
        methods={
            **state.TOPICS.methods(
                "projects", policy=True, patch=_patch(state.TOPICS), delete=state.delete_topic, publish=None
            ),
            **state.SUBSCRIPTIONS.methods("projects", policy=True, patch=_patch(state.SUBSCRIPTIONS), pull=None),
        },
    ),
)
