"""Where runs are kept, which of them goes on, and that two processes never work on one."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provision.errors import ProvisionError, UsageError
from provision.fleet.store import Store, is_readable, now
from provision.journal import VARIABLE, default_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.config import Config
    from provision.fleet.scope import Scope

_SUFFIX: Final = ".run"
_GOES_ON_FOR: Final = timedelta(hours=12)
"""How old an unfinished run may be for the same command to go on with it; what is older is asked anew."""


def folder() -> Path:
    """Return the folder of runs, made if it is not there.

    Raises:
        UsageError: there is no place for it, or it cannot be made.
    """
    path = default_path({**os.environ, VARIABLE: ""}).parent / "fleet"
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be made", cause=error.strerror or str(error), fix="name a file with --run FILE"
        ) from error
    return path


def find(name: str) -> Path:
    """Return the file of a run: a path, or the name of one in the folder."""
    path = Path(name)
    return path if path.suffix or "/" in name or path.exists() else folder() / f"{name}{_SUFFIX}"


def kept() -> list[Path]:
    """Return the files in the folder, the newest first."""
    return sorted((each for each in folder().glob(f"*{_SUFFIX}") if is_readable(each)), reverse=True)


def key_of(scope: Scope, config: Config) -> str:
    """Return what makes two commands the same: the projects, what they should have, and where that is asked."""
    wanted = {
        name: value for name, value in asdict(config).items() if name in {"services", "parent", "billing_account"}
    }
    place = [config.target.name, config.target.address, config.named_locations[0]]
    text = json.dumps([asdict(scope), wanted, place], default=str, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@contextmanager
def working_on(scope: Scope, config: Config, name: str) -> Iterator[tuple[Store, Store | None]]:
    """Yield the run to work on, and the one that was finished before it over the same projects, if there is one.

    It is the named one, else the one that the same command left unfinished, else a new one.

    Raises:
        UsageError: the named one is of other projects, or another process works on it.
    """
    key = key_of(scope, config)
    before, unfinished = _earlier(key)
    path = find(name) if name else unfinished or folder() / f"{_moment()}{_SUFFIX}"
    with held(path):
        store = Store(path, create=True)
        try:
            meta = store.meta
            if meta and meta["key"] != key:
                raise UsageError(
                    f"the run {path.stem} is of other projects",
                    cause=f"it is of {meta['scope']}, by other settings or elsewhere",
                    fix="leave --run out, or name another",
                )
            if not meta or meta.get("state") == "finished":
                store.restart()
                store.note(
                    key=key,
                    scope=str(scope),
                    shard=[scope.shard.index, scope.shard.count],
                    target=config.target.name,
                    address=config.target.address,
                    started=now(),
                    state="running",
                    services=list(config.services),
                )
            previous = Store(before) if before is not None and before != path else None
            try:
                yield store, previous
            finally:
                if previous is not None:
                    previous.close()
        finally:
            store.close()


@contextmanager
def opened(name: str, config: Config) -> Iterator[Store]:
    """Yield a run to act on, the newest if none is named, held against other processes.

    Raises:
        UsageError: there is none, it is of elsewhere or by other services, or another process works on it.
    """
    path = find(name) if name else next(iter(kept()), None)
    if path is None:
        raise UsageError("there is no run", cause=f"none is in {folder()}", fix="provision fleet check --help")
    with held(path):
        store = Store(path)
        try:
            meta = store.meta
            there = (meta["target"], meta["address"], meta["services"])
            if there != (config.target.name, config.target.address, list(config.services)):
                raise UsageError(
                    f"the run {path.stem} is not of here",
                    cause=f"it asked {meta['target']} {meta['address']} for {', '.join(meta['services'])}".replace(
                        "  ", " "
                    ),
                    fix="give the target and the services that it was made with, or make another run",
                )
            yield store
        finally:
            store.close()


def _earlier(key: str) -> tuple[Path | None, Path | None]:
    """Return the newest finished run with this key, and one that was stopped not long ago."""
    finished = unfinished = None
    for path in kept():
        try:
            store = Store(path)
        except ProvisionError:
            continue
        meta = store.meta
        store.close()
        if meta.get("key") != key:
            continue
        age = datetime.now(UTC) - datetime.fromisoformat(meta["started"])
        if meta.get("state") == "finished":
            finished = finished or path
        elif age < _GOES_ON_FOR and _is_free(path):
            unfinished = unfinished or path
        if finished:
            break
    return finished, unfinished


def _moment() -> str:
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def _is_free(path: Path) -> bool:
    try:
        with held(path):
            return True
    except UsageError:
        return False


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock of a run; the system lets go of it when the process ends, however it does.

    Raises:
        UsageError: another process holds it, or it cannot be made.
    """
    lock = path.with_name(f".{path.name}.lock")
    try:
        file = lock.open("a")
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written", cause=error.strerror or str(error), fix="name another file with --run"
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UsageError(
                f"another process works on the run {path.stem}",
                cause="two at once would ask the same projects twice",
                fix="wait until it has ended, or look at it with `provision fleet report`",
            ) from error
        yield
