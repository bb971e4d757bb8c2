"""What a status without a text can mean, the likeliest first, and what in the text would decide.

The order is that of the collected reports (`tests/diagnoses/catalog.py`): what a person who sets a project up meets
first comes first. No number of Google's stands behind it.
"""

from __future__ import annotations

from typing import Final

_DENIED: Final = (
    ("IAM_PERMISSION_DENIED", "reason IAM_PERMISSION_DENIED, or “Permission '…' denied on resource”"),
    ("SERVICE_DISABLED", "reason SERVICE_DISABLED, or “has not been used in project … before or it is disabled”"),
    ("BILLING_DISABLED", "reason BILLING_DISABLED, or “requires billing to be enabled”"),
    ("CONSUMER_INVALID", "reason CONSUMER_INVALID, or “Permission denied on resource project …”"),
    ("USER_PROJECT_DENIED", "reason USER_PROJECT_DENIED, or “required permission to use project”"),
    ("QUOTA_PROJECT_MISSING", "“requires a quota project, which is not set by default”"),
    ("ACCESS_TOKEN_SCOPE_INSUFFICIENT", "“insufficient authentication scopes”"),
    ("SECURITY_POLICY_VIOLATED", "“vpcServiceControlsUniqueIdentifier”"),
    ("RESOURCE_USAGE_RESTRICTION_VIOLATED", "“constraints/gcp.restrictServiceUsage”"),
    ("EDGE_ERROR", "no body at all, or a page “Error 403 (Forbidden)!!1”"),
)
_UNAUTHENTICATED: Final = (
    ("CREDENTIALS_MISSING", "reason CREDENTIALS_MISSING: no token was sent"),
    ("ACCESS_TOKEN_EXPIRED", "reason ACCESS_TOKEN_EXPIRED, or “invalid authentication credentials”"),
    ("ACCESS_TOKEN_TYPE_UNSUPPORTED", "reason ACCESS_TOKEN_TYPE_UNSUPPORTED: an API key, or a token of another kind"),
    ("API_KEY_UNSUPPORTED", "“API keys are not supported by this API”"),
    ("ACCOUNT_STATE_INVALID", "reason ACCOUNT_STATE_INVALID: the account is disabled or deleted"),
)
_NOT_FOUND: Final = (
    ("PUBLISHER_MODEL_NOT_FOUND", "“Publisher Model `…` was not found”"),
    ("ENDPOINT_NOT_FOUND", "“Endpoint `…` not found”"),
    ("WRONG_PATH", "a page “Error 404 (Not Found)!!1”: the address is wrong"),
    ("SDK_HIDES_BODY", "“404 status code (no body)” of the OpenAI SDK"),
    ("SERVICE_ACCOUNT_UNKNOWN", "“Unknown service account”"),
    ("NOT_FOUND", "any other text: one of the names in the call"),
)
_EXHAUSTED: Final = (
    ("SHARED_CAPACITY", "“Resource exhausted, please try again later”: the model's shared capacity"),
    ("MODEL_QUOTA", "“Quota exceeded for aiplatform.googleapis.com/… with base model”"),
    ("RATE_LIMIT_EXCEEDED", "reason RATE_LIMIT_EXCEEDED, or “per minute”: calls of the project"),
    ("SHARED_PROJECT_THROTTLED", "consumer 764086051850, 618104708054 or 32555940559: no quota project"),
    ("RESOURCE_QUOTA_EXCEEDED", "“Quota '…' exceeded. Limit”: what exists is counted"),
    ("PROJECT_QUOTA", "“exceeded your allotted project quota”"),
)
_INVALID: Final = (
    ("MALFORMED_PUBLISHER_MODEL", "“Malformed publisher model”"),
    ("UNKNOWN_FIELD", "“Invalid JSON payload received. Unknown name”"),
    ("UNSUPPORTED_PARAMETER", "tool_choice, response_format or another parameter is named"),
    ("PUBLISHER_MODEL_NOT_SERVABLE", "“is not servable in region”"),
    ("SERVICE_ACCOUNT_NOT_THERE", "“Service account … does not exist”"),
    ("MEMBER_PREFIX", "“is of an unknown type”: a member of a policy"),
    ("ROLE_NOT_SUPPORTED", "“Role … is not supported for this resource”"),
    ("UREQ_PROJECT_BILLING_NOT_FOUND", "“Billing account for project … is not found”"),
    ("INVALID_ARGUMENT", "any other text: what it names"),
)
_PRECONDITION: Final = (
    ("UREQ_PROJECT_BILLING_NOT_FOUND", "“Billing account for project … is not found”"),
    ("PUBLISHER_MODEL_NOT_ALLOWED", "“is not allowed to use Publisher Model”"),
    ("CUSTOM_ORG_POLICY_VIOLATION", "“Operation denied by org policy”"),
    ("KEY_CREATION_FORBIDDEN", "“Key creation is not allowed on this service account”"),
    ("BILLING_QUOTA", "“Cloud billing quota exceeded”"),
    ("PRECONDITION_FAILED", "“Precondition check failed.” and nothing else"),
)
_EXISTS: Final = (
    ("ALREADY_EXISTS", "“already exists”"),
    ("PROJECT_ID_TAKEN", "a project was to be created"),
    ("WIF_ID_TAKEN", "a workload identity pool or provider was to be created"),
    ("SERVICE_ACCOUNT_EXISTS", "a service account was to be created"),
    ("CONCURRENT_POLICY_CHANGE", "“concurrent policy changes”"),
    ("ABORTED", "any other text"),
)
LIKELY: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    **dict.fromkeys(("403", "PERMISSION_DENIED", "FORBIDDEN"), _DENIED),
    **dict.fromkeys(("401", "UNAUTHENTICATED", "UNAUTHORIZED"), _UNAUTHENTICATED),
    **dict.fromkeys(("404", "NOT_FOUND"), _NOT_FOUND),
    **dict.fromkeys(("429", "RESOURCE_EXHAUSTED", "TOO_MANY_REQUESTS"), _EXHAUSTED),
    **dict.fromkeys(("400", "INVALID_ARGUMENT", "BAD_REQUEST"), _INVALID),
    "FAILED_PRECONDITION": _PRECONDITION,
    **dict.fromkeys(("409", "ALREADY_EXISTS", "CONFLICT"), _EXISTS),
    **dict.fromkeys(
        ("500", "INTERNAL"),
        (("INTERNAL", "any text of Google's: it passes"), ("ENABLE_INTERNAL_ERROR", "“160009” or “failed services”")),
    ),
    **dict.fromkeys(
        ("503", "UNAVAILABLE"),
        (
            ("UNAVAILABLE", "“The service is currently unavailable”: it passes"),
            ("NO_HEALTHY_UPSTREAM", "“no healthy upstream”: the model's servers there are down"),
            ("UNREACHABLE", "“failed to connect to all addresses”: the network"),
            ("PROXY_PAGE", "a page of a proxy in between"),
        ),
    ),
    **dict.fromkeys(
        ("504", "DEADLINE_EXCEEDED"),
        (
            ("DEADLINE_EXCEEDED", "any text of Google's: a long answer or a cold model"),
            ("HTML_PAGE", "a web page instead of JSON"),
        ),
    ),
    **dict.fromkeys(
        ("501", "UNIMPLEMENTED"),
        (
            ("WRONG_HOST", "“Method not found”, or “http2 header with status: 404”"),
            ("NOT_SERVED_BY_SANDBOX", "“is not served by the sandbox”"),
        ),
    ),
}
"""Statuses and HTTP codes with the rows that they can come to, and the words that tell which."""
