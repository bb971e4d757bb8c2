"""The methods of API Keys, over REST."""

from __future__ import annotations

from typing import Final

from gcp_emulator.api import Api, serve
from gcp_emulator.services.apikeys import state

APIS: Final = (
    Api(
        document="apikeys.v2",
        service=state.SERVICE,
        rest="apikeys.",
        reference="https://cloud.google.com/api-keys/docs/reference/rest/v2/",
        facts={"consumer": "path"},
        methods={
            **state.KEYS.methods(
                "projects",
                list=state.list_keys,
                delete=state.delete,
                undelete=state.undelete,
                getKeyString=state.get_key_string,
            ),
            "keys.lookupKey": state.lookup,
            "operations.get": serve(state.get_operation, http=("GET /v2/{name=operations/{operation=akmf.*}}",)),
        },
    ),
)
