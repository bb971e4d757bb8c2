"""The program `gcp-emulator`, and `python -m gcp_emulator`."""

from __future__ import annotations

import signal


def main() -> None:
    """Load the command line and run it: who stops it before it is loaded is shown no traceback."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from gcp_emulator.cli import command

    command(prog_name="gcp-emulator")


if __name__ == "__main__":
    main()
