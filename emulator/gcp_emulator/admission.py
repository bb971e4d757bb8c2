"""The way of every call, in the order in which Google refuses; `CHAIN` is the whole of it.

The *consumer* of a call is the project in `x-goog-user-project`, else the project of the calling service
account; a person without a quota project is charged to his client's own (recorded: Google's SDK), where most APIs
of the emulator are on: see `NOT_ON_AT_THE_SDK`. For Vertex AI it is always the project in the path.
https://cloud.google.com/docs/quotas/quota-project
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from gcp_emulator import errors, faults, operations, quotas, sent_credentials, usage
from gcp_emulator.call import Runtime
from gcp_emulator.identity import AccountStateError
from gcp_emulator.services.billing import state as billing
from gcp_emulator.services.orgpolicy import enforcement
from gcp_emulator.services.resourcemanager import state as projects
from gcp_emulator.services.serviceusage import state as serviceusage

if TYPE_CHECKING:
    from gcp_emulator.active_faults import ActiveFaults
    from gcp_emulator.call import Answer, Call
    from gcp_emulator.errors import ApiError, Dropped
    from gcp_emulator.faults import Fault
    from gcp_emulator.requestlog import Entry
    from gcp_emulator.services.resourcemanager.state import Project
    from gcp_emulator.transport import Incoming

BOOTSTRAP: Final = frozenset(
    {
        "google.api.serviceusage.v1.ServiceUsage/EnableService",
        "google.api.serviceusage.v1.ServiceUsage/BatchEnableServices",
    }
)
"""A new project can enable its first API through itself, though Service Usage is not yet on there.

https://github.com/dora-team/fourkeys/issues/320
"""

NOT_ON_AT_THE_SDK: Final = frozenset(
    {
        "aiplatform.googleapis.com",  # where no project is in the path: https://github.com/maximhq/bifrost/issues/4106
        "billingbudgets.googleapis.com",  # https://github.com/GoogleCloudPlatform/cloud-foundation-fabric/issues/3360
        "cloudasset.googleapis.com",  # https://github.com/GoogleCloudPlatform/professional-services/issues/808
        "cloudquotas.googleapis.com",  # https://docs.cloud.google.com/docs/quotas/troubleshoot
        "orgpolicy.googleapis.com",  # https://github.com/golang/oauth2/issues/702
    }
)
"""APIs that people have been refused for want of a quota project.

Others of the emulator's are used without one every day (Terraform with a person's credentials), and are on.
"""

PREDICT: Final = "aiplatform.endpoints.predict"
"""Who may do this and no more, by a custom role, must not see the project to ask a model in it."""


class Emulator(Runtime, Protocol):
    """What the chain needs of the emulator."""

    faults: ActiveFaults

    def commit(self) -> None:
        """Make what has changed durable."""

    def commit_if_possible(self) -> None:
        """Make durable what no one asked for."""


@dataclass(slots=True)
class Admission:
    """One call on its way through the chain.

    Args:
        emulator: where it came to.
        incoming: as it came.
        call: as its handler will see it.
        entry: its line in the log.
        consumer: the project it is charged to, once that is known; None where no one is charged.
        by_number: the caller did not name the consumer, so errors name it by its number.
        fault: what was asked to go wrong with it.
        pending_error: what it ends with once it has been carried out, because the fault says so.
        answer: what its handler answered.
    """

    emulator: Emulator
    incoming: Incoming
    call: Call
    entry: Entry
    consumer: Project | None = None
    by_number: bool = False
    fault: Fault | None = None
    pending_error: ApiError | Dropped | None = None
    answer: Answer | None = None


Link = Callable[[Admission], Awaitable[None] | None]
"""Lets a call pass, or refuses it; answers what has to be awaited, if it has to wait."""


async def admit(admission: Admission) -> Answer:
    """Send a call through the chain.

    Raises:
        Refused: what Google would answer.
        Dropped: nothing shall be answered.
    """
    for link in CHAIN:
        waiting = link(admission)
        if waiting is not None:
            await waiting
    assert admission.answer is not None  # noqa: S101 - the handler has answered
    return admission.answer


def settle_operations(admission: Admission) -> None:
    """Finish the operations that are due, which is not this call's doing."""
    state = admission.call.state
    if operations.due(state):
        operations.settle(state)
        admission.emulator.commit_if_possible()


