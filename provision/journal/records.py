"""Read a journal: every whole record with its line, and the lines that hold none."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from provision.errors import ProvisionError
from provision.journal.earlier import current
from provision.plan import Mutation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

VERSION: Final = 3
READABLE: Final = frozenset({1, 2, 3})
LONGEST_LINE: Final = 2**20
"""Bytes. The longest record that is written holds some policy's bindings, and is a hundredth of this."""
LONGEST_FILE: Final = 2**28
"""Bytes that are read at most."""


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What a journal holds.

    Attributes:
        records: oldest first, each with its ``line``.
        skipped: the numbers of the lines that hold no whole record. The last line of a run that was killed is not
            among them where it is cut off: what a call changes is on disk before it is sent, so nothing is lost.
    """

    records: tuple[dict[str, Any], ...] = ()
    skipped: tuple[int, ...] = ()


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Yield every whole record, oldest first; nothing if there is no file. Raises as `read_whole`."""
    yield from read_whole(path).records


def read_whole(path: Path) -> Contents:
    """Return what a journal holds; nothing if there is no file.

    Raises:
        ProvisionError: the file cannot be read, or something else or a newer version of this program wrote in it.
    """
    if path.exists() and not path.is_file():  # a device can be read forever, and keeps nothing
        raise ProvisionError(
            f"the journal {path} cannot be used",
            cause="it is a folder or a device, and no file that lines can be added to",
            fix="name a file with --journal",
        )
    records: list[dict[str, Any]] = []
    skipped: list[int] = []
    cut_off = 0  # the number of the line before, if it is
    try:
        for number, line in _lines(path):
            record = _record(path, number, line)
            if cut_off and not (record is not None and record["record"] == "run"):
                skipped.append(cut_off)
            cut_off = 0
            if record is not None:
                records.append(record)
            elif _is_cut_off(line):
                cut_off = number
            elif line.strip():
                skipped.append(number)
    except (FileNotFoundError, NotADirectoryError):
        return Contents()
    except OSError as error:
        raise ProvisionError(
            f"the journal {path} cannot be read", cause=str(error), fix="name another file with --journal"
        ) from error
    return Contents(records=tuple(records), skipped=tuple(skipped))


def _is_cut_off(line: bytes) -> bool:
    """Whether a line is the beginning of a record."""
    text = line.decode("utf-8", "replace").rstrip("\n")
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        # A "}" at the end may be of something within, or of a text that goes on.
        ended = text.endswith("}") and error.pos < len(text) and not error.msg.startswith("Unterminated string")
        return text.startswith("{") and not ended
    except (ValueError, RecursionError):
        pass
    return False


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield each line with its number, never more of one than `LONGEST_LINE`."""
    with path.open("rb") as file:
        number = 0
        while line := file.readline(LONGEST_LINE):
            number += 1
            whole = line
            while not line.endswith(b"\n") and len(line) == LONGEST_LINE:  # the rest of a line that is no record
                whole = b"too long"
                line = file.readline(LONGEST_LINE)
            if file.tell() > LONGEST_FILE:
                raise ProvisionError(
                    f"the journal {path} is too large",
                    cause=f"it holds more than {LONGEST_FILE // 2**20} MiB",
                    fix="begin another with --journal, and keep this one for `provision destroy` of what is in it",
                )
            yield number, whole.removeprefix(b"\xef\xbb\xbf") if number == 1 else whole


def _record(path: Path, number: int, line: bytes) -> dict[str, Any] | None:
    """Return the record of a line; None where it holds none."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict) or not isinstance(record.get("record"), str):
        return None
    version = record.get("version")
    if not isinstance(version, int) or version not in READABLE:
        raise ProvisionError(
            f"the journal {path} holds a record of version {repr(version)[:40]}",
            cause=f"this program reads versions {', '.join(map(str, sorted(READABLE)))}",
            fix="use the version of provision that wrote it, or name another file with --journal",
        )
    try:
        record = record if version == VERSION else current(record)
        whole = _is_whole(record)
    except (TypeError, ValueError, OverflowError, AttributeError):
        whole = False
    if not whole:
        raise ProvisionError(
            f"line {number} of the journal {path} is no record of provision",
            cause="a line that was cut off is passed over; this one was written or changed by something else",
            fix="take that line out, or name another file with --journal",
        )
    return {**record, "line": number}


def _is_whole(record: Mapping[str, Any]) -> bool:
    """Whether a record holds what its kind needs; a kind that is not known needs nothing."""
    needs: dict[str, type] = {"time": str, **_NEEDS.get(str(record["record"]), {})}
    if not all(isinstance(record.get(name), kind) for name, kind in needs.items()):
        return False
    if not all(isinstance(record.get(name), kind | None) for name, kind in _MAY.items()):
        return False
    if not all(isinstance(each, int | float) for each in (record.get("measured") or {}).values()):
        return False
    datetime.fromisoformat(record["time"])
    mutation = record.get("mutation")
    return mutation is None or (
        set(mutation) <= {each.name for each in fields(Mutation)}
        and all(isinstance(mutation.get(name), str) for name in ("service", "method", "resource"))
        and isinstance(mutation.get("does"), dict | None)
        and _is_understood(mutation)
    )


def _is_understood(mutation: Mapping[str, Any]) -> bool:
    """Whether what a call sent has the shape that its method gives it."""
    does = mutation.get("does") or {}
    if mutation["method"] in {"BatchEnableServices", "EnableService"}:
        named = does.get("services")
        return isinstance(named, list) and all(isinstance(each, str) for each in named)
    if mutation["method"] == "SetIamPolicy":
        grants = [each for key in ("add", "remove") for each in does.get(key, [])]
        return all(
            isinstance(each, dict)
            and all(isinstance(each.get(name), str) for name in ("role", "member"))
            and isinstance(each.get("condition"), dict | None)
            for each in grants
        )
    return True


_NEEDS: Final[dict[str, dict[str, type]]] = {
    "run": {"run": str, "pid": int},
    "intent": {"id": str, "change": dict},
    "outcome": {"id": str},
    "call": {"id": str, "run": str, "mutation": dict},
    "answer": {"id": str, "status": str},
    "operation": {"operation": str, "status": str},
    "deleted": {"names": list},
    "implicit": {"names": list},
    "found": {"id": str},
    "project": {"number": str},
}
"""What each kind of record holds at least."""
_MAY: Final[dict[str, type]] = {
    "run": str,
    "measured": dict,
    "retried_statuses": list,
    "operation": str,
    "change": dict,
    "project_number": str,
    "world": str,
}
"""Of what kind these are, where they are."""
