"""Everything that a step reaches Google, the model and this machine with, made when it is first used."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from provision.concurrency import Deadline
from provision.errors import ApiError, TokenError
from provision.google.asking import ask, ask_all, ask_for_token, raised

if TYPE_CHECKING:
    from collections.abc import Callable

    from provision.chat.client import Chat
    from provision.chat.serving import Serving
    from provision.chat.worker import ChatWorker
    from provision.config import Config
    from provision.google.auth import Credentials, Identity
    from provision.google.budgets import Budgets
    from provision.google.cloud_asset import CloudAsset
    from provision.google.cloud_billing import CloudBilling
    from provision.google.iam import Iam
    from provision.google.iam_admin import IamAdmin
    from provision.google.iam_credentials import IamCredentials
    from provision.google.oauth import TokenInfo
    from provision.google.org_policy import OrgPolicy
    from provision.google.quotas import Quotas
    from provision.google.resource_manager import ResourceManager
    from provision.google.service_usage import ServiceUsage
    from provision.google.sts import Sts
    from provision.google.transport import CallLog, Transport
    from provision.google.vertex import Vertex
    from provision.local.connectivity import Connectivity
    from provision.local.environment import LocalEnvironment
    from provision.plan import AppliedChange, RequiredPermission

__all__ = ["Clients", "ask", "ask_all", "ask_for_token", "raised", "start"]


def _silent(message: str) -> None:
    """Say nothing."""


def _unseen(applied: AppliedChange) -> None:
    """Tell no one of a change."""


def _never_seen(what: str) -> None:
    """Know no duration."""


@dataclass
class Clients:
    """What a step calls Google with. Each client is imported and made when it is first used.

    Attributes:
        progress: tells a person what is being waited for.
        applied: tells a person what became of a change, as soon as that is known.
        sleep, clock: time, as arguments so that a test need not wait.
        expected_s: how many seconds something took until it was usable, as seen so far; None where nothing was.
        required_permissions: what all steps together need, each with its step; a run says it, for the step that tests
            what the caller may do.
        chat_worker: asks the model on another core; None where this process does.
        api: by which API it is asked, one of `provision.chat.apis.APIS`.
        deadline: when the whole command must have ended.
        pace: makes calls wait for room in their quota; None for a command about one project.
    """

    config: Config
    log: CallLog
    progress: Callable[[str], None] = _silent
    applied: Callable[[AppliedChange], None] = _unseen
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    expected_s: Callable[[str], float | None] = _never_seen
    required_permissions: tuple[tuple[str, RequiredPermission], ...] = ()
    chat_worker: ChatWorker | None = None
    api: str = "chat"
    deadline: Deadline = field(default_factory=Deadline)
    pace: Budgets | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _credentials: Credentials | ApiError | None = field(default=None, repr=False)
    _asking: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _token_info: TokenInfo | ApiError | None = field(default=None, repr=False)

    @property
    def credentials(self) -> Credentials:
        """The caller's credentials.

        Raises:
            TokenError: there are none that can be used; looked for once, told to every asker.
        """
        with self._lock:
            if self._credentials is None:
                from provision.google.auth import AuthOptions, load_credentials

                options = AuthOptions(
                    quota_project=self.config.quota_project,
                    impersonate=self.config.impersonate_service_account,
                    universe_domain=self.config.universe_domain,
                    address=self.config.target.address,
                )
                try:
                    self._credentials = load_credentials(
                        file=self.config.target.credentials_file,
                        timeout_s=self.config.call_timeout_s,
                        options=options,
                    )
                except ApiError as error:
                    self._credentials = error
        if isinstance(self._credentials, ApiError):
            raise TokenError(self._credentials.status)
        return self._credentials

    @cached_property
    def transport(self) -> Transport:
        """The wire; raises as `credentials` does."""
        from provision.google.transport import Transport

        return Transport(
            credentials=self.credentials,
            address=self.config.target.address,
            call_timeout_s=self.config.call_timeout_s,
            retry_budget_s=self.config.call_timeout_s,
            list_timeout_s=self.config.check_timeout_s,
            deadline=self.deadline,
            log=self.log,
            sleep=self.sleep,
            pace=self.pace,
        )

    @cached_property
    def cloud_asset(self) -> CloudAsset:
        """What is in a whole organization."""
        from provision.google.cloud_asset import CloudAsset

        return CloudAsset(self.transport)

    @cached_property
    def resource_manager(self) -> ResourceManager:
        """Projects."""
        from provision.google.resource_manager import ResourceManager

        return ResourceManager(self.transport)

    @cached_property
    def service_usage(self) -> ServiceUsage:
        """Enabled services."""
        from provision.google.service_usage import ServiceUsage

        return ServiceUsage(self.transport)

    @cached_property
    def cloud_billing(self) -> CloudBilling:
        """Billing links and accounts."""
        from provision.google.cloud_billing import CloudBilling

        return CloudBilling(self.transport)

    @cached_property
    def iam(self) -> Iam:
        """What the caller may do, and who may do what."""
        from provision.google.iam import Iam

        return Iam(self.transport)

    @cached_property
    def org_policy(self) -> OrgPolicy:
        """Organization policies in force."""
        from provision.google.org_policy import OrgPolicy

        return OrgPolicy(self.transport)

    @cached_property
    def iam_admin(self) -> IamAdmin:
        """Service accounts and workload identity pools."""
        from provision.google.iam_admin import IamAdmin

        return IamAdmin(self.transport)

    @cached_property
    def iam_credentials(self) -> IamCredentials:
        """What a service account may do."""
        from provision.google.iam_credentials import IamCredentials

        return IamCredentials(self.transport)

    @cached_property
    def quotas(self) -> Quotas:
        """Limits per minute."""
        from provision.google.quotas import Quotas

        return Quotas(self.transport)

    @cached_property
    def sts(self) -> Sts:
        """The exchange of tokens of other issuers; needs no credentials."""
        from provision.google.auth import anonymous
        from provision.google.sts import Sts
        from provision.google.transport import Transport

        return Sts(
            Transport(
                credentials=anonymous(self.config.universe_domain),
                address=self.config.target.address,
                call_timeout_s=self.config.call_timeout_s,
                retry_budget_s=self.config.call_timeout_s,
                deadline=self.deadline,
                log=self.log,
                sleep=self.sleep,
            )
        )

    @cached_property
    def vertex(self) -> Vertex:
        """Endpoints and publisher models."""
        from provision.google.vertex import Vertex

        return Vertex(self.transport)

    @cached_property
    def chat(self) -> Chat:
        """Chat completions of the configured model, or of the configured endpoint, which is looked up first."""
        if self.api != "chat":
            from provision.chat.apis import OtherApi

            other = OtherApi(self.transport, self.serving, answer_timeout_s=self.config.check_timeout_s)
            other.api = self.api
            return other
        from provision.chat.client import Chat

        return Chat(self.transport, self.serving, self.chat_worker, answer_timeout_s=self.config.check_timeout_s)

    @property
    def serving(self) -> Serving:
        """Where the configured model, or the configured endpoint, answers.

        Raises:
            ApiError: the endpoint was not found, or Vertex AI would not say.
        """
        from provision.chat.serving import find_endpoint, published

        if not self.config.endpoint:
            return published(self.config, self.transport)
        return find_endpoint(self.config, self.transport, self.vertex)

    def wait(self, seconds: float, what: str) -> None:
        """Wait some seconds for ``what``, and note it for the report."""
        started = time.monotonic()
        self.sleep(min(seconds, self.deadline.left_s()))
        self.log.waited(what, started)

    def principal(self) -> str:
        """Return the caller's email address; asks Google where the credentials do not say. Raises `ApiError`."""
        return self.credentials.identity.principal or self.token_info().email

    @property
    def known_identity(self) -> Identity | None:
        """Who calls as far as the credentials tell; None until they were looked for, or where there are none."""
        return (
            None if self._credentials is None or isinstance(self._credentials, ApiError) else self._credentials.identity
        )

    @property
    def known_principal(self) -> str:
        """The caller as far as is known without asking; empty until then."""
        known, info = self._credentials, self._token_info
        if known is None or isinstance(known, ApiError):
            return ""
        return known.identity.principal or ("" if info is None or isinstance(info, ApiError) else info.email)

    def token_info(self) -> TokenInfo:
        """Return what Google says of the token; asked once, told to every asker. Raises `ApiError`."""
        with self._asking:
            if self._token_info is None:
                from provision.google.oauth import token_info

                try:
                    self._token_info = token_info(self.transport)
                except ApiError as error:
                    self._token_info = error
        if isinstance(self._token_info, ApiError):
            raise type(self._token_info)(self._token_info.status)
        return self._token_info

    @cached_property
    def world(self) -> str:
        """What the sandbox calls the state that it has, and a reset replaces; empty for Google Cloud, or if none."""
        from provision.local.sandbox import world_of

        return (
            world_of(self.config.target.address, timeout_s=self.config.call_timeout_s)
            if self.config.target.address
            else ""
        )

    def check_connectivity(self, url: str) -> Connectivity:
        """Go to a host as far as the handshake."""
        from provision.local.connectivity import check_connectivity

        return check_connectivity(url, timeout_s=self.config.call_timeout_s)

    def environment(self) -> LocalEnvironment:
        """Return what on this machine steers Google's tools."""
        from provision.local.environment import read_environment

        return read_environment()


def start(
    config: Config,
    progress: Callable[[str], None] = _silent,
    *,
    applied: Callable[[AppliedChange], None] = _unseen,
    chat_worker: ChatWorker | None = None,
    wait_s: float = 0.0,
) -> Clients:
    """Return the clients of a new run; its clock starts now.

    Args:
        applied: see `Clients`.
        wait_s: seconds that a person asked it to wait on top of what a command may take; infinite for one that
            serves until it is stopped.

    Raises:
        UsageError: the log that the configuration names cannot be written.
    """
    from provision.google.audit import AuditLog, tracer
    from provision.google.transport import CallLog
    from provision.local.certificates import share

    share(os.environ)  # before any client is made
    clients = Clients(
        config=config,
        log=CallLog(),
        progress=progress,
        applied=applied,
        chat_worker=chat_worker,
        deadline=Deadline(config.command_timeout_s + wait_s),
    )
    clients.log.tracer = tracer()
    if config.log_file is not None:
        clients.log.listeners.append(
            AuditLog(config.log_file, target=config.target.name, principal=lambda: clients.known_principal)
        )
    return clients
