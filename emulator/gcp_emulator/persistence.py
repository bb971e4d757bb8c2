"""The state on disk, when `--data-dir` is given: acknowledged means durable.

One SQLite file holds every row as JSON, with what the sandbox needs to go on where it was: its clock, its count of
drawn numbers, its key. A change is committed before its answer leaves, so that `kill -9` loses nothing that
was acknowledged; write-ahead logging with full synchronisation makes that true for a power cut as well.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from gcp_emulator import operations
from gcp_emulator.errors import ApiError
from gcp_emulator.store import State, Table

if TYPE_CHECKING:
    from pathlib import Path


class InUseError(Exception):
    """Another process has this directory open."""


class DamagedError(Exception):
    """What is in the file is not what was written; the message says how it shows."""


class Database:
    """One state's file.

    Args:
        directory: made if it is missing, readable by its owner only.

    Raises:
        InUseError: another sandbox works on it.
        DamagedError: the file cannot be read.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = directory / "state.sqlite3"
        self._connection = sqlite3.connect(self.path, isolation_level=None, timeout=0, check_same_thread=False)
        try:
            self.path.chmod(0o600)
            self._connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS rows (name TEXT, key TEXT, body TEXT, PRIMARY KEY (name, key))"
            )
            self._connection.execute("CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT)")
            self._connection.execute("CREATE TABLE IF NOT EXISTS snapshots (name TEXT PRIMARY KEY, body TEXT)")
            self._connection.execute("INSERT OR REPLACE INTO meta VALUES ('format', '1')")
        except sqlite3.OperationalError as error:
            self._connection.close()
            raise InUseError(str(error)) from error
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise DamagedError(str(error)) from error

    def close(self) -> None:
        """Close the file; everything is in it already."""
        self._connection.close()

    def meta(self, key: str) -> str | None:
        """Return a value kept beside the rows."""
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, **values: str) -> None:
        """Keep values beside the rows."""
        self._connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())

    def snapshots(self) -> dict[str, str]:
        """Return the snapshots that are kept, by name."""
        return dict(self._connection.execute("SELECT name, body FROM snapshots ORDER BY name"))

    def keep_snapshot(self, name: str, body: str) -> None:
        """Keep a snapshot, instead of the one of that name.

        Raises:
            ApiError: it cannot be written (the disk is full); what was kept under that name still is.
        """
        self._on_snapshots("INSERT OR REPLACE INTO snapshots VALUES (?, ?)", name, body)

    def forget_snapshot(self, name: str) -> None:
        """Remove a snapshot.

        Raises:
            ApiError: the file cannot be written; the snapshot is still kept.
        """
        self._on_snapshots("DELETE FROM snapshots WHERE name = ?", name)

    def _on_snapshots(self, statement: str, *values: str) -> None:
        try:
            self._connection.execute(statement, values)
        except sqlite3.OperationalError as error:
            raise ApiError(
                "INTERNAL", f"The sandbox cannot write its snapshots ({error}); they are as before."
            ) from error

    def load(self, state: State) -> bool:
        """Fill a state with what is on disk, also its seed; False if that is nothing.

        Raises:
            TypeError: it was written by a version that kept other things.
            DamagedError: the file cannot be read.
        """
        try:
            return self._load(state)
        except (sqlite3.DatabaseError, ValueError) as error:
            raise DamagedError(str(error)) from error

    def _load(self, state: State) -> bool:
        serial = self.meta("serial")
        if serial is None:
            return False
        state.serial = int(serial)
        state.seed = int(self.meta("seed") or 0)
        state.clock.not_before(float(self.meta("now") or 0), float(self.meta("client_now") or 0))
        for name, body in self._connection.execute("SELECT name, body FROM rows ORDER BY rowid"):
            table: Table[Any] | None = Table.declared.get(name)
            if table is not None:
                state[table].load(table.record(**json.loads(body)))
        for operation in state[operations.OPERATIONS]:
            operations.watch(state, operation)
        return True

    def commit(self, state: State, *, from_scratch: bool = False) -> None:
        """Write all changes since the last commit, all or none; `from_scratch` forgets what was there.

        Raises:
            ApiError: they cannot be written (the disk is full); the state is again as it is on disk.
        """
        try:
            self._write(state, from_scratch=from_scratch)
        except sqlite3.OperationalError as error:
            self._undo(state)
            raise ApiError("INTERNAL", f"The sandbox cannot keep its state ({error}); nothing was changed.") from error

    def _undo(self, state: State) -> None:
        """Put the rows that have changed back to what they were."""
        changed = list(state.changes)
        for name, key in changed:
            table: Table[Any] = Table.declared[name]
            row = self._connection.execute("SELECT body FROM rows WHERE name = ? AND key = ?", (name, key)).fetchone()
            if row is None:
                state[table].remove(key)
                continue
            record = table.record(**json.loads(row[0]))
            state[table].put(record)
            if table is operations.OPERATIONS:
                operations.watch(state, record)
        state.changes.clear()
        running = state[operations.OPERATIONS]
        for claim in [claim for claim, operation in state.claims.items() if operation not in running]:
            del state.claims[claim]

    def _write(self, state: State, *, from_scratch: bool) -> None:
        with self._transaction():
            if from_scratch:
                self._connection.execute("DELETE FROM rows")
            for (name, key), record in state.changes.items():
                if record is None:
                    self._connection.execute("DELETE FROM rows WHERE name = ? AND key = ?", (name, key))
                else:
                    self._connection.execute(
                        "INSERT INTO rows VALUES (?, ?, ?) ON CONFLICT (name, key) DO UPDATE SET body = excluded.body",
                        (name, key, json.dumps(asdict(record))),  # type: ignore[call-overload] # every record is a dataclass
                    )
            self.set_meta(
                serial=str(state.serial),
                seed=str(state.seed),
                now=repr(state.clock.now()),
                client_now=repr(state.clock.client_now()),
            )

    def _transaction(self) -> contextlib.AbstractContextManager[None]:
        return _Transaction(self._connection)


class _Transaction(contextlib.AbstractContextManager[None]):
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None:
                self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
