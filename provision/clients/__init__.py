"""One thin file per Google API, and everything a step needs to reach them."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

from provision.concurrency import DeadlinePassed, run_all
from provision.errors import ApiError, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from provision.clients.auth import Credentials
    from provision.clients.chat import Chat
    from provision.clients.chat_process import ChatProcess
    from provision.clients.cloud_billing import CloudBilling
    from provision.clients.iam import Iam
    from provision.clients.iam_admin import IamAdmin
    from provision.clients.iam_credentials import IamCredentials
    from provision.clients.oauth import TokenInfo
    from provision.clients.org_policy import OrgPolicy
    from provision.clients.quotas import Quotas
    from provision.clients.reach import Reached
    from provision.clients.resource_manager import ResourceManager
    from provision.clients.service_usage import ServiceUsage
    from provision.clients.sts import Sts
    from provision.clients.surroundings import Surroundings
    from provision.clients.transport import CallLog, Transport
    from provision.clients.vertex import Vertex
    from provision.config import Config

Answer = TypeVar("Answer")


def _silent(message: str) -> None:
    """Say nothing."""


def _never_seen(what: str) -> None:
    """Know no duration."""


@dataclass
class Clients:
    """What a step calls Google with. Each client is imported and made when it is first used.

    Attributes:
        say: tells a person what is being waited for.
        sleep, clock: time, as arguments so that a test need not wait.
        expected_s: how many seconds something took until it was usable, as seen so far; None where nothing was.
        chat_process: asks the model on another core; None where this process does.
    """

    config: Config
    log: CallLog
    say: Callable[[str], None] = _silent
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    expected_s: Callable[[str], float | None] = _never_seen
    chat_process: ChatProcess | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _credentials: Credentials | ApiError | None = field(default=None, repr=False)
    _asking: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _token_info: TokenInfo | ApiError | None = field(default=None, repr=False)

    @property
    def credentials(self) -> Credentials:
        """The caller's credentials.

        Raises:
            ApiError: there are none that can be used; looked for once, told to every asker.
        """
        with self._lock:
            if self._credentials is None:
                from provision.clients.auth import Wishes, load_credentials

                wishes = Wishes(
                    quota_project=self.config.quota_project,
                    impersonate=self.config.impersonate_service_account,
                    universe_domain=self.config.universe_domain,
                    address=self.config.target.address,
                )
                try:
                    self._credentials = load_credentials(
                        file=self.config.target.credentials_file,
                        timeout_s=self.config.call_timeout_s,
                        wishes=wishes,
                    )
                except ApiError as error:
                    self._credentials = error
        if isinstance(self._credentials, ApiError):
            raise ApiError(self._credentials.refusal)
        return self._credentials

    @cached_property
    def transport(self) -> Transport:
        """The wire; raises as `credentials` does."""
        from provision.clients.transport import Transport

        return Transport(
            credentials=self.credentials,
            address=self.config.target.address,
            call_timeout_s=self.config.call_timeout_s,
            retry_budget_s=self.config.call_timeout_s,
            log=self.log,
            sleep=self.sleep,
        )

    @cached_property
    def resource_manager(self) -> ResourceManager:
        """Projects."""
        from provision.clients.resource_manager import ResourceManager

        return ResourceManager(self.transport)

    @cached_property
    def service_usage(self) -> ServiceUsage:
        """Enabled services."""
        from provision.clients.service_usage import ServiceUsage

        return ServiceUsage(self.transport)

    @cached_property
    def cloud_billing(self) -> CloudBilling:
        """Billing links and accounts."""
        from provision.clients.cloud_billing import CloudBilling

        return CloudBilling(self.transport)

    @cached_property
    def iam(self) -> Iam:
        """What the caller may do, and who may do what."""
        from provision.clients.iam import Iam

        return Iam(self.transport)

    @cached_property
    def org_policy(self) -> OrgPolicy:
        """Organization policies in force."""
        from provision.clients.org_policy import OrgPolicy

        return OrgPolicy(self.transport)

    @cached_property
    def iam_admin(self) -> IamAdmin:
        """Service accounts and workload identity pools."""
        from provision.clients.iam_admin import IamAdmin

        return IamAdmin(self.transport)

    @cached_property
    def iam_credentials(self) -> IamCredentials:
        """What a service account may do."""
        from provision.clients.iam_credentials import IamCredentials

        return IamCredentials(self.transport)

    @cached_property
    def quotas(self) -> Quotas:
        """Limits per minute."""
        from provision.clients.quotas import Quotas

        return Quotas(self.transport)

    @cached_property
    def sts(self) -> Sts:
        """The exchange of tokens of other issuers; needs no credentials."""
        from provision.clients.auth import anonymous
        from provision.clients.sts import Sts
        from provision.clients.transport import Transport

        return Sts(
            Transport(
                credentials=anonymous(self.config.universe_domain),
                address=self.config.target.address,
                call_timeout_s=self.config.call_timeout_s,
                retry_budget_s=self.config.call_timeout_s,
                log=self.log,
                sleep=self.sleep,
            )
        )

    @cached_property
    def vertex(self) -> Vertex:
        """Endpoints and publisher models."""
        from provision.clients.vertex import Vertex

        return Vertex(self.transport)

    @cached_property
    def chat(self) -> Chat:
        """Chat completions of the configured model, or of the configured endpoint, which is looked up first."""
        from provision.clients.chat import Chat
        from provision.clients.serving import find

        return Chat(self.transport, find(self.config, self), self.chat_process)

    def wait(self, seconds: float, what: str) -> None:
        """Wait some seconds for ``what``, and note it for the report."""
        started = time.monotonic()
        self.sleep(seconds)
        self.log.waited(what, started)

    def principal(self) -> str:
        """Return the caller's email address; asks Google where the credentials do not say. Raises `ApiError`."""
        return self.credentials.identity.principal or self.token_info().email

    @property
    def known_principal(self) -> str:
        """The caller as far as is known without asking; empty until then."""
        known, told = self._credentials, self._token_info
        if known is None or isinstance(known, ApiError):
            return ""
        return known.identity.principal or ("" if told is None or isinstance(told, ApiError) else told.email)

    def token_info(self) -> TokenInfo:
        """Return what Google says of the token; asked once, told to every asker. Raises `ApiError`."""
        with self._asking:
            if self._token_info is None:
                from provision.clients.oauth import token_info

                try:
                    self._token_info = token_info(self.transport)
                except ApiError as error:
                    self._token_info = error
        if isinstance(self._token_info, ApiError):
            raise ApiError(self._token_info.refusal)
        return self._token_info

    def reach(self, url: str) -> Reached:
        """Go to a host as far as the handshake."""
        from provision.clients.reach import reach

        return reach(url, timeout_s=self.config.call_timeout_s)

    def surroundings(self) -> Surroundings:
        """Return what on this machine steers Google's tools."""
        from provision.clients.surroundings import look

        return look()


