"""The flow: observe, judge, plan, apply, observe again, judge, smoke test. One path with several stopping places.

Nothing here knows a Google API; nothing in a step knows another step.
`flow` holds one run in the making, `reading` what only looks, `waiting` what looks again, `changing` what also changes.
"""

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
