"""What REST does to messages: partial answers (`fields`), and enums as numbers or names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provision.sandbox.errors import invalid_argument

if TYPE_CHECKING:
    from collections.abc import Mapping

Tree = dict[str, Any]


def select(answer: Any, mask: str) -> Any:
    """Return the part of an answer that `fields` names: `services/name,nextPageToken`, `a(b,c)`, `*`.

    https://cloud.google.com/apis/docs/system-parameters
    """
    tree: Tree = {}
    rest = _parse(mask, 0, tree)
    if rest != len(mask):
        raise invalid_argument(f"Invalid field selection {mask}")
    return _cut(answer, tree)


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
                raise invalid_argument(f"Invalid field selection {text}")
            node = node.setdefault(name, {})
            if at >= len(text) or text[at] not in "/.":
                break
            at += 1
        if at < len(text) and text[at] == "(":
            at = _parse(text, at + 1, node)
            if at >= len(text) or text[at] != ")":
                raise invalid_argument(f"Invalid field selection {text}")
            at += 1
        if at >= len(text) or text[at] == ")":
            return at
        if text[at] != ",":
            raise invalid_argument(f"Invalid field selection {text}")
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
