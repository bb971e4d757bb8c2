"""`consumerQuotaMetrics` of v1beta1, to be read: the same numbers as `gcp_emulator.quotas`.

https://cloud.google.com/service-usage/docs/reference/rest/v1beta1/services.consumerQuotaMetrics
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from gcp_emulator import errors, paging, quotas
from gcp_emulator.services.serviceusage import catalog
from gcp_emulator.services.serviceusage.state import project_for

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.quotas import Limit

PERMISSION = "serviceusage.quotas.get"
MODELS = "aiplatform.googleapis.com"


def list_metrics(call: Call) -> Json:
    """ListConsumerQuotaMetrics."""
    number = project_for(call, PERMISSION).number
    _check_modeled(call)
    metrics = [_metric(number, each) for each in quotas.LIMITS if each.service == call.vars["service"]]
    if call.vars["service"] == MODELS:
        metrics += _of_models(call, number)
    shown, token = paging.page(call, sorted(metrics, key=_name), _name, default=100, most=1000)
    answer: Json = {"metrics": shown} if shown else {}
    return answer | ({"nextPageToken": token} if token else {})


def get_metric(call: Call) -> Json:
    """GetConsumerQuotaMetric; the metric's name is percent-encoded in the path."""
    number = project_for(call, PERMISSION).number
    _check_modeled(call)
    for limit in quotas.LIMITS:
        if limit.service == call.vars["service"] and call.vars["metric"] in {limit.name, quote(limit.name, safe="")}:
            return _metric(number, limit)
    for metric in _of_models(call, number) if call.vars["service"] == MODELS else ():
        if call.vars["metric"] in {metric["metric"], quote(metric["metric"], safe="")}:
            return metric
    raise errors.not_found()


def _check_modeled(call: Call) -> None:
    """Refuse by name to tell the quotas of an API of which the emulator has none: it has some at Google."""
    service = call.vars["service"]
    if service != MODELS and service in catalog.titles() and not any(each.service == service for each in quotas.LIMITS):
        raise errors.unimplemented(f"What quotas {service} has")


def _name(metric: Json) -> str:
    return str(metric["metric"])


def _of_models(call: Call, number: str) -> list[Json]:
    """The quotas that the state gives this project for single models, one bucket each, as `global` and as a region's.

    The metrics are those that an error names (`quotas.model_exhausted`); the dimension's name is that of
    https://docs.cloud.google.com/gemini-enterprise-agent-platform/machine-learning/quotas
    """
    own = {
        quota.key.rpartition("/")[2]: quota.per_minute
        for quota in call.state[quotas.MODEL_QUOTAS]
        if quota.key.startswith(f"{number}/")
    }
    buckets = [
        {"effectiveLimit": str(value), "defaultLimit": str(value), "dimensions": {"base_model": model}}
        for model, value in sorted(own.items())
    ]
    if not buckets:
        return []
    metrics = []
    for prefix, unit in (("", "/min/{project}/{region}/{base_model}"), ("global_", "/min/{project}/{base_model}")):
        title = f"{prefix.title().replace('_', ' ')}Online prediction requests per base model".capitalize()
        limit = quotas.Limit(
            service=MODELS, metric=f"{prefix}online_prediction_requests_per_base_model", title=title, value=0
        )
        metric = _metric(number, limit)
        [shown] = metric["consumerQuotaLimits"]
        shown |= {
            "unit": f"1{unit}",
            "name": f"{metric['name']}/limits/{quote(unit, safe='')}",
            "quotaBuckets": buckets,
        }
        metrics.append(metric)
    return metrics


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
