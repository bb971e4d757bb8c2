"""The methods of the Service Account Credentials API.

Where an account or pool may be used from is asked over REST alone, by google-auth: no proto of Google's has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.api import Api, serve
from gcp_emulator.caller import CLOUD_PLATFORM
from gcp_emulator.services.iamcredentials import state

if TYPE_CHECKING:
    from gcp_emulator.api import Served

# The document lists one scope where the pages list two, and google-auth sends the second (google/auth/iam.py):
# https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken
# It lists none for where an account may be used from, which google-auth asks with the same credential.
SCOPES: Final = (CLOUD_PLATFORM, "https://www.googleapis.com/auth/iam")
UNSCOPED: Final[dict[str, Any]] = {"consumer": "none", "scopes": SCOPES}


def _reads(handle: Any) -> Served:
    """Declare a method that makes something of a POST, and keeps nothing."""
    return serve(handle, mutates=False, scopes=SCOPES)


APIS: Final = (
    Api(
        document="iamcredentials.v1",
        service=state.SERVICE,
        rpc="google.iam.credentials.v1",
        rest="iamcredentials.",
        reference="https://cloud.google.com/iam/docs/reference/credentials/rest/v1/",
        methods={
            "IAMCredentials/GenerateAccessToken": _reads(state.generate_access_token),
            "IAMCredentials/GenerateIdToken": _reads(state.generate_id_token),
            "IAMCredentials/SignBlob": serve(state.sign_blob, scopes=SCOPES),
            "IAMCredentials/SignJwt": serve(state.sign_jwt, scopes=SCOPES),
            "projects.serviceAccounts.getAllowedLocations": serve(state.allowed_locations, **UNSCOPED),
            "projects.locations.workloadIdentityPools.getAllowedLocations": serve(state.allowed_locations, **UNSCOPED),
        },
    ),
)
