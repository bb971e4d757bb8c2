"""What can go wrong, as a tree; each leaf is something else for the caller to do.

::

    ProvisionError            exit 1   says what happened, why, and what to do
    ├── UsageError            exit 2   the command or its environment make no sense
    │   └── ConfigError       exit 2   settings are wrong; all problems at once
    ├── ApiError              exit 1   Google refused or did not answer; holds the Error, untouched
    │   ├── TokenError      exit 1   there is no token to call with; the call itself was not made
    │   └── CommandTimeout  exit 1   the whole command has taken all its time: nothing more is asked
    ├── StalePlanError           exit 1   apply will not do this, or not any more
    └── Interrupted           exit 130 a person or a signal stopped the run
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from provision.redaction import printable, redact


class ProvisionError(Exception):
    """An error a person can meet, in three parts: what happened, the cause and the fix."""

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, cause: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.cause = cause
        self.fix = fix

    def __str__(self) -> str:
        lines = [self.what]
        if self.cause:
            lines.append(f"  cause: {self.cause}")
        if self.fix:
            lines.append(f"  fix: {self.fix}")
        return redact(printable("\n".join(lines)))


class UsageError(ProvisionError):
    """The command cannot be carried out as it was given."""

    exit_code = 2


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong with the settings."""

    what: str
    cause: str
    fix: str


class ConfigError(UsageError):
    """Settings that cannot be used; every problem found, not just the first."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        count = "1 setting" if len(problems) == 1 else f"{len(problems)} settings"
        super().__init__(f"{count} cannot be used")
        self.problems = problems

    def __str__(self) -> str:
        return redact(
            "\n".join(f"{problem.what}\n  cause: {problem.cause}\n  fix: {problem.fix}" for problem in self.problems)
        )


@dataclass(frozen=True, kw_only=True)
class NoAnswer:
    """What there is in the place of an answer: what Google said instead, or the proof that nothing was asked."""

    @property
    def told(self) -> ErrorStatus:
        """What a person is told is in the way. Not for evaluation: it may be an answer to another question."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class NotSent(NoAnswer):
    """A call that was not made, since there was no token for it.

    It says nothing of what it would have asked about, and has nothing that could be read as if it did.

    Attributes:
        because: why there was no token; what refused that is the token's business alone.
    """

    because: ErrorStatus

    @property
    def told(self) -> ErrorStatus:
        """Why there was no token."""
        return self.because

    def __str__(self) -> str:
        return f"not asked, for want of a token: {self.because}"


@dataclass(frozen=True, kw_only=True)
class ErrorStatus(NoAnswer):
    """What Google answered instead of what was asked, as it was sent.

    Attributes:
        service: the API that was called, such as ``aiplatform.googleapis.com``.
        method: the RPC's name, such as ``ListEndpoints``.
        code: the HTTP status; 0 when no answer came.
        status: the canonical code's name (``PERMISSION_DENIED``). When no answer came, ours:
            ``TIMEOUT``, ``UNREACHABLE``, ``MALFORMED_RESPONSE`` (an answer no one can read) or ``CREDENTIALS``.
        reason: ``google.rpc.ErrorInfo.reason``, or the OAuth ``error``; empty in most errors.
        domain: ``google.rpc.ErrorInfo.domain``.
        metadata: ``google.rpc.ErrorInfo.metadata``.
        violations: (type, subject, description) of PreconditionFailure and QuotaFailure details.

    Source: https://cloud.google.com/apis/design/errors
    """

    service: str
    method: str
    code: int = 0
    status: str = ""
    reason: str = ""
    domain: str = ""
    message: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    violations: tuple[tuple[str, str, str], ...] = ()

    @property
    def told(self) -> ErrorStatus:
        """The error itself."""
        return self

    def __str__(self) -> str:
        head = " ".join(part for part in (str(self.code or ""), self.status, self.reason) if part)
        return f"{self.service} {self.method}: {head}: {self.message}"


class ApiError(ProvisionError):
    """Google refused a call, or did not answer it. What it means is told by ``provision.diagnoses``."""

    def __init__(self, error: ErrorStatus) -> None:
        super().__init__(str(error))
        self.status = error


class TokenError(ApiError):
    """No token could be had, after all tries that could help: to make the call again would ask for one again."""


class CommandTimeout(ApiError):
    """The command has taken all the time it may: no call is made any more, and none is waited for."""


class StalePlanError(ProvisionError):
    """A change that will not be made as things are."""


class Interrupted(ProvisionError):
    """The run was stopped from outside."""

    exit_code = 130
