"""What a row of the diagnoses holds."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from provision.gcloud import add_binding

if TYPE_CHECKING:
    from provision.errors import ErrorStatus
    from provision.plan import FixOwner


def words_of(error: ErrorStatus) -> str:
    """Return all that an error says in words."""
    return " ".join((error.message, *(" ".join(parts) for parts in error.violations)))


@dataclass(frozen=True, kw_only=True)
class Match:
    """Which errors a row speaks of. Every field that is set must agree.

    A pasted text often lacks the status, the HTTP code or the API. What is missing there agrees with anything,
    as long as something that tells enough by itself (a reason, a violation, or ``conclusive`` text) is found.

    Attributes:
        reason: Google's reason, or several of one meaning with ``|`` in between.
        domain: a regular expression that ErrorInfo's domain must be: of two APIs the same reason can ask for different things.
        text: a regular expression sought in the message and in the violations, ignoring case.
        violation: the type of a PreconditionFailure or QuotaFailure violation.
        subject: a regular expression sought in the violations' subjects.
        metadata: (key, regular expression) sought in ErrorInfo's metadata.
        service: the API that answered.
        method: a regular expression sought in the method's name, where that is known.
        conclusive: the text alone says which error it is, whatever else is not known.
        generic: others say these words too: of a pasted text they count where it is Google's for another reason.
        priority: added to the weight, where a narrower meaning must win against an equally detailed one.
    """

    reason: str = ""
    domain: str = ""
    status: str = ""
    code: int = 0
    text: str = ""
    violation: str = ""
    subject: str = ""
    service: str = ""
    method: str = ""
    metadata: tuple[str, str] | None = None
    conclusive: bool = True
    generic: bool = False
    priority: int = 0

    @property
    def googles(self) -> bool:
        """Whether it asks for words that only Google says, so that it fits whatever is around them."""
        return bool(self.text and not self.generic) or bool(self.violation or self.subject)

    @property
    def weight(self) -> int:
        """How much the row asks for: Google's reason counts most, a bare status least."""
        return (
            100 * bool(self.reason)
            + 60 * bool(self.violation)
            + 60 * bool(self.subject)
            + 30 * bool(self.text)
            + 10 * bool(self.metadata)
            + 5 * bool(self.domain)
            + 4 * bool(self.service)
            + 2 * bool(self.status)
            + bool(self.code)
            + self.priority
        )

    def fits(self, error: ErrorStatus) -> bool:
        """Whether every field that is set agrees with the error."""
        lenient = bool(self.reason or self.violation or self.subject or (self.text and self.conclusive))
        unknown = ("",) if lenient else ()
        words = words_of(error)
        return (
            (not self.reason or error.reason in self.reason.split("|"))
            and (not self.domain or re.fullmatch(self.domain, error.domain) is not None)
            and (not self.status or error.status in (self.status, *unknown))
            and (not self.code or error.code in (self.code, *((0,) if lenient and not error.status else ())))
            and (not self.service or error.service in (self.service, *unknown))
            and (not self.method or not error.method or re.search(self.method, error.method) is not None)
            and (not self.violation or any(kind == self.violation for kind, _, _ in error.violations))
            and (not self.subject or any(re.search(self.subject, named) for _, named, _ in error.violations))
            and (not self.text or re.search(self.text, words, re.IGNORECASE) is not None)
            and (
                self.metadata is None
                or re.search(self.metadata[1], error.metadata.get(self.metadata[0], "")) is not None
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
    """One row: what it means, what fixes it, and who can.

    Attributes:
        key: Google's own reason where there is one.
        match: the errors it explains; None where a step sees the cause itself.
        also: other forms in which the same error arrives: an older wording, a text without its details.
        cause, fix: sentences with blanks such as ``{project_id}``.
        request: the text for the administrator, where one can fix it.
        verdict: ``fail`` where the cause is known, ``unknown`` where the error leaves the matter open.
        retryable: waiting, and nothing else, can fix it.
        permission: the permission that it is about, where the error names none: the role of the fix follows from it.
        settles: it passes by itself some minutes after `apply` has enabled or linked something.
        triggered_by: the methods or checks that can meet it; ``any`` for every method.
        reproduced_by: the fault of the sandbox that refuses so, and the call of `provision.diagnoses.reproductions`
            that meets it.
        not_reproduced: why the sandbox cannot show it, where it is met by calls.
        explains: the keys of errors that come of it, where a step sees the cause itself: a check that was refused
            so is its symptom, even if seeing it is only advisory.
        source: where Google, or someone who met it, says so.
    """

    key: str
    match: Match | None = None
    also: tuple[Match, ...] = ()
    cause: str
    fix: str
    fix_owner: FixOwner
    request: Request | None = None
    verdict: Literal["fail", "unknown"] = "fail"
    retryable: bool = False
    settles: bool = False
    permission: str = ""
    triggered_by: tuple[str, ...] = ()
    reproduced_by: tuple[str, str] | None = None
    not_reproduced: str = ""
    explains: tuple[str, ...] = ()
    source: str

    @property
    def matches(self) -> tuple[Match, ...]:
        """Every form in which it is recognized."""
        return (self.match, *self.also) if self.match else self.also

    def narrowed_to(self, words: str) -> Diagnosis | None:
        """Return the row with what can fit a part of a text: one look at a long one saves a look at each part.

        None where nothing can.
        """
        possible = tuple(each for each in self.matches if not each.text or re.search(each.text, words, re.IGNORECASE))
        return replace(self, match=None, also=possible) if possible else None

    def in_googles_words(self) -> Diagnosis:
        """Return the row with what fits an error that may be anyone's: words of which only Google is the author."""
        return replace(self, match=None, also=tuple(each for each in self.matches if each.googles))

    def weight(self, error: ErrorStatus) -> int:
        """How well it fits: 0 where it does not."""
        return max((match.weight for match in self.matches if match.fits(error)), default=0)


def grant(role: str, *, reason: str) -> Request:
    """Return the request for a role on the project."""
    return Request(
        ask=f"grant {{member}} the role {role}",
        reason=reason,
        command=add_binding("projects/{project_id}", "{member}", role),
    )


def granted(reason: str) -> Request:
    """Return the request for the role that holds the permission that was denied, where it is granted."""
    return Request(ask="grant {member} the role {role}", resource="{grant_resource}", reason=reason, command="{grant}")


def allow(constraint: str, value: str, *, reason: str) -> Request:
    """Return the request for one more allowed value of an organization policy's list.

    Set on the project, so that no one else's changes; and inheriting, else it would take away what is allowed above:
    `gcloud resource-manager org-policies allow` does that where the project has no policy of its own yet.
    https://docs.cloud.google.com/resource-manager/docs/organization-policy/understanding-hierarchy
    """
    policy = (
        f"name: projects/{{project_id}}/policies/{constraint}",
        *("spec:", "  inheritFromParent: true", "  rules:", "  - values:", "      allowedValues:", f"      - {value}"),
    )
    lines = " ".join(f"'{line}'" for line in policy)
    return Request(
        ask=f"allow {value} in the organization policy constraints/{constraint}",
        reason=reason,
        command=f"printf '%s\\n' {lines} | gcloud org-policies set-policy /dev/stdin   (adds to what is inherited, and"
        f" replaces a policy of the project's own: gcloud org-policies describe {constraint} --project={{project_id}})",
    )
