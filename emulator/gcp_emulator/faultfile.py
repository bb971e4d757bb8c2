"""How a fault is written: its keys, what each may hold, and what is wrong where one cannot be used."""

from __future__ import annotations

import difflib
import fnmatch
import json
from random import Random
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.errors import CODES, STATUS_OF_HTTP, Refused, error_info
from gcp_emulator.faults import BadFaultError, Fault, Latency

if TYPE_CHECKING:
    from gcp_emulator.call import Json
    from gcp_emulator.refusals import Refusal
    from gcp_emulator.registry import Registry
    from gcp_emulator.rpc import Method

KEYS: Final = {
    "method": "a glob over the method's name (`*/CreateProject`) or over `VERB /path` "
    "(`GET /v1/projects/*/billingInfo`); may be left out beside `refusal`, which knows its methods",
    "match": "only calls of this `project` or `principal` (globs)",
    "first": "how many calls; 1 if left out, every one if `probability` stands there",
    "probability": "from 0 to 1: how likely each call meets it, drawn under `--random-seed`",
    "refusal": "a name from the catalogue of refusals, filled in from the call; "
    "`message` and `metadata` may say some of it differently",
    "status": "an HTTP status or a canonical code (200 only beside `raw_body`)",
    "message": "the refusal's text",
    "reason": "of the `ErrorInfo`",
    "domain": "of the `ErrorInfo`; `googleapis.com` if left out",
    "metadata": "of the `ErrorInfo`",
    "details": "further `google.rpc` details, each with its `@type`",
    "raw_body": "sent as it is: a text, empty or garbled as you like, or any JSON",
    "content_type": "of `raw_body`",
    "latency_ms": 'milliseconds these calls wait: a number, `{"p50": 80, "p95": 900}` or `{"uniform": [50, 200]}`',
    "slow_body_ms": "milliseconds over which the body of their answer is sent, in ten pieces",
    "drop": "true: the connection is cut without an answer",
    "after": "true: the call is carried out, and then its answer lost or refused",
    "cut_stream_after": "the stream of a chat breaks off after so many events",
    "end_stream_after": "the stream of a chat ends as if it were whole after so many events",
    "lro_error": "the operation that the call starts fails: `{code, message, details}`, the code gRPC's number",
    "lro_never": "true: that operation never ends",
}
"""What a fault may say."""

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
"""What a refusal of the catalogue brings with it."""

LONGEST: Final = 86_400_000
"""Milliseconds: nobody waits for more than a day."""


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
        raise BadFaultError(f"a fault is a JSON object, not {given!r}")
    unknown = sorted(set(given) - set(KEYS))
    if unknown:
        raise BadFaultError(f"unknown key {unknown[0]!r} in a fault; known are {', '.join(sorted(KEYS))}")
    row = _row(given)
    said = given if row is None else {**row.effect, **given}
    glob = said.get("method", "*" if row else None)
    if not isinstance(glob, str) or not means_something(glob, registry):
        raise BadFaultError(f"no method of the sandbox matches {glob!r}{_near(glob, registry)}")
    if row is not None:
        _check_fits(row, glob, registry)
    fault = Fault(
        given=given,
        glob=glob,
        match=_match(said),
        random=Random(seed),  # noqa: S311 - chance that can be repeated is what it is for
        first=_first(said),
        probability=_probability(said),
        refusal=_refusal(said) if row is None or row.effect else None,
        row=row,
        message=_text(said, "message"),
        metadata=_metadata(said),
        drop=_flag(said, "drop"),
        after=_flag(said, "after"),
        latency=_latency(said.get("latency_ms", 0)),
        slow_body=_number(said.get("slow_body_ms", 0), "slow_body_ms") / 1000,
        cut=_events(said, "cut_stream_after"),
        end=_events(said, "end_stream_after"),
        lro=_lro(said),
    )
    if not _does_something(fault):
        raise BadFaultError(
            f"the fault on {glob!r} does nothing: give refusal, status, drop, latency_ms, slow_body_ms, "
            "cut_stream_after, end_stream_after, lro_error or lro_never"
        )
    if (fault.cut is not None or fault.end is not None) and not _can_stream(glob, registry):
        raise BadFaultError(f"no method that {glob!r} matches answers with a stream: see */ChatCompletions")
    return fault


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


def _row(given: Json) -> Refusal | None:
    if "refusal" not in given:
        return None
    from gcp_emulator import refusals  # only here: few sandboxes need the catalogue

    name = given["refusal"]
    for outside in refusals.CLIENT_SIDE:
        if outside.name == name:
            raise BadFaultError(f"{name} is nothing that a server can answer: {outside.why}")
    if not isinstance(name, str) or name not in refusals.names():
        near = difflib.get_close_matches(str(name).upper(), sorted(refusals.names()), n=3, cutoff=0.4)
        hint = f"; near it are {', '.join(near)}" if near else ""
        raise BadFaultError(f"no refusal is called {name!r}{hint}")
    row = refusals.by_name(name)
    twice = sorted(ITS_OWN & set(given)) if not row.effect else []
    if twice:
        raise BadFaultError(f"the refusal {name} brings its own {twice[0]}: leave that out, or leave refusal out")
    return row


def _check_fits(row: Refusal, glob: str, registry: Registry) -> None:
    if any(row.fits(method) for method in _methods(glob, registry)):
        return
    fitting = sorted({method.name for method in registry.methods if row.fits(method)})
    raise BadFaultError(
        f"no call of {glob!r} can meet {row.name}; calls of these can: {', '.join(fitting[:4])}"
        + (f" and {len(fitting) - 4} more" if len(fitting) > 4 else "")
    )


