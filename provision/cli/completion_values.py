"""What a shell offers as the values of options; each list is read when a shell asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import click

    Complete = Callable[[click.Context, click.Parameter, str], list[str]]


def among(values: Callable[[], Iterable[str]]) -> Complete:
    """Complete one of these values; several with commas by the last one. They are made when a shell asks."""

    def complete(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",")
        return sorted({f"{before}{comma}{each}" for each in values() if each.startswith(last)})

    return complete


def _checks() -> list[str]:
    from provision.commands.run import BY_NAME, CHECKS

    return [*BY_NAME, *CHECKS]


def _models() -> list[str]:
    from provision.catalog import models

    return [name for name, each in models().items() if each.locations]


def _locations() -> frozenset[str]:
    from provision.catalog import locations

    return locations()


def _explained() -> list[str]:
    from provision.diagnoses import ROWS

    reasons = [each for row in ROWS if row.match is not None for each in row.match.reason.split("|") if each]
    return [*reasons, *(row.key for row in ROWS)]


def _capabilities() -> tuple[str, ...]:
    from provision.settings import CAPABILITIES

    return CAPABILITIES


CHECKS: Final = among(_checks)
EXPLAINED: Final = among(_explained)
BY_SETTING: Final = {
    "chat.capabilities": among(_capabilities),
    "endpoints.locations": among(_locations),
    "model.id": among(_models),
    "model.location": among(_locations),
}
"""How the option of a setting is completed, by its key."""
