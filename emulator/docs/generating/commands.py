"""commands.md: every command of `gcp-emulator`, with its options."""

from __future__ import annotations

import click
from gcp_emulator.cli import command

from emulator.docs.generating.markdown import code, page, prose, table


def commands() -> str:
    """Return every command with its options."""
    top = command.make_context("gcp-emulator", [], resilient_parsing=True)
    found = ((name, command.get_command(top, name)) for name in command.list_commands(top))
    return page(
        "Commands",
        "`emulator/gcp_emulator/cli/`",
        "`provision sandbox` takes the same commands and options.\n"
        "Results go to standard output, everything else to standard error.",
        "Exit codes: 0 done, 1 something failed, 2 wrong usage or a file that cannot be used, 130 interrupted.\n"
        "`run` returns the exit code of the command that it ran.",
        *(_command(click.Context(each, info_name=name, parent=top)) for name, each in found if each is not None),
    )


def _command(ctx: click.Context) -> str:
    # click remembers the help option under the names that it had when someone first asked for help in this process.
    options = (param for param in ctx.command.params if isinstance(param, click.Option))
    records = [*(option.get_help_record(ctx) for option in options), ("-h, --help", "Show this message and exit.")]
    rows = [(code(" ".join(record[0].split())), record[1]) for record in records if record]
    usage = " ".join((ctx.command_path, *ctx.command.collect_usage_pieces(ctx)))
    blocks = (f"## {ctx.command_path}", prose(ctx.command.help or ""), f"```\n{usage}\n```")
    return "\n\n".join((*blocks, table(("option", "what"), rows)))
