"""The journal: what was changed, by whom, when. Append-only; one JSON record a line; on disk before Google is called.

It decides nothing about what is there: the truth is what Google answers. It alone can say what was *ours*
(`ledger`). A line that holds no record is passed over and told, and many runs on one machine may share a file.
What happened first is what is on the earlier line: machines disagree about the time.

The records, each with ``version``, ``time``, ``record`` and the ``run`` it belongs to:

| record | says |
| --- | --- |
| run | a command began that may change something: target, project, principal, digest of the configuration, plan |
| intent | a planned change is about to be made |
| call | a call that changes something is about to be sent: the mutation |
| answer | what Google answered it, after which errors; the operation that goes on after the answer |
| operation | how that operation ended |
| outcome | what became of the planned change, and how long Google took until it could be used |
| gone | what is not ours, or not any more: a later run saw it gone, or a call left it undone |
| along | what appeared while a call was carried out that did not ask for it: services that others need |
| project | the number of the project, where it was not known as the run began |
| found | what a later run found of a call whose end was not written down |
| end | the command finished |
"""

from __future__ import annotations

import contextvars
import fcntl
import json
import os
import platform
import pwd
import threading
import uuid
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from provision.errors import ProvisionError, UsageError
from provision.journal.records import VERSION, Contents, read, read_whole
from provision.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provision.errors import ErrorStatus
    from provision.plan import Change, Mutation

__all__ = ["Contents", "Entry", "Journal", "Scope", "default_path", "named_path", "read", "read_whole"]

VARIABLE: Final = "PROVISION_JOURNAL"

# The intent that the calls of this thread belong to.
_INTENT: contextvars.ContextVar[str] = contextvars.ContextVar("intent", default="")


def default_path(environment: Mapping[str, str] = os.environ) -> Path:
    """Return what PROVISION_JOURNAL names, else ``$XDG_STATE_HOME/provision/journal.jsonl``.

    A relative folder counts as none: https://specifications.freedesktop.org/basedir-spec

    Raises:
        UsageError: this machine knows no home of the user.
    """
    named = environment.get(VARIABLE)
    if named:
        return Path(named)
    state = Path(environment.get("XDG_STATE_HOME", ""))
    if not state.is_absolute():
        home = Path(environment.get("HOME", ""))
        try:
            state = (home if home.is_absolute() else Path(pwd.getpwuid(os.getuid()).pw_dir)) / ".local" / "state"
        except KeyError:
            raise UsageError(
                "there is no place for the journal",
                cause="neither XDG_STATE_HOME nor HOME names a folder, and this user has no home",
                fix=f"name a file with --journal or {VARIABLE}",
            ) from None
    return state / "provision" / "journal.jsonl"


