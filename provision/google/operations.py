"""Wait for a long-running operation, and read the failure that comes as HTTP 200.

https://cloud.google.com/apis/design/design_patterns#long_running_operations
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from provision.errors import ApiError, ErrorStatus
from provision.google.errors import from_details, status_of_rpc_code
from provision.google.responses import reading, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from provision.google.transport import Transport

_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 5.0


def wait_rest(
    transport: Transport, service: str, started: dict[str, Any], *, deadline_s: float, version: str = "v1"
) -> dict[str, Any]:
    """Poll until the operation is done and return its response.

    It is read as JSON: metadata and details of a type that no one here knows do not hide what Google says.

    Args:
        started: the operation, as the method that began it answered.
        deadline_s: seconds to wait; the operation itself goes on when they have passed.

    Raises:
        ApiError: the operation ended in an error, polling it was refused, or it did not end in time
            (status ``TIMEOUT``).
    """
    with reading(service, "GetOperation"):
        if started.get("done") is not True and not text(started, "name"):
            raise ValueError("what was begun has no name to ask for it by")

    def look(operation: dict[str, Any]) -> dict[str, Any]:
        return transport.rest(service, "GetOperation", f"/{version}/{operation['name']}", verb="GET")

    done = _poll(transport, service, started, look, lambda each: each.get("done") is True, deadline_s)
    name = str(done.get("name", ""))
    error = done.get("error")
    if isinstance(error, dict):
        refused = from_details(
            service,
            "GetOperation",
            code=200,
            status=status_of_rpc_code(error.get("code")),
            message=str(error.get("message", "")),
            details=error.get("details") or (),
        )
        transport.log.operation_ended(name, refused.status)
        raise ApiError(refused)
    transport.log.operation_ended(name, "OK")
    response = done.get("response")
    return response if isinstance(response, dict) else {}


def _poll(
    transport: Transport,
    service: str,
    operation: Any,
    look: Callable[[Any], Any],
    is_done: Callable[[Any], bool],
    deadline_s: float,
) -> Any:
    name = operation.get("name", "") if isinstance(operation, dict) else operation.name
    end = time.monotonic() + deadline_s
    pause = _FIRST_PAUSE_S
    while not is_done(operation):
        if time.monotonic() + pause > end:
            transport.log.operation_ended(name, "TIMEOUT")
            raise ApiError(
                ErrorStatus(
                    service=service,
                    method="GetOperation",
                    status="TIMEOUT",
                    reason="OPERATION_NOT_DONE",
                    message=f"{name} was not done after {deadline_s:g} s.",
                )
            )
        transport.wait(pause, f"{service} to finish an operation")
        pause = min(pause * 1.5, _LONGEST_PAUSE_S)
        operation = look(operation)
    return operation
