"""Hold requirements.lock against known advisories, without a network: ``make audit ADVISORIES=clone``.

The clone is one of https://github.com/pypa/advisory-database, brought by whoever may ask the network; what was
published after its last commit is unknown to it, so one that is older than the lock by more than a month says so
(exit 3). https://ossf.github.io/osv-schema/
"""

from __future__ import annotations

import argparse
import datetime as dt
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml
from packaging.version import InvalidVersion, Version

ROOT: Final = Path(__file__).parents[1]
LOCK: Final = ROOT / "requirements.lock"
OLDEST: Final = dt.timedelta(days=31)


def locked(text: str) -> dict[str, str]:
    """Return the version of each package in a lock."""
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", text, re.MULTILINE))


def locked_until(text: str) -> dt.date:
    """Return the day after which nothing that is in a lock was published."""
    found = re.search(r"published after (\d{4}-\d\d-\d\d)", text)
    if found is None:
        raise ValueError("the lock does not say how old what is in it must be")
    return dt.date.fromisoformat(found[1])


def advisories(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    """Yield what is known of a package and was not withdrawn."""
    for path in sorted((folder / "vulns" / name).glob("*.yaml")):
        found = yaml.safe_load(path.read_text("utf-8"))
        if isinstance(found, dict) and "withdrawn" not in found:
            yield found


def concerns(advisory: dict[str, Any], version: str) -> bool:
    """Whether a version is one of those that an advisory is about."""
    return any(
        version in (affected.get("versions") or ())
        or any(_within(each.get("events", ()), version) for each in affected.get("ranges", ()) if each["type"] != "GIT")
        for affected in advisory.get("affected", ())
    )


def _within(events: list[dict[str, str]], version: str) -> bool:
    """Read the events of a range in their order: from one that introduces it to one that mends it."""
    inside = False
    for event in events:
        kind, bound = next(iter(event.items()))
        try:
            reached = bound == "0" or Version(version) >= Version(bound)
        except InvalidVersion:
            return True  # what cannot be compared is for a person to look at
        if kind == "introduced" and reached:
            inside = True
        elif (kind == "fixed" and reached) or (kind == "last_affected" and reached and version != bound):
            inside = False
    return inside


def newest(folder: Path) -> dt.date:
    """Return the day on which the newest of all advisories was last changed."""
    days = (
        re.search(r"^modified: ['\"]?(\d{4}-\d\d-\d\d)", path.read_text("utf-8"), re.MULTILINE)
        for path in folder.glob("vulns/*/*.yaml")
    )
    return max((dt.date.fromisoformat(found[1]) for found in days if found), default=dt.date.min)


def main(arguments: list[str] | None = None) -> int:
    """Say what is known of what is locked: 0 nothing, 1 something, 3 the clone is too old to tell."""
    parser = argparse.ArgumentParser(description="Hold requirements.lock against a clone of the advisory database.")
    parser.add_argument("clone", type=Path, help="the folder that holds `vulns`")
    folder = parser.parse_args(arguments).clone
    text = LOCK.read_text("utf-8")
    packages = locked(text)
    found = [
        f"{name} {version}: {each['id']} {str(each.get('details', '')).strip().splitlines()[:1]}"
        for name, version in packages.items()
        for each in advisories(folder, name)
        if concerns(each, version)
    ]
    last = newest(folder)
    old = last + OLDEST < locked_until(text)
    sys.stdout.write("".join(f"{line}\n" for line in found))
    sys.stdout.write(
        f"{len(packages)} packages, {len(found)} advisories; the newest that is known here is of {last}"
        f"{': too old to tell of what is locked' if old else ''}\n"
    )
    return 1 if found else 3 if old else 0


if __name__ == "__main__":
    sys.exit(main())
