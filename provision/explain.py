"""Say what a finding means: the one place where a refusal becomes a cause, a fix and somebody who can do it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from provision import catalogue
from provision.diagnoses import by_key, diagnose, facts_of, fill, request_text

if TYPE_CHECKING:
    from provision.clients.auth import Identity
    from provision.config import Config
    from provision.plan import Check


def facts(config: Config, identity: Identity | None, principal: str) -> dict[str, str]:
    """Return what is known about this run, under the names that fixes use."""
    publisher, _, model_name = config.model.partition("/")
    row = catalogue.models().get(config.model)
    kind = "serviceAccount" if principal.endswith("gserviceaccount.com") else "user"
    return {
        "project_id": config.project_id,
        "billing_account": config.billing_account,
        "billing_account_id": config.billing_account.removeprefix("billingAccounts/"),
        "parent": config.parent or "the organization",
        "model": config.model,
        "publisher": publisher,
        "model_name": model_name,
        "model_location": config.model_location,
        "offered_at": " or ".join(row.locations) if row else "",
        "catalogue_date": max(each.as_of for each in catalogue.models().values()).isoformat(),
        "nearest": catalogue.nearest(config.model, tuple(catalogue.models())) or "openai/gpt-oss-120b-maas",
        "principal": principal or "the caller",
        "member": f"{kind}:{principal}" if principal else "",
        "consumer_project": identity.consumer_project if identity else "",
    }


def explain(check: Check, known: dict[str, str]) -> Check:
    """Return the check with cause, fix and who; a refusal that nobody foresaw stays ``unknown``."""
    if check.status not in {"fail", "warn", "unknown"}:
        return check
    row = by_key(check.diagnosis) if check.diagnosis else diagnose(check.refusal) if check.refusal else None
    if row is None:
        cause = str(check.refusal) if check.refusal else ""
        return replace(
            check,
            status="unknown" if check.status == "fail" else check.status,
            cause=cause,
            fix="run it again; if it stays so, report it with `--format json`: nobody foresaw this answer"
            if cause
            else "",
        )
    said = {key: str(value) for key, value in check.evidence.items() if isinstance(value, str) and value}
    blanks = known | (facts_of(check.refusal) if check.refusal else {}) | said
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
