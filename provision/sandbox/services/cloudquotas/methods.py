"""The methods of Cloud Quotas: infos of projects are served; preferences and the adjuster are known by name only.

Paths, fields and enums: google/api/cloudquotas/v1/cloudquotas.proto, resources.proto and quota_adjuster_settings.proto.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from provision.sandbox.rpc import Method
from provision.sandbox.services.cloudquotas import state
from provision.sandbox.services.cloudquotas.state import SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable

    from provision.sandbox.rpc import Call

TYPES: Final = "google.cloud.cloudquotas_v1.types:"
KINDS: Final = ("project", "folder", "organization")
LOCATIONS: Final = tuple(f"{kind}s/{{{kind}}}/locations/{{location}}" for kind in KINDS)
SOURCE: Final = "https://docs.cloud.google.com/docs/quotas/reference/rest/v1/projects.locations"
REASONS: Final = {
    "INELIGIBILITY_REASON_UNSPECIFIED": 0,
    "NO_VALID_BILLING_ACCOUNT": 1,
    "OTHER": 2,
    "NOT_SUPPORTED": 3,
    "NOT_ENOUGH_USAGE_HISTORY": 4,
}
CONTAINERS: Final = {"CONTAINER_TYPE_UNSPECIFIED": 0, "PROJECT": 1, "FOLDER": 2, "ORGANIZATION": 3}
ENUMS: Final = {"containerType": CONTAINERS, "quotaIncreaseEligibility.ineligibilityReason": REASONS}


def _rpc(
    name: str,
    http: tuple[str, ...],
    page: str,
    response: str,
    handle: Callable[[Call], Any] | None = None,
    **more: Any,
) -> Method:
    service = "QuotaAdjusterSettingsManager" if "Adjuster" in name else "CloudQuotas"
    return Method(
        name=f"google.api.cloudquotas.v1.{service}/{name}",
        http=http,
        handle=handle,
        service=SERVICE,
        source=f"{SOURCE}{page}",
        request=f"{TYPES}{name}Request",
        response=TYPES + response,
        **more,
    )


def _everywhere(verb: str, name: str, pattern: str = "", rest: str = "") -> tuple[str, ...]:
    """Return a path for projects, folders and organizations: a field, the pattern below each, what comes after."""
    return tuple(f"{verb} /v1/{{{name}={location}{pattern}}}{rest}" for location in LOCATIONS)


_LISTED: Final = _everywhere("GET", "parent", "/services/{service}", "/quotaInfos")
_NAMED: Final = _everywhere("GET", "name", "/services/{service}/quotaInfos/{quota}")

METHODS: Final = (
    _rpc(
        "ListQuotaInfos",
        _LISTED[:1],
        ".services.quotaInfos/list",
        "ListQuotaInfosResponse",
        state.list_infos,
        fields="parent,pageSize,pageToken",
        enums={f"quotaInfos.{name}": numbers for name, numbers in ENUMS.items()},
    ),
    _rpc("ListQuotaInfos", _LISTED[1:], ".services.quotaInfos/list", "ListQuotaInfosResponse"),
    _rpc(
        "GetQuotaInfo",
        _NAMED[:1],
        ".services.quotaInfos/get",
        "QuotaInfo",
        state.get_info,
        fields="name",
        enums=ENUMS,
    ),
    _rpc("GetQuotaInfo", _NAMED[1:], ".services.quotaInfos/get", "QuotaInfo"),
    _rpc(
        "ListQuotaPreferences",
        _everywhere("GET", "parent", rest="/quotaPreferences"),
        ".quotaPreferences/list",
        "ListQuotaPreferencesResponse",
    ),
    _rpc(
        "GetQuotaPreference",
        _everywhere("GET", "name", "/quotaPreferences/{preference}"),
        ".quotaPreferences/get",
        "QuotaPreference",
    ),
    _rpc(
        "CreateQuotaPreference",
        _everywhere("POST", "parent", rest="/quotaPreferences"),
        ".quotaPreferences/create",
        "QuotaPreference",
        mutates=True,
        body="quotaPreference",
    ),
    _rpc(
        "UpdateQuotaPreference",
        _everywhere("PATCH", "quotaPreference.name", "/quotaPreferences/{preference}"),
        ".quotaPreferences/patch",
        "QuotaPreference",
        mutates=True,
        body="quotaPreference",
    ),
    _rpc(
        "GetQuotaAdjusterSettings",
        _everywhere("GET", "name", "/quotaAdjusterSettings"),
        "/getQuotaAdjusterSettings",
        "QuotaAdjusterSettings",
    ),
    _rpc(
        "UpdateQuotaAdjusterSettings",
        _everywhere("PATCH", "quotaAdjusterSettings.name", "/quotaAdjusterSettings"),
        "/updateQuotaAdjusterSettings",
        "QuotaAdjusterSettings",
        mutates=True,
        body="quotaAdjusterSettings",
    ),
)
