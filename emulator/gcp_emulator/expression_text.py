"""The text of CEL expressions: where the library differs from the language, an expression is written another way.

The language's definition says that the macros `all` and `exists` are `&&` and `||` over the elements, so an error at
one does not matter where another decides; the library ends at the first error. It says that numbers compare by value,
also as keys of maps; the library compares a double with an integer as doubles, and keys by type too. And `size` of a
text is its number of code points, where the library counts bytes.
https://github.com/google/cel-spec/blob/master/doc/langdef.md#macros
"""

from __future__ import annotations

import functools
import itertools
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

MOST_ELEMENTS: Final = 200
"""Elements that macros are written out for, in one expression."""
EXACT: Final = 2**53
"""From here on not every integer is a double."""
SIZE: Final = "size_of"

_TOKEN: Final = re.compile(
    r"(?P<space>(?:\s|//[^\n]*)+)"
    r"|(?P<text>(?:[rRbB]{0,2})(?:'{3}(?:\\.|[^\\])*?'{3}|\"{3}(?:\\.|[^\\])*?\"{3}"
    r"|'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"))"
    r"|(?P<number>0[xX][0-9a-fA-F]+[uU]?|[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|[0-9]+[uU]?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>&&|\|\||[=!<>]=|.)",
    re.DOTALL,
)
_PAIRS: Final = {")": "(", "]": "[", "}": "{"}
_DECIDING: Final = {"exists": ("||", "false"), "all": ("&&", "true")}
"""Macros that one element can decide, with what joins their elements and what they are of none."""


class Token(NamedTuple):
    """A part of an expression: what it is, and its text."""

    kind: str
    text: str


END: Final = Token("sign", "")


@functools.lru_cache(maxsize=1024)
def tokens(expression: str) -> tuple[Token, ...]:
    """Return the parts of an expression but its blanks and comments."""
    found = (Token(str(match.lastgroup), match[0]) for match in _TOKEN.finditer(expression))
    return tuple(each for each in found if each.kind != "space")


@functools.lru_cache(maxsize=1024)
def with_code_points(expression: str) -> str:
    """Return an expression that counts a text's code points by a function of ours."""
    if "size" not in expression:
        return expression
    parts = list(tokens(expression))
    for at, (part, following) in enumerate(itertools.pairwise(parts)):
        if part == Token("name", "size") and following.text == "(":
            parts[at] = Token("name", SIZE)
    return _joined(parts)


class _Numbers(NamedTuple):
    """What an expression says of numbers: see `is_exact`."""

    doubles: bool
    large: bool
    computes: bool
    keys: bool
    unsigned: bool
    said: frozenset[str]
    whole: frozenset[str]


@functools.lru_cache(maxsize=1024)
def _numbers_of(expression: str) -> _Numbers:
    parts = tokens(expression)
    numbers = [each.text.lower() for each in parts if each.kind == "number"]
    names = {each.text for each in parts if each.kind == "name"}
    texts = {each.text.lstrip("rRbB").strip("'\"") for each in parts if each.kind == "text"}
    keys = any(part.kind == "number" and following.text == ":" for part, following in itertools.pairwise(parts))
    whole = {
        part.text
        for before, part, following, after in zip(
            [END, *parts], parts, [*parts[1:], END], [*parts[2:], END, END], strict=False
        )
        if part.kind == "name" and before.text != "."
        if not (following.text == "." or (following.text == "[" and after.kind == "text"))
    }
    return _Numbers(
        doubles="double" in names or any(map(_is_double, numbers)),
        large=any(not _is_double(each) and int(each.rstrip("u"), 0) >= EXACT for each in numbers)
        or bool(names & {"int", "uint"}),
        computes=any(each.text in {"*", "+"} for each in parts),
        keys=keys and any(each.text == "{" for each in parts),
        unsigned="uint" in names or any(each.endswith("u") for each in numbers),
        said=frozenset(names | texts),
        whole=frozenset(whole),
    )


def is_exact(expression: str, variables: Mapping[str, Any]) -> bool:
    """Tell whether the library compares the numbers of an expression as the language does."""
    written = _numbers_of(expression)
    given = [
        number
        for name, value in variables.items()
        if name in written.said
        for number in _numbers(
            value if name in written.whole or not isinstance(value, dict) else _of(value, written.said), written.said
        )
    ]
    doubles = written.doubles or any(isinstance(each, float) or abs(each) >= 2**64 for each in given)
    large = written.large or any(abs(each) >= EXACT for each in given)
    if doubles and (large or written.computes):
        return False
    return not (written.keys and (doubles or written.unsigned))


