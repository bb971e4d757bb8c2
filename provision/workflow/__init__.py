"""The flow: observe, judge, plan, apply, observe again, judge, smoke test. One path with several stopping places.

Nothing here knows a Google API; nothing in a step knows another step.
`flow` holds one run in the making, `reading` what only looks, `waiting` what looks again, `changing` what also changes.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from provision.workflow.changing import apply, plan
    from provision.workflow.flow import BY_NAME, CHECKS, REQUIRES
    from provision.workflow.reading import check, chosen, look_at_endpoints, smoke_test
    from provision.workflow.verifying import verify
    from provision.workflow.waiting import check_until_ready

__all__ = [
    "BY_NAME",
    "CHECKS",
    "REQUIRES",
    "apply",
    "check",
    "check_until_ready",
    "chosen",
    "look_at_endpoints",
    "plan",
    "smoke_test",
    "verify",
]

_FLOW, _READING, _CHANGING = "flow", "reading", "changing"
_WHERE: Final = {
    "BY_NAME": _FLOW,
    "CHECKS": _FLOW,
    "REQUIRES": _FLOW,
    "apply": _CHANGING,
    "check": _READING,
    "check_until_ready": "waiting",
    "chosen": _READING,
    "look_at_endpoints": _READING,
    "plan": _CHANGING,
    "smoke_test": _READING,
    "verify": "verifying",
}
"""Which module holds what: one that only looks does not load what changes."""


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
