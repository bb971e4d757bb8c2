"""The methods of Cloud Quotas: those of projects are served; of folders and organizations, and the adjuster, none.

Paths, fields and enums: google/api/cloudquotas/v1/cloudquotas.proto, resources.proto and quota_adjuster_settings.proto.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.rpc import Method
from gcp_emulator.services.cloudquotas import preferences, state
from gcp_emulator.services.cloudquotas.state import SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.call import Call

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

_PREFERRED: Final = {
    "list": _everywhere("GET", "parent", rest="/quotaPreferences"),
    "get": _everywhere("GET", "name", "/quotaPreferences/{preference}"),
    "create": _everywhere("POST", "parent", rest="/quotaPreferences"),
    "update": _everywhere("PATCH", "quotaPreference.name", "/quotaPreferences/{preference}"),
}
PREFERENCE: Final = (
    "name,dimensions,quotaConfig(preferredValue,stateDetail,grantedValue,traceId,annotations,requestOrigin),etag,"
    "createTime,updateTime,service,quotaId,reconciling,justification,contactEmail"
)
CHECKS: Final = {
    "ignoreSafetyChecks": {
        "QUOTA_SAFETY_CHECK_UNSPECIFIED": 0,
        "QUOTA_DECREASE_BELOW_USAGE": 1,
        "QUOTA_DECREASE_PERCENTAGE_TOO_HIGH": 2,
    }
}


def _of_projects(paths: tuple[str, ...]) -> tuple[str, ...]:
    """Return the path for projects, in v1 and in v1beta, which has the same messages and is what gcloud beta asks."""
    return (paths[0], paths[0].replace("/v1/", "/v1beta/", 1))


METHODS: Final = (
    _rpc(
        "ListQuotaInfos",
        _of_projects(_LISTED),
        ".services.quotaInfos/list",
        "ListQuotaInfosResponse",
        state.list_infos,
        fields="parent,pageSize,pageToken",
        enums={f"quotaInfos.{name}": numbers for name, numbers in ENUMS.items()},
    ),
    _rpc("ListQuotaInfos", _LISTED[1:], ".services.quotaInfos/list", "ListQuotaInfosResponse"),
    _rpc(
        "GetQuotaInfo",
        _of_projects(_NAMED),
        ".services.quotaInfos/get",
        "QuotaInfo",
        state.get_info,
        fields="name",
        enums=ENUMS,
    ),
    _rpc("GetQuotaInfo", _NAMED[1:], ".services.quotaInfos/get", "QuotaInfo"),
    _rpc(
        "ListQuotaPreferences",
        _of_projects(_PREFERRED["list"]),
        ".quotaPreferences/list",
        "ListQuotaPreferencesResponse",
        preferences.list_all,
        fields="parent,pageSize,pageToken,filter,orderBy",
    ),
    _rpc(
        "ListQuotaPreferences",
        _PREFERRED["list"][1:],
        ".quotaPreferences/list",
        "ListQuotaPreferencesResponse",
    ),
    _rpc(
        "GetQuotaPreference",
        _of_projects(_PREFERRED["get"]),
        ".quotaPreferences/get",
        "QuotaPreference",
        preferences.get,
        fields="name",
    ),
    _rpc("GetQuotaPreference", _PREFERRED["get"][1:], ".quotaPreferences/get", "QuotaPreference"),
    _rpc(
        "CreateQuotaPreference",
        _of_projects(_PREFERRED["create"]),
        ".quotaPreferences/create",
        "QuotaPreference",
        preferences.create,
        mutates=True,
        body="quotaPreference",
        fields=f"parent,quotaPreferenceId,ignoreSafetyChecks,quotaPreference({PREFERENCE})",
        enums=CHECKS,
    ),
    _rpc(
        "CreateQuotaPreference",
        _PREFERRED["create"][1:],
        ".quotaPreferences/create",
        "QuotaPreference",
        mutates=True,
        body="quotaPreference",
    ),
    _rpc(
        "UpdateQuotaPreference",
        _of_projects(_PREFERRED["update"]),
        ".quotaPreferences/patch",
        "QuotaPreference",
        preferences.update,
        mutates=True,
        body="quotaPreference",
        fields=f"updateMask,allowMissing,validateOnly,ignoreSafetyChecks,quotaPreference({PREFERENCE})",
        enums=CHECKS,
    ),
    _rpc(
        "UpdateQuotaPreference",
        _PREFERRED["update"][1:],
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
