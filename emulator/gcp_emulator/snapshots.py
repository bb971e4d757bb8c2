"""Named snapshots: a whole state, kept beside the one that goes on.

A snapshot holds every row, and how many numbers were drawn, so that the same calls after it choose the same
names again. The clock is not in it: it only goes forward, so what was young is older when it comes back. With
`--data-dir` snapshots are kept in the same file as the state.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import operations
from gcp_emulator.clock import timestamp
from gcp_emulator.store import State, Table

if TYPE_CHECKING:
    from gcp_emulator.call import Json
    from gcp_emulator.persistence import Database

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


class BadSnapshotError(ValueError):
    """A name that no snapshot can have, or that none has; the message says which.

    Args:
        message: what is wrong.
        known: whether the name could be one.
    """

    def __init__(self, message: str, *, known: bool) -> None:
        super().__init__(message)
        self.missing = known


@dataclass(slots=True)
class Snapshots:
    """The snapshots of one sandbox, by name, each as JSON text.

    Args:
        database: where to keep them, if they are kept.
    """

    database: Database | None = None
    _kept: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.database is not None:
            self._kept = self.database.snapshots()

    def save(self, name: str, state: State) -> Json:
        """Keep a state under a name, instead of what was kept under it."""
        if not NAME.fullmatch(name):
            raise BadSnapshotError(
                f"a snapshot is named by up to 63 letters, digits and ._-, not {name!r}", known=False
            )
        text = json.dumps(
            {
                "saved": timestamp(state.clock.now()),
                "serial": state.serial,
                "seed": state.seed,
                "tables": {
                    table: [asdict(row) for row in state[declared]] for table, declared in Table.declared.items()
                },
            }
        )
        if self.database is not None:
            self.database.keep_snapshot(name, text)
        self._kept[name] = text
        return _shown(name, json.loads(text))

    def load(self, name: str, into: State) -> None:
        """Fill a fresh state with what was kept under a name."""
        kept: dict[str, Any] = json.loads(self._text(name))
        into.serial, into.seed = kept["serial"], kept["seed"]
        for table, rows in kept["tables"].items():
            declared: Table[Any] | None = Table.declared.get(table)
            if declared is None:
                continue
            for row in rows:
                into[declared].put(declared.record(**row))
        for operation in into[operations.OPERATIONS]:
            operations.watch(into, operation)

    def delete(self, name: str) -> None:
        """Forget what was kept under a name."""
        self._text(name)
        if self.database is not None:
            self.database.forget_snapshot(name)
        del self._kept[name]

    def show(self) -> list[Json]:
        """Return what is kept, by name."""
        return [_shown(name, json.loads(self._kept[name])) for name in sorted(self._kept)]

    def _text(self, name: str) -> str:
        if name not in self._kept:
            known = ", ".join(sorted(self._kept)) or "none"
            raise BadSnapshotError(f"there is no snapshot {name!r}; there are: {known}", known=True)
        return self._kept[name]


def _shown(name: str, kept: dict[str, Any]) -> Json:
    return {"name": name, "saved": kept["saved"], "rows": sum(len(rows) for rows in kept["tables"].values())}
