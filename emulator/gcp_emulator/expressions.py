"""Common Expression Language: the conditions of bindings, and the mappings and conditions of federation.

The library is imported at the first expression.
https://github.com/google/cel-spec/blob/master/doc/langdef.md
"""

from __future__ import annotations

import functools
import logging
import re
import sys
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from gcp_emulator import expression_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cel import Program


class ExpressionError(Exception):
    """An expression that is not CEL, or that has no value for these variables."""


class UndecidedError(ExpressionError):
    """An expression that may have a value by the language's definition, which the library does not find."""


@functools.cache
def _library() -> tuple[Any, Any]:
    """Import the language and its extensions without the package's own command line.

    That one takes ten times as long, as it draws in toolkits for terminals; whoever imports the package later in
    this process gets all of it.
    """
    spec = find_spec("cel")
    whole = sys.modules.get("cel")
    if spec is not None and whole is None:
        sys.modules["cel"] = stub = ModuleType("cel")
        stub.__path__ = list(spec.submodule_search_locations or ())
    try:
        from cel import cel, stdlib
    finally:
        if whole is None:
            del sys.modules["cel"]
    # It warns of each function that refuses its argument; whoever asks gets an ExpressionError.
    logging.getLogger("cel").setLevel(logging.ERROR)
    return cel, stdlib


@functools.lru_cache(maxsize=1024)
def compiled(expression: str) -> Program:
    """Return an expression as a program.

    Raises:
        ExpressionError: it is not CEL, with what the parser says.
    """
    cel, _ = _library()
    try:
        program: Program = cel.compile(expression)
    except Exception as error:
        raise ExpressionError(str(error)) from error
    return program


def evaluate(
    expression: str, variables: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]] | None = None
) -> Any:
    """Return an expression's value.

    Args:
        expression: in CEL.
        variables: by name; those that are messages as dictionaries.
        functions: what there is beside CEL's own functions; without any the library's extensions and `extract`.

    Raises:
        ExpressionError: it has none, a field being absent or of another type.
        UndecidedError: it cannot be told here.
    """
    if not expression_text.is_exact(expression, variables):
        raise UndecidedError("it compares large numbers of different types")
    try:
        return _value(expression, variables, functions)
    except ExpressionError as first:
        try:
            written = expression_text.written_out(
                expression, lambda part, bound: _value(part, {**variables, **bound}, functions)
            )
        except ExpressionError:  # what a macro is of has no value, so neither has the macro
            raise first from None
        if written is None:
            raise
        return _value(written[0], {**variables, **written[1]}, functions)


def _value(
    expression: str, variables: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]] | None = None
) -> Any:
    cel, stdlib = _library()
    given = {**(functions or {"extract": extract}), expression_text.SIZE: _size}
    context = cel.Context(variables=dict(variables), functions=given)
    if functions is None:
        stdlib.add_stdlib_to_context(context)
    try:
        return compiled(expression_text.with_code_points(expression)).execute(context)
    except ExpressionError:
        raise
    except Exception as error:
        raise ExpressionError(str(error)) from error


def _size(value: Any) -> int:
    if not isinstance(value, str | bytes | list | dict):
        raise TypeError(f"{value!r} has no size")
    return len(value)


def extract(text: str, template: str) -> str:
    """Return the part of a text that is where the template has its `{name}`, empty where it does not fit.

    https://cloud.google.com/iam/docs/conditions-attribute-reference#extract
    """
    match = re.fullmatch(r"([^{}]*)\{\w+\}([^{}]*)", template)
    if match is None:
        raise ValueError(f"{template} is no template")
    before, after = match.groups()
    _, found, rest = text.partition(before) if before else ("", "x", text)
    if not found:
        return ""
    value, closed, _ = rest.partition(after) if after else (rest, "x", "")
    return value if closed else ""
