"""The method of Cloud Monitoring that the sandbox serves, over REST.

Paths, fields and scopes: the discovery document of monitoring v3.
"""

from __future__ import annotations

from typing import Final

from gcp_emulator.caller import CLOUD_PLATFORM
from gcp_emulator.rpc import Method
from gcp_emulator.services.monitoring import state
from gcp_emulator.services.monitoring.state import SERVICE

SCOPES: Final = (CLOUD_PLATFORM, *(f"https://www.googleapis.com/auth/monitoring{kind}" for kind in ("", ".read")))
AGGREGATION: Final = "(alignmentPeriod,perSeriesAligner,crossSeriesReducer,groupByFields)"

METHODS: Final = (
    Method(
        name="monitoring.projects.timeSeries.list",
        http=("GET /v3/{name=projects/{project}}/timeSeries",),
        handle=state.list_time_series,
        service=SERVICE,
        source="https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.timeSeries/list",
        scopes=SCOPES,
        fields=(
            f"name,filter,interval(startTime,endTime),aggregation{AGGREGATION},secondaryAggregation{AGGREGATION},"
            "orderBy,view,pageSize,pageToken"
        ),
        enums={
            "timeSeries.metricKind": {"METRIC_KIND_UNSPECIFIED": 0, "GAUGE": 1, "DELTA": 2, "CUMULATIVE": 3},
            "timeSeries.valueType": {"VALUE_TYPE_UNSPECIFIED": 0, "BOOL": 1, "INT64": 2, "DOUBLE": 3, "STRING": 4},
        },
    ),
)
