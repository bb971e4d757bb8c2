"""Write one instance of a JSON Schema: the smallest plain value that the schema accepts.

Covers what chat clients send: types, properties, required, enum, const, `$ref` within the schema (recursive
ones too), anyOf, oneOf, allOf, arrays with `prefixItems`, bounds, `multipleOf`, lengths and the common
formats. A `pattern` is met with the schema's own `default` or first example. A keyword whose promise cannot
be kept is refused by name: an instance that does not validate would be a lie.

Source: https://json-schema.org/draft/2020-12/json-schema-validation
"""

from __future__ import annotations

import math
from itertools import count
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT: Final = "the sandbox, not a model"
LARGEST: Final = 10_000
"""Values an instance may hold: a schema of a few lines can ask for billions."""

_UNKEPT: Final = (
    "not", "if", "contains", "dependentSchemas", "propertyNames", "unevaluatedProperties", "unevaluatedItems",
)  # fmt: skip
_FORMATS: Final = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "duration": "PT1S",
    "email": "sandbox@example.com",
    "hostname": "sandbox.example.com",
    "ipv4": "127.0.0.1",
    "ipv6": "::1",
    "uri": "https://sandbox.example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
_HINTS: Final = {
    "object": ("properties", "required", "additionalProperties", "patternProperties", "minProperties"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}


class UnwritableError(ValueError):
    """A schema asks for something this module cannot promise."""


def instance(schema: Any) -> Any:
    """One instance of a schema.

    Raises:
        UnwritableError: naming what is in the way.
    """
    try:
        return _Writer(schema).write(schema, ())
    except (RecursionError, TypeError, ValueError, AttributeError) as problem:
        if isinstance(problem, UnwritableError):
            raise
        raise UnwritableError("this is not a well-formed schema") from problem


class _Writer:
    """Walks one schema.

    `root` is what `$ref` is resolved against, `path` the chain of references being followed.
    """

    def __init__(self, root: Any) -> None:
        self.root = root
        self.left = LARGEST

    def write(self, schema: Any, path: tuple[str, ...], nth: int = 0) -> Any:
        """Write an instance of a part of the schema; `nth` asks for another one each time."""
        self.left -= 1
        if self.left < 0:
            raise UnwritableError("an instance would be too large")
        flat, path = self._flat(schema, path)
        for key in ("anyOf", "oneOf"):
            if key in flat:
                return self._first_of(flat.pop(key), flat, path, nth)
        for word in _UNKEPT:
            if word in flat:
                raise UnwritableError(f"the keyword '{word}' is not supported")
        if "const" in flat:
            return _nth_of([flat["const"]], nth)
        if "enum" in flat:
            return _nth_of(flat["enum"], nth)
        return self._typed(flat, path, nth)

    def _flat(self, schema: Any, path: tuple[str, ...]) -> tuple[dict[str, Any], tuple[str, ...]]:
        """A copy of the schema with its `$ref` and `allOf` folded in."""
        if schema is True:
            return {}, path
        if not isinstance(schema, dict):
            raise UnwritableError(f"{schema!r} accepts nothing, or is not a schema")
        flat = dict(schema)
        parts = list(flat.pop("allOf", ()))
        if "$ref" in flat:
            target = str(flat.pop("$ref"))
            if target in path:
                raise UnwritableError(f"the reference '{target}' never ends")
            path = (*path, target)
            parts.append(self._resolved(target))
        for part in parts:
            found, path = self._flat(part, path)
            flat = _merged(found, flat)
        return flat, path

    def _resolved(self, target: str) -> Any:
        found = self.root
        if not target.startswith("#"):
            raise UnwritableError(f"the reference '{target}' leads out of the schema")
        for step in target[1:].split("/")[1:]:
            key = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, dict) or key not in found:
                raise UnwritableError(f"the reference '{target}' leads nowhere")
            found = found[key]
        return found

    def _first_of(self, options: list[Any], shared: dict[str, Any], path: tuple[str, ...], nth: int) -> Any:
        """The first choice that can be written: of a recursive schema, the one that ends."""
        reason = UnwritableError("an empty list of choices accepts nothing")
        for option in options:
            try:
                flat, inner = self._flat(option, path)
                return self.write(_merged(shared, flat), inner, nth)
            except UnwritableError as problem:
                reason = problem
        raise reason

    def _typed(self, schema: dict[str, Any], path: tuple[str, ...], nth: int) -> Any:
        kind = schema.get("type") or _guessed_type(schema)
        if isinstance(kind, list):
            kind = next((k for k in kind if k != "null"), "null")
        match kind:
            case "object":
                return self._object(schema, path, nth)
            case "array":
                return self._array(schema, path)
            case "string":
                return _string(schema, nth)
            case "integer" | "number":
                return _number(schema, kind, nth)
            case "boolean":
                return _nth_of([True, False], nth)
            case "null":
                return _nth_of([None], nth)
        raise UnwritableError(f"{kind!r} is not a type")

    def _object(self, schema: dict[str, Any], path: tuple[str, ...], nth: int) -> dict[str, Any]:
        known = schema.get("properties", {})
        others = schema.get("additionalProperties", True)
        required = list(dict.fromkeys(schema.get("required", ())))
        room = max(int(schema.get("maxProperties", LARGEST)), len(required))
        written: dict[str, Any] = {}
        for key in [*required, *(key for key in known if key not in required)][:room]:
            try:
                written[key] = self._member(known.get(key, others), path, nth)
            except UnwritableError:
                if key in required:
                    raise
        for number in range(int(schema.get("minProperties", 0)) - len(written)):
            written[f"sandbox_{number}"] = self.write(others, path)
        return written

    def _member(self, schema: Any, path: tuple[str, ...], nth: int) -> Any:
        """A property's value: another each time where it can be, so that whole objects differ."""
        try:
            return self.write(schema, path, nth)
        except UnwritableError:
            if not nth:
                raise
            return self.write(schema, path)

    def _array(self, schema: dict[str, Any], path: tuple[str, ...]) -> list[Any]:
        first, rest = schema.get("prefixItems", []), schema.get("items", True)
        least, unique = int(schema.get("minItems", 0)), schema.get("uniqueItems", False)
        written: list[Any] = []
        for number in range(min(max(least, len(first), 1), int(schema.get("maxItems", least + len(first) + 1)))):
            try:
                part = first[number] if number < len(first) else rest
                item = self.write(part, path, number if unique else 0)
            except UnwritableError:
                if number < least:
                    raise
                break
            if unique and item in written:
                raise UnwritableError("'uniqueItems' cannot be kept")
            written.append(item)
        return written


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Two schemas that must both hold, as far as one object can say it."""
    both = {**one, **other}
    if "properties" in one and "properties" in other:
        both["properties"] = {**one["properties"], **other["properties"]}
    if "required" in one and "required" in other:
        both["required"] = [*one["required"], *other["required"]]
    for word in one.keys() & other.keys():
        if word.startswith(("min", "exclusiveMin")):
            both[word] = max(one[word], other[word])
        elif word.startswith(("max", "exclusiveMax")):
            both[word] = min(one[word], other[word])
    return both


def _guessed_type(schema: dict[str, Any]) -> str:
    return next((kind for kind, words in _HINTS.items() if any(word in schema for word in words)), "string")


def _nth_of(values: list[Any], nth: int) -> Any:
    if nth >= len(values):
        raise UnwritableError("no further value is allowed here")
    return values[nth]


def _string(schema: dict[str, Any], nth: int) -> str:
    if "pattern" in schema:
        offered = [schema.get("default"), *schema.get("examples", ())]
        texts = [text for text in offered if isinstance(text, str)]
        if not texts:
            raise UnwritableError("the keyword 'pattern' needs a 'default' or an example to go with it")
        return str(_nth_of(texts, nth))
    least, most = int(schema.get("minLength", 0)), int(schema.get("maxLength", LARGEST))
    if least > min(most, LARGEST):
        raise UnwritableError("'minLength' cannot be kept")
    text = f"{nth} {TEXT}" if nth else _FORMATS.get(str(schema.get("format")), TEXT)
    return text.ljust(least, ".")[:most]


def _number(schema: dict[str, Any], kind: str, nth: int) -> int | float:
    low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    above, below = schema.get("exclusiveMinimum", -math.inf), schema.get("exclusiveMaximum", math.inf)
    step = schema.get("multipleOf") or (1 if kind == "integer" else None)
    fitting = 0
    for tries, value in enumerate(_numbers(max(low, above), min(high, below), step)):
        if low <= value <= high and above < value < below:
            if fitting == nth:
                return int(value) if float(value).is_integer() else value
            fitting += 1
        if tries > 2 * nth + 4:
            break
    raise UnwritableError("the bounds of a number leave no room")


def _numbers(low: float, high: float, step: float | None) -> Iterator[float]:
    """Candidates, nearest to zero first; without a step and between two bounds, ever closer to the upper."""
    if step is None and math.isfinite(high - low):
        yield from (low + (high - low) * n / (n + 1) for n in count())
    step = step or 1
    start = 0 if low <= 0 <= high else math.ceil(low / step) if low > 0 else math.floor(high / step)
    yield start * step
    for n in count(1):
        yield (start + n) * step
        yield (start - n) * step
