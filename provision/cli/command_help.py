"""What ``--help`` shows: a command's own options, those that many commands share, and two examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable


class CommonOption(click.Option):
    """An option that means the same in every command that has it."""


class Command(click.Command):
    """A command whose help has its own options first.

    Attributes:
        examples: lines that can be typed as they are.
    """

    def __init__(self, *arguments: Any, examples: tuple[str, ...] = (), **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.examples = examples

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options: the command's own, then those of many commands."""
        own: list[tuple[str, str]] = []
        common: list[tuple[str, str]] = []
        for option in self.get_params(ctx):
            if (record := option.get_help_record(ctx)) is not None:
                (common if isinstance(option, CommonOption) else own).append(record)
        for title, records in (("Options", own), ("Common options", common)):
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        super().format_epilog(ctx, formatter)
        if self.examples:
            with formatter.section("Examples"):
                for line in self.examples:
                    formatter.write(f"{'':{formatter.current_indent}}{line}\n")


def with_examples(
    *examples: str, name: str | None = None, cls: type[Command] = Command, **settings: Any
) -> Callable[[Callable[..., Any]], Command]:
    """Make a function a command, as `click.command` does, with examples for its help."""
    return click.command(name, cls=cls, examples=examples, **settings)
