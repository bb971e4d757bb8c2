"""Requests per minute: what a consumer may ask of an API, and the error for more.

The numbers are Google's documented ones; a method without a documented limit has none here. They are counted for each
consumer (the project that `admission.py` finds) in whole minutes of the emulator's clock, which is assumed: how Google
refills is not published. The emulator's own control API is never limited. `--no-rate-limits` (`Settings.rate_limits`)
turns them off, for load tests: the budget of 2,000 `projects.get` a second holds with limits off.

https://cloud.google.com/resource-manager/quotas, https://cloud.google.com/service-usage/quotas,
https://cloud.google.com/billing/quotas, https://cloud.google.com/iam/quotas,
https://docs.cloud.google.com/gemini-enterprise-agent-platform/machine-learning/quotas,
https://docs.cloud.google.com/asset-inventory/docs/quota
Names of metrics and limits other than `Read requests` of Resource Manager, which was recorded, are assumed.

Models may have quotas of their own, for each project: rows of `MODEL_QUOTAS`, which a state has none of unless it is
given some. They count whatever the setting says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gcp_emulator.errors import ApiError, error_info
from gcp_emulator.quota_overrides import in_force
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Called
    from gcp_emulator.store import State


@dataclass(frozen=True, kw_only=True)
class Limit:
    """One limit of one API.

    Args:
        service: the API.
        metric: its last segment, `read_requests`.
        title: how errors call it, `Read requests`.
        value: requests in a minute.
        regional: each region has a count of its own.
    """

    service: str
    metric: str
    title: str
    value: int
    regional: bool = False

    @property
    def name(self) -> str:
        """The metric in full."""
        return f"{self.service}/{self.metric}"

    @property
    def default(self) -> int:
        """What a project has unless it was granted another."""
        return self.value

    @property
    def id(self) -> str:
        """The id of the limit: `ReadRequestsPerMinutePerProject`."""
        words = self.metric.replace("_", " ").title().replace(" ", "")
        return f"{words}PerMinutePerProject" + ("PerRegion" if self.regional else "")


_CRM, _SU, _BILLING, _IAM = (
    f"{name}.googleapis.com" for name in ("cloudresourcemanager", "serviceusage", "cloudbilling", "iam")
)
_VERTEX: Final = "aiplatform.googleapis.com"
_ASSET: Final = "cloudasset.googleapis.com"

CRM_READ: Final = Limit(service=_CRM, metric="read_requests", title="Read requests", value=600)
CRM_LIST: Final = Limit(service=_CRM, metric="list_requests", title="List requests", value=240)
CRM_LIST_V3: Final = Limit(service=_CRM, metric="list_requests_v3", title="V3 list requests", value=600)
CRM_SEARCH: Final = Limit(service=_CRM, metric="search_requests", title="Search requests", value=600)
CRM_SEARCH_V3: Final = Limit(service=_CRM, metric="search_requests_v3", title="V3 search requests", value=240)
SU_READ: Final = Limit(service=_SU, metric="read_requests", title="Read requests", value=240)
SU_MUTATE: Final = Limit(service=_SU, metric="mutate_requests", title="Mutate requests", value=60)
BILLING: Final = Limit(service=_BILLING, metric="default_requests", title="Requests", value=300)
IAM_READ: Final = Limit(service=_IAM, metric="read_requests", title="Read requests", value=6000)
IAM_WRITE: Final = Limit(service=_IAM, metric="write_requests", title="Write requests", value=600)
POOLS_READ: Final = Limit(
    service=_IAM, metric="workload_identity_read_requests", title="Workload identity read requests", value=600
)
POOLS_WRITE: Final = Limit(
    service=_IAM, metric="workload_identity_write_requests", title="Workload identity write requests", value=60
)
CREDENTIALS: Final = Limit(
    service="iamcredentials.googleapis.com", metric="requests", title="Generate credentials requests", value=60_000
)
STS: Final = Limit(
    service="sts.googleapis.com", metric="token_exchange_requests", title="Token exchange requests", value=6000
)
VERTEX: Final = Limit(
    service=_VERTEX,
    metric="resource_management_requests",
    title="Resource management (CRUD) requests",
    value=600,
    regional=True,
)
VERTEX_LRO: Final = Limit(
    service=_VERTEX,
    metric="long_running_operation_submissions",
    title="Long-running operation submissions",
    value=60,
    regional=True,
)
PREDICTION: Final = Limit(
    service=_VERTEX,
    metric="online_prediction_requests",
    title="Online prediction requests",
    value=30_000,
    regional=True,
)
ASSET_SEARCH: Final = Limit(
    service=_ASSET, metric="search_all_resources_requests", title="SearchAllResources requests", value=400
)
ASSET_POLICY_SEARCH: Final = Limit(
    service=_ASSET, metric="search_all_iam_policies_requests", title="SearchAllIamPolicies requests", value=400
)
ASSET_LIST: Final = Limit(service=_ASSET, metric="list_assets_requests", title="ListAssets requests", value=100)

LIMITS: Final = (
    CRM_READ,
    CRM_LIST,
    CRM_LIST_V3,
    CRM_SEARCH,
    CRM_SEARCH_V3,
    SU_READ,
    SU_MUTATE,
    BILLING,
    IAM_READ,
    IAM_WRITE,
    POOLS_READ,
    POOLS_WRITE,
    CREDENTIALS,
    STS,
    VERTEX,
    VERTEX_LRO,
    PREDICTION,
    ASSET_SEARCH,
    ASSET_POLICY_SEARCH,
    ASSET_LIST,
)

COSTS: Final = {"BatchEnableServices": 5, "batchEnable": 5}
"""Calls that count as more than one: https://cloud.google.com/service-usage/quotas"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelQuota:
    """How many chats a minute a project may have with one model; the key is `<project number>/<model id>`."""

    key: str
    per_minute: int


