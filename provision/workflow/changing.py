"""The commands that plan and change."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from provision.concurrency import run_all
from provision.diagnoses import by_key
from provision.errors import ApiError, PlanRefused
from provision.graph import ancestors, waves
from provision.plan import AppliedChange, Change, Check, Run
from provision.steps import changing
from provision.workflow.flow import BY_NAME, COSTS_MONEY, REQUIRES, Flow, Observations

if TYPE_CHECKING:
    from collections.abc import Callable

    from provision.clients import Clients
    from provision.config import Config
    from provision.journal import Journal


def plan(config: Config, clients: Clients) -> Run:
    """Say what `apply` would change. Changes nothing."""
    flow = Flow("plan", config, clients)
    clients.say(f"asking {config.target.name} about {config.project_id}")
    checks, changes, obstacle = _preview(flow, flow.observe(all_but_chat()))
    return flow.run(checks, changes=changes, obstacle=obstacle)


def all_but_chat() -> tuple[str, ...]:
    """Return every step that costs nothing to observe."""
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


def _preview(flow: Flow, observed: Observations) -> tuple[tuple[Check, ...], tuple[Change, ...], str]:
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
    flow = Flow("apply", config, clients)
    clients.say(f"asking {config.target.name} about {config.project_id}")
    observed = flow.observe(all_but_chat())
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
            observed = flow.observe(all_but_chat())
        checks = flow.judge(observed, refused)
        if smoke and not any(each.required and each.status in {"fail", "unknown", "blocked"} for each in checks):
            clients.say(f"asking {config.model}")
            observed |= flow.observe((COSTS_MONEY,))
            checks = flow.judge(observed, refused)
        # What answered three times in a row can still refuse the fourth.
        settling = [each for each in checks if each.required and each.diagnosis and by_key(each.diagnosis).settles]
        if clients.clock() >= deadline or not settling:
            break
        clients.wait(max(1.0, config.usable_interval_s), "what was changed to take effect")
    return flow.run(checks, changes=changes, applied=applied, partial=not smoke)


def _apply_all(
    flow: Flow, observed: Observations, approved: tuple[Change, ...], journal: Journal
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
    flow: Flow,
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
