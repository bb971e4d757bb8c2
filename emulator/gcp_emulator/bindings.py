"""REST bindings: `VERB /path` as Google writes it, with the variables of its patterns by name.

https://github.com/googleapis/googleapis/blob/master/google/api/http.proto (the grammar of `rpc.py`'s docstring
is its path template, plus names for the variables inside a field's pattern)
"""

from __future__ import annotations

import fnmatch
import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gcp_emulator.call import Json
    from gcp_emulator.rpc import Method

_VARIABLE = re.compile(r"\{([^{}=]+)(?:=([^{}/]*))?\}")


@dataclass(frozen=True, slots=True)
class Binding:
    """One REST binding, parsed."""

    method: Method
    verb: str
    custom: str  # the `:verb` at the end of the path
    segments: tuple[str | None, ...]  # None is a variable
    variables: tuple[tuple[int, str, str], ...]  # (segment, name, glob or "")
    fields: tuple[tuple[tuple[str, ...], str], ...]  # (path of the field, its template)

    @classmethod
    def parse(cls, method: Method, text: str) -> Binding:
        """Parse `VERB /path`."""
        verb, path = text.split(" ", 1)
        fields: list[tuple[tuple[str, ...], str]] = []
        plain, rest = "", path
        while rest:  # lift each {field=pattern}, leaving its pattern in the path
            start = rest.find("{")
            if start < 0:
                plain, rest = plain + rest, ""
                continue
            end = _closing(rest, start)
            name, _, pattern = rest[start + 1 : end].partition("=")
            if "{" in pattern:
                fields.append((tuple(name.split(".")), _VARIABLE.sub(r"{\1}", pattern)))
                plain += rest[:start] + pattern
            else:
                fields.append(((name,), "{" + name + "}"))
                plain += rest[: end + 1]
            rest = rest[end + 1 :]
        plain, custom = split_verb(plain)
        segments: list[str | None] = []
        variables: list[tuple[int, str, str]] = []
        for position, segment in enumerate(plain.strip("/").split("/")):
            match = _VARIABLE.fullmatch(segment)
            if match:
                variables.append((position, match[1], match[2] or ""))
            segments.append(None if match else segment)
        return cls(method, verb, custom, tuple(segments), tuple(variables), tuple(fields))

    def variables_of(self, segments: list[str]) -> dict[str, str] | None:
        """Return the variables of a path whose literal parts match, None where a glob says no."""
        found = {}
        for position, name, glob in self.variables:
            value = segments[position]
            if glob and not fnmatch.fnmatchcase(value, glob):
                return None
            found[name] = value
        return found

    def is_open(self) -> bool:
        """Tell whether it takes any name; bindings that are choosier are asked first."""
        return not any(glob for _, _, glob in self.variables)

    def fill(self, request: Json, variables: dict[str, str]) -> None:
        """Set the request's fields that are in the path."""
        for path, template in self.fields:
            target = request
            for name in path[:-1]:
                inner = target.get(name)
                if not isinstance(inner, dict):
                    inner = target[name] = {}
                target = inner
            target[path[-1]] = template.format_map(variables)

    def variables_in(self, request: Json) -> dict[str, str] | None:
        """Return the variables that are in a request's fields, None where a field fits no pattern (gRPC)."""
        globs = tuple((name, glob) for _, name, glob in self.variables if glob)
        variables: dict[str, str] = {}
        for path, template in self.fields:
            value: Any = request
            for name in path:
                value = value.get(name) if isinstance(value, dict) else None
            match = _pattern_of(template, globs).fullmatch(value) if isinstance(value, str) else None
            if match is None:
                return None
            variables.update(match.groupdict())
        return variables


def _closing(text: str, start: int) -> int:
    depth = 0
    for position in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return position
    raise ValueError(f"unbalanced braces in {text}")


def split_verb(path: str) -> tuple[str, str]:
    """Split a path from the `:verb` at its end, empty where there is none."""
    head, _, last = path.rpartition("/")
    name, colon, verb = last.rpartition(":")
    return (f"{head}/{name}", verb) if colon else (path, "")


@functools.lru_cache(maxsize=256)
def _pattern_of(template: str, globs: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    """Turn a field's template into a regular expression with its variables as groups."""
    known = dict(globs)
    parts = []
    for piece in re.split(r"(\{[^{}]+\})", template):
        if piece.startswith("{"):
            name = piece[1:-1]
            glob = known.get(name, "")
            body = fnmatch.translate(glob)[4:-3] if glob else "[^/]+"
            parts.append(f"(?P<{name}>{body})")
        else:
            parts.append(re.escape(piece))
    return re.compile("".join(parts), re.DOTALL)
