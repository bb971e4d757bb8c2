"""Ask the model many times, and say how long it took: what an application will meet."""

from __future__ import annotations

import itertools
import math
import threading
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from provision import catalog
from provision.clients import ask
from provision.concurrency import run_all
from provision.errors import ErrorStatus, NoAnswer, UsageError
from provision.plan import Check
from provision.statistics import Spread, sparkline, spread
from provision.steps.chat import LOAD, MAX_TOKENS, PROMPT, in_time, priced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.chat.messages import Completion
    from provision.clients import Clients
    from provision.config import Config
    from provision.plan import Check

PROMPT_TOKENS: Final = 100
"""More than the question takes, whatever the model's template adds."""


@dataclass(kw_only=True)
class LoadTest:
    """What came of many questions.

    Attributes:
        wanted: how many were to be asked.
        answers: in the order in which they ended.
        cost_usd: what the answers cost at the catalog's price; None where it has none.
        stopped: the next question might have cost more than was allowed.
    """

    wanted: int
    answers: list[Completion] = field(default_factory=list)
    errors: list[ErrorStatus] = field(default_factory=list)
    cost_usd: float | None = None
    stopped: bool = False


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
    row = None if config.endpoint else catalog.models().get(config.model)
    worst = row.cost_usd(PROMPT_TOKENS, MAX_TOKENS) if row else None
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
                    done.answers.append(answer)
                    cost = row.cost_usd(answer.prompt_tokens, answer.completion_tokens) if row else None
                    if cost is not None:
                        committed += cost - (worst or 0.0)
                        done.cost_usd = (done.cost_usd or 0.0) + cost
                clients.progress(f"asked: {len(done.answers) + len(done.errors)} of {requests}")

    workers = {str(number): one_after_another for number in range(min(concurrency, requests))}
    for result in run_all(workers, deadline_s=math.inf).values():
        if isinstance(result, Exception):
            raise result
    return done


def evaluate(config: Config, done: LoadTest) -> Iterator[Check]:
    """Evaluate whether all were answered, and fast enough."""
    asked = len(done.answers) + len(done.errors)
    evidence: dict[str, Any] = {"requests": done.wanted, "asked": asked, "answered": len(done.answers)}
    times = [answer.total_s for answer in done.answers]
    if times:
        evidence |= figures(done)
        row = catalog.models().get(config.model)
        if row is not None and done.cost_usd is not None:
            evidence |= priced(row)
    refused = next(iter(done.errors), None)
    # What the most were refused for is told, and not what happened to come first.
    if refused:
        texts = [str(each) for each in done.errors]
        refused = max(done.errors, key=lambda each: texts.count(str(each)))
    summary = f"{len(done.answers)} of {asked} answered"
    if done.stopped:
        summary += f" (stopped at {asked} of {done.wanted}: the next might cost more than allowed)"
    if asked and not refused:
        yield LOAD.passed(summary, **evidence)
    else:
        yield LOAD.unknown(summary, refused, **evidence)
    if times and config.max_latency_s:
        yield in_time(config, spread(times).p95)


def figures(done: LoadTest) -> dict[str, Any]:
    """Return the spread of every time, in the unit its name ends in, with a picture in the order of the answers."""
    first = [answer.first_token_s for answer in done.answers if answer.first_token_s is not None]
    speeds = [answer.tokens_per_s for answer in done.answers if answer.tokens_per_s is not None]
    found: dict[str, Any] = {"total_s": _message([answer.total_s for answer in done.answers])}
    if first:
        found["first_token_s"] = _message(first)
    if speeds:
        found["token_ms"] = _message([1000 / speed for speed in speeds])
        found["tokens_per_s"] = _message(speeds)
    if done.cost_usd is not None:
        found["cost_usd"] = round(done.cost_usd, 6)
    return found


def _message(values: list[float]) -> dict[str, Any]:
    spread_of_values: Spread = spread(values)
    rounded: dict[str, Any] = {name: round(value, 4) for name, value in asdict(spread_of_values).items()}
    return rounded | {"values": [round(value, 4) for value in values], "picture": sparkline(values)}
