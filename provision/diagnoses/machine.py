"""What stands on this machine, or was asked of this run, and is in the way of every call."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Match

ROWS: Final = (
    Diagnosis(
        key="COMMAND_TIMEOUT",
        match=Match(reason="COMMAND_TIMEOUT"),
        fix_owner="you",
        verdict="unknown",
        source="https://sre.google/sre-book/addressing-cascading-failures/",
        cause="The command has had all the time it may take, and asks nothing more: {message}",
        fix="run it again: it goes on from what is there; to give it longer: --command-timeout SECONDS",
        triggered_by=("any",),
        not_reproduced="it is no error of a server's: the command itself stops",
    ),
)
