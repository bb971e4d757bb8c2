"""Look into the emulator that runs, and move its clock: `requests`, `snapshot`, `token` and `clock`."""

from __future__ import annotations

import json
import re
import time
from contextlib import suppress
from typing import Any, Final

import click

from gcp_emulator.cli.attached import ask, attach_target

_POLL: Final = 0.2  # seconds between two looks at the log
_UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


class _Duration(click.ParamType[float]):
    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", str(value))
        if match is None:
            self.fail(f"{value!r} is not a time like 90, 90s, 5m, 2h or 7d", param, ctx)
        return float(match[1]) * _UNITS[match[2]]


@click.command()
@click.option("--follow", "-f", is_flag=True, help="Go on printing calls as they come, until Ctrl-C.")
@click.option("--failed", is_flag=True, help="Only those that were refused or lost.")
@click.option("--clear", is_flag=True, help="Empty the log instead.")
@click.option(
    "--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print."
)
def requests(follow: bool, failed: bool, clear: bool, style: str) -> None:  # noqa: FBT001 - options
    """Print the calls that the running sandbox has answered, one a line."""
    ready = attach_target()
    if clear:
        ask(ready, "DELETE", "requests")
        return
    with suppress(KeyboardInterrupt):  # how one ends --follow
        _print_calls(ready, follow=follow, failed=failed, style=style)


def _print_calls(ready: dict[str, Any], *, follow: bool, failed: bool, style: str) -> None:
    from gcp_emulator.requestlog import failed as was_refused
    from gcp_emulator.requestlog import line

    last, unfinished = 0, set[int]()
    while True:
        log = ask(ready, "GET", f"requests?since={min({last + 1, *unfinished}) - 1}")
        for entry in log:
            number = entry["sequence"]
            if number <= last and number not in unfinished:
                continue
            last = max(last, number)
            if follow and entry["duration_ms"] is None:
                unfinished.add(number)
                continue
            unfinished.discard(number)
            if not failed or was_refused(entry["status"]):
                click.echo(json.dumps(entry) if style == "json" else line(entry))
        if not follow:
            return
        time.sleep(_POLL)


@click.command()
@click.argument("name", required=False)
@click.option("--list", "show", is_flag=True, help="Print the snapshots there are.")
@click.option("--delete", is_flag=True, help="Delete the one called NAME.")
def snapshot(name: str | None, show: bool, delete: bool) -> None:  # noqa: FBT001 - options
    """Keep the running sandbox's state under NAME; `reset --to NAME` goes back to it."""
    if show == (name is not None) or (delete and name is None):
        raise click.UsageError("Say which: NAME, --delete NAME or --list.")
    ready = attach_target()
    if show:
        for each in ask(ready, "GET", "snapshots"):
            click.echo(f"{each['name']}  {each['saved']}  {each['rows']} rows")
        return
    ask(ready, "DELETE" if delete else "POST", f"snapshots/{name}")
    click.echo(f"The snapshot {name} is {'deleted' if delete else 'saved'}.")


@click.command()
@click.option(
    "--as",
    "member",
    metavar="MEMBER",
    help="user:ADDRESS, serviceAccount:ADDRESS or principal://...; without it, the owner of everything.",
)
@click.option("--scope", "scopes", multiple=True, metavar="URL", help="An OAuth scope; may be given several times.")
def token(member: str | None, scopes: tuple[str, ...]) -> None:
    """Print an access token of anyone for the running sandbox, who need not exist before."""
    ready = attach_target()
    if member is None and not scopes:
        click.echo(ready["token"])
        return
    if member is None:
        raise click.UsageError("--scope needs --as MEMBER: the owner's token is good for everything.")
    click.echo(
        ask(ready, "POST", "tokens", {"member": member, **({"scopes": [*scopes]} if scopes else {})})["access_token"]
    )


@click.group()
def clock() -> None:
    """Show the running sandbox's time, or change it."""


@clock.command("show")
def show_clock() -> None:
    """Print its time and how fast it goes."""
    _print_clock(ask(attach_target(), "GET", "clock"))


@clock.command()
@click.argument("duration", type=_Duration())
def advance(duration: float) -> None:
    """Move it forward by DURATION: 90, 90s, 5m, 2h or 7d."""
    _print_clock(ask(attach_target(), "POST", "clock", {"advance": duration}))


@clock.command()
@click.argument("scale")
def scale(scale: str) -> None:
    """Let it go at SCALE: 1x, 60x, or stepped."""
    _print_clock(ask(attach_target(), "POST", "clock", {"scale": scale}))


def _print_clock(now: dict[str, Any]) -> None:
    speed = now["mode"] if now["mode"] == "stepped" else f"{now['scale']:g}x"
    click.echo(f"{now['now']}  {speed}")


COMMANDS: Final = (requests, snapshot, token, clock)
