"""The errors of servers that speak OpenAI's protocol, in the shape of Google's own.

Vertex AI passes on what a self-deployed model's server answers, and each server has its own way: vLLM, SGLang and
llama.cpp an object with ``code`` and ``type``, TGI and Ollama a text, FastAPI a ``detail``, Vertex AI itself a list.
"""

from __future__ import annotations

from typing import Any, Final

_WORDS: Final = {
    "badrequest": "INVALID_ARGUMENT",
    "invalid": "INVALID_ARGUMENT",
    "validation": "INVALID_ARGUMENT",
    "authentication": "UNAUTHENTICATED",
    "unauthorized": "UNAUTHENTICATED",
    "permission": "PERMISSION_DENIED",
    "notfound": "NOT_FOUND",
    "rate": "RESOURCE_EXHAUSTED",
    "quota": "RESOURCE_EXHAUSTED",
    "toomanyrequests": "RESOURCE_EXHAUSTED",
    "overloaded": "UNAVAILABLE",
    "unavailable": "UNAVAILABLE",
    "timeout": "DEADLINE_EXCEEDED",
    "internal": "INTERNAL",
    "server": "INTERNAL",
}
"""What the types of errors contain, in the order in which it is looked for."""


def error_in(value: Any) -> dict[str, Any] | None:
    """Return the error that a JSON value is, as ``{"error": {"code", "status", "message", …}}``; None if it is none.

    What has choices or candidates is an answer, even where a null error stands beside them.
    """
    if isinstance(value, list):
        return next((found for each in value if (found := error_in(each))), None)
    if not isinstance(value, dict):
        return None
    given = value.get("error")
    if given:
        if isinstance(given, list):
            given = next((each for each in given if isinstance(each, dict | str)), "")
        own = given if isinstance(given, dict) else {"message": str(given), "type": value.get("error_type")}
        # Some put the message beside the type: {"error": {"type": …}, "message": …}
        return {"error": _as_google({"message": value.get("message")} | own)}
    if value.get("object") == "error" or value.get("type") == "error":
        return {"error": _as_google(value)}
    return None


def as_google(value: Any) -> Any:
    """Return the body of an error in Google's shape; as it is where it has no shape that is known.

    That it is an error is known by its HTTP status, so ``detail``, ``msg`` and ``message`` alone are read too.
    """
    found = error_in(value)
    if found is not None:
        return found
    if isinstance(value, dict) and "detail" in value:
        detail = value["detail"]
        if isinstance(detail, list):  # of FastAPI: what is wrong with each field
            detail = "; ".join(str(each.get("msg", each)) if isinstance(each, dict) else str(each) for each in detail)
        return {"error": {"message": str(detail)}}
    if isinstance(value, dict) and isinstance(value.get("msg"), str) and not value.get("message"):
        return {"error": {"message": value["msg"]}}
    return value


def _as_google(error: dict[str, Any]) -> dict[str, Any]:
    code, message = error.get("code"), error.get("message")
    if isinstance(code, str) and code.isascii() and code.isdigit():
        code = int(code)
    kept = {name: value for name, value in error.items() if name in {"status", "details"} and value}
    if type(code) is int and 100 <= code < 600:
        kept["code"] = code
    elif "status" not in kept:
        kind = f"{error.get('type') or ''} {error.get('code') or ''}".lower().replace("_", "").replace("-", "")
        status = next((status for word, status in _WORDS.items() if word in kind), "")
        if status:
            kept["status"] = status
    kept["message"] = message if isinstance(message, str) else "" if message is None else str(message)
    return kept
