"""The methods of Cloud Logging that are served, over REST.

The API has to be on where the call is charged, not in the project of the path: Cloud Foundation Fabric makes an
exclusion in a new project beside turning the API on there, in an example that its authors run in Google Cloud
(`project`, "Log Sinks").
"""

from __future__ import annotations

from typing import Final

from gcp_emulator.api import Api, Methods
from gcp_emulator.services.logging import state
from gcp_emulator.services.resources import POLICY

LEVELS: Final = ("projects", "folders", "organizations", "billingAccounts")
SETTINGS: Final = ("folders", "organizations")

METHODS: Methods = {
    **state.SINKS.methods(*LEVELS, delete=state.delete_sink, update=state.SINKS.update),
    **state.EXCLUSIONS.methods(*LEVELS),
    **state.BUCKETS.methods(
        *LEVELS,
        createAsync=state.create_bucket_async,
        updateAsync=state.update_bucket_async,
        delete=state.delete_bucket,
        undelete=state.undelete_bucket,
    ),
    **state.VIEWS.methods(*LEVELS),
    **state.VIEWS.methods(*LEVELS[:3], verbs=POLICY),
    **state.LINKS.methods(*LEVELS, verbs=("create", "get", "list", "delete")),
    **state.LOG_SCOPES.methods(*LEVELS[:3]),
    **state.METRICS.methods("projects", verbs=("create", "get", "list", "delete"), update=state.METRICS.update),
    **{f"{level}.getSettings": state.get_settings for level in ("projects", *SETTINGS)},
    **{f"{level}.updateSettings": state.update_settings for level in SETTINGS},
}

APIS: Final = (
    Api(
        document="logging.v2",
        service=state.SERVICE,
        rest="logging.",
        reference="https://cloud.google.com/logging/docs/reference/v2/rest/v2/",
        methods=METHODS,
    ),
)