def require_handler(admission: Admission) -> None:
    """Refuse a method that is known by name only: UNIMPLEMENTED, where the API is on."""
    if admission.incoming.method.handle is None:
        name = admission.call.method.name
        raise errors.unimplemented(name if " " in name else admission.call.method.dotted)


def authenticate(admission: Admission) -> None:
    """Refuse a call without a good credential (401), or with one that was made for other purposes (403)."""
    call, method = admission.call, admission.incoming.method
    if not method.auth:
        return
    key = call.headers.get(sent_credentials.KEY_HEADER, "")
    if bad := sent_credentials.bad_key(key, method.service):
        raise bad
    scheme, _, bearer = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not bearer.strip():
        raise sent_credentials.without_bearer(key, method.service, method.dotted)
    try:
        caller = admission.emulator.identity.caller(bearer.strip())
    except AccountStateError as blocked:
        raise errors.account_state_invalid(method.service, method.dotted, str(blocked)) from None
    if caller is None:
        raise sent_credentials.bad_bearer(bearer.strip(), method.service, method.dotted)
    if not any(scope in method.scopes for scope in caller.scopes):
        raise errors.scope_insufficient(method.service, method.dotted)
    call.caller = caller
    admission.entry.principal = caller.email


def log_project(admission: Admission) -> None:
    """Write into the log whose call this is: the project in the path, and the consumer."""
    call, entry = admission.call, admission.entry
    in_path = call.vars.get("project", "")
    if in_path:
        project = projects.find(call.state, in_path)
        entry.project = project.id if project else in_path
    if call.method.consumer == "path" and in_path:
        entry.consumer = entry.project
    elif call.method.consumer != "none":
        entry.consumer = call.headers.get("x-goog-user-project") or call.caller.project


def inject_fault(admission: Admission) -> Awaitable[None] | None:
    """Find the fault that this call meets; it may wait, or end here."""
    active, incoming = admission.emulator.faults, admission.incoming
    if active.rules:
        admission.fault = active.pick(incoming.verb, incoming.path, incoming.method, admission.entry)
    return _meet(admission, admission.fault) if admission.fault else None


async def _meet(admission: Admission, fault: Fault) -> None:
    incoming = admission.incoming
    await asyncio.sleep(fault.delay())
    if fault.slow_body and incoming.transport == "rest":
        incoming.slow_body = fault.slow_body
    elif fault.slow_body:
        await asyncio.sleep(fault.slow_body)  # a message of gRPC is there whole, or not yet
    admission.pending_error = fault.prepare(admission.call, admission.entry.consumer)
    if admission.pending_error is not None and not fault.after:
        raise admission.pending_error


def find_consumer(admission: Admission) -> None:
    """Find the project that is charged; refuse one that the caller may not use, or that awaits deletion.

    Raises:
        Refused: CONSUMER_INVALID, USER_PROJECT_DENIED.
    """
    call = admission.call
    if call.method.consumer == "none":
        return
    service = call.method.service
    named = call.headers.get("x-goog-user-project", "")
    consumer: Project | None
    if call.method.consumer == "path" and "project" in call.vars:
        consumer = _consumer_in_path(call)
        admission.by_number = True
    elif named:
        consumer = _consumer_named(call, named)
    else:
        consumer = projects.find(call.state, call.caller.project) if call.caller.project else None
        admission.by_number = True
    if consumer is None:
        if call.caller.member.startswith("user:") and service in NOT_ON_AT_THE_SDK:
            raise errors.quota_project_missing(service, serviceusage.title(service))
        return  # no one to charge; the method itself refuses what it cannot show
    if consumer.state != "ACTIVE":
        raise errors.project_deleted(service, consumer.number)
    admission.consumer = consumer


def _consumer_in_path(call: Call) -> Project:
    asked = call.vars.get("project", "")
    project = projects.find(call.state, asked)
    if project is None or not (projects.visible(call, project) or call.may(PREDICT, f"projects/{project.number}")):
        raise errors.consumer_invalid(call.method.service, asked)
    return project


