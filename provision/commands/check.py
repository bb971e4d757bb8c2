"""``provision check``: look at everything at once, and say what is ready, what is not, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from provision.commands.run import BY_NAME, CHECKS, Flow, Observations
from provision.errors import UsageError
from provision.plan import Check, Run
from provision.steps import changing

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
        what is before it: that nothing was said is no pass.
        """
        everything = list(checks)
        checks = [check for check in everything if not {check.id, check.step} & set(self.skip)]
        reported = {check.id for check in checks}
        silent = [name for name in self.only if name in CHECKS and name not in reported and name not in self.skip]
        troubled = {check.step for check in checks if check.status in _TROUBLE}
        instead = {name.partition(".")[0] for name in silent} & troubled
        asked = [
            check
            for check in checks
            if not self.only
            or {check.id, check.step} & set(self.only)
            or (check.step in instead and check.status in _TROUBLE)
        ]
        causes = {check.blocked_by for check in asked}  # told though it was left out: it is why the others are open
        return [
            *(check for check in everything if check in asked or check.id in causes),
            *(
                CHECKS[name].skipped("nothing to evaluate here")
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
    clients.progress(f"asking {config.target.name} about {config.project_id}")
    return close(flow, flow.observe(choice.steps), choice)


def close(flow: Flow, observed: Observations, choice: Choice, instead: Iterable[Check] = ()) -> Run:
    """Evaluate what was observed of the chosen steps, and close the run; ``instead`` is as in `Flow.evaluate`."""
    checks = choice.of(_in_place(flow.evaluate(observed, instead), flow.config, observed))
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
                fix_owner="",
                request="",
            )


def _content(step: ChangingStep, config: Config, seen: Any) -> bool:
    """Whether a step has nothing to change; one that breaks over it is not known to be content."""
    try:
        return not any(step.plan(config, seen))
    except Exception:  # noqa: BLE001 - a crash in one step must not take the findings of all others away
        return False
