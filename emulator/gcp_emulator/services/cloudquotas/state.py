"""What limits a project has: those of `gcp_emulator.quotas` and `allocations`, as Cloud Quotas shows them.

https://github.com/googleapis/googleapis/blob/master/google/api/cloudquotas/v1/resources.proto
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcp_emulator import allocations, errors, paging, quota_overrides, quotas
from gcp_emulator.allocations import ALLOCATIONS, Allocation
from gcp_emulator.quota_overrides import PREFERENCES, Preference
from gcp_emulator.quotas import Limit
from gcp_emulator.services.aiplatform.locations import LOCATIONS
from gcp_emulator.services.billing import state as billing
from gcp_emulator.services.resourcemanager import state as projects
from gcp_emulator.services.serviceusage import catalog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gcp_emulator.call import Call, Json
    from gcp_emulator.seed_data import SeedData
    from gcp_emulator.services.resourcemanager.state import Project
    from gcp_emulator.store import State

SERVICE: Final = "cloudquotas.googleapis.com"

Known = Limit | Allocation
"""A limit on requests, or on things held."""


def seed(state: State, seed_data: SeedData) -> None:
    """Grant the ready project the accelerators that a large model is deployed to, long since."""
    for accelerator in ("H100", "A10080GB"):
        quota = f"CustomModelServing{accelerator}GPUsPerProjectPerRegion"
        grant(state, seed_data.ready_number, quota, 8, f"sandbox-{accelerator.lower()}")


def grant(state: State, number: str, quota: str, value: int, name: str) -> None:
    """Give a project so much of something in every region, as if it had been asked for long ago."""
    now = state.clock.now()
    state[PREFERENCES].put(
        Preference(
            key=f"{number}/{name}",
            number=number,
            service=allocations.VERTEX,
            quota=quota,
            dimensions={},
            preferred=value,
            before=0,
            approved=True,
            decided=now,
            message={},
            trace="",
            created=now,
            updated=now,
            stamp=int(now * 1_000_000),
        )
    )


def limit(service: str, quota: str) -> Known | None:
    """Return the limit of an API with this id."""
    return next((each for each in _limits(service) if each.id == quota), None)


def list_infos(call: Call) -> Json:
    """ListQuotaInfos: the limits of one API."""
    project = project_of(call, "cloudquotas.quotas.get")
    check_modeled(call.vars["service"])
    found = sorted(_limits(call.vars["service"]), key=_id)
    shown, token = paging.page(call, found, _id, default=100, most=1000)
    answer: Json = {"quotaInfos": [_info(call, project, each) for each in shown]} if shown else {}
    return answer | ({"nextPageToken": token} if token else {})


def get_info(call: Call) -> Json:
    """GetQuotaInfo."""
    project = project_of(call, "cloudquotas.quotas.get")
    check_modeled(call.vars["service"])
    found = limit(call.vars["service"], call.vars["info"])
    if found is None:
        raise errors.not_found()
    return _info(call, project, found)


def _limits(service: str) -> Iterator[Known]:
    known: tuple[Known, ...] = (*quotas.LIMITS, *ALLOCATIONS)
    return (each for each in known if each.service == service)


def check_modeled(service: str) -> None:
    """Refuse by name to tell the quotas of an API of which the emulator has none: it has some at Google."""
    if not any(_limits(service)) and service in catalog.titles():
        raise errors.unimplemented(f"What quotas {service} has")


def _id(limit: Known) -> str:
    return limit.id


def _info(call: Call, project: Project, limit: Known) -> Json:
    """A QuotaInfo; whether more can be asked for depends on billing alone here."""
    billed = billing.enabled(call.state, project)
    of_requests = isinstance(limit, Limit)
    return {
        "name": f"projects/{project.number}/locations/global/services/{limit.service}/quotaInfos/{limit.id}",
        "quotaId": limit.id,
        "metric": limit.name,
        "service": limit.service,
        **({"refreshInterval": "minute"} if of_requests else {}),
        "containerType": "PROJECT",
        **({"dimensions": ["region"]} if limit.regional else {}),
        "metricDisplayName": limit.title,
        "quotaDisplayName": f"{limit.title} per minute" if of_requests else f"{limit.title} per region",
        "metricUnit": "1",
        "quotaIncreaseEligibility": {"isEligible": True}
        if billed
        else {"ineligibilityReason": "NO_VALID_BILLING_ACCOUNT"},
        "dimensionsInfos": _dimensions(call.state, project.number, limit),
    }


def _dimensions(state: State, number: str, limit: Known) -> list[Json]:
    """The values in force: one for all regions that share it, for things held one for each region (gcloud reads so)."""
    if not limit.regional:
        everywhere = str(quota_overrides.in_force(state, number, limit, ""))
        return [{"details": {"value": everywhere}, "applicableLocations": ["global"]}]
    values = {region: quota_overrides.in_force(state, number, limit, region) for region in LOCATIONS}
    shared: dict[str, list[str]] = {}
    for region, value in values.items():
        shared.setdefault(region if isinstance(limit, Allocation) else str(value), []).append(region)
    return [
        {
            **({"dimensions": {"region": regions[0]}} if isinstance(limit, Allocation) else {}),
            "details": {"value": str(values[regions[0]])},
            "applicableLocations": regions,
        }
        for regions in shared.values()
    ]


def project_of(call: Call, permission: str) -> Project:
    """The project in the path, which is in the one location there is; unknown is forbidden."""
    asked = f"projects/{call.vars['project']}"
    project = projects.find(call.state, call.vars["project"])
    denied = errors.permission_denied(permission, f"{asked}/locations/global", SERVICE)
    if project is None:
        raise denied
    call.require(permission, asked, denied)
    if call.vars["location"] != "global":
        raise errors.not_found()
    return project
