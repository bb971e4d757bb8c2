"""How a fault is written: its keys, what each may hold, and what is wrong where one cannot be used."""

from __future__ import annotations

import difflib
import fnmatch
import json
from random import Random
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import fieldmask
from gcp_emulator.errors import CODES, STATUS_OF_HTTP, ApiError, error_info
from gcp_emulator.faults import BadFaultError, Fault, Latency
from gcp_emulator.shown import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.call import Json
    from gcp_emulator.error_cases import ErrorCase
    from gcp_emulator.registry import Registry
    from gcp_emulator.rpc import Method

DEEPEST: Final = 100  # as a request's body
LONGEST_GLOB: Final = 500
LONGEST: Final = 86_400_000
"""Milliseconds: no one waits for more than a day."""


def _is_text(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LONGEST


def _is_count(value: Any) -> bool:
    return value is None or (isinstance(value, int) and _is_number(value))


def _is_latency(value: Any) -> bool:
    match value:
        case {"uniform": [least, most], **rest} if not rest:
            return _is_number(least) and _is_number(most) and least <= most
        case {"p50": p50, "p95": p95, **rest} if not rest:
            return _is_number(p50) and _is_number(p95) and 0 < p50 <= p95
        case _:
            return _is_number(value)


def _are_details(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, dict) and isinstance(each.get("@type"), str) for each in value
    )


def _is_header(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value.isascii() and value.isprintable())


def _is_error(value: Any) -> bool:
    known = isinstance(value, dict) and value.keys() <= {"code", "message", "details"}
    return value is None or (
        known
        and value.get("code") in range(1, len(CODES))
        and isinstance(value.get("message", ""), str)
        and _are_details(value.get("details", []))
    )


COUNT: Final = (_is_count, "a number of events")
FLAG: Final = (_is_flag, "true or false")
TEXT: Final = (_is_text, "a text")
ANYTHING: Final = (lambda _: True, "")
"""For what is checked together with other keys."""

KEYS: Final[dict[str, tuple[Callable[[Any], bool], str]]] = {
    "method": ANYTHING,
    "match": (
        lambda value: isinstance(value, dict) and value.keys() <= {"project", "principal"},
        "an object of project and principal",
    ),
    "first": (lambda value: _is_count(value) and value != 0, "a number of calls"),
    "probability": (lambda value: _is_number(value) and 0 < value <= 1, "more than 0 and at most 1"),
    "error": ANYTHING,
    "status": ANYTHING,
    "message": TEXT,
    "reason": TEXT,
    "domain": TEXT,
    "metadata": (lambda value: isinstance(value, dict), "an object of strings"),
    "details": (_are_details, "a list of objects, each with its @type"),
    "raw_body": ANYTHING,
    "content_type": (_is_header, "a text that a header can hold"),
    "latency_ms": (_is_latency, 'a number of milliseconds, {"p50": 80, "p95": 900} or {"uniform": [50, 200]}'),
    "slow_body_ms": (_is_number, f"a number from 0 to {LONGEST}"),
    "drop": FLAG,
    "after": FLAG,
    "cut_stream_after": COUNT,
    "end_stream_after": COUNT,
    "lro_error": (_is_error, "{code: a gRPC number, message, details?}"),
    "lro_never": FLAG,
}
"""What a fault may say (`docs/faults.md`): which values a key takes, and how these are called."""

MESSAGES: Final = {
    "RESOURCE_EXHAUSTED": "Resource has been exhausted (e.g. check quota).",
    "PERMISSION_DENIED": "The caller does not have permission",
    "UNAVAILABLE": "The service is currently unavailable.",
    "INTERNAL": "Internal error encountered.",
    "NOT_FOUND": "Requested entity was not found.",
    "DEADLINE_EXCEEDED": "Deadline expired before operation could complete.",
    "FAILED_PRECONDITION": "Precondition check failed.",
    "INVALID_ARGUMENT": "Request contains an invalid argument.",
    "ALREADY_EXISTS": "Requested entity already exists",
    "ABORTED": "The operation was aborted.",
    "UNAUTHENTICATED": "Request had invalid authentication credentials.",
    "CANCELLED": "The operation was cancelled.",
}
"""Google's words where a fault brings none: https://cloud.google.com/apis/design/errors"""

