"""Entitlements, kept as they were sent; grants are not served.

Making, changing and deleting are operations, done at once here. Messages: the protos of
`google-cloud-privilegedaccessmanager`. https://cloud.google.com/iam/docs/pam-create-entitlements; sentences of errors
are assumed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcp_emulator.services.resources import Kind, timed

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.services.resources import Resource

SERVICE: Final = "privilegedaccessmanager.googleapis.com"
MESSAGE: Final = "google.cloud.privilegedaccessmanager.v1.Entitlement"


def _operation(call: Call, found: Resource) -> str:
    return f"{found.name.rpartition('/entitlements/')[0]}/operations/operation-{call.state.uuid()}"


def _shown(call: Call, found: Resource) -> Json:
    return {**timed(call, found), "state": "AVAILABLE", "etag": found.etag}


ENTITLEMENTS: Final = Kind(
    "privilegedaccessmanager.entitlements",
    document="privilegedaccessmanager.v1",
    schema=MESSAGE,
    path="locations/{location}/entitlements/{entitlement}",
    id_field="entitlementId",
    body="entitlement",
    needs={
        "eligibleUsers": "The entitlement's eligible_users are required.",
        "privilegedAccess": "The entitlement's privileged_access is required.",
        "maxRequestDuration": "The entitlement's max_request_duration is required.",
        "requesterJustificationConfig": "The entitlement's requester_justification_config is required.",
    },
    render=_shown,
    operation=_operation,
    message=MESSAGE,
    locations="global",
)
