"""``provision history``: Say what was changed, by whom and when."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

import click

from provision.cli import command_help
from provision.cli.journal import journal_option

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from provision.journal.ledger import MutationRecord, RunRecord
    from provision.plan import Mutation


@command_help.with_examples(
    "provision history",
    "provision history --project my-team-chat --last 3",
)
@click.option("--project", "project_id", default="", metavar="PROJECT_ID", help="Only what was done to this project.")
@click.option(
    "--target",
    type=click.Choice(["google-cloud", "sandbox"]),
    default=None,
    help="Only what was done there; a sandbox is distinguished by its address.",
)
@click.option("--last", type=click.IntRange(1), default=None, metavar="COUNT", help="Only the last runs.")
@journal_option
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", help="How to report.")
def command(*, project_id: str, target: str | None, last: int | None, journal_file: Path | None, format_: str) -> None:
    """Say what was changed, by whom and when.

    Reads the journal and makes no calls: what is there now, only `provision check` knows.
    """
    from provision.journal import ledger, named_path, read
    from provision.redaction import printable, redact

    path = named_path(journal_file)
    wanted = {"google-cloud": "Google Cloud", "sandbox": "sandbox", None: None}[target]
    runs = [
        run
        for run in ledger.runs(read(path))
        if (not project_id or run.project_id == project_id) and (wanted is None or run.target == wanted)
    ][-(last or 0) :]
    if format_ == "json":
        body = {"schema_version": 1, "journal": str(path), "runs": [_as_json(run) for run in runs]}
        click.echo(redact(json.dumps(body, indent=2, ensure_ascii=False, default=str)))
        return
    lines = [line for run in runs for line in (*_lines(run), "")] or [f"nothing in {path}", ""]
    click.echo(redact(printable("\n".join(lines[:-1]))))


def _as_json(run: RunRecord) -> dict[str, Any]:
    mutations = [
        {**asdict(mutation), "confirmed": mutation.confirmed, "open": mutation.open} for mutation in run.mutations
    ]
    changes = [{"change": change, "outcome": outcome, "detail": detail} for change, outcome, detail in run.changes]
    return {**asdict(run), "mutations": mutations, "changes": changes}


def _lines(run: RunRecord) -> Iterator[str]:
    where = f"{run.target} ({run.address})" if run.address else run.target
    by = f" by {run.principal}" if run.principal else ""
    yield f"{run.time[:19]}Z  {run.command}  {run.project_id}  {where}{by}: {run.result or 'was interrupted'}"
    for change, outcome, detail in run.changes:
        note = f": {detail}" if detail else ""
        yield f"  {outcome or 'unknown':8} {change.get('action')} {change.get('resource')}{note}"
    for mutation in run.mutations:
        yield f"    {_message(mutation):10} {mutation.mutation.method} {mutation.mutation.resource}"
        yield from (f"{'':15} {line}" for line in _did(mutation.mutation))


def _did(mutation: Mutation) -> Iterator[str]:
    """Yield what the call sent, where its resource does not say it."""
    does = mutation.does if isinstance(mutation.does, dict) else {}
    for sign, key, to in (("+", "add", "to"), ("-", "remove", "from")):
        for each in cast("list[dict[str, Any]]", does.get(key, [])):
            condition = f" if {each['condition'].get('title')}" if each.get("condition") else ""
            yield f"{sign} {each.get('role')} {to} {each.get('member')}{condition}"
    yield from (f"+ {each}" for each in cast("list[str]", does.get("services", [])))
    if "billing_account" in does:
        yield f"{mutation.before or 'none'} -> {does['billing_account'] or 'none'}"


def _message(mutation: MutationRecord) -> str:
    if mutation.confirmed:
        return "done"
    if mutation.was_looked_for:
        return "found" if mutation.found else "not there"
    if mutation.operation_status == "UNOBSERVED":
        return "no change"
    return "lost" if mutation.open else "refused"
