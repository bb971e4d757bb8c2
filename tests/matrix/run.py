"""Prove the whole fault matrix and report: ``python -m tests.matrix.run``."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gcp_emulator.server import running

from tests.matrix.matrix import Matrix

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, kw_only=True)
class ChangeResult:
    """What came of one case; ``healed``: it was retried away, and all is green. Times are in seconds."""

    name: str
    call: str
    failure: str
    healed: bool
    broken: tuple[str, ...]
    took_s: float


def part(number: int, of: int, pattern: str) -> tuple[list[ChangeResult], float]:
    """Prove every so manieth failure of every call; return what came of it, and the CPU seconds it took."""
    for name in list(os.environ):
        if name.startswith(("GOOGLE_", "CLOUDSDK_", "PROVISION_", "OTEL_")):
            del os.environ[name]
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"NO_GCE_CHECK": "true", "HOME": folder}
        os.chdir(folder)
        with running(clock=0, grpc=False) as sandbox:
            found = list(_confirmed(Matrix(sandbox, Path(folder)), number, of, pattern))
        os.chdir("/")
    return found, time.process_time()


def _confirmed(matrix: Matrix, number: int, of: int, pattern: str) -> Iterator[ChangeResult]:
    lasting = 0
    index = 0
    for case in matrix.cases():
        index += case.which == "all"
        if index % of != number or not re.search(pattern, str(case)):
            continue
        if case.which == "first" and lasting <= 1:
            continue  # it was asked once and not again: failing the first time is failing every time
        outcome = matrix.prove(case)
        if case.which == "all":
            lasting = outcome.met
        healed = not outcome.broken and outcome.run.verdict == "ready" and outcome.answered >= case.call.times
        message = ChangeResult(
            name=str(case),
            call=case.call.called,
            failure=case.failure.name,
            healed=healed,
            broken=outcome.broken,
            took_s=outcome.took_s,
        )
        if message.broken:
            print(f"{message.name}: {'; '.join(message.broken)}", file=sys.stderr, flush=True)  # noqa: T201 - a command prints
        yield message


def main() -> int:
    """Prove the cases; print what is broken, the size and the score."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", default="", metavar="REGEX", help="cases whose name matches")
    given = parser.parse_args()
    with multiprocessing.get_context("spawn").Pool(given.processes) as pool:
        parts = pool.starmap(part, [(number, given.processes, given.only) for number in range(given.processes)])
    message = [each for found, _ in parts for each in found]
    right = [each for each in message if not each.broken]
    print(  # noqa: T201 - a command prints
        f"{len({each.call for each in message})} calls, {len({each.failure for each in message})} kinds of failure, "
        f"{len(message):,} cases\n"
        f"{len(right):,} right: {sum(each.healed for each in right)} retried away, "
        f"{sum(not each.healed for each in right):,} named; {len(message) - len(right)} wrong\n"
        f"the longest check took {max((each.took_s for each in message), default=0.0):.1f} s; "
        f"{sum(cpu for _, cpu in parts):.0f} s of CPU"
    )
    return 1 if len(right) < len(message) else 0


if __name__ == "__main__":
    sys.exit(main())
