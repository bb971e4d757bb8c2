"""What a change is called, and what it adds (``+``), takes away (``-``) and replaces (``->``), line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from provision.plan import Change, JsonValue


_DONE: Final = {
    "create": "created",
    "enable": "enabled",
    "grant": "granted",
    "link": "linked",
    "restore": "restored",
    "update": "updated",
    "wait": "waited",
}


def words_of(change: Change, *, done: bool = False) -> str:
    """Return a change in the words that people use of it: to be made, or ``done``."""
    action = _DONE[change.action] if done else change.action
    resource = change.resource
    if change.action == "wait":
        return f"{action} until {resource.rpartition('/')[2]} answers"
    if change.action == "link":
        account = str(change.after).removeprefix("billingAccounts/")
        return (
            f"{action} billing account {account} to {resource.removeprefix('projects/').removesuffix('/billingInfo')}"
        )
    if change.action == "enable" and isinstance(change.after, list | tuple):
        apis = "1 API" if len(change.after) == 1 else f"{len(change.after)} APIs"
        return f"{action} {apis} on {resource.split('/')[1]}"
    if change.action == "grant":
        return f"{action} roles on {resource}"
    kind, _, name = resource.rpartition("/")
    return f"{action} project {name}" if kind == "projects" else f"{action} {resource}"


_DANGERS: Final = {
    "link": "another account pays from then on",
    "unlink": "stops every paid service of the project",
    "update": "whom it let in before, it may refuse then",
    "revoke": "who relies on it is locked out",
}


def danger_of(change: Change) -> str:
    """Return what a dangerous change takes away from someone; empty where it is not dangerous."""
    if not change.dangerous:
        return ""
    return f"DANGEROUS: {_DANGERS.get(change.action, 'what is in it goes with it')}"


def difference_of(change: Change) -> list[str]:
    """Return the change as lines; what stays as it is, is left out, and so is what its words say already."""
    before, after = change.before, change.after
    if change.action == "link" and not before:
        return []
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
