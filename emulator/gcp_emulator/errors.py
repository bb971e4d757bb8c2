"""How Google refuses: one exception, one map from canonical code to HTTP and gRPC, one set of payloads.

A handler raises `ApiError`; the transports turn it into an HTTP body or a gRPC status, so that they cannot
disagree. The functions below are the errors that several services share, worded as Google words them.
Codes: https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
Details: https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto
Reasons: https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CODES: Final = {  # canonical name -> (HTTP status, gRPC code)
    "OK": (200, 0),
    "CANCELLED": (499, 1),
    "UNKNOWN": (500, 2),
    "INVALID_ARGUMENT": (400, 3),
    "DEADLINE_EXCEEDED": (504, 4),
    "NOT_FOUND": (404, 5),
    "ALREADY_EXISTS": (409, 6),
    "PERMISSION_DENIED": (403, 7),
    "RESOURCE_EXHAUSTED": (429, 8),
    "FAILED_PRECONDITION": (400, 9),
    "ABORTED": (409, 10),
    "OUT_OF_RANGE": (400, 11),
    "UNIMPLEMENTED": (501, 12),
    "INTERNAL": (500, 13),
    "UNAVAILABLE": (503, 14),
    "DATA_LOSS": (500, 15),
    "UNAUTHENTICATED": (401, 16),
}

STATUS_OF_HTTP: Final = {  # the canonical name a bare HTTP status stands for
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}

LEGACY_REASON: Final = {  # the word in `error.errors[].reason`, where an older API still sends that list
    "PERMISSION_DENIED": "forbidden",
    "NOT_FOUND": "notFound",
    "RESOURCE_EXHAUSTED": "rateLimitExceeded",
    "ALREADY_EXISTS": "alreadyExists",
    "FAILED_PRECONDITION": "failedPrecondition",
    "INVALID_ARGUMENT": "badRequest",
    "UNAUTHENTICATED": "authError",
    "ABORTED": "aborted",
    "UNAVAILABLE": "backendError",
}

NOT_CONFIGURED: Final = {
    "domain": "usageLimits",
    "reason": "accessNotConfigured",
    "extendedHelp": "https://console.developers.google.com",
}
"""What the older list says of an API that is off: https://github.com/hashicorp/terraform-provider-google/issues/4505."""

OAUTH_ERROR: Final = {  # the code where OAuth's shape is sent: RFC 6749, and IAM's page on troubleshooting STS
    "INVALID_ARGUMENT": "invalid_request",
    "RESOURCE_EXHAUSTED": "quota_exceeded",
}

TYPE: Final = "type.googleapis.com/google.rpc."

SDK_PROJECT: Final = "764086051850"
"""Google's own project, to which a person's application default credentials are charged where no other is named.

https://github.com/GoogleCloudPlatform/dlp-pdf-redaction/issues/31
"""

Detail = dict[str, Any]


class Dropped(Exception):
    """The connection is to be dropped, before an answer or within it: a fault asked for it, or an upstream did it."""


