"""Every call of a run: counted, and told to those who want to know (the journal, ``--log``, OpenTelemetry)."""

from __future__ import annotations

import threading
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from provision.plan import CallRecord, Wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from provision.errors import ErrorStatus
    from provision.plan import Mutation

# Google documents none for all its APIs; these are the names under which its hosts and proxies tell one.
_REQUEST_ID_HEADERS: Final = ("x-goog-request-id", "x-request-id", "x-cloud-trace-context")


class Recorder(Protocol):
    """Who writes mutations down: before they are sent, and what became of them."""

    def begin(self, mutation: Mutation) -> str:
        """Write down what is about to be sent; return how to name it. Raises what stops the call."""

    def end(
        self,
        identifier: str,
        status: str,
        *,
        retried_statuses: tuple[str, ...],
        error: ErrorStatus | None,
        operation: str,
    ) -> None:
        """Write down what was answered; ``operation`` names what goes on after the answer."""

    def operation_ended(self, operation: str, status: str) -> None:
        """Write down how a long-running operation ended."""

    def deleted(self, names: tuple[str, ...]) -> None:
        """Write down what is not ours, or not any more, by the names the journal's readers give it."""

    def implicit(self, names: tuple[str, ...]) -> None:
        """Write down what appeared while the last mutation was carried out, which did not ask for it."""


@dataclass(kw_only=True)
class Call:
    """A call under way; ``started`` is a reading of the monotonic clock.

    Attributes:
        request_id: how Google names the request, as far as its answer told.
        ends: the monotonic clock's reading at which the attempt under way must have ended; None for no end.
    """

    service: str
    method: str
    resource: str
    started: float
    mutation: str = ""
    mutates: bool = False
    finish: Callable[[CallRecord], None] | None = None
    request_id: str = ""
    ends: float | None = None


UNDER_WAY: Final[ContextVar[Call | None]] = ContextVar("provision_call", default=None)
"""The call that this thread, or the one it waits for, is making."""


@dataclass
class CallLog:
    """Every call of a run, in the order they ended. Safe to write from many threads.

    Attributes:
        recorder: writes down what changes something.
        listeners: told of each call when it has ended.
        tracer: told of each call when it begins; what it returns, when it has ended.
    """

    began: float = field(default_factory=time.monotonic)
    records: list[CallRecord] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    recorder: Recorder | None = None
    listeners: list[Callable[[CallRecord], None]] = field(default_factory=list)
    tracer: Callable[[str, str, str], Callable[[CallRecord], None]] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def begin(self, service: str, method: str, *, resource: str = "", mutation: Mutation | None = None) -> Call:
        """Note that a call begins; a mutation is on disk when this returns."""
        identifier = self.recorder.begin(mutation) if mutation is not None and self.recorder is not None else ""
        resource = mutation.resource if mutation is not None else resource
        finish = self.tracer(service, method, resource) if self.tracer is not None else None
        call = Call(
            service=service,
            method=method,
            resource=resource,
            started=time.monotonic(),
            mutation=identifier,
            mutates=mutation is not None,
            finish=finish,
        )
        UNDER_WAY.set(call)
        return call

    def end(
        self,
        call: Call,
        status: str,
        retried_statuses: tuple[str, ...] = (),
        *,
        error: ErrorStatus | None = None,
        answer: object = None,
    ) -> None:
        """Note how it ended."""
        if call.mutation and self.recorder is not None:
            self.recorder.end(
                call.mutation, status, retried_statuses=retried_statuses, error=error, operation=_operation_of(answer)
            )
        record = CallRecord(
            service=call.service,
            method=call.method,
            started_s=round(call.started - self.began, 3),
            duration_s=round(time.monotonic() - call.started, 3),
            status=status,
            retried_statuses=retried_statuses,
            resource=call.resource,
            reason=error.reason if error else "",
            code=error.code if error else 0,
            request_id=call.request_id,
            mutates=call.mutates,
        )
        with self._lock:
            self.records.append(record)
            listeners = list(self.listeners)
        if call.finish is not None:
            call.finish(record)
        for listener in listeners:
            listener(record)

    def waited(self, what: str, started: float) -> None:
        """Note time that was spent on waiting for ``what``, from ``started`` (monotonic clock) until now."""
        record = Wait(
            what=what,
            started_s=round(started - self.began, 3),
            duration_s=round(time.monotonic() - started, 3),
        )
        with self._lock:
            self.waits.append(record)

    def operation_ended(self, operation: str, status: str) -> None:
        """Note how a long-running operation ended."""
        if self.recorder is not None:
            self.recorder.operation_ended(operation, status)

    def not_done(self, names: tuple[str, ...]) -> None:
        """Note what a call that was answered well has left undone."""
        if self.recorder is not None:
            self.recorder.deleted(names)

    def implicitly_enabled(self, names: tuple[str, ...]) -> None:
        """Note what appeared while a mutation was carried out, and was not asked for."""
        if self.recorder is not None and names:
            self.recorder.implicit(names)

    def note_response(self, response: Any, *_: Any, **__: Any) -> None:
        """Remember, for the call under way, how Google names the request (a hook of requests)."""
        call = UNDER_WAY.get()
        if call is not None:
            call.request_id = next(
                (str(response.headers[name]) for name in _REQUEST_ID_HEADERS if name in response.headers), ""
            )


def _operation_of(answer: object) -> str:
    """Return the name of the operation that an answer is, if it is one."""
    operation = getattr(answer, "operation", None)
    name = getattr(operation, "name", "")
    if not name and isinstance(answer, dict):
        name = answer.get("name", "")
    return name if isinstance(name, str) and "operations/" in name else ""
