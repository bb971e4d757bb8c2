"""Which permissions the commands need, put together from what each step says of itself in ``PERMISSIONS``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provision.steps import STEPS, name_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from provision.config import Config
    from provision.plan import Level, Purpose, RequiredPermission

BY_STEP: Final[Mapping[str, tuple[RequiredPermission, ...]]] = {name_of(step): step.PERMISSIONS for step in STEPS}
# What each command does. `run` is no command of this tool: it is the application that asks the model afterwards.
PURPOSES: Final[Mapping[str, tuple[Purpose, ...]]] = {
    "check": ("read", "invoke"),
    "plan": ("read",),
    "apply": ("read", "write", "invoke"),
    "smoke-test": ("invoke",),
    "run": ("invoke",),
    "destroy": ("delete",),
}


def required_permissions(
    config: Config,
    purposes: Iterable[Purpose] = ("read", "write", "invoke"),
    *,
    steps: Iterable[str] = (),
    advisory: bool = True,
) -> tuple[tuple[str, RequiredPermission], ...]:
    """Return (step, need) pairs for this configuration.

    Args:
        purposes: which of them count.
        steps: only these; all if empty.
        advisory: whether to include what is only needed to see more.
    """
    purposes, wanted = set(purposes), set(steps)
    return tuple(
        (step, required)
        for step, listed in BY_STEP.items()
        if not wanted or step in wanted
        for required in listed
        if required.purpose in purposes
        and (advisory or not required.advisory)
        and all(getattr(config, name) for name in required.when)
    )


def permissions_by_level(
    config: Config, commands: Iterable[str] = ("check", "apply"), *, advisory: bool = True
) -> dict[Level, tuple[str, ...]]:
    """Return the permissions that the commands need with this configuration, by the level where each lives.

    Args:
        commands: names from `PURPOSES`: ``check``, ``plan``, ``apply``, ``smoke-test``, ``destroy``, or ``run`` for
            the application that asks the model.
        advisory: whether to include what is only needed to see more.

    Raises:
        KeyError: no such command.
    """
    purposes = {purpose for command in commands for purpose in PURPOSES[command]}
    found: dict[Level, set[str]] = {}
    for _, required in required_permissions(config, purposes, advisory=advisory):
        found.setdefault(required.level, set()).add(required.permission)
    return {level: tuple(sorted(permissions)) for level, permissions in sorted(found.items())}
