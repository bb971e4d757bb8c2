"""The methods of App Engine that are served, over REST."""

from __future__ import annotations

from typing import Final

from gcp_emulator import operations
from gcp_emulator.api import Api, serve
from gcp_emulator.services.appengine import state

APIS: Final = (
    Api(
        document="appengine.v1",
        service=state.SERVICE,
        rest="appengine.",
        reference="https://cloud.google.com/appengine/docs/admin-api/reference/rest/v1/",
        facts={"consumer": "none"},  # an application's project is in no path
        methods={
            "apps.create": state.create,
            "apps.get": state.get,
            "apps.patch": state.update,
            "apps.operations.get": serve(
                operations.get_own, http=("GET /v1/{name=apps/{app}/operations/{operation}}",)
            ),
        },
    ),
)
