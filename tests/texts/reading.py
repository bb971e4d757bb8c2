"""Every text that the toolkit can show, and the addresses, commands and paths that are in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import provision

PACKAGE: Final = Path(provision.__file__).parent
VALUE: Final = "{X}"  # is where a text is filled in as it is made


class Text(NamedTuple):
    """A literal of the source, with where it is."""

    place: str
    text: str


@cache
def texts() -> tuple[Text, ...]:
    """Return every text of the package but the docstrings: fixes, causes, help, errors, reports, programs."""
    return tuple(
        Text(f"{path.relative_to(PACKAGE.parent)}:{node.lineno}", text)
        for path in sorted(PACKAGE.rglob("*.py"))
        for node, text in _literals(ast.parse(path.read_text("utf-8")))
    ) + tuple(
        Text(str(path.relative_to(PACKAGE.parent)), path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.tmpl"))
    )


def _literals(tree: ast.Module) -> Iterator[tuple[ast.expr, str]]:
    passed: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            passed.add(node.value)  # a docstring
        elif isinstance(node, ast.JoinedStr):
            passed.update(node.values)
            parts = (part.value if isinstance(part, ast.Constant) else VALUE for part in node.values)
            yield node, "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in passed:
            yield node, node.value


def found(pattern: str) -> Iterator[tuple[str, str]]:
    """Yield what a pattern's only group finds in any text, with where."""
    for place, text in texts():
        for match in re.findall(pattern, text):
            yield place, match


def addresses() -> Iterator[tuple[str, str]]:
    """Yield every URL."""
    for place, url in found(r"(https?://[^\s'\"`<>)\]|\\]+)"):
        if "[" not in url:  # else it is a pattern that addresses fit
            yield place, url.rstrip(".,;:}") if url.count("{") < url.count("}") else url.rstrip(".,;:")


def gcloud_lines() -> Iterator[tuple[str, list[str]]]:
    """Yield the words behind each ``gcloud``."""
    yield from _lines("gcloud")


def provision_lines() -> Iterator[tuple[str, list[str]]]:
    """Yield the words behind each ``provision``."""
    yield from _lines("provision")


def _lines(tool: str) -> Iterator[tuple[str, list[str]]]:
    for place, line in found(rf"(?<![\w./-]){tool} ([a-z][^`\n;()|<]*)"):
        yield place, [word.rstrip(".,:'\"\\") for word in line.split() if word != "\\"]
