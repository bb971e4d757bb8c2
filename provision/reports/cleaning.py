"""Take out of a run what nobody may see.

Before anything is rendered: formats escape and wrap, and would hide what has to be found.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from provision.redaction import Placeholders, redact
from provision.settings import BY_KEY, CI_PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provision.plan import Run

# Our own words, which a project may happen to be named like.
_OURS: Final = frozenset(
    {
        "action", "blocked_by", "command", "diagnosis", "duration_s", "id", "kind", "method", "name", "now", "obstacle",
        "outcome", "requires", "service", "status", "step", "target", "verdict", "was", "who",
    }
)  # fmt: skip
# Escape codes and their like, what turns the direction of text around, and halves of characters.
_COMMANDING: Final = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
# Evidence that names a company's own things: its proxies, its certificate authorities, gcloud's configuration.
_TELLING: Final = frozenset({"proxy", "issuers", "configuration"})
# Words of so few letters, such as the labels `prod` and `chat`, name nobody and stand in many a sentence of ours.
_SHORT: Final = 4
# The value under such a name is a secret, whatever it looks like.
_SECRET_NAME: Final = re.compile(
    r"(?i)((access|refresh|id|auth|bearer|subject)_?)?token|.*secret.*|pass(word|wd)|private_?key|api_?key|"
    r"(proxy-)?authorization|(set-)?cookie"
)


def without_secrets(run: Run) -> Run:
    """Return the run without tokens and keys, and without characters that command a terminal."""
    cleaned: Run = _each_text(run, lambda text: redact(_COMMANDING.sub("\ufffd", text)))
    return cleaned


def without_ids(run: Run) -> Run:
    """Return the run with ids and e-mail addresses replaced by placeholders, the same for the same thing."""
    placeholders = Placeholders()
    placeholders.add("project", run.project_id)
    for text in _texts(run):
        placeholders.learn(text)
    for kind, name in sorted(_private(run), key=lambda found: -len(found[1])):  # what holds another name comes first
        if len(name) > _SHORT and name not in CI_PROVIDERS:
            placeholders.add(kind, name)
    cleaned: Run = _each_text(run, placeholders.hide, but=_OURS)
    return replace(cleaned, redacted=True)


def _private(run: Run) -> Iterator[tuple[str, str]]:
    """Yield what somebody chose as a name or wrote in words, and what the way to Google tells of a company."""
    for setting in run.settings:
        row = BY_KEY.get(setting.name)
        if row is None or setting.source.startswith("default"):
            continue
        kind = setting.name.rpartition(".")[2].replace("_", "-")
        records = setting.value if isinstance(setting.value, list | tuple) else (setting.value,)
        for each in records:
            if row.private and isinstance(each, str):
                yield kind, each
                yield from ((kind, part) for part in each.split("/") if kind == "repository")
            elif isinstance(each, dict):
                private = each if row.private else [field.name for field in row.fields if field.private]
                yield from ((kind if row.private else name, str(each.get(name, ""))) for name in private)
    for check in run.checks:
        for key in _TELLING & set(check.evidence):
            yield from ((key, name) for name in str(check.evidence[key]).split(", ") if name)


def _each_text(value: Any, change: Callable[[str], str], *, but: frozenset[str] = frozenset()) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, tuple | list):
        return type(value)(_each_text(each, change, but=but) for each in value)
    if isinstance(value, dict):
        return {
            change(str(key)): "[redacted]"
            if isinstance(each, str) and each and _SECRET_NAME.fullmatch(str(key))
            else _each_text(each, change, but=but)
            for key, each in value.items()
        }
    if is_dataclass(value) and not isinstance(value, type):
        kept = {field.name: getattr(value, field.name) for field in fields(value)}
        return replace(
            value, **{key: each if key in but else _each_text(each, change, but=but) for key, each in kept.items()}
        )
    return value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield str(key)
            yield from _texts(each)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))
