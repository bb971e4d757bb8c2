"""How every call to Google is made: where to, with what deadline, retried when that can help, counted, written down."""

from __future__ import annotations

import re
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar

from provision.concurrency import Deadline, DeadlinePassed, within
from provision.errors import ApiError, CommandTimeout, ErrorStatus, TokenError
from provision.google.calls import Call, CallLog
from provision.google.errors import TRANSIENT, error_from, error_from_body, is_frontend_error
from provision.google.limits import read_whole
from provision.google.responses import fits, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from provision.google.auth import Credentials
    from provision.google.budgets import Budgets
    from provision.plan import Mutation

__all__ = ["CallLog", "Transport"]

Answer = TypeVar("Answer")
Client = TypeVar("Client")

_HEARD: Final[ContextVar[list[dict[str, Any]]]] = ContextVar("provision_heard")
_ENCODING: Final = re.compile(r"(?<=[?&])(?:%24|\$)alt=json(?:%3B|;)enum-encoding(?:%3D|=)int&?")

GOOGLE: Final = "googleapis.com"
NOT_ATTEMPTED: Final = "NOT_ATTEMPTED"
"""The status of a call that could not be made, because there was no token for it."""
_FIRST_PAUSE_S: Final = 0.25
_LONGEST_PAUSE_S: Final = 5.0
_A_MOMENT_S: Final = 0.001  # what a socket waits at least: none at all means that it does not wait for an answer