def _is_double(number: str) -> bool:
    return not number.startswith("0x") and any(sign in number for sign in ".e")


def _of(value: Mapping[str, Any], said: frozenset[str]) -> list[Any]:
    return [each for name, each in value.items() if name in said]


def _numbers(value: Any, said: frozenset[str]) -> Iterator[int | float]:
    """Yield the numbers in a value; of an object those whose name is said, or all where none is."""
    if isinstance(value, bool):
        return
    if isinstance(value, int | float):
        yield value
    elif isinstance(value, dict):
        named = [name for name in value if name in said] or list(value)
        for name in named:
            yield from _numbers(value[name], said)
    elif isinstance(value, list):
        for each in value:
            yield from _numbers(each, said)


def written_out(expression: str, value_of: Callable[[str, dict[str, Any]], Any]) -> tuple[str, dict[str, Any]] | None:
    """Return an expression whose deciding macros are written out, with variables for their elements.

    Args:
        expression: in CEL.
        value_of: evaluates the part before a macro, with such variables; whatever it raises is passed on.

    Returns:
        None where there is no such macro, or the elements are too many.
    """
    parts, bound = list(tokens(expression)), dict[str, Any]()
    changed = False
    while (macro := _outermost(parts)) is not None:
        start, dot, end = macro
        operator, empty = _DECIDING[parts[dot + 1].text]
        elements = list(value_of(_joined(parts[start:dot]), bound))
        if len(bound) + len(elements) > MOST_ELEMENTS:
            return None
        variable, body = parts[dot + 3].text, parts[dot + 5 : end]
        if _rebinds(body, variable):
            return None
        each_one: list[str] = []
        for element in elements:
            name = f"element_{len(bound)}"
            bound[name] = element
            each_one.append(f"({_joined(_renamed(body, variable, name))})")
        parts[start : end + 1] = tokens(f"({operator.join(each_one) or empty})")
        changed = True
    return (_joined(parts), bound) if changed else None


def _outermost(parts: list[Token]) -> tuple[int, int, int] | None:
    """Find a deciding macro that is in no other macro: where what it is of begins, its dot, its last parenthesis."""
    at = 0
    while at < len(parts) - 4:
        if parts[at].text == "." and parts[at + 2].text == "(" and parts[at + 4].text == ",":
            end = _closing(parts, at + 2)
            if parts[at + 1].text in _DECIDING and parts[at + 3].kind == "name":
                return _beginning(parts, at), at, end
            if parts[at + 1].text in {"map", "filter", "exists_one"}:
                at = end
        at += 1
    return None


def _closing(parts: list[Token], opened: int) -> int:
    depth = 0
    for at in range(opened, len(parts)):
        if parts[at].kind == "sign":
            depth += (parts[at].text in _PAIRS.values()) - (parts[at].text in _PAIRS)
            if depth == 0:
                return at
    return len(parts) - 1


def _beginning(parts: list[Token], dot: int) -> int:
    """Return where the operand before a dot begins: names, calls and indexes, joined by dots."""
    at = dot - 1
    while at > 0:
        before = parts[at - 1]
        if parts[at].text in _PAIRS and parts[at].kind == "sign":
            depth, closed = 0, parts[at].text
            while at >= 0:
                if parts[at].kind == "sign":
                    depth += (parts[at].text in _PAIRS) - (parts[at].text in _PAIRS.values())
                if depth == 0:
                    break
                at -= 1
            before = parts[at - 1] if at else END
            operand = before.kind in {"name", "text"} or before.text in _PAIRS
            if closed in ")]" and operand and before.text != "in":
                at -= 1
                continue
        if before.text != ".":
            break
        at -= 2
    return max(at, 0)


def _rebinds(body: list[Token], variable: str) -> bool:
    """Tell whether a macro in a body has the same variable, or a map or message a key written like it."""
    return any(
        part == Token("name", variable) and (before.text in "({," and following.text in ",:")
        for before, part, following in zip(body, body[1:], body[2:], strict=False)
    )


def _renamed(body: list[Token], variable: str, name: str) -> list[Token]:
    before = [END, *body]
    return [
        Token("name", name) if part == Token("name", variable) and previous.text != "." else part
        for previous, part in zip(before, body, strict=False)
    ]


def _joined(parts: Sequence[Token]) -> str:
    """Write parts down again; blanks stand between all but what would not be read with them."""
    return " ".join(each.text for each in parts)
