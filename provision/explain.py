"""Say what a finding means: the one place where an error becomes a cause, a fix and someone who can do it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from provision.diagnoses import ROWS, Diagnosis, bare, by_key, diagnose, facts_of, fill, placeholders_in, request_text
from provision.diagnoses.denials import permission_named
from provision.diagnoses.facts import member
from provision.diagnoses.models import model_facts
from provision.diagnoses.refine import refined
from provision.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provision.config import Config
    from provision.diagnoses.error_parser import FoundError, ParsedError
    from provision.errors import ErrorStatus
    from provision.google.auth import Identity
    from provision.plan import Check, FixOwner


_CERTAIN: Final = 30
"""A row that weighs less says too little of words that seem to be another's."""
_WIDE: Final = frozenset(
    {"project_id", "principal", "member", "billing_account_id", "organization_id", "folder_id", "around"}
)
"""What may be taken from elsewhere in a text: it is the same for all its errors."""
_TELLING: Final = ("permission", "constraint", "asked_role", "asked_email", "model")
"""Facts by which two errors of one row are distinguished."""
_GENERAL: Final = frozenset(
    {"CUSTOM_ORG_POLICY_VIOLATION", "CONSTRAINT_VIOLATED", "IAM_PERMISSION_DENIED", "PERMISSION_DENIED"}
)
_BARE: Final = 10
"""A row that weighs less was found by a status or an HTTP code alone: it says least."""


def facts(config: Config, identity: Identity | None, principal: str, project_number: str = "") -> dict[str, str]:
    """Return what is known about this run, under the names that fixes use."""
    publisher, _, model_name = config.model.partition("/")
    return {
        "project_id": config.project_id,
        "project_number": project_number,
        "billing_account": config.billing_account,
        "billing_account_id": config.billing_account.removeprefix("billingAccounts/"),
        **_options_of(config),
        "parent": config.parent or "the organization",
        "model": config.model,
        "publisher": publisher,
        "model_name": model_name,
        "model_location": config.model_location,
        **model_facts(config.model, config.model_location),
        "principal": principal or "the caller",
        "principal_email": principal if principal.endswith("gserviceaccount.com") else "",
        "member": member(principal),
        "consumer_project": identity.consumer_project if identity else "",
    }


def _options_of(config: Config) -> dict[str, str]:
    """Return what to do about what is asked for already: no fix names an option that was given."""
    known = {}
    if config.create_project:
        known["create_with"] = "run `provision apply`"
        place = config.sources.get("project.create", "option --create-project")
        if not place.startswith("option "):
            known["create_without"] = f"take `create` out ({place})"
    if config.relink_billing:
        known["relink_with"] = "run `provision apply`"
    if config.undelete_project:
        known["undelete_with"] = "provision apply"
    return known


def explain(check: Check, known: dict[str, str]) -> Check:
    """Return the check with cause, fix and who; an error that no one foresaw stays ``unknown``."""
    if check.status not in {"fail", "warn", "unknown"}:
        return check
    row = by_key(check.diagnosis) if check.diagnosis else diagnose(check.error) if check.error else None
    if row is None:
        check = replace(check, status="unknown" if check.status == "fail" else check.status)
        if check.error is None:
            return check
        return replace(
            check,
            cause=str(check.error),
            fix="run it again; if it stays so, report it with `--format json`: no one foresaw this answer",
        )
    stated = {key: str(value) for key, value in check.evidence.items() if isinstance(value, str) and value}
    placeholders = known | (facts_of(check.error) if check.error else {}) | stated
    key, placeholders = refined(_by_whose_project(row, placeholders), placeholders)
    row = by_key(key)
    status = check.status
    if status == "unknown" and row.verdict == "fail" and check.required:
        status = "fail"
    return replace(
        check,
        status=status,
        diagnosis=row.key,
        cause=fill(row.cause, placeholders),
        fix=fill(row.fix, placeholders),
        fix_owner=row.fix_owner,
        request=request_text(row, placeholders, check.error),
    )


