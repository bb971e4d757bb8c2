"""Undo what the journal proves to be ours and is still as we left it; say why the rest stays (docs/adr/0015)."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from provision.commands.internal_error import describe_exception
from provision.commands.recovery import digest_of, recover_interrupted_runs, scope_of
from provision.concurrency import run_all
from provision.errors import ApiError, ProvisionError, StalePlanError
from provision.journal import ledger
from provision.plan import Change
from provision.redaction import redact
from provision.undo import KINDS, OwnedResource, ResourceState, Wishes, made, owned_resources
from provision.undo.record import Fate, Undoing, Undone
from provision.undo.resource import why
from provision.undo.services import StillNeeded

if TYPE_CHECKING:
    from collections.abc import Callable

    from provision.clients import Clients
    from provision.config import Config
    from provision.journal import Entry, Journal
    from provision.undo import Resource


def destroy(
    config: Config,
    clients: Clients,
    *,
    journal: Journal,
    wishes: Wishes,
    unproven: bool,
    approve: Callable[[Undone], bool],
) -> Undone:
    """Undo, in reverse order, what the journal proves that we did and what is still as we left it.

    Args:
        unproven: also what we began and of which the answer was lost, so that another may have done it.
        approve: shown what would be done and what not, before anything is; False stops here.

    Raises:
        StalePlanError: it was not approved.
    """
    scope = scope_of(config)
    clients.say(f"reading {journal.path}")
    entry = journal.begin("destroy", scope, principal=_principal(clients), config=digest_of(config))
    clients.log.recorder = entry
    notes = recover_interrupted_runs(journal, scope, clients, entry)
    records = journal.read()
    ours = owned_resources(ledger.deeds(records, scope), ledger.gone(records, scope))
    clients.say(f"asking {config.target.name} what is still as we left it")
    items = _plan(ours, wishes, clients, unproven=unproven)
    gone = tuple(item.belonging.thing.name for item in items if item.fate == "gone")
    if gone:
        entry.gone(gone)  # whoever brings it back owns it
    found = Undone(
        target=config.target.name,
        target_address=config.target.address,
        project_id=config.project_id,
        items=items,
        notes=notes,
    )
    if found.planned and not approve(found):
        raise StalePlanError(
            "nothing was undone",
            cause="the plan was not approved",
            fix="run it again, with --yes to skip the question",
        )
    done = replace(found, items=_carry_out(items, wishes, clients, entry))
    entry.close("done" if done.exit_code == 0 else "not done")
    return done


def _principal(clients: Clients) -> str:
    try:
        return clients.principal()
    except ApiError:
        return ""


def _plan(ours: tuple[OwnedResource, ...], wishes: Wishes, clients: Clients, *, unproven: bool) -> tuple[Undoing, ...]:
    """Decide on each thing; last on what others of ours stand on, because those go before it."""
    within = f"projects/{wishes.project_id}"
    goes = wishes.delete_project and any(each.thing.kind == "project" for each in ours)

    def look(each: OwnedResource, wishes: Wishes) -> ResourceState:
        if not each.proven and not each.along and not unproven:
            return _unproven(each)
        standing = KINDS[each.thing.kind].look(each.thing, wishes, clients)
        return _unproven(each) if each.along and not unproven and standing.state == "ours" else standing

    seen: dict[str, ResourceState] = {}
    for last in (False, True):
        leaving = frozenset(name for name, standing in seen.items() if standing.state == "ours")
        seen |= _all_at_once(
            {
                each.thing.name: partial(look, each, replace(wishes, leaving=leaving))
                for each in ours
                if _is_stood_on(each.thing) == last
            }
        )
    deleted = goes and seen[within].state == "ours"
    return tuple(
        _item(each, seen[each.thing.name])
        for each in ours
        # What is in a project that is deleted goes with it.
        if not (deleted and each.thing.kind != "project" and each.thing.resource.startswith(f"{within}/"))
        and not (deleted and each.thing.kind == "bindings" and each.thing.resource == within)
    )


def _is_stood_on(thing: Resource) -> bool:
    return thing.kind == "billing" or thing.value in ("ServiceAccount", "WorkloadIdentityPool")


def _all_at_once(looks: dict[str, Callable[[], ResourceState]]) -> dict[str, ResourceState]:
    found: dict[str, ResourceState] = {}
    for name, answer in run_all(looks, deadline_s=math.inf).items():
        if isinstance(answer, Exception):
            found[name] = ResourceState(state="unseen", reason=_broke("looking at it", answer))
        else:
            found[name] = answer
    return found


def _broke(what: str, error: Exception) -> str:
    refused = isinstance(error, ProvisionError)
    return (
        redact(f"{what} failed: {error}")
        if refused
        else f"{what} broke, by a mistake in provision: {describe_exception(error)}"
    )


def _unproven(each: OwnedResource) -> ResourceState:
    if each.along:
        return ResourceState(
            state="left",
            reason=f"it was enabled while we enabled {', '.join(_asked(each))} at {each.deed.time[:19]}Z: by Google, "
            "which enables what a service needs, or by somebody else (--unproven disables it too)",
        )
    return ResourceState(
        state="left",
        reason=f"we began it at {each.deed.time[:19]}Z and the answer was lost, so somebody else may have done it "
        "(--unproven undoes it too)",
    )


def _asked(each: OwnedResource) -> list[str]:
    return [str(thing.value) for thing in made(each.deed.deed)]


def _item(each: OwnedResource, standing: ResourceState) -> Undoing:
    thing = each.thing
    change = Change(
        step=thing.kind,
        action=KINDS[thing.kind].ACTION,
        resource=thing.resource,
        before=thing.value if thing.kind != "services" else None,
        why=f"{each.deed.deed.method} of {each.deed.time[:19]}Z"
        + (f" by {each.deed.principal}" if each.deed.principal else "")
        + (f" enabled {', '.join(_asked(each))}, and it came along" if each.along else " did it"),
        dangerous=thing.kind in {"project", "billing", "resources", "bindings"},
    )
    fate: Fate = "planned" if standing.state == "ours" else standing.state
    return Undoing(belonging=each, change=change, fate=fate, reason=standing.reason)


def _carry_out(items: tuple[Undoing, ...], wishes: Wishes, clients: Clients, entry: Entry) -> tuple[Undoing, ...]:
    """Undo one after the other; what another one of ours still needs is tried again after it."""
    results = {item.belonging.thing.name: item for item in items}
    waiting = [item for item in items if item.fate == "planned"]
    while waiting:
        results |= {item.belonging.thing.name: _one(item, wishes, clients, entry) for item in waiting}
        held = [item for item in waiting if results[item.belonging.thing.name].fate == "left"]
        # Only while something went since can what was held back go too.
        progress = len(held) < len(waiting)
        waiting = held if progress else []
    return tuple(results[item.belonging.thing.name] for item in items)


def _one(item: Undoing, wishes: Wishes, clients: Clients, entry: Entry) -> Undoing:
    thing = item.belonging.thing
    kind = KINDS[thing.kind]
    clients.say(f"undoing: {item.change}")
    try:
        # The plan may be minutes old; and what was planned before this may have failed.
        standing = kind.look(thing, wishes, clients)
    except Exception as error:  # noqa: BLE001 - what was undone before must still be reported
        return replace(item, fate="failed", reason=_broke("looking at it", error))
    if standing.state != "ours":
        if standing.state == "gone":
            entry.gone((thing.name,))
        return replace(item, fate=standing.state, reason=standing.reason)
    record = entry.intent(item.change)
    try:
        told = kind.undo(thing, wishes, clients)
    except StillNeeded as needed:
        entry.outcome(record, "left", str(needed))
        return replace(item, fate="left", reason=str(needed))
    except ApiError as error:
        entry.outcome(record, "failed", str(error.refusal))
        return replace(item, fate="failed", reason=why(error.refusal))
    except ProvisionError:
        raise
    except Exception as error:  # noqa: BLE001 - likewise
        entry.outcome(record, "failed", describe_exception(error))
        return replace(item, fate="failed", reason=_broke("undoing it", error))
    entry.outcome(record, "done", told)
    return replace(item, fate="undone", reason=told)
