"""Which headers and parameters pass through the proxy, and which end there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable

_HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authentication-info",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1; ``Connection`` names more of them."""

_NOT_PASSED_ON: Final = _HOP_BY_HOP | {
    # The proxy's own: the token, the length of what it sends, and where to.
    "authorization",
    "content-length",
    "host",
    # A web page's, a browser's, or those of whoever else was asked before: nothing of that concerns Google.
    "cookie",
    "cookie2",
    "forwarded",
    "origin",
    "referer",
    "via",
    "x-real-ip",
    # Credentials, and who pays: the caller's of this machine alone decide.
    "api-key",
    "x-api-key",
    "x-goog-api-key",
    "x-goog-authenticated-user-email",
    "x-goog-iam-authorization-token",
    "x-goog-iam-authority-selector",
    "x-goog-quota-user",
    "x-goog-user-project",
    # Another method than the one that was looked at.
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    # Answered here: the body is read whole before it is sent on.
    "expect",
}
_PARAMETERS_NOT_PASSED_ON: Final = frozenset(
    {"access_token", "bearer_token", "httpheaders", "httpmethod", "key", "oauth_token", "quotauser", "userproject"}
)
"""Google takes the same from a query, also with a ``$`` before: https://cloud.google.com/apis/docs/system-parameters."""
_PREFIXES_NOT_PASSED_ON: Final = ("x-forwarded-", "sec-", "openai-", "access-control-")
_NOT_PASSED_BACK: Final = _HOP_BY_HOP | {"alt-svc", "set-cookie", "set-cookie2", "strict-transport-security"}
_OF_THE_BODY: Final = frozenset({"content-encoding", "content-length", "content-type", "etag"})


def passed_on(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return what of a request's headers goes to Google."""
    pairs = [(name.lower(), value) for name, value in headers]
    named = _named(pairs)
    return {
        name: value
        for name, value in pairs
        if name not in _NOT_PASSED_ON and name not in named and not name.startswith(_PREFIXES_NOT_PASSED_ON)
    }


def query_passed_on(query: str) -> str:
    """Return what of a request's query, without its ``?``, goes to Google."""
    return "&".join(
        each
        for each in query.split("&")
        if unquote_plus(each.partition("=")[0]).strip().lstrip("$").replace("-", "").lower()
        not in _PARAMETERS_NOT_PASSED_ON
    )


def passed_back(headers: Iterable[tuple[str, str]], *, new_body: bool = False) -> list[tuple[bytes, bytes]]:
    """Return what of an answer's headers goes to the tool, as ASGI takes them.

    Args:
        new_body: without those that speak of the body, since it is another one.
    """
    pairs = [(name.lower(), value) for name, value in headers]
    named = _named(pairs)
    return [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, value in pairs
        if name not in _NOT_PASSED_BACK
        and name not in named
        and not name.startswith("access-control-")
        and not (new_body and name in _OF_THE_BODY)
    ]


def _named(pairs: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return the headers that ``Connection`` names: they are for the next hop only."""
    return frozenset(each.strip().lower() for name, value in pairs if name == "connection" for each in value.split(","))
