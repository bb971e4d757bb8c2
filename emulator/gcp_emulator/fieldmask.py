"""What REST does to messages: partial answers, names in either spelling, enums as numbers or names."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.errors import invalid_argument

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gcp_emulator.call import Json

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


@functools.lru_cache(maxsize=256)
def known(fields: str) -> Tree:
    """Return the tree of the names that a message holds."""
    tree: Tree = {}
    _parse(fields, 0, tree)
    return tree


def settle_names(message: Json, tree: Tree, where: str = "") -> None:
    """Write a request's names in camel case and drop its nulls, in place.

    https://protobuf.dev/programming-guides/json/

    Raises:
        UnknownNameError: the message has no such field.
    """
    for name in list(message):
        value = message.pop(name)
        spelled = name if name in tree else _camel(name)
        if spelled not in tree:
            raise UnknownNameError(name, where)
        if value is None:
            continue
        message[spelled] = value
        if tree[spelled] and isinstance(value, dict):
            settle_names(value, tree[spelled], f"{where}.{spelled}" if where else spelled)


class UnknownNameError(Exception):
    """A name that a message does not have.

    Args:
        name: as it was written.
        where: the message's place in the request, empty for the request itself.
    """

    def __init__(self, name: str, where: str) -> None:
        super().__init__(name)
        self.name = name
        self.where = where


def _camel(name: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)


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


def names_for_numbers(message: Any, enums: Mapping[str, Mapping[str, int]]) -> None:
    """Replace enum numbers in a request by their names, in place; a number that nobody knows stays."""
    for path, numbers in enums.items():
        names = {number: name for name, number in numbers.items()}
        _each(message, path.split("."), lambda value, names=names: _name(value, names))


def unknown_name(message: Any, enums: Mapping[str, Mapping[str, int]]) -> UnknownNameError | None:
    """Return the first name in a request that its enum does not have."""
    for path, numbers in enums.items():
        for value in _at(message, path.split(".")):
            if isinstance(value, str) and value not in numbers:
                return UnknownNameError(value, path)
            if isinstance(value, bool | float | dict):
                return UnknownNameError(str(value), path)
    return None


def _at(value: Any, path: list[str]) -> list[Any]:
    """Return the values at a path, lists passed through."""
    if isinstance(value, list):
        return [found for item in value for found in _at(item, path)]
    if not path:
        return [value]
    return _at(value[path[0]], path[1:]) if isinstance(value, dict) and path[0] in value else []


def _name(value: Any, names: Mapping[int, str]) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return names.get(value, value)
    return names.get(int(value), value) if isinstance(value, str) and value.isdigit() else value


def numbers_for_names(message: Any, enums: Mapping[str, Mapping[str, int]]) -> Any:
    """Return a message with its enums as numbers (`$alt=json;enum-encoding=int`)."""
    changed = message
    for path, numbers in enums.items():
        changed = _with(changed, path.split("."), numbers)
    return changed


def _with(value: Any, path: list[str], numbers: Mapping[str, int]) -> Any:
    if isinstance(value, list):
        return [_with(item, path, numbers) for item in value]
    if not path:
        return numbers.get(value, value) if isinstance(value, str) else value
    if isinstance(value, dict) and path[0] in value:
        return {**value, path[0]: _with(value[path[0]], path[1:], numbers)}
    return value


def _each(value: Any, path: list[str], change: Any) -> None:
    if isinstance(value, list):
        for item in value:
            _each(item, path, change)
    elif isinstance(value, dict) and path[0] in value:
        if len(path) > 1:
            _each(value[path[0]], path[1:], change)
        elif isinstance(value[path[0]], list):
            value[path[0]] = [change(item) for item in value[path[0]]]
        else:
            value[path[0]] = change(value[path[0]])


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
