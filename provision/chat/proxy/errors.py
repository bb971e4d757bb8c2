"""Google's errors in the shape that OpenAI's clients read.

``endpoints/openapi`` answers an error as a list of one object, a gateway before it with a page or with nothing; the
SDKs of Python, Node, Go and Rust look for ``error.message`` in an object, and show nothing of anything else.
https://platform.openai.com/docs/guides/error-codes
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, Final

_TYPES: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "invalid_request_error",
    413: "invalid_request_error",
    429: "rate_limit_error",
}
_SHOWN_CHARACTERS: Final = 300


def openai_error(status: int, body: bytes) -> dict[str, Any]:
    """Return an answer with an error as OpenAI words it; Google's own status and details stay beside.

    Args:
        status: the HTTP status.
        body: what came with it, in whatever shape.
    """
    said = _said(body)
    message = said.get("message")
    if not isinstance(message, str) or not message.strip():
        message = _instead_of_words(status, body)
    reason = _reason(said)
    error: dict[str, Any] = {
        "message": message,
        "type": said["type"] if isinstance(said.get("type"), str) else _TYPES.get(status, "server_error"),
        "param": said.get("param"),
        "code": _code(status, message, reason, said),
    }
    error |= {name: said[name] for name in ("status", "details") if said.get(name)}
    return {"error": error}


def error_event(line: bytes) -> bytes:
    """Return a line of a stream; an event that is a list with an error, as one that is the object in it."""
    start, _, text = line.partition(b":")
    if start != b"data" or not text.strip().startswith(b"[{"):
        return line
    try:
        items = json.loads(text)
    except ValueError:
        return line
    inner = items[0].get("error") if len(items) == 1 and isinstance(items[0], dict) else None
    if not isinstance(inner, dict):
        return line
    code = inner.get("code")
    status = code if isinstance(code, int) and not isinstance(code, bool) else 500
    return b"data: " + json.dumps(openai_error(status, text)).encode()


def _said(body: bytes) -> dict[str, Any]:
    """Return the object that says what is wrong: Google's, OpenAI's, vLLM's, or FastAPI's."""
    try:
        value: Any = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    if isinstance(value, list):
        value = value[0] if value else {}
    if not isinstance(value, dict):
        return {"message": value} if isinstance(value, str) else {}
    error = value.get("error")
    if isinstance(error, dict):
        return error
    if isinstance(error, str):  # OAuth's
        described = value.get("error_description")
        return {"message": described if isinstance(described, str) and described else error, "code": error}
    if isinstance(value.get("message"), str):
        return value
    detail = value.get("detail")
    return {"message": detail if isinstance(detail, str) else json.dumps(detail)} if detail else {}


def _instead_of_words(status: int, body: bytes) -> str:
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "an error"
    text = " ".join(body.decode("utf-8", "replace").split())
    if not text:
        return f"{status} {phrase}, and the answer is empty"
    if text.startswith("<"):
        return f"{status} {phrase}, and the answer is a page: something before the API sent it"
    return f"{status} {phrase}: {text[:_SHOWN_CHARACTERS]}"


def _reason(said: dict[str, Any]) -> str:
    details = said.get("details")
    for each in details if isinstance(details, list) else ():
        if isinstance(each, dict) and isinstance(each.get("reason"), str):
            return str(each["reason"])
    return ""


def _code(status: int, message: str, reason: str, said: dict[str, Any]) -> str:
    if status == HTTPStatus.NOT_FOUND and "Publisher Model" in message:
        return "model_not_found"
    own = said.get("code")
    word = said.get("status")
    return (
        reason
        or (own if isinstance(own, str) and own else "")
        or (word if isinstance(word, str) else "")
        or str(status)
    )
