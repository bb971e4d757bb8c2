"""Read ``provision.yaml``: each value with the line where it is."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, Final

from provision.errors import Problem
from provision.settings.table import BY_KEY, SECTIONS

LARGEST: Final = 2**18
"""Bytes that are read of a file; a whole project fits in a hundredth of it."""
DEEPEST: Final = 10

if TYPE_CHECKING:
    from pathlib import Path


def read_file(path: Path, problems: list[Problem], *, required: bool) -> dict[str, tuple[Any, str]]:
    """Return the file's values by key, each with its place; unknown and repeated keys become problems."""
    fix = "run `provision init` for a file to start from"
    if not required and path.is_fifo():  # it would be waited for, and no one named it
        problems.append(Problem(what=f"{path} cannot be read", cause="it is a pipe, not a file", fix=fix))
        return {}
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        text = content.decode("utf-8-sig")
    except FileNotFoundError:
        if required:
            problems.append(Problem(what=f"{path} does not exist", cause="it was named with --config", fix=fix))
        return {}
    except (OSError, UnicodeDecodeError) as error:
        problems.append(
            Problem(
                what=f"{path} cannot be read",
                cause=str(error),
                fix="check its permissions and encoding (UTF-8)",
            )
        )
        return {}
    node = _composed(path, text, problems)
    if node is None:
        return {}
    values: dict[str, tuple[Any, str]] = {}
    _walk(node, "", path, values, problems)
    return values


def _composed(path: Path, text: str, problems: list[Problem]) -> Any:
    """Return the file's top node; None where it is empty, or where it cannot be read, which becomes a problem."""
    import yaml  # not for nothing: many run without a file

    what = f"{path} cannot be used"
    try:
        cause = _unreadable(text)
        if not cause:
            return yaml.compose(text, Loader=yaml.SafeLoader)
    except RecursionError:
        cause = "it is nested too deeply"
    except (yaml.YAMLError, ValueError) as error:
        what, cause = f"{path} is not YAML", " ".join(str(error).split())[:500]
    problems.append(Problem(what=what, cause=cause, fix="run `provision init` for a file to start from"))
    return None


def _unreadable(text: str) -> str:
    """Return why a file is read no further, before anything is made of it; empty where it can be."""
    import yaml

    if len(text) > LARGEST:
        return f"it is larger than {LARGEST // 1024} KiB"
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            return f"{_place(event)}it is nested too deeply"
        if isinstance(event, yaml.AliasEvent):
            # Some of them stand for more than there is room for, and one may hold itself.
            return f"{_place(event)}*{event.anchor} is an alias, and each value is written out here"
    return ""


def _place(event: Any) -> str:
    return f"line {event.start_mark.line + 1}: " if event.start_mark else ""


def _walk(node: Any, prefix: str, path: Path, values: dict[str, tuple[Any, str]], problems: list[Problem]) -> None:
    import yaml

    place = f"{path.name}:{node.start_mark.line + 1}"
    if not isinstance(node, yaml.MappingNode):
        problems.append(
            Problem(
                what=f"{place}: {prefix.rstrip('.') or 'the file'} is not a map",
                cause="settings stand as `name: value` under it",
                fix="run `provision init` for a file to start from",
            )
        )
        return
    seen: set[str] = set()
    for key_node, value_node in node.value:
        name = str(key_node.value)
        key = f"{prefix}{name}"
        line = f"{path.name}:{key_node.start_mark.line + 1}"
        if key in seen:
            problems.append(
                Problem(what=f"{line}: {key} is twice", cause="only one can count", fix="remove one of them")
            )
        seen.add(key)
        if key in SECTIONS and not prefix:
            _walk(value_node, f"{key}.", path, values, problems)
        elif key in BY_KEY:
            values[key] = (_construct(value_node), line)
        else:
            problems.append(_unknown_key(key, line))


def _unknown_key(key: str, line: str) -> Problem:
    from provision.catalog import nearest

    guess = nearest(key, (*BY_KEY, *SECTIONS))
    return Problem(
        what=f"{line}: {key!r} is not a setting",
        cause="an unknown key would be ignored, and no one would notice",
        fix=f"did you mean {guess!r}?" if guess else "remove it; docs/reference/settings.md lists every setting",
    )


def _construct(node: Any) -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """Builds one node."""

    loader = Loader("")
    try:
        value = loader.construct_object(node, deep=True)
    except (yaml.YAMLError, ValueError, TypeError):  # one part, such as the 30th of February, must not hide the rest
        if isinstance(node, yaml.SequenceNode):
            return [_construct(each) for each in node.value]
        if isinstance(node, yaml.MappingNode):
            return {str(key.value): _construct(each) for key, each in node.value}
        return node.value
    finally:
        loader.dispose()
    return value if isinstance(value, Hashable | list | dict) else str(value)