ITS_OWN: Final = frozenset({"status", "reason", "domain", "details", "raw_body", "content_type"})
"""What an error of the catalog brings with it."""


def parse(given: Any, registry: Registry, seed: str) -> Fault:
    """Return the fault that is written there.

    Args:
        given: one fault, as JSON.
        registry: the methods it can be about.
        seed: what its chances are drawn from.

    Raises:
        BadFaultError: it cannot be used; the message says why.
    """
    if not isinstance(given, dict):
        raise BadFaultError(f"a fault is a JSON object, not {shown(given)}")
    if fieldmask.depth(given) > DEEPEST:
        raise BadFaultError(f"a fault is nested more than {DEEPEST} levels deep")
    try:
        json.dumps(given, ensure_ascii=False, allow_nan=False).encode()
    except ValueError as error:
        raise BadFaultError(f"a fault holds what JSON cannot send: {error}") from None
    problems = [_problem(key, value) for key, value in given.items() if key not in KEYS or not KEYS[key][0](value)]
    if problems:
        raise BadFaultError("; ".join(problems))
    row = _row(given)
    fields = given if row is None else {**row.effect, **given}
    glob = fields.get("method", "*" if row else None)
    if not isinstance(glob, str) or len(glob) > LONGEST_GLOB or not means_something(glob, registry):
        raise BadFaultError(f"no method of the sandbox matches {shown(glob)}{_near(glob, registry)}")
    if row is not None:
        _check_fits(row, glob, registry)
    fault = Fault(
        given=given,
        glob=glob,
        match={key: str(value) for key, value in fields.get("match", {}).items()},
        random=Random(seed),  # noqa: S311 - chance that can be repeated is what it is for
        first=fields.get("first", None if "probability" in fields else 1),
        probability=float(fields.get("probability", 1)),
        error=_error(fields) if row is None or row.effect else None,
        row=row,
        message=fields.get("message"),
        metadata=_metadata(fields),
        drop=fields.get("drop", False),
        after=fields.get("after", False),
        latency=_latency(fields.get("latency_ms", 0)),
        slow_body=fields.get("slow_body_ms", 0) / 1000,
        cut=fields.get("cut_stream_after"),
        end=fields.get("end_stream_after"),
        lro=_lro(fields),
    )
    if not _does_something(fault):
        raise BadFaultError(
            f"the fault on {shown(glob)} does nothing: give error, status, drop, latency_ms, slow_body_ms, "
            "cut_stream_after, end_stream_after, lro_error or lro_never"
        )
    if (fault.cut is not None or fault.end is not None) and not _can_stream(glob, registry):
        raise BadFaultError(f"no method that {shown(glob)} matches answers with a stream: see */ChatCompletions")
    return fault


def _problem(key: str, value: Any) -> str:
    if key in KEYS:
        return f"{key} must be {KEYS[key][1]}, got {shown(value)}"
    return f"unknown key {shown(key)} in a fault; known are {', '.join(sorted(KEYS))}"


def means_something(glob: str, registry: Registry) -> bool:
    """Tell whether a glob names a method, or the path of one."""
    if any(_named(glob, method) for method in registry.methods):
        return True
    verb, _, path = glob.partition(" ")
    return path.startswith("/") and registry.route(verb, path.replace("*", "x")) is not None


def _near(glob: Any, registry: Registry) -> str:
    """Name what may have been meant: the ends of methods' names that look alike, as globs."""
    ends = {method.name.rpartition("/")[2] for method in registry.methods}
    near = difflib.get_close_matches(str(glob).rpartition("/")[2], sorted(ends), n=3)
    return f"; near it are {', '.join(f'*/{end}' for end in near)}" if near else ""


def _named(glob: str, method: Method) -> bool:
    return any(fnmatch.fnmatchcase(name, glob) for name in (method.name, *method.samples()))


def _methods(glob: str, registry: Registry) -> list[Method]:
    """The methods that a glob can be about."""
    found = [method for method in registry.methods if _named(glob, method)]
    verb, _, path = glob.partition(" ")
    routed = registry.route(verb, path.replace("*", "x")) if path.startswith("/") else None
    return [*found, routed[0].method] if routed else found


