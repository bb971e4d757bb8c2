"""What limits a project has: the numbers of `provision.sandbox.quotas`, as Cloud Quotas shows them.

https://github.com/googleapis/googleapis/blob/master/google/api/cloudquotas/v1/resources.proto
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provision.sandbox import errors, paging, quotas
from provision.sandbox.services.aiplatform.locations import LOCATIONS
from provision.sandbox.services.billing import state as billing
from provision.sandbox.services.resourcemanager import state as projects

if TYPE_CHECKING:
    from provision.sandbox.quotas import Limit
    from provision.sandbox.rpc import Call, Json
    from provision.sandbox.services.resourcemanager.state import Project

SERVICE: Final = "cloudquotas.googleapis.com"


def list_infos(call: Call) -> Json:
    """ListQuotaInfos: the limits of one API; of one that is not known or has none documented, none."""
    project = _project(call, "cloudquotas.quotas.get")
    found = sorted(_limits(call), key=_id)
    shown, token = paging.page(call, found, _id, default=100, most=1000)
    answer: Json = {"quotaInfos": [_info(call, project, each) for each in shown]} if shown else {}
    return answer | ({"nextPageToken": token} if token else {})


def get_info(call: Call) -> Json:
    """GetQuotaInfo."""
    project = _project(call, "cloudquotas.quotas.get")
    for limit in _limits(call):
        if limit.id == call.vars["quota"]:
            return _info(call, project, limit)
    raise errors.not_found()


def _limits(call: Call) -> list[Limit]:
    return [each for each in quotas.LIMITS if each.service == call.vars["service"]]


def _id(limit: Limit) -> str:
    return limit.id


def _info(call: Call, project: Project, limit: Limit) -> Json:
    """A QuotaInfo; whether more can be asked for depends on billing alone here."""
    billed = billing.enabled(call.world, project)
    return {
        "name": f"projects/{project.number}/locations/global/services/{limit.service}/quotaInfos/{limit.id}",
        "quotaId": limit.id,
        "metric": limit.name,
        "service": limit.service,
        "refreshInterval": "minute",
        "containerType": "PROJECT",
        **({"dimensions": ["region"]} if limit.regional else {}),
        "metricDisplayName": limit.title,
        "quotaDisplayName": f"{limit.title} per minute",
        "metricUnit": "1",
        "quotaIncreaseEligibility": {"isEligible": True}
        if billed
        else {"ineligibilityReason": "NO_VALID_BILLING_ACCOUNT"},
        "dimensionsInfos": [
            {
                "details": {"value": str(limit.value)},
                "applicableLocations": list(LOCATIONS) if limit.regional else ["global"],
            }
        ],
    }


def _project(call: Call, permission: str) -> Project:
    """The project in the path, which stands in the one location there is; unknown is forbidden."""
    asked = f"projects/{call.vars['project']}"
    project = projects.find(call.world, call.vars["project"])
    denied = errors.permission_denied(permission, f"{asked}/locations/global", SERVICE)
    if project is None:
        raise denied
    call.require(permission, asked, denied)
    if call.vars["location"] != "global":
        raise errors.not_found()
    return project
