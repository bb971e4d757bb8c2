"""What the command line says when it cannot do what it was told."""

from __future__ import annotations

from typing import ClassVar

import click


class Failure(click.ClickException):
    """An error in three parts: what happened, the cause and the fix; exit code 1."""

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, cause: str = "", fix: str = "") -> None:
        lines = [what]
        if cause:
            lines.append(f"  cause: {cause}")
        if fix:
            lines.append(f"  fix: {fix}")
        super().__init__("\n".join(lines))


class MisuseError(Failure):
    """The command cannot be carried out as it was given; exit code 2."""

    exit_code = 2
