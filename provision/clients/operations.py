"""Wait for a long-running operation, and read the failure that comes as HTTP 200.

https://cloud.google.com/apis/design/design_patterns#long_running_operations
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from provision.clients.refusals import from_operation_error
from provision.errors import ApiError, Refusal

if TYPE_CHECKING:
    from provision.clients.transport import Transport

_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 5.0


def wait(transport: Transport, service: str, client: Any, started: Any, *, deadline_s: float) -> Any:
    """Poll until the operation is done and return its response, packed as Google sends it.

    Args:
        client: the client that started it; it knows where its operations are polled.
        started: what the client's method returned, a ``google.api_core.operation.Operation``.
        deadline_s: seconds to wait; the operation itself goes on when they have passed.

    Raises:
        ApiError: the operation ended in an error, polling it was refused, or it did not end in time
            (status ``TIMEOUT``).
    """
    end = time.monotonic() + deadline_s
    pause = _FIRST_PAUSE_S
    operation = started.operation
    get_operation = client.transport.operations_client.get_operation
    while not operation.done:
        if time.monotonic() + pause > end:
            raise ApiError(
                Refusal(
                    service=service,
                    method="GetOperation",
                    status="TIMEOUT",
                    reason="OPERATION_NOT_DONE",
                    message=f"{operation.name} was not done after {deadline_s:g} s.",
                )
            )
        transport.wait(pause, f"{service} to finish an operation")
        pause = min(pause * 1.5, _LONGEST_PAUSE_S)
        operation = transport.call(service, "GetOperation", get_operation, name=operation.name)
    if operation.HasField("error"):
        raise ApiError(from_operation_error(service, "GetOperation", operation.error))
    return operation.response
