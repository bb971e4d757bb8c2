"""What the real provider refuses before it plans; Terraform itself knows only types, and what is required."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from tests.terraform.standin import schema
from tests.terraform.standin.values import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Path = tuple[str | int, ...]
Finding = tuple[Path, str, str]
"""Where it is, what is wrong, and in which words."""


def validate(block: schema.Block, config: dict[str, Any]) -> Iterator[Finding]:
    """Yield everything that the provider refuses in a configuration, which may hold unknown values."""
    yield from _block(block, config, config, ())


def _block(block: schema.Block, config: dict[str, Any], root: dict[str, Any], path: Path) -> Iterator[Finding]:
    for name, attribute in schema.attributes(block).items():
        if config.get(name) is not None:
            yield from (((*path, name), words, "") for words in _value(attribute, name, config[name]))
    for name, rules in {**schema.attributes(block), **schema.blocks(block)}.items():
        if isinstance(rules, dict):
            yield from _relations(name, rules, config, root, path)
    for name, inner in schema.blocks(block).items():
        given = config.get(name)
        if inner["nesting"] != "single" and isinstance(given, list):
            for index, each in enumerate(given):
                yield from _block(inner, each, root, (*path, name, index))


def _value(attribute: dict[str, Any], name: str, value: Any) -> Iterator[str]:
    if attribute["mode"] == "computed":
        yield f'Value for unconfigurable attribute: "{name}" is decided by the provider'
    if value is UNKNOWN:
        return
    allowed = attribute.get("enum")
    if allowed and value not in allowed:
        yield f"expected {name} to be one of {json.dumps(allowed)}, got {value}"
    yield from _checked(attribute.get("validate", ""), name, value)


def _relations(
    name: str, rules: dict[str, Any], config: dict[str, Any], root: dict[str, Any], path: Path
) -> Iterator[Finding]:
    given = _is_set(config.get(name))
    here = (*path, name)
    for other in rules.get("conflicts_with", ()):  # what is not known yet may turn out to be nothing
        if given and _is_set(_at(root, other)):
            yield here, "Conflicting configuration arguments", f'"{name}": conflicts with {other}'
    exactly, at_least = rules.get("exactly_one_of", ()), rules.get("at_least_one_of", ())
    names = ",".join(sorted(exactly or at_least))
    count = sum(_is_set(_at(root, other)) for other in exactly)
    unknown = any(_at(root, other) is UNKNOWN for other in (*exactly, *at_least))
    if exactly and (count > 1 or (count == 0 and not unknown)):
        message = "only one of" if count else "one of"
        yield here, "Invalid combination of arguments", f'"{name}": {message} `{names}` must be specified'
    if at_least and not unknown and not any(_is_set(_at(root, other)) for other in at_least):
        yield here, "Missing required argument", f'"{name}": one of `{names}` must be specified'


def _is_set(value: Any) -> bool:
    return value is not None and value is not UNKNOWN and value not in ([], {})


def _at(root: Any, dotted: str) -> Any:
    found = root
    for part in dotted.split("."):
        if found is UNKNOWN or found is None:
            return found
        found = next(iter(found[int(part) : int(part) + 1]), None) if part.isdigit() else found.get(part)
    return found


def _matches(pattern: str, words: str) -> Callable[[str, Any], Iterator[str]]:
    compiled = re.compile(pattern)

    def check(name: str, value: Any) -> Iterator[str]:
        if not compiled.fullmatch(str(value)):
            yield words.format(name=name, value=value)

    return check


def _is_json(name: str, value: Any) -> Iterator[str]:
    try:
        json.loads(value)
    except ValueError as error:
        yield f'"{name}" contains an invalid JSON: {error}'


def _checked(rule: str, name: str, value: Any) -> Iterator[str]:
    if bounds := re.fullmatch(r"validation\.(IntBetween|StringLenBetween)\((\d+), (\d+)\)", rule):
        low, high = int(bounds[2]), int(bounds[3])
        size = value if bounds[1] == "IntBetween" else len(value)
        if not low <= size <= high:
            yield f"expected {name} to be in the range ({low} - {high}), got {value}"
    elif rule:
        yield from RULES[rule](name, value)


RULES: Final[dict[str, Callable[[str, Any], Iterator[str]]]] = {
    "validateProjectServiceService": _matches(
        r"(?!bigquery-json\.)[a-z0-9-]+(\.[a-z0-9-]+)*\.(googleapis\.com|goog|cloud|app)",
        "expected {name} to be a service's name, got {value}",
    ),
    "validateIAMMember": _matches(
        r"(?!deleted:)[a-zA-Z]+:.+|allUsers|allAuthenticatedUsers",
        'invalid value for {name} (IAM members must have one of the values outlined here), got "{value}"',
    ),
    "validation.StringIsJSON": _is_json,
    "ValidateWorkloadIdentityPoolId": _matches(
        r"(?!gcp-)[a-z0-9-]{4,32}", '"{name}" must be 4 to 32 of [a-z0-9-] and not begin with "gcp-", got {value}'
    ),
    "ValidateWorkloadIdentityPoolProviderId": _matches(
        r"(?!gcp-)[a-z0-9-]{4,32}", '"{name}" must be 4 to 32 of [a-z0-9-] and not begin with "gcp-", got {value}'
    ),
    "verify.ValidateProjectID()": _matches(
        r"[a-z][a-z0-9-]{4,28}[a-z0-9]", '"{name}" must be 6 to 30 of [a-z0-9-], a letter first, got {value}'
    ),
    "verify.ValidateProjectName()": _matches(
        r"[\w '\"!-]{4,30}", '"{name}" must be 4 to 30 letters, digits, and any of \'"!- or space, got {value}'
    ),
    "verify.ValidateRFC1035Name(6, 30)": _matches(
        r"[a-z](?:[-a-z0-9]{4,28}[a-z0-9])", '"{name}" must be 6 to 30 of [a-z0-9-], a letter first, got {value}'
    ),
}
"""The rules that the schema names, each in its own words."""
