"""The methods of Cloud Logging that are served, over REST."""

from __future__ import annotations

from typing import Final

from gcp_emulator.api import Api, Methods
from gcp_emulator.services.logging import state

SINKS: Final = ("projects", "folders", "organizations", "billingAccounts")
SETTINGS: Final = ("folders", "organizations")
BUCKETS: Final = "projects.locations.buckets"

METHODS: Methods = {
    f"{kind}.sinks.{verb}": handle
    for kind in SINKS
    for verb, handle in (
        ("create", state.SINKS.create),
        ("get", state.SINKS.get),
        ("list", state.SINKS.list_all),
        ("patch", state.SINKS.update),
        ("update", state.SINKS.update),
        ("delete", state.delete_sink),
    )
}
METHODS |= {
    f"{kind}.exclusions.{verb}": handle
    for kind in SINKS
    for verb, handle in (
        ("create", state.EXCLUSIONS.create),
        ("get", state.EXCLUSIONS.get),
        ("list", state.EXCLUSIONS.list_all),
        ("patch", state.EXCLUSIONS.update),
        ("delete", state.EXCLUSIONS.delete),
    )
}
METHODS |= {f"{kind}.getSettings": state.get_settings for kind in ("projects", *SETTINGS)}
METHODS |= {f"{kind}.updateSettings": state.update_settings for kind in SETTINGS}
METHODS |= {
    f"{BUCKETS}.create": state.BUCKETS.create,
    f"{BUCKETS}.createAsync": state.create_bucket_async,
    f"{BUCKETS}.get": state.BUCKETS.get,
    f"{BUCKETS}.list": state.BUCKETS.list_all,
    f"{BUCKETS}.patch": state.BUCKETS.update,
    f"{BUCKETS}.updateAsync": state.update_bucket_async,
    f"{BUCKETS}.delete": state.delete_bucket,
    f"{BUCKETS}.undelete": state.undelete_bucket,
}

APIS: Final = (
    Api(
        document="logging.v2",
        service=state.SERVICE,
        rest="logging.",
        reference="https://cloud.google.com/logging/docs/reference/v2/rest/v2/",
        facts={"consumer": "path"},
        methods=METHODS,
    ),
)