@dataclass(frozen=True, kw_only=True)
class Transport:
    """The wire, for every client.

    Attributes:
        address: the base URL that serves every API; empty for Google's own hosts.
        call_timeout_s: seconds one attempt may take, from its first byte to its last.
        retry_budget_s: seconds after which a call that can be repeated is given up.
        list_timeout_s: seconds that all pages of one list may take.
        deadline: when the command must have ended; no call, no wait and no list goes on after it.
        sleep: waits some seconds between two looks at an operation.
        pace: makes each attempt wait until its quota has room for it; None where a few calls need no such care.
    """

    credentials: Credentials
    address: str = ""
    call_timeout_s: float = 10.0
    retry_budget_s: float = 10.0
    list_timeout_s: float = 60.0
    deadline: Deadline = field(default_factory=Deadline)
    log: CallLog = field(default_factory=CallLog)
    sleep: Callable[[float], None] = time.sleep
    pace: Budgets | None = None
    _numbers: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def host(self, name: str) -> str:
        """Return the host of an API in the cloud the credentials are for; Google's own names end in its domain.

        https://google.aip.dev/auth/4117
        """
        return name.removesuffix(GOOGLE) + self.credentials.universe_domain if name.endswith(GOOGLE) else name

    def same_project(self, project_id: str, number: str) -> None:
        """Hold a project's number in an answer against that in all others of this run.

        Raises:
            ValueError: it is another: one of the two is about another project.
        """
        known = self._numbers.setdefault(project_id, number) if number.isdigit() else project_id
        if project_id.isdigit():
            known = project_id
        fits("project", number, known)

    def wait(self, seconds: float, what: str) -> None:
        """Wait some seconds for ``what``, and note it; not beyond the command's deadline."""
        started = time.monotonic()
        self.sleep(min(seconds, self.deadline.left_s()))
        self.log.waited(what, started)

    @property
    def session(self) -> Any:
        """An HTTP session that puts the caller's token into each request; to be used within `call`."""
        return self._session

    def client(self, client_class: Callable[..., Client], host: str = "") -> Client:
        """Make one of Google's own clients, over REST; `ask` calls its methods.

        Args:
            client_class: a generated client, such as ``ProjectsClient``.
            host: the API endpoint if it is not the client's default; a sandbox's address wins.
        """
        options = {"universe_domain": self.credentials.universe_domain}
        endpoint = self.address or (self.host(host) if host else "")
        if endpoint:
            options["api_endpoint"] = endpoint
        client = client_class(credentials=self.credentials, transport="rest", client_options=options)
        session = getattr(getattr(client, "transport", None), "_session", None)
        if session is None:  # there is no public way to it, and without it no answer is seen as it was sent
            raise TypeError(f"{client_class.__name__} has no session to listen to")
        session.hooks["response"] += [read_whole, self.log.note_response, _listen]
        session.auth = _ask_for_words
        return client

    @cached_property
    def _session(self) -> Any:
        from google.auth.transport.requests import AuthorizedSession

        session = AuthorizedSession(self.credentials)  # type: ignore[no-untyped-call] # google-auth ships no types
        session.hooks["response"] += [read_whole, self.log.note_response]
        return session

    @cached_property
    def _plain_session(self) -> Any:
        """Send nothing of the caller's, where a call brings a token of its own."""
        import requests

        session = requests.Session()
        session.hooks["response"] += [read_whole, self.log.note_response]
        return session

    def rest(  # noqa: PLR0913 - what a call of any API can have
        self,
        service: str,
        method: str,
        path: str,
        /,
        *,
        verb: str = "POST",
        body: Any = None,
        query: Mapping[str, str | list[str]] | None = None,
        mutation: Mutation | None = None,
        transient: frozenset[str] = TRANSIENT,
        patience: float = 1.0,
        fields: tuple[str, ...] = (),
        may_be_empty: bool = True,
        form: Callable[[], dict[str, str]] | None = None,
        token: str | None = None,
        resource: str = "",
        host: str = "",
    ) -> dict[str, Any]:
        """Make one call in JSON, as Google's REST pages write it.

        For APIs that have no client here, and for what is read, changed and written back.

        Args:
            path: with its leading slash and version, such as ``/v3/projects/my-team-chat:getIamPolicy``.
            body: what is sent as JSON; None sends no body.
            mutation: what the call changes; None for one that only reads.
            fields: the names of which an answer holds at least one; not asked of it where there are none.
            may_be_empty: an answer without any field is one too: that of an empty list.
            form: makes what is sent as a form, in the place of ``body``; for each attempt, since it may hold a token.
            token: sent in the place of the caller's own; empty: none is.
            resource: what the call is about, where its path does not say it.
            host: where the API answers, if it is not at its own name: that of a location.

        Raises:
            ApiError: as `call`.
        """
        url = f"{self.address or f'https://{self.host(host or service)}'}{path}"

        def ask(*, timeout: float) -> dict[str, Any]:
            session, headers = self._session, {}
            if token is not None:
                session, headers = self._plain_session, {"Authorization": f"Bearer {token}"} if token else {}
            data = form() if form is not None else None
            answer = session.request(verb, url, json=body, data=data, params=query, headers=headers, timeout=timeout)
            if answer.status_code >= 400:
                raise ApiError(error_from_body(service, method, answer.status_code, answer.text))
            return _holding(whole(answer.json()), fields, may_be_empty=may_be_empty)

        resource = resource or path.split("/", 2)[-1].partition(":")[0]
        return self.call(
            service,
            method,
            ask,
            mutation=mutation,
            resource=resource,
            transient=transient,
            patience=patience,
            needs_token=token is None,
        )

    def ask(  # noqa: PLR0913 - what a call of any API can have
        self,
        service: str,
        method: str,
        function: Callable[..., Any],
        /,
        *,
        request: dict[str, Any],
        resource: str,
        mutation: Mutation | None = None,
        transient: frozenset[str] = TRANSIENT,
        patience: float = 1.0,
        fields: tuple[str, ...] = (),
        may_be_empty: bool = True,
    ) -> dict[str, Any]:
        """Call a method of one of Google's clients, and return what was answered as it was sent.

        The client finds the path, the verb and the host, and writes the request. What it makes of the answer is left
        alone: it drops every field and every word that is newer than itself, and cannot read messages of a type it
        does not know.

        Args:
            function: the bound method of a client that `client` made.
            request: the request message; a method that takes a name takes it as well.
            resource: what the call is about.
            mutation: what the call changes; None for one that only reads.
            fields: the names of which an answer holds at least one; not asked of it where there are none.
            may_be_empty: an answer without any field is one too: that of an empty list.

        Raises:
            ApiError: as `call`.
        """

        def ask(*, timeout: float) -> dict[str, Any]:
            heard: list[dict[str, Any]] = []
            _HEARD.set(heard)  # in the context of this attempt alone: one that was given up tells no other
            try:
                function(request=request, retry=None, timeout=timeout)
            except Exception:
                if not heard:  # refused, or no answer at all; else the client only could not read it
                    raise
            return _holding(heard[0], fields, may_be_empty=may_be_empty)

        return self.call(
            service, method, ask, mutation=mutation, resource=resource, transient=transient, patience=patience
        )

    def call(  # noqa: PLR0913 - what a call of any API can have
        self,
        service: str,
        method: str,
        function: Callable[..., Answer],
        /,
        *,
        mutation: Mutation | None = None,
        resource: str = "",
        transient: frozenset[str] = TRANSIENT,
        patience: float = 1.0,
        total_s: float | None = None,
        needs_token: bool = True,
    ) -> Answer:
        """Make one call, again while that can help.

        Args:
            function: makes one attempt with the ``timeout`` it gets; it must not retry by itself, unseen.
            mutation: what the call changes, written down before it is sent; None for one that only reads.
            resource: what the call is about, where ``mutation`` does not say it.
            transient: the statuses after which the same call may be made again.
            patience: how many retry budgets all attempts together may take; a change is worth more than a look.
            total_s: seconds one attempt may take in all, where that is not ``call_timeout_s``: that of a stream.
            needs_token: it is sent with the caller's own token.

        Raises:
            ApiError: Google refused, or there was no answer within the budget.
            CommandTimeout: the command's time is up; what was sent may have been carried out.
            ProvisionError: the mutation could not be written down; nothing was sent.
        """
        from google.api_core.exceptions import RetryError
        from google.api_core.retry import Retry

        if not self.deadline.left_s():
            raise self._out_of_time(service, method, "it was not asked any more")
        refused: list[str] = []
        refused_at = 0.0
        last: ErrorStatus | None = None
        status = "OK"

        def attempt() -> Answer:
            if refused:
                self.log.waited(f"another try of {method} ({refused[-1]})", refused_at)
            return self._attempt(call, function, total_s or self.call_timeout_s, needs_token=needs_token)

        def note(error: Exception) -> None:
            nonlocal refused_at
            refused.append(_status(error))
            refused_at = time.monotonic()

        # Its pauses are random up to a growing bound, so that many callers do not come back all at once.
        retry = Retry(
            predicate=lambda error: _can_help(error, transient, refused, patience),
            initial=_FIRST_PAUSE_S,
            maximum=_LONGEST_PAUSE_S,
            multiplier=2.0,
            timeout=min(self.retry_budget_s * patience, self.deadline.left_s()),
            on_error=note,
        )
        call = self.log.begin(service, method, resource=resource, mutation=mutation)
        answer: Answer | None = None
        try:
            answer = retry(attempt)()
        except RetryError as error:
            status = refused.pop()  # the last attempt's, after which there was no other
            last = error.cause.status if isinstance(error.cause, ApiError) else None
            raise error.cause or error from error
        except BaseException as error:
            status = _status(error)
            last = error.status if isinstance(error, ApiError) else None
            raise
        else:
            return answer
        finally:
            self.log.end(call, status, tuple(refused), error=last, answer=answer)

    def _attempt(
        self,
        call: Call,
        function: Callable[..., Answer],
        seconds: float,
        *,
        needs_token: bool,
    ) -> Answer:
        """Make one attempt, in all the time it has: a token first, whose time is its own.

        Raises:
            ApiError: it was refused, or not answered as it should be.
        """
        call.ends = None
        if needs_token:
            self.credentials.fresh_token()
        if self.pace is not None:
            waiting = time.monotonic()
            self.pace.take(call.service, call.method)
            call.started += time.monotonic() - waiting  # it was not Google who took that long
        seconds = min(seconds, self.deadline.left_s())
        call.ends = time.monotonic() + seconds

        def make() -> Answer:
            return function(timeout=max(min(seconds, self.call_timeout_s), _A_MOMENT_S))

        try:
            return within(seconds, make)
        except TokenError:
            raise
        except DeadlinePassed as error:
            if not self.deadline.left_s():
                raise self._out_of_time(call.service, call.method, str(error)) from error
            late = ErrorStatus(service=call.service, method=call.method, status="TIMEOUT", message=str(error))
            raise ApiError(late) from error
        except Exception as error:
            known = error_from(error, call.service, call.method)
            if known is None:
                raise
            if self.pace is not None and known.status == "RESOURCE_EXHAUSTED":
                self.pace.refused(known)
            raise ApiError(known) from error

    def _out_of_time(self, service: str, method: str, what: str) -> CommandTimeout:
        message = f"the command has had its {self.deadline.seconds:g} s: {what}"
        return CommandTimeout(
            ErrorStatus(service=service, method=method, status="TIMEOUT", reason="COMMAND_TIMEOUT", message=message)
        )


