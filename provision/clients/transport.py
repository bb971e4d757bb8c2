"""How every call to Google is made: where to, with what deadline, retried when that can help, and counted."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from provision.clients.refusals import TRANSIENT, refusal_from
from provision.errors import ApiError
from provision.plan import CallRecord, Wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from provision.clients.auth import Credentials

Answer = TypeVar("Answer")
Client = TypeVar("Client")

GOOGLE: Final = "googleapis.com"
_FIRST_PAUSE_S: Final = 0.25
_LONGEST_PAUSE_S: Final = 5.0


@dataclass
class CallLog:
    """Every call of a run, in the order they ended. Safe to write from many threads."""

    began: float = field(default_factory=time.monotonic)
    records: list[CallRecord] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, service: str, method: str, started: float, status: str, retried_for: tuple[str, ...]) -> None:
        """Note one finished call; ``started`` is a reading of the monotonic clock."""
        record = CallRecord(
            service=service,
            method=method,
            started_s=round(started - self.began, 3),
            duration_s=round(time.monotonic() - started, 3),
            status=status,
            retried_for=retried_for,
        )
        with self._lock:
            self.records.append(record)

    def waited(self, what: str, started: float) -> None:
        """Note time that was spent on waiting for ``what``, from ``started`` (monotonic clock) until now."""
        record = Wait(
            what=what,
            started_s=round(started - self.began, 3),
            duration_s=round(time.monotonic() - started, 3),
        )
        with self._lock:
            self.waits.append(record)


@dataclass(frozen=True, kw_only=True)
class Transport:
    """The wire, for every client.

    Attributes:
        address: the base URL that serves every API; empty for Google's own hosts.
        call_timeout_s: seconds one attempt may take.
        retry_budget_s: seconds after which a call that can be repeated is given up.
        sleep: waits some seconds between two looks at an operation.
    """

    credentials: Credentials
    address: str = ""
    call_timeout_s: float = 10.0
    retry_budget_s: float = 10.0
    log: CallLog = field(default_factory=CallLog)
    sleep: Callable[[float], None] = time.sleep

    def client(self, client_class: Callable[..., Client], host: str = "") -> Client:
        """Make one of Google's own clients, over REST.

        Args:
            client_class: a generated client, such as ``ProjectsClient``.
            host: the API endpoint if it is not the client's default; a sandbox's address wins.
        """
        options = {"universe_domain": self.credentials.universe_domain}
        endpoint = self.address or (self.host(host) if host else "")
        if endpoint:
            options["api_endpoint"] = endpoint
        return client_class(credentials=self.credentials, transport="rest", client_options=options)

    def host(self, name: str) -> str:
        """Return the host of an API in the cloud the credentials are for; Google's own names end in its domain.

        https://google.aip.dev/auth/4117
        """
        return name.removesuffix(GOOGLE) + self.credentials.universe_domain if name.endswith(GOOGLE) else name

    def wait(self, seconds: float, what: str) -> None:
        """Wait some seconds for ``what``, and note it."""
        started = time.monotonic()
        self.sleep(seconds)
        self.log.waited(what, started)

    def call(
        self,
        service: str,
        method: str,
        function: Callable[..., Answer],
        /,
        *,
        transient: frozenset[str] = TRANSIENT,
        patience: float = 1.0,
        **arguments: Any,
    ) -> Answer:
        """Call one method of Google's client, again while that can help.

        Args:
            function: the bound method; gets ``timeout`` besides ``arguments``, and ``retry=None``: it must not
                retry by itself, unseen.
            transient: the statuses after which the same call may be made again.
            patience: how many retry budgets all attempts together may take; a change is worth more than a look.

        Raises:
            ApiError: Google refused, or there was no answer within the budget.
        """
        from google.api_core.exceptions import RetryError
        from google.api_core.retry import Retry

        refused: list[str] = []
        refused_at = 0.0
        status = "OK"

        def attempt() -> Answer:
            if refused:
                self.log.waited(f"another try of {method} ({refused[-1]})", refused_at)
            try:
                return function(**arguments, retry=None, timeout=self.call_timeout_s)
            except Exception as error:
                refusal = refusal_from(error, service, method)
                if refusal is None:
                    raise
                raise ApiError(refusal) from error

        def note(error: Exception) -> None:
            nonlocal refused_at
            refused.append(_status(error))
            refused_at = time.monotonic()

        def can_help(error: Exception) -> bool:
            return isinstance(error, ApiError) and error.refusal.status in transient

        retry = Retry(
            predicate=can_help,
            initial=_FIRST_PAUSE_S,
            maximum=_LONGEST_PAUSE_S,
            multiplier=2.0,
            timeout=self.retry_budget_s * patience,
            on_error=note,
        )
        started = time.monotonic()
        try:
            answer: Answer = retry(attempt)()
        except RetryError as error:
            status = refused.pop()  # the last attempt's, after which there was no other
            raise error.cause or error from error
        except BaseException as error:
            status = _status(error)
            raise
        else:
            return answer
        finally:
            self.log.add(service, method, started, status, tuple(refused))


def _status(error: BaseException) -> str:
    return error.refusal.status if isinstance(error, ApiError) else type(error).__name__
