"""Operations in Compute Engine's own form: of a project, and of an organization.

Discovery document of compute v1, `Operation`. The methods that wait may answer before the end: "might not be done".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import errors, operations
from gcp_emulator.clock import timestamp
from gcp_emulator.operations import OPERATIONS

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.operations import Operation

SITE: Final = "https://www.googleapis.com/compute/v1/"
SECONDS: Final = 1.0  # how long each takes


def start(call: Call, effect: str, args: Json, *, kind: str, within: str, target: str, target_id: str) -> Json:
    """Start one and answer it.

    Args:
        call: the call.
        effect: what finishes it.
        args: what that is called with.
        kind: its `operationType`: `delete`, `EnableXpnHost`.
        within: where operations are asked for: `projects/p/global`, `locations/global`.
        target: the path of the resource.
        target_id: its number.
    """
    name = f"operation-{int(call.clock.now() * 1000)}-{call.state.uuid()}"
    return render(
        operations.start(
            call,
            name=f"compute/{within}/{name}",
            effect=effect,
            args=args,
            seconds=SECONDS,
            metadata={
                "id": call.state.digits(19),
                "kind": kind,
                "path": f"{within}/operations/{name}",
                "target": target,
                "targetId": target_id,
                "user": call.caller.email,
            },
        )
    )


def find(call: Call, within: str) -> Json:
    """Answer the one that a call names.

    Raises:
        ApiError: there is none.
    """
    name = call.vars["operation"]
    found = call.state[OPERATIONS].get(f"compute/{within}/{name}")
    if found is None:
        raise errors.not_found(f"The resource '{within}/operations/{name}' was not found")
    return render(found)


def of_organization(call: Call) -> Json:
    """`globalOrganizationOperations.get`."""
    return find(call, "locations/global")


def render(found: Operation) -> Json:
    """Return an Operation."""
    about = found.metadata or {}
    answer: dict[str, Any] = {
        "kind": "compute#operation",
        "id": about["id"],
        "name": about["path"].rpartition("/")[2],
        "operationType": about["kind"],
        "targetLink": SITE + about["target"],
        "targetId": about["targetId"],
        "user": about["user"],
        "status": "DONE" if found.done else "RUNNING",
        "progress": 100 if found.done else 0,
        "insertTime": timestamp(found.created),
        "startTime": timestamp(found.created),
        "selfLink": SITE + about["path"],
    }
    if found.done and found.due is not None:
        answer["endTime"] = timestamp(found.due)
    if found.error:
        told = found.error.get("message", "")
        answer |= {"error": {"errors": [{"code": "RESOURCE_OPERATION_ERROR", "message": told}]}}
        answer |= {"httpErrorStatusCode": 400, "httpErrorMessage": "BAD REQUEST"}
    return answer
