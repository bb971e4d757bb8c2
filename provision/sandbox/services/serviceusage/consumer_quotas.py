"""`consumerQuotaMetrics` of v1beta1, to be read: the same numbers as `provision.sandbox.quotas`.

https://cloud.google.com/service-usage/docs/reference/rest/v1beta1/services.consumerQuotaMetrics
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from provision.sandbox import errors, paging, quotas
from provision.sandbox.services.serviceusage.state import project_for

if TYPE_CHECKING:
    from provision.sandbox.quotas import Limit
    from provision.sandbox.rpc import Call, Json

PERMISSION = "serviceusage.quotas.get"


def list_metrics(call: Call) -> Json:
    """ListConsumerQuotaMetrics."""
    number = project_for(call, PERMISSION).number
    found = sorted((each for each in quotas.LIMITS if each.service == call.vars["service"]), key=_name)
    shown, token = paging.page(call, found, _name, default=100, most=1000)
    answer: Json = {"metrics": [_metric(number, each) for each in shown]} if shown else {}
    return answer | ({"nextPageToken": token} if token else {})


def get_metric(call: Call) -> Json:
    """GetConsumerQuotaMetric; the metric's name stands percent-encoded in the path."""
    number = project_for(call, PERMISSION).number
    for limit in quotas.LIMITS:
        if limit.service == call.vars["service"] and call.vars["metric"] in {limit.name, quote(limit.name, safe="")}:
            return _metric(number, limit)
    raise errors.not_found()


def _name(limit: Limit) -> str:
    return limit.name


def _metric(number: str, limit: Limit) -> Json:
    name = f"projects/{number}/services/{limit.service}/consumerQuotaMetrics/{quote(limit.name, safe='')}"
    unit = "/min/{project}" + ("/{region}" if limit.regional else "")
    bucket = {"effectiveLimit": str(limit.value), "defaultLimit": str(limit.value)}
    return {
        "name": name,
        "displayName": limit.title,
        "metric": limit.name,
        "unit": "1",
        "consumerQuotaLimits": [
            {
                "name": f"{name}/limits/{quote(unit, safe='')}",
                "unit": f"1{unit}",
                "metric": limit.name,
                "quotaBuckets": [bucket],
            }
        ],
    }
