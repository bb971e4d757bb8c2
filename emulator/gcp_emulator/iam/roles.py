"""Roles, and the permissions they stand for.

Predefined roles are data in `predefined.json`, as Google published them at the date it names, cut to the APIs
this sandbox serves; `of` there tells how many permissions the role has at Google. A role that is not there can
be granted, as at Google, and gives nothing here. Custom roles are the rows of `CUSTOM_ROLES`.
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


@functools.cache
def predefined() -> dict[str, Any]:
    """Return Google's roles by name: title, description, stage, permissions, and `of` how many they are one part."""
    data: dict[str, Any] = json.loads((Path(__file__).parent / "predefined.json").read_text(encoding="utf-8"))
    roles: dict[str, Any] = data["roles"]
    return roles


@functools.cache
def _permissions(role: str) -> frozenset[str]:
    found = predefined().get(role)
    return NOTHING if found is None else frozenset(map(short, found["permissions"]))


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
