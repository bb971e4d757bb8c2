"""The commands of gcloud with their flags, out of the table that gcloud completes its command line by.

``python tests/texts/gcloud_commands.py`` writes `gcloud_commands.json` anew, where gcloud is installed: every command
of the groups that our texts name, so that a machine without gcloud can check them too.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

STORED: Final = Path(__file__).with_name("gcloud_commands.json")


def installed() -> Path | None:
    """Return the completion table of the gcloud that is installed; None without one."""
    gcloud = shutil.which("gcloud")
    table = Path(gcloud).resolve().parents[1] / "data/cli/gcloud_completions.py" if gcloud else None
    return table if table is not None and table.exists() else None


def read(table: Path) -> dict[str, list[str]]:
    """Return the flags of every command; those of all commands stand under an empty name."""
    spec = importlib.util.spec_from_file_location("gcloud_completions", table)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    tree: dict[str, Any] = module.STATIC_COMPLETION_CLI_TREE
    return {"": sorted(tree["flags"]), **dict(_leaves(tree, ()))}


def _leaves(node: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, list[str]]]:
    for name, inner in node.get("commands", {}).items():
        if inner.get("commands"):
            yield from _leaves(inner, (*path, name))
        else:
            yield " ".join((*path, name)), sorted(inner.get("flags", {}))


@cache
def commands() -> dict[str, list[str]]:
    """Return the flags of every command that is known here: the installed gcloud's, else the stored ones."""
    table = installed()
    return read(table) if table else stored()


def stored() -> dict[str, list[str]]:
    """Return what was stored."""
    found: dict[str, list[str]] = json.loads(STORED.read_text("utf-8"))
    return found


def named(words: list[str], known: dict[str, list[str]]) -> str:
    """Return the command that ``words`` begin with; empty where there is none."""
    return next((found for end in range(len(words), 0, -1) if (found := " ".join(words[:end])) in known), "")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from tests.texts.reading import gcloud_lines

    table = installed()
    if table is None:
        sys.exit("gcloud is not installed")
    known = read(table)
    groups = {named(words, known).rpartition(" ")[0] for _, words in gcloud_lines()}
    kept = {name: flags for name, flags in known.items() if not name or name.rpartition(" ")[0] in groups}
    STORED.write_text(
        "{\n" + ",\n".join(f'"{name}": {json.dumps(flags)}' for name, flags in kept.items()) + "\n}\n", "utf-8"
    )
