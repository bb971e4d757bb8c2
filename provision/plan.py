"""The records that pass between the parts of a run. Data only: everything here can be printed as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from provision.errors import ErrorStatus

JsonValue = None | bool | int | float | str | list["JsonValue"] | tuple["JsonValue", ...] | dict[str, "JsonValue"]
Status = Literal["pass", "fail", "warn", "blocked", "unknown", "waived", "skipped"]
FixOwner = Literal["", "you", "admin", "google"]
Action = Literal[
    "create", "link", "enable", "grant", "restore", "update", "wait", "disable", "revoke", "unlink", "delete"
]
Verdict = Literal["ready", "not ready", "unknown"]
# Where a permission lives: on the project; the billing account; the organization or folder in which a project is
# created; the project that calls are charged to; the service account that is impersonated.
Level = Literal["project", "billing account", "parent", "consumer", "service account"]
Purpose = Literal["read", "write", "invoke", "delete"]
# What a field of evidence gives away, nested fields by their own names. ``public``: Google's words or ours, and
# sentences, whose names are found elsewhere. ``id``: a resource name, an address or a number, known by its spelling.
# ``person``: a name that someone chose, for a person, a company or a thing of theirs. ``secret``: never shown.
Privacy = Literal["public", "id", "person", "secret"] | Mapping[str, "Privacy"]

SCHEMA_VERSION = 1
# Metadata of a field that is in no report.
NOT_REPORTED = MappingProxyType({"reported": False})


def reported(record: type[DataclassInstance]) -> tuple[str, ...]:
    """Return the names of the fields that are in reports."""
    return tuple(field.name for field in fields(record) if field.metadata.get("reported", True))


@dataclass(frozen=True, kw_only=True)
class Change:
    """One call that apply will make, in words a person can check.

    Attributes:
        step: the step that plans and applies it.
        resource: the full resource name, as the API spells it.
        before: what is there now; None where that is nothing, or not known.
        after: what will be there; enough for ``apply`` to make the call.
        why: the reason, in words a person can evaluate.
        dangerous: it takes something away from someone; planned only when asked for.
    """

    step: str
    action: Action
    resource: str
    before: JsonValue = None
    after: JsonValue = None
    why: str
    dangerous: bool = False

    def __str__(self) -> str:
        return f"{self.action} {self.resource}"


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """Someone's decision to live with a finding for a while.

    Attributes:
        check: the id of the check.
        owner: who answers for it.
        reason: why it may stay as it is.
        expires: the last day on which it holds, as YYYY-MM-DD (UTC).
    """

    check: str
    owner: str
    reason: str
    expires: str


@dataclass(frozen=True, kw_only=True)
class RequiredPermission:
    """One permission that a step needs.

    Attributes:
        permission: as IAM spells it, such as ``aiplatform.endpoints.predict``.
        purpose: to ``read``, to ``write``, to ``invoke`` what was provisioned, which is to ask the model, or to
            ``delete`` what was created, reading included.
        when: the attributes of `provision.config.Config` that must be set for it to be needed; empty for always.
        advisory: without it something is not seen, and nothing fails.
        actions: the planned changes of its step that cannot be made without it; empty for all of them.
        collection: only those of resources of this collection, such as ``serviceAccounts``; empty for all of them.
    """

    permission: str
    level: Level = "project"
    purpose: Purpose = "read"
    when: tuple[str, ...] = ()
    advisory: bool = False
    actions: tuple[Action, ...] = ()
    collection: str = ""

    def is_for(self, change: Change) -> bool:
        """Whether a change of its step cannot be made without it."""
        parts = change.resource.split("/")
        of = parts[-2] if len(parts) % 2 == 0 else parts[-1]
        return (
            self.purpose == "write"
            and not self.advisory
            and (not self.actions or change.action in self.actions)
            and self.collection in ("", of)
        )


@dataclass(frozen=True, kw_only=True)
class Check:
    """One verdict with a stable id.

    A step's `provision.checks.CheckSpec` fills ``status``, ``summary`` and ``evidence``, and either ``error`` (what
    Google said) or ``diagnosis`` (the key of what it saw itself). ``workflow`` adds cause, fix, who and request from
    the diagnoses, and ``blocked_by`` from the requirement graph.

    ``not_sent`` is why there was no token to ask with: then nothing is known of what the check is about, and it is
    blocked by the finding on the credentials.

    ``request`` is a text that can be sent as it is, where an administrator is asked: several lines that name
    the principal, the role or policy, the resource, the reason and the command. Empty where no one is asked.
    """

    id: str
    status: Status
    summary: str
    required: bool = True
    evidence: Mapping[str, JsonValue] = field(default_factory=dict)
    # What the declaration says of each field of the evidence; what it does not name counts as someone's name.
    privacy: Mapping[str, Privacy] = field(default_factory=dict, repr=False, compare=False, metadata=NOT_REPORTED)
    error: ErrorStatus | None = None
    not_sent: ErrorStatus | None = field(default=None, repr=False, metadata=NOT_REPORTED)
    diagnosis: str = ""
    cause: str = ""
    fix: str = ""
    fix_owner: FixOwner = ""
    request: str = ""
    blocked_by: str = ""
    waiver: Waiver | None = None

    @property
    def step(self) -> str:
        """The step that evaluated it: the part of the id before the dot."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, kw_only=True)
