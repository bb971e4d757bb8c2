"""Take out of a run what no one may see.

Before anything is rendered: formats escape and wrap, and would hide what has to be found.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from provision.redaction import Placeholders, redact, tells_its_kind
from provision.reports.naming import names, our_keys, texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from provision.plan import Check, JsonValue, Run

# Our own words, which a project may happen to be named like.
_OURS: Final = frozenset(
    {
        "action", "blocked_by", "blockers", "blocking_check", "command", "diagnosis", "duration_s", "fix_owner", "id",
        "kind", "method", "name", "outcome", "privacy", "requires", "service", "status", "status_after",
        "status_before", "step", "target", "verdict",
    }
)  # fmt: skip
# Escape codes and their like, what turns the direction of text around, and halves of characters.
_COMMANDING: Final = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
# The value under such a name is a secret, whatever it looks like.
_SECRET_NAME: Final = re.compile(
    r"(?i)((access|refresh|id|auth|bearer|subject)_?)?token|.*secret.*|pass(word|wd)|private_?key|api_?key|"
    r"(proxy-)?authorization|(set-)?cookie"
)


def without_secrets(run: Run) -> Run:
    """Return the run without tokens and keys, and without characters that command a terminal."""
    run = replace(run, checks=tuple(replace(each, evidence=_shown(each)) for each in run.checks))
    cleaned: Run = _each_text(run, without_commands, but=frozenset({"privacy"}))
    return cleaned


def _shown(check: Check) -> dict[str, JsonValue]:
    return {key: "[redacted]" if check.privacy.get(key) == "secret" else each for key, each in check.evidence.items()}


def without_commands(text: str) -> str:
    """Return the text without tokens and keys, and without characters that command a terminal."""
    return redact(_COMMANDING.sub("\ufffd", text))


def without_ids(run: Run) -> Run:
    """Return the run with ids and e-mail addresses replaced by placeholders, the same for the same thing."""
    placeholders = Placeholders()
    placeholders.add("project", run.project_id)
    for text in texts(run):
        placeholders.learn(text)
    for kind, name in names(run):
        if not tells_its_kind(name):
            placeholders.add(kind, name)
    cleaned: Run = _each_text(run, placeholders.hide, but=_OURS, keys=our_keys(run))
    return replace(cleaned, redacted=True)


def _each_text(
    value: Any, change: Callable[[str], str], *, but: frozenset[str] = frozenset(), keys: frozenset[str] = frozenset()
) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, tuple | list):
        return type(value)(_each_text(each, change, but=but, keys=keys) for each in value)
    if isinstance(value, dict):
        return {
            key if key in keys else change(str(key)): "[redacted]"
            if isinstance(each, str) and each and _SECRET_NAME.fullmatch(str(key))
            else _each_text(each, change, but=but, keys=keys)
            for key, each in value.items()
        }
    if is_dataclass(value) and not isinstance(value, type):
        kept = {field.name: getattr(value, field.name) for field in fields(value)}
        return replace(
            value,
            **{key: each if key in but else _each_text(each, change, but=but, keys=keys) for key, each in kept.items()},
        )
    return value
