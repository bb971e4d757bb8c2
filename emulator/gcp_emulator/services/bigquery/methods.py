"""The method of BigQuery that is served, over REST."""

from __future__ import annotations

from typing import Final

from gcp_emulator.api import Api
from gcp_emulator.services.bigquery import state

APIS: Final = (
    Api(
        document="bigquery.v2",
        service=state.SERVICE,
        rest="bigquery.",
        reference="https://cloud.google.com/bigquery/docs/reference/rest/v2/",
        facts={"consumer": "path", "errors": "legacy"},
        methods={"projects.getServiceAccount": state.get_service_account},
    ),
)
