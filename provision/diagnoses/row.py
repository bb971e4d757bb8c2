"""What a row of the diagnoses holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from provision.errors import Refusal
    from provision.plan import Who


@dataclass(frozen=True, kw_only=True)
class Match:
    """Which refusals a row speaks of. Every field that is set must agree.

    Attributes:
        text: a regular expression sought in the message and in the violations' descriptions, ignoring case.
        violation: the type of a PreconditionFailure or QuotaFailure violation.
        metadata: (key, regular expression) sought in ErrorInfo's metadata.
        service: the API that answered.
    """

    reason: str = ""
    domain: str = ""
    status: str = ""
    code: int = 0
    text: str = ""
    violation: str = ""
    service: str = ""
    metadata: tuple[str, str] | None = None

    @property
    def weight(self) -> int:
        """How much the row asks for: Google's reason counts most, a bare status least."""
        return (
            100 * bool(self.reason)
            + 60 * bool(self.violation)
            + 30 * bool(self.text)
            + 10 * bool(self.metadata)
            + 5 * bool(self.domain)
            + 4 * bool(self.service)
            + 2 * bool(self.status)
            + bool(self.code)
        )

    def fits(self, refusal: Refusal) -> bool:
        """Whether every field that is set agrees with the refusal."""
        words = " ".join((refusal.message, *(description for _, _, description in refusal.violations)))
        return (
            self.reason in ("", refusal.reason)
            and self.domain in ("", refusal.domain)
            and self.status in ("", refusal.status)
            and self.code in (0, refusal.code)
            and self.service in ("", refusal.service)
            and (not self.violation or any(kind == self.violation for kind, _, _ in refusal.violations))
            and (not self.text or re.search(self.text, words, re.IGNORECASE) is not None)
            and (
                self.metadata is None
                or re.search(self.metadata[1], refusal.metadata.get(self.metadata[0], "")) is not None
            )
        )


@dataclass(frozen=True, kw_only=True)
class Request:
    """What an administrator is asked for. Every field is a sentence or command with blanks such as ``{member}``.

    Attributes:
        ask: what to do, in the imperative, naming the role or the policy constraint.
        resource: where: the full resource name.
        reason: what does not work without it.
        command: what the administrator would run, or the page to open.
    """

    ask: str
    resource: str = "projects/{project_id}"
    reason: str
    command: str


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """One row: what it means, what cures it, and who can.

    Attributes:
        key: Google's own reason where there is one.
        match: the refusals it explains; None where a step sees the cause itself.
        cause, fix: sentences with blanks such as ``{project_id}``.
        request: the text for the administrator, where one can cure it.
        verdict: ``fail`` where the cause is known, ``unknown`` where the refusal leaves the matter open.
        retryable: waiting, and nothing else, can cure it.
        settles: it passes by itself some minutes after `apply` has enabled or linked something.
        provoked_by: methods or checks that can meet it.
        explains: the keys of refusals that come of it, where a step sees the cause itself: a check that was refused
            so is its symptom, even if seeing it is only advisory.
        source: where Google, or somebody who met it, says so.
    """

    key: str
    match: Match | None = None
    cause: str
    fix: str
    who: Who
    request: Request | None = None
    verdict: Literal["fail", "unknown"] = "fail"
    retryable: bool = False
    settles: bool = False
    provoked_by: tuple[str, ...] = ()
    explains: tuple[str, ...] = ()
    source: str
