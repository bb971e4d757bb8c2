"""Partial answers: the part of a message that a field mask names."""

from __future__ import annotations

import functools
from typing import Any, Final

from gcp_emulator.errors import invalid_argument

Tree = dict[str, Any]

LONGEST: Final = 10_000
MOST: Final = 50  # parentheses in a mask, so as many levels at most


def select(answer: Any, mask: str) -> Any:
    """Return the part of an answer that `fields` names: `services/name,nextPageToken`, `a(b,c)`, `*`.

    https://cloud.google.com/apis/docs/system-parameters
    """
    return _cut(answer, selection(mask))


@functools.lru_cache(maxsize=256)
def selection(mask: str) -> Tree:
    """Return the tree that `fields` selects.

    Raises:
        Refused: it cannot be read, or nests too deeply.
    """
    tree: Tree = {}
    if len(mask) > LONGEST or mask.count("(") > MOST or _parse(mask, 0, tree) != len(mask):
        raise invalid_argument(f"Invalid field selection {mask[:100]}")
    return tree


def _parse(text: str, at: int, tree: Tree) -> int:
    """Read a list of paths into a tree, up to its end or a closing parenthesis."""
    while at < len(text):
        node = tree
        while True:
            start = at
            while at < len(text) and text[at] not in ",/.()":
                at += 1
            name = text[start:at].strip()
            if not name:
                raise invalid_argument(f"Invalid field selection {text[:100]}")
            node = node.setdefault(name, {})
            if at >= len(text) or text[at] not in "/.":
                break
            at += 1
        if at < len(text) and text[at] == "(":
            at = _parse(text, at + 1, node)
            if at >= len(text) or text[at] != ")":
                raise invalid_argument(f"Invalid field selection {text[:100]}")
            at += 1
        if at >= len(text) or text[at] == ")":
            return at
        if text[at] != ",":
            raise invalid_argument(f"Invalid field selection {text[:100]}")
        at += 1
    return at


def _cut(value: Any, tree: Tree) -> Any:
    if not tree or tree.get("*") == {}:
        return value
    if isinstance(value, list):
        return [_cut(item, tree) for item in value]
    if not isinstance(value, dict):
        return value
    cut = {}
    for name, inner in value.items():
        branch = tree.get(name, tree.get("*"))
        if branch is not None:
            cut[name] = _cut(inner, branch)
    return cut


def depth(value: Any) -> int:
    """Return how deeply a JSON value is nested, without recursion."""
    deepest, level = 0, [value]
    while level:
        deepest += 1
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        level = [item for item in below if isinstance(item, dict | list)]
    return deepest
