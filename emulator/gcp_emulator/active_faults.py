"""The faults in force, in the order in which they are asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gcp_emulator.faults import BadFaultError, Fault

if TYPE_CHECKING:
    from gcp_emulator.call import Json
    from gcp_emulator.registry import Registry
    from gcp_emulator.requestlog import Entry
    from gcp_emulator.rpc import Method


@dataclass(slots=True)
class ActiveFaults:
    """The faults in force."""

    registry: Registry
    seed: int = 0
    rules: list[Fault] = field(default_factory=list)

    def add(self, given: Any) -> None:
        """Put a list of faults (or `{"faults": [...]}`) in force, all or none.

        Raises:
            BadFaultError: with what is wrong in each.
        """
        from gcp_emulator import faultfile  # only here: few sandboxes need it

        listed = given.get("faults") if isinstance(given, dict) else given
        if not isinstance(listed, list):
            raise BadFaultError('faults are a JSON list, or {"faults": [...]}')
        rules, problems = [], []
        for number, each in enumerate(listed):
            try:
                rules.append(faultfile.parse(each, self.registry, f"{self.seed}/{len(self.rules) + number}"))
            except BadFaultError as error:
                problems.append(f"fault {number + 1}: {error}" if len(listed) > 1 else str(error))
        if problems:
            raise BadFaultError("\n".join(problems))
        self.rules += rules

    def show(self) -> list[Json]:
        """Return the faults as they were given, each with how often it fired."""
        return [{**fault.given, "fired": fault.fired} for fault in self.rules]

    def pick(self, verb: str, path: str, method: Method, caller: Entry) -> Fault | None:
        """Return the fault this call meets, and count it."""
        called = f"{verb} {path}"
        for fault in self.rules:
            if fault.meets(called, method, caller):
                fault.fired += 1
                return fault
        return None
