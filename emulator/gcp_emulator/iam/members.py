"""Members: as whom a caller appears in an allow policy.

A caller is named there directly, through groups (which may hold groups), through the domain of a user, through
the sets of a workload identity pool, or with everyone. Addresses are compared without regard to case. A
`deleted:` member is no one, and so are `projectOwner:`, `projectEditor:` and `projectViewer:`, which only
Cloud Storage and BigQuery know.
https://cloud.google.com/iam/docs/principal-identifiers
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gcp_emulator.store import Table

if TYPE_CHECKING:
    from gcp_emulator.caller import Caller
    from gcp_emulator.store import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group: its address, and its members as a policy would name them (`user:…`, `group:…`)."""

    email: str
    members: list[str] = field(default_factory=list)


GROUPS: Final = Table("iam.groups", Group, key="email")

MEMBER: Final = re.compile(
    r"allUsers|allAuthenticatedUsers"
    r"|(?:deleted:)?(?:user|serviceAccount|group):[^\s:]+@[^\s:]+"
    r"|serviceAccount:[^\s\[\]]+\.svc\.id\.goog\[[^\s\[\]]+\]"
    r"|domain:[^\s:]+"
    r"|(?:projectOwner|projectEditor|projectViewer):\S+"
    r"|(?:deleted:)?principal(?:Set)?://\S+"
)

REMEMBERED: Final = 10_000
FEDERATED: Final = ("principal://", "principalSet://")


def settled(member: str) -> str:
    """Return a member's name as it is compared: addresses in lower case, identities of pools as they are."""
    return member if member.startswith(FEDERATED) else member.lower()


def identities(state: State, caller: Caller) -> tuple[str, ...]:
    """Return every name under which a policy may mean the caller."""
    version = state[GROUPS].version
    known: _Known | None = state.memo.get("iam.identities")
    if known is None or known.version != version or len(known.names) > REMEMBERED:
        known = state.memo["iam.identities"] = _Known(version, {})
    key = (caller.member, caller.sets)
    found = known.names.get(key)
    if found is None:
        found = known.names[key] = tuple(_identities(state, caller))
    return found


@dataclass(slots=True)
class _Known:
    """Whose names were looked up, with the groups as they were at one version."""

    version: int
    names: dict[tuple[str, tuple[str, ...]], tuple[str, ...]]


def _identities(state: State, caller: Caller) -> list[str]:
    """Say who a caller is, most particular first."""
    if not caller.member:
        return ["allusers"]
    member = settled(caller.member)
    found = {member: None} | dict.fromkeys(settled(each) for each in caller.sets)
    pool, subject, _ = member.partition("/subject/")
    if subject and member.startswith("principal://"):
        found[pool.replace("principal://", "principalSet://", 1) + "/*"] = None
    _add_groups(state, found)
    kind, _, address = member.partition(":")
    if kind == "user":
        found["domain:" + address.partition("@")[2]] = None
    everyone = ["allusers"] if member.startswith(FEDERATED) else ["allauthenticatedusers", "allusers"]
    return [*found, *everyone]


def _add_groups(state: State, found: dict[str, None]) -> None:
    """Add the groups of what is found, and theirs, until none is new."""
    grown = True
    while grown:
        grown = False
        for group in state[GROUPS]:
            name = settled(f"group:{group.email}")
            if name not in found and any(settled(each) in found for each in group.members):
                found[name] = None
                grown = True