class ApiError(Exception):
    """An error, as Google would send it.

    Args:
        status: the canonical code, such as `PERMISSION_DENIED`.
        message: Google's wording.
        details: `google.rpc` details as proto-JSON, each with its `@type`.
        http: an HTTP status other than the canonical one (412 where an older API sends it).
        raw_body: sent instead of the JSON error (REST only).
        content_type: what `raw_body` is said to be; guessed from its beginning where it is empty.
        oauth: OAuth's error code, where the method answers in OAuth's shape.
        listed: the reason in the older list, where it is not the one that goes with the status.
        more: further fields of OAuth's shape, such as `error_subtype`.
        unserved: it is not Google's word, but the sandbox's, which does not serve what was asked.
    """

    def __init__(  # noqa: PLR0913 - each is a way in which some API answers
        self,
        status: str,
        message: str,
        *details: Detail,
        http: int | None = None,
        raw_body: str | None = None,
        content_type: str = "",
        oauth: str = "",
        listed: str = "",
        more: Mapping[str, str] | None = None,
        unserved: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.details = list(details)
        self.http = http or CODES[status][0]
        self.grpc = CODES[status][1]
        self.raw_body = raw_body
        self.content_type = content_type
        self.oauth = oauth
        self.listed = listed
        self.more = more or {}
        self.unserved = unserved

    @property
    def reason(self) -> str:
        """The `ErrorInfo` reason, empty where there is none."""
        for detail in self.details:
            if detail.get("@type") == TYPE + "ErrorInfo":
                return str(detail["reason"])
        return ""

    def body(self, *, legacy: bool = False) -> dict[str, Any]:
        """Return the JSON error; `legacy` adds the list that Resource Manager v1 and IAM v1 still send."""
        error: dict[str, Any] = {"code": self.http, "message": self.message}
        if legacy:
            listed = {"message": self.message, "domain": "global"}
            listed |= {"reason": self.listed or LEGACY_REASON.get(self.status, "backendError")}
            error["errors"] = [listed | (NOT_CONFIGURED if self.reason == "SERVICE_DISABLED" else {})]
        error["status"] = self.status
        if self.details:
            error["details"] = self.details
        return {"error": error}

    def operation_error(self) -> dict[str, Any]:
        """Return the error as the `error` of a long-running operation (a google.rpc.Status)."""
        error: dict[str, Any] = {"code": self.grpc, "message": self.message}
        if self.details:
            error["details"] = self.details
        return error


def error_info(reason: str, domain: str = "googleapis.com", **metadata: str) -> Detail:
    """Return a `google.rpc.ErrorInfo`."""
    return {"@type": TYPE + "ErrorInfo", "reason": reason, "domain": domain, "metadata": metadata}


def localized(message: str) -> Detail:
    """Return a `google.rpc.LocalizedMessage`."""
    return {"@type": TYPE + "LocalizedMessage", "locale": "en-US", "message": message}


def help_link(description: str, url: str) -> Detail:
    """Return a `google.rpc.Help` with one link."""
    return {"@type": TYPE + "Help", "links": [{"description": description, "url": url}]}


def precondition(kind: str, subject: str, description: str = "") -> Detail:
    """Return a `google.rpc.PreconditionFailure` with one violation."""
    violation = {"type": kind, "subject": subject}
    if description:
        violation["description"] = description
    return {"@type": TYPE + "PreconditionFailure", "violations": [violation]}


def bad_request(*violations: tuple[str, str]) -> Detail:
    """Return a `google.rpc.BadRequest` of (field, description) pairs."""
    listed = [{"field": field, "description": text} if field else {"description": text} for field, text in violations]
    return {"@type": TYPE + "BadRequest", "fieldViolations": listed}


def invalid_argument(message: str = "Request contains an invalid argument.", *details: Detail) -> ApiError:
    """Refuse a malformed request."""
    return ApiError("INVALID_ARGUMENT", message, *details)


def failed_precondition(message: str = "Precondition check failed.", *details: Detail) -> ApiError:
    """Refuse because of the state things are in."""
    return ApiError("FAILED_PRECONDITION", message, *details)


def not_found(message: str = "Requested entity was not found.") -> ApiError:
    """Refuse because it does not exist."""
    return ApiError("NOT_FOUND", message)


def already_exists(message: str = "Requested entity already exists") -> ApiError:
    """Refuse because the name is taken (the recorded answer to a taken project id)."""
    return ApiError("ALREADY_EXISTS", message)


def unimplemented(what: str, http: int | None = None) -> ApiError:
    """Refuse a method of Google's that the sandbox does not serve, or a part of one: never a pretended success.

    Args:
        what: which.
        http: 400 for a part of what is served: clients repeat what is answered with 5xx, some for minutes.
    """
    return ApiError("UNIMPLEMENTED", f"{what} is not served by the sandbox.", http=http, unserved=True)


def unimplemented_without(method: str, distribution: str) -> ApiError:
    """Refuse a method over gRPC whose messages are in a package of Google's that is not installed."""
    return ApiError(
        "UNIMPLEMENTED",
        f"{method} is served over REST alone here: over gRPC the sandbox needs the Python package {distribution} "
        f"beside it (pip install {distribution}; gcp-emulator brings it).",
    )


def caller_lacks_permission() -> ApiError:
    """Resource Manager's answer for what is forbidden and what does not exist alike (403, not 404).

    Recorded: `GET /v1/projects/{unknown}` of cloudresourcemanager.googleapis.com.
    """
    return ApiError("PERMISSION_DENIED", "The caller does not have permission")


def permission_denied(permission: str, resource: str, service: str) -> ApiError:
    """IAM's error with the missing permission by name.

    https://docs.cloud.google.com/iam/docs/permission-error-messages
    """
    return ApiError(
        "PERMISSION_DENIED",
        f"Permission '{permission}' denied on resource '//{service}/{resource}' (or it may not exist).",
        error_info("IAM_PERMISSION_DENIED", service, permission=permission, resource=resource),
    )


CREDENTIALS_HELP: Final = (
    "Expected OAuth 2 access token, login cookie or other valid authentication credential. "
    "See https://developers.google.com/identity/sign-in/web/devconsole-project."
)


def credentials_missing(service: str, method: str) -> ApiError:
    """401 CREDENTIALS_MISSING: no credential at all (error_reason.proto)."""
    return ApiError(
        "UNAUTHENTICATED",
        f"Request is missing required authentication credential. {CREDENTIALS_HELP}",
        error_info("CREDENTIALS_MISSING", service=service, method=method),
    )


def credentials_invalid(service: str, method: str) -> ApiError:
    """401 ACCESS_TOKEN_EXPIRED: a credential that is expired, revoked or garbage (error_reason.proto)."""
    return ApiError(
        "UNAUTHENTICATED",
        f"Request had invalid authentication credentials. {CREDENTIALS_HELP}",
        error_info("ACCESS_TOKEN_EXPIRED", service=service, method=method),
    )


def token_type_unsupported(service: str, method: str) -> ApiError:
    """401 ACCESS_TOKEN_TYPE_UNSUPPORTED: a bearer that is another sort of credential (error_reason.proto).

    https://github.com/NousResearch/hermes-agent/issues/69096
    """
    return ApiError(
        "UNAUTHENTICATED",
        f"Request had invalid authentication credentials. {CREDENTIALS_HELP}",
        error_info("ACCESS_TOKEN_TYPE_UNSUPPORTED", service=service, method=method),
    )


def api_key_not_supported(service: str, method: str) -> ApiError:
    """401 CREDENTIALS_MISSING: an API key where a principal is needed.

    https://github.com/googleapis/python-genai/issues/1404
    """
    return ApiError(
        "UNAUTHENTICATED",
        "API keys are not supported by this API. Expected OAuth2 access token or other authentication credentials that "
        "assert a principal. See https://cloud.google.com/docs/authentication",
        error_info("CREDENTIALS_MISSING", method=method, service=service),
    )


def api_key_invalid(service: str) -> ApiError:
    """400 API_KEY_INVALID: a key that does not exist, whatever is beside it (error_reason.proto)."""
    message = "API key not valid. Please pass a valid API key."
    return ApiError("INVALID_ARGUMENT", message, error_info("API_KEY_INVALID", service=service), localized(message))


def account_state_invalid(service: str, method: str, email: str) -> ApiError:
    """401 ACCOUNT_STATE_INVALID: a credential of an account that is disabled or deleted (error_reason.proto).

    Its sentence is assumed to be that of other bad credentials.
    """
    return ApiError(
        "UNAUTHENTICATED",
        f"Request had invalid authentication credentials. {CREDENTIALS_HELP}",
        error_info("ACCOUNT_STATE_INVALID", service=service, method=method, email=email),
    )


def scope_insufficient(service: str, method: str) -> ApiError:
    """403 ACCESS_TOKEN_SCOPE_INSUFFICIENT: a good token for other purposes (error_reason.proto)."""
    return ApiError(
        "PERMISSION_DENIED",
        "Request had insufficient authentication scopes.",
        error_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", service=service, method=method),
    )


def service_disabled(service: str, title: str, project: str) -> ApiError:
    """403 SERVICE_DISABLED, with its three details.

    Recorded (App Hub, asked with and without a quota project). gcloud offers to enable the API only when
    the whole sentence matches, so not a word of it may go.

    Args:
        service: the API that is off.
        title: the API's title.
        project: the consumer, by id when it was named in `x-goog-user-project`, by number otherwise.
    """
    url = f"https://console.developers.google.com/apis/api/{service}/overview?project={project}"
    message = (
        f"{title} has not been used in project {project} before or it is disabled. Enable it by visiting "
        f"{url} then retry. If you enabled this API recently, wait a few minutes for the action to "
        "propagate to our systems and retry."
    )
    return ApiError(
        "PERMISSION_DENIED",
        message,
        error_info(
            "SERVICE_DISABLED",
            activationUrl=url,
            consumer=f"projects/{project}",
            containerInfo=project,
            service=service,
            serviceTitle=title,
        ),
        localized(message),
        help_link("Google developers console API activation", url),
    )


def quota_project_missing(service: str, title: str) -> ApiError:
    """403 SERVICE_DISABLED for Google's own project: a person's credential without a quota project.

    https://github.com/golang/oauth2/issues/702; details as where an API is off (`service_disabled`):
    https://github.com/GoogleCloudPlatform/dlp-pdf-redaction/issues/31
    """
    url = f"https://console.developers.google.com/apis/api/{service}/overview?project={SDK_PROJECT}"
    message = (
        "Your application is authenticating by using local Application Default Credentials. The "
        f"{service} API requires a quota project, which is not set by default. To learn how to set your quota "
        "project, see https://cloud.google.com/docs/authentication/adc-troubleshooting/user-creds ."
    )
    return ApiError(
        "PERMISSION_DENIED",
        message,
        error_info(
            "SERVICE_DISABLED",
            activationUrl=url,
            consumer=f"projects/{SDK_PROJECT}",
            containerInfo=SDK_PROJECT,
            service=service,
            serviceTitle=title,
        ),
        localized(message),
        help_link("Google developers console API activation", url),
    )


def consumer_invalid(service: str, project: str) -> ApiError:
    """403 CONSUMER_INVALID: the project in the path does not exist or is not visible.

    https://github.com/gemini-cli-extensions/nanobanana/issues/16 (whole payload)
    """
    message = f"Permission denied on resource project {project}."
    return ApiError(
        "PERMISSION_DENIED",
        message,
        error_info("CONSUMER_INVALID", containerInfo=project, service=service, consumer=f"projects/{project}"),
        localized(message),
        help_link("Google developers console", "https://console.developers.google.com"),
    )


def project_deleted(service: str, number: str) -> ApiError:
    """403 CONSUMER_INVALID: the project is in DELETE_REQUESTED.

    https://github.com/googleapis/google-api-php-client/issues/2422
    """
    message = f"Project #{number} has been deleted."
    return ApiError(
        "PERMISSION_DENIED",
        message,
        error_info("CONSUMER_INVALID", service=service, consumer=f"projects/{number}"),
        localized(message),
        help_link("Google developers console", "https://console.developers.google.com"),
    )


def user_project_denied(service: str, project: str) -> ApiError:
    """403 USER_PROJECT_DENIED: the quota project is wrong, or the caller may not use it.

    https://github.com/google-github-actions/get-gke-credentials/issues/191
    """
    url = f"https://console.developers.google.com/iam-admin/iam/project?project={project}"
    message = (
        f"Caller does not have required permission to use project {project}. Grant the caller the "
        "roles/serviceusage.serviceUsageConsumer role, or a custom role with the serviceusage.services.use "
        f"permission, by visiting {url} and then retry. Propagation of the new permission may take a few "
        "minutes."
    )
    return ApiError(
        "PERMISSION_DENIED",
        message,
        error_info("USER_PROJECT_DENIED", consumer=f"projects/{project}", service=service),
        localized(message),
        help_link("Google developer console IAM admin", url),
    )


def billing_disabled(service: str, number: str) -> ApiError:
    """403 BILLING_DISABLED: no open billing account is linked to the project.

    https://github.com/GoogleCloudPlatform/php-docs-samples/issues/1235
    """
    url = f"https://console.developers.google.com/billing/enable?project={number}"
    message = (
        f"This API method requires billing to be enabled. Please enable billing on project #{number} by "
        f"visiting {url} then retry. If you enabled billing for this project recently, wait a few minutes for "
        "the action to propagate to our systems and retry."
    )
    return ApiError(
        "PERMISSION_DENIED",
        message,
        error_info("BILLING_DISABLED", consumer=f"projects/{number}", service=service),
        localized(message),
        help_link("Google developers console billing", url),
    )


def billing_required(number: str, services: Iterable[str], *, linked: bool) -> ApiError:
    """400 UREQ_PROJECT_BILLING_NOT_FOUND or _NOT_OPEN: enabling a billed API without open billing.

    https://github.com/kyegomez/zeta/issues/71 (whole payload, account not found); error code 390002 and
    "is not open" are the same payload for a linked account that is closed.

    Args:
        number: the project's number.
        services: the billed services that were to be enabled.
        linked: an account is linked, but it is closed.
    """
    names = list(services)
    code, reason, what = (
        ("390002", "UREQ_PROJECT_BILLING_NOT_OPEN", "is not open")
        if linked
        else ("390001", "UREQ_PROJECT_BILLING_NOT_FOUND", "is not found")
    )
    subject = f"?error_code={code}&project={number}" + "".join(f"&services={name}" for name in names)
    return ApiError(
        "FAILED_PRECONDITION",
        f"Billing account for project '{number}' {what}. Billing must be enabled for activation of "
        f"service(s) '{','.join(names)}' to proceed.\n{help_token(subject)}",
        precondition("googleapis.com/billing-enabled", subject),
        error_info(reason, "serviceusage.googleapis.com/billing-enabled", project=number, services=",".join(names)),
    )


def services_not_found(services: Iterable[str]) -> ApiError:
    """403 SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED: a service name that no one knows.

    https://github.com/google/stellar-engine/issues/19
    """
    names = ",".join(services)
    subject = f"?error_code=220002&services={names}"
    return ApiError(
        "PERMISSION_DENIED",
        f"Not found or permission denied for service(s): {names}.\n{help_token(subject)}",
        precondition("googleapis.com", subject),
        error_info("SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED", "serviceusage.googleapis.com", services=names),
    )


def help_token(text: str) -> str:
    """Return Service Usage's last line: opaque, the same for the same error."""
    return f"Help Token: AX{hashlib.blake2b(text.encode('utf-8', 'replace'), digest_size=40).hexdigest()}"
