"""The queries of searches: comparisons joined by AND, OR and NOT, in parentheses.

`field=value` is exact; `field:value` looks for words one after the other, of which the last may end in `*`; a value
alone looks in every field; `<`, `>`, `<=` and `>=` compare times; `field:(a OR b)` is each of them.
https://cloud.google.com/asset-inventory/docs/query-syntax
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, NamedTuple

from gcp_emulator.errors import ApiError, invalid_argument

Lookup = Callable[[str], list[str]]
"""Returns the values of a field, which may hold a dot; of the empty one those of all fields."""
Test = Callable[[Lookup], bool]

LONGEST: Final = 2048
MOST_COMPARISONS: Final = 10
DEEPEST: Final = 20
TOKEN: Final = re.compile(
    r"\s*(?:(?P<sign>[()])|(?P<word>AND|OR|NOT)(?=[\s(]|$)|(?:(?P<field>-?[\w.]+)\s*(?P<operator>>=|<=|[:=<>])\s*)?"
    r'(?P<value>"(?:[^"\\]|\\.)*"|[^\s()"]+)|(?P<group>[\w.]+)\s*(?P<of>[:=])\s*(?=\())'
)


class Token(NamedTuple):
    """A sign, a word such as AND, or a comparison; `field` is empty where a value stands alone."""

    sign: str
    field: str = ""
    operator: str = ""
    value: str = ""


def parse(text: str, *, negation: bool = True) -> Test:
    """Return a test of what is found.

    Args:
        text: the query; empty for everything.
        negation: NOT is known, which is not so of policies.

    Raises:
        ApiError: it cannot be read, or is too long.
    """
    if len(text) > LONGEST:
        raise invalid_argument(f"The query is longer than {LONGEST} characters.")
    reader = _Reader(text, negation=negation)
    return reader.whole()


class _Reader:
    def __init__(self, text: str, *, negation: bool) -> None:
        self.text = text
        self.negation = negation
        self.tokens = self._tokens(text.strip())
        self.at = 0
        self.depth = 0
        self.comparisons = 0

    def _tokens(self, text: str) -> list[Token]:
        found, at = [], 0
        while at < len(text):
            match = TOKEN.match(text, at)
            if match is None:
                raise self.unreadable()
            if match["sign"] or match["word"]:
                found.append(Token(match["sign"] or match["word"]))
            elif match["group"]:
                found.append(Token("group", match["group"], match["of"]))
            else:
                found.append(Token("", match["field"] or "", match["operator"] or ":", match["value"]))
            at = match.end()
        return found

    def unreadable(self) -> ApiError:
        return invalid_argument(f"Invalid search query: {self.text[:200]}")

    def next(self) -> str | None:
        return self.tokens[self.at].sign if self.at < len(self.tokens) else None

    def whole(self) -> Test:
        if not self.tokens:
            return lambda _: True
        test = self.joined("", "")
        if self.at < len(self.tokens):
            raise self.unreadable()
        return test

    def joined(self, field: str, operator: str) -> Test:
        """Read what stands in one pair of parentheses, where AND and OR are not mixed."""
        tests, joiner = [self.one(field, operator)], ""
        while (following := self.next()) is not None and following != ")":
            word = following if following in {"AND", "OR"} else "AND"
            if joiner not in {"", word}:
                raise self.unreadable()
            joiner = word
            self.at += following in {"AND", "OR"}
            tests.append(self.one(field, operator))
        if joiner == "OR":
            return lambda lookup: any(test(lookup) for test in tests)
        return lambda lookup: all(test(lookup) for test in tests)

    def one(self, field: str, operator: str) -> Test:
        if self.at >= len(self.tokens) or self.depth > DEEPEST:
            raise self.unreadable()
        token = self.tokens[self.at]
        self.at += 1
        if token.sign == "NOT":
            if not self.negation:
                raise self.unreadable()
            inner = self.one(field, operator)
            return lambda lookup: not inner(lookup)
        if token.sign in {"(", "group"}:
            if token.sign == "group":
                self.at += 1  # its parenthesis
                field, operator = token.field, token.operator
            self.depth += 1
            inner = self.joined(field, operator)
            if self.next() != ")":
                raise self.unreadable()
            self.at += 1
            self.depth -= 1
            return inner
        if token.sign:
            raise self.unreadable()
        self.comparisons += 1
        if self.comparisons > MOST_COMPARISONS:
            raise invalid_argument(f"The query has more than {MOST_COMPARISONS} comparisons.")
        return self.comparison(token.field or field, operator if field and not token.field else token.operator, token)

    def comparison(self, field: str, operator: str, token: Token) -> Test:
        value = token.value
        if value.startswith('"'):
            value = value[1:-1].replace('\\"', '"')
        negated, field = field.startswith("-"), field.removeprefix("-")
        if operator in {"<", ">", "<=", ">="}:
            test = _times(field, operator, self.moment(value))
        elif operator == "=":
            test = _exact(field, value)
        else:
            test = _words(field, value)
        return (lambda lookup: not test(lookup)) if negated else test

    def moment(self, value: str) -> float:
        """Return seconds: `1796000000`, `2026-01-01` or `2026-01-01T00:00:00`."""
        if value.isdecimal():
            return float(value)
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise self.unreadable() from None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _times(field: str, operator: str, wanted: float) -> Test:
    def test(lookup: Lookup) -> bool:
        found = [datetime.fromisoformat(each).timestamp() for each in lookup(field) if each]
        compared = {
            "<": lambda each: each < wanted,
            ">": lambda each: each > wanted,
            "<=": lambda each: each <= wanted,
            ">=": lambda each: each >= wanted,
        }[operator]
        return any(map(compared, found))

    return test


def _exact(field: str, wanted: str) -> Test:
    return lambda lookup: wanted in lookup(field)


def words(text: str) -> list[str]:
    """Return the words of a text: it is split at all but letters, digits, `_` and `&`."""
    return re.findall(r"[\w&]+", text.lower())


def _words(field: str, wanted: str) -> Test:
    if wanted == "*":
        return lambda lookup: bool(lookup(field))
    prefix, parts = wanted.endswith("*"), words(wanted)

    def fits(text: str) -> bool:
        found = words(text)
        for start in range(len(found) - len(parts) + 1):
            here = found[start : start + len(parts)]
            if here[:-1] == parts[:-1] and (here[-1].startswith(parts[-1]) if prefix else here[-1] == parts[-1]):
                return True
        return False

    return lambda lookup: bool(parts) and any(map(fits, lookup(field)))
