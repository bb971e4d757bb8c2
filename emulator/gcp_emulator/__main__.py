"""`python -m gcp_emulator`."""

from gcp_emulator.cli import command

command(prog_name="gcp-emulator")
