"""The shapes in which Google refuses.

https://cloud.google.com/apis/design/errors#http_mapping
https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from google.api import error_reason_pb2  # type: ignore[import-untyped] # ships no types
from google.protobuf import json_format
from google.rpc import error_details_pb2  # type: ignore[import-untyped] # likewise

if TYPE_CHECKING:
    import requests

HTTP: Final = {  # https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
    "CANCELLED": 499,
    "UNKNOWN": 500,
    "INVALID_ARGUMENT": 400,
    "DEADLINE_EXCEEDED": 504,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "PERMISSION_DENIED": 403,
    "UNAUTHENTICATED": 401,
    "RESOURCE_EXHAUSTED": 429,
    "FAILED_PRECONDITION": 400,
    "ABORTED": 409,
    "OUT_OF_RANGE": 400,
    "UNIMPLEMENTED": 501,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "DATA_LOSS": 500,
}

OLDER: Final = {"message", "domain", "reason", "location", "locationType"}


def wrong_with_error(answer: requests.Response, shape: str) -> list[str]:
    """Return what is wrong with an error; `shape` is as `Method.errors` has it."""
    if not answer.headers["content-type"].startswith("application/json"):
        return [f"an error of type {answer.headers['content-type']}"]
    body = answer.json()
    if shape == "oauth":
        known = {"error", "error_description", "error_uri", "error_subtype"}
        return [] if isinstance(body.get("error"), str) and set(body) <= known else [f"not OAuth's shape: {body}"]
    if shape == "list":
        if not isinstance(body, list) or len(body) != 1:
            return [f"no list of one error: {body}"]
        (body,) = body
    if set(body) != {"error"}:
        return [f"no error object: {body}"]
    return list(_wrong(body["error"], answer.status_code, legacy=shape == "legacy"))


def _wrong(error: Any, status: int, *, legacy: bool) -> list[str]:
    found = []
    if not set(error) <= {"code", "message", "status", "details", "errors"}:
        found.append(f"unknown fields: {sorted(error)}")
    if error.get("code") != status:
        found.append(f"code {error.get('code')} in an answer of {status}")
    if HTTP.get(error.get("status", "")) != status:
        found.append(f"status {error.get('status')} in an answer of {status}")
    if not isinstance(error.get("message"), str) or not error["message"]:
        found.append("no message")
    found += [
        f"an older error without its fields: {each}"
        for each in error.get("errors", [])
        if not {"message", "domain", "reason"} <= set(each) <= OLDER
    ]
    if "errors" in error and not legacy:
        found.append("the older list of errors in a newer API")
    for detail in error.get("details", []):
        found += _wrong_detail(detail)
    return found


def _wrong_detail(detail: Any) -> list[str]:
    kind = str(detail.get("@type", ""))
    message = getattr(error_details_pb2, kind.removeprefix("type.googleapis.com/google.rpc."), None)
    if message is None:
        return [f"a detail of no type of google.rpc: {kind}"]
    try:
        parsed = json_format.ParseDict({key: each for key, each in detail.items() if key != "@type"}, message())
    except json_format.ParseError as error:
        return [f"{kind}: {error}"]
    if kind.endswith("ErrorInfo") and parsed.domain == "googleapis.com":
        known = error_reason_pb2.ErrorReason.keys()
        return [] if parsed.reason in known else [f"{parsed.reason} is no reason of googleapis.com"]
    return []
