"""How to see each diagnosis happen: the fault that provokes the error in the sandbox, and the call that meets it.

Names of errors are those that the sandbox's faults take (emulator/docs/reference/errors.md). What no server can
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
    "create": ("cloudresourcemanager", "POST", "/v3/projects", '{"projectId": "my-reproduction-1"}'),
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
# The call succeeds, and the operation that it starts fails.
_SLOWLY: Final = frozenset({"PROJECT_QUOTA", "TOS", "ENABLE_INTERNAL_ERROR"})
# Why several rows, or rows that share a reason, cannot be shown; a row's own reason is in the row.
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
        ("PROXY_AUTHENTICATION", "PROXY_PAGE", "HTML_PAGE", "EMPTY_BODY", "EMPTY_404", "MALFORMED_RESPONSE"),
        "something in between sends it; a fault with `raw_body` can imitate the text.",
    ),
    **dict.fromkeys(
        ("UNREACHABLE", "TIMEOUT", "STREAM_BROKEN", "STREAM_STALLED", "STREAM_ENDLESS", "CHAT_EMPTY", "CHAT_UNFINISHED", "CHAT_NO_TEXT", "OPERATION_NOT_DONE"),
        "no error is sent; the faults `drop`, `latency_ms`, `cut_stream_after`, `slow_body_ms`, `end_stream_after` and `lro_never` show it to `provision check`.",
    ),
    **dict.fromkeys(
        ("METADATA_SERVER", "GKE_NO_WORKLOAD_IDENTITY"),
        "it shows where there is no metadata server, or one that knows no account; clients word it, not the server.",
    ),
    **dict.fromkeys(
        ("INVALID_GRANT", "ABORTED", "NOT_FOUND", "INVALID_ARGUMENT", "SERVICES_LIST_DENIED", "STS_STALE", "STS_AUDIENCE_MALFORMED", "WRONG_PUBLISHER",
            "SERVER_TOOL_PARSER", "SERVER_JINJA", "SERVER_CHAT_TEMPLATE", "SERVER_MODEL_NAME", "SERVER_WITHOUT_TOOLS", "SERVER_HARMONY",
            "SCOPE_NOT_NAMED", "DELEGATION_DENIED", "IMPERSONATED_ACCOUNT_UNKNOWN", "POLICY_UPDATE_DENIED"),
        "the sandbox has no error of that name; a fault with `status` and `message` sends any text.",
    ),
    "OWNER_MUST_BE_INVITED": "the sandbox needs no fault for it: grant roles/owner to someone of another domain with gcloud, and paste what it says.",
    "UNAUTHENTICATED": "it is what any other wording of a 401 comes to; the one that Google uses is ACCESS_TOKEN_EXPIRED.",
    "BILLING_NO_ACCOUNTS": "the answer is an empty list and no error: the fault NO_BILLING_ACCOUNT_VISIBLE sends it.",
    "OIDC_PERMISSION_MISSING": "it happens between a job and GitHub.",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Reproduction:
    """How one diagnosis is seen to happen.

    Attributes:
        error: the name that a fault takes.
        host, verb, path, body: the call that meets it; PROJECT stands for the project.
        operation: the call succeeds, and the operation that it starts fails.
        text_only: why the sandbox cannot show it; all else is empty then.
    """

    error: str = ""
    host: str = ""
    verb: str = ""
    path: str = ""
    body: str = ""
    operation: bool = False
    text_only: str = ""

    @property
    def faults(self) -> str:
        """The file of faults, as JSON."""
        return json.dumps([{"error": self.error}])

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
    row = by_key(key)
    if row.reproduced_by:
        error, call = row.reproduced_by
        api, verb, path, body = _CALLS[call]
        return Reproduction(
            error=error, host=f"{api}.googleapis.com", verb=verb, path=path, body=body, operation=key in _SLOWLY
        )
    if row.not_reproduced:
        return Reproduction(text_only=row.not_reproduced)
    if key in _TEXT_ONLY:
        return Reproduction(text_only=_TEXT_ONLY[key])
    checks = ", ".join(row.triggered_by)
    return Reproduction(text_only=f"nothing is refused; `provision check` sees it in what is there ({checks}).")
