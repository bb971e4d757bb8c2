"""Limits per minute, as Service Usage tells them.

Cloud Quotas tells the same and is one more API to enable; Service Usage is on in every project this tool made ready.
https://cloud.google.com/service-usage/docs/reference/rest/v1beta1/services.consumerQuotaMetrics/list
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from provision.google.pagination import read_all

if TYPE_CHECKING:
    from provision.google.transport import Transport

SERVICE: Final = "serviceusage.googleapis.com"
_PAGE_SIZE: Final = "500"
# Vertex AI has hundreds of limits, each with every region's value; the rest of what is there is not looked at.
_FIELDS: Final = (
    "nextPageToken,metrics(metric,displayName,consumerQuotaLimits(unit,quotaBuckets(effectiveLimit,dimensions)))"
)
UNLIMITED: Final = -1


@dataclass(frozen=True, kw_only=True)
class Limit:
    """One value of one limit.

    Attributes:
        metric: such as ``aiplatform.googleapis.com/online_prediction_requests``.
        unit: such as ``1/min/{project}/{region}``.
        value: what is allowed; -1 for no limit.
        dimensions: what the value is for, such as a ``region`` or a ``base_model``; empty for all that have none.
    """

    metric: str
    title: str
    unit: str
    value: int
    dimensions: dict[str, str] = field(default_factory=dict)


class Quotas:
    """Limits of a project. Every method raises `ApiError`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def per_minute(self, project_id: str, service: str) -> tuple[Limit, ...]:
        """Return every limit per minute of one API; needs ``serviceusage.quotas.get``."""
        metrics = read_all(
            self._transport,
            SERVICE,
            "ListConsumerQuotaMetrics",
            f"/v1beta1/projects/{project_id}/services/{service}/consumerQuotaMetrics",
            "metrics",
            _limits,
            query={"pageSize": _PAGE_SIZE, "fields": _FIELDS},
        )
        return tuple(limit for limits in metrics for limit in limits)


def _limits(metric: dict[str, Any]) -> list[Limit]:
    return [
        Limit(
            metric=str(metric["metric"]),
            title=str(metric.get("displayName", "")),
            unit=str(limit["unit"]),
            # proto3 JSON leaves a zero out.
            value=int(bucket.get("effectiveLimit", 0)),
            dimensions={str(key): str(value) for key, value in bucket.get("dimensions", {}).items()},
        )
        for limit in metric.get("consumerQuotaLimits", [])
        if "/min" in limit.get("unit", "")
        for bucket in limit.get("quotaBuckets", [])
    ]
