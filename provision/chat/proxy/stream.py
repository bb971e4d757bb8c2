"""Pass a stream of events on as it comes, but for its errors: those become what OpenAI's clients read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provision.chat.proxy.errors import error_event

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LARGEST_EVENT: Final = 2**18  # bytes of what may be an error; more passes as it is


async def with_readable_errors(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield a stream of events; only what may be an error in a list waits for its end.

    Such a list comes as an event, or without ``data:`` over the rest of the stream, where clients pass it over.
    """
    line = b""
    passing = False  # the line that is read is no error: its beginning has passed
    bare = bytearray()  # a list that is no event, as far as it has come
    async for part in parts:
        *whole, line = (line + part).split(b"\n")
        ready = bytearray()
        for each in whole:
            if bare and each.startswith(b"data:"):  # the stream goes on
                ready += _told(bytes(bare))
                bare.clear()
            if bare or (not passing and each.startswith(b"[")):
                bare += each + b"\n"
            else:
                ready += (each if passing else error_event(each)) + b"\n"
            passing = False
        if len(bare) + len(line) > LARGEST_EVENT:
            ready += bare
            bare.clear()
        if not bare and (passing or len(line) > LARGEST_EVENT or not _may_be_list(line)):
            ready += line
            line, passing = b"", True
        if ready:
            yield bytes(ready)
    if bare or line.startswith(b"["):
        yield _told(bytes(bare) + line)
    elif line:
        yield error_event(line)


def _told(bare: bytes) -> bytes:
    """Return a list that is no event as one, if it holds an error."""
    given = b"data: " + bare
    event = error_event(given)
    return bare if event == given else event + b"\n\n"


def _may_be_list(line: bytes) -> bool:
    """Return True as long as a line may become a list of objects, as an event or without being one."""
    field, colon, value = line.partition(b":")
    if not colon:
        return b"data".startswith(field) or field.startswith(b"[")
    return field.startswith(b"[") or (field == b"data" and b"[{".startswith(value.removeprefix(b" ")[:2]))
