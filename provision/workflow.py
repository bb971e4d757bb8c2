"""The flow: observe, judge, plan, apply, observe again, judge, smoke test. One path with several stopping places.

Nothing here knows a Google API; nothing in a step knows another step.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from provision.concurrency import DeadlinePassed, run_all
from provision.diagnoses import by_key
from provision.errors import ApiError, PlanRefused, Refusal, UsageError
from provision.explain import explain, facts
from provision.graph import ancestors, find_causes, waves
from provision.plan import AppliedChange, Change, Check, Run
from provision.redaction import redact
from provision.steps import STEPS, Step, changing, name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from provision.clients import Clients
    from provision.config import Config
    from provision.journal import Journal

REQUIRES: Final = {name_of(step): step.REQUIRES for step in STEPS}
BY_NAME: Final = {name_of(step): step for step in STEPS}
CHECKS: Final = {check: text for step in STEPS for check, text in step.CHECKS.items()}
COSTS_MONEY: Final = "chat"

Observations = dict[str, Any]


class _Flow:
    """One run in the making."""

    def __init__(self, command: str, config: Config, clients: Clients) -> None:
        self.command = command
        self.config = config
        self.clients = clients
        self.started = datetime.now(UTC)
        self.began = time.monotonic()

    def observe(self, names: Iterable[str]) -> Observations:
        """Observe the named steps, all at once; what broke is an exception in its place."""
        return dict(
            run_all(
                {name: partial(BY_NAME[name].observe, self.config, self.clients) for name in names},
                deadline_s=self.config.check_timeout_s,
            )
        )

    def judge(self, observed: Observations, instead: Iterable[Check] = ()) -> tuple[Check, ...]:
        """Judge what was observed, explain it, and tell causes from symptoms.

        Checks in ``instead`` are added; one that was judged too is replaced.
        """
        judged = [
            check
            for step in STEPS
            if name_of(step) in observed
            for check in _judge(step, self.config, observed[name_of(step)])
        ]
        instead = tuple(instead)
        known_better = {check.id for check in instead}
        order = list(BY_NAME)
        checks = sorted(
            (*instead, *(check for check in judged if check.id not in known_better)),
            key=lambda check: order.index(check.step),
        )
        known = self._facts(observed)
        return find_causes((explain(check, known) for check in checks), REQUIRES)

    def _facts(self, observed: Observations) -> dict[str, str]:
        identity = getattr(observed.get("credentials"), "identity", None)
        return facts(
            self.config,
            None if identity is None or isinstance(identity, Refusal) else identity,
            self.principal(observed),
        )

    def principal(self, observed: Observations) -> str:
        """Return who calls; empty if Google did not say."""
        principal = getattr(observed.get("credentials"), "principal", "")
        return principal if isinstance(principal, str) else ""

    def run(
        self,
        checks: Iterable[Check] = (),
        *,
        changes: Iterable[Change] = (),
        applied: Iterable[AppliedChange] = (),
        obstacle: str = "",
        partial: bool = False,
    ) -> Run:
        """Close the run."""
        calls = sorted(self.clients.log.records, key=lambda call: call.started_s)
        throttled = [call for call in calls if call.status == "OK" and "RESOURCE_EXHAUSTED" in call.retried_for]
        warning = [
            Check(
                id="quota.throttled",
                status="warn",
                required=False,
                summary=f"{call.service} throttled {call.method}; a later try went through",
            )
            for call in throttled[:1]
        ]
        return Run(
            command=self.command,
            target=self.config.target.name,
            target_address=self.config.target.address,
            project_id=self.config.project_id,
            started=self.started.isoformat(timespec="seconds"),
            duration_s=round(time.monotonic() - self.began, 3),
            settings=self.config.settings(),
            checks=(*checks, *warning),
            changes=tuple(changes),
            applied=tuple(applied),
            calls=tuple(calls),
            obstacle=obstacle,
            partial=partial,
        )


def _judge(step: Step, config: Config, observed: Any) -> list[Check]:
    if isinstance(observed, Exception):
        return [_broken(name_of(step), observed)]
    try:
        return list(step.judge(config, observed))
    except Exception as error:  # noqa: BLE001 - a crash in one check is that check's unknown and nobody else's
        return [_broken(name_of(step), error)]


def _broken(name: str, error: Exception) -> Check:
    if isinstance(error, DeadlinePassed):
        refusal = Refusal(service="Google Cloud", method=name, status="TIMEOUT", message=str(error))
        return Check(id=f"{name}.observed", status="unknown", summary="no answer in time", refusal=refusal)
    if isinstance(error, ApiError):
        return Check(id=f"{name}.observed", status="unknown", summary="could not be seen", refusal=error.refusal)
    what = redact(f"{type(error).__name__}: {error}")
    return Check(id=f"{name}.observed", status="unknown", summary=f"the check itself broke: {what}")


def _names(only: Iterable[str], skip: Iterable[str]) -> tuple[tuple[str, ...], Callable[[Check], bool]]:
    """Return the steps to observe and which of their checks to show.

    Raises:
        UsageError: a name is neither a step nor a check.
    """
    only, skip = tuple(only), tuple(skip)
    unknown = [name for name in (*only, *skip) if name not in BY_NAME and name not in CHECKS]
    if unknown:
        raise UsageError(
            f"{', '.join(unknown)}: no such check",
            cause="--only and --skip take the ids of checks or the names of steps",
            fix=f"steps: {', '.join(BY_NAME)}; checks: {', '.join(CHECKS)}",
        )

    def shown(check: Check) -> bool:
        names = {check.id, check.step}
        return not names & set(skip) and (not only or bool(names & set(only)))

    wanted = [
        name
        for name in BY_NAME
        if name not in skip and (not only or name in only or any(each in BY_NAME[name].CHECKS for each in only))
    ]
    return tuple(wanted), shown


def check(config: Config, clients: Clients, *, only: Iterable[str] = (), skip: Iterable[str] = ()) -> Run:
    """Observe everything at once and say what is ready, what is not, and why. Changes nothing.

    Raises:
        UsageError: ``only`` or ``skip`` name something that does not exist.
    """
    names, shown = _names(only, skip)
    flow = _Flow("check", config, clients)
    clients.say(f"asking {config.target.name} about {config.project_id}")
    checks = [check for check in flow.judge(flow.observe(names)) if shown(check)]
    left_out = [
        Check(id=name, status="skipped", required=False, summary="left out on request")
        for name in BY_NAME
        if name not in names
    ]
    return flow.run((*checks, *left_out), partial=bool(tuple(only) or tuple(skip)))


def smoke_test(config: Config, clients: Clients) -> Run:
    """Ask the model; where it does not answer, look at everything else to say why. Changes nothing."""
    flow = _Flow("smoke-test", config, clients)
    clients.say(f"asking {config.model}")
    first = ("credentials", "model", "chat")
    observed = flow.observe(first)
    checks = flow.judge(observed)
    if any(each.id == "chat.answers" and each.status == "pass" for each in checks):
        return flow.run(checks)
    clients.say("no answer: looking for the cause")
    observed |= flow.observe(name for name in BY_NAME if name not in first)
    return flow.run(flow.judge(observed))


def look(config: Config, clients: Clients, name: str) -> Run:
    """Look at one step, and at the credentials it needs; what is advisory elsewhere was asked for here."""
    flow = _Flow(name, config, clients)
    observed = flow.observe(("credentials", name))
    asked_for = [replace(each, required=True) for each in _judge(BY_NAME[name], config, observed[name])]
    return flow.run(flow.judge(observed, asked_for))


def plan(config: Config, clients: Clients) -> Run:
    """Say what `apply` would change. Changes nothing."""
    flow = _Flow("plan", config, clients)
    clients.say(f"asking {config.target.name} about {config.project_id}")
    checks, changes, obstacle = _preview(flow, flow.observe(_all_but_chat()))
    return flow.run(checks, changes=changes, obstacle=obstacle)


def _all_but_chat() -> tuple[str, ...]:
    return tuple(name for name in BY_NAME if name != COSTS_MONEY)


def _plan(config: Config, observed: Observations) -> tuple[Change, ...]:
    """Plan every step; what a change will create cannot be asked yet, so what needs it is planned from nothing."""
    changes: list[Change] = []
    created: set[str] = set()
    for name, step in BY_NAME.items():
        changer = changing(step)
        if changer is None or name not in observed:
            continue
        seen = step.NOTHING if ancestors(name, REQUIRES) & created else observed[name]
        if isinstance(seen, Exception):
            continue
        planned = list(changer.plan(config, seen))
        if any(change.action == "create" for change in planned):
            created.add(name)
        changes.extend(planned)
    return tuple(changes)


def _preview(flow: _Flow, observed: Observations) -> tuple[tuple[Check, ...], tuple[Change, ...], str]:
    """Return the findings, the changes, and the id of the first finding that no change will cure."""
    changes = _plan(flow.config, observed)
    cured = {change.step for change in changes}
    created = {change.step for change in changes if change.action == "create"}
    # What would still be missing in the project that is about to be created, judged on an empty one.
    lacking = [
        each
        for name, step in BY_NAME.items()
        if ancestors(name, REQUIRES) & created and name not in cured and changing(step) is not None
        for each in step.judge(flow.config, step.NOTHING)
        if each.required and each.status == "fail"
    ]
    checks = flow.judge(observed, instead=lacking)
    lacked = {each.id for each in lacking}
    for each in checks:
        curable = each.id not in lacked and bool((ancestors(each.step, REQUIRES) | {each.step}) & cured)
        if each.required and each.status in {"fail", "unknown"} and not curable:
            return checks, changes, each.id
    return checks, changes, ""


def apply(
    config: Config,
    clients: Clients,
    *,
    journal: Journal,
    approve: Callable[[tuple[Change, ...]], bool],
    smoke: bool = True,
) -> Run:
    """Make the project what the config says, wait until it is usable, and end with a chat answer.

    Args:
        journal: where each change is recorded before and after it is made.
        approve: shown the plan before anything is changed; False stops here.
        smoke: whether to ask the model at the end.

    Raises:
        PlanRefused: the plan was not approved.
    """
    flow = _Flow("apply", config, clients)
    clients.say(f"asking {config.target.name} about {config.project_id}")
    observed = flow.observe(_all_but_chat())
    checks, changes, obstacle = _preview(flow, observed)
    if obstacle:  # nothing is begun that cannot be finished
        return flow.run(checks, changes=changes, obstacle=obstacle)
    if changes and not approve(changes):
        raise PlanRefused(
            "nothing was changed",
            cause="the plan was not approved",
            fix="run it again, with --yes to skip the question",
        )
    applied = _apply_all(flow, observed, changes, journal)
    failed = [each for each in applied if each.outcome == "failed"]
    refused = [
        Check(
            id=f"{each.change.step}.applied",
            status="fail" if each.refusal is None else "unknown",
            summary=f"{each.change} did not succeed: {each.detail}",
            refusal=each.refusal,
        )
        for each in failed
    ]
    deadline = clients.clock() + (config.usable_timeout_s if applied and not failed else 0.0)
    while True:
        if applied:
            clients.say("looking again")
            observed = flow.observe(_all_but_chat())
        checks = flow.judge(observed, refused)
        if smoke and not any(each.required and each.status in {"fail", "unknown", "blocked"} for each in checks):
            clients.say(f"asking {config.model}")
            observed |= flow.observe((COSTS_MONEY,))
            checks = flow.judge(observed, refused)
        # What answered three times in a row can still refuse the fourth.
        if clients.clock() >= deadline or not any(each.diagnosis and by_key(each.diagnosis).settles for each in checks):
            break
        clients.sleep(max(1.0, config.usable_interval_s))
    return flow.run(checks, changes=changes, applied=applied, partial=not smoke)


def _apply_all(
    flow: _Flow, observed: Observations, approved: tuple[Change, ...], journal: Journal
) -> tuple[AppliedChange, ...]:
    """Apply by the graph, wave by wave; stop where something failed."""
    applied: list[AppliedChange] = []
    touched: set[str] = set()
    for wave in waves(REQUIRES):
        wanted = [name for name in wave if any(change.step == name for change in approved)]
        if not wanted:
            continue
        results = run_all(
            {name: partial(_apply_step, flow, name, observed, touched, approved, journal) for name in wanted},
            deadline_s=math.inf,
        )
        for name in wanted:
            result = results[name]
            if isinstance(result, Exception):
                raise result
            applied.extend(result)
        touched.update(wanted)
        if any(each.outcome == "failed" for each in applied):
            break
    return tuple(applied)


def _apply_step(
    flow: _Flow,
    name: str,
    observed: Observations,
    touched: set[str],
    approved: tuple[Change, ...],
    journal: Journal,
) -> list[AppliedChange]:
    step = changing(BY_NAME[name])
    if step is None:
        return []
    config, clients = flow.config, flow.clients
    planned = [change for change in approved if change.step == name]
    if ancestors(name, REQUIRES) & touched:
        # What it needs has just been changed, so what was seen before is old.
        planned = list(step.plan(config, step.observe(config, clients)))
        unapproved = [change for change in planned if not any(_within(change, other) for other in approved)]
        if unapproved:
            raise PlanRefused(
                f"{unapproved[0]} was not in the plan you approved",
                cause="the project changed in the meantime",
                fix="run it again, and look at the new plan",
            )
    applied: list[AppliedChange] = []
    for change in planned:
        began = time.monotonic()
        record = journal.intent(change, target=config.target.name, principal=flow.principal(observed))
        try:
            detail = step.apply(change, clients)
        except ApiError as error:
            journal.outcome(record, "failed", str(error.refusal))
            applied.append(
                AppliedChange(
                    change=change,
                    outcome="failed",
                    duration_s=round(time.monotonic() - began, 3),
                    detail=error.refusal.message or error.refusal.status,
                    refusal=error.refusal,
                )
            )
            break
        journal.outcome(record, "done", detail)
        applied.append(
            AppliedChange(change=change, outcome="done", duration_s=round(time.monotonic() - began, 3), detail=detail)
        )
    return applied


def _within(change: Change, approved: Change) -> bool:
    """Whether a change does no more than one that was approved."""
    if replace(change, before=None, after=None, why="") != replace(approved, before=None, after=None, why=""):
        return False
    if isinstance(change.after, list) and isinstance(approved.after, list):
        return set(map(str, change.after)) <= set(map(str, approved.after))
    return change.after == approved.after
