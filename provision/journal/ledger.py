"""What the records of a journal mean: which calls were ours, how sure that is, how long things took."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from provision.journal import Scope
from provision.plan import Mutation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# After these a call can have been carried out although no one said so; after any other error it was not.
_UNCERTAIN: Final = frozenset(
    {
        "TIMEOUT",
        "UNREACHABLE",
        "MALFORMED_RESPONSE",
        "INTERNAL",
        "UNAVAILABLE",
        "DEADLINE_EXCEEDED",
        "UNKNOWN",
        "CANCELLED",
    }
)
# The name of the operation that Service Usage answers where nothing had to change (recorded).
DONE_OPERATION: Final = ".DONE_OPERATION"


@dataclass(frozen=True, kw_only=True)
class MutationRecord:
    """One call that changed something, or tried to.

    Attributes:
        time: when it was about to be sent (ISO 8601).
        status: what was answered; empty where no answer was written down; ``NOT_ATTEMPTED`` where there was no token.
        retried_statuses: the status of each attempt that was made again.
        operation: what went on after the answer; empty if nothing did.
        operation_status: how that ended; empty if that was not written down.
        found: what a later run found where the end was not written down: there, not there, or None for not seen.
        found_confirmed: that run learned from the operation itself how it ended.
        implicit: what appeared while it was carried out, by full resource names, and was not asked for: by Google,
            which enables what a service needs, or by someone else.
        line: the line of the journal on which Google's last word on it is, else the call itself.
    """

    id: str
    run: str
    time: str
    principal: str
    mutation: Mutation
    status: str = ""
    retried_statuses: tuple[str, ...] = ()
    operation: str = ""
    operation_status: str = ""
    found: bool | None = None
    was_looked_for: bool = False
    found_confirmed: bool = False
    implicit: tuple[str, ...] = ()
    line: int = 0

    @property
    def confirmed(self) -> bool:
        """Google itself said that this call did it."""
        if self.found_confirmed:
            return self.found is True
        return self.status == "OK" and (not self.operation or self.operation_status == "OK")

    @property
    def open(self) -> bool:
        """How it ended is not known."""
        if self.confirmed or self.found_confirmed:
            return False
        if self.status == "OK":
            return self.operation_status in {"", "TIMEOUT"}
        return not self.status or bool({self.status, *self.retried_statuses} & _UNCERTAIN)


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """One command: its first record, its planned changes with their outcomes, and whether it finished."""

    run: str
    time: str
    command: str = ""
    principal: str = ""
    target: str = ""
    address: str = ""
    project_id: str = ""
    world: str = ""
    project_number: str = ""
    plan: str = ""
    pid: int = 0
    host: str = ""
    result: str = ""
    changes: tuple[tuple[Mapping[str, Any], str, str], ...] = ()
    mutations: tuple[MutationRecord, ...] = ()

    @property
    def scope(self) -> Scope:
        """Where it belongs."""
        return Scope(
            target=self.target,
            address=self.address,
            project_id=self.project_id,
            world=self.world,
            project_number=self.project_number,
        )


@dataclass
class _Run:
    head: dict[str, Any]
    known: bool = False
    is_first_version: bool = False
    result: str = ""
    changes: dict[str, list[Any]] = field(default_factory=dict)
    mutations: list[str] = field(default_factory=list)


class _Reader:
    """Puts records together; each kind of record has a method."""

    def __init__(self) -> None:
        self.runs: dict[str, _Run] = {}
        self.mutations: dict[str, MutationRecord] = {}
        self._by_operation: dict[str, str] = {}

    def read(self, record: Mapping[str, Any]) -> None:
        # Version 1 named no runs: each of its intents is one.
        name = str(record.get("run") or record.get("id", ""))
        run = self.runs.setdefault(name, _Run(head=_head(record), is_first_version=record.get("version") == 1))
        known = {
            "run": self._head,
            "intent": self._intent,
            "outcome": self._outcome,
            "call": self._call,
            "answer": self._answer,
            "operation": self._operation,
            "implicit": self._along,
            "found": self._found,
            "project": self._project,
            "end": self._end,
        }
        if record["record"] in known:
            known[record["record"]](name, run, record)

    def _head(self, _: str, run: _Run, record: Mapping[str, Any]) -> None:
        run.head = dict(record)
        run.known = True

    def _intent(self, _: str, run: _Run, record: Mapping[str, Any]) -> None:
        run.changes[record["id"]] = [record.get("change", {}), "", ""]

    def _outcome(self, _: str, run: _Run, record: Mapping[str, Any]) -> None:
        if record["id"] in run.changes:
            run.changes[record["id"]][1:] = [record.get("outcome", ""), record.get("detail", "")]

    def _call(self, name: str, run: _Run, record: Mapping[str, Any]) -> None:
        run.mutations.append(record["id"])
        self.mutations[record["id"]] = MutationRecord(
            id=record["id"],
            run=name,
            time=str(record["time"]),
            principal=str(run.head.get("principal", "")),
            mutation=Mutation(**record["mutation"]),
            line=int(record.get("line", 0)),
        )

    def _answer(self, _: str, __: _Run, record: Mapping[str, Any]) -> None:
        if record["id"] not in self.mutations:
            return
        operation = str(record.get("operation", ""))
        retried = tuple(map(str, record.get("retried_statuses") or ()))
        # Nothing had to change, unless an answer was lost before: then it had perhaps been changed by us.
        idle = operation.endswith(DONE_OPERATION) and not set(retried) & _UNCERTAIN
        self.mutations[record["id"]] = replace(
            self.mutations[record["id"]],
            status=str(record["status"]),
            retried_statuses=retried,
            operation=operation,
            operation_status="UNOBSERVED" if idle else "",
            line=int(record.get("line", 0)),
        )
        self._by_operation[operation] = record["id"]

    def _operation(self, _: str, __: _Run, record: Mapping[str, Any]) -> None:
        known = self.mutations.get(self._by_operation.get(record["operation"], ""))
        if known is not None and not known.operation.endswith(DONE_OPERATION):
            line = int(record.get("line", 0))
            self.mutations[known.id] = replace(known, operation_status=str(record["status"]), line=line)

    def _along(self, _: str, run: _Run, record: Mapping[str, Any]) -> None:
        names = tuple(str(name) for name in record.get("names", ()))
        parents = {name.rpartition("/")[0] for name in names}
        for identifier in reversed(run.mutations):
            mutation = self.mutations[identifier]
            if mutation.mutation.resource in parents:
                self.mutations[identifier] = replace(mutation, implicit=(*mutation.implicit, *names))
                return

    def _found(self, _: str, __: _Run, record: Mapping[str, Any]) -> None:
        if record["id"] in self.mutations:
            self.mutations[record["id"]] = replace(
                self.mutations[record["id"]],
                found=record.get("there"),
                was_looked_for=True,
                found_confirmed=bool(record.get("confirmed")),
            )

    def _project(self, _: str, run: _Run, record: Mapping[str, Any]) -> None:
        run.head["project_number"] = record["number"]

    def _end(self, _: str, run: _Run, record: Mapping[str, Any]) -> None:
        run.result = str(record.get("result", ""))


def runs(records: Iterable[Mapping[str, Any]], scope: Scope | None = None) -> tuple[RunRecord, ...]:
    """Return the runs of a journal, oldest first; those of one scope if one is given."""
    reader = _Reader()
    for record in records:
        reader.read(record)
    listed = (_run(name, run, reader.mutations) for name, run in reader.runs.items())
    return tuple(each for each in listed if scope is None or scope.holds(each.scope))


def _head(record: Mapping[str, Any]) -> dict[str, Any]:
    change = record.get("change") or {}
    parts = str(change.get("resource", "")).split("/")
    return {
        "time": record["time"],
        "target": record.get("target", ""),
        "principal": record.get("principal", ""),
        "project_id": parts[1] if parts[0] == "projects" and len(parts) > 1 else "",
        "command": "apply" if change else "",
    }


def _run(name: str, run: _Run, mutations: Mapping[str, MutationRecord]) -> RunRecord:
    head = run.head
    return RunRecord(
        run=name,
        time=str(head.get("time", "")),
        command=str(head.get("command", "")),
        principal=str(head.get("principal", "")),
        target=str(head.get("target", "")),
        address=str(head.get("target_address", "")),
        project_id=str(head.get("project_id", "")),
        world=str(head.get("world", "")),
        project_number=str(head.get("project_number", "")),
        plan=str(head.get("plan", "")),
        pid=int(head.get("pid", 0)),
        host=str(head.get("host", "")),
        result=run.result,
        changes=tuple((change, outcome, detail) for change, outcome, detail in run.changes.values()),
        mutations=tuple(mutations[each] for each in run.mutations),
    )


def mutations(records: Iterable[Mapping[str, Any]], scope: Scope) -> tuple[MutationRecord, ...]:
    """Return every mutation of a scope, by the line on which it ended; each is within the project."""
    own = (each for run in runs(records, scope) for each in run.mutations if is_within(each.mutation, scope))
    return tuple(sorted(own, key=lambda each: each.line))


def is_within(mutation: Mutation, scope: Scope) -> bool:
    """Whether a call changed something of this project, by its id or number, whatever the run was said to be of."""
    collection, _, rest = mutation.resource.partition("/")
    return collection == "projects" and rest.partition("/")[0] in {scope.project_id, scope.project_number} - {""}


def deleted(records: Iterable[Mapping[str, Any]], scope: Scope) -> tuple[tuple[int, str], ...]:
    """Return what was written down as not ours, or not any more, each with its line."""
    records = list(records)
    known = {run.run for run in runs(records, scope)}
    return tuple(
        (int(record.get("line", 0)), str(name))
        for record in records
        if record["record"] == "deleted" and record.get("run") in known
        for name in record.get("names", [])
    )


def headless(records: Iterable[Mapping[str, Any]]) -> int:
    """Return how many runs have lost their first record: they may have been of any project."""
    reader = _Reader()
    for record in records:
        reader.read(record)
    return sum(not run.known and not run.is_first_version for run in reader.runs.values())


def elsewhere(records: Iterable[Mapping[str, Any]], scope: Scope) -> tuple[str, ...]:
    """Return, in sentences, what names the project and is of another world, or is named and of another project."""
    records = list(records)
    found = []
    others = [
        each
        for each in runs(records)
        if (each.target, each.project_id) == (scope.target, scope.project_id)
        and each.mutations
        and not scope.holds(each.scope)
    ]
    if others:
        found.append(f"{len(others)} runs of the journal were of another world: {_worlds(others, scope)}")
    foreign = {
        each.mutation.resource
        for run in runs(records, scope)
        for each in run.mutations
        if not is_within(each.mutation, scope)
    }
    if foreign:
        found.append(f"what is not of {scope.project_id} is left alone: {', '.join(sorted(foreign))[:200]}")
    return tuple(found)


def _worlds(others: list[RunRecord], scope: Scope) -> str:
    numbers = sorted({each.project_number for each in others if each.project_number} - {scope.project_number})
    if numbers and scope.project_number:
        return f"{scope.project_id} had the number {', '.join(numbers)}, and has {scope.project_number} now"
    return "a sandbox that was reset since, or another one"


def median_s(records: Iterable[Mapping[str, Any]], what: str) -> float | None:
    """Return the median of what was measured so far, in seconds; None where nothing was."""
    seen = [
        float(record["measured"][what])
        for record in records
        if record["record"] == "outcome" and what in (record.get("measured") or {})
    ]
    return statistics.median(seen) if seen else None
