"""The paths of the metadata server that google-auth asks, in Python and in Node; no document has them."""

from __future__ import annotations

from typing import Final

from gcp_emulator.api import Api, serve
from gcp_emulator.services.metadata import state

ROOT: Final = "GET /computeMetadata/v1"
ACCOUNTS: Final = f"{ROOT}/instance/service-accounts"

APIS: Final = (
    Api(
        service="metadata.google.internal",
        rest="metadata.",
        reference="https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys",
        facts={"auth": False, "consumer": "none"},
        methods={
            "root": serve(state.root, http=("GET /",)),
            "project.projectId": serve(state.project_id, http=(f"{ROOT}/project/project-id",)),
            "project.numericProjectId": serve(state.numeric_project_id, http=(f"{ROOT}/project/numeric-project-id",)),
            "universe.universeDomain": serve(state.universe, http=(f"{ROOT}/universe/universe-domain",)),
            "instance": serve(state.instance, http=(f"{ROOT}/instance",)),
            "instance.get": serve(state.instance_value, http=(f"{ROOT}/instance/{{value}}",)),
            "serviceAccounts.list": serve(state.service_accounts, http=(ACCOUNTS,)),
            "serviceAccounts.get": serve(state.service_account, http=(f"{ACCOUNTS}/{{account}}",)),
            "serviceAccounts.part": serve(state.part, http=(f"{ACCOUNTS}/{{account}}/{{part}}",)),
        },
    ),
)
