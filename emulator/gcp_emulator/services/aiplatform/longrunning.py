"""Long-running operations as their own resource: get, list, wait, cancel, delete.

https://github.com/googleapis/googleapis/blob/master/google/longrunning/operations.proto
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gcp_emulator import operations, paging
from gcp_emulator.errors import invalid_argument, not_found
from gcp_emulator.operations import OPERATIONS
from gcp_emulator.services.aiplatform.state import location_of

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.operations import Operation

CANCELED: Final = {"code": 1, "message": "The operation was cancelled."}  # google.rpc.Code CANCELLED; wording assumed
LONGEST: Final = 60.0
"""Host seconds that one call waits at most: "the server may use a shorter one" than it is asked for."""
STEP: Final = 0.05
DURATION: Final = "type.googleapis.com/google.protobuf.Duration"


def get(call: Call) -> Json:
    """The operation as it is now."""
    call.require("aiplatform.locations.get", location_of(call))
    return operations.get(call)


def list_(call: Call) -> Json:
    """The operations under a location, an endpoint or a model; `filter` takes `done=true` and `done=false` alone."""
    call.require("aiplatform.locations.get", location_of(call))
    asked = re.fullmatch(r"(?:done\s*[=:]\s*(true|false))?", call.text("filter").strip().lower())
    if asked is None:
        raise invalid_argument(f"Invalid filter: {call.text('filter')[:200]}")
    within = f"{call.text('name')}/operations/"
    found = [
        each
        for each in call.state[OPERATIONS]
        if each.name.startswith(within) and asked[1] in {None, str(each.done).lower()}
    ]
    shown, token = paging.page(call, sorted(found, key=lambda each: each.name), _name, default=100, most=1000)
    return {
        **({"operations": [operations.render(each) for each in shown]} if shown else {}),
        **({"nextPageToken": token} if token else {}),
    }


async def wait(call: Call) -> Json:
    """The operation when it is done, or as it is when `timeout` has passed; a clock that stands is not waited for."""
    call.require("aiplatform.locations.get", location_of(call))
    text = call.text("timeout")
    if text and not re.fullmatch(r"\d+(\.\d+)?s", text):
        raise invalid_argument(
            f"Invalid value at 'timeout' (type.googleapis.com/google.protobuf.Duration), {text[:40]}"
        )
    left = min(float(text[:-1]) if text else LONGEST, LONGEST)
    while True:
        if operations.due(call.state):
            operations.settle(call.state)
        if _named(call).done or left <= 0 or not call.clock.scale:
            return operations.get(call)
        await asyncio.sleep(STEP)
        left -= STEP


def cancel(call: Call) -> Json:
    """End an operation that runs; one that is done stays as it is."""
    call.require("aiplatform.locations.get", location_of(call))
    operation = _named(call)
    if not operation.done:
        operations.end(call.state, replace(operation, pending_error=CANCELED))
    return {}


def delete(call: Call) -> Json:
    """Forget an operation that is done; one that runs goes on, and is not canceled by it."""
    call.require("aiplatform.locations.get", location_of(call))
    operation = _named(call)
    if operation.done:
        call.state[OPERATIONS].remove(operation.name)
    return {}


def _named(call: Call) -> Operation:
    operation = call.state[OPERATIONS].get(call.text("name"))
    if operation is None:
        raise not_found()
    return operation


def _name(operation: Operation) -> str:
    return operation.name
