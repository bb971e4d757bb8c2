"""Long-running operations as Vertex AI writes them.

The metadata is there from the first answer on, the name ends in the resource's `/operations/<id>`, and
what is answered carries the types of the version that was called (recorded: ai-other--*). A delete is done
as it is started.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import operations
from gcp_emulator.clock import timestamp
from gcp_emulator.operations import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gcp_emulator.call import Call, Json

EMPTY: Final = "type.googleapis.com/google.protobuf.Empty"
SECONDS: Final = 1.0
DEPLOYING: Final = 5.0
"""Sandbox seconds for what takes seconds, and for what takes minutes, on Google Cloud: assumed."""


def start(
    call: Call,
    within: str,
    kind: str,
    *,
    effect: str,
    args: Json,
    seconds: float = SECONDS,
    claim: str = "",
    also: Sequence[str] = (),
    **more: Any,
) -> Json:
    """Start an operation and answer it.

    Args:
        call: what starts it.
        within: the resource under whose name it is.
        kind: the message of its metadata, such as `CreateEndpointOperationMetadata`.
        effect: what finishes it; it gets `args`, in which `package` and `metadata` are added.
        args: its arguments.
        seconds: how long it takes.
        claim: a name no one else may take meanwhile.
        also: further such names.
        **more: further fields of the metadata.
    """
    metadata = _metadata(call, kind, more)
    operation = operations.start(
        call,
        name=f"{within}/operations/{call.state.digits(19)}",
        effect=f"aiplatform.{effect}",
        args={**args, "package": package(call), "metadata": metadata},
        seconds=seconds,
        metadata=metadata,
        claim=claim,
        also=also,
    )
    return operations.render(operation)


def deleted(call: Call, within: str, *, effect: str, args: Json) -> Json:
    """Delete something and answer the finished operation, unless a fault wants one that runs."""
    if call.lro_fault:
        return start(call, within, "DeleteOperationMetadata", effect=effect, args=args)
    metadata = _metadata(call, "DeleteOperationMetadata", {})
    now = call.clock.now()
    outcome = operations.EFFECTS[f"aiplatform.{effect}"](call.state, {**args, "metadata": metadata}, now)
    name = f"{within}/operations/{call.state.digits(19)}"
    return operations.render(operations.finished(call, name=name, outcome=outcome))


def outcome(args: Json, when: float, message: str, **fields: Any) -> Outcome:
    """What an effect answers: a message of the package that was called; `Empty` if none is named."""
    metadata = {
        **args["metadata"],
        "genericMetadata": {**args["metadata"]["genericMetadata"], "updateTime": timestamp(when)},
    }
    kind = f"type.googleapis.com/{args['package']}.{message}" if message else EMPTY
    return Outcome(response={"@type": kind, **fields}, metadata=metadata)


def package(call: Call) -> str:
    """The package of the version that was called."""
    return "google.cloud.aiplatform.v1beta1" if ".v1beta1." in call.method.name else "google.cloud.aiplatform.v1"


def _metadata(call: Call, kind: str, more: Json) -> Json:
    now = timestamp(call.clock.now())
    kind = f"type.googleapis.com/{package(call)}.{kind}"
    return {"@type": kind, "genericMetadata": {"createTime": now, "updateTime": now}, **more}
