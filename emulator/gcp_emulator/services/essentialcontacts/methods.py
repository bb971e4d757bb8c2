"""The methods of Essential Contacts, over REST."""

from __future__ import annotations

from typing import Final

from gcp_emulator.api import Api
from gcp_emulator.services.essentialcontacts import state

APIS: Final = (
    Api(
        document="essentialcontacts.v1",
        service=state.SERVICE,
        rest="essentialcontacts.",
        reference="https://cloud.google.com/resource-manager/docs/reference/essentialcontacts/rest/v1/",
        facts={"consumer": "path"},
        methods=state.CONTACTS.methods(
            "projects", "folders", "organizations", compute=state.compute, sendTestMessage=None
        ),
    ),
)
