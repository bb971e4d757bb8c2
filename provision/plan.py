"""The records that pass between the parts of a run. Data only: everything here can be printed as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provision.errors import Refusal

JsonValue = None | bool | int | float | str | list["JsonValue"] | tuple["JsonValue", ...] | dict[str, "JsonValue"]
Status = Literal["pass", "fail", "warn", "blocked", "unknown", "waived", "skipped"]
Who = Literal["", "you", "admin", "google"]
Action = Literal["create", "link", "enable", "wait"]
Verdict = Literal["ready", "not ready", "cannot tell"]

SCHEMA_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Change:
    """One call that apply will make, in words a person can check.

    Attributes:
        step: the step that plans and applies it.
        resource: the full resource name, as the API spells it.
        before: what is there now; None where that is nothing, or not known.
        after: what will be there; enough for ``apply`` to make the call.
        why: the reason, in words a person can judge.
        dangerous: it takes something away from somebody; planned only when asked for.
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
class Check:
    """One verdict with a stable id.

    A step fills ``status``, ``summary`` and ``evidence``, and either ``refusal`` (what Google said) or
    ``diagnosis`` (the key of what it saw itself). ``workflow`` adds cause, fix, who and request from the diagnoses,
    and ``blocked_by`` from the requirement graph.

    ``request`` is a text that can be sent as it stands, where an administrator is asked: several lines that name
    the principal, the role or policy, the resource, the reason and the command. Empty where nobody is asked.
    """

    id: str
    status: Status
    summary: str
    required: bool = True
    evidence: Mapping[str, JsonValue] = field(default_factory=dict)
    refusal: Refusal | None = None
    diagnosis: str = ""
    cause: str = ""
    fix: str = ""
    who: Who = ""
    request: str = ""
    blocked_by: str = ""

    @property
    def step(self) -> str:
        """The step that judged it: the part of the id before the dot."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, kw_only=True)
class CallRecord:
    """One call to Google. Times are in seconds, ``started_s`` since the run began.

    ``retried_for`` holds the status of each attempt that was made again.
    """

    service: str
    method: str
    started_s: float
    duration_s: float
    status: str
    retried_for: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AppliedChange:
    """A planned change and what became of it; ``duration_s`` in seconds."""

    change: Change
    outcome: Literal["done", "failed"]
    duration_s: float
    detail: str = ""
    refusal: Refusal | None = None


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One configured value and where it came from."""

    name: str
    value: JsonValue
    source: str


@dataclass(frozen=True, kw_only=True)
class Run:
    """Everything that happened. Reports only render it.

    Attributes:
        target: where the calls went: ``Google Cloud`` or ``sandbox``.
        target_address: the sandbox's address; empty for Google Cloud.
        changes: what is, or was, to be done.
        applied: what was done.
        obstacle: the id of the finding that no planned change will cure; nothing is begun while there is one.
        partial: something was left out on request, so "ready" speaks only of the rest.
    """

    command: str
    target: str
    target_address: str
    project_id: str
    started: str
    duration_s: float
    settings: tuple[Setting, ...] = ()
    checks: tuple[Check, ...] = ()
    changes: tuple[Change, ...] = ()
    applied: tuple[AppliedChange, ...] = ()
    calls: tuple[CallRecord, ...] = ()
    obstacle: str = ""
    partial: bool = False
    schema_version: int = SCHEMA_VERSION

    @property
    def verdict(self) -> Verdict:
        """What may be claimed. Unknown is never green.

        An advisory check that could not be seen stands in the way too, unless a chat answer proved the whole path.
        """
        if any(applied.outcome == "failed" for applied in self.applied):
            return "not ready"
        required = [check for check in self.checks if check.required]
        if any(check.status == "fail" for check in required):
            return "not ready"
        proven = any(check.id == "chat.answers" and check.status == "pass" for check in self.checks)
        unseen = required if proven else list(self.checks)
        if any(check.status in {"unknown", "blocked"} for check in unseen):
            return "cannot tell"
        return "ready" if any(check.status == "pass" for check in self.checks) else "cannot tell"

    @property
    def exit_code(self) -> int:
        """0 ready, 1 not ready, 3 cannot tell."""
        return {"ready": 0, "not ready": 1, "cannot tell": 3}[self.verdict]

    @property
    def root_cause(self) -> Check | None:
        """The one finding to cure first: the first failure in running order, else the first unknown."""
        for status in ("fail", "unknown"):
            for required in (True, False):
                for check in self.checks:
                    if check.status == status and check.required is required:
                        return check
        return None
