"""The README's commands are run, and what it shows is what they print. `…` stands for anything."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from emulator.tests.docs.markdown import examples, pattern

ROOT = Path(__file__).parents[2]
PROJECTS = ("pyproject.toml", "emulator/pyproject.toml")
README = (ROOT / "README.md").read_text("utf-8")


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


@pytest.mark.parametrize(("command", "printed"), examples(README), ids=lambda text: text.partition(" --")[0][:40])
def test_the_readme_is_true(command: str, printed: str, tmp_path: Path) -> None:
    output = run(command, tmp_path)
    assert pattern(printed).search(output), f"README.md shows something else than\n{output}"
    assert "\x1b" not in output


def test_there_are_examples_to_run() -> None:
    assert len(examples(README)) == 3


def test_the_readme_names_no_command_that_is_not_there() -> None:
    from provision.cli import commands

    named = re.findall(r"^\| `provision ([a-z-]+)` \|", README, re.MULTILINE)
    assert len(named) > 10
    assert set(named) <= set(commands())
    assert "docs/reference/commands.md" in README  # which lists them all


def test_the_readme_s_configuration_is_accepted(tmp_path: Path) -> None:
    from provision.config import load

    for block in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL):
        file = tmp_path / "provision.yaml"
        file.write_text(block)
        assert load(file=file).project_id == "my-team-chat"


def test_the_readme_has_a_line_for_each_shelf_of_the_documentation() -> None:
    shelves = README.partition("## Documentation\n")[2].partition("\n## ")[0].strip().splitlines()
    assert [re.findall(r"\]\(([^)]+)\)", line)[0] for line in shelves] == [
        "docs/README.md",
        "emulator/README.md",
        "CONTRIBUTING.md",
    ]


def test_the_environment_is_activated_before_the_first_command_of_ours() -> None:
    before, activated, _ = README.partition("source .venv/bin/activate")
    assert activated
    assert not re.search(r"^(\$ )?provision ", before, re.MULTILINE)


def test_the_wheels_that_the_readme_names_are_those_that_are_built() -> None:
    names = {tomllib.loads((ROOT / file).read_text("utf-8"))["project"]["name"] for file in PROJECTS}
    install = README.partition("## Install\n")[2].partition("\n## ")[0]
    installed = re.findall(r"dist/(\w+)-\*\.whl", install)
    assert set(installed) == {name.replace("-", "_") for name in names}
    assert not re.search(r"pip install '?[a-z]+-", install), "no one has registered these names yet"