class ChangeResult:
    """What making a change has to tell in addition to that it worked.

    Attributes:
        measured_s: how long things took until they could be used, in seconds, by what was waited for.
    """

    detail: str = ""
    measured_s: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """One call that changes something, as the journal holds it: enough to know later what was ours, and to undo it.

    Attributes:
        method: the RPC's name, such as ``BatchEnableServices``.
        resource: what is changed, by its full resource name.
        does: what the call sends, without secrets, in a shape of the method's own.
        before: what was there just before, as far as the call takes it away or adds to it.
    """

    service: str
    method: str
    resource: str
    does: JsonValue = None
    before: JsonValue = None


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Time spent on waiting between calls, in seconds; ``started_s`` since the run began.

    Attributes:
        what: what was waited for, as it ends a sentence: "waiting for ...".
    """

    what: str
    started_s: float
    duration_s: float


@dataclass(frozen=True, kw_only=True)
class CallRecord:
    """One call to Google. Times are in seconds, ``started_s`` since the run began.

    Attributes:
        status: ``OK``, the error's status, or ``NOT_ATTEMPTED`` where there was no token to make the call with.
        retried_statuses: the status of each attempt that was made again.
        resource: what the call was about, where it said so.
        reason: Google's reason, where the call was refused with one.
        code: the HTTP status of an error; 0 where there is none.
        request_id: how Google names the request, where it told.
        mutates: it was sent to change something.
    """

    service: str
    method: str
    started_s: float
    duration_s: float
    status: str
    retried_statuses: tuple[str, ...] = ()
    resource: str = ""
    reason: str = ""
    code: int = 0
    request_id: str = ""
    mutates: bool = False


@dataclass(frozen=True, kw_only=True)
class AppliedChange:
    """A planned change and what became of it; ``duration_s`` in seconds.

    ``measured_s`` holds how long things took until they could be used, by what was waited for.
    """

    change: Change
    outcome: Literal["done", "failed"]
    duration_s: float
    detail: str = ""
    measured_s: Mapping[str, float] = field(default_factory=dict)
    error: ErrorStatus | None = None


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One configured value and where it came from."""

    name: str
    value: JsonValue
    source: str


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One finding that is no longer what it was in an earlier report.

    Attributes:
        kind: ``new`` (it was fine, or not there), ``fixed``, ``changed`` (another finding than before), or ``removed``
            (not reported any more).
        status_before, status_after: its status then and now; empty where it was not reported.
        worse: it is in the way now, and did not, or not so, before.
    """

    check: str
    kind: Literal["new", "fixed", "changed", "removed"]
    status_before: Status | Literal[""]
    status_after: Status | Literal[""]
    worse: bool = False


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What changed since an earlier report, which ``started`` then and came to ``verdict``."""

    started: str
    verdict: Verdict
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Run:
    """Everything that happened. Reports only render it.

    Attributes:
        target: where the calls went: ``Google Cloud`` or ``sandbox``.
        target_address: the sandbox's address; empty for Google Cloud.
        requires: each step that was looked at with those it needs directly, in running order: the requirement graph.
        changes: what is, or was, to be done.
        applied: what was done.
        calls, waits: what was asked of Google, and the time between, in the order they began.
        blockers: the ids of the findings that no planned change will fix, the cause to fix first in front; nothing is
            begun while there is one.
        partial: something was left out on request, so "ready" speaks only of the rest.
        comparison: what changed since an earlier report, where one was named.
        redacted: ids and e-mail addresses were replaced by placeholders.
    """

    command: str
    target: str
    target_address: str
    project_id: str
    started: str
    duration_s: float
    settings: tuple[Setting, ...] = ()
    checks: tuple[Check, ...] = ()
    requires: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    applied: tuple[AppliedChange, ...] = ()
    calls: tuple[CallRecord, ...] = ()
    waits: tuple[Wait, ...] = ()
    blockers: tuple[str, ...] = ()
    partial: bool = False
    comparison: Comparison | None = None
    redacted: bool = False
    schema_version: int = SCHEMA_VERSION

    @property
    def calls_made(self) -> int:
        """How many calls were sent: what had no token to be sent with is in ``calls``, and was not."""
        return sum(call.status != "NOT_ATTEMPTED" for call in self.calls)

    @property
    def blocking_check(self) -> str:
        """The first of the blockers; empty where there is none."""
        return self.blockers[0] if self.blockers else ""

    @property
    def verdict(self) -> Verdict:
        """What may be claimed. Unknown is never green.

        An advisory check that failed, or could not be seen, is in the way too, unless a chat answer proved the
        whole path.
        """
        if any(applied.outcome == "failed" for applied in self.applied):
            return "not ready"
        if standing := self.standing:
            decisive = [check for check in standing if check.required] or standing
            return "not ready" if any(check.status == "fail" for check in decisive) else "unknown"
        return "ready" if any(check.status == "pass" for check in self.checks) else "unknown"

    @property
    def exit_code(self) -> int:
        """0 ready, 1 not ready, 3 unknown.

        A plan that nothing is in the way of is done: 0. Compared with an earlier report, what was wrong then does
        not count again: 1 where something is newly wrong, 3 where something in the way cannot be seen, else 0.
        """
        if self.command == "plan":
            blocking = {check.status for check in self.checks if check.id in self.blockers}
            return 1 if "fail" in blocking else 3 if blocking else 0
        if self.comparison is not None and self.verdict != "ready":
            worse = {each.status_after for each in self.comparison.differences if each.worse}
            if "fail" in worse or any(applied.outcome == "failed" for applied in self.applied):
                return 1
            return 3 if worse or any(check.status == "unknown" for check in self.standing) or not self.checks else 0
        return {"ready": 0, "not ready": 1, "unknown": 3}[self.verdict]

    @property
    def standing(self) -> tuple[Check, ...]:
        """What is in the way of ``ready``, in running order."""
        confirmed = any(check.id == "chat.answers" and check.status == "pass" for check in self.checks)
        return tuple(
            check
            for check in self.checks
            if check.status in {"fail", "unknown", "blocked"} and (check.required or not confirmed)
        )

    @property
    def root_cause(self) -> Check | None:
        """The one finding to fix first: of what is in the way the first failure, else the first unknown.

        Where only what is blocked is in the way, it is what blocks that: a finding can be waived, what it blocks
        does not work for all that. None where nothing is in the way.
        """
        standing = self.standing
        for status in ("fail", "unknown"):
            for required in (True, False):
                for check in standing:
                    if check.status == status and check.required is required:
                        return check
        blockers = {check.blocked_by for check in standing}
        return next((check for check in self.checks if check.id in blockers), None)
