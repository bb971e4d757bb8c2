"""The option that names the journal, for the commands that write or read it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def journal_option(command: Command) -> Command:
    """Add ``--journal``."""
    return click.option(
        "--journal",
        "journal_file",
        type=click.Path(path_type=Path),
        default=None,
        metavar="FILE",
        help="The journal, in which each change is recorded before and after it is made. "
        "[env: PROVISION_JOURNAL; default: provision/journal.jsonl in the state folder]",
    )(command)
