"""The methods of Cloud Quotas that the sandbox serves, over REST; preferences are known by name only.

Paths, fields and enums: google/api/cloudquotas/v1/cloudquotas.proto and resources.proto.
"""

from __future__ import annotations

from typing import Final

from provision.sandbox.rpc import Method
from provision.sandbox.services.cloudquotas import state
from provision.sandbox.services.cloudquotas.state import SERVICE

LOCATION: Final = "projects/{project}/locations/{location}"
PARENT: Final = LOCATION + "/services/{service}"
SOURCE: Final = "https://docs.cloud.google.com/docs/quotas/reference/rest/v1/projects.locations.services.quotaInfos"
REASONS: Final = {
    "INELIGIBILITY_REASON_UNSPECIFIED": 0,
    "NO_VALID_BILLING_ACCOUNT": 1,
    "OTHER": 2,
    "NOT_SUPPORTED": 3,
    "NOT_ENOUGH_USAGE_HISTORY": 4,
}
CONTAINERS: Final = {"CONTAINER_TYPE_UNSPECIFIED": 0, "PROJECT": 1, "FOLDER": 2, "ORGANIZATION": 3}
ENUMS: Final = {"containerType": CONTAINERS, "quotaIncreaseEligibility.ineligibilityReason": REASONS}

METHODS: Final = (
    Method(
        name="cloudquotas.projects.locations.services.quotaInfos.list",
        http=(f"GET /v1/{{parent={PARENT}}}/quotaInfos",),
        handle=state.list_infos,
        service=SERVICE,
        source=f"{SOURCE}/list",
        fields="parent,pageSize,pageToken",
        enums={f"quotaInfos.{name}": numbers for name, numbers in ENUMS.items()},
    ),
    Method(
        name="cloudquotas.projects.locations.services.quotaInfos.get",
        http=(f"GET /v1/{{name={PARENT}/quotaInfos/{{quota}}}}",),
        handle=state.get_info,
        service=SERVICE,
        source=f"{SOURCE}/get",
        fields="name",
        enums=ENUMS,
    ),
    Method(
        name="cloudquotas.projects.locations.quotaPreferences.list",
        http=(f"GET /v1/{{parent={LOCATION}}}/quotaPreferences",),
        handle=None,
        service=SERVICE,
        source="https://docs.cloud.google.com/docs/quotas/reference/rest/v1/projects.locations.quotaPreferences/list",
    ),
)
