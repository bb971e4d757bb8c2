"""Undo what the journal proves to be ours and is still as we left it; say why the rest stays (docs/adr/0015)."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from provision.clients import ask
from provision.commands.internal_error import describe_exception
from provision.commands.recovery import digest_of, recover_interrupted_runs, scope_of
from provision.commands.run_checks import JOURNAL
from provision.concurrency import run_all
from provision.errors import ApiError, Interrupted, NoAnswer, ProvisionError, StalePlanError
from provision.journal import ledger
from provision.plan import Change
from provision.redaction import redact
from provision.undo import KINDS, DestroyOptions, OwnedResource, ResourceState, made, owned_resources
from provision.undo.record import Outcome, Undoing, Undone
from provision.undo.resource import why
from provision.undo.services import StillNeeded

if TYPE_CHECKING:
    from collections.abc import Callable

    from provision.clients import Clients
    from provision.config import Config
    from provision.journal import Contents, Entry, Journal
    from provision.undo import Resource


def destroy(
    config: Config,
    clients: Clients,
    *,
    journal: Journal,
    options: DestroyOptions,
    include_unverified: bool,
    approve: Callable[[Undone], bool],
) -> Undone:
    """Undo, in reverse order, what the journal proves that we did and what is still as we left it.

    Args:
        include_unverified: also what we began and of which the answer was lost, so that another may have done it.
        approve: shown what would be done and what not, before anything is; False stops here.

    Raises:
        StalePlanError: it was not approved.
    """
    clients.progress(f"reading {journal.path}")
    scope = scope_of(config, clients, _number(config, clients))
    entry = journal.begin("destroy", scope, principal=_principal(clients), config=digest_of(config))
    clients.log.recorder = entry
    notes = recover_interrupted_runs(journal, scope, clients, entry)
    contents = journal.contents()
    records = contents.records
    unread, elsewhere = _unread(contents), ledger.elsewhere(records, scope)
    ours = owned_resources(ledger.mutations(records, scope), ledger.deleted(records, scope))
    clients.progress(f"asking {config.target.name} what is still as we left it")
    items = _plan(ours, options, clients, include_unverified=include_unverified)
    deleted = tuple(item.owned.resource.name for item in items if item.outcome == "deleted")
    if deleted:
        entry.deleted(deleted)  # whoever brings it back owns it
    found = Undone(
        target=config.target.name,
        target_address=config.target.address,
        project_id=config.project_id,
        items=items,
        notes=(*notes, *(JOURNAL.warned(each, None) for each in (*unread, *elsewhere))),
        unread=bool(unread),
    )
    if found.planned and not approve(found):
        raise StalePlanError(
            "nothing was undone",
            cause="the plan was not approved",
            fix="run it again, with --yes to skip the question",
        )
    done = replace(found, items=_carry_out(items, options, clients, entry))
    entry.close("done" if done.exit_code == 0 else "not done")
    return done


def _number(config: Config, clients: Clients) -> str:
    """Return the number of the project that has the id now; empty where it could not be seen."""
    found = ask(lambda: clients.resource_manager.get_project(config.project_id))
    return "" if isinstance(found, NoAnswer) else found.project_number


def _unread(contents: Contents) -> list[str]:
    """Return, in sentences, what of the journal could not be read, so that not all that is ours is known."""
    found = []
    if contents.skipped:
        some = ", ".join(map(str, contents.skipped[:5])) + (", …" if len(contents.skipped) > 5 else "")
        found.append(f"{len(contents.skipped)} lines of the journal hold no whole record, and were passed over: {some}")
    if lost := ledger.headless(contents.records):
        found.append(f"{lost} runs of the journal have lost their first record, so whose they are is not known")
    return found


def _principal(clients: Clients) -> str:
    try:
        return clients.principal()
    except ApiError:
        return ""


def _plan(
    ours: tuple[OwnedResource, ...], options: DestroyOptions, clients: Clients, *, include_unverified: bool
) -> tuple[Undoing, ...]:
    """Decide on each resource; last on what others of ours stand on, because those go before it."""
    within = f"projects/{options.project_id}"
    goes = options.delete_project and any(each.resource.kind == "project" for each in ours)

    def look(each: OwnedResource, options: DestroyOptions) -> ResourceState:
        if not each.confirmed and not each.implicit and not include_unverified:
            return _unverified(each)
        current = KINDS[each.resource.kind].look(each.resource, options, clients)
        return _unverified(each) if each.implicit and not include_unverified and current.state == "ours" else current

    seen: dict[str, ResourceState] = {}
    for last in (False, True):
        being_deleted = frozenset(name for name, current in seen.items() if current.state == "ours")
        seen |= _all_at_once(
            {
                each.resource.name: partial(look, each, replace(options, being_deleted=being_deleted))
                for each in ours
                if _is_stood_on(each.resource) == last
            }
        )
    deleted = goes and seen[within].state == "ours"
    return tuple(
        _item(each, seen[each.resource.name])
        for each in ours
        # What is in a project that is deleted goes with it.
        if not (deleted and each.resource.kind != "project" and each.resource.full_name.startswith(f"{within}/"))
        and not (deleted and each.resource.kind == "bindings" and each.resource.full_name == within)
    )


def _is_stood_on(resource: Resource) -> bool:
    return resource.kind == "billing" or resource.value in ("ServiceAccount", "WorkloadIdentityPool")


def _all_at_once(looks: dict[str, Callable[[], ResourceState]]) -> dict[str, ResourceState]:
    found: dict[str, ResourceState] = {}
    for name, answer in run_all(looks, deadline_s=math.inf).items():
        if isinstance(answer, Exception):
            found[name] = ResourceState(state="unknown", reason=_broke("looking at it", answer))
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


def _unverified(each: OwnedResource) -> ResourceState:
    if each.implicit:
        return ResourceState(
            state="retained",
            reason=f"it was enabled while we enabled {', '.join(_asked(each))} at {each.mutation.time[:19]}Z: by "
            "Google, which enables what a service needs, or by someone else (--include-unverified disables it too)",
        )
    return ResourceState(
        state="retained",
        reason=f"we began it at {each.mutation.time[:19]}Z and the answer was lost, so someone else may have done it "
        "(--include-unverified undoes it too)",
    )


def _asked(each: OwnedResource) -> list[str]:
    return [str(resource.value) for resource in made(each.mutation.mutation)]


def _item(each: OwnedResource, current: ResourceState) -> Undoing:
    resource = each.resource
    change = Change(
        step=resource.kind,
        action=KINDS[resource.kind].ACTION,
        resource=resource.full_name,
        before=resource.value if resource.kind != "services" else None,
        why=f"{each.mutation.mutation.method} of {each.mutation.time[:19]}Z"
        + (f" by {each.mutation.principal}" if each.mutation.principal else "")
        + (f" enabled {', '.join(_asked(each))}, and it came along" if each.implicit else " did it"),
        dangerous=resource.kind in {"project", "billing", "resources", "bindings"},
    )
    outcome: Outcome = "planned" if current.state == "ours" else current.state
    return Undoing(owned=each, change=change, outcome=outcome, reason=current.reason)


def _carry_out(
    items: tuple[Undoing, ...], options: DestroyOptions, clients: Clients, entry: Entry
) -> tuple[Undoing, ...]:
    """Undo one after the other; what another one of ours still needs is tried again after it."""
    results = {item.owned.resource.name: item for item in items}
    waiting = [item for item in items if item.outcome == "planned"]
    while waiting:
        for item in waiting:
            try:
                results[item.owned.resource.name] = _one(item, options, clients, entry)
            except KeyboardInterrupt:
                done = [str(each.change) for each in results.values() if each.outcome == "undone"]
                raise Interrupted(
                    f"stopped while undoing: {item.change}, which may yet be carried out; "
                    f"{', '.join(done) + ' is undone' if done else 'nothing else was undone'}",
                    fix="run it again: it goes on from what is there",
                ) from None
        held = [item for item in waiting if results[item.owned.resource.name].outcome == "retained"]
        # Only while something went since can what was held back go too.
        progress = len(held) < len(waiting)
        waiting = held if progress else []
    return tuple(results[item.owned.resource.name] for item in items)


def _one(item: Undoing, options: DestroyOptions, clients: Clients, entry: Entry) -> Undoing:
    resource = item.owned.resource
    kind = KINDS[resource.kind]
    clients.progress(f"undoing: {item.change}")
    try:
        # The plan may be minutes old; and what was planned before this may have failed.
        current = kind.look(resource, options, clients)
    except Exception as error:  # noqa: BLE001 - what was undone before must still be reported
        return replace(item, outcome="failed", reason=_broke("looking at it", error))
    if current.state != "ours":
        if current.state == "deleted":
            entry.deleted((resource.name,))
        return replace(item, outcome=current.state, reason=current.reason)
    record = entry.intent(item.change)
    try:
        note = kind.undo(resource, options, clients)
    except StillNeeded as needed:
        entry.outcome(record, "retained", str(needed))
        return replace(item, outcome="retained", reason=str(needed))
    except ApiError as error:
        entry.outcome(record, "failed", str(error.status))
        return replace(item, outcome="failed", reason=why(error.status))
    except ProvisionError:
        raise
    except Exception as error:  # noqa: BLE001 - likewise
        entry.outcome(record, "failed", describe_exception(error))
        return replace(item, outcome="failed", reason=_broke("undoing it", error))
    entry.outcome(record, "done", note)
    return replace(item, outcome="undone", reason=note)
