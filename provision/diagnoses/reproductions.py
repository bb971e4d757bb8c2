"""How to see each diagnosis happen: the fault that provokes the refusal in the sandbox, and the call that meets it.

Names of refusals are those that the sandbox's faults take (emulator/docs/reference/refusals.md). What no server can
answer, or only shows in a project's state, says why instead.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from provision.diagnoses import by_key

_V1: Final = "/v1/projects/PROJECT"
_POOLS: Final = f"{_V1}/locations/global/workloadIdentityPools"
_ROBOT: Final = "serviceAccounts/robot@PROJECT.iam.gserviceaccount.com"
_CHAT: Final = '{"model": "openai/gpt-oss-120b-maas", "messages": [{"role": "user", "content": "hello"}]}'
# For each call: the API, the verb, the path and the body.
_CALLS: Final[dict[str, tuple[str, str, str, str]]] = {
    "chat": ("aiplatform", "POST", f"{_V1}/locations/global/endpoints/openapi/chat/completions", _CHAT),
    "endpoints": ("aiplatform", "GET", f"{_V1}/locations/us-central1/endpoints", ""),
    "deploy": (
        "aiplatform",
        "POST",
        f"{_V1}/locations/us-central1:deploy",
        '{"publisherModelName": "publishers/google/models/gemma3@gemma-3-1b-it"}',
    ),
    "project": ("cloudresourcemanager", "GET", "/v3/projects/PROJECT", ""),
    "create": ("cloudresourcemanager", "POST", "/v3/projects", '{"projectId": "my-rehearsal-1"}'),
    "delete": ("cloudresourcemanager", "DELETE", "/v3/projects/PROJECT", ""),
    "operation": ("cloudresourcemanager", "GET", "/v1/operations/cp.1", ""),
    "policy": ("cloudresourcemanager", "POST", f"{_V1}:setIamPolicy", '{"policy": {"bindings": []}}'),
    "enable": ("serviceusage", "POST", f"{_V1}/services:batchEnable", '{"serviceIds": ["notebooks.googleapis.com"]}'),
    "disable": ("serviceusage", "POST", f"{_V1}/services/aiplatform.googleapis.com:disable", "{}"),
    "link": (
        "cloudbilling",
        "PUT",
        f"{_V1}/billingInfo",
        '{"billingAccountName": "billingAccounts/000000-AAAAAA-111111"}',
    ),
    "accounts": ("cloudbilling", "GET", "/v1/billingAccounts", ""),
    "robot": ("iam", "GET", f"{_V1}/{_ROBOT}", ""),
    "robots": ("iam", "POST", f"{_V1}/serviceAccounts", '{"accountId": "robot-1"}'),
    "key": ("iam", "POST", f"{_V1}/{_ROBOT}/keys", "{}"),
    "pool": ("iam", "POST", f"{_POOLS}?workloadIdentityPoolId=builds", "{}"),
    "provider": ("iam", "POST", f"{_POOLS}/builds/providers?workloadIdentityPoolProviderId=github", "{}"),
    "orgpolicy": ("orgpolicy", "GET", "/v2/projects/PROJECT/policies/iam.allowedPolicyMemberDomains", ""),
    "impersonate": ("iamcredentials", "POST", f"/v1/projects/-/{_ROBOT}:generateAccessToken", '{"scope": []}'),
    "token": ("oauth2", "POST", "/token", "grant_type=refresh_token"),
    "exchange": ("sts", "POST", "/v1/token", '{"grantType": "x"}'),
}
# the sandbox's name of the refusal where it is not the row's key, and the call
_MET_BY: Final[dict[str, tuple[str, str]]] = {
    **{
        key: (key, "project")
        for key in (
            "CREDENTIALS_MISSING",
            "ACCESS_TOKEN_EXPIRED",
            "ACCESS_TOKEN_TYPE_UNSUPPORTED",
            "ACCOUNT_STATE_INVALID",
            "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
            "USER_BLOCKED_BY_ADMIN",
            "QUOTA_PROJECT_MISSING",
            "USER_PROJECT_DENIED",
            "CONSUMER_INVALID",
            "CONSUMER_DELETED",
            "CONSUMER_SUSPENDED",
            "RESOURCE_PROJECT_INVALID",
            "RATE_LIMIT_EXCEEDED",
            "RESOURCE_QUOTA_EXCEEDED",
            "RESOURCE_EXHAUSTED",
            "IAM_PERMISSION_DENIED",
            "RESOURCE_USAGE_RESTRICTION_VIOLATED",
            "CUSTOM_ORG_POLICY_VIOLATION",
            "SECURITY_POLICY_VIOLATED",
            "TLS_ORG_POLICY_VIOLATED",
            "CANCELLED",
            "UNAVAILABLE",
            "DEADLINE_EXCEEDED",
            "INTERNAL",
            "WRONG_PATH",
        )
    },
    **{
        key: (key, "chat")
        for key in (
            "BILLING_DISABLED",
            "SERVICE_DISABLED",
            "PREDICT_DENIED",
            "PUBLISHER_MODEL_NOT_FOUND",
            "PUBLISHER_MODEL_NOT_ALLOWED",
            "PUBLISHER_MODEL_NOT_SERVABLE",
            "ALLOWED_MODELS",
            "MALFORMED_PUBLISHER_MODEL",
            "SERVICE_AGENTS",
            "SHARED_CAPACITY",
            "MODEL_QUOTA",
            "DEDICATED_ENDPOINT",
            "UNSUPPORTED_PARAMETER",
            "GEMINI_THROUGH_PREDICT",
            "NO_HEALTHY_UPSTREAM",
            "LOCATION_TAX_POLICY_VIOLATED",
            "ENDPOINT_NOT_FOUND",
        )
    },
    **{key: (key, "token") for key in ("INVALID_RAPT", "CLOCK_SKEW", "INVALID_JWT_SIGNATURE", "ACCOUNT_NOT_FOUND")},
    **{key: (key, "exchange") for key in ("STS_ISSUER_UNREACHABLE", "STS_SUBJECT_TOO_LONG")},
    **{
        key: (key, "enable")
        for key in (
            "UREQ_PROJECT_BILLING_NOT_FOUND",
            "UREQ_PROJECT_BILLING_NOT_OPEN",
            "UREQ_TOS_NOT_ACCEPTED",
            "AUTH_PERMISSION_DENIED",
            "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED",
            "ACTIVATION_IN_PROGRESS",
            "PROJECT_UNKNOWN_TO_SERVICE_USAGE",
        )
    },
    **{key: (key, "create") for key in ("PROJECT_ID_TAKEN", "PROJECT_CREATE_DENIED", "PROJECT_QUOTA", "TOS")},
    **{
        key: (key, "link")
        for key in ("BILLING_QUOTA", "BILLING_CONSTRAINT", "BILLING_PERMISSION", "BILLING_ACCOUNT_UNKNOWN")
    },
    "API_KEY_UNSUPPORTED": ("API_KEY_NOT_SUPPORTED", "project"),
    "PERMISSION_DENIED": ("PERMISSION_DENIED", "endpoints"),
    "CALLERS_SERVICE_DISABLED": ("SERVICE_DISABLED", "accounts"),
    "TOKEN_REVOKED": ("INVALID_GRANT", "token"),
    "STS_CONDITION": ("STS_CONDITION_REFUSED", "exchange"),
    "STS_AUDIENCE": ("STS_AUDIENCE_REFUSED", "exchange"),
    "STS_INVALID_TARGET": ("STS_TARGET_INVALID", "exchange"),
    "STS_THROTTLED": ("STS_RATE_LIMIT", "exchange"),
    "IMPERSONATION_DENIED": ("IMPERSONATION_DENIED", "impersonate"),
    "PROJECT_HAS_LIENS": ("PROJECT_HAS_ACTIVE_CHILDREN", "delete"),
    "OPERATION_GONE": ("OPERATION_NOT_FOUND", "operation"),
    "PRECONDITION_FAILED": ("PRECONDITION_CHECK_FAILED", "enable"),
    "ENABLE_INTERNAL_ERROR": ("BATCH_ENABLE_INTERNAL", "enable"),
    "SERVICE_HAS_USAGE": ("COMMON_SU_SERVICE_HAS_USAGE", "disable"),
    "LOCATION_MISMATCH": ("LOCATION_MISMATCH", "endpoints"),
    "EULA_NOT_ACCEPTED": ("EULA_NOT_ACCEPTED", "deploy"),
    "SERVICE_HAS_DEPENDENTS": ("COMMON_SU_SERVICE_HAS_DEPENDENT_SERVICES", "disable"),
    "SHARED_PROJECT_THROTTLED": ("RATE_LIMIT_SHARED_PROJECT", "project"),
    "SERVICE_ACCOUNT_NEW": ("ACCOUNT_NOT_YET_READABLE", "robot"),
    "ORG_POLICY_UNREADABLE": ("ORG_POLICY_NOT_READABLE", "orgpolicy"),
    "KEY_CREATION_FORBIDDEN": ("KEY_CREATION_DISABLED", "key"),
    "ACCOUNT_CREATION_FORBIDDEN": ("ACCOUNT_CREATION_DISABLED", "robots"),
    "MEMBER_DOMAIN_FORBIDDEN": ("MEMBER_NOT_PERMITTED", "policy"),
    "WIF_ISSUER_FORBIDDEN": ("ISSUER_NOT_PERMITTED", "provider"),
    "WIF_PROVIDER_NEEDS_CONDITION": ("ATTRIBUTE_CONDITION_REQUIRED", "provider"),
    "WIF_ID_TAKEN": ("POOL_ID_TAKEN", "pool"),
    "LOCATION_FORBIDDEN": ("LOCATION_ORG_POLICY_VIOLATED", "chat"),
    "CONCURRENT_POLICY_CHANGE": ("CONCURRENT_POLICY_CHANGES", "policy"),
    "SERVICE_ACCOUNT_NOT_THERE": ("MEMBER_NOT_FOUND", "policy"),
    "PROVISIONED_THROUGHPUT": ("PROVISIONED_THROUGHPUT_EXCEEDED", "chat"),
    "GEMINI_DEVELOPER_API": ("GEMINI_API_QUOTA", "chat"),
    "ENDPOINT_EMPTY": ("NO_TRAFFIC_SPLIT", "chat"),
    "PROMPT_TOO_LONG": ("TOO_MANY_TOKENS", "chat"),
    "USER_LOCATION": ("USER_LOCATION_UNSUPPORTED", "chat"),
    "EDGE_REFUSAL": ("EDGE_FORBIDDEN", "project"),
    "WRONG_HOST": ("METHOD_NOT_FOUND", "endpoints"),
}
_SLOWLY: Final = frozenset({"PROJECT_QUOTA", "TOS", "ENABLE_INTERNAL_ERROR"})
"""The call succeeds, and the operation that it starts fails."""

_TEXT_ONLY: Final[dict[str, str]] = {
    **dict.fromkeys(
        (
            "NO_CREDENTIALS", "CREDENTIALS_FILE_MISSING", "CREDENTIALS_FILE_UNREADABLE", "CREDENTIALS_FILE_MALFORMED",
            "PRIVATE_KEY_MALFORMED", "UNIVERSE_MISMATCH", "OPENAI_KEY_MISSING", "GCLOUD_NO_ACCOUNT", "BAD_PROJECT_ID",
            "GCLOUD_OVERRIDE_SLASH", "UNSUPPORTED_REGION", "DELETION_POLICY", "NOT_USABLE_IN_TIME",
            "PROJECT_NOT_NAMED",
        ),
        "it happens in the client, before anything is sent.",
    ),
    **dict.fromkeys(
        ("DEDICATED_DNS", "NAME_NOT_RESOLVED", "TLS", "TLS_STRICT", "RESTRICTED_HOST_TLS", "PLAINTEXT_SERVER", "IPV6"),
        "it is a matter of names or TLS on the way; plain HTTP on loopback has neither.",
    ),
    **dict.fromkeys(
        ("PROXY_AUTHENTICATION", "PROXY_PAGE", "HTML_PAGE", "EMPTY_BODY", "GARBLED"),
        "something in between sends it; a fault with `raw_body` can imitate the text.",
    ),
    **dict.fromkeys(
        ("UNREACHABLE", "TIMEOUT", "STREAM_BROKEN", "STREAM_STALLED", "CHAT_EMPTY", "CHAT_UNFINISHED", "CHAT_NO_TEXT", "OPERATION_NOT_DONE"),
        "no refusal is sent; the faults `drop`, `latency_ms`, `cut_stream_after`, `slow_body_ms`, `end_stream_after` and `lro_never` show it to `provision check`.",
    ),
    **dict.fromkeys(
        ("METADATA_SERVER", "GKE_NO_WORKLOAD_IDENTITY"),
        "it shows where there is no metadata server, or one that knows no account; clients word it, not the server.",
    ),
    **dict.fromkeys(
        ("INVALID_GRANT", "ABORTED", "NOT_FOUND", "INVALID_ARGUMENT", "SERVICES_LIST_DENIED", "STS_STALE", "STS_AUDIENCE_MALFORMED", "WRONG_PUBLISHER",
            "SCOPE_NOT_NAMED", "DELEGATION_DENIED", "IMPERSONATED_ACCOUNT_UNKNOWN", "POLICY_UPDATE_DENIED"),
        "the sandbox has no refusal of that name; a fault with `status` and `message` sends any text.",
    ),
    "OWNER_MUST_BE_INVITED": "the sandbox needs no fault for it: grant roles/owner to somebody of another domain with gcloud, and paste what it says.",
    "UNAUTHENTICATED": "it is what any other wording of a 401 comes to; the one that Google uses is ACCESS_TOKEN_EXPIRED.",
    "BILLING_NO_ACCOUNTS": "the answer is an empty list and no refusal: the fault NO_BILLING_ACCOUNT_VISIBLE sends it.",
    "OIDC_PERMISSION_MISSING": "it happens between a job and GitHub.",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Reproduction:
    """How one diagnosis is seen to happen.

    Attributes:
        refusal: the name that a fault takes.
        host, verb, path, body: the call that meets it; PROJECT stands for the project.
        operation: the call succeeds, and the operation that it starts fails.
        text_only: why the sandbox cannot show it; all else is empty then.
    """

    refusal: str = ""
    host: str = ""
    verb: str = ""
    path: str = ""
    body: str = ""
    operation: bool = False
    text_only: str = ""

    @property
    def faults(self) -> str:
        """The file of faults, as JSON."""
        return json.dumps([{"refusal": self.refusal}])

    def commands(self) -> list[str]:
        """Return what to type: write the file, run a sandbox with it, make the call, explain what came."""
        path = self.path.replace("PROJECT", "$GOOGLE_CLOUD_PROJECT")
        url = f'"${{OPENAI_BASE_URL%%/v1/*}}{path}"'
        data = f" -d '\\''{self.body}'\\''" if self.body else ""
        kind = "" if self.path == "/token" or not self.body else ' -H "Content-Type: application/json"'
        call = f'curl -si -X {self.verb} -H "Authorization: Bearer $OPENAI_API_KEY"{kind}{data} {url}'
        if self.operation:
            version = self.path.split("/")[1]
            name = "sed -n '\\''s/.*\"name\": *\"\\(operations[^\"]*\\)\".*/\\1/p'\\''"
            call = f'name=$({call} | {name}); sleep 3; curl -si -H "Authorization: Bearer $OPENAI_API_KEY" "${{OPENAI_BASE_URL%%/v1/*}}/{version}/$name"'
        return [
            f"echo '{self.faults}' > faults.json",
            "provision sandbox run --faults faults.json -- sh -c "
            f"'{{ echo \"{self.verb} https://{self.host}{path}\"; {call}; }} | provision explain'",
        ]


def reproduction_of(key: str) -> Reproduction:
    """Return how a row is seen to happen.

    Raises:
        KeyError: there is no such row.
    """
    if key in _MET_BY:
        refusal, call = _MET_BY[key]
        api, verb, path, body = _CALLS[call]
        return Reproduction(
            refusal=refusal, host=f"{api}.googleapis.com", verb=verb, path=path, body=body, operation=key in _SLOWLY
        )
    if key in _TEXT_ONLY:
        return Reproduction(text_only=_TEXT_ONLY[key])
    checks = ", ".join(each for each in by_key(key).provoked_by)
    return Reproduction(text_only=f"nothing is refused; `provision check` sees it in what is there ({checks}).")
