"""The file of a run: what was learned of each project, from where and when, so that a run that was stopped goes on.

SQLite: one file for each run, in the user's state folder. A program that is killed at any moment leaves it readable.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from provision.errors import ProvisionError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

VERSION: Final = 1
Source = Literal["", "inventory", "direct"]
FleetVerdict = Literal["ready", "looks ready", "not ready", "unknown"]
VERDICTS: Final[tuple[FleetVerdict, ...]] = ("ready", "looks ready", "not ready", "unknown")


@dataclass(frozen=True, kw_only=True)
class ProjectFacts:
    """What is known of one project. Times are ISO 8601, UTC: when it was asked, not when it was so.

    Attributes:
        parent: ``folders/NUMBER`` or ``organizations/NUMBER``; empty where it is not known.
        state: as Resource Manager says it.
        billing_enabled: None where that is not known.
        services: those of the wanted services that are enabled; None where that is not known.
        direct_at: when it was asked itself; empty if it never was.
        why_direct: why it is asked itself: ``all``, ``sample`` or ``changed``; empty where it is not to be.
    """

    project_id: str
    project_number: str = ""
    parent: str = ""
    display_name: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    state: str = ""
    listed_at: str = ""
    billing_account: str = ""
    billing_enabled: bool | None = None
    billing_at: str = ""
    services: tuple[str, ...] | None = None
    services_at: str = ""
    direct_at: str = ""
    why_direct: str = ""


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """What is to be said of one project.

    Attributes:
        basis: what decided: the inventory, or a direct question.
        finding: the id of the finding to fix first; empty where nothing is in the way.
        inventory_said: the verdict before the project was asked itself, where it was.
    """

    project_id: str
    verdict: FleetVerdict
    basis: Source
    finding: str = ""
    diagnosis: str = ""
    summary: str = ""
    cause: str = ""
    fix: str = ""
    fix_owner: str = ""
    inventory_said: str = ""


_FACTS: Final = tuple(ProjectFacts.__dataclass_fields__)
_ASSESSMENT: Final = tuple(name for name in Assessment.__dataclass_fields__ if name != "project_id")
_APPLIED: Final = ("applied", "applied_detail", "applied_at")
_SCHEMA: Final = f"""
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS trouble (text TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS project (
    {", ".join(f"{name} TEXT" + (" PRIMARY KEY" if name == "project_id" else "") for name in _FACTS)},
    {", ".join(f"{name} TEXT NOT NULL DEFAULT ''" for name in (*_ASSESSMENT, *_APPLIED))}
);
CREATE INDEX IF NOT EXISTS by_number ON project (project_number);
CREATE INDEX IF NOT EXISTS by_verdict ON project (verdict, diagnosis);
"""


def now() -> str:
    """Return this moment, as it is written down."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Store:
    """One run's file. Safe to use from many threads of one process.

    Raises:
        UsageError: it is no such file, or one of another version.
        ProvisionError: it cannot be read or written.
    """

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self.path = path
        self._lock = threading.Lock()
        if not create and not path.exists():
            raise UsageError(
                f"the run {path} does not exist", cause="no `provision fleet` wrote it", fix="provision fleet runs"
            )
        try:
            self._file = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
            with closing(self._file.cursor()) as cursor:
                version = cursor.execute("PRAGMA user_version").fetchone()[0]
                if version == 0 and create:
                    cursor.execute("PRAGMA journal_mode=WAL")
                    cursor.executescript(_SCHEMA)
                    cursor.execute(f"PRAGMA user_version={VERSION}")
                cursor.execute("PRAGMA synchronous=NORMAL")
        except sqlite3.Error as error:
            raise UsageError(
                f"{path} is not the file of a run", cause=str(error), fix="name one that `provision fleet runs` lists"
            ) from error
        if version not in ((0, VERSION) if create else (VERSION,)):
            raise UsageError(
                f"{path} cannot be read",
                cause=f"it is of format {version}, and this version of provision reads {VERSION}",
                fix="use the version that wrote it, or start another run",
            )

        if not create and "scope" not in self.meta:
            self.close()
            raise UsageError(
                f"{path} holds nothing",
                cause="the command that made it was stopped before it had begun",
                fix="remove it, and run `provision fleet check` again",
            )

    def close(self) -> None:
        """Leave the file; what was written is kept."""
        with self._lock:
            self._file.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Cursor]:
        with self._lock, closing(self._file.cursor()) as cursor:
            try:
                cursor.execute("BEGIN IMMEDIATE")
                try:
                    yield cursor
                    cursor.execute("COMMIT")
                except BaseException:
                    cursor.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                raise ProvisionError(
                    f"{self.path} could not be written",
                    cause=str(error),
                    fix="make room, or use another folder with --run FILE; the same command then goes on",
                ) from error

    def _rows(self, query: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._file.execute(query, tuple(values)).fetchall()

    @property
    def meta(self) -> dict[str, Any]:
        """What is known of the run as a whole."""
        return {name: json.loads(value) for name, value in self._rows("SELECT name, value FROM meta")}

    def note(self, **values: Any) -> None:
        """Keep something of the run as a whole."""
        with self._writing() as cursor:
            cursor.executemany(
                "INSERT OR REPLACE INTO meta VALUES (?, ?)", [(name, json.dumps(each)) for name, each in values.items()]
            )

    def restart(self) -> None:
        """Forget everything: the same file is used for another run."""
        with self._writing() as cursor:
            for table in ("meta", "trouble", "project"):
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - ours

    def trouble(self, text: str) -> None:
        """Note why not everything could be seen: the run is a partial one."""
        with self._writing() as cursor:
            cursor.execute("INSERT OR IGNORE INTO trouble VALUES (?)", (text,))

    @property
    def troubles(self) -> tuple[str, ...]:
        """Why not everything could be seen."""
        return tuple(row[0] for row in self._rows("SELECT text FROM trouble ORDER BY rowid"))

    def forget_troubles(self) -> None:
        """Begin to look anew."""
        with self._writing() as cursor:
            cursor.execute("DELETE FROM trouble")

    def add(self, projects: Iterable[ProjectFacts]) -> None:
        """Write down projects; of one that is known, where it is and how it is called."""
        fields = ("project_id", "project_number", "parent", "display_name", "labels", "state", "listed_at")
        rows = [tuple(_stored(getattr(each, name)) for name in fields) for each in projects]
        again = ", ".join(f"{name} = excluded.{name}" for name in fields[1:])
        with self._writing() as cursor:
            cursor.executemany(
                f"INSERT INTO project ({', '.join(fields)}) VALUES ({', '.join('?' * len(fields))})"  # noqa: S608 - ours
                f" ON CONFLICT (project_id) DO UPDATE SET {again}",
                rows,
            )

    def billing(self, found: Iterable[tuple[str, str, bool]], at: str) -> int:
        """Write down who pays, by number or id; return of how many no project is known here."""
        unknown = 0
        with self._writing() as cursor:
            for number_or_id, account, enabled in found:
                cursor.execute(
                    "UPDATE project SET billing_account = ?, billing_enabled = ?, billing_at = ?"
                    " WHERE project_number = ? OR project_id = ?",
                    (account, _stored(enabled), at, number_or_id, number_or_id),
                )
                unknown += cursor.rowcount == 0
        return unknown

    def services(self, found: Iterable[tuple[str, str]], at: str) -> None:
        """Write down enabled services, as project number and name."""
        with self._writing() as cursor:
            cursor.executemany(
                "UPDATE project SET services = coalesce(services, '') || ? || ' ', services_at = ?"
                " WHERE project_number = ?",
                [(name, at, number) for number, name in found],
            )

    def no_services_yet(self, at: str) -> None:
        """Note that the inventory is about to be read for services: what it does not list is not listed."""
        with self._writing() as cursor:
            cursor.execute("UPDATE project SET services = '', services_at = ?", (at,))

    def choose(self, chosen: Iterable[tuple[str, str]]) -> None:
        """Note which projects are to be asked themselves, each with the reason."""
        rows = [(why, project_id) for project_id, why in chosen]
        with self._writing() as cursor:
            cursor.executemany("UPDATE project SET why_direct = ? WHERE project_id = ?", rows)

    def confirmed(self, assessment: Assessment, *, at: str) -> None:
        """Write down what a project itself said, and keep what was said of it before."""
        with self._writing() as cursor:
            before = cursor.execute(
                "SELECT verdict FROM project WHERE project_id = ?", (assessment.project_id,)
            ).fetchone()[0]
            cursor.execute("UPDATE project SET direct_at = ? WHERE project_id = ?", (at, assessment.project_id))
            _assess(cursor, replace(assessment, inventory_said=before))

    def applied(self, project_id: str, outcome: str, detail: str, *, at: str) -> None:
        """Write down what `apply` came to in a project: ``done``, ``failed``, ``blocked`` or ``refused``."""
        with self._writing() as cursor:
            cursor.execute(
                "UPDATE project SET applied = ?, applied_detail = ?, applied_at = ?, direct_at = ?"
                " WHERE project_id = ?",
                (outcome, detail, at, at, project_id),
            )

    def assess(self, assessments: Iterable[Assessment]) -> None:
        """Write down what is to be said of projects."""
        with self._writing() as cursor:
            for each in assessments:
                _assess(cursor, each)

    def facts(self, where: str = "1", values: Iterable[Any] = ()) -> Iterator[ProjectFacts]:
        """Yield what is known of each project, a thousand at a time."""
        after = ""
        while True:
            rows = self._rows(
                f"SELECT {', '.join(_FACTS)} FROM project WHERE ({where}) AND project_id > ?"  # noqa: S608 - ours
                " ORDER BY project_id LIMIT 1000",
                (*values, after),
            )
            yield from map(_facts, rows)
            if len(rows) < 1000:
                return
            after = rows[-1][0]

    def assessments(self, where: str = "1", values: Iterable[Any] = ()) -> Iterator[tuple[ProjectFacts, Assessment]]:
        """Yield each project with what is to be said of it, a thousand at a time."""
        after = ""
        columns = ", ".join((*_FACTS, *_ASSESSMENT))
        while True:
            rows = self._rows(
                f"SELECT {columns} FROM project WHERE ({where}) AND project_id > ?"  # noqa: S608 - ours
                " ORDER BY project_id LIMIT 1000",
                (*values, after),
            )
            for row in rows:
                facts = _facts(row[: len(_FACTS)])
                said = dict(zip(_ASSESSMENT, row[len(_FACTS) :], strict=True))
                yield facts, Assessment(project_id=facts.project_id, **said)
            if len(rows) < 1000:
                return
            after = rows[-1][0]

    def query(self, text: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """Ask for figures over all projects."""
        return self._rows(text, values)


def _assess(cursor: sqlite3.Cursor, assessment: Assessment) -> None:
    cursor.execute(
        f"UPDATE project SET {', '.join(f'{name} = ?' for name in _ASSESSMENT)} WHERE project_id = ?",  # noqa: S608 - ours
        (*(getattr(assessment, name) for name in _ASSESSMENT), assessment.project_id),
    )


def _stored(value: Any) -> Any:
    if isinstance(value, bool):
        return "1" if value else "0"
    return json.dumps(dict(value)) if isinstance(value, dict) else value


def _facts(row: tuple[Any, ...]) -> ProjectFacts:
    found = dict(zip(_FACTS, row, strict=True))
    billing, services = found.pop("billing_enabled"), found.pop("services")
    labels = json.loads(found.pop("labels") or "{}")
    return ProjectFacts(
        **{name: value or "" for name, value in found.items()},
        labels=labels,
        billing_enabled=None if billing is None else billing == "1",
        services=None if services is None else tuple(dict.fromkeys(services.split())),
    )


def is_readable(path: Path) -> bool:
    """Whether it looks like the file of a run."""
    try:
        with path.open("rb") as file:
            return file.read(15) == b"SQLite format 3" and os.access(path, os.R_OK)
    except OSError:
        return False
