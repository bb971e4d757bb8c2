"""Which predefined roles hold which permissions, so that a finding can name the smallest that helps.

A data file with a date and a source; nothing here asks Google.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, kw_only=True)
class Role:
    """One predefined role.

    Attributes:
        name: such as ``roles/aiplatform.user``.
        levels: where it is granted, in the words of `provision.plan.Level`.
        size: how many permissions it holds in full, those of APIs never called here included.
        permissions: those of the APIs that this tool calls.
    """

    name: str
    title: str
    levels: frozenset[str]
    size: int
    permissions: frozenset[str]


def _data() -> dict[str, object]:
    data: dict[str, object] = json.loads(files(__package__).joinpath("roles.json").read_text("utf-8"))
    return data


@cache
def roles() -> tuple[Role, ...]:
    """Return every role of the catalog, the smallest first."""
    rows = _data()["roles"]
    assert isinstance(rows, list)  # noqa: S101 - the shape of our own file, for the type checker
    found = (
        Role(
            name=row["name"],
            title=row["title"],
            levels=frozenset(row["levels"]),
            size=row["size"],
            permissions=frozenset(row["permissions"]),
        )
        for row in rows
    )
    return tuple(sorted(found, key=lambda role: (role.size, role.name)))


@cache
def as_of() -> date:
    """Return the day on which the table was read."""
    return date.fromisoformat(str(_data()["as_of"]))


def in_roles(permission: str) -> str:
    """Return a permission as roles spell it; errors leave the host out of those of workload identity pools."""
    head, _, tail = permission.partition("iam.workloadIdentityPool")
    if head or tail.endswith(("PolicyBinding", "PolicyBindings")) or not tail:
        return permission
    return f"iam.googleapis.com/workloadIdentityPool{tail}"


def smallest_roles(permissions: Iterable[str], level: str) -> tuple[str, ...]:
    """Return the roles that together hold the permissions and as little else as the catalog allows.

    One role where one holds them all, else the fewest that a greedy choice finds. What no role of the catalog
    holds is passed over: the answer can be empty.

    Args:
        permissions: such as ``aiplatform.endpoints.predict``.
        level: where they are needed, in the words of `provision.plan.Level`.
    """
    there = [role for role in roles() if level in role.levels]
    missing = {each for each in map(in_roles, permissions) if any(each in role.permissions for role in there)}
    chosen: list[Role] = []
    whole = next((role for role in there if missing and missing <= role.permissions), None)
    # Owner holds everything: it is no answer as long as small roles together are one.
    if whole is not None and (whole.name != "roles/owner" or len(missing) == 1):
        return (whole.name,)
    small = [role for role in there if role.name != "roles/owner"]
    wanted = frozenset(missing)
    while missing:
        useful = [role for role in small if missing & role.permissions] or [r for r in there if missing & r.permissions]
        # What a role gives beyond what is asked for is its price.
        best = min(useful, key=lambda role: (role.size / len(missing & role.permissions), role.name))
        chosen.append(best)
        missing -= best.permissions
    for role in sorted(chosen, key=lambda role: -role.size):
        others = frozenset().union(*(each.permissions for each in chosen if each is not role))
        if wanted & role.permissions <= others:
            chosen.remove(role)
    return tuple(role.name for role in chosen)


@cache
def _role_of() -> dict[str, str]:
    data = json.loads(files(__package__).joinpath("role_of_permission.json").read_text("utf-8"))
    return {
        f"{service}{'' if service.endswith('/') else '.'}{rest}": role
        for role, services in data["roles"].items()
        for service, listed in services.items()
        for rest in listed.split()
    }


@cache
def _spellings() -> dict[str, str]:
    return {permission.lower(): permission for permission in _role_of()}


def known_permission(permission: str) -> str:
    """Return a permission as roles spell it, whatever its capitals are in an error; empty where no role holds it."""
    return _spellings().get(in_roles(permission).lower(), "")


def role_of(permission: str) -> str:
    """Return the predefined role to grant for one permission of any API; empty where none but basic roles hold it."""
    return _role_of().get(known_permission(permission), "")


@cache
def names() -> frozenset[str]:
    """Return the predefined roles that are known by name; not all of Google's."""
    data = json.loads(files(__package__).joinpath("role_of_permission.json").read_text("utf-8"))
    return frozenset({*data["everyday"], *data["roles"], *(role.name for role in roles())})
