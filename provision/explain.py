"""Say what a finding means: the one place where a refusal becomes a cause, a fix and somebody who can do it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from provision import catalog
from provision.diagnoses import ROWS, Diagnosis, by_key, diagnose, facts_of, fill, request_text, to_fill
from provision.diagnoses.facts import member
from provision.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provision.config import Config
    from provision.diagnoses.error_parser import Reading
    from provision.errors import Refusal
    from provision.google.auth import Identity
    from provision.plan import Check, Who


_BARE: Final = 10
"""A row that weighs less was found by a status or an HTTP code alone: it says least."""


def facts(config: Config, identity: Identity | None, principal: str, project_number: str = "") -> dict[str, str]:
    """Return what is known about this run, under the names that fixes use."""
    publisher, _, model_name = config.model.partition("/")
    row = catalog.models().get(config.model)
    return {
        "project_id": config.project_id,
        "project_number": project_number,
        "billing_account": config.billing_account,
        "billing_account_id": config.billing_account.removeprefix("billingAccounts/"),
        "parent": config.parent or "the organization",
        "model": config.model,
        "publisher": publisher,
        "model_name": model_name,
        "model_location": config.model_location,
        "offered_at": " or ".join(row.locations) if row else "",
        "catalogue_date": max(each.as_of for each in catalog.models().values()).isoformat(),
        "nearest": catalog.nearest(config.model, tuple(catalog.models())) or "openai/gpt-oss-120b-maas",
        "principal": principal or "the caller",
        "principal_email": principal if principal.endswith("gserviceaccount.com") else "",
        "member": member(principal),
        "consumer_project": identity.consumer_project if identity else "",
    }


def explain(check: Check, known: dict[str, str]) -> Check:
    """Return the check with cause, fix and who; a refusal that nobody foresaw stays ``unknown``."""
    if check.status not in {"fail", "warn", "unknown"}:
        return check
    row = by_key(check.diagnosis) if check.diagnosis else diagnose(check.refusal) if check.refusal else None
    if row is None:
        check = replace(check, status="unknown" if check.status == "fail" else check.status)
        if check.refusal is None:
            return check
        return replace(
            check,
            cause=str(check.refusal),
            fix="run it again; if it stays so, report it with `--format json`: nobody foresaw this answer",
        )
    said = {key: str(value) for key, value in check.evidence.items() if isinstance(value, str) and value}
    blanks = known | (facts_of(check.refusal) if check.refusal else {}) | said
    row = _by_whose_project(row, blanks)
    status = check.status
    if status == "unknown" and row.verdict == "fail" and check.required:
        status = "fail"
    return replace(
        check,
        status=status,
        diagnosis=row.key,
        cause=fill(row.cause, blanks),
        fix=fill(row.fix, blanks),
        who=row.who,
        request=request_text(row, blanks, check.refusal),
    )


def _by_whose_project(row: Diagnosis, blanks: Mapping[str, str]) -> Diagnosis:
    """Tell an API that is off in the project looked at from one that is off in the caller's own."""
    if row.key not in {"SERVICE_DISABLED", "CALLERS_SERVICE_DISABLED"}:
        return row
    consumer, project_id, number = (blanks.get(name, "") for name in ("consumer", "project_id", "project_number"))
    if consumer and consumer in (project_id, number):
        return by_key("SERVICE_DISABLED")
    comparable = number if consumer.isdigit() else project_id
    return by_key("CALLERS_SERVICE_DISABLED") if consumer and comparable else row


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one refusal means, outside of any run.

    Attributes:
        fill_in: the words in capitals that a person has to replace, each with where to find its value.
        refusal: what Google said; None where a row was asked for by its name.
    """

    key: str
    cause: str
    fix: str
    who: Who
    request: str
    fill_in: dict[str, str] = field(default_factory=dict)
    retryable: bool
    verdict: str
    source: str
    refusal: Refusal | None = None


def explain_pasted(pasted: str) -> tuple[Reading, tuple[Finding, ...]]:
    """Explain every refusal in a pasted text, the root cause first; nothing is guessed at.

    Of several, what stands earlier on the way to an answer is the cause: credentials before the project, the project
    before billing, billing before services. What only a bare status tells counts where nothing else was found.
    """
    from provision.diagnoses.error_parser import read  # its patterns take a while to compile, and no run needs them

    reading = read(pasted)
    best: dict[str, tuple[int, Diagnosis, Refusal, dict[str, str]]] = {}
    rows = tuple(row.narrowed_to(reading.words) for row in ROWS)
    for refusal in reading.refusals:
        row = diagnose(refusal, rows)
        if row is None:
            continue
        told = facts_of(refusal)
        row = _by_whose_project(row, {**reading.facts, **told})
        weight = row.weight(refusal) or 100
        if row.key not in best or weight > best[row.key][0]:
            earlier = best[row.key][3] if row.key in best else {}
            best[row.key] = (weight, row, refusal, {**earlier, **told})
        else:
            best[row.key][3].update({name: value for name, value in told.items() if name not in best[row.key][3]})
    specific = {key for key, (weight, *_) in best.items() if weight >= _BARE}
    order = {row.key: number for number, row in enumerate(ROWS)}
    ranked = sorted(
        (each for key, each in best.items() if key in specific or not specific),
        key=lambda each: (each[1].verdict == "unknown", _subject(order, each[1]), -each[0]),
    )
    return reading, tuple(
        explain_row(row, {**reading.facts, **_of_the_model({**reading.facts, **told}), **told}, refusal)
        for _, row, refusal, told in ranked
    )


def explain_row(row: Diagnosis, known: Mapping[str, str], refusal: Refusal | None = None) -> Finding:
    """Return a row as a person reads it, with its blanks filled from what is known."""
    cause, fix, request = fill(row.cause, known), fill(row.fix, known), request_text(row, known, refusal)
    return Finding(
        key=row.key,
        cause=redact(cause),
        fix=redact(fix),
        who=row.who,
        request=redact(request),
        fill_in=to_fill(f"{cause}\n{fix}\n{request}"),
        retryable=row.retryable,
        verdict=row.verdict,
        source=row.source,
        refusal=refusal,
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
    by_check = [row for row in ROWS if word.lower() in (each.lower() for each in row.provoked_by)]
    return tuple(dict.fromkeys((*exact, *by_reason, *by_status, *by_check)))


def _subject(order: Mapping[str, int], row: Diagnosis) -> int:
    return order[row.key]


def _of_the_model(known: Mapping[str, str]) -> dict[str, str]:
    row = catalog.models().get(known.get("model", ""))
    return {"offered_at": " or ".join(row.locations)} if row else {}
