"""Ask the model many times, and say how long it took: what an application will meet."""

from __future__ import annotations

import itertools
import math
import threading
import time
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from provision import catalog
from provision.chat.faults import Fault, fault_of, other_models
from provision.clients import ask
from provision.concurrency import run_all
from provision.errors import ErrorStatus, NoAnswer, UsageError
from provision.plan import Check
from provision.statistics import Spread, sparkline, spread
from provision.steps.chat import LOAD, PROMPT, cost_evidence, cost_of, in_time, price_of
from provision.steps.chat.asking import MAX_TOKENS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provision.chat.messages import Completion
    from provision.clients import Clients
    from provision.config import Config
    from provision.plan import Check

Value = TypeVar("Value")

PROMPT_TOKENS: Final = 100
"""More than the question takes, whatever the model's template adds."""


@dataclass(kw_only=True)
class LoadTest:
    """What came of many questions.

    Attributes:
        wanted: how many were to be asked.
        answers: the good ones, in the order in which they ended.
        faults: what was wrong with the others that came.
        took_s: from the first question to the last answer.
        tokens: all that were paid for as output.
        cost_usd: what the answers cost at the catalog's price; None where it has none.
        stopped: the next question might have cost more than was allowed.
    """

    wanted: int
    answers: list[Completion] = field(default_factory=list)
    errors: list[ErrorStatus] = field(default_factory=list)
    faults: list[tuple[Fault, str]] = field(default_factory=list)
    took_s: float = 0.0
    tokens: int = 0
    cost_usd: float | None = None
    stopped: bool = False

    @property
    def asked(self) -> int:
        """How many questions were asked."""
        return len(self.answers) + len(self.faults) + len(self.errors)


def check_price(config: Config, max_cost_usd: float) -> None:
    """Refuse a limit that cannot be kept, before anything is asked.

    Raises:
        UsageError: the catalog has no price for the model.
    """
    row = catalog.models().get(config.model)
    if max_cost_usd and (config.endpoint or row is None or row.cost_usd(0, 0) is None):
        raise UsageError(
            f"--max-cost {max_cost_usd:g} cannot be kept",
            cause=f"the catalog has no price for {config.endpoint or config.model}",
            fix="leave --max-cost out, and limit --requests instead",
        )


def load(config: Config, clients: Clients, *, requests: int, concurrency: int, max_cost_usd: float = 0.0) -> LoadTest:
    """Ask the same question ``requests`` times, ``concurrency`` at once.

    Args:
        max_cost_usd: no question is asked that might take the sum beyond it; 0: no limit.
    """
    done = LoadTest(wanted=requests)
    worst = price_of(config, PROMPT_TOKENS, MAX_TOKENS)
    began = time.monotonic()
    lock = threading.Lock()
    turns = itertools.count()
    committed = 0.0

    def one_after_another() -> None:
        nonlocal committed
        while True:
            with lock:
                if done.stopped or next(turns) >= requests:
                    return
                if max_cost_usd and worst is not None and committed + worst > max_cost_usd:
                    done.stopped = True
                    return
                committed += worst or 0.0
            answer = ask(partial(clients.chat.complete, "", PROMPT, max_tokens=MAX_TOKENS))
            with lock:
                if isinstance(answer, NoAnswer):
                    done.errors.append(answer.told)
                    committed -= worst or 0.0
                else:
                    fault = _fault(config, answer)
                    if fault is None:
                        done.answers.append(answer)
                    else:
                        done.faults.append((fault, answer.finish_reason))
                    done.tokens += answer.completion_tokens
                    cost = cost_of(config, answer)
                    if cost is not None:
                        committed += cost - (worst or 0.0)
                        done.cost_usd = (done.cost_usd or 0.0) + cost
                done.took_s = time.monotonic() - began
                clients.progress(f"asked: {done.asked} of {requests}")

    workers = {str(number): one_after_another for number in range(min(concurrency, requests))}
    for result in run_all(workers, deadline_s=math.inf).values():
        if isinstance(result, Exception):
            raise result
    return done


def _fault(config: Config, answer: Completion) -> Fault | None:
    """Return what is wrong with one answer; one that was cut short by its budget was still given."""
    others, answered = ((), True) if config.endpoint else other_models(config.model, [answer])
    if not answered:
        return Fault(summary=f"{', '.join(others)} answered", diagnosis="CHAT_OTHER_MODEL")
    return fault_of(answer)


def evaluate(config: Config, done: LoadTest) -> Iterator[Check]:
    """Evaluate whether all were answered well, and fast enough."""
    evidence: dict[str, Any] = {"requests": done.wanted, "asked": done.asked, "answered": len(done.answers)}
    times = [answer.total_s for answer in done.answers]
    if times:
        evidence |= figures(done) | cost_evidence(config, done.cost_usd, digits=6)
    summary = f"{len(done.answers)} of {done.asked} answered"
    if done.stopped:
        summary += f" (stopped at {done.asked} of {done.wanted}: the next might cost more than allowed)"
    # What the most were refused for is told, and not what happened to come first.
    error = _commonest(done.errors, str)
    faulty = _commonest(done.faults, lambda each: each[0].diagnosis)
    if faulty is not None and len(done.faults) >= len(done.errors):
        fault, finish_reason = faulty
        summary += f"; {len(done.faults)} badly: {fault.summary}"
        evidence |= {"finish_reason": finish_reason}
        if fault.status == "unknown":
            yield LOAD.unknown(summary, None, diagnosis=fault.diagnosis, **evidence)
        else:
            yield LOAD.failed(summary, fault.diagnosis, **evidence)
    elif done.asked and error is None:
        yield LOAD.passed(summary, **evidence)
    else:
        yield LOAD.unknown(summary, error, **evidence)
    if times and config.max_latency_s:
        yield in_time(config, spread(times).p95)


def _commonest(values: list[Value], name: Callable[[Value], str]) -> Value | None:
    names = [name(each) for each in values]
    return max(values, key=lambda each: names.count(name(each)), default=None)


def figures(done: LoadTest) -> dict[str, Any]:
    """Return the spread of every time, in the unit its name ends in, with a picture in the order of the answers."""
    first = [answer.first_token_s for answer in done.answers if answer.first_token_s is not None]
    speeds = [answer.tokens_per_s for answer in done.answers if answer.tokens_per_s is not None]
    found: dict[str, Any] = {"total_s": _message([answer.total_s for answer in done.answers])}
    if done.took_s > 0:
        found |= {
            "took_s": round(done.took_s, 3),
            "requests_per_s": round(done.asked / done.took_s, 3),
            "all_tokens_per_s": round(done.tokens / done.took_s, 3),
        }
    if first:
        found["first_token_s"] = _message(first)
    if speeds:
        found["token_ms"] = _message([1000 / speed for speed in speeds])
        found["tokens_per_s"] = _message(speeds, slow_is="small")
    return found


def _message(values: list[float], *, slow_is: Literal["large", "small"] = "large") -> dict[str, Any]:
    """Return the spread; p95 and p99 are the slow end, which for a speed is the small one."""
    spread_of_values: Spread = spread(values, slow_is=slow_is)
    rounded: dict[str, Any] = {name: round(value, 4) for name, value in asdict(spread_of_values).items()}
    return rounded | {"values": [round(value, 4) for value in values], "picture": sparkline(values)}
