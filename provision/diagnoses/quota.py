"""Quota: too many calls, or too little allotted."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Match, Request

_REASONS: Final = "https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto"
_429: Final = "https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/deploy/error-code-429"
_QUOTAS: Final = "https://console.cloud.google.com/iam-admin/quotas?project={consumer}"
_PER_MINUTE: Final = r"Quota exceeded for quota (metric|group) .{0,200}(for consumer|per minute)"


def _more(what: str) -> Request:
    return Request(
        ask=f"ask for a larger quota of {what} (needs roles/servicemanagement.quotaAdmin)",
        resource="projects/{consumer}",
        reason="calls of {principal} are refused: {message}",
        command=f"{_QUOTAS}   (tick the quota, then Edit)",
    )


ROWS: Final = (
    Diagnosis(
        key="RATE_LIMIT_EXCEEDED",
        reproduced_by=("RATE_LIMIT_EXCEEDED", "project"),
        match=Match(reason="RATE_LIMIT_EXCEEDED"),
        also=(Match(text=_PER_MINUTE),),
        fix_owner="google",
        retryable=True,
        source=_REASONS,
        cause="All else ready: more calls a minute than the quota {quota_limit} of {service} allows, counted for {consumer}.",
        fix=f"wait a minute and run it again; to raise the limit: {_QUOTAS}",
        triggered_by=("any",),
    ),
    Diagnosis(
        key="SHARED_PROJECT_THROTTLED",
        reproduced_by=("RATE_LIMIT_SHARED_PROJECT", "project"),
        match=Match(
            reason="RATE_LIMIT_EXCEEDED",
            metadata=("consumer", r"\b(764086051850|618104708054|32555940559)$"),
        ),
        also=(Match(text=rf"{_PER_MINUTE}.{{0,100}}(764086051850|618104708054|32555940559)", priority=10),),
        fix_owner="you",
        retryable=True,
        source="https://cloud.google.com/docs/authentication/adc-troubleshooting/user-creds",
        cause="Your login names no project that calls are charged to, so you share a limit of Google's own project with everyone else.",
        fix="gcloud auth application-default set-quota-project {project_id}   (for gcloud itself: gcloud config set billing/quota_project {project_id})",
        triggered_by=("GetProject", "BatchGetServices", "GetProjectBillingInfo"),
    ),
    Diagnosis(
        key="RESOURCE_QUOTA_EXCEEDED",
        reproduced_by=("RESOURCE_QUOTA_EXCEEDED", "project"),
        match=Match(reason="RESOURCE_QUOTA_EXCEEDED"),
        also=(
            Match(
                text=r"Quota violated: \w+|Max instances must be set to|Quota exceeded for total allowable|Insufficient (regional|project|zonal)? ?quota to satisfy|A quota has been reached for project|quota metrics exceed quota limits|following quotas are exceeded|Quota '[\w-]+' exceeded\.\s+Limit|quota limit .{0,80}has been exceeded"
            ),
        ),
        fix_owner="admin",
        source=_REASONS,
        cause="The quota {quota_limit} is used up: it counts what exists, so waiting does not help.",
        fix=f"delete what is not needed, or ask for more: {_QUOTAS}",
        request=_more("{quota_limit}"),
        triggered_by=("any",),
    ),
    Diagnosis(
        key="ZONE_EXHAUSTED",
        match=Match(
            text=r"ZONE_RESOURCE_POOL_EXHAUSTED|GCE_STOCKOUT|does not have enough resources available to fulfill the request",
            priority=5,
        ),
        fix_owner="google",
        retryable=True,
        source="https://docs.cloud.google.com/compute/docs/troubleshooting/troubleshooting-resource-availability",
        cause="Google has no machine of this type free in that zone just now. It is no one's quota, and nothing is wrong with the project.",
        fix="try another zone or machine type (the message may name zones that have some), or run it again later; for certainty make a reservation",
        triggered_by=("any",),
        not_reproduced="the sandbox starts no machines.",
    ),
    Diagnosis(
        key="KEYS_LIMIT",
        match=Match(text=r"Maximum number of keys on account reached"),
        fix_owner="you",
        source="https://docs.cloud.google.com/iam/quotas",
        cause="The service account {email} has ten keys, which is the most that it may have; waiting does not help.",
        fix="gcloud iam service-accounts keys list --iam-account={email} --managed-by=user   (then delete those that nothing uses: gcloud iam service-accounts keys delete KEY_ID --iam-account={email}; better use no key: impersonate the account)",
        triggered_by=("CreateServiceAccountKey",),
        not_reproduced="the sandbox has no error of that name; a fault with `status` and `message` sends any text.",
    ),
    Diagnosis(
        key="MODEL_QUOTA",
        reproduced_by=("MODEL_QUOTA", "chat"),
        match=Match(
            status="RESOURCE_EXHAUSTED", text=r"Quota exceeded for aiplatform\.googleapis\.com/\S+ with base model"
        ),
        also=(Match(text=r"Quota exceeded for aiplatform\.googleapis\.com/\S+( with base model)?"),),
        fix_owner="admin",
        retryable=True,
        source="https://github.com/GoogleCloudPlatform/Open_Data_QnA/issues/61",
        cause="All else ready: the project's quota for this model is used up, or is zero (for a partner's model it begins at zero, and waiting never helps). {message}",
        fix=f"wait a minute and run it again; if it stays so, ask for more: {_QUOTAS}",
        request=_more("the model that the error names"),
        triggered_by=("ChatCompletions",),
    ),
    Diagnosis(
        key="PROVISIONED_THROUGHPUT",
        reproduced_by=("PROVISIONED_THROUGHPUT_EXCEEDED", "chat"),
        match=Match(text=r"Exceeded the Provisioned Throughput"),
        fix_owner="you",
        retryable=True,
        source=_429,
        cause="All else ready: more was asked for than the Provisioned Throughput you bought.",
        fix="leave out the header X-Vertex-AI-LLM-Request-Type: dedicated, so that the rest is served from shared capacity; or buy more",
        triggered_by=("ChatCompletions",),
    ),
    Diagnosis(
        key="GEMINI_DEVELOPER_API",
        reproduced_by=("GEMINI_API_QUOTA", "chat"),
        match=Match(
            text=r"^(?!.*has not been used in project).*(generativelanguage\.googleapis\.com|ai\.google\.dev/gemini-api|check your plan and billing details.{0,80}(gemini|ai\.google))",
            priority=12,
        ),
        also=(Match(metadata=("service", r"^generativelanguage\."), priority=125),),
        fix_owner="you",
        source="https://ai.google.dev/gemini-api/docs/rate-limits",
        cause="This comes from the Gemini Developer API, which is another product with its own keys and limits: the call did not go to Vertex AI. It says: {message}",
        fix="set the base URL to https://aiplatform.googleapis.com/v1/projects/{project_id}/locations/global/endpoints/openapi   (`provision models` shows models and locations; to stay with that API: its keys and limits are at https://aistudio.google.com/api-keys)",
        triggered_by=("ChatCompletions",),
    ),
    Diagnosis(
        key="SHARED_CAPACITY",
        reproduced_by=("SHARED_CAPACITY", "chat"),
        match=Match(
            status="RESOURCE_EXHAUSTED",
            service="aiplatform.googleapis.com",
            method=r"^(?!List|Get)",  # these ask no model
            conclusive=False,
        ),
        also=(Match(text=r"Resource exhausted, please try again later|error-code-429|temporarily out of capacity"),),
        fix_owner="google",
        retryable=True,
        source=_429,
        cause="All else ready: the model's shared capacity is exhausted just now. It is no one's quota.",
        fix="run it again in a minute; the location `global` is refused least",
        triggered_by=("ChatCompletions",),
    ),
    Diagnosis(
        key="RESOURCE_EXHAUSTED",
        reproduced_by=("RESOURCE_EXHAUSTED", "project"),
        match=Match(status="RESOURCE_EXHAUSTED"),
        also=(Match(code=429),),
        fix_owner="google",
        retryable=True,
        source="https://cloud.google.com/apis/design/errors",
        cause="All else ready: Google is throttling {called_service}. {message}",
        fix="wait a minute and run it again",
        triggered_by=("any",),
    ),
)
