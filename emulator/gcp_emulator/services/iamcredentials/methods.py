"""The methods of the Service Account Credentials API.

Where an account or pool may be used from is asked over REST alone, by google-auth: no proto of Google's has it.
https://github.com/googleapis/googleapis/blob/master/google/iam/credentials/v1/iamcredentials.proto
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.caller import CLOUD_PLATFORM
from gcp_emulator.rpc import Method
from gcp_emulator.services.iamcredentials import state

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.call import Call

SCOPES: Final = (CLOUD_PLATFORM, "https://www.googleapis.com/auth/iam")
DOCS: Final = "https://cloud.google.com/iam/docs/reference/credentials/rest/v1/"
TYPES: Final = "google.cloud.iam_credentials_v1.types:"
ACCOUNT: Final = "{name=projects/{project}/serviceAccounts/{account}}"


def _rpc(name: str, handle: Callable[[Call], Any], fields: str) -> Method:
    verb = name[:1].lower() + name[1:]
    return Method(
        name=f"google.iam.credentials.v1.IAMCredentials/{name}",
        http=(f"POST /v1/{ACCOUNT}:{verb}",),
        handle=handle,
        service=state.SERVICE,
        source=f"{DOCS}projects.serviceAccounts/{verb}",
        request=f"{TYPES}{name}Request",
        response=f"{TYPES}{name}Response",
        scopes=SCOPES,
        fields=fields,
    )


def _locations(collection: str, http: str) -> Method:
    return Method(
        name=f"iamcredentials.{collection}.getAllowedLocations",
        http=(http,),
        handle=state.allowed_locations,
        service=state.SERVICE,
        source=f"{DOCS}{collection}/getAllowedLocations",
        scopes=SCOPES,
        consumer="none",
        fields="name",
    )


METHODS: Final = (
    _rpc("GenerateAccessToken", state.generate_access_token, "name,delegates,scope,lifetime"),
    _rpc(
        "GenerateIdToken",
        state.generate_id_token,
        "name,delegates,audience,includeEmail,organizationNumberIncluded,useEmailAzp",
    ),
    _rpc("SignBlob", state.sign_blob, "name,delegates,payload"),
    _rpc("SignJwt", state.sign_jwt, "name,delegates,payload"),
    _locations("projects.serviceAccounts", f"GET /v1/{ACCOUNT}/allowedLocations"),
    _locations(
        "projects.locations.workloadIdentityPools",
        "GET /v1/{name=projects/{project}/locations/{location}/workloadIdentityPools/{pool}}/allowedLocations",
    ),
)