def _can_stream(glob: str, registry: Registry) -> bool:
    from gcp_emulator.refusals.methods import STREAMS

    names = [method.name for method in _methods(glob, registry)]
    return any(fnmatch.fnmatchcase(name, stream) for name in names for stream in STREAMS)


def _does_something(fault: Fault) -> bool:
    streams = fault.cut is not None or fault.end is not None
    waits = fault.latency != Latency() or fault.slow_body > 0
    return bool(fault.row or fault.refusal or fault.drop or fault.lro or waits or streams)


def _match(said: Json) -> dict[str, str]:
    match = said.get("match", {})
    if not isinstance(match, dict) or set(match) - {"project", "principal"}:
        raise BadFaultError(f"match may hold project and principal, not {match!r}")
    return {key: str(value) for key, value in match.items()}


def _first(said: Json) -> int | None:
    first = said.get("first", None if "probability" in said else 1)
    if first is not None and (not isinstance(first, int) or isinstance(first, bool) or first < 1):
        raise BadFaultError(f"first is a number of calls, not {first!r}")
    return first


def _probability(said: Json) -> float:
    chance = said.get("probability", 1)
    if not isinstance(chance, int | float) or isinstance(chance, bool) or not 0 < chance <= 1:
        raise BadFaultError(f"probability is more than 0 and at most 1, not {chance!r}")
    return float(chance)


def _text(said: Json, key: str) -> str | None:
    value = said.get(key)
    if value is not None and not isinstance(value, str):
        raise BadFaultError(f"{key} is a text, not {value!r}")
    return value


def _metadata(said: Json) -> dict[str, str]:
    metadata = said.get("metadata", {})
    if not isinstance(metadata, dict):
        raise BadFaultError("metadata is an object of strings")
    return {str(key): str(value) for key, value in metadata.items()}


def _flag(said: Json, key: str) -> bool:
    value = said.get(key, False)
    if not isinstance(value, bool):
        raise BadFaultError(f"{key} is true or false, not {value!r}")
    return value


def _number(value: Any, key: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= LONGEST:
        raise BadFaultError(f"{key} is a number from 0 to {LONGEST}, not {value!r}")
    return float(value)


def _latency(value: Any) -> Latency:
    if not isinstance(value, dict):
        most = _number(value, "latency_ms")
        return Latency(least=most, most=most)
    if set(value) == {"uniform"} and isinstance(value["uniform"], list) and len(value["uniform"]) == 2:
        least, most = (_number(each, "latency_ms.uniform") for each in value["uniform"])
        if least <= most:
            return Latency(least=least, most=most)
    if set(value) == {"p50", "p95"}:
        p50, p95 = (_number(value[each], f"latency_ms.{each}") for each in ("p50", "p95"))
        if 0 < p50 <= p95:
            return Latency(p50=p50, p95=p95)
    raise BadFaultError(f'latency_ms is a number, {{"p50": 80, "p95": 900}} or {{"uniform": [50, 200]}}, not {value!r}')


def _events(said: Json, key: str) -> int | None:
    value = said.get(key)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise BadFaultError(f"{key} is a number of events, not {value!r}")
    return value


def _refusal(said: Json) -> Refused | None:
    if "content_type" in said and "raw_body" not in said:
        raise BadFaultError("content_type says what raw_body is, and there is none")
    if not said.keys() & {"status", "reason", "domain", "message", "metadata", "details", "raw_body"}:
        return None
    status, http = _status(said.get("status"), garbled="raw_body" in said)
    details = said.get("details", [])
    if not isinstance(details, list) or not all(isinstance(each, dict) and "@type" in each for each in details):
        raise BadFaultError("details is a list of objects, each with its @type")
    reason = _text(said, "reason")
    if reason is not None:
        info = error_info(reason, _text(said, "domain") or "googleapis.com")
        info["metadata"] = _metadata(said)
        details = [info, *details]
    elif said.keys() & {"domain", "metadata"}:
        raise BadFaultError("domain and metadata belong to a reason, and there is none")
    message = _text(said, "message") or MESSAGES.get(status, "The request was refused by a fault.")
    raw = said.get("raw_body")
    return Refused(
        status,
        message,
        *details,
        http=http,
        raw_body=raw if raw is None or isinstance(raw, str) else json.dumps(raw),
        content_type=_text(said, "content_type") or "",
    )


def _status(status: Any, *, garbled: bool) -> tuple[str, int | None]:
    if garbled and status in {200, None}:  # an answer that only looks like one
        return "UNKNOWN", 200
    if status is None:
        raise BadFaultError('a refusal needs a status, such as 429 or "RESOURCE_EXHAUSTED"')
    if isinstance(status, str) and status in CODES and status != "OK":
        return status, None
    if isinstance(status, int) and 400 <= status <= 599:
        known = STATUS_OF_HTTP.get(status)
        return known or ("INVALID_ARGUMENT" if status < 500 else "INTERNAL"), status
    raise BadFaultError(f"status is an HTTP status from 400 on or a canonical code, not {status!r}")


def _lro(said: Json) -> Json | None:
    if _flag(said, "lro_never"):
        return {"never": True}
    error = said.get("lro_error")
    if error is None:
        return None
    if (
        not isinstance(error, dict)
        or not isinstance(error.get("code"), int)
        or set(error) - {"code", "message", "details"}
    ):
        raise BadFaultError("lro_error is {code: a gRPC number, message, details?}")
    return {"error": {"message": "", **error}}
