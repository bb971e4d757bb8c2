"""What is told where a step itself breaks: a mistake of this tool, which says nothing about the project."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provision.checks import Explanation
from provision.commands.run_checks import of_step
from provision.redaction import redact

if TYPE_CHECKING:
    from provision.checks import CheckSpec
    from provision.plan import Check

_PACKAGE: Final = Path(__file__).parents[1]


def internal_error(check: CheckSpec, step: str, what: str, error: Exception) -> Check:
    """Return the finding of a step that broke.

    Args:
        check: which of those that every step has.
        what: what is not known because of it.
    """
    message = describe_exception(error)
    why = Explanation(
        cause=f"Step `{step}` of provision broke at {_place(error)}. "
        "That is a mistake in provision, and says nothing about the project.",
        fix="run it again; if it stays so, report it with the output of the same command with --format json --redact",
    )
    return of_step(check, step).unknown(f"{what}: {message}", why, crash=f"{message} at {_place(error)}")


def describe_exception(error: Exception) -> str:
    """Return what broke, in one line and without secrets."""
    return redact(" ".join(f"{type(error).__name__}: {error}".split()))


def _place(error: Exception) -> str:
    """Return the last line of this program that the error went through, as its users can name it."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(_PACKAGE):
            return f"{path.relative_to(_PACKAGE.parent)}:{frame.lineno}"
    return "an unknown line"
