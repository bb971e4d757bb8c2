"""``provision explain``: Say what an error of Google Cloud means."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from provision.cli import command_help
from provision.cli.completion_values import EXPLAINED
from provision.cli.output import wants_color
from provision.errors import ProvisionError, UsageError

if TYPE_CHECKING:
    from provision.diagnoses.error_parser import ParsedError
    from provision.diagnoses.reproductions import Reproduction
    from provision.explain import Finding

_KEPT = 10_000_000
_CHUNK = 65_536
_LONGEST_INPUT = 100_000_000
"""Bytes: of an input without an end no more is read."""
_FIX_OWNERS = {"you": "you", "admin": "an administrator", "google": "Google (wait)"}
_HOW = "name a reason (`provision explain SERVICE_DISABLED`), or give it an error: `provision explain < error.txt`"


@command_help.with_examples(
    "provision explain SERVICE_DISABLED",
    "provision explain < error.txt",
)
@click.argument("reason", required=False, shell_complete=EXPLAINED)
@click.option("--reproduce", is_flag=True, help="Also show the command that provokes the same error in the sandbox.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print."
)
@click.pass_context
def command(ctx: click.Context, reason: str | None, *, reproduce: bool, form: str) -> None:
    """Say what an error of Google Cloud means.

    And who can fix it, and how.

    REASON is a reason (`SERVICE_DISABLED`), a status (`PERMISSION_DENIED`, `403`), the id of a check
    (`billing.enabled`), the name of a diagnosis, an error's text in quotes, or a file that holds one. Without one, any
    error is read from standard input (at a terminal: paste it, then Ctrl-D), with all that is around it: of gcloud,
    Terraform, Python, curl, or a log. Makes no calls. Exit 0: explained. 1: not recognized. 2: nothing was given.
    """
    from provision.explain import explain_row, explain_text, likely_rows, rows_for

    likely = likely_rows(reason) if reason is not None else ()
    if likely and reason is not None:
        _print_likely(reason, likely, form)
        return
    rows = rows_for(reason) if reason is not None and reason != "-" else ()
    if rows:
        findings = tuple(explain_row(row, {}) for row in rows)
        _print(findings[:1], form, reproduce=reproduce, others=tuple(each.key for each in findings[1:]))
        return
    parsed = _parsed(reason)
    reading, findings = explain_text(parsed)
    if findings:
        _print(findings, form, reproduce=reproduce)
        return
    _unrecognized(reading, form)
    ctx.exit(1)


def _parsed(reason: str | None) -> str:
    """Return an error: the text of the file REASON, REASON itself if it is more than a word, else standard input."""
    if reason is not None and (path := _file(reason)) is not None:
        return _of_file(path)
    if reason is not None and len(reason.split()) > 1:
        return reason
    if reason is not None and reason != "-":
        raise ProvisionError(
            f"nothing is known of {reason!r}",
            cause="it is no reason, status, check or diagnosis that is known",
            fix=f"check the spelling{_near(reason)}; a whole error says more: `provision explain < error.txt`",
        )
    if sys.stdin.isatty():
        click.echo("paste the error, then press Ctrl-D on a line of its own:", err=True)
    parsed = _read(sys.stdin.buffer).decode("utf-8", "replace")
    if not parsed.strip():
        raise UsageError("there is nothing to explain", cause="standard input is empty", fix=_HOW)
    return parsed


def _file(reason: str) -> Path | None:
    """Return the file that someone gave instead of its text; None where there is none of that name."""
    try:
        return path if (path := Path(reason)).is_file() else None
    except (OSError, ValueError):  # no name of a file is as long, or holds such characters
        return None


def _of_file(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            text = _read(stream).decode("utf-8", "replace")
    except OSError as error:
        raise ProvisionError(f"{path} cannot be read", cause=str(error.strerror), fix=_HOW) from error
    if not text.strip():
        raise UsageError("there is nothing to explain", cause=f"{path} is empty", fix=_HOW)
    return text


def _read(stream: BinaryIO) -> bytes:
    """Return what a stream holds, or of a long one its beginning and its end: memory and length are bounded."""
    beginning = stream.read(_KEPT)
    if len(beginning) < _KEPT:  # it has ended; a terminal would be asked again
        return beginning
    end, length = b"", len(beginning)
    while length < _LONGEST_INPUT and (chunk := stream.read(_CHUNK)):
        length += len(chunk)
        end = (end + chunk)[-_KEPT:]
    return beginning + end


def _near(reason: str) -> str:
    from difflib import get_close_matches

    from provision.diagnoses import ROWS

    near = get_close_matches(reason.upper(), [row.key for row in ROWS], n=3, cutoff=0.6)
    return f" (near it: {', '.join(near)})" if near else ""


def _print(findings: tuple[Finding, ...], form: str, *, reproduce: bool, others: tuple[str, ...] = ()) -> None:
    from provision.diagnoses.reproductions import reproduction_of

    if form == "json":
        listed = [
            asdict(each) | ({"reproduce": _as_dict(reproduction_of(each.key))} if reproduce else {})
            for each in findings
        ]
        _json({"findings": listed, "others": list(others), "exit_code": 0})
        return
    color = wants_color(sys.stdout)
    for number, finding in enumerate(findings):
        several = ("root cause: ", "also: ")[min(number, 1)] if len(findings) > 1 else ""
        title = f"{several}{finding.key}"
        click.echo(("\n" if number else "") + (click.style(title, bold=True) if color else title))
        click.echo("\n".join(_lines(finding)))
        if reproduce:
            click.echo("\n".join(_reproduction(reproduction_of(finding.key))))
    if others:
        click.echo(f"\nseen in other forms too: {', '.join(others)}")


def _print_likely(word: str, likely: tuple[tuple[Finding, str], ...], form: str) -> None:
    if form == "json":
        listed = [asdict(finding) | {"decided_by": sign} for finding, sign in likely]
        _json({"findings": listed, "others": [], "ambiguous": True, "exit_code": 0})
        return
    color = wants_color(sys.stdout)
    click.echo(f"{word} alone does not say what is wrong. What it means most often, and what in the text decides:")
    for number, (finding, sign) in enumerate(likely, 1):
        title = f"{number}. {finding.key}"
        click.echo(f"\n{click.style(title, bold=True) if color else title}")
        click.echo(f"  it is this if the text has: {sign}")
        click.echo(f"  why: {finding.cause}\n  fix: {finding.fix}\n  who can fix it: {_FIX_OWNERS[finding.fix_owner]}")
    click.echo("\ngive it the whole text: provision explain < error.txt")


def _lines(finding: Finding) -> list[str]:
    lines = []
    error = finding.error
    if error is not None and error.message:
        head = " ".join(part for part in (str(error.code or ""), error.status, error.reason) if part)
        message = error.message if len(error.message) <= 300 else f"{error.message[:300]}…"
        lines.append(f"  message: {f'{head}: ' if head else ''}{message}")
    lines += [f"  why: {finding.cause}", f"  fix: {finding.fix}"]
    waiting = "; it can also pass by itself" if finding.retryable and finding.fix_owner != "google" else ""
    lines.append(f"  who can fix it: {_FIX_OWNERS[finding.fix_owner]}{waiting}")
    lines += [f"  replace {name} with {where}" for name, where in finding.placeholders.items()]
    if finding.request:
        lines += ["  a request, ready to send:", *(f"    {line}" for line in finding.request.splitlines())]
    return [*lines, f"  source: {finding.source}"]


def _reproduction(reproduction: Reproduction) -> list[str]:
    if reproduction.text_only:
        return [f"  to see it happen: not in the sandbox: {reproduction.text_only}"]
    return ["  to see it happen, in the sandbox:", *(f"    {line}" for line in reproduction.commands())]


def _as_dict(reproduction: Reproduction) -> dict[str, Any]:
    return asdict(reproduction) | {"commands": reproduction.commands()}


def _unrecognized(reading: ParsedError, form: str) -> None:
    first = reading.errors[0] if reading.errors else None
    head = " ".join(part for part in (str(first.code or ""), first.status, first.reason) if part) if first else ""
    if form == "json":
        _json(
            {
                "findings": [],
                "exit_code": 1,
                "foreign": reading.foreign,
                "lines": reading.lines,
                "seen": list(reading.seen),
                "errors": [asdict(each) for each in reading.errors[:20]],
            }
        )
        return
    click.echo("not recognized: no one foresaw this error")
    if reading.foreign:
        click.echo(f"  why: it seems to come from {reading.foreign}; this tool knows the errors of Google Cloud")
        if reading.foreign == "OpenAI":
            click.echo(
                "  fix: if Vertex AI was meant, the base URL is not set: export OPENAI_BASE_URL=https://aiplatform.googleapis.com/v1/projects/PROJECT_ID/locations/global/endpoints/openapi"
            )
    else:
        click.echo(f"  read: {reading.lines} lines; found {', '.join(reading.seen) or 'no form of an error'}")
        if first is not None:
            click.echo(f"  first: {f'{head}: ' if head else ''}{first.message[:300]}")
        click.echo(
            "  fix: paste more of it (with --log-http in gcloud, TF_LOG=DEBUG in Terraform), or run `provision check`"
        )


def _json(value: dict[str, Any]) -> None:
    click.echo(json.dumps({"schema_version": 1, **value}, indent=2, ensure_ascii=False))
