"""errors.md: what a fault can ask for by name."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from gcp_emulator import error_cases, services
from gcp_emulator.call import Call
from gcp_emulator.caller import Caller
from gcp_emulator.clock import Clock
from gcp_emulator.emulator import Emulator
from gcp_emulator.error_cases.facts import Facts
from gcp_emulator.error_cases.row import EVERY
from gcp_emulator.settings import Settings
from gcp_emulator.store import State

from emulator.docs.generating.markdown import code, page, sources, table, title

if TYPE_CHECKING:
    from types import ModuleType

    from gcp_emulator.error_cases import ErrorCase
    from gcp_emulator.registry import Registry


def error_page() -> str:
    """Return every error that a fault can ask for by name."""
    registry = services.registry()
    return page(
        "What the sandbox can refuse",
        "`emulator/gcp_emulator/error_cases/`",
        "The names that a fault takes as its `error` ([Make it fail](../faults.md)).\n"
        "Names are Google's own reasons where these say it all.\n"
        "Everything that an error tells is filled in from the call that meets it.",
        *(_errors(subject, registry) for subject in error_cases.SUBJECTS),
        "## What no server can answer",
        "These happen before a request leaves the client, or on the way; a fault that asks for one is refused.",
        table(("name", "what", "why not"), ((code(row.name), row.what, row.why) for row in error_cases.CLIENT_SIDE)),
    )


def _errors(subject: ModuleType, registry: Registry) -> str:
    rows = (
        (code(row.name), row.what, _sent(row, registry), _met_by(row, registry), sources(row.source))
        for row in subject.ROWS
    )
    return f"## {title(subject)}\n\n" + table(("name", "when", "sent as", "met by", "source"), rows)


def _sent(row: ErrorCase, registry: Registry) -> str:
    """Tell how an error looks on the wire, with an example's status."""
    if row.answer is not None or row.request is not None:
        return "200"
    if row.make is None:
        return ", ".join(f"`{key}`" for key in row.effect)
    refused = row.make(_example(row, registry))
    status = f"{refused.http} {refused.oauth or refused.status}"
    return f"operation: {refused.status}" if row.operation else status


def _example(row: ErrorCase, registry: Registry) -> Facts:
    """Return the facts of a call that meets an error."""
    sandbox = _sandbox(registry)
    method = next(method for method in registry.methods if row.fits(method))
    call = Call(
        emulator=sandbox,
        method=method,
        request={},
        vars={},
        headers={},
        caller=Caller(member="user:ann@example.com", email="ann@example.com"),
        transport="rest",
        number=1,
    )
    return Facts(call)


@functools.cache
def _sandbox(registry: Registry) -> Emulator:
    return Emulator(settings=Settings(), registry=registry, state=State(Clock(0), 0))


def _met_by(row: ErrorCase, registry: Registry) -> str:
    if row.methods == EVERY:
        return "any call with a credential"
    found = error_cases.methods_of(row.name, registry)
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return ", ".join(code(name.rpartition("/")[2]) for name in found[:3]) + more
