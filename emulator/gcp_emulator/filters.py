"""The filter language of list and search methods, as far as projects need it.

`field:value` contains or matches `*`, `field=value` equals, `!=` does not, with AND, OR, NOT (also `-`) and
parentheses; terms that are side by side are joined by AND, or by OR where an API says so. Case is ignored.
https://google.aip.dev/160, https://cloud.google.com/sdk/gcloud/reference/topic/filters
"""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING

from gcp_emulator.errors import invalid_argument

if TYPE_CHECKING:
    from collections.abc import Callable


_TOKEN = re.compile(
    r'\s*(?:(\()|(\))|(AND|OR|NOT)(?=[\s(])|(-?[\w.]+)\s*(:|!=|=)\s*("(?:[^"\\]|\\.)*"|[^\s()]+)|(\S+))'
)
_DEEPEST = 50


def parse(text: str, *, beside_means_or: bool = False) -> Callable[[Callable[[str], list[str]]], bool]:
    """Return a test of the values that a lookup gives for a field.

    Raises:
        Refused: the expression cannot be read.
    """
    return _Parser(text, beside_means_or=beside_means_or).whole()


class _Parser:
    def __init__(self, text: str, *, beside_means_or: bool) -> None:
        self.text = text
        self.tokens = [match.groups() for match in _TOKEN.finditer(text) if match.group().strip()]
        self.at = 0
        self.depth = 0
        self.beside = "OR" if beside_means_or else "AND"

    def whole(self) -> Callable[[Callable[[str], list[str]]], bool]:
        if not self.tokens:
            return lambda _: True
        test = self.either()
        if self.at < len(self.tokens):
            raise self.unreadable()
        return test

    def unreadable(self) -> Exception:
        return invalid_argument(f"Invalid filter: {self.text[:200]}")

    def word(self) -> str | None:
        """Return the keyword or parenthesis that comes next, "" for a term, None at the end."""
        if self.at >= len(self.tokens):
            return None
        opening, closing, keyword, *_ = self.tokens[self.at]
        return opening or closing or keyword or ""

    def either(self) -> Callable[[Callable[[str], list[str]]], bool]:
        tests = [self.all()]
        while self.word() == "OR" or (self.beside == "OR" and self.word() in {"", "(", "NOT"}):
            self.at += self.word() == "OR"
            tests.append(self.all())
        return tests[0] if len(tests) == 1 else lambda values: any(test(values) for test in tests)

    def all(self) -> Callable[[Callable[[str], list[str]]], bool]:
        tests = [self.one()]
        while self.word() == "AND" or (self.beside == "AND" and self.word() in {"", "(", "NOT"}):
            self.at += self.word() == "AND"
            tests.append(self.one())
        return tests[0] if len(tests) == 1 else lambda values: all(test(values) for test in tests)

    def one(self) -> Callable[[Callable[[str], list[str]]], bool]:
        word = self.word()
        self.at += 1
        if word == "NOT":
            self.depth += 1
            if self.depth > _DEEPEST:
                raise self.unreadable()
            inner = self.one()
            self.depth -= 1
            return lambda values: not inner(values)
        if word == "(":
            self.depth += 1
            if self.depth > _DEEPEST:
                raise self.unreadable()
            inner = self.either()
            if self.word() != ")":
                raise self.unreadable()
            self.at += 1
            self.depth -= 1
            return inner
        if word != "":
            raise self.unreadable()
        *_, field, operator, value, bare = self.tokens[self.at - 1]
        if bare is not None:
            field, operator, value = "", ":", bare
        return _term(field, operator, value)


def _term(field: str, operator: str, value: str) -> Callable[[Callable[[str], list[str]]], bool]:
    negated = field.startswith("-") or operator == "!="
    name = field.removeprefix("-").lower()
    wanted = (value[1:-1].replace('\\"', '"') if value.startswith('"') else value).lower()

    def test(values: Callable[[str], list[str]]) -> bool:
        found = [each.lower() for each in values(name)]
        if operator == ":" or "*" in wanted:
            hit = any(fnmatch.fnmatchcase(each, wanted) for each in found)
        else:
            hit = wanted in found
        return hit != negated

    return test
