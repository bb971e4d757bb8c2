"""Live many histories and report: ``make chaos``, or ``python -m tests.chaos.run --seeds 500``."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
import traceback
from functools import partial
from pathlib import Path

from tests.chaos.chaos import Tally, live

REAL = 10  # every so many histories kills a real process


def one(seed: int, folder: str) -> tuple[int, Tally, str]:
    """Live one history; tell what broke, if anything did."""
    for name in list(os.environ):
        if name.startswith(("GOOGLE_", "CLOUDSDK_", "PROVISION_", "OTEL_")):
            del os.environ[name]
    os.environ |= {"NO_GCE_CHECK": "true", "HOME": folder}
    try:
        return seed, live(seed, Path(folder) / f"seed-{seed}", real=seed % REAL == 0), ""
    except Exception:  # noqa: BLE001 - whatever it is belongs to this seed
        return seed, Tally(), traceback.format_exc()


def main() -> int:
    """Run the seeds and print one line for all, and one for each that broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=500, help="how many histories")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    began = time.monotonic()
    total, broken, done = Tally(), [], 0
    seeds = range(given.first, given.first + given.seeds)
    with tempfile.TemporaryDirectory() as folder, multiprocessing.get_context("spawn").Pool(given.processes) as pool:
        for seed, tally, message in pool.imap_unordered(partial(one, folder=folder), seeds):
            total += tally
            done += 1
            if done % 50 == 0:
                print(f"{done} of {given.seeds}", file=sys.stderr, flush=True)  # noqa: T201 - a command prints
            if message:
                broken.append(seed)
                print(f"seed {seed} broke:\n{message}", file=sys.stderr, flush=True)  # noqa: T201 - a command prints
    took = time.monotonic() - began
    print(  # noqa: T201 - a command prints
        f"{given.seeds} histories from seed {given.first}: {given.seeds - len(broken)} kept every promise"
        f"{', broken: ' + ', '.join(map(str, broken)) if broken else ''}\n"
        f"{total.attempts} commands, {total.faults} faults injected, {total.kills} kills survived "
        f"({total.real_kills} of them SIGKILL; {total.destroy_kills} of them of destroy), "
        f"{total.torn_lines} torn lines, {total.foreign_writes} writes of others,"
        f" {total.second_applies} second applies at the same time, {total.destroyed} destroyed again; {took:.0f} s"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
