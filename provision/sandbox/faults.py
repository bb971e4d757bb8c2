"""Faults on request: the first N calls of a method are refused, lost, delayed, or their operation fails.

A fault is JSON, so that it can be shared:

    {"method": "google.api.serviceusage.v1.ServiceUsage/*", "first": 2, "status": 429}
    {"method": "GET /v1/projects/*/billingInfo", "status": "PERMISSION_DENIED", "reason": "BILLING_DISABLED"}
    {"method": "*/CreateProject", "lro_error": {"code": 8, "message": "exceeded your allotted project quota"}}

`method` is a glob over the names of the methods, or over `VERB /path` as it is called. Faults are asked in
the order they were given, once the caller is known; a call meets the first that still has something to do.
"""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from provision.sandbox.errors import CODES, STATUS_OF_HTTP, Refused, error_info

if TYPE_CHECKING:
    from provision.sandbox.rpc import Json, Method, Registry

KEYS: Final = frozenset(
    {
        "method",
        "match",
        "first",
        "status",
        "reason",
        "domain",
        "metadata",
        "message",
        "details",
        "raw_body",
        "latency_ms",
        "drop",
        "after",
        "lro_error",
        "lro_never",
    }
)

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


@dataclass(slots=True, kw_only=True)
class Fault:
    """One fault, parsed.

    Args:
        given: as it was written.
        first: how many calls it applies to.
        refusal: what those calls are refused with.
        drop: their connection is dropped instead.
        after: they are carried out first.
        latency_ms: they wait.
        lro: what happens to the operation they start.
    """

    given: Json
    glob: str
    match: dict[str, str]
    first: int = 1
    refusal: Refused | None = None
    drop: bool = False
    after: bool = False
    latency_ms: float = 0.0
    lro: Json | None = None
    fired: int = 0


class BadFaultError(ValueError):
    """A fault that says nothing the sandbox could do; the message says what and why."""


@dataclass(slots=True)
class Faults:
    """The faults in force."""

    registry: Registry
    rules: list[Fault] = field(default_factory=list)

    def add(self, given: Any) -> None:
        """Put a list of faults (or `{"faults": [...]}`) in force, all or none.

        Raises:
            BadFaultError: one of them is wrong.
        """
        listed = given.get("faults") if isinstance(given, dict) else given
        if not isinstance(listed, list):
            raise BadFaultError('faults are a JSON list, or {"faults": [...]}')
        self.rules += [self._parse(each) for each in listed]

    def show(self) -> list[Json]:
        """Return the faults as they were given, each with how often it fired."""
        return [{**fault.given, "fired": fault.fired} for fault in self.rules]

    def pick(self, verb: str, path: str, method: Method, who: dict[str, Any]) -> Fault | None:
        """Return the fault this call meets, and count it."""
        called = f"{verb} {path}"
        for fault in self.rules:
            if fault.fired >= fault.first:
                continue
            if not any(fnmatch.fnmatchcase(name, fault.glob) for name in (method.name, called)):
                continue
            if all(fnmatch.fnmatchcase(who[key], wanted) for key, wanted in fault.match.items()):
                fault.fired += 1
                return fault
        return None

    def _parse(self, given: Any) -> Fault:
        if not isinstance(given, dict):
            raise BadFaultError(f"a fault is a JSON object, not {given!r}")
        unknown = sorted(set(given) - KEYS)
        if unknown:
            raise BadFaultError(f"unknown key {unknown[0]!r} in a fault; known are {', '.join(sorted(KEYS))}")
        glob = given.get("method")
        if not isinstance(glob, str) or not self._means_something(glob):
            raise BadFaultError(f"no method of the sandbox matches {glob!r}")
        match = given.get("match", {})
        if not isinstance(match, dict) or set(match) - {"project", "principal"}:
            raise BadFaultError(f"match may hold project and principal, not {match!r}")
        first = given.get("first", 1)
        if not isinstance(first, int) or isinstance(first, bool) or first < 1:
            raise BadFaultError(f"first is a number of calls, not {first!r}")
        fault = Fault(
            given=given,
            glob=glob,
            match={key: str(value) for key, value in match.items()},
            first=first,
            refusal=_refusal(given),
            drop=given.get("drop") is True,
            after=given.get("after") is True,
            latency_ms=_number(given, "latency_ms"),
            lro=_lro(given),
        )
        if not (fault.refusal or fault.drop or fault.latency_ms or fault.lro):
            raise BadFaultError(
                f"the fault on {glob!r} does nothing: give status, drop, latency_ms, lro_error or lro_never"
            )
        return fault

    def _means_something(self, glob: str) -> bool:
        """Tell whether a glob names a method, or the path of one."""
        if any(fnmatch.fnmatchcase(method.name, glob) for method in self.registry.methods):
            return True
        verb, _, path = glob.partition(" ")
        if path.startswith("/") and self.registry.route(verb, path.replace("*", "x")):
            return True
        return any(fnmatch.fnmatchcase(sample, glob) for method in self.registry.methods for sample in method.samples())


def _refusal(given: Json) -> Refused | None:
    if not given.keys() & {"status", "reason", "message", "details", "raw_body"}:
        return None
    status, http = _status(given.get("status"), garbled="raw_body" in given)
    details = given.get("details", [])
    if not isinstance(details, list) or not all(isinstance(each, dict) for each in details):
        raise BadFaultError("details is a list of objects, each with its @type")
    metadata = given.get("metadata", {})
    if not isinstance(metadata, dict):
        raise BadFaultError("metadata is an object of strings")
    if "reason" in given:
        domain = str(given.get("domain", "googleapis.com"))
        info = error_info(str(given["reason"]), domain)
        info["metadata"] = {str(key): str(value) for key, value in metadata.items()}
        details = [info, *details]
    message = str(given.get("message", MESSAGES.get(status, "The request was refused by a fault.")))
    raw = given.get("raw_body")
    return Refused(status, message, *details, http=http, raw_body=None if raw is None else str(raw))


def _status(status: Any, *, garbled: bool) -> tuple[str, int | None]:
    if garbled and status == 200:  # an answer that only looks like one
        return "UNKNOWN", 200
    if status is None:
        raise BadFaultError('a refusal needs a status, such as 429 or "RESOURCE_EXHAUSTED"')
    if status in CODES and status != "OK":
        return str(status), None
    if isinstance(status, int) and 400 <= status <= 599:
        known = STATUS_OF_HTTP.get(status)
        return known or ("INVALID_ARGUMENT" if status < 500 else "INTERNAL"), status
    raise BadFaultError(f"status is an HTTP status from 400 on or a canonical code, not {status!r}")


def _number(given: Json, key: str) -> float:
    value = given.get(key, 0)
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
        raise BadFaultError(f"{key} is a number, not {value!r}")
    return float(value)


def _lro(given: Json) -> Json | None:
    if given.get("lro_never") is True:
        return {"never": True}
    error = given.get("lro_error")
    if error is None:
        return None
    if (
        not isinstance(error, dict)
        or not isinstance(error.get("code"), int)
        or set(error) - {"code", "message", "details"}
    ):
        raise BadFaultError("lro_error is {code: a gRPC number, message, details?}")
    return {"error": {"message": "", **error}}