def ask(call: Callable[[], Answer]) -> Answer | Refusal:
    """Make a call; a refusal is an answer too."""
    try:
        return call()
    except ApiError as error:
        return error.refusal


def ask_all(calls: Mapping[str, Callable[[], Any]], *, deadline_s: float) -> dict[str, Any]:
    """Make several calls at once; a refusal is an answer too, and so is silence (status ``TIMEOUT``).

    Raises:
        Exception: whatever a call raised that is no refusal.
    """
    answers = run_all({name: partial(ask, call) for name, call in calls.items()}, deadline_s=deadline_s)
    for name, answer in answers.items():
        if isinstance(answer, DeadlinePassed):
            answers[name] = Refusal(service="Google Cloud", method=name, status="TIMEOUT", message=str(answer))
        elif isinstance(answer, Exception):
            raise answer
    return dict(answers)


def start(config: Config, say: Callable[[str], None] = _silent, *, chat_process: ChatProcess | None = None) -> Clients:
    """Return the clients of a new run; its clock starts now.

    Raises:
        UsageError: the log that the configuration names cannot be written.
    """
    from provision.clients.audit import AuditLog, tracer
    from provision.clients.certificates import share
    from provision.clients.transport import CallLog

    share(os.environ)  # before any client is made
    clients = Clients(config=config, log=CallLog(), say=say, chat_process=chat_process)
    clients.log.tracer = tracer()
    if config.log_file is not None:
        clients.log.listeners.append(
            AuditLog(config.log_file, target=config.target.name, principal=lambda: clients.known_principal)
        )
    return clients
