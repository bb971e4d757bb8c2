"""Read Markdown pages as a reader does: follow their links, and run the commands that they show.

The toolkit's tests of its own pages use this too.
"""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import click

FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"(?<!\\)\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)|^\[[^\]]+\]:\s+(\S+)", re.MULTILINE)
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
HIDDEN = re.compile(r"^(\..*|__pycache__|build|dist|node_modules)$")


def pages(root: Path) -> list[Path]:
    """Return every Markdown page below a folder."""
    return sorted(path for path in root.rglob("*.md") if not any(map(HIDDEN.match, path.relative_to(root).parts)))


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives a page's headings."""
    found: Counter[str] = Counter()
    named = set(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", page.read_text("utf-8")))
    for heading in HEADING.findall(FENCE.sub("", page.read_text("utf-8"))):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        named.add(f"{slug}-{found[slug]}" if found[slug] else slug)
        found[slug] += 1
    return named


def broken_links(page: Path) -> list[str]:
    """Return the relative links of a page that lead nowhere."""
    text = CODE.sub("", FENCE.sub("", page.read_text("utf-8")))
    found = []
    for inline, reference in LINK.findall(text):
        target = inline or reference
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists():
            found.append(f"{target}: no such file")
        elif anchor and (file.suffix != ".md" or anchor not in anchors(file)):
            found.append(f"{target}: no such heading")
    return found


def examples(page: str) -> list[tuple[str, str]]:
    """Return the lines that a page's console blocks show, in order, each with what it prints."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, printed = part.partition("\n")
            found.append((command, printed))
    return found


def pattern(printed: str) -> re.Pattern[str]:
    """Turn what is shown into what must be printed: a line of `…` is any lines, `…` in a line any text."""
    lines = (
        r"(?:.*\n)*?" if line == "…" else ".*".join(map(re.escape, line.split("…"))) + r"\n"
        for line in printed.splitlines()
    )
    return re.compile("".join(lines))


def command_lines(page: str, program: str) -> list[list[str]]:
    """Return the arguments of every call of a program in a page's code blocks."""
    blocks = re.findall(r"```(?:console|sh)\n(.*?)```", page, re.DOTALL)
    lines = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    words = (
        shlex.split(re.split(r" \|\|? | >>? | < |\)\"", line, maxsplit=1)[0], comments=True)
        for line in lines
        if line.startswith(f"{program} ")
    )
    return [each[1:] for each in words]


def parse(program: str, command: click.Command, words: list[str]) -> dict[str, Any]:
    """Parse a command line without running it, and return what was given.

    Raises:
        AssertionError: there is no such command.
        click.UsageError: its options or arguments are wrong.
    """
    ctx = click.Context(command, info_name=program)
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
    return ctx.params


def free_port() -> str:
    """Return a port of loopback that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def assert_prints_what_it_shows(page: str, folder: Path, serve: str, attach: str) -> None:
    """Run a page's console lines in one shell, and compare what they print with what the page shows.

    Args:
        page: its text.
        folder: where the shell runs.
        serve: how a line begins that starts a server, which then runs until the shell ends.
        attach: the command that succeeds as soon as that server answers.
    """
    shown = examples(page)
    lines = []
    for number, (command, _) in enumerate(shown):
        lines.append(f"echo; echo '=== {number}'")
        if command.startswith(serve):
            lines.append(f"{command} & server=$!; trap 'kill $server; wait $server' EXIT")
            lines.append(f"for try in $(seq 100); do {attach} >/dev/null 2>&1 && break; sleep 0.1; done")
        else:
            lines.append(f"{command} 2>&1")
    done = subprocess.run(
        ["bash", "-uc", "\n".join(lines)],
        cwd=folder,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    printed = re.split(r"\n?=== \d+\n", done.stdout)[1:]
    assert len(printed) == len(shown), done.stderr
    for (command, expected), output in zip(shown, printed, strict=True):
        assert pattern(expected).search(f"{output}\n"), (
            f"$ {command}\nprints\n{output}{done.stderr}\nand not\n{expected}"
        )
