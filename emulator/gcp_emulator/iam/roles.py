"""Roles, and the permissions they stand for.

Predefined roles are data in `predefined.json`, as Google published them at the date it names (`make iam` refreshes
it): every permission once, and each role as spans of their numbers. Custom roles are the rows of `CUSTOM_ROLES`.
https://cloud.google.com/iam/docs/roles-permissions
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.store import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gcp_emulator.store import State


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomRole:
    """A role that someone made; `name` is what a binding names, `projects/P/roles/R` with the project's id."""

    name: str
    title: str = ""
    description: str = ""
    stage: str = "GA"
    permissions: list[str] = field(default_factory=list)
    deleted: bool = False
    revision: int = 1


CUSTOM_ROLES: Final = Table("iam.custom_roles", CustomRole, key="name")

NOTHING: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class PredefinedRole:
    """A role of Google's; `spans` are the numbers of its permissions in `known_permissions`."""

    title: str
    description: str
    stage: str
    spans: str

    @property
    def permissions(self) -> list[str]:
        """Its permissions, as roles spell them, in order."""
        return list(_spelled(self.spans))


@functools.lru_cache(maxsize=256)
def _spelled(spans: str) -> tuple[str, ...]:
    known = known_permissions()
    return tuple(sorted(known[number] for number in _numbers(spans)))


def _numbers(spans: str) -> Iterator[int]:
    for span in spans.split(",") if spans else ():
        first, _, last = span.partition("-")
        yield from range(int(first), int(last or first) + 1)


@functools.cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads((Path(__file__).parent / "predefined.json").read_text(encoding="utf-8"))
    return data


def as_of() -> str:
    """Return the day of the data, `2026-08-22`."""
    return str(_data()["date"])


@functools.cache
def known_permissions() -> list[str]:
    """Return every permission that a role of Google's holds, as roles spell it."""
    return [f"{resource}.{verb}" for resource, verbs in _data()["permissions"].items() for verb in verbs.split(" ")]


@functools.cache
def is_permission() -> frozenset[str]:
    """Return the same, as a set, as errors spell them."""
    return frozenset(map(short, known_permissions()))


@functools.cache
def predefined() -> dict[str, PredefinedRole]:
    """Return Google's roles by name."""
    return {name: PredefinedRole(*row) for name, row in _data()["roles"].items()}


@functools.cache
def _permissions(role: str) -> frozenset[str]:
    found = predefined().get(role)
    return NOTHING if found is None else frozenset(map(short, found.permissions))


def short(permission: str) -> str:
    """Return a permission as errors name it.

    Roles spell those of workload identity pools with the host, `iam.googleapis.com/workloadIdentityPools.get`, and
    errors without, `iam.workloadIdentityPools.get`.
    https://cloud.google.com/iam/docs/roles-permissions/iam#iam.workloadIdentityPoolAdmin
    """
    return permission.replace(".googleapis.com/", ".", 1)


def permissions(state: State, role: str) -> frozenset[str]:
    """Return what a role gives: nothing if it is unknown here, deleted or disabled.

    https://cloud.google.com/iam/docs/creating-custom-roles#disabling-custom-role
    """
    if role.startswith("roles/"):
        return _permissions(role)
    custom = state[CUSTOM_ROLES].get(role)
    return (
        NOTHING
        if custom is None or custom.deleted or custom.stage == "DISABLED"
        else frozenset(map(short, custom.permissions))
    )
