"""The journal: what was changed, by whom, when. Append-only; one JSON record a line; on disk before Google is called.

It decides nothing about what is there: the truth is what Google answers. It alone can say what was *ours*
(`ledger`). A line cut short by a lost machine is passed over, and many runs on one machine may share a file.

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
| found | what a later run found of a call whose end was not written down |
| end | the command finished |
"""

from __future__ import annotations

import contextvars
import fcntl
import json
import os
import platform
import threading
import uuid
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from provision.errors import ProvisionError
from provision.journal.earlier import current
from provision.plan import Mutation
from provision.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from provision.errors import ErrorStatus
    from provision.plan import Change

VERSION: Final = 3
READABLE: Final = frozenset({1, 2, 3})
VARIABLE: Final = "PROVISION_JOURNAL"

# The intent that the calls of this thread belong to.
_INTENT: contextvars.ContextVar[str] = contextvars.ContextVar("intent", default="")


def default_path(environment: Mapping[str, str] = os.environ) -> Path:
    """Return what PROVISION_JOURNAL names, else ``$XDG_STATE_HOME/provision/journal.jsonl``.

    https://specifications.freedesktop.org/basedir-spec
    """
    named = environment.get(VARIABLE)
    if named:
        return Path(named)
    home = environment.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(home).expanduser() / "provision" / "journal.jsonl"


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Whose records belong together: where the calls went, and for which project.

    Attributes:
        target: ``Google Cloud`` or ``sandbox``.
        address: the sandbox's address; empty for Google Cloud. Two sandboxes are two worlds.
    """

    target: str
    address: str
    project_id: str


class Journal:
    """One file that records are added to. What cannot be written down is not done."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[dict[str, Any]]:
        """Return every whole record, oldest first."""
        return list(read(self.path))

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
                "project_id": scope.project_id,
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


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Yield every whole record, oldest first; nothing if there is no file.

    Raises:
        ProvisionError: the file cannot be read, or something else or a newer version of this program wrote in it.
    """
    if path.exists() and not path.is_file():  # a device can be read forever, and keeps nothing
        raise ProvisionError(
            f"the journal {path} cannot be used",
            cause="it is a folder or a device, and no file that lines can be added to",
            fix="name a file with --journal",
        )
    try:
        text = path.read_text("utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise ProvisionError(
            f"the journal {path} cannot be read", cause=str(error), fix="name another file with --journal"
        ) from error
    for number, line in enumerate(text.split("\n"), 1):
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if not isinstance(record, dict) or "record" not in record:
            continue
        if record.get("version") not in READABLE:
            raise ProvisionError(
                f"the journal {path} holds a record of version {record.get('version')!r}",
                cause=f"this program reads versions {', '.join(map(str, sorted(READABLE)))}",
                fix="use the version of provision that wrote it, or name another file with --journal",
            )
        if record["version"] != VERSION:
            record = current(record)
        if not _is_whole(record):
            raise ProvisionError(
                f"line {number} of the journal {path} is no record of provision",
                cause="a line that was cut off is passed over; this one was written or changed by something else",
                fix="take that line out, or name another file with --journal",
            )
        yield record


def _is_whole(record: Mapping[str, Any]) -> bool:
    """Whether a record holds what its kind needs; a kind that is not known needs nothing."""
    required_permissions: dict[str, type] = {"time": str, **_NEEDS.get(str(record["record"]), {})}
    if not all(isinstance(record.get(name), kind) for name, kind in required_permissions.items()):
        return False
    mutation = record.get("mutation")
    return mutation is None or (
        set(mutation) <= {each.name for each in fields(Mutation)}
        and all(isinstance(mutation.get(name), str) for name in ("service", "method", "resource"))
    )


_NEEDS: Final[dict[str, dict[str, type]]] = {
    "run": {"run": str, "pid": int},
    "intent": {"id": str, "change": dict},
    "outcome": {"id": str},
    "call": {"id": str, "run": str, "mutation": dict},
    "answer": {"id": str, "status": str},
    "operation": {"operation": str, "status": str},
    "deleted": {"names": list},
    "found": {"id": str},
}
"""What each kind of record holds at least."""
