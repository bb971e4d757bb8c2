"""The commands that only look."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from provision.commands import load_test
from provision.commands.run import BY_NAME, CHECKS, Flow, Observations, judge_step
from provision.errors import UsageError
from provision.plan import Check, Run
from provision.steps import changing, chat, endpoints

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from provision.clients import Clients
    from provision.config import Config
    from provision.steps import ChangingStep

_TROUBLE: Final = frozenset({"fail", "unknown", "blocked", "waived"})


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which checks were asked for: the ids of checks or names of steps behind ``--only`` and ``--skip``."""

    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps to observe."""
        return tuple(
            name
            for name in BY_NAME
            if name not in self.skip
            and (not self.only or name in self.only or any(each.id in self.only for each in BY_NAME[name].CHECKS))
        )

    def of(self, checks: Iterable[Check]) -> list[Check]:
        """Return the checks that were asked for.

        A step that failed says so in its first checks and is silent about the rest. Who asked for one of those is told
        what stands before it: that nothing was said is no pass.
        """
        checks = [check for check in checks if not {check.id, check.step} & set(self.skip)]
        told = {check.id for check in checks}
        silent = [name for name in self.only if name in CHECKS and name not in told and name not in self.skip]
        troubled = {check.step for check in checks if check.status in _TROUBLE}
        instead = {name.partition(".")[0] for name in silent} & troubled
        return [
            *(
                check
                for check in checks
                if not self.only
                or {check.id, check.step} & set(self.only)
                or (check.step in instead and check.status in _TROUBLE)
            ),
            *(
                CHECKS[name].skipped("nothing to judge here")
                for name in silent
                if name.partition(".")[0] not in troubled
            ),
        ]


def chosen(only: Iterable[str], skip: Iterable[str]) -> Choice:
    """Return the choice.

    Raises:
        UsageError: a name is neither a step nor a check.
    """
    choice = Choice(only=tuple(only), skip=tuple(skip))
    known = (*BY_NAME, *CHECKS)
    for name in (*choice.only, *choice.skip):
        if name not in known:
            near = get_close_matches(name, known, n=3)
            raise UsageError(
                f"{name}: no such check",
                cause="--only and --skip take the ids of checks or the names of steps",
                fix=(f"did you mean {' or '.join(near)}? " if near else "") + "All of them: provision check --list",
            )
    return choice


def check(config: Config, clients: Clients, *, only: Iterable[str] = (), skip: Iterable[str] = ()) -> Run:
    """Observe everything at once and say what is ready, what is not, and why. Changes nothing.

    Raises:
        UsageError: ``only`` or ``skip`` name something that does not exist.
    """
    choice = chosen(only, skip)
    flow = Flow("check", config, clients)
    clients.say(f"asking {config.target.name} about {config.project_id}")
    return close(flow, flow.observe(choice.steps), choice)


def close(flow: Flow, observed: Observations, choice: Choice, instead: Iterable[Check] = ()) -> Run:
    """Judge what was observed of the chosen steps, and close the run of a check; ``instead`` is as in `Flow.judge`."""
    checks = choice.of(_in_place(flow.judge(observed, instead), flow.config, observed))
    left_out = [
        Check(id=name, status="skipped", required=False, summary="left out on request")
        for name in BY_NAME
        if name not in choice.steps
    ]
    return flow.run((*checks, *left_out), partial=bool(choice.only or choice.skip))


def _in_place(checks: Iterable[Check], config: Config, observed: Observations) -> Iterator[Check]:
    """Yield the checks; a permission to change is not missed where its step was seen and has nothing to change."""
    checks = tuple(checks)
    # What is not as it should be may be so because it could not be seen: then it may well have to be changed.
    troubled = {check.step for check in checks if check.required and check.status not in {"pass", "warn"}}
    content = {
        name
        for name, seen in observed.items()
        if (changer := changing(BY_NAME[name])) and name not in troubled and _content(changer, config, seen)
    }
    for check in checks:
        steps = check.evidence.get("steps") if check.step == "permissions" and check.status == "warn" else None
        if not isinstance(steps, list) or not set(steps) <= content:
            yield check
        else:
            yield replace(
                check,
                status="pass",
                summary=f"nothing is to be changed (for a change, {check.summary})",
                diagnosis="",
                cause="",
                fix="",
                who="",
                request="",
            )


def _content(step: ChangingStep, config: Config, seen: Any) -> bool:
    """Whether a step has nothing to change; one that breaks over it is not known to be content."""
    try:
        return not any(step.plan(config, seen))
    except Exception:  # noqa: BLE001 - a crash in one step must not take the findings of all others away
        return False


def smoke_test(
    config: Config, clients: Clients, *, requests: int = 1, concurrency: int = 1, max_cost_usd: float = 0.0
) -> Run:
    """Ask the model; where it does not answer, look at everything else to say why. Changes nothing.

    Args:
        requests: ask so many times more, if that is more than one, and say how long it took.
        concurrency: how many of them at once.
        max_cost_usd: what those may cost at the catalogue's price; 0: no limit.

    Raises:
        UsageError: the catalogue has no price by which to keep to a limit.
    """
    load_test.check_price(config, max_cost_usd)
    flow = Flow("smoke-test", config, clients)
    clients.say(f"asking {chat.asked_for(config)}")
    first = ("credentials", "model", "chat")
    observed = flow.observe(first)
    checks = flow.judge(observed)
    if any(each.id == "chat.answers" and each.status == "pass" for each in checks):
        if requests == 1:
            return flow.run(checks)
        done = load_test.load(config, clients, requests=requests, concurrency=concurrency, max_cost_usd=max_cost_usd)
        figures = tuple(load_test.judge(config, done))
        last = {check.id for check in figures}
        return flow.run(sorted(flow.judge(observed, figures), key=lambda check: check.id in last))
    clients.say("no answer: looking for the cause")
    observed |= flow.observe(name for name in BY_NAME if name not in first)
    return flow.run(flow.judge(observed))


def look_at_endpoints(config: Config, clients: Clients, *, probe: bool = False) -> Run:
    """Look at the endpoints, and at the credentials it takes; what is advisory elsewhere was asked for here.

    Args:
        probe: ask each for one token; costs a token or two.
    """
    flow = Flow("endpoints", config, clients)
    observed = flow.observe(("credentials", "endpoints"))
    seen = observed["endpoints"]
    if probe and isinstance(seen, endpoints.Observed):
        observed["endpoints"] = endpoints.probe(config, clients, seen)
    asked_for = [replace(each, required=True) for each in judge_step(endpoints, config, observed["endpoints"])]
    return flow.run(flow.judge(observed, asked_for))
