"""commands.md: every command, with its options."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import click

from generating.markdown import code, page, prose, table
from provision import cli

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


EMULATOR: Final = "sandbox"  # a package of its own, whose commands its own page lists

EXIT_CODES: Final = (
    ("0", "ready, or done; warnings count as 0"),
    ("1", "not ready, or something failed"),
    ("2", "wrong usage or configuration; nothing was asked"),
    ("3", "cannot tell: nothing is known to be wrong, and something required could not be seen"),
    ("130", "interrupted; run it again, it goes on from what is there"),
)


def commands() -> str:
    """Return every command with its options; options that commands share stand once, at the end."""
    found = list(_walk(click.Context(cli.main, info_name="provision")))
    times = Counter(record for ctx in found for record in _records(ctx))
    shared = {record for record, count in times.items() if count > 2}
    return page(
        "Commands",
        "`provision/cli/`",
        "Results go to standard output, progress and questions to standard error.\n"
        "Nothing asks a question where there is no terminal.",
        "## Exit codes",
        table(("code", "means"), EXIT_CODES),
        "`plan --detailed-exitcode` has its own: 0 nothing to do, 2 changes, 1 any error, as in Terraform.\n"
        "`sandbox run` returns the code of the command it ran.",
        *(_command(ctx, shared) for ctx in found),
        f"## provision {EMULATOR}",
        f"{cli.commands()[EMULATOR]} It is the command line of the [emulator](../../emulator/README.md), "
        "with [the same commands and options](../../emulator/docs/reference/commands.md).",
        "## Shared options",
        "Each command takes those that matter to it: `provision COMMAND --help` lists them. "
        "The [settings](settings.md) say more about each.",
        _options(record for record in times if record in shared),
    )


def _walk(ctx: click.Context) -> Iterator[click.Context]:
    if not isinstance(ctx.command, click.Group):
        yield ctx
        return
    for name in ctx.command.list_commands(ctx):
        inner = ctx.command.get_command(ctx, name)
        if inner is not None and name != EMULATOR:
            yield from _walk(click.Context(inner, info_name=name, parent=ctx))


def _records(ctx: click.Context) -> list[tuple[str, str]]:
    """Return names and help of each option; arguments stand in the usage line."""
    options = (param for param in ctx.command.get_params(ctx) if isinstance(param, click.Option))
    records = (option.get_help_record(ctx) for option in options)
    return [record for record in records if record and not record[0].endswith("--help")]


def _command(ctx: click.Context, shared: set[tuple[str, str]]) -> str:
    records = _records(ctx)
    own = [record for record in records if record not in shared]
    usage = " ".join((ctx.command_path, *ctx.command.collect_usage_pieces(ctx)))
    more = "And the [shared options](#shared-options)." if len(own) < len(records) else ""
    blocks = (f"## {ctx.command_path}", prose(ctx.command.help or ""), f"```\n{usage}\n```", _options(own), more)
    return "\n\n".join(block for block in blocks if block)


def _options(records: Iterable[tuple[str, str]]) -> str:
    rows = [(code(" ".join(names.split())), text) for names, text in records]
    return table(("option", "what"), rows) if rows else ""
