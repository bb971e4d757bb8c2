"""Say what a finding means: the one place where an error becomes a cause, a fix and someone who can do it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from provision.diagnoses import ROWS, Diagnosis, by_key, diagnose, facts_of, fill, placeholders_in, request_text
from provision.diagnoses.facts import member
from provision.diagnoses.models import model_facts
from provision.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provision.config import Config
    from provision.diagnoses.error_parser import ParsedError
    from provision.errors import ErrorStatus
    from provision.google.auth import Identity
    from provision.plan import Check, FixOwner


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
    row = _by_whose_project(row, placeholders)
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
    best: dict[str, tuple[int, Diagnosis, ErrorStatus, dict[str, str]]] = {}
    rows = tuple(row.narrowed_to(reading.words) for row in ROWS)
    for error in reading.errors:
        row = diagnose(error, rows)
        if row is None:
            continue
        own_facts = facts_of(error)
        row = _by_whose_project(row, {**reading.facts, **own_facts})
        weight = row.weight(error) or 100
        if row.key not in best or weight > best[row.key][0]:
            earlier = best[row.key][3] if row.key in best else {}
            best[row.key] = (weight, row, error, {**earlier, **own_facts})
        else:
            best[row.key][3].update({name: value for name, value in own_facts.items() if name not in best[row.key][3]})
    specific = {key for key, (weight, *_) in best.items() if weight >= _BARE}
    order = {row.key: number for number, row in enumerate(ROWS)}
    ranked = sorted(
        (each for key, each in best.items() if key in specific or not specific),
        key=lambda each: (each[1].verdict == "unknown", _subject(order, each[1]), -each[0]),
    )
    return reading, tuple(
        explain_row(row, {**reading.facts, **_of_the_model({**reading.facts, **own_facts}), **own_facts}, error)
        for _, row, error, own_facts in ranked
    )


def explain_row(row: Diagnosis, known: Mapping[str, str], error: ErrorStatus | None = None) -> Finding:
    """Return a row as a person reads it, with its blanks filled from what is known."""
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


def _subject(order: Mapping[str, int], row: Diagnosis) -> int:
    return order[row.key]


def _of_the_model(known: Mapping[str, str]) -> dict[str, str]:
    location = known.get("model_location") or known.get("location", "")
    return model_facts(known["model"], location) if known.get("model") else {}