def _holding(found: dict[str, Any], fields: tuple[str, ...], *, may_be_empty: bool) -> dict[str, Any]:
    """Return an answer that holds one of these fields. Raises ValueError."""
    if fields and not found.keys() & set(fields) and (found or not may_be_empty):
        raise ValueError(f"the answer holds none of {', '.join(fields)}")
    return found


def _listen(response: Any, *_: Any, **__: Any) -> None:
    """Keep what was answered to the attempt under way (a hook of requests). Raises ValueError."""
    if response.status_code < 400:
        _HEARD.get().append(whole(response.json()))


def _ask_for_words(request: Any) -> Any:
    """Have states told by their names (requests' ``auth``): Google's clients ask for numbers, which say nothing."""
    request.url = _ENCODING.sub("", request.url)
    return request


def _can_help(error: Exception, transient: frozenset[str], refused: list[str], patience: float) -> bool:
    """Whether to make the call again after an error; ``refused`` and ``patience`` are those of `Transport.call`."""
    # All that a look can do about a missing token was done; a change waits for the next.
    if not isinstance(error, ApiError) or isinstance(error, CommandTimeout):
        return False
    if isinstance(error, TokenError) and patience <= 1:
        return False
    edge = is_frontend_error(error.status) and error.status.status not in refused
    return edge or error.status.status in transient


def _status(error: BaseException) -> str:
    """Return how an attempt ended. Without a token nothing was asked for that could have been carried out."""
    if isinstance(error, TokenError):
        return NOT_ATTEMPTED
    return error.status.status if isinstance(error, ApiError) else type(error).__name__
