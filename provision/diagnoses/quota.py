"""Quota: too many calls, or too little allotted."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Match

_REASONS: Final = "https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto"

ROWS: Final = (
    Diagnosis(
        key="RATE_LIMIT_EXCEEDED",
        match=Match(reason="RATE_LIMIT_EXCEEDED"),
        who="google",
        retryable=True,
        source=_REASONS,
        cause="All else ready: more calls a minute than the quota {quota_limit} of {service} allows, counted for {consumer}.",
        fix="wait a minute and run it again; to raise it: https://console.cloud.google.com/iam-admin/quotas?project={project_id}",
        provoked_by=("any",),
    ),
    Diagnosis(
        key="RESOURCE_QUOTA_EXCEEDED",
        match=Match(reason="RESOURCE_QUOTA_EXCEEDED"),
        who="admin",
        source=_REASONS,
        cause="The quota {quota_limit} is used up, and waiting does not help.",
        fix="delete what is not needed, or ask for more: https://console.cloud.google.com/iam-admin/quotas?project={project_id}",
        provoked_by=("any",),
    ),
    Diagnosis(
        key="MODEL_QUOTA",
        match=Match(
            status="RESOURCE_EXHAUSTED",
            text=r"Quota exceeded for aiplatform\.googleapis\.com/\S+ with base model",
        ),
        who="admin",
        retryable=True,
        source="https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/deploy/error-code-429",
        cause="All else ready: the project's quota for this model is used up, or is zero. {message}",
        fix="wait a minute and run it again; if it stays so, ask for more: https://console.cloud.google.com/iam-admin/quotas?project={project_id}",
        provoked_by=("ChatCompletions",),
    ),
    Diagnosis(
        key="SHARED_CAPACITY",
        match=Match(status="RESOURCE_EXHAUSTED", service="aiplatform.googleapis.com"),
        who="google",
        retryable=True,
        source="https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/deploy/error-code-429",
        cause="All else ready: the model's shared capacity is exhausted just now. It is nobody's quota.",
        fix="run it again in a minute; the location `global` is refused least",
        provoked_by=("ChatCompletions",),
    ),
    Diagnosis(
        key="RESOURCE_EXHAUSTED",
        match=Match(status="RESOURCE_EXHAUSTED"),
        who="google",
        retryable=True,
        source="https://cloud.google.com/apis/design/errors",
        cause="All else ready: Google is throttling {called_service}. {message}",
        fix="wait a minute and run it again",
        provoked_by=("any",),
    ),
)