MODEL_QUOTAS: Final = Table("aiplatform.model_quotas", ModelQuota, key="key")


def set_model_quota(state: State, number: str, model: str, per_minute: int) -> None:
    """Give a project a quota for a model, such as `openai/gpt-oss-20b-maas`."""
    state[MODEL_QUOTAS].put(ModelQuota(key=f"{number}/{model}", per_minute=per_minute))


def charge(call: Call, consumer: str) -> None:
    """Count a call against the limit of its method, if it has one.

    Args:
        call: the call.
        consumer: the number of the project that pays for it.

    Raises:
        Refused: RATE_LIMIT_EXCEEDED.
    """
    known = limit_of(call.method)
    if known is None:
        return
    limit, cost = known
    region = call.vars.get("location", "") if limit.regional else ""
    most = in_force(call.state, consumer, limit, region)
    if call.counters.over(call.clock.now(), (consumer, limit.name, region), cost, most):
        raise exceeded(consumer, limit, region, most)


def charge_exchange(call: Call, number: str) -> None:
    """Count an exchange of tokens, which has no caller to be charged, against the limit of the pool's project.

    Raises:
        Refused: of OAuth's shape, 429 `quota_exceeded`.
    """
    most = in_force(call.state, number, STS, "")
    if call.settings.rate_limits and call.counters.over(call.clock.now(), (number, STS.name), 1, most):
        raise exchange_throttled()


def charge_model(call: Call, number: str, model: str) -> None:
    """Count a chat against the quota that the project has for the model, if the state holds one.

    Raises:
        Refused: RESOURCE_EXHAUSTED.
    """
    quota = call.state[MODEL_QUOTAS].get(f"{number}/{model}")
    if quota and call.counters.over(call.clock.now(), (number, model), 1, quota.per_minute):
        raise model_exhausted(call.vars["location"], model)


def limit_of(method: Called) -> tuple[Limit, int] | None:
    """The limit that a method counts against, and how much a call of it costs."""
    verb = method.name.replace("/", ".").rpartition(".")[2]
    found = _LIMIT_OF.get(method.service)
    limit = found(method, verb.lower()) if found else None
    return (limit, COSTS.get(verb, 1)) if limit else None


