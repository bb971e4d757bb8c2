"""What a row of the catalog of errors holds."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gcp_emulator.call import Json
    from gcp_emulator.error_cases.facts import Facts
    from gcp_emulator.errors import ApiError
    from gcp_emulator.rpc import Method

EVERY: Final = ("*",)
"""Every method that needs a credential and is charged to someone."""


@dataclass(frozen=True, kw_only=True)
class ErrorCase:
    """One way in which Google does not do what was asked.

    Args:
        name: Google's `ErrorInfo` reason where that says it all, else a name of ours.
        what: when Google answers so; one sentence.
        methods: globs over the names of the methods that can meet it.
        make: the error, filled in from the call.
        operation: the call succeeds, and the operation it starts ends with this error.
        answer: what is answered with 200 instead.
        request: fields of the request that are replaced, so that the method's own rule gives the answer.
        effect: the other keys of a fault that bring it about, where it is no error.
        source: where the behavior is documented or was seen.
    """

    name: str
    what: str
    methods: tuple[str, ...] = EVERY
    make: Callable[[Facts], ApiError] | None = None
    operation: bool = False
    answer: Json | None = None
    request: Json | None = None
    effect: Mapping[str, Any] = field(default_factory=dict)
    source: str

    def fits(self, method: Method) -> bool:
        """Tell whether calls of a method can meet it."""
        if method.handle is None:
            return False
        if self.methods == EVERY:
            return method.auth and method.consumer != "none"
        return any(fnmatch.fnmatchcase(method.name, glob) for glob in self.methods)


@dataclass(frozen=True, kw_only=True)
class ClientSide:
    """What no server can answer, because it happens before a request leaves the client, or on the way.

    Args:
        name: as in the rest of the catalog.
        what: what happens.
        why: why the sandbox cannot show it, or what comes nearest.
    """

    name: str
    what: str
    why: str
