"""Attribute mappings and conditions: Common Expression Language over the claims of a token.

The library is imported at the first expression. Beside CEL's own functions there are those of its extensions
and IAM's `extract`.
https://cloud.google.com/iam/docs/workload-identity-federation#mapping
https://cloud.google.com/iam/docs/conditions-attribute-reference#extract
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class ExpressionError(Exception):
    """An expression that is not CEL, or that has no value for these claims."""


def check(expression: str) -> None:
    """Refuse what is not CEL.

    Raises:
        ExpressionError: with what the parser says.
    """
    import cel

    try:
        cel.compile(expression)
    except Exception as error:
        raise ExpressionError(str(error)) from error


def evaluate(expression: str, variables: Mapping[str, Any]) -> Any:
    """Return an expression's value.

    Raises:
        ExpressionError: it has none, a claim being absent or of another type.
    """
    import cel
    from cel.stdlib import add_stdlib_to_context

    context = cel.Context(variables=dict(variables))
    add_stdlib_to_context(context)
    context.add_function("extract", extract)
    try:
        return cel.evaluate(expression, context)
    except Exception as error:
        raise ExpressionError(str(error)) from error


def extract(text: str, template: str) -> str:
    """Return the part of a text that stands where the template has its `{name}`, empty where it does not fit."""
    match = re.fullmatch(r"([^{}]*)\{\w+\}([^{}]*)", template)
    if match is None:
        raise ValueError(f"{template} is no template")
    before, after = match.groups()
    _, found, rest = text.partition(before) if before else ("", "x", text)
    if not found:
        return ""
    value, closed, _ = rest.partition(after) if after else (rest, "x", "")
    return value if closed else ""
