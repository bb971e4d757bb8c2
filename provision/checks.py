"""A check is declared once, and every finding of it is built from its declaration.

What a finding may hold is what its declaration names: evidence that was not declared, with what it gives away, is
refused, and so is a diagnosis that the check's page would not list. Redaction, the pages, `--only` and the permissions
are read from the same place.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from provision.errors import ErrorStatus, NoAnswer, NotSent
from provision.plan import Check, FixOwner, JsonValue, Privacy, RequiredPermission

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from provision.plan import Status

Weight = Literal["required", "required when it fails", "required when it is asked for by name", "advisory"]


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A cause and a fix that no row of the diagnoses holds, and who can do it."""

    cause: str
    fix: str
    owner: FixOwner = ""


NEWER: Final = Explanation(
    cause="Google answered with a word that this version does not know: it may be newer than this.",
    fix="install a newer version of provision; what the word means, the page of that API says",
    owner="you",
)
"""Why a state that no one foresaw is not evaluated: neither as well nor as wrong."""

Because = str | ErrorStatus | Explanation
"""Why a finding is not a pass: the key of a diagnosis, what Google answered, or an explanation of its own."""


OUTSIDE_PROJECT: Final = MappingProxyType({"outside_project": True})
"""Metadata of a field of a step's ``Observed`` that does not lie in the project: it stays while that is made."""


@dataclass(frozen=True, kw_only=True)
class CheckSpec:
    """One check, declared beside the functions of its step.

    Attributes:
        id: ``step.what``, which never changes.
        passes_when: what is true when it passes, as a sentence.
        weight: what it counts for; an advisory one that could not be seen counts until a chat answer proved everything.
        evidence: each field that a finding may hold, with its privacy; ``*`` stands for every other name.
        diagnoses: the keys of what the step itself can see to be wrong; what Google refuses needs none.
        permissions: what the caller needs for it to be seen.
    """

    id: str
    passes_when: str
    weight: Weight = "required"
    evidence: Mapping[str, Privacy] = field(default_factory=dict)
    diagnoses: tuple[str, ...] = ()
    permissions: tuple[RequiredPermission, ...] = ()

    def asked_for(self, by_name: bool) -> CheckSpec:  # noqa: FBT001 - it reads as a condition
        """Return the check as it counts where it was, or was not, asked for by name."""
        return replace(self, weight="required" if by_name else "advisory")

    def passed(self, summary: str, /, **evidence: JsonValue) -> Check:
        """Return the finding that all is well."""
        return self._check("pass", summary, evidence)

    def warned(self, summary: str, because: Because | None, /, **evidence: JsonValue) -> Check:
        """Return the finding of what should not be so, and stops nothing; None where there is nothing to fix."""
        return self._check("warn", summary, evidence, because)

    def failed(
        self, summary: str, because: Because, /, *, error: ErrorStatus | None = None, **evidence: JsonValue
    ) -> Check:
        """Return the finding that it does not hold.

        Args:
            error: what Google answered, where ``because`` is a narrower diagnosis of it.
        """
        return self._check("fail", summary, evidence, because, error)

    def unknown(
        self, summary: str, because: NoAnswer | Explanation | None, /, *, diagnosis: str = "", **evidence: JsonValue
    ) -> Check:
        """Return the finding that it could not be seen.

        Args:
            because: what Google answered instead, or that it was not asked; None where there was nothing to ask.
            diagnosis: what that means, where the step can tell more than the answer does.
        """
        if isinstance(because, NotSent):
            return replace(self._check("unknown", summary, evidence), not_sent=because.because)
        said = because if isinstance(because, ErrorStatus | Explanation) else None
        error = because if isinstance(because, ErrorStatus) else None
        return self._check("unknown", summary, evidence, diagnosis or said, error)

    def skipped(self, summary: str, /) -> Check:
        """Return the finding that it does not apply."""
        return self._check("skipped", summary, {})

    def _check(
        self,
        status: Status,
        summary: str,
        evidence: Mapping[str, JsonValue],
        because: Because | None = None,
        error: ErrorStatus | None = None,
    ) -> Check:
        undeclared = [] if "*" in self.evidence else [name for name in evidence if name not in self.evidence]
        if undeclared:
            raise ValueError(f"{self.id} declares no evidence {', '.join(undeclared)}")
        if isinstance(because, str) and because not in self.diagnoses:
            raise ValueError(f"{self.id} declares no diagnosis {because!r}")
        own = because if isinstance(because, Explanation) else Explanation(cause="", fix="")
        return Check(
            id=self.id,
            status=status,
            summary=summary,
            required=self.weight == "required" or (self.weight == "required when it fails" and status == "fail"),
            evidence=evidence,
            privacy=self.evidence,
            error=because if isinstance(because, ErrorStatus) else error,
            diagnosis=because if isinstance(because, str) else "",
            cause=own.cause,
            fix=own.fix,
            fix_owner=own.owner,
        )


def public(*names: str) -> dict[str, Privacy]:
    """Declare fields of evidence that hold Google's words or ours."""
    return dict.fromkeys(names, "public")


def permissions_of(checks: Iterable[CheckSpec]) -> tuple[RequiredPermission, ...]:
    """Return what the caller needs for all of them to be seen, each once."""
    return tuple(dict.fromkeys(required for check in checks for required in check.permissions))
