"""One sandbox: its world, its clock, and the way of a call through it.

Both faces hand a call to `Sandbox.answer`, which knows the caller, applies faults, asks the gate, lets the
method's rule answer, makes the change durable and writes the log. A face only translates. What a face
must do: build the request as proto-JSON, await `answer`, and turn `Refused` and `Dropped` into its own
wire's words. `gcp_emulator.rest` and `gcp_emulator.grpc_face` are the two; the latter offers
`async def start(sandbox: Sandbox, host: str, port: int) -> Face`.
"""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from gcp_emulator import errors, faults, gate, operations, quotas
from gcp_emulator.call import Answer, Call, Caller, Json
from gcp_emulator.errors import Refused
from gcp_emulator.faults import Dropped
from gcp_emulator.identity import LIFETIME, Identity
from gcp_emulator.requestlog import Entry, RequestLog

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gcp_emulator.persistence import Database
    from gcp_emulator.rpc import Method, Registry
    from gcp_emulator.store import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a sandbox was started.

    Args:
        latency: host seconds added to every answer of an API (for a stream before its first byte).
        propagation: sandbox seconds between a change and its being in force everywhere.
        clock: sandbox seconds per host second; 0 is a clock that is stepped by hand.
        seed: what every number Google would choose is drawn from.
        chat_upstream: an OpenAI-compatible server that answers chats; empty for the built-in responder.
        chat_upstream_model: what the model is called there; empty: what each request says.
        enable_gate: open models answer a project only after it has enabled them in Model Garden (assumed,
            not established: see `services/aiplatform/guard.py`).
        rate_limits: refuse what goes beyond Google's documented limits per minute (see `quotas.py`).
        token_life: sandbox seconds that an access token is good for; google-auth asks for another 225 s earlier.
    """

    latency: float = 0.0
    propagation: float = 3.0
    clock: float = 1.0
    seed: int = 0
    chat_upstream: str = ""
    chat_upstream_model: str = ""
    enable_gate: bool = False
    rate_limits: bool = True
    token_life: int = LIFETIME


class Face(Protocol):
    """A running server that hands calls to a sandbox."""

    port: int

    async def stop(self) -> None:
        """Stop listening and end what runs, within about a second."""


@dataclass(slots=True, kw_only=True)
class Incoming:
    """A call as a face received it.

    Args:
        face: which face.
        method: what is called.
        request: the request message as proto-JSON.
        vars: the variables of its path.
        headers: HTTP headers or gRPC metadata, names in lower case.
        verb: the HTTP verb; `POST` on gRPC.
        path: the path as it came; `/package.Service/Method` on gRPC.
        broken: what to refuse with once the caller is known, where the request could not be read.
        slow_body: seconds over which the answer's body is to be sent, once it is there (a fault asked for it).
    """

    face: Literal["rest", "grpc"]
    method: Method
    request: Json
    vars: Mapping[str, str]
    headers: Mapping[str, str]
    verb: str
    path: str
    broken: Refused | None = None
    slow_body: float = 0.0


NOBODY = Caller(member="", email="")


class Sandbox:
    """Everything that runs behind the two faces."""

    def __init__(
        self,
        *,
        settings: Settings,
        registry: Registry,
        world: World,
        database: Database | None = None,
    ) -> None:
        self.settings = settings
        self.registry = registry
        self.world = world
        self.identity = Identity(world, registry.services, settings.token_life)
        self.database = database
        self.faults = faults.Faults(registry, settings.seed)
        self.quotas = quotas.Counters()
        self.log = RequestLog()
        self.calls = 0
        self.rest_host = ""  # where the REST face is, once it is

    async def answer(self, incoming: Incoming) -> Answer:
        """Carry out one call.

        Raises:
            Refused: with what Google would answer.
            Dropped: nothing shall be answered.
        """
        method = incoming.method
        clock = self.world.clock
        self.calls += 1
        started, watch = clock.host(), clock.stopwatch()
        call = Call(
            sandbox=self,
            method=method,
            request=incoming.request,
            vars=incoming.vars,
            headers=incoming.headers,
            caller=NOBODY,
            face=incoming.face,
            number=self.calls,
        )
        entry = self._log(incoming.face, incoming.verb, incoming.path, started)
        entry.method, entry.mutates = method.name, method.mutates
        try:
            return await self._carry_out(call, incoming, entry)
        except Refused as refused:
            entry.status = refused.http if incoming.face == "rest" else refused.status
            raise
        except Dropped:
            entry.status = "DROPPED"
            raise
        except BaseException:
            entry.status = 500 if incoming.face == "rest" else "INTERNAL"
            raise
        finally:
            if self.settings.latency:
                await asyncio.sleep(self.settings.latency)
            entry.duration_ms = round((clock.stopwatch() - watch) * 1000, 3)

    async def _carry_out(self, call: Call, incoming: Incoming, entry: Entry) -> Answer:
        if operations.due(self.world):
            operations.settle(self.world)
            self.commit()  # what was due is not this call's doing
        method = call.method
        if method.handle is None:
            raise errors.unimplemented(method.dotted)
        if method.auth:
            call.caller = self.identity.authenticate(call.headers, method)
            entry.principal = call.caller.email
        gate.identify(call, entry)
        fault = self.faults.pick(incoming.verb, incoming.path, method, entry) if self.faults.rules else None
        struck = await self._before(fault, call, incoming, entry.consumer) if fault else None
        gate.check(call)
        self.commit()  # a use that was noted, which is no change that the method made
        if self.settings.rate_limits:
            self.quotas.charge(call, entry.consumer)
        if incoming.broken is not None:
            raise incoming.broken
        answer = fault.answer if fault and fault.answer is not None else method.handle(call)
        if inspect.isawaitable(answer):
            answer = await answer
        entry.changed = bool(self.world.changes)
        self.commit()
        if fault:
            answer = self._after(fault, struck, answer, entry)
        if not isinstance(answer, dict):
            entry.status = answer.status if incoming.face == "rest" else "OK"
        return answer

    async def _before(
        self, fault: faults.Fault, call: Call, incoming: Incoming, consumer: str
    ) -> Refused | Dropped | None:
        """What a fault does before the call is carried out; what it does instead of the answer is returned."""
        await asyncio.sleep(fault.delay())
        if fault.slow_body and incoming.face == "rest":
            incoming.slow_body = fault.slow_body
        elif fault.slow_body:
            await asyncio.sleep(fault.slow_body)  # a message of gRPC is there whole, or not yet
        struck = fault.prepare(call, consumer)
        if struck is not None and not fault.after:
            raise struck
        return struck

    def _after(self, fault: faults.Fault, struck: Refused | Dropped | None, answer: Answer, entry: Entry) -> Answer:
        """What a fault does to the answer."""
        if struck is not None:
            raise struck

        def lost() -> None:
            entry.status = "DROPPED"

        return faults.bend(fault, answer, lost)

    def renew(self, world: World) -> None:
        """Put a fresh world in the place of the old one, without faults and with an empty log."""
        if self.database is not None:
            self.database.commit(world, afresh=True)
        world.changes.clear()
        self.world = world
        self.identity = Identity(world, self.registry.services, self.settings.token_life)
        self.faults.rules.clear()
        self.quotas = quotas.Counters()
        self.log.clear()

    def commit(self) -> None:
        """Make what has changed durable; acknowledged means durable."""
        if not self.world.changes:
            return
        if self.database is not None:
            self.database.commit(self.world)
        self.world.changes.clear()

    def note_unknown(self, verb: str, path: str, status: int | str, face: str = "rest") -> None:
        """Log a REST call of what is no method, or a connection that the proxy refused."""
        self.calls += 1
        entry = self._log(face, verb, path, self.world.clock.host())
        entry.status, entry.duration_ms = status, 0.0

    def _log(self, face: str, verb: str, path: str, started: float) -> Entry:
        entry = Entry(self.calls, face, verb, path, (self.world.clock.now(), started))
        self.log.append(entry)
        return entry
