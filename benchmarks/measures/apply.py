"""`provision apply` of a new project, against the critical path of its own calls.

What is compared is the time of the whole command, less its start-up, with the time it had to wait for others.

The *critical path* is computed from the sandbox's log of requests and its state. Every call is an interval, from
its arrival until its answer (80 ms later, at least). So is every waiting that the plan asks for:

- an operation: from its creation until it is done;
- propagation: from the first error after Vertex AI was listed as enabled until the enabling was in force everywhere;
- the answers a second apart: the second after each answer of the chat route but the last of them.

The critical path is the longest chain of such intervals that do not overlap: the largest sum there is. Hence a
poll during an operation counts for nothing beside the operation itself, reads that are made at once count once, and
reads that are made one after the other count each. What is not on it is the command's own: importing, computing, a
connection being opened, and finding out late, between two polls, that an operation is done.

*Start-up* is a process that imports what `apply` imports, in the same order, and does nothing.
"""

from __future__ import annotations

import bisect
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from measuring import Figure, Series, in_turn, output, seconds
from sandboxes import PROVISION, PYTHON, Served, served

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

OPTIONS: Final = ("--latency", "80", "--propagation", "1")
PROJECT: Final = "bench-new-project"
VERTEX_AI: Final = "aiplatform.googleapis.com"
INTERVAL_S: Final = 1.0
STARTUP: Final = Path(__file__).parents[1] / "startup.py"

Interval = tuple[float, float]


def measure(runs: int) -> Iterator[Figure]:
    """Apply in a fresh sandbox each time, in turn with a start-up."""
    paths: list[float] = []

    def applied() -> float:
        with served(*OPTIONS) as sandbox:
            began = time.perf_counter()
            _apply(sandbox, [PROVISION])
            taken = time.perf_counter() - began
            paths.append(
                critical_path(intervals(sandbox.get("/sandbox/v1/requests"), sandbox.get("/sandbox/v1/state")))
            )
        return taken

    with served(*OPTIONS) as sandbox:
        noted = str(sandbox.folder / "imported.json")
        _apply(sandbox, [PYTHON, str(STARTUP), "note", noted])
        repeat = [PYTHON, str(STARTUP), "repeat", noted]
        whole, startup = in_turn(runs, applied, partial(seconds, repeat, sandbox.environment()))
    path = tuple(paths[-runs:])
    yield Figure(
        name="(apply - start-up) / critical path of its calls",
        values=tuple((a - b) / c for a, b, c in zip(whole, startup, path, strict=True)),
        unit="x",
        bound="<=",
        goal=1.15,
        raw=(
            Series(name="provision apply", values=whole),
            Series(name="start-up", values=startup),
            Series(name="critical path", values=path),
        ),
    )


def _apply(sandbox: Served, command: Sequence[str]) -> None:
    """Run it to the chat answer."""
    ready = sandbox.ready
    wanted = ["--project", PROJECT, "--create-project", "--parent", ready["organization"]]
    paid = ["--billing-account", ready["billing_account"]]
    journal = ["--journal", str(sandbox.folder / "journal.jsonl")]
    output([*command, "apply", "--yes", *wanted, *paid, *journal], sandbox.environment())


def intervals(log: list[dict[str, Any]], state: dict[str, Any]) -> list[Interval]:
    """Return every call, and every waiting that the plan asks for, as the docstring of this file has them."""
    calls = [(call, call["started"], call["started"] + call["duration_ms"] / 1000) for call in log]
    operations = [(each["created"], each["due"]) for each in state["operations"].values()]
    number = state["resourcemanager.projects"][PROJECT]["number"]
    enabled = state["serviceusage.enablements"][f"{number}/{VERTEX_AI}"]
    asked = [
        (call, end)
        for call, start, end in calls
        if f"/projects/{PROJECT}/locations/" in call["path"] and start >= enabled["changed"]
    ]
    refused = [end for call, end in asked if call["status"] == 403 and end < enabled["settled"]]
    propagation = [(refused[0], enabled["settled"])] if refused else []
    proofs = [end for call, end in asked if call["path"].endswith("/chat/completions") and call["status"] == 400]
    apart = [(end, end + INTERVAL_S) for end in proofs[:-1]]
    return [*((start, end) for _, start, end in calls), *operations, *propagation, *apart]


def critical_path(given: Iterable[Interval]) -> float:
    """Return the largest sum of intervals that do not overlap."""
    ordered = sorted(given, key=lambda interval: interval[1])
    ends = [end for _, end in ordered]
    best = [0.0]  # best[n]: of the first n
    for n, (start, end) in enumerate(ordered):
        before = bisect.bisect_right(ends, start, hi=n)
        best.append(max(best[n], best[before] + end - start))
    return best[-1]
