"""Take a body apart into the JSON values that it carries: server-sent events, or one JSON document in their place.

https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream; a last event that no blank
line ends is read too, as the openai SDK does.
"""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_BYTES: Final = 8 * 2**20
MOST_EVENTS: Final = 50_000
DONE: Final = "[DONE]"
_PASSED_OVER: Final = frozenset({b"", b"id", b"retry"})
"""Fields that say nothing here; one without a name is a comment, often to keep the connection alive."""
_LINE_END: Final = re.compile(rb"\r\n|\n|\r")
_SHOWN: Final = 200


class Unreadable(ValueError):
    """What came is no answer that anyone could read."""


class Endless(Exception):
    """More came than an answer can have."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """One JSON value.

    Attributes:
        name: the event's own type, such as ``error``; empty where it has none.
        streamed: it was an event of a stream, and not the whole body.
    """

    value: Any
    name: str = ""
    streamed: bool = True


def read_events(pieces: Iterable[bytes]) -> Iterator[Event]:
    """Read a body as it arrives; what follows ``[DONE]`` is not read.

    Raises:
        Unreadable: an event is not JSON, or there is none and the body is not JSON either.
        Endless: there is too much of it.
    """
    stray: list[bytes] = []
    events = 0
    for name, text in _blocks(_lines(pieces), stray):
        if text.startswith(DONE):
            break
        events += 1
        if events > MOST_EVENTS:
            raise Endless(f"more than {MOST_EVENTS} events")
        yield Event(value=_parsed(text), name=name)
    if stray:
        yield from _documents(_text(stray), alone=not events)


def _blocks(lines: Iterable[bytes], stray: list[bytes]) -> Iterator[tuple[str, str]]:
    """Yield the type and the data of each event that has data; what is no field of an event goes to ``stray``."""
    data: list[bytes] = []
    name = ""
    for line in itertools.chain(lines, [b""]):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if not line:
            if text := _text(data):
                yield name, text
            data, name = [], ""
        elif field == b"data":
            data.append(value)
        elif field == b"event":
            name = _text([value])
        elif field not in _PASSED_OVER:
            stray.append(line)  # part of a document, or an error that was written in between


def _text(lines: list[bytes]) -> str:
    return b"\n".join(lines).decode("utf-8", "replace").strip()


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Cut at the end of each line, whichever of the three it is; and once more where nothing follows."""
    rest: list[bytes] = []
    size = 0
    for piece in pieces:
        first, size = not size, size + len(piece)
        if size > MOST_BYTES:
            raise Endless(f"more than {MOST_BYTES} bytes")
        rest.append(piece.removeprefix(b"\xef\xbb\xbf") if first else piece)
        # A carriage return at the end of a piece may be half of an end of line.
        if (b"\n" in piece or b"\r" in piece[:-1]) or (len(rest) > 1 and rest[-2].endswith(b"\r")):
            text = b"".join(rest)
            held = text.endswith(b"\r")
            *whole, last = _LINE_END.split(text[:-1] if held else text)
            yield from whole
            rest = [last + b"\r" if held else last]
    yield from _LINE_END.split(b"".join(rest))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"an event that is not JSON: {text[:_SHOWN]!r}") from error


def _documents(text: str, *, alone: bool) -> Iterator[Event]:
    """Read what is no event: one document, or one in each line. Beside events, what is no JSON is passed over."""
    for parts in ([text], text.splitlines()):
        try:
            values = [json.loads(part) for part in parts if part.strip()]
        except (ValueError, RecursionError):
            continue
        yield from (Event(value=value, streamed=len(values) > 1) for value in values)
        return
    if alone:
        raise Unreadable(f"the answer is neither a stream of events nor JSON: {text[:_SHOWN]!r}")
