"""How much of a quota is used: one metric, `serviceruntime.googleapis.com/quota/allocation/usage`, now.

gcloud reads it before it deploys a model. Metric: https://cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-serviceruntime
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gcp_emulator import allocations, errors
from gcp_emulator.clock import timestamp
from gcp_emulator.services.aiplatform import capacity
from gcp_emulator.services.aiplatform.state import ENDPOINTS
from gcp_emulator.services.resourcemanager import state as projects

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json

SERVICE: Final = "monitoring.googleapis.com"
METRIC: Final = "serviceruntime.googleapis.com/quota/allocation/usage"
RESOURCE: Final = "consumer_quota"

_TERM: Final = re.compile(r'\s*(metric\.type|resource\.type|(?:metric|resource)\.labels?\.\w+)\s*=\s*"([^"]*)"\s*')


def list_time_series(call: Call) -> Json:
    """ListTimeSeries: of quotas that Vertex AI's endpoints use up, a point each where some of it is used."""
    project = projects.find(call.state, call.vars["project"])
    denied = errors.permission_denied("monitoring.timeSeries.list", f"projects/{call.vars['project']}", SERVICE)
    if project is None:
        raise denied
    call.require("monitoring.timeSeries.list", f"projects/{project.id}", denied)
    asked = _terms(call.text("filter"))
    if asked.get("metric.type") != METRIC:
        raise errors.unimplemented(f"monitoring.projects.timeSeries.list of another metric than {METRIC}")
    if not call.message("interval").get("endTime"):
        raise errors.invalid_argument('Field interval.endTime had an invalid value of "": Must be set.')
    found = []
    for allocation in allocations.ALLOCATIONS:
        for region in sorted(_regions(call, project.number)):
            labels = {"project_id": project.id, "location": region, "service": allocation.service}
            if not _fits(asked, allocation.name, {**labels, "project_number": project.number}):
                continue
            if held := capacity.used(call.state, project.number, allocation, region):
                found.append(_series(allocation.name, labels, held, timestamp(call.clock.now())))
    return {"timeSeries": found, "unit": "1"} if found else {"unit": "1"}


def _terms(text: str) -> dict[str, str]:
    """Read a filter: comparisons for equality, joined by AND.

    https://cloud.google.com/monitoring/api/v3/filters
    """
    terms: dict[str, str] = {}
    for part in re.split(r"\bAND\b", text):
        match = _TERM.fullmatch(part)
        if match is None:
            raise errors.invalid_argument(
                f'Field filter had an invalid value of "{text[:300]}": Could not parse filter.'
            )
        terms[match[1].replace("labels.", "label.")] = match[2]
    return terms


def _fits(asked: dict[str, str], metric: str, labels: dict[str, str]) -> bool:
    """Tell whether a series is asked for; a project may be named by its number too."""
    known = {"metric.type": METRIC, "resource.type": RESOURCE, "metric.label.quota_metric": metric}
    known |= {f"resource.label.{name}": value for name, value in labels.items()}
    by_number = asked.get("resource.label.project_id") == labels["project_number"]
    return all(known.get(name) == value or (name.endswith("project_id") and by_number) for name, value in asked.items())


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
