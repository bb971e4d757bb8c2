"""Tell every call as it ends: a line of JSON each (``--log``), and a span where OpenTelemetry is set up.

OpenTelemetry is no dependency: it is looked for only where its environment variables say that someone wants spans
(https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/), or its SDK already runs.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from provision.errors import UsageError
from provision.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from provision.plan import CallRecord

    Finish = Callable[[CallRecord], None]

VERSION: Final = 1


class AuditLog:
    """A file that gets one line for each call.

    Args:
        principal: who calls, as far as is known by now.

    Raises:
        UsageError: the file cannot be written.
    """

    def __init__(self, path: Path, *, target: str, principal: Callable[[], str]) -> None:
        self._target = target
        self._principal = principal
        self._lock = threading.Lock()
        self._path = path
        self._broken = ""
        try:
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise UsageError(
                f"the log {path} cannot be written", cause=str(error), fix="name another file with --log"
            ) from error

    def __call__(self, call: CallRecord) -> None:
        """Write the line of a call that has just ended."""
        began = datetime.now(UTC) - timedelta(seconds=call.duration_s)
        line = {
            "version": VERSION,
            "time": began.isoformat(timespec="milliseconds"),
            "target": self._target,
            "service": call.service,
            "method": call.method,
            "resource": call.resource,
            "principal": self._principal(),
            "mutates": call.mutates,
            "status": call.status,
            "code": call.code,
            "reason": call.reason,
            "duration_ms": round(call.duration_s * 1000),
            "retries": len(call.retried_statuses),
            "retried_statuses": list(call.retried_statuses),
            "request_id": call.request_id,
        }
        text = (redact(json.dumps(line, ensure_ascii=False)) + "\n").encode()
        with self._lock:
            if self._broken:
                return
            try:
                written = os.write(self._descriptor, text)
                self._broken = "" if written == len(text) else "it is full"
            except OSError as error:  # what Google answered is no less true for it
                self._broken = error.strerror or type(error).__name__
        if self._broken:
            sys.stderr.write(f"Warning: the log {self._path} cannot be written on: {self._broken}; calls go on.\n")


def tracer(environment: Mapping[str, str] = os.environ) -> Callable[[str, str, str], Finish] | None:
    """Return what begins a span for each call; None where no one set OpenTelemetry up, or it is not installed."""
    wanted = environment.get("OTEL_TRACES_EXPORTER") or (
        "otlp" if {"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"} & set(environment) else ""
    )
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true" or wanted == "none":
        return None
    if not wanted and "opentelemetry.sdk.trace" not in sys.modules:
        return None
    try:
        from opentelemetry import trace
        from opentelemetry.sdk.trace import TracerProvider
    except ImportError:
        return None
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        if not wanted:
            return None
        provider = _provider(wanted)
        trace.set_tracer_provider(provider)
    return spans(provider, environment)


def _provider(wanted: str) -> Any:
    from importlib.metadata import entry_points

    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider()
    found = {each.name: each for each in entry_points(group="opentelemetry_traces_exporter")}
    for name in wanted.split(","):
        if name.strip() not in found:
            raise UsageError(
                f"OpenTelemetry has no exporter {name.strip()!r}",
                cause=f"OTEL_TRACES_EXPORTER={wanted}; installed: {', '.join(sorted(found)) or 'none'}",
                fix="install its package, such as opentelemetry-exporter-otlp, or unset the variable",
            )
        provider.add_span_processor(BatchSpanProcessor(found[name.strip()].load()()))
    return provider


def spans(provider: Any, environment: Mapping[str, str]) -> Callable[[str, str, str], Finish]:
    """Return what begins a span for each call, below one for the whole command.

    TRACEPARENT, as CI systems set it, is what the command is below (https://www.w3.org/TR/trace-context/).
    """
    from opentelemetry import trace
    from opentelemetry.trace import SpanKind, Status, StatusCode
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    made = provider.get_tracer("provision")
    above = TraceContextTextMapPropagator().extract({"traceparent": environment.get("TRACEPARENT", "")})
    whole = made.start_span("provision", context=above)
    atexit.register(whole.end)  # before the provider's own end, which was registered earlier
    below = trace.set_span_in_context(whole)

    def begin(service: str, method: str, resource: str) -> Finish:
        span = made.start_span(f"{service}/{method}", context=below, kind=SpanKind.CLIENT)
        span.set_attributes(
            {"rpc.system": "google", "rpc.service": service, "rpc.method": method, "gcp.resource": redact(resource)}
        )

        def finish(call: CallRecord) -> None:
            span.set_attributes(
                {
                    "rpc.response.status": call.status,
                    "provision.mutates": call.mutates,
                    "provision.retries": len(call.retried_statuses),
                    "gcp.request_id": call.request_id,
                }
            )
            if call.status != "OK":
                span.set_status(Status(StatusCode.ERROR, f"{call.status} {call.reason}".strip()))
            span.end()

        return finish

    return begin
