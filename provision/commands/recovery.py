"""What former runs left behind: whose end was not written down, and what became of it."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from provision.clients import ask
from provision.commands.run_checks import UNFINISHED
from provision.errors import NoAnswer
from provision.journal import Scope, ledger
from provision.undo import KINDS, DestroyOptions, made, unmade

if TYPE_CHECKING:
    from provision.clients import Clients
    from provision.config import Config
    from provision.journal import Entry, Journal
    from provision.journal.ledger import MutationRecord
    from provision.plan import Check
    from provision.undo import Resource

SLOWEST_OPERATION_S: Final = 600.0  # creating a project usually takes seconds, and sometimes minutes


def scope_of(config: Config, clients: Clients | None = None, project_number: str = "") -> Scope:
    """Return whose records in the journal are this configuration's.

    Args:
        clients: to learn which world the sandbox has now; without them only its address counts.
        project_number: the number of the project that has the id now; empty where it is not known.
    """
    return Scope(
        target=config.target.name,
        address=config.target.address,
        project_id=config.project_id,
        world=clients.world if clients is not None else "",
        project_number=project_number,
    )


def digest_of(config: Config) -> str:
    """Return a digest of all that is asked for; limits and where a value came from do not count."""
    wanted = {each.name: each.value for each in config.settings() if not each.name.startswith("limits.")}
    text = json.dumps(wanted, sort_keys=True, default=str)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def recover_interrupted_runs(journal: Journal, scope: Scope, clients: Clients, entry: Entry) -> tuple[Check, ...]:
    """Look for what former runs began without writing down how it ended; write down and say what is there.

    A run that is still at work on this machine is left to itself.
    """
    summaries = [
        _settle(record, scope, clients, entry)
        for run in ledger.runs(journal.read(), scope)
        if run.result or not _is_running(run)
        for record in run.mutations
        if record.open and not record.was_looked_for
    ]
    if not summaries:
        return ()
    return (UNFINISHED.warned("; ".join(summaries), None),)


def _is_running(run: ledger.RunRecord) -> bool:
    if run.host != platform.node() or run.pid <= 0 or run.pid == os.getpid():
        return False
    try:
        os.kill(run.pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _settle(record: MutationRecord, scope: Scope, clients: Clients, entry: Entry) -> str:
    mutation = record.mutation
    began = (
        f"a former run began {mutation.method} on {mutation.resource} at {record.time[:19]}Z and did not record its end"
    )
    ended = _operation_end(record, clients)
    if ended is not None:
        entry.found(record.id, there=ended, confirmed=True, detail="its operation says so")
        return f"{began}: Google finished it" if ended else f"{began}: Google did not carry it out"
    makes, takes = made(mutation), unmade(mutation)
    seen = {resource.name: _is_there(resource, scope, clients) for resource in (*makes, *takes)}
    if None in seen.values() or not seen:
        return f"{began}: what became of it could not be seen"
    done = {resource.name: seen[resource.name] is True for resource in makes}
    done |= {resource.name: seen[resource.name] is False for resource in takes}
    if not all(done.values()) and _is_recently_created(record):
        # Google can still be at it; whoever writes it off now would not know later whose it is.
        return f"{began}: it is not done, or not yet"
    there = any(done.values())
    missing = tuple(resource.name for resource in makes if not done[resource.name])
    entry.found(record.id, there=there, confirmed=False, detail=", ".join(name for name, each in done.items() if each))
    if there and missing:
        entry.deleted(missing)
    what = (
        ("it is there" if makes else "it is gone") if there else ("it is not there" if makes else "it is still there")
    )
    return f"{began}: {what}" + (f", except {', '.join(missing)}" if there and missing else "")


def _is_recently_created(record: MutationRecord) -> bool:
    began = datetime.fromisoformat(record.time)
    age_s = (datetime.now(UTC) - (began if began.tzinfo else began.replace(tzinfo=UTC))).total_seconds()
    return age_s < SLOWEST_OPERATION_S


def _operation_end(record: MutationRecord, clients: Clients) -> bool | None:
    """Ask the operation itself how it ended; None where it does not say."""
    if not record.operation or record.operation.endswith(".DONE_OPERATION"):
        return None
    service = record.mutation.service
    version = "v3" if service == "cloudresourcemanager.googleapis.com" else "v1"
    answer = ask(lambda: clients.transport.rest(service, "GetOperation", f"/{version}/{record.operation}", verb="GET"))
    if isinstance(answer, NoAnswer) or answer.get("done") is not True:
        return None
    return "error" not in answer


def _is_there(resource: Resource, scope: Scope, clients: Clients) -> bool | None:
    options = DestroyOptions(project_id=scope.project_id, delete_project=True, force=True)
    current = KINDS[resource.kind].look(resource, options, clients)
    if current.state == "unknown":
        return None
    return current.state != "deleted"
