"""The methods of Access Context Manager that are served, over REST."""

from __future__ import annotations

from typing import Final

from gcp_emulator import operations
from gcp_emulator.api import Api, serve
from gcp_emulator.services.accesscontextmanager import state

WITHIN: Final = "accessPolicies"

APIS: Final = (
    Api(
        document="accesscontextmanager.v1",
        service=state.SERVICE,
        rest="accesscontextmanager.",
        reference="https://cloud.google.com/access-context-manager/docs/reference/rest/v1/",
        methods={
            **state.POLICIES.methods("", policy=True),
            **state.LEVELS.methods(WITHIN),
            **state.PERIMETERS.methods(WITHIN, commit=None),
            **state.AUTHORIZED.methods(WITHIN),
            **state.BINDINGS.methods("organizations"),
            "operations.get": serve(
                operations.get_own, http=("GET /v1/{name=operations/accessPolicies/{policy}/{kind}/{operation}}",)
            ),
        },
    ),
)
