"""``provision completion``: Print what a shell needs to complete commands, options and values."""

from __future__ import annotations

from typing import Final

import click

from provision.cli import command_help

_SHELLS: Final = ("bash", "zsh", "fish")


@command_help.with_examples(
    "provision completion bash > ~/.local/share/bash-completion/completions/provision",
    "provision completion fish > ~/.config/fish/completions/provision.fish",
)
@click.argument("shell", type=click.Choice(_SHELLS))
def command(shell: str) -> None:
    """Print what a shell needs to complete commands, options and values.

    bash and fish read the file that the examples write when they start. zsh: add `source <(provision completion zsh)`
    to ~/.zshrc, after `compinit`. Bash has to be 4.4 or newer.
    """
    from click.shell_completion import get_completion_class

    from provision.cli import main

    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click has all three
    click.echo(kind(main, {}, "provision", "_PROVISION_COMPLETE").source(), nl=False)
