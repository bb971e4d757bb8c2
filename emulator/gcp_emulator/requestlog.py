"""The log of requests: the last 20,000, each as small as it can be, because every call makes one."""

from __future__ import annotations

from collections import deque
from typing import Any, Final

from gcp_emulator.clock import timestamp

SIZE: Final = 20_000

FIELDS: Final = (
    "sequence",
    "time",
    "transport",
    "method",
    "verb",
    "path",
    "project",
    "consumer",
    "principal",
    "status",
    "mutates",
    "changed",
    "started",
    "duration_ms",
)


def failed(status: int | str) -> bool:
    """Tell whether a status is not that of a success: HTTP's, gRPC's, or a word of the log."""
    return status >= 400 if isinstance(status, int) else status != "OK"


def line(entry: dict[str, Any]) -> str:
    """Return an entry, as `as_json` has it, in one line for people."""
    what = f"{entry['verb']} {entry['path'].partition('?')[0]}" if entry["transport"] != "grpc" else entry["path"]
    took = "" if entry["duration_ms"] is None else f"{entry['duration_ms']:.0f} ms"
    who = entry["principal"] or "-"
    return f"{entry['time'][11:19]}  {entry['status']!s:>3}  {what}  {who}  {took}".rstrip()


class Entry:
    """One request."""

    __slots__ = FIELDS

    def __init__(self, sequence: int, transport: str, verb: str, path: str, moments: tuple[float, float]) -> None:
        self.sequence = sequence
        self.time, self.started = moments
        self.transport = transport
        self.verb = verb
        self.path = path
        self.method = self.project = self.consumer = self.principal = ""
        self.status: int | str = 200 if transport == "rest" else "OK"
        self.mutates = self.changed = False
        self.duration_ms: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as `/sandbox/v1/requests` shows it."""
        return {name: getattr(self, name) for name in FIELDS} | {"time": timestamp(self.time)}


class RequestLog(deque[Entry]):
    """The last requests, oldest first."""

    def __init__(self) -> None:
        super().__init__(maxlen=SIZE)

    def since(self, sequence: int) -> list[dict[str, Any]]:
        """Return what came after a sequence number."""
        return [entry.as_json() for entry in self if entry.sequence > sequence]
