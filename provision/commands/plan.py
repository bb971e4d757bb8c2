"""``provision plan``: what `apply` would change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from provision.commands import plan_file
from provision.commands.internal_error import internal_error
from provision.commands.run import BY_NAME, COSTS_MONEY, REQUIRES, Flow, Observations, evaluate_step
from provision.commands.run_checks import INTERNAL_ERROR, PLANNED
from provision.config import refuse_what_only_terraform_does
from provision.graph import ancestors
from provision.steps import billing, changing, in_empty_project, name_of, permissions, project

if TYPE_CHECKING:
    from pathlib import Path

    from provision.clients import Clients
    from provision.config import Config
    from provision.plan import Change, Check, Run

# What needs such a change cannot be asked before it.
_RECREATES: Final = frozenset({"create", "restore"})


def plan(config: Config, clients: Clients, *, out: Path | None = None) -> Run:
    """Say what `apply` would change. Changes nothing.

    Args:
        out: where to write the plan; not written while something is in its way.

    Raises:
        ConfigError: something is asked for that only Terraform does.
        ProvisionError: the plan cannot be written.
    """
    refuse_what_only_terraform_does(config)
    flow = Flow("plan", config, clients)
    clients.progress(f"asking {config.target.name} about {config.project_id}")
    observed = flow.observe(all_but_chat())
    checks, changes, blockers = preview(flow, observed)
    if out is not None and not blockers:
        plan_file.write(out, config, flow.principal(observed), changes)
    return flow.run(checks, changes=changes, blockers=blockers)


def all_but_chat() -> tuple[str, ...]:
    """Return every step that costs nothing to observe."""
    return tuple(name for name in BY_NAME if name != COSTS_MONEY)


def _plan_all(config: Config, observed: Observations) -> tuple[tuple[Change, ...], tuple[Check, ...]]:
    """Plan every step; what a change will create cannot be asked yet, so what needs it is planned from nothing.

    Returns:
        the changes, and a finding for each step that broke over it.
    """
    changes: list[Change] = []
    broken: list[Check] = []
    created: set[str] = set()
    for name, step in BY_NAME.items():
        changer = changing(step)
        if changer is None or name not in observed:
            continue
        seen = observed[name]
        if ancestors(name, REQUIRES) & created:
            seen = in_empty_project(step, seen)
        if isinstance(seen, Exception):
            continue
        try:
            planned = list(changer.plan(config, seen))
        except Exception as error:  # noqa: BLE001 - a crash in one step must not take the findings of all others away
            broken.append(internal_error(PLANNED, name, "what would have to be changed is not known", error))
            continue
        if any(change.action in _RECREATES for change in planned):
            created.add(name)
        changes.extend(planned)
    return tuple(changes), tuple(broken)


def preview(flow: Flow, observed: Observations) -> tuple[tuple[Check, ...], tuple[Change, ...], tuple[str, ...]]:
    """Return the findings, the changes, and the ids of the findings that no change will fix.

    A step that breaks is such a finding: half a plan is none. So is a permission that a planned change needs and the
    caller lacks, and who pays, where that is another than is configured and no change is asked for.
    """
    changes, broken = _plan_all(flow.config, observed)
    fixed = {change.step for change in changes}
    created = {change.step for change in changes if change.action in _RECREATES}
    # What would still be missing in the project that is about to be created, evaluated on an empty one.
    missing = [
        each
        for name, step in BY_NAME.items()
        if ancestors(name, REQUIRES) & created and name not in fixed and changing(step) is not None
        for each in evaluate_step(step, flow.config, in_empty_project(step, observed.get(name)))
        if each.required and (each.status == "fail" or INTERNAL_ERROR in each.evidence)
    ]
    refused = [*_not_permitted(flow, observed, changes), *_not_asked_for(flow, observed)]
    checks = flow.evaluate(observed, instead=(*missing, *broken, *refused))
    lacked = {each.id for each in (*missing, *refused)}
    broke = [each.id for each in checks if INTERNAL_ERROR in each.evidence]
    standing = [each for each in checks if each.required and each.status in {"fail", "unknown"}]
    in_the_way = [
        each.id for each in standing if each.id in lacked or not (ancestors(each.step, REQUIRES) | {each.step}) & fixed
    ]
    return checks, changes, tuple(dict.fromkeys((*broke, *in_the_way)))


def _not_permitted(flow: Flow, observed: Observations, changes: tuple[Change, ...]) -> list[Check]:
    """Return a finding for each level at which a planned change needs what the caller may not do."""
    seen = observed.get(name_of(permissions))
    created = any(change.step == name_of(project) and change.action in _RECREATES for change in changes)
    needed = {
        required
        for step, required in flow.clients.required_permissions
        # Who creates a project owns it; what one may do there cannot be asked before.
        if not (created and required.level == "project" and step != name_of(project))
        if any(change.step == step and required.is_for(change) for change in changes)
    }
    return list(permissions.refused(flow.config, seen, needed)) if isinstance(seen, permissions.Observed) else []


def _not_asked_for(flow: Flow, observed: Observations) -> list[Check]:
    """Return who pays, where that is not as configured and stays so: a plan that says "nothing to do" would lie."""
    found = evaluate_step(BY_NAME[name_of(billing)], flow.config, observed[name_of(billing)])
    return [
        replace(each, status="fail", required=True)
        for each in found
        if each.id == billing.ACCOUNT.id and each.diagnosis and each.status == "warn"
    ]
