"""The methods of BigQuery that are served, over REST."""

from __future__ import annotations

from typing import Final

from gcp_emulator.api import Api
from gcp_emulator.services.bigquery import datasets, state

APIS: Final = (
    Api(
        document="bigquery.v2",
        service=state.SERVICE,
        rest="bigquery.",
        reference="https://cloud.google.com/bigquery/docs/reference/rest/v2/",
        facts={"consumer": "path", "errors": "legacy"},
        methods={
            "projects.getServiceAccount": state.get_service_account,
            "datasets.insert": datasets.DATASETS.create,
            "datasets.get": datasets.DATASETS.get,
            "datasets.list": datasets.list_all,
            "datasets.patch": datasets.DATASETS.update,
            "datasets.update": datasets.replace,
            "datasets.delete": datasets.delete,
        },
    ),
)
