"""``provision apply``: make the planned changes, wait until they are usable, and ask the model."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

from provision.commands import plan_file
from provision.commands.internal_error import describe_exception, internal_error
from provision.commands.plan import all_but_chat, preview
from provision.commands.recovery import digest_of, recover_interrupted_runs, scope_of
from provision.commands.run import BY_NAME, COSTS_MONEY, REQUIRES, Flow
from provision.commands.run_checks import APPLIED, PLANNED, of_step
from provision.concurrency import run_all
from provision.config import refuse_what_only_terraform_does
from provision.diagnoses import by_key
from provision.errors import ApiError, Interrupted, ProvisionError, StalePlanError
from provision.google.errors import TRANSIENT
from provision.graph import ancestors, block_unreached, waves
from provision.journal import ledger
from provision.plan import AppliedChange, Change, ChangeResult, Check, Run
from provision.steps import changing, name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from provision.clients import Clients
    from provision.commands.plan_file import PlanFile
    from provision.commands.run import Observations
    from provision.config import Config
    from provision.errors import ErrorStatus
    from provision.journal import Entry, Journal, Scope
    from provision.steps import ChangingStep

# How many call timeouts a change is tried for (`Transport.call`); the look that it depends on is worth as much.
PATIENCE: Final = 6.0
AGAIN_S: Final = 1.0


def apply(
    config: Config,
    clients: Clients,
    *,
    journal: Journal,
    approve: Callable[[tuple[Change, ...]], bool],
    smoke: bool = True,
    planned: PlanFile | None = None,
) -> Run:
    """Make the project what the config says, wait until it is usable, and end with a chat answer.

    Args:
        journal: where each change is recorded before and after it is made.
        approve: shown the plan before anything is changed; False stops here.
        smoke: whether to ask the model at the end.
        planned: the plan to carry out, exactly; it was approved when it was made.

    Raises:
        ConfigError: something is asked for that only Terraform does.
        StalePlanError: the plan was not approved, or is not what is needed any more.
    """
    refuse_what_only_terraform_does(config)
    if planned is not None:
        plan_file.require_same_request(planned, config)
    flow = Flow("apply", config, clients)
    clients.progress(f"asking {config.target.name} about {config.project_id}")
    observed = flow.observe(all_but_chat())
    checks, changes, blockers = preview(flow, observed)
    if blockers:  # nothing is begun that cannot be finished
        return flow.run(checks, changes=changes, blockers=blockers)
    if planned is not None:
        plan_file.require_same_world(planned, changes, _begun(planned, journal, scope_of(config, clients)))
    if changes and not approve(changes):
        raise StalePlanError(
            "nothing was changed",
            cause="the plan was not approved",
            fix="run it again, with --yes to skip the question",
        )
    records = journal.read()
    scope = scope_of(config, clients, flow.project_number(observed))
    entry = journal.begin(
        "apply",
        scope,
        principal=flow.principal(observed),
        config=digest_of(config),
        plan=planned.digest if planned else "",
    )
    clients.log.recorder = entry
    clients.expected_s = partial(ledger.median_s, records)
    previous = recover_interrupted_runs(journal, scope, clients, entry)
    for each in previous:
        clients.progress(each.summary)
    making = _Making(changes)
    try:
        return _finish(flow, observed, changes, making, entry, previous, smoke=smoke)
    except ProvisionError as error:
        if type(error) is not ProvisionError:  # the others say it themselves, or nothing had been begun
            raise
        raise ProvisionError(error.what, cause=f"{error.cause}; {making}", fix=error.fix) from error
    except KeyboardInterrupt:
        raise Interrupted(
            f"stopped: {making}", fix="run it again: it goes on from what is there (what was done: provision history)"
        ) from None


def _finish(
    flow: Flow,
    observed: Observations,
    changes: tuple[Change, ...],
    making: _Making,
    entry: Entry,
    previous: tuple[Check, ...],
    *,
    smoke: bool,
) -> Run:
    """Make the changes, look again until they are in force, and ask the model."""
    config, clients = flow.config, flow.clients
    applied, broken = _apply_all(flow, making, entry)
    failed = [each for each in applied if each.outcome == "failed"]
    refused = [*broken]
    refused += [
        of_step(APPLIED, each.change.step).unknown(f"{each.change} did not succeed: {each.detail}", each.error)
        for each in failed
        if each.error is not None
    ]
    unreached = {each.step for each in changes} - {each.change.step for each in applied}
    deadline = clients.clock() + (config.usable_timeout_s if applied and not failed else 0.0)
    while True:
        if applied:
            clients.progress("looking again")
            observed = flow.observe(all_but_chat())
            entry.project(flow.project_number(observed))
        checks = block_unreached(flow.evaluate(observed, refused), unreached, REQUIRES)
        if smoke and not any(each.required and each.status in {"fail", "unknown", "blocked"} for each in checks):
            clients.progress(f"asking {config.model}")
            observed |= flow.observe((COSTS_MONEY,))
            checks = flow.evaluate(observed, refused)
        # What answered three times in a row can still refuse the fourth.
        settling = [each for each in checks if each.required and each.diagnosis and by_key(each.diagnosis).settles]
        if clients.clock() >= deadline or not settling:
            break
        clients.wait(max(1.0, config.usable_interval_s), "what was changed to take effect")
    run = flow.run((*checks, *previous), changes=changes, applied=applied, partial=not smoke)
    entry.close(run.verdict)
    return run


def _begun(planned: PlanFile, journal: Journal, scope: Scope) -> frozenset[str]:
    """Return the changes, as text, that former runs of a plan file have begun."""
    return frozenset(
        f"{change.get('action')} {change.get('resource')}"
        for run in ledger.runs(journal.read(), scope)
        if run.plan == planned.digest
        for change, _, _ in run.changes
    )


class _Making:
    """Which of the approved changes were begun and which are made, as far as it is known at any moment."""

    def __init__(self, approved: tuple[Change, ...]) -> None:
        self.approved = approved
        self.steps: dict[str, _Applied] = {}

    def __str__(self) -> str:
        steps = tuple(self.steps.values())
        done = [str(each.change) for step in steps for each in step.changes if each.outcome == "done"]
        ended = {str(each.change) for step in steps for each in step.changes}
        begun = [str(step.begun) for step in steps if step.begun is not None and str(step.begun) not in ended]
        left = [str(change) for change in self.approved if str(change) not in {*ended, *begun}]
        parts = [
            ", ".join(done) + " is done" if done else "no change is done",
            f"{', '.join(begun)} was begun, and may yet be carried out" if begun else "",
            f"{', '.join(left)} was not begun" if left else "",
        ]
        return "; ".join(part for part in parts if part)


@dataclass
class _Applied:
    """What became of the changes, and a finding for each step that broke over its own."""

    changes: list[AppliedChange] = field(default_factory=list)
    broken: list[Check] = field(default_factory=list)
    begun: Change | None = None

    def add(self, change: Change, began: float, *, outcome: Literal["done", "failed"] = "failed", **more: Any) -> None:
        """Note what became of a change that was begun at ``began``, by the monotonic clock."""
        took_s = round(time.monotonic() - began, 3)
        self.changes.append(AppliedChange(change=change, outcome=outcome, duration_s=took_s, **more))


def _apply_all(flow: Flow, making: _Making, entry: Entry) -> tuple[tuple[AppliedChange, ...], tuple[Check, ...]]:
    """Apply by the graph, wave by wave; stop where something failed.

    Returns:
        what became of the changes, and a finding for each step that broke.
    """
    applied: list[AppliedChange] = []
    broken: list[Check] = []
    touched: set[str] = set()
    for wave in waves(REQUIRES):
        wanted = [name for name in wave if any(change.step == name for change in making.approved)]
        if not wanted:
            continue
        results = run_all(
            {name: partial(_apply_step, flow, name, touched, making, entry) for name in wanted},
            deadline_s=math.inf,
        )
        for result in results.values():
            if not isinstance(result, Exception):
                applied.extend(result.changes)
                broken.extend(result.broken)
        for result in results.values():
            if isinstance(result, StalePlanError):
                raise _after(applied, result) from result
            if isinstance(result, Exception):
                raise result
        touched.update(wanted)
        if any(each.outcome == "failed" for each in applied):
            break
    return tuple(applied), tuple(broken)


def _after(applied: list[AppliedChange], refused: StalePlanError) -> StalePlanError:
    """Return the error, with what had been done when it came: no report will tell."""
    done = ", ".join(str(each.change) for each in applied if each.outcome == "done")
    message = f"; done before, and not undone: {done}" if done else ""
    return StalePlanError(refused.what, cause=f"{refused.cause}{message}", fix=refused.fix)


def _apply_step(flow: Flow, name: str, touched: set[str], making: _Making, entry: Entry) -> _Applied:
    step, approved = changing(BY_NAME[name]), making.approved
    done = making.steps[name] = _Applied()
    if step is None:
        return done
    planned = [change for change in approved if change.step == name]
    if ancestors(name, REQUIRES) & touched:
        # What it needs has just been changed, so what was seen before is old.
        planned = _plan_again(flow, step, planned[0], done)
        unapproved = [change for change in planned if not any(plan_file.within(change, other) for other in approved)]
        if unapproved:
            raise StalePlanError(
                f"{unapproved[0]} was not in the plan you approved",
                cause="the project changed in the meantime",
                fix="run it again, and look at the new plan",
            )
    for change in planned:
        record = entry.intent(change)
        done.begun = change
        try:
            worked = _make(flow, step, change, record, done, entry)
            flow.clients.applied(done.changes[-1])
        except StalePlanError as refused:
            entry.outcome(record, "refused", refused.what)
            raise _after(done.changes, refused) from refused
        if not worked:
            break
    return done


def _plan_again(flow: Flow, step: ChangingStep, first: Change, done: _Applied) -> list[Change]:
    """Return what a step would change now; nothing, and a failure in ``done``, where it cannot tell.

    A step that was not let see what is there plans nothing, just as one that has nothing left to change: it looks
    again, as long as a change itself would be tried.
    """
    began = time.monotonic()
    deadline = flow.clients.clock() + flow.config.call_timeout_s * PATIENCE
    try:
        while True:
            observed = step.observe(flow.config, flow.clients)
            planned = list(step.plan(flow.config, observed))
            unseen = None if planned else _unseen(step.evaluate(flow.config, observed))
            if unseen is None:
                return planned
            if unseen.status not in TRANSIENT or flow.clients.clock() >= deadline:
                break
            flow.clients.wait(AGAIN_S, f"another look before {first} ({unseen.status})")
        done.add(first, began, detail=unseen.message or unseen.status, error=unseen)
    except ApiError as error:
        done.add(first, began, detail=error.status.message or error.status.status, error=error.status)
    except Exception as error:  # noqa: BLE001 - what was done before must still be reported
        done.broken.append(
            internal_error(PLANNED, name_of(step), "what would have to be changed is not known any more", error)
        )
        done.add(first, began, detail=f"provision itself broke before it: {describe_exception(error)}")
    return []


def _unseen(checks: Iterable[Check]) -> ErrorStatus | None:
    """Return why something that is required could not be seen; None where all of it was."""
    unseen = (each.error or each.not_sent for each in checks if each.required and each.status == "unknown")
    return next((error for error in unseen if error), None)


def _make(flow: Flow, step: ChangingStep, change: Change, record: str, done: _Applied, entry: Entry) -> bool:
    """Make one change, and note what became of it in ``done`` and in the journal; return whether it worked."""
    began = time.monotonic()
    try:
        result = step.apply(flow.config, change, flow.clients)
    except ApiError as error:
        entry.outcome(record, "failed", str(error.status))
        done.add(change, began, detail=error.status.message or error.status.status, error=error.status)
        return False
    except ProvisionError:
        raise
    except Exception as error:  # noqa: BLE001 - what was done before must still be reported
        entry.outcome(record, "failed", describe_exception(error))
        what = f"{change} broke, and may have been carried out"
        done.broken.append(internal_error(APPLIED, name_of(step), what, error))
        done.add(change, began, detail=f"provision itself broke: {describe_exception(error)}")
        return False
    if isinstance(result, str):
        result = ChangeResult(detail=result)
    entry.outcome(record, "done", result.detail, result.measured_s)
    done.add(change, began, outcome="done", detail=result.detail, measured_s=result.measured_s)
    return True
