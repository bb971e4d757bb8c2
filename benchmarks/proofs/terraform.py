"""Drawn configurations made by `provision apply` and by `terraform apply`, in twin sandboxes: no difference."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from measuring import output
from sandboxes import clean

CLAIM: Final = (
    "From one provision.yaml, `provision apply` and `terraform apply` end in the same project: over the whole range of"
    " what both carry out, all that Google would then hold is equal, but for what is listed in"
    " `tests/terraform/parity.py`, and Terraform then plans nothing."
)
COMMAND: Final = "python -m tests.terraform.parity --examples 200"
ROOT: Final = Path(__file__).parents[2]


def prove() -> list[str]:
    """Draw and compare; return the figures."""
    command = [sys.executable, *COMMAND.split()[1:]]
    message, _ = output(command, clean() | {"PYTHONPATH": str(ROOT)})
    return message.strip().splitlines()[-1].split(", ")