def _consumer_named(call: Call, named: str) -> Project:
    project = projects.find(call.state, named)
    denied = errors.user_project_denied(call.method.service, named)
    if project is None:
        raise denied
    call.require("serviceusage.services.use", f"projects/{project.id}", denied)
    return project


def require_service(admission: Admission) -> None:
    """Refuse a call of an API that is not on for its consumer: SERVICE_DISABLED."""
    call, consumer, service = admission.call, admission.consumer, admission.call.method.service
    if consumer is None or serviceusage.usable(call.state, consumer.number, service, call.number):
        return
    if call.method.name in BOOTSTRAP and projects.find(call.state, call.vars["project"]) == consumer:
        return
    shown = consumer.number if admission.by_number else consumer.id
    raise errors.service_disabled(service, serviceusage.title(service), shown)


def require_billing(admission: Admission) -> None:
    """Refuse a call that costs money where the project has no open billing: BILLING_DISABLED."""
    consumer = admission.consumer
    if consumer and admission.incoming.method.billed and not billing.enabled(admission.call.state, consumer):
        raise errors.billing_disabled(admission.call.method.service, consumer.number)


def enforce_policy(admission: Admission) -> None:
    """Refuse a call of an API that an organization policy restricts: RESOURCE_USAGE_RESTRICTION_VIOLATED."""
    call, consumer = admission.call, admission.consumer
    if consumer and call.method.consumer == "path":  # an API that makes resources: control APIs cannot be restricted
        enforcement.check(call, "gcp.restrictServiceUsage", f"projects/{consumer.number}", call.method.service)


def record_use(admission: Admission) -> None:
    """Note that the consumer uses the API, which is no change that the method makes."""
    call, consumer = admission.call, admission.consumer
    if consumer:
        usage.note(call.state, consumer.number, call.method.service, call.clock.now())
    admission.emulator.commit_if_possible()


def charge_quota(admission: Admission) -> None:
    """Refuse a call too many in this minute: RATE_LIMIT_EXCEEDED."""
    if admission.consumer and admission.emulator.settings.rate_limits:
        quotas.charge(admission.call, admission.consumer.number)


def require_well_formed(admission: Admission) -> None:
    """Refuse a request that could not be read: INVALID_ARGUMENT."""
    if admission.incoming.malformed is not None:
        raise admission.incoming.malformed


def call_handler(admission: Admission) -> Awaitable[None] | None:
    """Let the method's rule answer, unless a fault answers in its place."""
    fault, handle = admission.fault, admission.incoming.method.handle
    answer: Any = fault.answer if fault else None
    if answer is None and handle is not None:
        answer = handle(admission.call)
        if inspect.isawaitable(answer):
            return _await_answer(admission, answer)
    admission.answer = answer
    return None


async def _await_answer(admission: Admission, answer: Awaitable[Answer]) -> None:
    admission.answer = await answer


def commit(admission: Admission) -> None:
    """Make the change durable before it is acknowledged."""
    admission.entry.changed = bool(admission.call.state.changes)
    admission.emulator.commit()


def spoil_answer(admission: Admission) -> None:
    """Lose, cut or slow the answer, if the fault says so, and log the status of one that is no message."""
    entry, fault, answer = admission.entry, admission.fault, admission.answer
    if admission.pending_error is not None:
        raise admission.pending_error

    def lost() -> None:
        entry.status = "DROPPED"

    if fault and answer is not None:
        answer = admission.answer = faults.corrupt(fault, answer, lost)
    if answer is not None and not isinstance(answer, dict):
        entry.status = answer.status if admission.incoming.transport == "rest" else "OK"


CHAIN: Final[tuple[Link, ...]] = (
    settle_operations,
    authenticate,
    log_project,
    inject_fault,
    find_consumer,
    require_service,
    require_handler,
    require_billing,
    enforce_policy,
    record_use,
    charge_quota,
    require_well_formed,
    # Which resource a call is about, only its method knows. So the handler itself asks for the permission on it
    # (`call.require`), then for the organization policies about it (`enforcement.check`), then whether the values
    # will do; it checks everything first and writes last.
    call_handler,
    commit,
    spoil_answer,
)
"""Every link that a call passes, in order."""
