"""`/batch`: several REST calls in one request, as multipart/mixed; each is answered as if it had come alone.

The outer headers (the bearer) hold for each call that has none of its own.
https://developers.google.com/calendar/api/guides/batch#example
"""

from __future__ import annotations

import re
import secrets
from email.message import Message
from email.parser import BytesParser, HeaderParser
from email.policy import HTTP
from http.client import responses  # without Google's 499
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Scope = MutableMapping[str, Any]
    App = Callable[[Scope, Any, Any], Awaitable[None]]

PATH: Final = re.compile(r"/batch(/[a-z]+/v\d\w*)?")
MOST: Final = 1000
"""Calls in one request (googleapiclient/http.py: MAX_BATCH_LIMIT)."""

_REQUEST_LINE: Final = re.compile(
    r"([A-Z]+) (?:https?://[^/ ]+)?(/[^ ?\r\n]*)(?:\?([^ \r\n]*))?(?: HTTP/1\.[01])?\r?\n?"
)
_OF_THE_WHOLE: Final = frozenset(
    {b"content-type", b"content-length", b"content-encoding", b"transfer-encoding", b"x-http-method-override"}
)


class BadBatchError(ValueError):
    """A body that is no batch; the message says why."""


def read(content_type: str, body: bytes) -> list[Message]:
    """Return the parts of a batch.

    Raises:
        BadBatchError: it is none.
    """
    whole = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    parts = whole.get_payload()
    if whole.get_content_type() != "multipart/mixed" or not isinstance(parts, list) or not parts:
        raise BadBatchError("Failed to parse batch request: the body is not multipart/mixed, or has no parts.")
    if len(parts) > MOST:
        raise BadBatchError(f"The batch request exceeds the limit of {MOST} calls.")
    return [part for part in parts if isinstance(part, Message)]


async def answer(app: App, scope: Scope, parts: list[Message]) -> tuple[str, bytes]:
    """Carry out each call; return the content type and the body of the answer to all."""
    boundary = f"batch_{secrets.token_urlsafe(12)}"
    body = bytearray()
    for part in parts:
        head, answered = await _one(app, scope, part)
        id_ = str(part.get("Content-ID", ""))
        named = f"Content-ID: {_answer_id(id_)}\r\n" if id_ else ""
        body += f"--{boundary}\r\nContent-Type: application/http\r\n{named}\r\n{head}\r\n".encode("latin-1") + answered
        body += b"\r\n"
    return f"multipart/mixed; boundary={boundary}", bytes(body + f"--{boundary}--\r\n".encode())


def _answer_id(id_: str) -> str:
    return f"<response-{id_[1:]}" if id_.startswith("<") else f"response-{id_}"


async def _one(app: App, scope: Scope, part: Message) -> tuple[str, bytes]:
    payload = part.get_payload(decode=True)
    line, _, rest = (payload if isinstance(payload, bytes) else b"").lstrip().partition(b"\n")
    match = _REQUEST_LINE.fullmatch(line.decode("latin-1") + "\n")
    if match is None or PATH.fullmatch(match[2]):
        return _head(400, [(b"content-type", b"text/plain")]), b"Failed to parse batch request: a part is no call.\n"
    rest = rest.replace(b"\r\n", b"\n")
    head, body = (b"", rest[1:]) if rest.startswith(b"\n") else rest.partition(b"\n\n")[::2]
    own = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in HeaderParser().parsestr(head.decode("latin-1") + "\n\n").items()
        if name.lower() not in {"host", "content-length"}
    ]
    names = {name for name, _ in own}
    outer = [(name, value) for name, value in scope["headers"] if name not in names | _OF_THE_WHOLE]
    inner = {
        **scope,
        "method": match[1],
        "raw_path": match[2].encode("latin-1"),
        "query_string": (match[3] or "").encode("latin-1"),
        "headers": [*outer, *own, (b"content-length", str(len(body)).encode())],
    }
    started: dict[str, Any] = {}
    answered = bytearray()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            started.update(message)
        else:
            answered.extend(message.get("body", b""))

    await app(inner, receive, send)
    return _head(started.get("status", 500), started.get("headers", [])), bytes(answered)


def _head(status: int, headers: list[tuple[bytes, bytes]]) -> str:
    lines = "".join(f"{name.decode('latin-1').title()}: {value.decode('latin-1')}\r\n" for name, value in headers)
    return f"HTTP/1.1 {status} {responses.get(status, '')}\r\n{lines}"
