"""Two faults at once, over REST and the chat, drawn from a seed: ``python -m tests.matrix.pairs --cases 600``.

One alone is in `matrix`, with what exactly must come of it. What two come to is for no table to say; but whatever they
are, nothing is green that was not seen, nothing is refuted that no one refuted, and the check ends in time and within
its memory.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import re
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from gcp_emulator.server import running

from provision.commands.check import check
from provision.config import Config
from provision.diagnoses import by_key
from provision.plan import Run
from tests.matrix.matrix import OWN_CLIENTS, READY, ApiCall, Case, Matrix, Which
from tests.matrix.relay import IN_A_LIST, IN_THE_ANSWER, IN_THE_STREAM, ON_THE_WIRE, Relay, Trick, relaying

CALL_S: Final = 1.0
READS_S: Final = 4.0
GRACE_S: Final = 2.0
LARGEST_MB: Final = 300


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One of two: a case of the matrix, or a trick that is played on a call."""

    call: ApiCall
    case: Case | None = None
    trick: Trick | None = None

    def __str__(self) -> str:
        return str(self.case) if self.case else f"{self.trick and self.trick.name} / {self.call.called}"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of two faults at once; times are in seconds."""

    pair: str
    verdict: str
    exit_code: int
    broken: tuple[str, ...]
    took_s: float
    over_chat: bool
    number: int = -1
    again: bool = False


def is_chat(call: ApiCall) -> bool:
    """Whether it is a question to the model."""
    return "/chat/" in call.called


def draw(matrix: Matrix, seed: int, number: int) -> tuple[Fault, Fault]:
    """Return the pair of that number; every other one has a chat in it."""
    chance = random.Random(f"{seed}/{number}")  # noqa: S311 - drawn again from the same seed
    chats = [call for call in matrix.calls if is_chat(call)]
    first = chance.choice(chats if number % 2 else matrix.calls)
    return _drawn(matrix, first, chance), _drawn(matrix, chance.choice(matrix.calls), chance)


def _drawn(matrix: Matrix, call: ApiCall, chance: random.Random) -> Fault:
    # A token is asked for where its file says, not of the relay.
    if call.called not in OWN_CLIENTS and chance.random() < 0.5:
        # A policy does not say whose it is, and grants no more by a binding that it holds twice.
        lies: tuple[Trick, ...] = () if call.called.endswith(":getIamPolicy") else IN_THE_ANSWER
        lies += IN_A_LIST if re.search(r"/List|\.list$", call.method) else ()
        tricks = (*ON_THE_WIRE, *IN_THE_STREAM) if is_chat(call) else (*ON_THE_WIRE, *lies)
        return Fault(call=call, trick=chance.choice(tricks))
    failure = chance.choice(list(matrix.failures(call)))
    which: Which = "all" if chance.random() < 0.8 else "first"
    return Fault(call=call, case=Case(call=call, failure=failure, which=which))


class Pairs:
    """A ready project behind a relay."""

    def __init__(self, matrix: Matrix, relay: Relay) -> None:
        self.matrix, self.relay = matrix, relay
        config = matrix.config
        self.config = replace(
            config,
            target=replace(config.target, address=self.relay.url),
            capabilities=(),
            call_timeout_s=CALL_S,
            check_timeout_s=READS_S,
        )
        matrix.sandbox.load(READY)
        # What is loaded when it is first used takes longer than one call may: the first look has the time it needs.
        green = self._look(replace(self.config, call_timeout_s=60, check_timeout_s=120))
        assert green.verdict == "ready", green.root_cause
        self.times = self._asked()

    def _asked(self) -> Counter[str]:
        return Counter(f"{entry['verb']} {entry['path']}" for entry in self.matrix.sandbox.requests())

    def _look(self, config: Config) -> Run:
        return check(config, self.matrix._fresh(config))

    def prove(self, pair: tuple[Fault, Fault]) -> Outcome:
        """Check the ready project with both faults, and evaluate what came out."""
        self.matrix.sandbox.load(READY)
        for fault in pair:
            if fault.trick is not None:
                self.relay.play(fault.call.called, fault.trick)
            elif fault.case is not None:
                given = fault.case.faults()
                self.matrix.sandbox.do(lambda inner, given=given: inner.faults.add(given))  # type: ignore[misc] # mypy wants no default in a lambda
        began = time.monotonic()
        run = self._look(self.config)
        took_s = time.monotonic() - began
        fired = {each["method"]: each["fired"] for each in self.matrix.sandbox.do(lambda inner: inner.faults.show())}
        asked = self._asked()
        played = Counter(self.relay.played)
        broken = [
            *_always(run, took_s, pair),
            *(f"a stranger was asked: {each[0]}" for each in self.relay.strange),
        ]
        met = {fault.call.called: fired.get(fault.call.called, 0) + played[fault.call.called] for fault in pair}
        for fault in pair:
            answered = asked[fault.call.called] - met[fault.call.called]
            if met[fault.call.called] and answered < self.times[fault.call.called] and _all_green(run, fault):
                broken.append(f"false green: {fault}")
        self.relay.end()
        self.relay.strange.clear()
        return Outcome(
            pair=" + ".join(map(str, pair)),
            verdict=run.verdict,
            exit_code=run.exit_code,
            broken=tuple(broken),
            took_s=took_s,
            over_chat=any(is_chat(fault.call) for fault in pair),
        )


def waits(fault: Fault) -> bool:
    """Whether its end is that of the time there is for it."""
    if fault.case is not None:
        return fault.case.failure.waits
    return fault.trick is not None and fault.trick.waits


def _steps(fault: Fault) -> tuple[str, ...]:
    return fault.case.steps if fault.case else fault.call.steps


def _all_green(run: Run, fault: Fault) -> bool:
    """Whether nothing shows of a fault: neither where it was met, nor in the whole."""
    shown = [each for each in run.checks if each.step in _steps(fault) and each.status not in {"pass", "skipped"}]
    return run.verdict == "ready" and not shown


def _always(run: Run, took_s: float, pair: tuple[Fault, Fault]) -> Iterator[str]:
    if took_s > READS_S + GRACE_S:
        yield f"overrun: {took_s:.1f} s"
    for each in run.checks:
        if each.status == "unknown" and "the check itself broke" in each.summary:
            yield f"crash: {each.id}: {each.summary}"
    if run.exit_code not in {0, 1, 3}:
        yield f"exit {run.exit_code}"
    # What Google refuses by a reason that stands for a state is a no; what was malformed, late or lost never is.
    means = {key for fault in pair if fault.case for key in fault.case.failure.means}
    if run.exit_code == 1 and not any(by_key(key).verdict == "fail" for key in means):
        yield f"a no that no one said: {run.root_cause and (run.root_cause.id, run.root_cause.summary)}"


def peak_mb() -> float:
    """Return the most memory that this process, with the sandbox and the relay in it, or one of its children held."""
    unit = 1024 if sys.platform == "darwin" else 1
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / (
        unit * 1024
    )


def part(numbers: Sequence[int], seed: int) -> tuple[list[Outcome], float]:
    """Prove these pairs; return what came of it, and the most memory it took, in MB."""
    for name in list(os.environ):
        if name.startswith(("GOOGLE_", "CLOUDSDK_", "PROVISION_", "OTEL_")):
            del os.environ[name]
    found = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"NO_GCE_CHECK": "true", "HOME": folder}
        os.chdir(folder)
        with running(clock=0, grpc=False) as sandbox, relaying(sandbox["rest_url"]) as relay:
            pairs = Pairs(Matrix(sandbox, Path(folder)), relay)
            for number in numbers:
                outcome = pairs.prove(draw(pairs.matrix, seed, number))
                if outcome.broken:
                    print(f"{number}: {outcome.pair}: {'; '.join(outcome.broken)}", file=sys.stderr, flush=True)  # noqa: T201 - a command prints
                found.append(replace(outcome, number=number))
        os.chdir("/")
    return found, peak_mb()


def prove_all(numbers: range, seed: int, processes: int) -> tuple[list[Outcome], float]:
    """Prove all of them, so many at once; those that were late, once more each with the machine to itself.

    What other work delayed is then in time; what hangs is late again.
    """
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        parts = pool.starmap(part, [(numbers[each::processes], seed) for each in range(processes)])
        found = {outcome.number: outcome for outcomes, _ in parts for outcome in outcomes}
        late = [number for number, outcome in found.items() if any(map(is_late, outcome.broken))]
        if late:
            parts.append(pool.apply(part, (late, seed)))
            found |= {outcome.number: replace(outcome, again=True) for outcome in parts[-1][0]}
    return list(found.values()), max(peak for _, peak in parts)


def is_late(broken: str) -> bool:
    """Whether it says that a check did not end in time."""
    return broken.startswith("overrun")


def main() -> int:
    """Prove as many pairs as were asked for; print what is broken, and the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=600)
    parser.add_argument("--first", type=int, default=0, help="the number of the first, to repeat one alone")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    found, peak = prove_all(range(given.first, given.first + given.cases), given.seed, given.processes)
    broken = Counter(each.partition(":")[0] for outcome in found for each in outcome.broken)
    exits = Counter(outcome.exit_code for outcome in found)
    print(  # noqa: T201 - a command prints
        f"{len(found)} pairs from seed {given.seed}, {sum(each.over_chat for each in found)} of them with a chat\n"
        f"{broken['false green']} false green, {broken['overrun']} beyond {READS_S:g} s + {GRACE_S:g} s, "
        f"{broken['crash']} crashes, {broken['a no that no one said']} refuted without a no, "
        f"{broken['a stranger was asked']} strangers asked\n"
        f"exit 0, 1 and 3: {exits[0]}, {exits[1]} and {exits[3]}; the longest check took "
        f"{max(each.took_s for each in found):.1f} s; at most {peak:.0f} MB; "
        f"{sum(each.again for each in found)} were proven again alone, since they were late beside other work"
    )
    return 1 if broken or peak > LARGEST_MB else 0


if __name__ == "__main__":
    sys.exit(main())
