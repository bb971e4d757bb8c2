"""The program `provision`, and ``python -m provision``."""

from __future__ import annotations

import signal


def main() -> None:
    """Load the command line and run it: who stops it before it is loaded is told nothing, and shown no traceback."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from provision.cli import main as run

    run(prog_name="provision")


if __name__ == "__main__":
    main()
