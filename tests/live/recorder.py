"""Write down what Google Cloud answers, without telling whose project it was.

`recording` is where all HTTP of this process passes: requests carries Google's clients and google-auth, httpx2
the openai SDK. Tokens and keys are dropped; emails, projects, accounts and numbers are replaced, the same one always
by the same stand-in, of the same shape. What would change something is refused before it is sent.
"""

from __future__ import annotations

import json
import re
import threading
from collections import defaultdict
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

import httpx2
import requests

from provision import __version__
from provision.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

REMOVED: Final = "[redacted]"
SECRET_KEYS: Final = frozenset(
    {
        "access_token",
        "assertion",
        "client_id",
        "client_secret",
        "id_token",
        "private_key",
        "refresh_token",
        "subject_token",
        "token",
        "uid",
        "vpcServiceControlsUniqueIdentifier",
    }
)
# Written by people, for people: no one can tell by the text alone whom it gives away.
PRIVATE_KEYS: Final = frozenset({"displayName", "family_name", "given_name", "hd", "labels", "picture"})
# Google's own OAuth clients, of gcloud and of the console: which of them is charged is worth knowing.
GOOGLES_OWN: Final = frozenset({"764086051850", "618104708054"})
PUBLIC_HEADERS: Final = ("content-type", "retry-after", "server")

HELP_TOKEN: Final = re.compile(r"(Help Token: )\S+")
IN_PROJECT: Final = re.compile(r"(?:projects/|project=)([a-z][a-z0-9-]{4,28}[a-z0-9])(?![\w.-])")
KINDS: Final = {
    "client": re.compile(r"[\w-]+\.apps\.googleusercontent\.com"),
    "email": re.compile(r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+"),
    "account": re.compile(r"\b[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}\b"),
    "address": re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])|(?:[0-9a-f]{1,4}:){4,7}[0-9a-f:]{1,9}"),
    # Not the fraction of a second.
    "number": re.compile(r"(?<![\d.])\d{9,}(?!\d)|(?<=organizations/)\d+|(?<=folders/)\d+"),
}
STAND_INS: Final[dict[str, Callable[[int, str], str]]] = {
    "client": lambda count, _: f"client-{count}.apps.googleusercontent.com",
    "email": lambda count, old: (
        f"robot-{count}@{re.split('@|%40', old)[1]}"
        if old.endswith("gserviceaccount.com")
        else f"person-{count}@example.com"
    ),
    "account": lambda count, _: f"000000-000000-{count:06X}",
    "address": lambda count, _: f"192.0.2.{count}",
    "number": lambda count, old: f"1{count:0{max(len(old), 9) - 1}}",
    "project": lambda count, _: f"project-{count}",
}
READING_POSTS: Final = (
    "/token",
    "/tokeninfo",
    "/chat/completions",
    ":generateAccessToken",
    ":getIamPolicy",
    ":testIamPermissions",
)


class LeakError(Exception):
    """Something that should have been replaced is still there; nothing was written."""


class Redactor:
    """Replaces what tells whose it is.

    Args:
        projects: ids that are known from elsewhere; those in resource names are found.
    """

    def __init__(self, projects: Iterable[str] = ()) -> None:
        self._stand_ins: dict[str, str] = {}
        self._counts: defaultdict[str, int] = defaultdict(int)
        for project in projects:
            self._stand_in("project", project)

    def exchanges(self, found: Any) -> Any:
        """Return the exchanges with everything replaced.

        Raises:
            LeakError: something is left.
        """
        plain = json.dumps(found)
        for project in IN_PROJECT.findall(plain):
            self._stand_in("project", project)
        cleaned = self._clean(found)
        text = json.dumps(cleaned)
        kept = set(self._stand_ins.values())
        left = sorted(old for old in self._stand_ins if old not in kept and old in text)
        if left or redact(text) != text:
            raise LeakError(f"still there after replacing: {', '.join(left) or 'a token'}")
        return cleaned

    def _clean(self, value: Any, key: str = "") -> Any:
        if key in SECRET_KEYS and value:
            return REMOVED
        if key in PRIVATE_KEYS and value:
            return {} if isinstance(value, dict) else REMOVED
        if isinstance(value, dict):
            return {self._text(name): self._clean(part, name) for name, part in value.items()}
        if isinstance(value, list):
            return [self._clean(part) for part in value]
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> str:
        text = HELP_TOKEN.sub(rf"\g<1>{REMOVED}", redact(text))
        for kind, pattern in KINDS.items():
            text = pattern.sub(lambda match, kind=kind: self._stand_in(kind, match[0]), text)  # type: ignore[misc] # kind is bound now
        projects = (old for old, new in self._stand_ins.items() if new.startswith("project-"))
        for project in sorted(projects, key=len, reverse=True):
            text = text.replace(project, self._stand_ins[project])
        return text

    def _stand_in(self, kind: str, old: str) -> str:
        if old in GOOGLES_OWN or old in self._stand_ins.values():
            return old
        if old not in self._stand_ins:
            self._counts[kind] += 1
            self._stand_ins[old] = STAND_INS[kind](self._counts[kind], old)
        return self._stand_ins[old]