def _crm(method: Called, verb: str) -> Limit | None:
    version_3 = ".v3." in method.name
    if verb.startswith("search"):
        return CRM_SEARCH_V3 if version_3 else CRM_SEARCH
    if verb.startswith("list"):
        return CRM_LIST_V3 if version_3 else CRM_LIST
    return None if version_3 or method.mutates else CRM_READ


def _serviceusage(method: Called, verb: str) -> Limit:  # noqa: ARG001 - all are asked alike
    return SU_MUTATE if method.mutates else SU_READ


def _billing(method: Called, verb: str) -> Limit:  # noqa: ARG001 - all are asked alike
    return BILLING


def _iam(method: Called, verb: str) -> Limit:  # noqa: ARG001 - all are asked alike
    if any("/workloadIdentityPools" in binding for binding in method.http):
        return POOLS_WRITE if method.mutates else POOLS_READ
    return IAM_WRITE if method.mutates else IAM_READ


def _credentials(method: Called, verb: str) -> Limit:  # noqa: ARG001 - all are asked alike
    return CREDENTIALS


_LONG: Final = frozenset(
    f"{verb}"
    for verb in (
        "createendpoint",
        "deleteendpoint",
        "deploymodel",
        "undeploymodel",
        "mutatedeployedmodel",
        "uploadmodel",
        "deletemodel",
        "deploy",
    )
)


def _vertex(method: Called, verb: str) -> Limit | None:
    if verb in {"chatcompletions", "completions"}:
        return PREDICTION
    if "/publishers/" in method.http[0] or "=publishers/" in method.http[0]:
        return None
    return VERTEX_LRO if verb in _LONG else VERTEX


def _asset(method: Called, verb: str) -> Limit | None:  # noqa: ARG001 - all are asked alike
    return {"searchallresources": ASSET_SEARCH, "searchalliampolicies": ASSET_POLICY_SEARCH, "list": ASSET_LIST}.get(
        verb
    )


_LIMIT_OF: Final = {
    _ASSET: _asset,
    _CRM: _crm,
    _SU: _serviceusage,
    _BILLING: _billing,
    _IAM: _iam,
    "iamcredentials.googleapis.com": _credentials,
    _VERTEX: _vertex,
}


def exceeded(number: str, limit: Limit, region: str, most: int) -> ApiError:
    """429 RATE_LIMIT_EXCEEDED for the project of this number.

    Recorded for Resource Manager (its details were cut); metadata: google/api/error_reason.proto.
    """
    return ApiError(
        "RESOURCE_EXHAUSTED",
        f"Quota exceeded for quota metric '{limit.title}' and limit '{limit.title} per minute' of service "
        f"'{limit.service}' for consumer 'project_number:{number}'.",
        error_info(
            "RATE_LIMIT_EXCEEDED",
            consumer=f"projects/{number}",
            service=limit.service,
            quota_metric=limit.name,
            quota_limit=limit.id,
            quota_limit_value=str(most),
            quota_location=region or "global",
        ),
    )


def exchange_throttled() -> ApiError:
    """429 of the Security Token Service, in OAuth's shape; which of its limits is named is assumed.

    https://cloud.google.com/iam/docs/troubleshooting-workload-identity-federation
    """
    return ApiError(
        "RESOURCE_EXHAUSTED", f"The request was throttled due to rate limit: {STS.name}", oauth="quota_exceeded"
    )


def model_exhausted(location: str, model: str) -> ApiError:
    """429 for a model with a quota of its own.

    https://github.com/GoogleCloudPlatform/Open_Data_QnA/issues/61
    """
    metric = "online_prediction_requests_per_base_model"
    prefix = "global_" if location == "global" else ""
    return ApiError(
        "RESOURCE_EXHAUSTED",
        f"Quota exceeded for aiplatform.googleapis.com/{prefix}{metric} with base model: {model.rpartition('/')[2]}. "
        "Please submit a quota increase request. https://cloud.google.com/vertex-ai/docs/generative-ai/quotas-genai.",
    )
