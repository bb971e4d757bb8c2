"""Conditions of bindings: the part of CEL that is about time and names.

Understood are `&&`, `||`, `!`, parentheses, comparisons, text, numbers, `timestamp(…)`, `request.time` with its
`getHours('Europe/Berlin')` and the like, `resource.name` with `startsWith`, `endsWith`, `contains` and `matches`.
Anything else cannot be judged here, so it does not grant, and the log of the process says so once. As in CEL,
what cannot be judged does not matter where the other side of `&&` or `||` decides.
https://cloud.google.com/iam/docs/conditions-overview, https://cloud.google.com/iam/docs/conditions-attribute-reference
"""

from __future__ import annotations

import functools
import logging
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final
from zoneinfo import ZoneInfo

_logger: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Context:
    """What a condition is asked about: sandbox time in seconds, and the resource's relative name."""

    time: float
    resource: str


class UnknownError(Exception):
    """A condition, or a part of it, that cannot be judged here."""


Node = Callable[[Context], Any]

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<text>r?(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'))|(?P<number>\d+(?![\w.]))|(?P<name>[A-Za-z_]\w*)"""
    r"""|(?P<sign>&&|\|\||==|!=|<=|>=|[<>!().,]))"""
)
_COMPARE: Final = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_DEEPEST: Final = 50


def holds(expression: str, context: Context) -> bool:
    """Tell whether a condition grants."""
    node = _parsed(expression)
    if node is None:
        return False
    try:
        value = node(context)
    except UnknownError as unknown:
        _say_once(expression, str(unknown))
        return False
    return value is True


@functools.lru_cache(maxsize=1024)
def _parsed(expression: str) -> Node | None:
    try:
        return _Parser(expression).whole()
    except UnknownError as unknown:
        _say_once(expression, str(unknown))
        return None


@functools.lru_cache(maxsize=1024)
def _say_once(expression: str, why: str) -> None:
    _logger.warning("the sandbox cannot judge the condition %r (%s), so it does not grant", expression, why)


