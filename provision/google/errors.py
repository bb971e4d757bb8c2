"""Turn whatever a client library raises into a `ErrorStatus`: Google's own words, read from one place.

Error bodies: https://cloud.google.com/apis/design/errors; those of ``endpoints/openapi`` can be a JSON *list*.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
from typing import Any, Final

from provision.errors import ApiError, ErrorStatus
from provision.google.openai_errors import as_google
from provision.redaction import printable, redact

_STATUS_OF_CODE: Final = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    408: "DEADLINE_EXCEEDED",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}  # https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
_STATUS_OF_RPC_CODE: Final = {
    1: "CANCELLED",
    2: "UNKNOWN",
    3: "INVALID_ARGUMENT",
    4: "DEADLINE_EXCEEDED",
    5: "NOT_FOUND",
    6: "ALREADY_EXISTS",
    7: "PERMISSION_DENIED",
    8: "RESOURCE_EXHAUSTED",
    9: "FAILED_PRECONDITION",
    10: "ABORTED",
    11: "OUT_OF_RANGE",
    12: "UNIMPLEMENTED",
    13: "INTERNAL",
    14: "UNAVAILABLE",
    15: "DATA_LOSS",
    16: "UNAUTHENTICATED",
}
_CODE_OF_STATUS: Final = {
    **{status: code for code, status in reversed(_STATUS_OF_CODE.items())},
    "FAILED_PRECONDITION": 400,
    "OUT_OF_RANGE": 400,
    "ALREADY_EXISTS": 409,
    "UNKNOWN": 500,
    "DATA_LOSS": 500,
    "DEADLINE_EXCEEDED": 504,
    "UNAVAILABLE": 503,
}
_NO_QUOTA_PROJECT: Final = "requires a quota project"
NO_ANSWERS: Final = frozenset({"HTML_PAGE", "PROXY_PAGE", "EMPTY_BODY"})
"""Reasons of ours: what came was sent by no API."""
STATUSES: Final = frozenset(_STATUS_OF_RPC_CODE.values())
_LONGEST_MESSAGE: Final = 2_000

# Not carried out, or harmless when carried out twice.
TRANSIENT: Final = frozenset(
    {"RESOURCE_EXHAUSTED", "INTERNAL", "UNAVAILABLE", "DEADLINE_EXCEEDED", "UNREACHABLE", "ABORTED"}
)


def is_service_disabled(error: ErrorStatus) -> bool:
    """Whether the API that refused is off in the project of the call.

    Calls of user credentials without a quota project are charged to a project of Google's, where it is always off.
    """
    return error.reason == "SERVICE_DISABLED" and _NO_QUOTA_PROJECT not in error.message


SENT_ON: Final = "the answer sends on to another address, as no API of Google's does; it was not followed"
"""What is told of a redirect: whoever sent it decides nothing about where a token, or what else was sent, goes."""


def is_frontend_error(error: ErrorStatus) -> bool:
    """Whether it is a bare 403, of no API but of Google's edge, which mostly lets the same call through a moment later.

    Seen on Vertex AI. Once is enough: what forbids for good answers so forever.
    """
    return error.code == 403 and error.reason in {"HTML_PAGE", "EMPTY_BODY"}


def status_of_code(code: int) -> str:
    """Return the canonical status that a bare HTTP status stands for; empty where none is known."""
    return _STATUS_OF_CODE.get(code, "")


def error_from_body(service: str, method: str, code: int, body: Any) -> ErrorStatus:
    """Read an error body: a dict, a list of dicts, or text that may hold either.

    A body that is no answer of an API gets a reason of ours: ``HTML_PAGE`` (a web page of Google's), ``PROXY_PAGE``
    (of someone in between) or ``EMPTY_BODY``. ``code`` 0 means not known: the body's own is taken.
    """
    if 300 <= code < 400:
        return ErrorStatus(service=service, method=method, code=code, status="MALFORMED_RESPONSE", message=SENT_ON)
    if isinstance(body, bytes):
        body = body.decode("utf-8", "replace")
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except (ValueError, RecursionError):
            return _plain(service, method, code, body)
    if isinstance(body, list):
        body = next((item for item in body if isinstance(item, dict)), {})
    if not isinstance(body, dict):
        return _plain(service, method, code, str(body))
    error = body.get("error", body)
    if isinstance(error, str):  # OAuth and STS: RFC 6749
        description = str(body.get("error_description", ""))
        return ErrorStatus(
            service=service,
            method=method,
            code=code or 400,
            # A server in trouble, or asked too often, says nothing about the credentials.
            status=_STATUS_OF_CODE.get(code, "UNKNOWN") if code >= 500 or code == 429 else "CREDENTIALS",
            reason=error,
            domain="oauth",
            message=_words(description or error),
            metadata={"error_subtype": str(body["error_subtype"])} if "error_subtype" in body else {},
        )
    if not isinstance(error, dict) or not ({"code", "status", "message"} & set(error)):
        return _plain(service, method, code, json.dumps(body))
    status = error.get("status")
    message = error.get("code")
    code = code or (message if isinstance(message, int) and not isinstance(message, bool) else 0)
    return from_details(
        service,
        method,
        code=code,
        status=status if isinstance(status, str) else _STATUS_OF_CODE.get(code, "UNKNOWN"),
        message=str(error.get("message", "")),
        details=error.get("details") or (),
    )


def from_details(
    service: str,
    method: str,
    *,
    code: int,
    status: str,
    message: str,
    details: Any,
) -> ErrorStatus:
    """Build an error from a status and its ``google.rpc`` details, as JSON."""
    reason = domain = ""
    metadata: dict[str, str] = {}
    violations: list[tuple[str, str, str]] = []
    for detail in details if isinstance(details, list | tuple) else ():
        if not isinstance(detail, dict):
            continue
        if "reason" in detail and not reason:
            reason, domain = str(detail["reason"]), str(detail.get("domain", ""))
            if isinstance(detail.get("metadata"), dict):
                metadata = {str(key): redact(printable(str(value))) for key, value in detail["metadata"].items()}
        named = detail.get("type")
        if isinstance(named, str) and re.fullmatch(
            r"[A-Z]+(_[A-Z]+)+", named
        ):  # a service's own detail, such as ProjectIamPolicyError
            violations.append((named, "", ""))
        listed = detail.get("violations")
        violations.extend(
            (
                str(each.get("type", "")),
                str(each.get("subject", "")),
                _words(str(each.get("description", ""))),
            )
            for each in (listed if isinstance(listed, list | tuple) else ())
            if isinstance(each, dict)
        )
    return ErrorStatus(
        service=service,
        method=method,
        code=code,
        status=status,
        reason=reason,
        domain=domain,
        message=_words(message),
        metadata=metadata,
        violations=tuple(violations),
    )


def status_of_rpc_code(code: object) -> str:
    """Return the name of a ``google.rpc.Code``."""
    return _STATUS_OF_RPC_CODE.get(code, "UNKNOWN") if isinstance(code, int) else "UNKNOWN"


def error_from(error: Exception, service: str, method: str) -> ErrorStatus | None:
    """Turn an exception of any client library into an error; None if it comes from nowhere we know."""
    if isinstance(error, ApiError):
        return error.status
    for read in (_from_google_api_core, _from_grpc, _from_google_auth, _from_requests, _from_openai):
        refused = read(error, service, method)
        if refused:
            return refused
    if type(error).__module__.partition(".")[0] in {"google", "json", "httpx2", "httpcore2"} or isinstance(
        error, ValueError | RecursionError
    ):
        return ErrorStatus(
            service=service,
            method=method,
            status="MALFORMED_RESPONSE",
            message=_words(f"{type(error).__name__}: {error}"),
        )
    return None


_PAGE: Final = re.compile(r"<!doctype html|<html|<head\b|<title", re.IGNORECASE)
_GOOGLES_PAGE: Final = re.compile(r"\)!!1|www\.google\.com|That.s an error|Error: Server Error|<title>\d{3}\b")
_IN_BETWEEN: Final = re.compile(
    r"squid|zscaler|blue ?coat|forcepoint|forti(net|guard|gate)|sophos|mcafee|websense|palo ?alto|umbrella|netskope"
    r"|nginx|captive|proxy|firewall|blocked|access denied|log ?in\b",
    re.IGNORECASE,
)


def _plain(service: str, method: str, code: int, text: str) -> ErrorStatus:
    reason = ""
    if code >= 400 and not text.strip():
        reason = "EMPTY_BODY"
    elif _PAGE.search(text[:2_000]):
        googles = _GOOGLES_PAGE.search(text) and not _IN_BETWEEN.search(text)
        reason = "HTML_PAGE" if googles else "PROXY_PAGE"
        text = re.sub(r"(?s)<(style|script)\b.*?</\1>|<[^>]*>", " ", text)
    return ErrorStatus(
        service=service,
        method=method,
        code=code,
        # Whoever sent it, it was no API: a page with 404 does not say that a resource is not there.
        status="UNKNOWN" if code == 404 else _STATUS_OF_CODE.get(code, "UNKNOWN"),
        reason=reason,
        message=_words(text),
    )


def _words(text: str) -> str:
    text = redact(printable(" ".join(text.split())))
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[:_LONGEST_MESSAGE]}…"


def _loaded(name: str) -> Any:
    """Return a library's module, whole, if anyone imported it; None where no one did, so that nothing of it is here.

    Another thread may be in the middle of that: importing it again waits for the end.
    """
    return importlib.import_module(name) if name in sys.modules else None


def _from_google_api_core(error: Exception, service: str, method: str) -> ErrorStatus | None:
    module = _loaded("google.api_core.exceptions")
    if module is None:
        return None
    if isinstance(error, module.RetryError) and error.cause is not None:
        return error_from(error.cause, service, method)
    if not isinstance(error, module.GoogleAPICallError):
        return None
    response = getattr(error, "response", None)
    text = getattr(response, "text", None)
    if isinstance(text, str):
        return error_from_body(service, method, int(response.status_code), text)  # type: ignore[union-attr] # has text, so is a response
    grpc_status = getattr(error.grpc_status_code, "name", "")
    if not grpc_status:
        return _plain(service, method, int(error.code or 0), error.message)
    return from_details(
        service,
        method,
        code=int(error.code or 0),
        status=grpc_status,
        message=error.message or "",
        details=_details_as_json(error.details),
    )


def _from_grpc(error: Exception, service: str, method: str) -> ErrorStatus | None:
    """Read a bare gRPC error, as a stub raises it; its details come in the trailing metadata."""
    module = _loaded("grpc")
    if module is None or not isinstance(error, module.RpcError) or not hasattr(error, "code"):
        return None
    from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped] # noqa: F401 - registers the types that the details are packed in

    packed = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
    status = status_pb2.Status()
    try:
        status.ParseFromString(packed)
    except ValueError:  # protobuf's DecodeError: not what it says it is
        status = status_pb2.Status()
    name = str(error.code().name)
    return from_details(
        service,
        method,
        code=_CODE_OF_STATUS.get(name, 0),
        status=name,
        message=str(error.details() or ""),
        details=_details_as_json(status.details),
    )


def _details_as_json(details: Any) -> list[Any]:
    from google.protobuf.json_format import MessageToDict

    listed = []
    for detail in details or ():
        try:
            listed.append(MessageToDict(detail))
        except (TypeError, AttributeError):  # of a type unknown here, or text
            continue
    return listed


def _from_google_auth(error: Exception, service: str, method: str) -> ErrorStatus | None:
    module = _loaded("google.auth.exceptions")
    if module is None or not isinstance(error, module.GoogleAuthError):
        return None
    if isinstance(error, module.TransportError):
        return _unreachable(error, service, method)
    body = next((arg for arg in error.args[1:] if isinstance(arg, dict | str)), None)
    if body:
        refused = error_from_body("oauth2.googleapis.com", "Token", 0, body)
        if refused.reason:
            return refused
    if isinstance(error.__cause__, Exception):
        cause = error_from(error.__cause__, service, method)
        if cause and cause.status in {"TIMEOUT", "UNREACHABLE"}:
            return cause
    return ErrorStatus(
        service="google-auth",
        method=method,
        status="CREDENTIALS",
        reason=type(error).__name__,
        message=_words(str(error.args[0] if error.args else error)),
    )


def _from_requests(error: Exception, service: str, method: str) -> ErrorStatus | None:
    module = _loaded("requests.exceptions")
    if module is None or not isinstance(error, module.RequestException):
        return None
    if isinstance(error, module.JSONDecodeError):
        return None
    return _unreachable(error, service, method)


def _from_openai(error: Exception, service: str, method: str) -> ErrorStatus | None:
    module = _loaded("openai._exceptions")
    if module is None or not isinstance(error, module.OpenAIError):
        return None
    if isinstance(error, module.APIStatusError):
        # The SDK shows nothing of a body that is a list, so the body is read here.
        return error_from_body(service, method, error.status_code, _google_body(error.response.text or error.body))
    if isinstance(error, module.APITimeoutError | module.APIConnectionError):
        return _unreachable(error, service, method)
    body = getattr(error, "body", None)
    if isinstance(body, dict):  # an error event in the middle of a stream
        return error_from_body(
            service, method, int(body.get("code") or 0) if str(body.get("code", "")).isdigit() else 0, body
        )
    return ErrorStatus(service=service, method=method, status="MALFORMED_RESPONSE", message=_words(str(error)))


def _google_body(body: Any) -> Any:
    """Return the body of an error in Google's shape, where a server of another kind answered."""
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except (ValueError, RecursionError):
            return body
    return as_google(body or "")


def _unreachable(error: BaseException, service: str, method: str) -> ErrorStatus:
    """Tell a server that did not answer in time from one that could not be reached."""
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    names = {type(each).__name__ for each in chain}
    slow = {
        "Timeout",
        "ReadTimeout",
        "ConnectTimeout",
        "APITimeoutError",
        "ReadTimeoutError",
        "TimeoutError",
        "ConnectTimeoutError",
    } & names
    innermost = str(chain[-1]) or type(chain[-1]).__name__
    return ErrorStatus(
        service=service,
        method=method,
        status="TIMEOUT" if slow else "UNREACHABLE",
        reason="TLS" if any("SSL" in name or "Certificate" in name for name in names) else "",
        message=_words(innermost),
    )
