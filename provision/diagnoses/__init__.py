"""What a refusal means: rows of data, one file per subject.

A row is found by Google's own ``ErrorInfo`` reason where there is one, then by the typed detail, then by
recognisable words. Most refusals carry no reason, so the words matter, and they are matched as prefixes or
fragments: Google appends help tokens and changes product names.
"""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING

from provision.diagnoses import (
    billing,
    credentials,
    environment,
    federation,
    iam,
    network,
    permissions,
    policy,
    project,
    quota,
    services,
    vertex,
)
from provision.diagnoses.row import Diagnosis, Match, Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provision.errors import Refusal

__all__ = [
    "EXPLAINS",
    "ROWS",
    "Diagnosis",
    "Match",
    "Request",
    "by_key",
    "diagnose",
    "facts_of",
    "fill",
    "request_text",
]

# In this order: a row that asks for more stands before one that asks for less.
ROWS: tuple[Diagnosis, ...] = (
    *credentials.ROWS,
    *project.ROWS,
    *billing.ROWS,
    *services.ROWS,
    *quota.ROWS,
    *vertex.ROWS,
    *federation.ROWS,
    *iam.ROWS,
    *permissions.ROWS,
    *environment.ROWS,
    *policy.ROWS,
    *network.ROWS,
)
_BY_KEY = {row.key: row for row in ROWS}
# Which refusals are symptoms of which finding.
EXPLAINS = {row.key: row.explains for row in ROWS if row.explains}


def by_key(key: str) -> Diagnosis:
    """Return the row of that key.

    Raises:
        KeyError: there is none.
    """
    return _BY_KEY[key]


def diagnose(refusal: Refusal) -> Diagnosis | None:
    """Return the row that fits best, or None: a refusal nobody foresaw is not guessed at."""
    fitting = [(row.match.weight, row) for row in ROWS if row.match and row.match.fits(refusal)]
    if not fitting:
        return None
    return max(fitting, key=lambda pair: pair[0])[1]


def facts_of(refusal: Refusal) -> dict[str, str]:
    """Return what a refusal tells, under the names that fixes use."""
    facts = {key: value for key, value in refusal.metadata.items() if value}
    facts["called_service"] = refusal.service
    facts["method"] = refusal.method
    facts["message"] = refusal.message
    if "consumer" in facts:
        facts["consumer"] = facts["consumer"].removeprefix("projects/").removeprefix("project_number:")
    return facts


def fill(template: str, facts: Mapping[str, str]) -> str:
    """Fill the blanks of a cause or a fix; what is not known stands in capitals, for a person to fill."""
    names = {name for _, name, _, _ in Formatter().parse(template) if name}
    return template.format_map({name: facts.get(name) or name.upper() for name in names})


def request_text(row: Diagnosis, facts: Mapping[str, str], refusal: Refusal | None = None) -> str:
    """Return the row's request to an administrator, ready to send; empty where nobody is asked."""
    if row.request is None:
        return ""
    ask = row.request
    lines = {
        "Please": f"{ask.ask}.",
        "On": ask.resource,
        "For": "{principal}",
        "Reason": ask.reason,
        "Command": ask.command,
    }
    written = [f"{title}: {fill(text, facts)}" for title, text in lines.items()]
    if refusal is not None and refusal.message:
        written.append(f"Google's answer: {refusal.status} {refusal.reason}".rstrip() + f": {refusal.message}")
    return "\n".join(written)
