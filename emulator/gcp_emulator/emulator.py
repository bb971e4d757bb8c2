"""One emulator: its state, its clock, its log, and what every call goes through.

Every transport hands its calls to `Emulator.answer`, which sends them through the chain of `admission.py`, times
them and writes the log.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from gcp_emulator import admission, iam
from gcp_emulator.active_faults import ActiveFaults
from gcp_emulator.call import Call
from gcp_emulator.caller import Caller
from gcp_emulator.counters import Counters
from gcp_emulator.errors import ApiError, Dropped
from gcp_emulator.identity import Identity
from gcp_emulator.requestlog import Entry, RequestLog
from gcp_emulator.services.iam import pools

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gcp_emulator.call import Answer
    from gcp_emulator.persistence import Database
    from gcp_emulator.registry import Registry
    from gcp_emulator.settings import Settings
    from gcp_emulator.store import State
    from gcp_emulator.transport import Incoming

ANONYMOUS = Caller(member="", email="")


class Emulator:
    """Everything that runs behind the transports."""

    def __init__(
        self,
        *,
        settings: Settings,
        registry: Registry,
        state: State,
        database: Database | None = None,
    ) -> None:
        self.settings = settings
        self.registry = registry
        self.database = database
        self.faults = ActiveFaults(registry, settings.seed)
        self.log = RequestLog()
        self.calls = 0
        self.unread = 0  # bytes of the request bodies that have begun and not ended
        self.rest_host = ""  # where REST is served, once it is
        self.observer: Callable[[Entry], None] = lambda _: None  # told of each call when it has been answered
        self._begin(state)

    def _begin(self, state: State) -> None:
        self.state = state
        self.identity = Identity(state, self.registry.services, pools.is_open, self.settings.token_lifetime)
        self.counters = Counters()

    async def answer(self, incoming: Incoming) -> Answer:
        """Carry out one call.

        Raises:
            Refused: with what Google would answer.
            Dropped: nothing shall be answered.
        """
        method, rest = incoming.method, incoming.transport == "rest"
        clock = self.state.clock
        self.calls += 1
        started, watch = clock.host(), clock.stopwatch()
        call = Call(
            emulator=self,
            method=method,
            request=incoming.request,
            vars=incoming.vars,
            headers=incoming.headers,
            caller=ANONYMOUS,
            transport=incoming.transport,
            number=self.calls,
        )
        entry = self._log(incoming.transport, incoming.verb, incoming.path, started)
        entry.method, entry.mutates = method.name, method.mutates
        try:
            return await admission.admit(admission.Admission(self, incoming, call, entry))
        except ApiError as refused:
            entry.status = refused.http if rest else refused.status
            raise
        except Dropped:
            entry.status = "DROPPED"
            raise
        except BaseException:
            entry.status = 500 if rest else "INTERNAL"
            raise
        finally:
            if self.settings.latency:
                await asyncio.sleep(self.settings.latency)
            entry.duration_ms = round((clock.stopwatch() - watch) * 1000, 3)
            self.observer(entry)

    def allows(self, caller: Caller, permission: str, resource: str, number: int, modified: Sequence[str] = ()) -> bool:
        """Tell whether a caller has a permission on a resource, as the call with this number sees it."""
        return iam.allows(self.state, caller, permission, resource, number, modified)

    def renew(self, state: State) -> None:
        """Put a fresh state in the place of the old one, without faults and with an empty log."""
        if self.database is not None:
            self.database.commit(state, from_scratch=True)
        state.changes.clear()
        self._begin(state)
        self.faults.rules.clear()
        self.log.clear()

    def commit(self) -> None:
        """Make what has changed durable; acknowledged means durable."""
        if not self.state.changes:
            return
        if self.database is not None:
            self.database.commit(self.state)
        self.state.changes.clear()

    def commit_if_possible(self) -> None:
        """Make durable what no one asked for; if that cannot be, it has not happened, and reads go on."""
        with contextlib.suppress(ApiError):
            self.commit()

    def note_unknown(self, verb: str, path: str, status: int | str, transport: str = "rest") -> None:
        """Log a REST call of what is no method, or a connection that the proxy refused."""
        self.calls += 1
        entry = self._log(transport, verb, path, self.state.clock.host())
        entry.status, entry.duration_ms = status, 0.0
        self.observer(entry)

    def _log(self, transport: str, verb: str, path: str, started: float) -> Entry:
        entry = Entry(self.calls, transport, verb, path, (self.state.clock.now(), started))
        self.log.append(entry)
        return entry
