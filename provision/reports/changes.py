"""What a change adds (``+``), takes away (``-``) and replaces (``->``), line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from provision.plan import Change, JsonValue


def difference_of(change: Change) -> list[str]:
    """Return the change as lines; what stays as it is, is left out."""
    before, after = change.before, change.after
    if isinstance(after, list | tuple):
        return [f"+ {each}" for each in after]
    if isinstance(after, dict):
        return list(_fields(before if isinstance(before, dict) else {}, after, ""))
    return [line] if (line := _line("", before, after)) else []


def _fields(before: Mapping[str, Any], after: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for key in {**before, **after}:
        was, becomes = before.get(key), after.get(key)
        if isinstance(was, dict) or isinstance(becomes, dict):
            yield from _fields(was or {}, becomes or {}, f"{prefix}{key}.")
        elif line := _line(f"{prefix}{key}: ", was, becomes):
            yield line


def _line(name: str, was: JsonValue, becomes: JsonValue) -> str:
    if was == becomes or not (was or becomes):
        return ""
    if was and becomes:
        return f"{name}{was} -> {becomes}"
    return f"+ {name}{becomes}" if becomes else f"- {name}{was}"
