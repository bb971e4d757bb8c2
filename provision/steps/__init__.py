"""The steps, in running order. Each module is one requirement and all that belongs to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, cast, runtime_checkable

from provision.clients import Clients
from provision.config import Config
from provision.plan import Change, Check
from provision.steps import billing, chat, credentials, endpoints, model, project, services


class Step(Protocol):
    """What every step module has. `Any` stands for the module's own ``Observed``."""

    __name__: str
    __doc__: str | None
    REQUIRES: tuple[str, ...]
    CHECKS: dict[str, str]
    NOTHING: Any

    def observe(self, config: Config, clients: Clients) -> Any:  # noqa: ANN401 - each step has its own record
        """Read what is there; never write."""

    def judge(self, config: Config, observed: Any) -> Iterator[Check]:  # noqa: ANN401 - each step has its own record
        """Turn what was read into verdicts; pure."""


@runtime_checkable
class ChangingStep(Step, Protocol):
    """A step that can also change something."""

    def plan(self, config: Config, observed: Any) -> Iterator[Change]:  # noqa: ANN401 - each step has its own record
        """Turn what was read into the changes that are missing; pure."""

    def apply(self, change: Change, clients: Clients) -> str:
        """Make one planned change; return what is worth telling about it."""


# The type checker says here which function a module lacks.
_READING: tuple[Step, ...] = (credentials, endpoints, model, chat)
_CHANGING: tuple[ChangingStep, ...] = (project, billing, services)

STEPS: tuple[Step, ...] = (credentials, project, billing, services, endpoints, model, chat)


def name_of(step: Step) -> str:
    """Return a step's name: its module's."""
    return step.__name__.rpartition(".")[2]


def changing(step: Step) -> ChangingStep | None:
    """Return the step if it can change something."""
    return cast("ChangingStep", step) if step in _CHANGING else None
