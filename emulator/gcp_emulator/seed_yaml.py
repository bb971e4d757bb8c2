"""Read a large seed file quickly, and without what is only needed to tell what is wrong in it.

A file of ten thousand projects is a second of work for libyaml and ten for Python's own parser, and the line of each
of its places takes more memory than the state that is built of it. So a large file is first read here; whatever is
unusual in it is left to the parser that notes lines and words its errors for people (`seed_file._load`).
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGE: Final = 20_000
"""Characters; below that there is nothing to be won."""

TEXT: Final = "tag:yaml.org,2002:str"


class _UnusualError(Exception):
    """Anchors, tags, merged or repeated keys, several documents, or too deep."""


def quickly(path: Path, deepest: int) -> Any:
    """Return what a large and plain YAML file holds; None where that is for the other parser.

    Args:
        path: the file.
        deepest: how deep it may be nested.
    """
    if not yaml.__with_libyaml__:
        return None
    try:
        text = path.read_text("utf-8")
        if len(text) < LARGE:
            return None
        with _growing():
            return _document(yaml.CSafeLoader(text), deepest)
    except (_UnusualError, yaml.YAMLError, OSError, ValueError):
        return None


@contextmanager
def _growing() -> Iterator[None]:
    """Keep the collector from walking, again and again, through what only grows."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _document(loader: Any, deepest: int) -> Any:
    shared: dict[str, str] = {}  # names of roles and services stand there thousands of times
    loader.get_event()  # the stream's start
    if not isinstance(loader.get_event(), yaml.DocumentStartEvent):
        raise _UnusualError
    value = _value(loader, loader.get_event(), shared, deepest)
    loader.get_event()  # the document's end
    if not isinstance(loader.get_event(), yaml.StreamEndEvent):
        raise _UnusualError
    return value


def _value(loader: Any, event: Any, shared: dict[str, str], left: int) -> Any:
    if left < 0 or isinstance(event, yaml.AliasEvent) or event.anchor or event.tag:
        raise _UnusualError
    if isinstance(event, yaml.ScalarEvent):
        return _scalar(loader, event, shared)
    if isinstance(event, yaml.SequenceStartEvent):
        listed = []
        while not isinstance(inner := loader.get_event(), yaml.SequenceEndEvent):
            listed.append(_value(loader, inner, shared, left - 1))
        return listed
    found: dict[str, Any] = {}
    while not isinstance(inner := loader.get_event(), yaml.MappingEndEvent):
        key = inner.value if isinstance(inner, yaml.ScalarEvent) else "<<"
        if key in found or key == "<<":
            raise _UnusualError
        found[shared.setdefault(key, key)] = _value(loader, loader.get_event(), shared, left - 1)
    return found


def _scalar(loader: Any, event: Any, shared: dict[str, str]) -> Any:
    text: str = event.value
    tag = loader.resolve(yaml.ScalarNode, text, event.implicit)
    if tag == TEXT:
        return shared.setdefault(text, text)
    return loader.construct_object(yaml.ScalarNode(tag, text))
