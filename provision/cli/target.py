"""Choose where calls go: Google Cloud, unless someone asked for a sandbox."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provision.config import GOOGLE_CLOUD, Target, read_target
from provision.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def target_for(*, sandbox: bool, insist_on: str | None, outlived: bool = False) -> Iterator[Target]:
    """Yield the target: the sandbox that PROVISION_TARGET or ``--sandbox`` names, else Google Cloud.

    Args:
        sandbox: a sandbox was asked for.
        insist_on: ``google-cloud`` where nothing else will do.
        outlived: what the command prints is used when it has ended, so a sandbox made for it alone is of no use.

    Raises:
        UsageError: the two contradict each other, or a sandbox is named that is not there.
    """
    named = os.environ.get("PROVISION_TARGET", "")
    if insist_on == "google-cloud" and (sandbox or named):
        raise UsageError(
            "--target google-cloud contradicts " + ("--sandbox" if sandbox else f"PROVISION_TARGET={named}"),
            cause="calls can go to one place only",
            fix="leave --sandbox out" if sandbox else "unset PROVISION_TARGET",
        )
    if named:
        yield _sandbox(Path(named))
    elif sandbox and outlived:
        from provision.cli.sandbox import attached

        yield _sandbox(attached())
    elif sandbox:
        from provision.cli.sandbox import attached_or_private

        with attached_or_private(lambda text: click.echo(text, err=True)) as ready_file:
            yield _sandbox(ready_file)
    else:
        yield GOOGLE_CLOUD


def _sandbox(ready_file: Path) -> Target:
    """Read where a sandbox is, and say what is set for Google Cloud and not used: it is nothing to show a sandbox."""
    target = read_target(ready_file)
    named = os.environ.get("GOOGLE_APPLICATION_CREDENTIALS", "")
    if named and Path(named).absolute() != target.credentials_file:
        click.echo(
            "GOOGLE_APPLICATION_CREDENTIALS is not used here: the sandbox has credentials of its own"
            " (to be someone else in it: --impersonate-service-account)",
            err=True,
        )
    return target
