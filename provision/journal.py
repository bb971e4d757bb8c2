"""The journal: what was changed, by whom, when. Append-only; one JSON record a line; on disk before Google is called.

It decides nothing: the truth is what Google answers. A line cut short by a lost machine is passed over.
"""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from provision.errors import ProvisionError
from provision.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from provision.plan import Change

VERSION: Final = 1


def default_path(environment: Mapping[str, str] = os.environ) -> Path:
    """Return ``$XDG_STATE_HOME/provision/journal.jsonl`` (https://specifications.freedesktop.org/basedir-spec)."""
    home = environment.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(home).expanduser() / "provision" / "journal.jsonl"


class Journal:
    """Append records to one file. What cannot be written down is not done: see `intent`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def intent(self, change: Change, *, target: str, principal: str) -> str:
        """Record what is about to be done; return the record's id.

        Raises:
            ProvisionError: the file cannot be written.
        """
        identifier = uuid.uuid4().hex
        self._append(
            {
                "record": "intent",
                "id": identifier,
                "change": asdict(change),
                "target": target,
                "principal": principal,
            }
        )
        return identifier

    def outcome(self, identifier: str, outcome: str, detail: str = "") -> None:
        """Record what became of an intent."""
        self._append({"record": "outcome", "id": identifier, "outcome": outcome, "detail": redact(detail)})

    def _append(self, record: dict[str, Any]) -> None:
        try:
            self._write(record)
        except OSError as error:
            raise ProvisionError(
                f"the journal {self._path} cannot be written",
                cause=str(error),
                fix="name another file with --journal; without one nothing is changed",
            ) from error

    def _write(self, record: dict[str, Any]) -> None:
        line = json.dumps({"version": VERSION, "time": datetime.now(UTC).isoformat(), **record}, sort_keys=True)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            # A line that an earlier run did not finish must not swallow this one.
            size = os.fstat(descriptor).st_size
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            os.write(descriptor, (("\n" if torn else "") + line + "\n").encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Yield every whole record, oldest first; nothing if there is no file."""
    if not path.exists():
        return
    for line in path.read_text("utf-8").splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and record.get("version") == VERSION:
            yield record
