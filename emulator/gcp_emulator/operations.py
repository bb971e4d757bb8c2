"""Long-running operations of all APIs, in one table, finished by the clock.

What an operation will do when it is done is data (the name of an effect and its arguments), so that it
survives a restart and happens at its hour however the clock gets there. A service declares the effect:

    @operations.effect("resourcemanager.create_project")
    def _created(state, args, when):          # when: the sandbox time it was due
        ...                                   # change the state
        return operations.Outcome(response={"@type": …, …}, metadata={…})

and a handler starts it with `operations.start(call, name=…, effect=…, args=…, seconds=1)`.
https://github.com/googleapis/googleapis/blob/master/google/longrunning/operations.proto
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from gcp_emulator.call import Call, Json
from gcp_emulator.errors import ApiError, not_found
from gcp_emulator.store import State, Table

LIFE: Final = 6 * 3600.0
"""Seconds a finished operation is remembered: it is "removed automatically after a few hours"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation.

    Args:
        name: as the API names it.
        effect: what finishes it; empty if it was done from the start.
        args: the arguments of the effect.
        due: when it finishes; None for never.
        claim: a name no one else may take while it runs, such as a project id.
        also: further such names.
        pending_error: the error a fault has in store for it.
        starter: whose call started it.
    """

    name: str
    effect: str
    args: Json
    created: float
    due: float | None
    claim: str = ""
    metadata: Json | None = None
    done: bool = False
    response: Json | None = None
    error: Json | None = None
    pending_error: Json | None = None
    starter: str = ""
    also: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an effect leaves behind."""

    response: Json
    metadata: Json | None = field(default=None)


OPERATIONS: Final = Table("operations", Operation, key="name")

Effect = Callable[[State, Json, float], Outcome]
EFFECTS: Final[dict[str, Effect]] = {}


def effect(name: str) -> Callable[[Effect], Effect]:
    """Declare what an operation does when it is due."""

    def declare(function: Effect) -> Effect:
        EFFECTS[name] = function
        return function

    return declare


def start(
    call: Call,
    *,
    name: str,
    effect: str,
    args: Json,
    seconds: float,
    metadata: Json | None = None,
    claim: str = "",
    also: Sequence[str] = (),
) -> Operation:
    """Start an operation that is done `seconds` of sandbox time from now."""
    state = call.state
    now = state.clock.now()
    pending_error, due = None, now + seconds
    never = False
    if call.lro_fault:
        pending_error = call.lro_fault.get("error")
        never = bool(call.lro_fault.get("never"))
    operation = Operation(
        name=name,
        effect=effect,
        args=args,
        created=now,
        due=None if never else due,
        claim=claim,
        metadata=metadata,
        pending_error=pending_error,
        starter=call.caller.member,
        also=list(also),
    )
    _forget_old(state, now)
    state[OPERATIONS].put(operation)
    watch(state, operation)
    return operation


def finished(call: Call, *, name: str, outcome: Outcome) -> Operation:
    """Record an operation that is done as it is started."""
    now = call.clock.now()
    operation = Operation(
        name=name,
        effect="",
        args={},
        created=now,
        due=now,
        metadata=outcome.metadata,
        done=True,
        response=outcome.response,
        starter=call.caller.member,
    )
    _forget_old(call.state, now)
    call.state[OPERATIONS].put(operation)
    return operation


def watch(state: State, operation: Operation) -> None:
    """Have the clock finish an operation; also called for each one that a loaded state holds."""
    if operation.done:
        return
    for each in (operation.claim, *operation.also):
        if each:
            state.claims[each] = operation.name
    if operation.due is not None:
        heapq.heappush(state.timers, (operation.due, operation.name))


def due(state: State) -> bool:
    """Tell whether an operation waits to be finished."""
    return bool(state.timers) and state.timers[0][0] <= state.clock.now()


def settle(state: State) -> None:
    """Finish, in order, every operation that is due."""
    now = state.clock.now()
    while state.timers and state.timers[0][0] <= now:
        when, name = heapq.heappop(state.timers)
        operation = state[OPERATIONS].get(name)
        if operation is not None and not operation.done:
            state[OPERATIONS].put(_finish(state, operation, when))


def end(state: State, operation: Operation) -> None:
    """Finish an operation now, whatever it waits for."""
    state[OPERATIONS].put(_finish(state, operation, state.clock.now()))


def _finish(state: State, operation: Operation, when: float) -> Operation:
    for each in (operation.claim, *operation.also):
        state.claims.pop(each, None)
    if operation.pending_error is not None:
        return replace(operation, done=True, error=operation.pending_error)
    try:
        outcome = EFFECTS[operation.effect](state, operation.args, when)
    except ApiError as refused:
        return replace(operation, done=True, error=refused.operation_error())
    return replace(operation, done=True, response=outcome.response, metadata=outcome.metadata or operation.metadata)


def _forget_old(state: State, now: float) -> None:
    rows = state[OPERATIONS]
    oldest = rows.oldest()
    while oldest is not None and oldest.done and oldest.created < now - LIFE:
        rows.remove(oldest.name)
        oldest = rows.oldest()


def render(operation: Operation) -> Json:
    """Return a `google.longrunning.Operation`."""
    answer: Json = {"name": operation.name}
    if operation.metadata is not None:
        answer["metadata"] = operation.metadata
    if operation.done:
        answer["done"] = True
        if operation.error is not None:
            answer["error"] = operation.error
        else:
            answer["response"] = operation.response or {}
    return answer


def get_own(call: Call) -> Json:
    """`operations.get` of an API whose operations are told to no one but who started them (assumed)."""
    operation = call.state[OPERATIONS].get(call.text("name"))
    if operation is not None and not call.caller.owner and operation.starter != call.caller.member:
        raise not_found()
    return get(call)


def get(call: Call) -> Json:
    """`operations.get` of any API: the operation named in `call.request["name"]`, or NOT_FOUND."""
    operation = call.state[OPERATIONS].get(call.text("name"))
    if operation is None:
        raise not_found()
    return render(operation)
