"""The README's commands are run, and what it shows is what they print. `…` stands for anything."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def examples() -> list[tuple[str, str]]:
    """Each console block as (command, what it prints)."""
    blocks = re.findall(r"```console\n\$ (.*?)\n(.*?)```", README, re.DOTALL)
    return [(command, printed) for command, printed in blocks]


def pattern(printed: str) -> re.Pattern[str]:
    """Turn what is shown into what must be printed: a line of `…` is any lines, `…` in a line any text."""
    return re.compile(
        "".join(
            r"(?:.*\n)*?" if line == "…" else ".*".join(map(re.escape, line.split("…"))) + r"\n"
            for line in printed.splitlines()
        )
    )


def run(command: str, folder: Path) -> str:
    """Run a line of the README as a newcomer would, with this environment's own commands."""
    words = shlex.split(command)
    if words[0] == "make":
        here = Path(sys.executable).parent
        settings = [f"BIN={here}", f"VENV={folder}", "RUN_READY=README.md"]
        recipe = subprocess.run(
            ["make", "-n", "-C", str(ROOT), words[1], *settings], capture_output=True, text=True, check=True
        ).stdout
        words = shlex.split(next(each for each in recipe.splitlines() if "provision" in each))
    elif words[0] == "provision":
        words = [sys.executable, "-m", "provision", *words[1:]]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        words, cwd=folder, capture_output=True, text=True, check=False, env=os.environ | {"PATH": path}
    )
    return done.stderr + done.stdout


@pytest.mark.parametrize(("command", "printed"), examples(), ids=lambda text: text.partition(" --")[0][:40])
def test_the_readme_is_true(command: str, printed: str, tmp_path: Path) -> None:
    output = run(command, tmp_path)
    assert pattern(printed).search(output), f"README.md shows something else than\n{output}"
    assert "\x1b" not in output


def test_there_are_examples_to_run() -> None:
    assert len(examples()) == 3


def test_every_command_is_in_the_readme() -> None:
    from provision.cli import COMMANDS

    assert all(f"| `provision {name}` |" in README for name in COMMANDS)


def test_the_readme_s_configuration_is_accepted(tmp_path: Path) -> None:
    from provision.config import load

    for block in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL):
        file = tmp_path / "provision.yaml"
        file.write_text(block)
        assert load(file=file).project_id == "my-team-chat"


def test_the_version_in_the_readme_is_ours() -> None:
    from provision import __version__

    assert f"vertex_provision-{__version__}-py3" in README
