"""The State: one object in memory, read and written by every service.

A service declares what it keeps as tables of frozen records, once, at module level:

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Project:
        id: str
        number: str
        state: str

    PROJECTS = Table("resourcemanager.projects", Project, key="id", indexes=("number",))

and works on them through the state:

    state[PROJECTS].get("my-project")                  # Project | None, by key
    state[PROJECTS].find("number", "123")              # Project | None, by an index
    for project in state[PROJECTS]: ...                # in order of creation
    state[PROJECTS].put(project)                       # insert or replace
    state[PROJECTS].put(replace(project, state="DELETE_REQUESTED"))
    state[PROJECTS].remove("my-project")

Records are frozen, so nothing changes without `put`, and what was put is what is persisted: the fields of
a record are what JSON can hold (strings, numbers, booleans, None, lists, dicts of these). Everything
runs in one event loop and a handler does not await between reading and writing, so there are no locks.
A handler checks everything first and writes last: what it has put stays put, also when it then refuses.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import asdict
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gcp_emulator.clock import Clock

Record = TypeVar("Record")


class Table(Generic[Record]):
    """The declaration of one table.

    Args:
        name: `<service>.<things>`, its name in the state and on disk.
        record: the frozen dataclass of its rows.
        key: the field that names a row.
        indexes: other fields with unique, non-empty values, to `find` a row by.
        secret: never shown by `/sandbox/v1/state`.
        random: its keys are drawn by chance, not from the seed.
    """

    declared: ClassVar[dict[str, Table[Any]]] = {}

    def __init__(
        self,
        name: str,
        record: type[Record],
        *,
        key: str,
        indexes: tuple[str, ...] = (),
        secret: bool = False,
        random: bool = False,
    ) -> None:
        self.name = name
        self.record = record
        self.key = key
        self.indexes = indexes
        self.secret = secret
        self.random = random
        Table.declared[name] = self


class Rows(Generic[Record]):
    """The rows of one table in one state."""

    __slots__ = ("_by", "_changes", "_rows", "table", "version")

    def __init__(self, table: Table[Record], changes: dict[tuple[str, str], object]) -> None:
        self.table = table
        self._rows: dict[str, Record] = {}
        self._by: dict[str, dict[str, str]] = {name: {} for name in table.indexes}
        self._changes = changes
        self.version = 0  # grows with every change: what was derived from the rows at one version holds for it

    def __iter__(self) -> Iterator[Record]:
        return iter(list(self._rows.values()))

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: str) -> bool:
        return key in self._rows

    def get(self, key: str) -> Record | None:
        """Return the row with this key."""
        return self._rows.get(key)

    def find(self, index: str, value: str) -> Record | None:
        """Return the row whose indexed field has this value."""
        key = self._by[index].get(value)
        return None if key is None else self._rows[key]

    def put(self, record: Record) -> None:
        """Insert a row, or replace the one with the same key."""
        key: str = getattr(record, self.table.key)
        old = self._rows.get(key)
        self._rows[key] = record
        for index, keys in self._by.items():
            if old is not None:
                keys.pop(getattr(old, index), None)
            keys[getattr(record, index)] = key
        self._changes[self.table.name, key] = record
        self.version += 1

    def remove(self, key: str) -> None:
        """Remove a row, if it is there."""
        old = self._rows.pop(key, None)
        if old is not None:
            for index, keys in self._by.items():
                keys.pop(getattr(old, index), None)
            self._changes[self.table.name, key] = None
            self.version += 1

    def oldest(self) -> Record | None:
        """Return the row that was inserted first."""
        return next(iter(self._rows.values()), None)

    def load(self, record: Record) -> None:
        """Put a row that is already on disk."""
        self.put(record)
        self._changes.pop((self.table.name, getattr(record, self.table.key)), None)


class State:
    """All there is, and the source of every number and name that Google would choose.

    Args:
        clock: the sandbox's clock.
        seed: two states with one seed that see the same calls choose the same numbers.
    """

    def __init__(self, clock: Clock, seed: int = 0) -> None:
        self.clock = clock
        self.seed = seed
        self.serial = 0  # how many numbers were drawn; persisted, so that none is drawn twice
        self.changes: dict[tuple[str, str], object] = {}  # since the last commit; None is a removal
        self.timers: list[tuple[float, str]] = []  # a heap of (when, operation), see operations.py
        self.claims: dict[str, str] = {}  # names that a running operation has taken -> the operation
        self.memo: dict[str, Any] = {}  # what was derived from the rows, to be had again quickly; never kept
        self._rows: dict[str, Rows[Any]] = {}

    def __getitem__(self, table: Table[Record]) -> Rows[Record]:
        rows = self._rows.get(table.name)
        if rows is None:
            rows = self._rows[table.name] = Rows(table, self.changes)
        return cast("Rows[Record]", rows)

    def draw(self) -> bytes:
        """Return 16 bytes that never come again: the same ones for the same seed and history."""
        self.serial += 1
        return hashlib.blake2b(f"{self.seed}/{self.serial}".encode(), digest_size=16).digest()

    def digits(self, length: int) -> str:
        """Return a new decimal number of this many digits, the first not zero (project numbers, ids)."""
        low: int = 10 ** (length - 1)
        return str(low + int.from_bytes(self.draw(), "big") % (9 * low))

    def uuid(self) -> str:
        """Return a new UUID."""
        return str(uuid.UUID(bytes=self.draw(), version=4))

    def state(self, *, comparable: bool = False) -> dict[str, Any]:
        """Return everything but secrets as stable JSON: tables by name, rows by key.

        Args:
            comparable: leave out what no two sandboxes share, however alike their history: keys, moments, and
                etags, which are made of moments.
        """
        return {
            name: {
                getattr(row, table.key): _comparable(row) if comparable else asdict(row)
                for row in sorted(self[table], key=attrgetter(table.key))
            }
            for name, table in sorted(Table.declared.items())
            if not table.secret and not (comparable and table.random)
        }


MOMENTS: Final = frozenset({"etag", "stamp", "until"})


def _comparable(row: Any) -> dict[str, Any]:
    """Return a row without its moments: all its numbers with a fraction are some."""
    return {name: value for name, value in _timeless(asdict(row)).items() if not isinstance(value, float)}


def _timeless(value: Any) -> Any:
    """Leave out of JSON what the protos call a time or an etag."""
    if isinstance(value, dict):
        return {
            name: _timeless(each)
            for name, each in value.items()
            if name not in MOMENTS and not name.endswith(("Time", "_time"))
        }
    return [_timeless(each) for each in value] if isinstance(value, list) else value
