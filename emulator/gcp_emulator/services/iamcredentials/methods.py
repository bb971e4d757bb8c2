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

# The document lists no scopes of these two; google-auth sends them the credential that it has (assumed).
UNSCOPED: Final[dict[str, Any]] = {
    "consumer": "none",
    "scopes": (CLOUD_PLATFORM, "https://www.googleapis.com/auth/iam"),
}


def _reads(handle: Any) -> Served:
    """Declare a method that makes something of a POST, and keeps nothing."""
    return serve(handle, mutates=False)


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
            "IAMCredentials/SignBlob": state.sign_blob,
            "IAMCredentials/SignJwt": state.sign_jwt,
            "projects.serviceAccounts.getAllowedLocations": serve(state.allowed_locations, **UNSCOPED),
            "projects.locations.workloadIdentityPools.getAllowedLocations": serve(state.allowed_locations, **UNSCOPED),
        },
    ),
)