def named_path(named: Path | None, environment: Mapping[str, str] = os.environ) -> Path:
    """Return the journal to read: the named file, else the default.

    Raises:
        UsageError: a file was named that is not there; one that was mistyped would look like nothing to undo.
    """
    path = named or default_path(environment)
    if (named or environment.get(VARIABLE)) and not path.exists():
        raise UsageError(
            f"the journal {path} does not exist",
            cause="it was named with " + ("--journal" if named else VARIABLE),
            fix="name the file that `provision apply` wrote; without a name it is "
            + str(default_path({**environment, VARIABLE: ""})),
        )
    return path


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Whose records belong together: where the calls went, and for which project.

    Attributes:
        target: ``Google Cloud`` or ``sandbox``.
        address: the sandbox's address; empty for Google Cloud. Two sandboxes are two worlds.
        world: the sandbox's own name for the state that it has, which a reset replaces; empty where it has none, or
            where that does not matter.
        project_number: the number of the project that has the id; empty where it is not known.
    """

    target: str
    address: str
    project_id: str
    world: str = ""
    project_number: str = ""

    def holds(self, other: Scope) -> bool:
        """Whether what was written down there was done here."""
        same_place = other.world == self.world if self.world else other.address == self.address
        return (
            (other.target, other.project_id) == (self.target, self.project_id)
            and same_place
            and (not self.project_number or other.project_number in ("", self.project_number))
        )


class Journal:
    """One file that records are added to. What cannot be written down is not done."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[dict[str, Any]]:
        """Return every whole record, oldest first."""
        return list(read(self.path))

    def contents(self) -> Contents:
        """Return every whole record, oldest first, and the lines that hold none."""
        return read_whole(self.path)

    def begin(self, command: str, scope: Scope, *, principal: str = "", config: str = "", plan: str = "") -> Entry:
        """Begin to write down what one command does; nothing is written until there is something to write.

        Args:
            config: the digest of the configuration.
            plan: the digest of the plan file that is carried out; empty without one.
        """
        return Entry(
            self,
            head={
                "command": command,
                "target": scope.target,
                "target_address": scope.address,
                "world": scope.world,
                "project_id": scope.project_id,
                "project_number": scope.project_number,
                "principal": principal,
                "config": config,
                "plan": plan,
                "pid": os.getpid(),
                "host": platform.node(),
            },
        )

    def append(self, record: Mapping[str, Any]) -> None:
        """Add one record; it is on disk when this returns.

        Raises:
            ProvisionError: it cannot be written.
        """
        try:
            self._write(record)
        except OSError as error:
            raise ProvisionError(
                f"the journal {self.path} cannot be written",
                cause=f"{error.strerror or error}; nothing is changed that cannot be written down",
                fix="make room, let it be written, or name another with --journal; then run it again",
            ) from error

    def _write(self, record: Mapping[str, Any]) -> None:
        line = json.dumps({"version": VERSION, "time": datetime.now(UTC).isoformat(), **record}, sort_keys=True)
        folder = self.path.parent
        folder.mkdir(parents=True, exist_ok=True)
        fresh = not self.path.exists()
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            # One writer at a time; whoever dies gives the lock back.
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # A line that an earlier run did not finish must not swallow this one.
            size = os.fstat(descriptor).st_size
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            left = (("\n" if torn else "") + line + "\n").encode()
            while left:
                left = left[os.write(descriptor, left) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if fresh:  # else the file's name could be lost with the machine
            folder_descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(folder_descriptor)
            finally:
                os.close(folder_descriptor)


@dataclass
class Entry:
    """What one run writes down. Safe to use from many threads; the calls of a thread belong to its last intent."""

    journal: Journal
    head: dict[str, Any]
    run: str = field(default_factory=lambda: uuid.uuid4().hex)
    _begun: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def intent(self, change: Change) -> str:
        """Record what is about to be done; return the record's id.

        Raises:
            ProvisionError: the file cannot be written.
        """
        identifier = uuid.uuid4().hex
        self._append("intent", id=identifier, change=asdict(change))
        _INTENT.set(identifier)
        return identifier

    def outcome(
        self, identifier: str, outcome: str, detail: str = "", measured: Mapping[str, float] | None = None
    ) -> None:
        """Record what became of an intent; ``measured`` is in seconds, by what was waited for."""
        _INTENT.set("")
        self._append("outcome", id=identifier, outcome=outcome, detail=redact(detail), measured=dict(measured or {}))

    def begin(self, mutation: Mutation) -> str:
        """Record a call before it is sent; return the record's id."""
        identifier = uuid.uuid4().hex
        self._append("call", id=identifier, intent=_INTENT.get(), mutation=asdict(mutation))
        return identifier

    def end(
        self,
        identifier: str,
        status: str,
        *,
        retried_statuses: tuple[str, ...],
        error: ErrorStatus | None,
        operation: str,
    ) -> None:
        """Record what a call was answered."""
        self._append(
            "answer",
            id=identifier,
            status=status,
            retried_statuses=list(retried_statuses),
            reason=error.reason if error else "",
            message=redact(error.message) if error else "",
            operation=operation,
        )

    def operation_ended(self, operation: str, status: str) -> None:
        """Record how a long-running operation ended."""
        self._append("operation", operation=operation, status=status)

    def deleted(self, names: tuple[str, ...]) -> None:
        """Record what is not ours, or not any more; who brings it back owns it."""
        self._append("deleted", names=list(names))

    def implicit(self, names: tuple[str, ...]) -> None:
        """Record what appeared while a call was carried out that did not ask for it, by full resource names."""
        self._append("implicit", names=list(names))

    def project(self, number: str) -> None:
        """Record the number of the project that this run changes, where it was not known before."""
        if self._begun and number and number != self.head["project_number"]:
            self.head["project_number"] = number
            self._append("project", number=number)

    def found(self, identifier: str, *, there: bool | None, confirmed: bool, detail: str) -> None:
        """Record what was found of a call of an earlier run; None where it could not be seen."""
        self._append("found", id=identifier, there=there, confirmed=confirmed, detail=redact(detail))

    def close(self, result: str) -> None:
        """Record that the command finished, if it did anything."""
        if self._begun:
            self._append("end", result=result)

    def _append(self, record: str, **more: Any) -> None:
        with self._lock:
            if not self._begun:
                self.journal.append({"record": "run", "run": self.run, **self.head})
                self._begun = True
        self.journal.append({"record": record, "run": self.run, **more})
