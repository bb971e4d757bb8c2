"""A pipe: what one connection brings goes out at the other, as it came.

gRPC under one of Google's host names goes to the gRPC port this way, whole connections at a time.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from uvicorn.server import ServerState


class End(asyncio.Protocol):
    """One end of a pipe; both are closed when either is.

    Args:
        state: uvicorn's, which knows what has to end when the emulator does.
        other: the connection at which what comes in here goes out.
        ended: called when the connection is gone.
    """

    def __init__(
        self, state: ServerState, other: asyncio.Transport, ended: Callable[[], object] = lambda: None
    ) -> None:
        self._state = state
        self._other = other
        self._ended = ended
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # all are
        """Begin."""
        self.transport = transport
        self._state.connections.add(self)  # type: ignore[arg-type] # it has what `finish` asks for

    def data_received(self, data: bytes) -> None:
        """Pass on."""
        self._other.write(data)

    def pause_writing(self) -> None:
        """Read no more at the other end than this one gets rid of."""
        self._other.pause_reading()

    def resume_writing(self) -> None:
        """Go on reading at the other end."""
        self._other.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Close the other end, after what is still on its way there."""
        self._state.connections.discard(self)
        self._other.close()
        self._ended()

    def shutdown(self) -> None:
        """Go on: the gRPC server ends what runs over it (uvicorn's name for it)."""
