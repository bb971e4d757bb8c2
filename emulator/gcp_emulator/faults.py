"""Faults on request: calls that are refused, lost, delayed, malformed, or whose operation fails.

A fault is JSON, so that it can be shared:

    {"method": "google.api.serviceusage.v1.ServiceUsage/*", "first": 2, "status": 429}
    {"method": "GET /v1/projects/*/billingInfo", "error": "BILLING_DISABLED"}
    {"error": "PROJECT_QUOTA"}
    {"method": "*", "probability": 0.05, "error": "UNAVAILABLE"}
    {"method": "*/ChatCompletions", "cut_stream_after": 3}

`method` is a glob over the names of the methods, or over `VERB /path` as it is called. Faults are asked in
the order they were given, once the caller is known; a call meets the first that still has something to do.
How one is written, and what is wrong with it, is in `gcp_emulator.faultfile`.
"""

from __future__ import annotations

import asyncio
import copy
import fnmatch
import math
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeVar

from gcp_emulator.call import Stream
from gcp_emulator.errors import TYPE, ApiError, Dropped

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from random import Random

    from gcp_emulator.call import Answer, Call, Json
    from gcp_emulator.error_cases import ErrorCase
    from gcp_emulator.requestlog import Entry
    from gcp_emulator.rpc import Method

Z95: Final = 1.6448536269514722
"""The 95th percentile of the normal distribution, in standard deviations."""

FLUSH: Final = 0.02
"""Seconds that what was sent last has to leave before a connection is broken off."""


EVENT_END: Final = re.compile(rb"\r?\n\r?\n")
"""How a server-sent event ends: Google's native streams have CRLF (recorded), its OpenAI-compatible ones have not."""

Part = TypeVar("Part")


class BadFaultError(ValueError):
    """A fault that says nothing the sandbox could do; the message says what and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """How long calls wait, in milliseconds: always the same, evenly spread, or log-normal as networks are."""

    least: float = 0.0
    most: float = 0.0
    p50: float = 0.0
    p95: float = 0.0

    def draw(self, random: Random) -> float:
        """Return the milliseconds of one call."""
        if self.p50:
            return random.lognormvariate(math.log(self.p50), math.log(self.p95 / self.p50) / Z95)
        return random.uniform(self.least, self.most) if self.least != self.most else self.most


@dataclass(slots=True, kw_only=True)
class Fault:
    """One fault, parsed.

    Args:
        given: as it was written.
        glob: which methods.
        match: which project and principal.
        first: how many calls it applies to; None for every one.
        probability: how likely each of them meets it.
        random: what its chances and delays are drawn from.
        error: what those calls are refused with.
        row: the row of the catalog that is filled in from the call instead.
        message: put in the place of the catalog's message.
        metadata: added to what the catalog fills in.
        drop: their connection is dropped instead.
        after: they are carried out first.
        latency: they wait.
        slow_body: seconds over which their answer's body is sent.
        cut: their stream breaks off after this many events.
        end: their stream ends, as if it were whole, after this many events.
        lro: what happens to the operation they start.
        fired: how many calls met it.
    """

    given: Json
    glob: str
    match: dict[str, str]
    random: Random
    first: int | None = 1
    probability: float = 1.0
    error: ApiError | None = None
    row: ErrorCase | None = None
    message: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    after: bool = False
    latency: Latency = Latency()
    slow_body: float = 0.0
    cut: int | None = None
    end: int | None = None
    lro: Json | None = None
    fired: int = 0

    @property
    def answer(self) -> Json | None:
        """What is answered in the method's place."""
        return copy.deepcopy(self.row.answer) if self.row else None

    def meets(self, called: str, method: Method, caller: Entry) -> bool:
        """Tell whether a call is one of those it is for, and its turn has come."""
        return (
            (self.first is None or self.fired < self.first)
            and any(fnmatch.fnmatchcase(name, self.glob) for name in (method.name, called))
            and all(fnmatch.fnmatchcase(getattr(caller, key), wanted) for key, wanted in self.match.items())
            and (self.row is None or self.row.fits(method))
            and (self.probability >= 1 or self.random.random() < self.probability)
        )

    def delay(self) -> float:
        """Return the seconds that a call waits."""
        return self.latency.draw(self.random) / 1000

    def prepare(self, call: Call, consumer: str) -> ApiError | Dropped | None:
        """Lay by what is for the operation or the rule; return what the call ends with, if not with its answer."""
        call.lro_fault = self.lro
        if self.drop:
            return Dropped()
        if self.row is None:
            return self.error
        call.overrides = self.row.request
        if self.row.make is None:
            return self.error
        from gcp_emulator.error_cases.facts import Facts  # only here: few sandboxes need the catalog

        refused = self._message(self.row.make(Facts(call, consumer)))
        if not self.row.operation:
            return refused
        call.lro_fault = {"error": refused.operation_error()}
        return None

    def _message(self, refused: ApiError) -> ApiError:
        if self.message is not None:
            refused.message = self.message
        for detail in refused.details:
            if detail["@type"] == f"{TYPE}ErrorInfo":
                detail["metadata"] = {**detail["metadata"], **self.metadata}
        return refused


def corrupt(fault: Fault, answer: Answer, lost: Callable[[], None]) -> Answer:
    """Return the answer as a fault leaves it: cut off, ended early, or slow; only streams can be.

    Args:
        fault: what is done.
        answer: to what.
        lost: called when the connection is given up.
    """
    if isinstance(answer, Stream):
        return replace(answer, messages=_corrupted(fault, answer.messages, lost))
    if isinstance(answer, dict) or isinstance(answer.body, bytes):
        if fault.cut is not None or fault.end is not None:
            fault.fired -= 1  # no stream was asked for: this call was not meant
        return answer
    parts = _events(answer.body) if answer.content_type.startswith("text/event-stream") else answer.body
    return replace(answer, body=_corrupted(fault, parts, lost))


def _corrupted(fault: Fault, parts: AsyncIterator[Part], lost: Callable[[], None]) -> AsyncIterator[Part]:
    """Parts of a stream as a fault leaves them."""
    if fault.slow_body:
        parts = _paced(parts, fault.slow_body / 10)
    if fault.cut is not None:
        parts = _cut(parts, fault.cut, lost)
    elif fault.end is not None:
        parts = _first(parts, fault.end)
    return parts


async def _events(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """One part for each event, however they arrived."""
    rest = b""
    async for part in parts:
        rest += part
        while found := EVENT_END.search(rest):
            yield rest[: found.end()]
            rest = rest[found.end() :]
    if rest:
        yield rest


async def _paced(parts: AsyncIterator[Part], seconds: float) -> AsyncIterator[Part]:
    async for part in parts:
        await asyncio.sleep(seconds)
        yield part


async def _first(parts: AsyncIterator[Part], count: int) -> AsyncIterator[Part]:
    if not count:
        return
    async for part in parts:
        yield part
        count -= 1
        if not count:
            return


async def _cut(parts: AsyncIterator[Part], count: int, lost: Callable[[], None]) -> AsyncIterator[Part]:
    async for part in _first(parts, count):
        yield part
    await asyncio.sleep(FLUSH)
    lost()
    raise Dropped
