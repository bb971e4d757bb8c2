"""Write the data of Google's roles: `python -m emulator.generate.roles FOLDER --date DAY --source WHERE`.

The folder holds answers of `roles.get`, one JSON file for each role, as public collections keep them day by day;
`gcloud iam roles describe ROLE --format=json` prints the same. `make roles FROM=FOLDER …` is the same command.
https://cloud.google.com/iam/docs/roles-permissions
"""

from __future__ import annotations

import argparse
import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROLES: Final = Path(__file__).parent.parent / "gcp_emulator" / "iam" / "predefined.json"


def main(arguments: list[str] | None = None) -> None:
    """Write the data file."""
    parser = argparse.ArgumentParser(prog="python -m emulator.generate.roles", description=__doc__)
    parser.add_argument("folder", type=Path, help="answers of roles.get, one JSON file each")
    parser.add_argument("--date", required=True, help="the day on which they were current")
    parser.add_argument("--source", required=True, help="where they come from, and which version of it")
    given = parser.parse_args(arguments)
    about = {"date": given.date, "source": given.source}
    ROLES.write_text(roles_file(map(_read, sorted(given.folder.glob("*.json"))), about), "utf-8")


def _read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def roles_file(answers: Iterable[Any], about: dict[str, str]) -> str:
    """Return the text of `predefined.json`: every permission once, and each role as spans of their numbers."""
    roles = {each["name"]: each for each in answers if str(each.get("name", "")).startswith("roles/")}
    parts = sorted({each.rpartition(".")[::2] for role in roles.values() for each in _permissions(role)})
    number = {f"{resource}.{verb}": place for place, (resource, verb) in enumerate(parts)}
    verbs = {
        resource: " ".join(verb for _, verb in group)
        for resource, group in itertools.groupby(parts, key=lambda part: part[0])
    }
    rows = {
        name: [
            role.get("title", ""),
            role.get("description") or "",
            role.get("stage", "ALPHA"),
            ",".join(_spans(sorted(number[each] for each in _permissions(role)))),
        ]
        for name, role in sorted(roles.items())
    }
    head = {"about": "Google's predefined roles as iam.googleapis.com answers roles.get.", **about}
    return _text(head, {"permissions": verbs, "roles": rows})


def _permissions(role: Any) -> set[str]:
    return set(role.get("includedPermissions") or role.get("included_permissions") or ())


def _spans(numbers: list[int]) -> Iterator[str]:
    """Yield runs of consecutive numbers: `3`, `5-9`."""
    for _, run in itertools.groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        listed = [number for _, number in run]
        yield str(listed[0]) if len(listed) == 1 else f"{listed[0]}-{listed[-1]}"


def _text(head: dict[str, Any], tables: dict[str, dict[str, Any]]) -> str:
    """Return JSON with one line for each row of each table, so that a refresh shows what changed."""
    lines = [f" {json.dumps(name)}: {json.dumps(value)}" for name, value in head.items()]
    for name, table in tables.items():
        body = ",\n".join(f"  {json.dumps(key)}: {json.dumps(row, ensure_ascii=False)}" for key, row in table.items())
        lines.append(f" {json.dumps(name)}: {{\n{body}\n }}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    main()
