"""The command line, `gcp-emulator`; `provision sandbox` is the same under another name."""

from __future__ import annotations

import click

from gcp_emulator import __version__
from gcp_emulator.cli import attached, inspect, serve
from gcp_emulator.cli.program import Program


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="gcp-emulator")
def command() -> None:
    """Run Google Cloud on this machine."""


for each in (serve.serve, serve.run, attached.env, attached.stop, attached.reset, attached.faults, *inspect.COMMANDS):
    command.add_command(each)
