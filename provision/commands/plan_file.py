"""A plan as a file: what was shown to a person, to be carried out exactly, or not at all (docs/adr/0014)."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from provision import __version__
from provision.commands.recovery import digest_of
from provision.errors import ProvisionError, StalePlanError, UsageError
from provision.plan import Change
from provision.settings import BY_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from provision.config import Config
    from provision.plan import JsonValue

FORMAT: Final = "provision plan"
VERSION: Final = 1
LARGEST: Final = 2**24
"""Bytes that are read of a plan."""
_AGAIN: Final = "make a new plan: provision plan --out FILE"


@dataclass(frozen=True, kw_only=True)
class PlanFile:
    """A plan that was read back.

    Attributes:
        settings: every setting's value.
        given: the keys of those that no file holds, each with the option or environment variable it came from.
        digest: names it in the journal.
    """

    path: Path
    created: str
    target: str
    target_address: str
    project_id: str
    principal: str
    config: str
    settings: dict[str, Any]
    given: dict[str, str]
    changes: tuple[Change, ...]
    digest: str


def write(path: Path, config: Config, principal: str, changes: Iterable[Change]) -> None:
    """Write a plan, whole or not at all.

    Raises:
        ProvisionError: it cannot be written.
    """
    body: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "made_by": f"provision {__version__}",
        "target": config.target.name,
        "target_address": config.target.address,
        "project_id": config.project_id,
        "principal": principal,
        "config": digest_of(config),
        "settings": _settings(config),
        "given": {
            key: source
            for key, source in config.sources.items()
            if source.startswith(("option ", "environment ")) and not key.startswith("limits.")
        },
        "changes": [asdict(change) for change in changes],
    }
    body = json.loads(json.dumps(body, default=str))
    text = json.dumps({**body, "digest": _digest(body)}, indent=2, ensure_ascii=False) + "\n"
    try:
        _write_whole(path, text)
    except OSError as error:
        raise ProvisionError(
            f"the plan {path} cannot be written", cause=str(error), fix="name another file with --out"
        ) from error


def _settings(config: Config) -> dict[str, JsonValue]:
    return {each.name: each.value for each in config.settings() if not each.name.startswith("limits.")}


def _write_whole(path: Path, text: str) -> None:
    if path.exists() and not path.is_file():  # such as /dev/null, which must not be replaced by a file
        path.write_text(text, "utf-8")
        return
    path = path.resolve()  # what a link points at is written, and the link stays
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _digest(body: dict[str, Any]) -> str:
    text = json.dumps(body, sort_keys=True, ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _require_kinds(body: dict[str, Any]) -> None:
    """Raise TypeError or KeyError where a part is of another kind than was written."""
    texts = ("created", "target", "target_address", "project_id", "principal", "config")
    wrong = [name for name in texts if not isinstance(body[name], str)]
    given = body.get("given", {})
    wrong += [name for name, each in (("settings", body["settings"]), ("given", given)) if not isinstance(each, dict)]
    if wrong or not all(isinstance(each, str) for each in given.values()):
        raise TypeError(f"{', '.join(wrong) or 'given'} is not what was written")
    for each in body["changes"]:
        if not all(isinstance(each[name], str) for name in ("step", "action", "resource", "why")):
            raise TypeError("a change is not what was written")


def _digest_or_none(body: dict[str, Any]) -> str | None:
    try:
        return _digest(body)
    except (UnicodeError, ValueError, RecursionError):  # half a character, or a number that Python does not write
        return None


def read(path: Path) -> PlanFile:
    """Read a plan back.

    Raises:
        UsageError: it is no plan, torn, edited, or of another version.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise UsageError(f"{path} is not a plan", cause=f"it is larger than {LARGEST // 2**20} MiB", fix=_AGAIN)
        body = json.loads(content)
    except OSError as error:
        raise UsageError(f"the plan {path} cannot be read", cause=str(error), fix=_AGAIN) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not a whole plan", cause=f"it is not JSON: {error}", fix=_AGAIN) from error
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise UsageError(f"{path} is not a plan", cause=f'it does not say "format": "{FORMAT}"', fix=_AGAIN)
    if body.get("version") != VERSION:
        raise UsageError(
            f"the plan {path} is of version {body.get('version')!r}",
            cause=f"this program carries out version {VERSION}",
            fix="use the version of provision that made it, or " + _AGAIN,
        )
    digest = body.pop("digest", "")
    if digest != _digest_or_none(body):
        raise UsageError(
            f"the plan {path} was changed after it was made",
            cause="its digest does not fit what it says",
            fix=_AGAIN,
        )
    try:
        _require_kinds(body)
        changes = tuple(Change(**each) for each in body["changes"])
        return PlanFile(
            path=path,
            changes=changes,
            digest=digest,
            given=body.get("given", {}),
            **{
                name: body[name]
                for name in ("created", "target", "target_address", "project_id", "principal", "config", "settings")
            },
        )
    except (KeyError, TypeError) as error:
        raise UsageError(f"{path} is not a whole plan", cause=f"{error!r}", fix=_AGAIN) from error


