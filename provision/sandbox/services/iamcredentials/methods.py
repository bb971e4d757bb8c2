"""The methods of the Service Account Credentials API, on REST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from provision.sandbox.rpc import CLOUD_PLATFORM, Method
from provision.sandbox.services.iamcredentials import state

if TYPE_CHECKING:
    from collections.abc import Callable

    from provision.sandbox.rpc import Call

SCOPES: Final = (CLOUD_PLATFORM, "https://www.googleapis.com/auth/iam")
DOCS: Final = "https://cloud.google.com/iam/docs/reference/credentials/rest/v1/"
ACCOUNT: Final = "{name=projects/{project}/serviceAccounts/{account}}"


def _method(name: str, http: str, handle: Callable[[Call], Any], fields: str, *, consumer: Any = "caller") -> Method:
    collection, _, verb = name.rpartition(".")
    return Method(
        name=f"iamcredentials.{name}",
        http=(http,),
        handle=handle,
        service=state.SERVICE,
        source=f"{DOCS}{collection}/{verb}",
        scopes=SCOPES,
        consumer=consumer,
        fields=fields,
    )


METHODS: Final = (
    _method(
        "projects.serviceAccounts.generateAccessToken",
        f"POST /v1/{ACCOUNT}:generateAccessToken",
        state.generate_access_token,
        "name,delegates,scope,lifetime",
    ),
    _method(
        "projects.serviceAccounts.generateIdToken",
        f"POST /v1/{ACCOUNT}:generateIdToken",
        state.generate_id_token,
        "name,delegates,audience,includeEmail,organizationNumberIncluded,useEmailAzp",
    ),
    _method(
        "projects.serviceAccounts.signBlob",
        f"POST /v1/{ACCOUNT}:signBlob",
        state.sign_blob,
        "name,delegates,payload",
    ),
    _method(
        "projects.serviceAccounts.signJwt",
        f"POST /v1/{ACCOUNT}:signJwt",
        state.sign_jwt,
        "name,delegates,payload",
    ),
    _method(
        "projects.serviceAccounts.getAllowedLocations",
        f"GET /v1/{ACCOUNT}/allowedLocations",
        state.allowed_locations,
        "name",
        consumer="none",
    ),
    _method(
        "projects.locations.workloadIdentityPools.getAllowedLocations",
        "GET /v1/{name=projects/{project}/locations/{location}/workloadIdentityPools/{pool}}/allowedLocations",
        state.allowed_locations,
        "name",
        consumer="none",
    ),
)