def _by_whose_project(row: Diagnosis, placeholders: Mapping[str, str]) -> Diagnosis:
    """Tell an API that is off in the project looked at from one that is off in the caller's own."""
    if row.key not in {"SERVICE_DISABLED", "CALLERS_SERVICE_DISABLED"}:
        return row
    consumer, project_id, number = (placeholders.get(name, "") for name in ("consumer", "project_id", "project_number"))
    if consumer and consumer in (project_id, number):
        return by_key("SERVICE_DISABLED")
    comparable = number if consumer.isdigit() else project_id
    return by_key("CALLERS_SERVICE_DISABLED") if consumer and comparable else row


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one error means, outside of any run.

    Attributes:
        placeholders: the words in capitals that a person has to replace, each with where to find its value.
        error: what Google said; None where a row was asked for by its name.
    """

    key: str
    cause: str
    fix: str
    fix_owner: FixOwner
    request: str
    placeholders: dict[str, str] = field(default_factory=dict)
    retryable: bool
    verdict: str
    source: str
    error: ErrorStatus | None = None


def explain_text(parsed: str) -> tuple[ParsedError, tuple[Finding, ...]]:
    """Explain every error in a pasted text, the root cause first; nothing is guessed at.

    Of several, what is earlier on the way to an answer is the cause: credentials before the project, the project
    before billing, billing before services. What only a bare status tells counts where nothing else was found.
    """
    from provision.diagnoses.error_parser import read  # its patterns take a while to compile, and no run needs them

    reading = read(parsed)
    rows = tuple(narrow for row in ROWS if (narrow := row.narrowed_to(reading.words)))
    googles_words = tuple(row.in_googles_words() for row in rows if any(match.googles for match in row.matches))
    told: list[_Told] = []
    for each in reading.found:
        error = each.status
        row = diagnose(error, rows if each.origin == "google" else googles_words)
        if row is None and each.origin == "google" and permission_named(error.message):
            row = by_key("IAM_PERMISSION_DENIED")
        if row is None or (each.origin == "foreign" and row.weight(error) < _CERTAIN):
            continue
        known = _facts_of(each, reading)
        key, known = refined(_by_whose_project(by_key(row.key), known), known)
        _add(told, _Told(key=key, weight=row.weight(error) or 100, error=error, known=known))
    order = {row.key: number for number, row in enumerate(ROWS)}
    told = [each for each in told if not any(each.is_covered_by(other) for other in told)]
    specific = [each for each in told if each.weight >= _BARE] or told
    ranked = sorted(specific, key=lambda each: (by_key(each.key).verdict == "unknown", order[each.key], -each.weight))
    return reading, tuple(explain_row(by_key(each.key), each.known, each.error) for each in ranked)


@dataclass(kw_only=True)
class _Told:
    """One thing that a text tells, perhaps in several places of it."""

    key: str
    weight: int
    error: ErrorStatus
    known: dict[str, str]

    def contradicts(self, other: _Told) -> bool:
        """Whether the same row speaks of another thing there: of two permissions that are missing both are told."""
        names = (*_TELLING, *(("service",) if self.key in {"SERVICE_DISABLED", "CALLERS_SERVICE_DISABLED"} else ()))
        return self.key != other.key or any(
            self.known[name].lower() != other.known[name].lower()
            for name in names
            if self.known.get(name) and other.known.get(name)
        )

    def is_covered_by(self, other: _Told) -> bool:
        """Whether another row says more of the same constraint or permission."""
        if self.key == "BILLING_PRECONDITION":  # it says that the text leaves the cause out
            return other.key in {"BILLING_QUOTA", "BILLING_CONSTRAINT"}
        same = any(
            self.known.get(name) and self.known.get(name) == other.known.get(name)
            for name in ("constraint", "permission")
        )
        return same and self.key in _GENERAL and other.key not in _GENERAL and other.weight >= _BARE


def _add(told: list[_Told], new: _Told) -> None:
    same = next((each for each in told if not each.contradicts(new)), None)
    if same is None:
        told.append(new)
    elif new.weight > same.weight:
        same.weight, same.error, same.known = new.weight, new.error, {**same.known, **new.known}
    else:
        same.known.update({name: value for name, value in new.known.items() if name not in same.known})


def _facts_of(each: FoundError, reading: ParsedError) -> dict[str, str]:
    """Return what an error tells, then what stands around it, then of the whole text what no error contradicts."""
    own = facts_of(each.status)
    near = {**each.facts, **own}
    has_project = reading.projects > 1 or any(near.get(name) for name in ("project_id", "consumer", "resource"))
    far = {
        name: value
        for name, value in reading.facts.items()
        if name in _WIDE and not (has_project and name == "project_id")
    }
    known = {**far, **{name: value for name, value in near.items() if value}}
    return known | _of_the_model(known)


def explain_row(row: Diagnosis, known: Mapping[str, str], error: ErrorStatus | None = None) -> Finding:
    """Return a row as a person reads it, with its blanks filled from what is known."""
    if not known.get("grant"):
        _, known = refined(row, known)
    cause, fix, request = fill(row.cause, known), fill(row.fix, known), request_text(row, known, error)
    return Finding(
        key=row.key,
        cause=redact(cause),
        fix=redact(fix),
        fix_owner=row.fix_owner,
        request=redact(request),
        placeholders=placeholders_in(f"{cause}\n{fix}\n{request}"),
        retryable=row.retryable,
        verdict=row.verdict,
        source=row.source,
        error=error,
    )


def likely_rows(word: str) -> tuple[tuple[Finding, str], ...]:
    """Return what a bare status or HTTP code can mean, the likeliest first, each with the words that would decide.

    Empty where the word is neither.
    """
    name = re.sub(r"[\s-]+", "_", word.strip().strip("\"'`.,")).upper()
    return tuple((explain_row(by_key(key), {}), sign) for key, sign in bare.LIKELY.get(name, ()))


def rows_for(word: str) -> tuple[Diagnosis, ...]:
    """Return the rows that a reason, a row's key, a check's id, a status or an HTTP code speaks of.

    The closest comes first.
    """
    word = word.strip().strip("\"'`.,")
    name = re.sub(r"[\s-]+", "_", word).upper()
    exact = [row for row in ROWS if row.key == name]
    by_reason = [row for row in ROWS if any(name in match.reason.upper().split("|") for match in row.matches)]
    by_status = [row for row in ROWS if any(name in (match.status, str(match.code or "-")) for match in row.matches)]
    by_check = [row for row in ROWS if word.lower() in (each.lower() for each in row.triggered_by)]
    return tuple(dict.fromkeys((*exact, *by_reason, *by_status, *by_check)))


def _of_the_model(known: Mapping[str, str]) -> dict[str, str]:
    location = known.get("model_location") or known.get("location", "")
    return model_facts(known["model"], location) if known.get("model") else {}
