"""How much of a quota is used: one metric, `serviceruntime.googleapis.com/quota/allocation/usage`, now.

gcloud reads it before it deploys a model. Metric: https://cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-serviceruntime
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gcp_emulator import allocations, errors, filters
from gcp_emulator.clock import timestamp
from gcp_emulator.services.aiplatform import capacity
from gcp_emulator.services.aiplatform.state import ENDPOINTS
from gcp_emulator.services.resourcemanager import state as projects

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.call import Call, Json

SERVICE: Final = "monitoring.googleapis.com"
METRIC: Final = "serviceruntime.googleapis.com/quota/allocation/usage"
RESOURCE: Final = "consumer_quota"

_FIELD: Final = re.compile(r"(metric|resource)\.(type|labels?\.\w+)")
_TYPE: Final = re.compile(r'metric\.type\s*=\s*"([^"]*)"')


def list_time_series(call: Call) -> Json:
    """ListTimeSeries: of quotas that Vertex AI's endpoints use up, a point each where some of it is used."""
    project = projects.find(call.state, call.vars["project"])
    denied = errors.permission_denied("monitoring.timeSeries.list", f"projects/{call.vars['project']}", SERVICE)
    if project is None:
        raise denied
    call.require("monitoring.timeSeries.list", f"projects/{project.id}", denied)
    fits = _filter(call.text("filter"))
    asked = {*_TYPE.findall(call.text("filter"))}
    if not asked:
        raise _unreadable(call.text("filter"))
    if asked != {METRIC}:
        raise errors.unimplemented(f"monitoring.projects.timeSeries.list of another metric than {METRIC}")
    if not call.message("interval").get("endTime"):
        raise errors.invalid_argument('Field interval.endTime had an invalid value of "": Must be set.')
    found = []
    for allocation in allocations.ALLOCATIONS:
        for region in sorted(_regions(call, project.number)):
            labels = {"project_id": project.id, "location": region, "service": allocation.service}
            if not fits(allocation.name, {**labels, "project_number": project.number}):
                continue
            if held := capacity.used(call.state, project.number, allocation, region):
                found.append(_series(allocation.name, labels, held, timestamp(call.clock.now())))
    return {"timeSeries": found, "unit": "1"} if found else {"unit": "1"}


def _unreadable(text: str) -> errors.ApiError:
    return errors.invalid_argument(f'Field filter had an invalid value of "{text[:300]}": Could not parse filter.')


def _filter(text: str) -> Callable[[str, dict[str, str]], bool]:
    """Read a filter: comparisons joined by AND, OR and NOT, in parentheses; a project may be named by its number too.

    https://cloud.google.com/monitoring/api/v3/filters
    """
    unreadable = _unreadable(text)
    try:
        test = filters.parse(text)
    except errors.ApiError:
        raise unreadable from None

    def fits(metric: str, labels: dict[str, str]) -> bool:
        known = {"metric.type": [METRIC], "resource.type": [RESOURCE], "metric.label.quota_metric": [metric]}
        known |= {f"resource.label.{name}": [value] for name, value in labels.items()}
        known["resource.label.project_id"].append(labels["project_number"])

        def values(name: str) -> list[str]:
            if not _FIELD.fullmatch(name):
                raise unreadable
            return known.get(name.replace("labels.", "label."), [])

        return test(values)

    fits("", {"project_id": "", "project_number": ""})  # names that it does not have are told at once
    return fits


def _regions(call: Call, number: str) -> set[str]:
    rows = call.state[ENDPOINTS]
    return {row.name.split("/")[3] for row in rows if row.name.startswith(f"projects/{number}/")}


def _series(metric: str, labels: dict[str, str], held: int, now: str) -> Json:
    return {
        "metric": {"type": METRIC, "labels": {"quota_metric": metric}},
        "resource": {"type": RESOURCE, "labels": labels},
        "metricKind": "GAUGE",
        "valueType": "INT64",
        "points": [{"interval": {"startTime": now, "endTime": now}, "value": {"int64Value": str(held)}}],
    }
