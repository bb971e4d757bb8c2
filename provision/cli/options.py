"""The options that commands share; those of the settings are made from their rows."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from provision.cli.command_help import CommonOption
from provision.cli.completion_values import BY_SETTING
from provision.cli.target import target_for
from provision.config import FILE_NAME, Config, load
from provision.errors import UsageError
from provision.settings import SETTINGS

Command = TypeVar("Command", bound=Callable[..., Any])

_CONFIG_KEYS: Final = {row.key.replace(".", "_"): row.key for row in SETTINGS if row.option}


class Duration(click.ParamType[float]):
    """A duration such as ``90s``, ``10m`` or ``1h``; seconds where no unit is given. Becomes seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds."""
        if isinstance(value, float):
            return value
        found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?(s|m|h|)", str(value).strip())
        if not found:
            self.fail(f"{value!r} is no duration; write it as `90s`, `10m` or `1h`", param, ctx)
        return float(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[found[2]]


# What only matters to who creates, links or enables something.
CREATING: Final = (
    "project.create",
    "project.undelete",
    "project.parent",
    "project.display_name",
    "billing.account",
    "billing.relink",
    "services",
)
MODEL: Final = ("model.id", "model.location", "model.endpoint")
CHAT: Final = ("chat.capabilities", "chat.max_latency")
ENDPOINTS: Final = ("endpoints.locations",)
USABLE: Final = ("limits.usable_timeout",)
# What only matters to who asks Google something.
LIMITS: Final = ("limits.call_timeout", "limits.check_timeout")


def config_options(
    *, without: tuple[str, ...] = (), says: Mapping[str, str] | None = None, calls: bool = True
) -> Callable[[Command], Command]:
    """Add the options of the settings, and those that choose the file and the target.

    Args:
        without: the keys of settings that the command has no use for: an option that does nothing would be a lie.
        says: the help of options that the command takes for a purpose of its own, by the setting's key.
        calls: whether the command calls Google at all; one that does not has no calls to log.
    """

    def add(command: Command) -> Command:
        return _shared(_of_settings(command, without, says or {}), calls=calls)

    return add


def _of_settings(command: Command, without: tuple[str, ...], says: Mapping[str, str]) -> Command:
    for row in reversed([row for row in SETTINGS if row.option and row.key not in without]):
        name = row.key.replace(".", "_")
        if row.key in says:  # the variables are for the setting's own purpose
            command = click.option(row.option, name, default=None, metavar="TEXT", help=says[row.key])(command)
            continue
        source = f"  [env: {', '.join(row.environment)}]" if row.environment else ""
        if row.kind == "boolean":
            command = click.option(row.option, name, cls=CommonOption, default=None, help=row.help + source)(command)
        elif row.kind == "list":
            command = click.option(
                row.option,
                name,
                cls=CommonOption,
                multiple=True,
                metavar="NAME",
                help=f"{row.help} Repeatable.{source}",
                shell_complete=BY_SETTING.get(row.key),
            )(command)
        else:
            kind = {"number": float, "integer": int}.get(row.kind, str)
            command = click.option(
                row.option,
                name,
                cls=CommonOption,
                type=kind,
                default=None,
                multiple=True,  # so that a second one is seen, and not taken in the place of the first
                callback=_once,
                metavar="SECONDS" if row.kind == "number" else "TEXT",
                help=row.help + source,
                shell_complete=BY_SETTING.get(row.key),
            )(command)
    return command


def _once(_: click.Context, option: click.Parameter, values: tuple[Any, ...] | None) -> Any:
    """Return an option's one value.

    Raises:
        UsageError: it was given twice, with two values: one of them would be dropped.
    """
    different = tuple(dict.fromkeys(values or ()))
    if len(different) > 1:
        raise UsageError(
            f"{option.opts[0]} was given {len(different)} times: {', '.join(map(str, different))}",
            cause="a command is about one of them, and would leave the others out",
            fix="run the command once for each",
        )
    return different[0] if different else None


def _shared(command: Command, *, calls: bool) -> Command:
    command = click.option(
        "--config",
        "-f",
        "config_file",
        cls=CommonOption,
        type=click.Path(path_type=Path),
        default=None,
        metavar="FILE",
        help=f"The file to read instead of ./{FILE_NAME}.",
    )(command)
    if calls:
        command = click.option(
            "--log",
            "log_file",
            cls=CommonOption,
            type=click.Path(path_type=Path),
            default=None,
            metavar="FILE",
            help="Add a line of JSON to FILE for each call: method, resource, principal, status, duration.",
        )(command)
    command = click.option(
        "--sandbox",
        cls=CommonOption,
        is_flag=True,
        help="Use Google Cloud on this machine: the sandbox that runs, or one of its own.",
    )(command)
    return click.option(
        "--target",
        cls=CommonOption,
        type=click.Choice(["google-cloud"]),
        default=None,
        help="Insist on Google Cloud: exit 2 if a sandbox is set.",
    )(command)


def _check_ids() -> tuple[str, ...]:
    from provision.commands.run import BY_NAME, CHECKS

    return (*CHECKS, *(f"{step}.observed" for step in BY_NAME))


@contextmanager
def config_from(
    options: dict[str, Any],
    *,
    project_required: bool = True,
    more: Mapping[str, Any] | None = None,
    outputs: Mapping[str, tuple[Any, str]] | None = None,
    outlived: bool = False,
) -> Iterator[Config]:
    """Take the shared options out of ``options`` and yield the configuration; a sandbox made for it ends with it.

    Args:
        more: values, by the setting's key, of options that only one command has.
        outputs: see `provision.config.load`.
        outlived: what the command prints is used after its end, so a sandbox made for it would be of no use.
    """
    given = {key: options.pop(name, None) for name, key in _CONFIG_KEYS.items()} | dict(more or {})
    file = options.pop("config_file")
    log_file = options.pop("log_file", None)
    sandbox, insist_on = options.pop("sandbox"), options.pop("target")
    with target_for(sandbox=sandbox, insist_on=insist_on, outlived=outlived) as target:
        config = load(
            options=given,
            environment=os.environ,
            file=file or Path(FILE_NAME),
            file_required=file is not None,
            target=target,
            project_required=project_required,
            check_ids=_check_ids,
            outputs=outputs,
        )
        yield replace(config, log_file=log_file)