def given(plan: PlanFile, environment: Mapping[str, str]) -> dict[str, tuple[JsonValue, str]]:
    """Return what was said with options and variables when it was made, by the setting's key, with the place.

    So nothing has to be said twice; what is in provision.yaml, or in a variable now, is read again, and compared.
    """
    return {
        key: (plan.settings[key], plan.path.name)
        for key, source in plan.given.items()
        if key in BY_KEY and key in plan.settings
        if source.startswith("option ") or not any(environment.get(name) for name in BY_KEY[key].environment)
    }


def require_same_request(plan: PlanFile, config: Config) -> None:
    """Refuse a plan that was made for another place, another project or another configuration.

    Raises:
        StalePlanError: see above; names what differs.
    """
    problems = []
    here = f"{config.target.name} {config.target.address}".strip()
    there = f"{plan.target} {plan.target_address}".strip()
    if here != there:
        problems.append(f"it was made for {there}, and this is {here}")
        if plan.target == config.target.name:
            problems.append("two sandboxes are two worlds, though their projects have the same names")
    if plan.project_id != config.project_id:
        problems.append(f"it was made for {plan.project_id}, and this is {config.project_id}")
    if not problems and plan.config != digest_of(config):
        now = json.loads(json.dumps(_settings(config), default=str))
        differing = [
            f"{name} was {plan.settings.get(name)!r} and is {now.get(name)!r}"
            for name in sorted({*plan.settings, *now})
            if plan.settings.get(name) != now.get(name)
        ]
        problems.append("the configuration differs: " + "; ".join(differing))
    if problems:
        raise StalePlanError(f"the plan {plan.path} is not for this", cause="; ".join(problems), fix=_AGAIN)


def require_same_world(plan: PlanFile, needed: tuple[Change, ...], begun: frozenset[str]) -> None:
    """Refuse a plan that is not what is needed any more.

    Args:
        needed: what would be planned now.
        begun: the changes, as text, that a former run of this very plan has begun; they may be done by now.

    Raises:
        StalePlanError: see above; names what changed since.
    """
    # Of equal changes that are on both sides nothing is to be told.
    planned = [change for change in plan.changes if not any(_same(change, each) for each in needed)]
    fresh = [change for change in needed if not any(_same(change, each) for each in plan.changes)]
    problems = []
    for change in planned:
        now = next((each for each in fresh if str(each) == str(change)), None)
        if str(change) in begun and (now is None or within(now, change)):
            fresh = [each for each in fresh if each is not now]
        elif now is None:
            problems.append(f"{change} is not needed any more, or not possible")
        else:
            problems.append(_difference(change, now))
            fresh.remove(now)
    problems += [f"{change} is needed now, and was not planned" for change in fresh]
    if problems:
        raise StalePlanError(
            f"the plan {plan.path} of {plan.created} is not what is needed any more",
            cause="; ".join(problems),
            fix=_AGAIN,
        )


def _difference(change: Change, now: Change) -> str:
    parts = [
        f"{word} was {_plain(was)} and is {_plain(is_now)}"
        for word, was, is_now in (
            ("what is there", change.before, now.before),
            ("what is to be there", change.after, now.after),
            ("danger", change.dangerous, now.dangerous),
        )
        if _plain(was) != _plain(is_now)
    ]
    return f"{change}: {', '.join(parts)}"


def _plain(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _same(change: Change, other: Change) -> bool:
    return all(
        _plain(was) == _plain(now)
        for was, now in (
            ((change.step, str(change)), (other.step, str(other))),
            (change.before, other.before),
            (change.after, other.after),
            (change.dangerous, other.dangerous),
        )
    )


def within(change: Change, approved: Change) -> bool:
    """Whether a change does no more than one that was approved."""
    if (change.step, change.action, change.resource, change.dangerous) != (
        approved.step,
        approved.action,
        approved.resource,
        approved.dangerous,
    ):
        return False
    if isinstance(change.after, list) and isinstance(approved.after, list):
        return {_plain(each) for each in change.after} <= {_plain(each) for each in approved.after}
    return _plain(change.after) == _plain(approved.after)
