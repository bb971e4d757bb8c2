"""The guides' commands exist; those of the sandbox's pages are run, and print what they show. `…` is anything."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import click
import pytest

from provision.cli import main

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = sorted(DOCS.glob("*.md"))
PORT = "8085"


def console(page: str) -> list[tuple[str, str]]:
    """Return the page's console lines in order, each with what it prints."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, printed = part.partition("\n")
            found.append((command, printed))
    return found


def command_lines(page: str) -> list[list[str]]:
    """Return every `provision ...` of the page's code blocks, as words."""
    blocks = re.findall(r"```(?:console|sh)\n(.*?)```", page, re.DOTALL)
    lines = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    words = (
        shlex.split(re.split(r" \|\|? | >>? | < |\)\"", line)[0])
        for line in lines
        if re.match(r"(\$ )?provision ", line)
    )
    return [each[1:] for each in words]


def parsed(words: list[str]) -> list[str]:
    """Parse a command line as `provision` would, without running it; return the inner command of `sandbox run`."""
    command: click.Command = main
    ctx = click.Context(command, info_name="provision")
    while isinstance(command, click.Group):
        name, *words = words
        inner = command.get_command(ctx, name)
        assert inner is not None, f"there is no {ctx.command_path} {name}"
        command = inner
        ctx = (
            click.Context(command, parent=ctx, info_name=name)
            if isinstance(command, click.Group)
            else command.make_context(name, words, parent=ctx)
        )
    return list(ctx.params.get("words", ()))


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_every_command_of_the_guides_is_one(guide: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(DOCS.parent)  # where files of the repository that a guide names are
    for words in command_lines(guide.read_text("utf-8")):
        inner = parsed(words)
        if inner[:1] == ["provision"]:
            parsed(inner[1:])


def test_a_command_that_does_not_exist_is_found() -> None:
    with pytest.raises(AssertionError, match="provision sandbox fly"):
        parsed(["sandbox", "fly"])
    with pytest.raises(click.UsageError, match="--no-such-option"):
        parsed(["check", "--no-such-option"])


def pattern(printed: str) -> re.Pattern[str]:
    """Turn what is shown into what must be printed: a line of `…` is any lines, `…` in a line any text."""
    lines = (
        r"(?:.*\n)*?" if line == "…" else ".*".join(map(re.escape, line.split("…"))) + r"\n"
        for line in printed.splitlines()
    )
    return re.compile("".join(lines))


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def script_of(commands: list[str]) -> str:
    """One shell runs them all; a server goes to the background, and ends with it."""
    lines = []
    for number, command in enumerate(commands):
        lines.append(f"echo; echo '=== {number}'")
        if command.startswith("provision sandbox serve"):
            lines.append(f"{command} & server=$!; trap 'kill $server; wait $server' EXIT")
            lines.append("for try in $(seq 100); do provision sandbox env >/dev/null 2>&1 && break; sleep 0.1; done")
        else:
            lines.append(f"{command} 2>&1")
    return "\n".join(lines)


@pytest.mark.skipif(not all(map(shutil.which, ("bash", "curl"))), reason="needs bash and curl")
@pytest.mark.parametrize("name", ["sandbox.md", "sandbox-faults.md"])
def test_the_pages_of_the_sandbox_are_true(name: str, tmp_path: Path) -> None:
    page = (DOCS / name).read_text("utf-8").replace(PORT, free_port())
    examples = console(page)
    done = subprocess.run(
        ["bash", "-uc", script_of([command for command, _ in examples])],
        cwd=tmp_path,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    printed = re.split(r"\n?=== \d+\n", done.stdout)[1:]
    assert len(printed) == len(examples), done.stderr
    for (command, shown), output in zip(examples, printed, strict=True):
        assert pattern(shown).search(f"{output}\n"), f"$ {command}\nprints\n{output}{done.stderr}\nand not\n{shown}"