def _row(given: Json) -> ErrorCase | None:
    if "error" not in given:
        return None
    from gcp_emulator import error_cases  # only here: few sandboxes need the catalog

    name = given["error"]
    for outside in error_cases.CLIENT_SIDE:
        if outside.name == name:
            raise BadFaultError(f"{name} is nothing that a server can answer: {outside.why}")
    if not isinstance(name, str) or name not in error_cases.names():
        near = difflib.get_close_matches(str(name).upper(), sorted(error_cases.names()), n=3, cutoff=0.4)
        hint = f"; near it are {', '.join(near)}" if near else ""
        raise BadFaultError(f"no error is called {shown(name)}{hint}")
    row = error_cases.by_name(name)
    twice = sorted(ITS_OWN & set(given)) if not row.effect else []
    if twice:
        raise BadFaultError(f"the error {name} brings its own {twice[0]}: leave that out, or leave error out")
    return row


def _check_fits(row: ErrorCase, glob: str, registry: Registry) -> None:
    if any(row.fits(method) for method in _methods(glob, registry)):
        return
    fitting = sorted({method.name for method in registry.methods if row.fits(method)})
    raise BadFaultError(
        f"no call of {shown(glob)} can meet {row.name}; calls of these can: {', '.join(fitting[:4])}"
        + (f" and {len(fitting) - 4} more" if len(fitting) > 4 else "")
    )


def _can_stream(glob: str, registry: Registry) -> bool:
    from gcp_emulator.error_cases.methods import STREAMS

    names = [method.name for method in _methods(glob, registry)]
    return any(fnmatch.fnmatchcase(name, stream) for name in names for stream in STREAMS)


def _does_something(fault: Fault) -> bool:
    streams = fault.cut is not None or fault.end is not None
    waits = fault.latency != Latency() or fault.slow_body > 0
    return bool(fault.row or fault.error or fault.drop or fault.lro or waits or streams)


def _metadata(message: Json) -> dict[str, str]:
    return {str(key): str(value) for key, value in message.get("metadata", {}).items()}


def _latency(value: Any) -> Latency:
    if not isinstance(value, dict):
        return Latency(least=float(value), most=float(value))
    if "uniform" in value:
        least, most = map(float, value["uniform"])
        return Latency(least=least, most=most)
    return Latency(p50=float(value["p50"]), p95=float(value["p95"]))


def _error(spoken: Json) -> ApiError | None:
    if "content_type" in spoken and "raw_body" not in spoken:
        raise BadFaultError("content_type says what raw_body is, and there is none")
    if not spoken.keys() & {"status", "reason", "domain", "message", "metadata", "details", "raw_body"}:
        return None
    status, http = _status(spoken.get("status"), malformed="raw_body" in spoken)
    details = spoken.get("details", [])
    reason = spoken.get("reason")
    if reason is not None:
        info = error_info(reason, spoken.get("domain") or "googleapis.com")
        info["metadata"] = _metadata(spoken)
        details = [info, *details]
    elif spoken.keys() & {"domain", "metadata"}:
        raise BadFaultError("domain and metadata belong to a reason, and there is none")
    message = spoken.get("message") or MESSAGES.get(status, "The request was refused by a fault.")
    raw = spoken.get("raw_body")
    return ApiError(
        status,
        message,
        *details,
        http=http,
        raw_body=raw if raw is None or isinstance(raw, str) else json.dumps(raw),
        content_type=spoken.get("content_type") or "",
    )


def _status(status: Any, *, malformed: bool) -> tuple[str, int | None]:
    if malformed and status in {200, None}:  # an answer that only looks like one
        return "UNKNOWN", 200
    if status is None:
        raise BadFaultError('an error needs a status, such as 429 or "RESOURCE_EXHAUSTED"')
    if isinstance(status, str) and status in CODES and status != "OK":
        return status, None
    if isinstance(status, int) and 400 <= status <= 599:
        known = STATUS_OF_HTTP.get(status)
        return known or ("INVALID_ARGUMENT" if status < 500 else "INTERNAL"), status
    raise BadFaultError(f"status is an HTTP status from 400 on or a canonical code, not {shown(status)}")


def _lro(message: Json) -> Json | None:
    if message.get("lro_never"):
        return {"never": True}
    error = message.get("lro_error")
    return None if error is None else {"error": {"message": "", **error}}