class Recorder:
    """The exchanges of one recording, as they were."""

    def __init__(self) -> None:
        self.exchanges: list[dict[str, Any]] = []
        self.refused: list[str] = []
        self._lock = threading.Lock()

    def guard(self, method: str, url: str) -> None:
        """Refuse to send what could change something."""
        if method not in {"GET", "HEAD"} and not urlsplit(url).path.endswith(READING_POSTS):
            self.refused.append(f"{method} {url}")
            raise AssertionError(f"a live test would have changed something: {method} {url}")

    def add(self, method: str, url: str, sent: bytes, status: int, headers: Mapping[str, str], answer: bytes) -> None:
        """Note one exchange."""
        exchange = {
            "method": method,
            "url": url,
            "body": _readable(sent),
            "status": status,
            "headers": {name: headers[name] for name in PUBLIC_HEADERS if name in headers},
            "answer": _readable(answer),
        }
        with self._lock:
            self.exchanges.append(exchange)


def _readable(body: bytes) -> Any:
    """Return a body as JSON, as the fields of a form, as the events of a stream, or as text."""
    text = body.decode("utf-8", "replace")
    try:
        return json.loads(text) if text else None
    except ValueError:
        pass
    if text.startswith("data:"):
        events = (event.removeprefix("data:").strip() for event in text.split("\n\n"))
        return {"events": [event if event == "[DONE]" else _readable(event.encode()) for event in events if event]}
    fields = parse_qsl(text)
    return dict(fields) if fields and re.match(r"\w+=", text) else text


class _Tee(httpx2.SyncByteStream):
    """A stream that remembers what passed through it."""

    def __init__(self, inner: httpx2.SyncByteStream, done: Callable[[bytes], None]) -> None:
        self._inner = inner
        self._done = done
        self._passed: list[bytes] = []

    def __iter__(self) -> Iterator[bytes]:
        for part in self._inner:
            self._passed.append(part)
            yield part

    def close(self) -> None:
        self._inner.close()
        done, self._done = self._done, lambda _: None
        done(b"".join(self._passed))


@contextmanager
def recording(file: Path, projects: Iterable[str] = ()) -> Iterator[Recorder]:
    """Record every exchange of this process, and write it to a file at the end.

    Args:
        file: where to; nothing is written where something private would be left in it.
        projects: ids to replace wherever they are.

    Raises:
        LeakError: something private was left; nothing was written.
        AssertionError: something would have been changed.
    """
    recorder = Recorder()
    send, handle = requests.Session.send, httpx2.HTTPTransport.handle_request

    def sending(self: requests.Session, request: requests.PreparedRequest, **how: Any) -> requests.Response:
        method, url = request.method or "GET", request.url or ""
        recorder.guard(method, url)
        answer = send(self, request, **how)
        body = request.body or b""
        sent = body if isinstance(body, bytes) else str(body).encode()
        headers = {name.lower(): value for name, value in answer.headers.items()}
        recorder.add(method, url, sent, answer.status_code, headers, answer.content)
        return answer

    def handling(self: httpx2.HTTPTransport, request: httpx2.Request) -> httpx2.Response:
        method, url = request.method, str(request.url)
        recorder.guard(method, url)
        request.headers["accept-encoding"] = "identity"
        sent = request.read()
        answer = handle(self, request)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        assert isinstance(answer.stream, httpx2.SyncByteStream)
        answer.stream = _Tee(
            answer.stream, lambda got: recorder.add(method, url, sent, answer.status_code, headers, got)
        )
        return answer

    requests.Session.send = sending  # type: ignore[method-assign] # where all of Google's clients pass
    httpx2.HTTPTransport.handle_request = handling  # type: ignore[method-assign] # where the openai SDK passes
    try:
        yield recorder
    finally:
        requests.Session.send = send  # type: ignore[method-assign] # as above
        httpx2.HTTPTransport.handle_request = handle  # type: ignore[method-assign] # as above
        if recorder.exchanges:
            write(file, Redactor(projects).exchanges(recorder.exchanges))
    assert not recorder.refused, recorder.refused


def write(file: Path, exchanges: Any) -> None:
    """Write one recording."""
    file.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "recorded": datetime.now(UTC).date().isoformat(),
        "by": f"provision {__version__}",
        "exchanges": exchanges,
    }
    file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")
