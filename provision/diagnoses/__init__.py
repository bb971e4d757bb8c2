"""What an error means: rows of data, one file per subject.

A row is found by Google's own ``ErrorInfo`` reason where there is one, then by the typed detail, then by
recognisable words. Most errors carry no reason, so the words matter, and they are matched as prefixes or
fragments: Google appends help tokens and changes product names.
"""

from __future__ import annotations

import re
from string import Formatter
from typing import TYPE_CHECKING

from provision.diagnoses import (
    apikeys,
    billing,
    bindings,
    chat,
    constraints,
    consumer,
    credentials,
    environment,
    exchange,
    existing,
    federation,
    iam,
    local,
    machine,
    network,
    peering,
    permissions,
    policy,
    project,
    quota,
    servers,
    services,
    values,
    vertex,
    workloads,
)
from provision.diagnoses.facts import PLACEHOLDERS, facts_of
from provision.diagnoses.row import Diagnosis, Match, Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provision.errors import ErrorStatus

__all__ = [
    "EXPLAINS",
    "PLACEHOLDERS",
    "ROWS",
    "Diagnosis",
    "Match",
    "Request",
    "by_key",
    "diagnose",
    "facts_of",
    "fill",
    "placeholders_in",
    "request_text",
]

ROWS: tuple[Diagnosis, ...] = (
    *credentials.ROWS,
    *consumer.ROWS,
    *apikeys.ROWS,
    *environment.ROWS,
    *exchange.ROWS,
    *project.ROWS,
    *billing.ROWS,
    *services.ROWS,
    *peering.ROWS,
    *constraints.ROWS,
    *policy.ROWS,
    *chat.ROWS,
    *federation.ROWS,
    *workloads.ROWS,
    *values.ROWS,
    *iam.ROWS,
    *bindings.ROWS,
    *existing.ROWS,
    *permissions.ROWS,
    *quota.ROWS,
    *servers.ROWS,
    *vertex.ROWS,
    *network.ROWS,
    *local.ROWS,
    *machine.ROWS,
)
# What is said of an error's own words, where there are none: a sentence ends before it.
_WITHOUT_MESSAGE = re.compile(r"(?:[:;,]? ?\(?\{message\}\)?|(?<=\.) \{message\})(?=[\s.]|$)")
_BY_KEY = {row.key: row for row in ROWS}
# Which errors are symptoms of which finding.
EXPLAINS = {row.key: row.explains for row in ROWS if row.explains}


def by_key(key: str) -> Diagnosis:
    """Return the row of that key.

    Raises:
        KeyError: there is none.
    """
    return _BY_KEY[key]


def diagnose(error: ErrorStatus, rows: tuple[Diagnosis, ...] = ROWS) -> Diagnosis | None:
    """Return the row that fits best, or None: an error no one foresaw is not guessed at."""
    weight, row = max(((row.weight(error), row) for row in rows), key=lambda pair: pair[0], default=(0, None))
    return row if weight else None


def fill(template: str, facts: Mapping[str, str]) -> str:
    """Fill the blanks of a cause or a fix; what is not known is in capitals, for a person to fill.

    Where only a word is missing from a sentence, a plainer word is in its place (see ``PLACEHOLDERS``).
    """
    if not facts.get("message"):
        template = _WITHOUT_MESSAGE.sub("", template)
    names = {name for _, name, _, _ in Formatter().parse(template) if name}
    text = template.format_map({name: _value(name, facts) for name in names})
    begins_plainly = template.startswith("{") and not facts.get(template[1:].partition("}")[0])
    return text[:1].upper() + text[1:] if begins_plainly and not text.startswith("gcloud ") else text


def placeholders_in(text: str) -> dict[str, str]:
    """Return the blanks that a person has to fill in a text, each with where to find its value."""
    return {
        placeholder.placeholder: placeholder.where
        for placeholder in PLACEHOLDERS.values()
        if placeholder.where and re.search(rf"\b{placeholder.placeholder}\b", text)
    }


def request_text(row: Diagnosis, facts: Mapping[str, str], error: ErrorStatus | None = None) -> str:
    """Return the row's request to an administrator, ready to send; empty where no one is asked."""
    if row.request is None:
        return ""
    asked = row.request
    lines = {
        "Please": asked.ask,
        "On": asked.resource,
        "For": "{principal}",
        "Reason": asked.reason,
        "Command": asked.command,
    }
    written = [f"{title}: {fill(text, facts)}" for title, text in lines.items()]
    if error is not None and error.message:
        head = f"{error.status} {error.reason}".strip()
        written.append(f"Google's answer: {f'{head}: ' if head else ''}{error.message}")
    return "\n".join(written)


def _value(name: str, facts: Mapping[str, str]) -> str:
    value = facts.get(name)
    if value:
        return value
    placeholder = PLACEHOLDERS.get(name)
    if placeholder is None:
        return name.upper()
    return next((facts[other] for other in placeholder.else_use if facts.get(other)), placeholder.placeholder)