class _Parser:
    """Turns an expression into a function, by recursive descent."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        at, end = 0, len(text.rstrip())
        while at < end:
            match = _TOKEN.match(text, at)
            if match is None:
                raise UnknownError(f"at {text[at : at + 20]!r}")
            self._tokens.append((match.lastgroup or "", match[match.lastgroup or 0]))
            at = match.end()
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        """Return the function of the whole expression."""
        node = self._either()
        if self._at < len(self._tokens):
            raise UnknownError(f"at {self._tokens[self._at][1]!r}")
        return node

    def _take(self, *signs: str) -> str:
        if self._at < len(self._tokens) and self._tokens[self._at] in {("sign", sign) for sign in signs}:
            self._at += 1
            return self._tokens[self._at - 1][1]
        return ""

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise UnknownError(f"{sign!r} is missing")

    def _either(self) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise UnknownError("it is nested too deeply")
        nodes = [self._both()]
        while self._take("||"):
            nodes.append(self._both())
        self._depth -= 1
        return nodes[0] if len(nodes) == 1 else functools.partial(_decide, nodes, True)  # noqa: FBT003 - what decides

    def _both(self) -> Node:
        nodes = [self._negated()]
        while self._take("&&"):
            nodes.append(self._negated())
        return nodes[0] if len(nodes) == 1 else functools.partial(_decide, nodes, False)  # noqa: FBT003 - the same

    def _negated(self) -> Node:
        count = 0
        while self._take("!"):
            count += 1
        node = self._compared()
        if not count:
            return node
        return lambda context: _truth(node(context)) ^ (count % 2 == 1)

    def _compared(self) -> Node:
        left = self._value()
        sign = self._take(*_COMPARE)
        if not sign:
            return left
        right, compare = self._value(), _COMPARE[sign]
        return lambda context: _compare(compare, left(context), right(context))

    def _value(self) -> Node:
        node = self._primary()
        while self._take("."):
            node = self._method(node)
        return node

    def _primary(self) -> Node:
        if self._take("("):
            node = self._either()
            self._expect(")")
            return node
        kind, text = self._tokens[self._at] if self._at < len(self._tokens) else ("", "its end")
        self._at += 1
        if kind == "text":
            return _constant(_unquoted(text))
        if kind == "number":
            return _constant(int(text))
        if kind == "name":
            return self._named(text)
        raise UnknownError(f"at {text!r}")

    def _named(self, name: str) -> Node:
        if name in {"true", "false"}:
            return _constant(name == "true")
        if name in {"timestamp", "duration"}:
            self._expect("(")
            (argument,) = self._arguments(1, 1)
            return _constant((_timestamp if name == "timestamp" else _duration)(argument))
        if name in {"request", "resource"} and self._take("."):
            attribute = f"{name}.{self._word()}"
            if attribute == "request.time":
                return lambda context: datetime.fromtimestamp(context.time, UTC)
            if attribute == "resource.name":
                return lambda context: context.resource
            return functools.partial(_unknown, attribute)
        raise UnknownError(f"{name} is not known here")

    def _word(self) -> str:
        kind, text = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
        if kind != "name":
            raise UnknownError("a name is missing")
        self._at += 1
        return text

    def _method(self, node: Node) -> Node:
        name = self._word()
        self._expect("(")
        if name in _PARTS:
            zone = self._arguments(0, 1)
            part, place = _PARTS[name], _zone(zone[0]) if zone else UTC
            return lambda context: part(_typed(node(context), datetime).astimezone(place))
        if name in _TESTS:
            (argument,) = self._arguments(1, 1)
            test = _TESTS[name]
            return lambda context: test(_typed(node(context), str), argument)
        raise UnknownError(f"{name}() is not known here")

    def _arguments(self, least: int, most: int) -> list[str]:
        """Read arguments that are text, up to the closing parenthesis."""
        found: list[str] = []
        while not self._take(")"):
            if found:
                self._expect(",")
            kind, text = self._tokens[self._at] if self._at < len(self._tokens) else ("", "its end")
            if kind != "text":
                raise UnknownError(f"at {text!r}")
            self._at += 1
            found.append(_unquoted(text))
        if not least <= len(found) <= most:
            raise UnknownError("a function has the wrong number of arguments")
        return found


def _decide(nodes: list[Node], decisive: bool, context: Context) -> bool:  # noqa: FBT001 - `||` or `&&`
    unknown: UnknownError | None = None
    for node in nodes:
        try:
            if _truth(node(context)) == decisive:
                return decisive
        except UnknownError as found:
            unknown = found
    if unknown is not None:
        raise unknown
    return not decisive


def _unknown(attribute: str, _: Context) -> Any:
    raise UnknownError(f"{attribute} is not known here")


def _truth(value: Any) -> bool:
    return bool(_typed(value, bool))


def _typed(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise UnknownError(f"{value!r} is no {kind.__name__}")
    return value


def _compare(compare: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    if type(left) is not type(right):
        raise UnknownError(f"{left!r} and {right!r} are not of one kind")
    return bool(compare(left, right))


def _constant(value: Any) -> Node:
    return lambda _: value


def _unquoted(text: str) -> str:
    if text.startswith("r"):
        return text[2:-1]
    return re.sub(r"\\(.)", lambda match: {"n": "\n", "t": "\t"}.get(match[1], match[1]), text[1:-1])


def _timestamp(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UnknownError(f"{text!r} is no time") from None
    if moment.tzinfo is None:
        raise UnknownError(f"{text!r} is no time of RFC 3339")
    return moment


def _duration(text: str) -> timedelta:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([hms])", text)
    if match is None:
        raise UnknownError(f"{text!r} is no duration")
    return timedelta(seconds=float(match[1]) * {"h": 3600, "m": 60, "s": 1}[match[2]])


def _zone(name: str) -> Any:
    match = re.fullmatch(r"([+-])(\d\d):(\d\d)", name)
    try:
        if match is None:
            return ZoneInfo(name)
        offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
        return timezone(-offset if match[1] == "-" else offset)
    except (ValueError, OSError, KeyError):
        raise UnknownError(f"{name!r} is no time zone") from None


def _matches(text: str, pattern: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except re.error:
        raise UnknownError(f"{pattern!r} is no pattern") from None


_PARTS: Final[dict[str, Callable[[datetime], int]]] = {
    "getFullYear": lambda moment: moment.year,
    "getMonth": lambda moment: moment.month - 1,
    "getDate": lambda moment: moment.day,
    "getDayOfMonth": lambda moment: moment.day - 1,
    "getDayOfWeek": lambda moment: moment.isoweekday() % 7,
    "getDayOfYear": lambda moment: moment.timetuple().tm_yday - 1,
    "getHours": lambda moment: moment.hour,
    "getMinutes": lambda moment: moment.minute,
    "getSeconds": lambda moment: moment.second,
}
_TESTS: Final[dict[str, Callable[[str, str], bool]]] = {
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "contains": lambda text, part: part in text,
    "matches": _matches,
}
