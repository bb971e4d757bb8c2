"""The steps, in running order. Each module is one requirement and all that belongs to it."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Protocol

from provision.checks import OUTSIDE_PROJECT
from provision.steps import (
    billing,
    chat,
    ci,
    credentials,
    endpoints,
    environment,
    identity,
    model,
    network,
    permissions,
    policy,
    project,
    quota,
    services,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.checks import CheckSpec
    from provision.clients import Clients
    from provision.config import Config
    from provision.plan import Change, ChangeResult, Check, RequiredPermission


class Step(Protocol):
    """What every step module has. `Any` stands for the module's own ``Observed``."""

    __name__: str

    @property
    def REQUIRES(self) -> tuple[str, ...]:  # noqa: N802 - a module's constant
        """The steps it needs."""

    @property
    def CHECKS(self) -> tuple[CheckSpec, ...]:  # noqa: N802 - a module's constant
        """Every check it can yield."""

    @property
    def PERMISSIONS(self) -> tuple[RequiredPermission, ...]:  # noqa: N802 - a module's constant
        """What it needs: to look, to change, to run."""

    @property
    def UNOBSERVED(self) -> Any:  # noqa: N802 - a module's constant
        """What would be observed in an empty project."""

    def observe(self, config: Config, clients: Clients) -> Any:
        """Read what is there; never write."""

    def evaluate(self, config: Config, observed: Any) -> Iterator[Check]:
        """Turn what was read into verdicts; pure."""


class ChangingStep(Step, Protocol):
    """A step that can also change something."""

    def plan(self, config: Config, observed: Any) -> Iterator[Change]:
        """Turn what was read into the changes that are missing; pure."""

    def apply(self, config: Config, change: Change, clients: Clients) -> str | ChangeResult:
        """Make one planned change; return what is worth telling about it."""


# The type checker says here which function a module lacks.
_READING: tuple[Step, ...] = (
    environment,
    network,
    credentials,
    permissions,
    policy,
    quota,
    endpoints,
    model,
    chat,
)
_CHANGING: tuple[ChangingStep, ...] = (project, billing, services, identity, ci)

STEPS: tuple[Step, ...] = (
    environment,
    network,
    credentials,
    project,
    permissions,
    policy,
    billing,
    services,
    identity,
    ci,
    quota,
    endpoints,
    model,
    chat,
)


def name_of(step: Step) -> str:
    """Return a step's name: its module's."""
    return step.__name__.rpartition(".")[2]


def in_empty_project(step: Step, observed: Any) -> Any:
    """Return what a step would observe if the project were new: all that lies in it is not there, the rest stays."""
    if not isinstance(observed, type(step.UNOBSERVED)):  # it broke
        return step.UNOBSERVED
    kept = [each.name for each in fields(observed) if each.metadata == OUTSIDE_PROJECT]
    return replace(step.UNOBSERVED, **{name: getattr(observed, name) for name in kept})


def changing(step: Step) -> ChangingStep | None:
    """Return the step if it can change something."""
    return next((each for each in _CHANGING if each is step), None)
