"""Starts a sandbox: builds its state, listens on loopback, and says in the ready file where.

`serve` is the process behind `provision sandbox serve`; `running` gives a test a sandbox of its own in this
process, in milliseconds after the first.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import os
import secrets
import signal
import threading
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import gcloud, identity, readyfile, seeding
from gcp_emulator.clock import Clock
from gcp_emulator.control import DEFAULT_SCOPES, Control, issue_for, state_of
from gcp_emulator.directory import PrivateDirectory, remove_stale
from gcp_emulator.emulator import Emulator
from gcp_emulator.faults import BadFaultError
from gcp_emulator.identity import KEYS, TOKENS, Key, Token
from gcp_emulator.listen import GRACE, HOST, RestServer, bind
from gcp_emulator.readyfile import remove_own, write_private, write_private_text
from gcp_emulator.rest import RestApi
from gcp_emulator.secret import Secrets
from gcp_emulator.seed_data import SEED_DATA
from gcp_emulator.services import import_all, registry
from gcp_emulator.services.oauth2 import users
from gcp_emulator.settings import Settings
from gcp_emulator.snapshots import Snapshots
from gcp_emulator.store import State

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from gcp_emulator.call import Json
    from gcp_emulator.grpc_server import GrpcServer
    from gcp_emulator.intercept.proxy import Proxy
    from gcp_emulator.persistence import Database
    from gcp_emulator.requestlog import Entry
    from gcp_emulator.seed_data import SeedData
    from gcp_emulator.seed_plan import Plan

WORLD: Final = "world"
OWNER_SCOPES: Final = ["openid", identity.EMAIL_SCOPE, "https://www.googleapis.com/auth/cloud-platform"]


class StartError(Exception):
    """The sandbox cannot start: what happened, why, and what to do.

    Args:
        what: one sentence.
        cause: why.
        fix: what to do.
    """

    def __init__(self, what: str, *, cause: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.cause = cause
        self.fix = fix


class BadFileError(StartError):
    """The description of the state, or the file of faults, is wrong; every problem is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `provision sandbox serve` was asked for; port 0 picks a free one.

    `intercept` adds a proxy for Google's own host names (`intercept/`).
    `faults` is a list of them, `state` a YAML file or its content (`seed_file.py`).
    `observer` is told of each call when it has been answered.
    """

    settings: Settings = field(default_factory=Settings)
    port: int = 0
    grpc_port: int = 0
    ready_file: Path | None = None
    data_dir: Path | None = None
    faults: Any = None
    seed_file: Any = None
    grpc: bool = True
    intercept: bool = False
    observer: Callable[[Entry], None] | None = None


class Instance:
    """One sandbox and what it listens on.

    Args:
        options: how to start it.
        secret: the owner's key and token; made where none are given or stored.

    Raises:
        StartError: the data directory or the faults cannot be used.
    """

    def __init__(self, options: Options, secret: Callable[[], Secrets] = Secrets.new) -> None:
        self.options = options
        self._plan = None if options.seed_file is None else _read_seed_file(options.seed_file)
        self.database = _open(options.data_dir)
        clock = Clock(options.settings.clock)
        first = State(clock, options.settings.seed)
        loaded = self.database is not None and _load(self.database, first)
        self.secret = _stored_secret(self.database) or secret()
        self.seed_data = (loaded and first[SEED_DATA].get("seeds")) or self._seed(first)
        self.sandbox = Emulator(
            settings=options.settings,
            registry=_registry(),
            state=first,
            database=self.database,
        )
        self.sandbox.observer = options.observer or self.sandbox.observer
        self.sandbox.commit()
        if self.database is not None:
            self.database.set_meta(**asdict(self.secret))
        self.world = (self.database.meta(WORLD) or "") if self.database is not None and loaded else ""
        if not self.world:
            self._new_world()
        if options.faults is not None:
            self._add_faults(options.faults)
        self.snapshots = Snapshots(self.database)
        self.directory: Path | None = None
        self._private: PrivateDirectory | None = None
        self.ready: dict[str, Any] = {}
        self._rest: RestServer | None = None
        self._grpc: GrpcServer | None = None
        self._proxy: Proxy | None = None

    def _add_faults(self, given: Any) -> None:
        try:
            self.sandbox.faults.add(given)
        except BadFaultError as error:
            if self.database is not None:
                self.database.close()
            raise BadFileError(
                "the faults cannot be used",
                cause=str(error).replace("\n", "\n    "),
                fix="correct the file of faults",
            ) from error

    def _new_world(self) -> None:
        """Name the state that begins: numbers repeat in the next one, so they do not distinguish it."""
        self.world = secrets.token_hex(8)
        if self.database is not None:
            self.database.set_meta(**{WORLD: self.world})

    def _seed(self, fresh: State) -> SeedData:
        seed_data = seeding.seed(fresh)
        if self._plan is not None:
            self._plan.build(fresh, seed_data)
        fresh[users.LOGINS].put(users.login(self.secret.token))
        fresh[KEYS].put(Key(id=self.secret.key_id, email=seed_data.email, public_pem=self.secret.public_key))
        fresh[TOKENS].put(
            Token(value=self.secret.token, email=seed_data.email, expires=None, scopes=list(OWNER_SCOPES))
        )
        return seed_data

    def reset(self) -> None:
        """Begin again with a fresh state; the ready file stays true, the clock goes on."""
        fresh = State(self.sandbox.state.clock, self.sandbox.state.seed)
        self.seed_data = self._seed(fresh)
        self.sandbox.renew(fresh)
        self._new_world()

    def save(self, name: str) -> None:
        """Keep the state as it is under a name."""
        self.snapshots.save(name, self.sandbox.state)

    def load(self, name: str) -> None:
        """Go on with the state that was kept under a name; the clock goes on, faults and log begin anew.

        Raises:
            BadSnapshotError: there is none of that name.
        """
        loaded = State(self.sandbox.state.clock, self.sandbox.state.seed)
        self.snapshots.load(name, loaded)
        self.sandbox.renew(loaded)
        self._new_world()

    async def start(self) -> None:
        """Listen on both ports and write what the ready file tells.

        Raises:
            StartError: a port is in use.
        """
        if self.options.data_dir is None:
            self._private = PrivateDirectory()
            self.directory = self._private.path.absolute()
        else:
            self.directory = self.options.data_dir.absolute()
        try:
            app = RestApi(
                self.sandbox, Control(self.sandbox, self.reset, self.snapshots, self.load, lambda: self.world)
            )
            self._rest = await RestServer.start(app, _bound(self.options.port))
            self.sandbox.rest_host = f"{HOST}:{self._rest.port}"
            if self.options.grpc:
                self._grpc = await self._start_grpc()
            intercepted = await self._start_proxy(self.directory) if self.options.intercept else {}
        except BaseException:
            await self.stop()
            raise
        self.ready = self._describe(self.directory, self.sandbox.rest_host, self._grpc.port if self._grpc else 0)
        self.ready |= intercepted
        for path in self._ready_files():
            write_private(path, self.ready)

    async def _start_grpc(self) -> GrpcServer:
        from gcp_emulator import grpc_server

        try:
            return await grpc_server.start(self.sandbox, HOST, self.options.grpc_port)
        except OSError as error:
            raise _port_in_use(self.options.grpc_port, "--grpc-port") from error

    async def _start_proxy(self, directory: Path) -> dict[str, str]:
        """Listen for those who ask for Google's hosts; return what the ready file tells of it."""
        from gcp_emulator.intercept.authority import Authority  # only here: few ask for it
        from gcp_emulator.intercept.proxy import Proxy

        authority = Authority(self.sandbox.state.clock.host(), directory)
        self._proxy = Proxy(self.sandbox, authority, self._grpc)
        await self._proxy.start(bind(0))
        write_private_text(directory / readyfile.CA_FILE, authority.pem)
        readyfile.write_private_bytes(directory / readyfile.JAVA_CA_FILE, authority.java_trust_store)
        (directory / readyfile.NO_CERTIFICATES).mkdir(mode=0o700, exist_ok=True)
        return {"proxy_url": f"http://{HOST}:{self._proxy.port}", "ca_file": str(directory / readyfile.CA_FILE)}

    async def stop(self) -> None:
        """Stop listening, and leave nothing behind but the data directory."""
        if self._grpc is not None:
            await self._grpc.stop()  # first: calls that came through the proxy learn of it there
        if self._proxy is not None:
            await self._proxy.stop()
            if self.directory is not None:
                for name in (readyfile.CA_FILE, readyfile.JAVA_CA_FILE):
                    (self.directory / name).unlink(missing_ok=True)
            self._proxy = None
        if self._rest is not None:
            await self._rest.stop()
        self._grpc = self._rest = None
        if self.database is not None:
            self.database.close()
        for path in self._ready_files():
            remove_own(path)
        if self._private is not None:
            self._private.remove()
            self._private = None

    def _ready_files(self) -> list[Path]:
        own = [] if self.directory is None else [self.directory / readyfile.READY_FILE]
        return own if self.options.ready_file is None else [*own, self.options.ready_file]

    def _describe(self, directory: Path, rest_host: str, grpc_port: int) -> dict[str, Any]:
        rest_url = f"http://{rest_host}"
        credentials = directory / readyfile.CREDENTIALS_FILE
        write_private(credentials, self._credentials(rest_url))
        write_private(directory / readyfile.USER_CREDENTIALS_FILE, users.credentials(users.login(self.secret.token)))
        write_private_text(directory / readyfile.TOKEN_FILE, self.secret.token)
        gcloud.write_configuration(directory, self.seed_data.email, "" if self.options.intercept else f"{rest_url}/")
        return {
            "rest_url": rest_url,
            "grpc_target": f"{HOST}:{grpc_port}" if grpc_port else "",
            "token": self.secret.token,
            "credentials_file": str(credentials),
            "project": self.seed_data.ready,
            "empty_project": self.seed_data.empty,
            "billing_account": self.seed_data.billing_account,
            "closed_billing_account": self.seed_data.closed_billing_account,
            "organization": self.seed_data.organization,
            "location": self.seed_data.location,
            "pid": os.getpid(),
        }

    def _credentials(self, rest_url: str) -> Json:
        """Return the key file of the owner's service account, as `gcloud iam service-accounts keys create`.

        https://cloud.google.com/iam/docs/keys-create-delete
        """
        return {
            "type": "service_account",
            "project_id": self.seed_data.host,
            "private_key_id": self.secret.key_id,
            "private_key": self.secret.private_key,
            "client_email": self.seed_data.email,
            "client_id": self.seed_data.unique_id,
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": f"{rest_url}/token",
            "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
            "universe_domain": "googleapis.com",
        }


def serve(
    options: Options,
    announce: Callable[[dict[str, Any]], None],
    secret: Callable[[], Secrets] = Secrets.new,
) -> None:
    """Run a sandbox until SIGINT, SIGTERM or a SIGHUP that whoever started it does not ignore.

    Args:
        options: how.
        announce: called with the contents of the ready file once it truly answers.
        secret: makes the owner's key and token, if none are stored.

    Raises:
        StartError: it cannot start.
    """
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(options, announce, secret))


async def _serve(options: Options, announce: Callable[[dict[str, Any]], None], secret: Callable[[], Secrets]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number == signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN:
            continue  # `nohup`: it is to live on when the terminal is closed
        loop.add_signal_handler(number, stop.set)
    instance = Instance(options, secret)
    await instance.start()
    try:
        announce(instance.ready)
        await asyncio.to_thread(remove_stale)
        await stop.wait()
    finally:
        await instance.stop()


class Running(dict[str, Any]):
    """The ready file of a sandbox in this process, and handles on it for a test."""

    def __init__(self, instance: Instance, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(instance.ready)
        self.instance = instance
        self.sandbox = instance.sandbox
        self._loop = loop

    def do(self, function: Callable[[Emulator], Any]) -> Any:
        """Run a function on the sandbox, between two calls, and return what it returns."""

        async def run() -> Any:
            return function(self.sandbox)

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def fail_next(self, method: str, status: int | str | None = None, **fault: Any) -> None:
        """Have the next call of a method refused (or what else a fault can do to it)."""
        given = {"method": method, **({} if status is None else {"status": status}), **fault}
        self.do(lambda sandbox: sandbox.faults.add([given]))

    def advance(self, seconds: float) -> None:
        """Move the sandbox's clock forward."""
        self.do(lambda sandbox: sandbox.state.clock.advance(seconds))

    def requests(self, since: int = 0) -> list[dict[str, Any]]:
        """Return the log of requests after a sequence number."""
        log: list[dict[str, Any]] = self.do(lambda sandbox: sandbox.log.since(since))
        return log

    def token_for(self, member: str, scopes: Iterable[str] = DEFAULT_SCOPES) -> str:
        """Return an access token of anyone, named as an allow policy names him: `user:x@example.com`."""
        token: str = self.do(lambda sandbox: issue_for(sandbox, member, list(scopes)))
        return token

    def save(self, name: str) -> None:
        """Keep the state as it is under a name."""
        self.do(lambda _: self.instance.save(name))

    def load(self, name: str) -> None:
        """Go on with the state that was kept under a name, without faults and with an empty log."""
        self.do(lambda _: self.instance.load(name))

    def state(self, *, comparable: bool = False) -> dict[str, Any]:
        """Return the whole state as `/sandbox/v1/state` shows it."""
        found: dict[str, Any] = self.do(lambda sandbox: state_of(sandbox, comparable=comparable))
        return found

    def reset(self) -> None:
        """Begin again with a fresh state, without faults and with an empty log."""
        self.do(lambda _: self.instance.reset())


def running(
    *,
    port: int = 0,
    grpc_port: int = 0,
    ready_file: Path | None = None,
    data_dir: Path | None = None,
    faults: Any = None,
    seed_file: Any = None,
    grpc: bool = True,
    intercept: bool = False,
    **settings: Any,
) -> contextlib.AbstractContextManager[Running]:
    """Run a sandbox of one's own in this process, in a background thread.

    Args:
        port: of REST; 0 picks a free one.
        grpc_port: of gRPC; 0 picks a free one.
        ready_file: where to write the ready file; nowhere if it is not given.
        data_dir: where to keep the state; in memory only if it is not given.
        faults: a list of faults to start with.
        seed_file: a YAML file that describes what is there as well, or its content.
        grpc: serve gRPC as well.
        intercept: answer under Google's own host names too, through a proxy.
        **settings: the fields of `core.Settings`, such as `propagation=0` or `clock=0`.

    Returns:
        A context that gives what the ready file holds, with helpers; when it ends, everything has stopped.
    """
    return running_with(
        Options(
            settings=Settings(**settings),
            port=port,
            grpc_port=grpc_port,
            ready_file=ready_file,
            data_dir=data_dir,
            faults=faults,
            seed_file=seed_file,
            grpc=grpc,
            intercept=intercept,
        )
    )


@contextlib.contextmanager
def running_with(options: Options) -> Iterator[Running]:
    """Run a sandbox with these options in a background thread of this process.

    Raises:
        StartError: it cannot start.
    """
    loop = _background_loop()
    instance = Instance(options, _process_secret)
    try:
        asyncio.run_coroutine_threadsafe(instance.start(), loop).result()
        yield Running(instance, loop)
    finally:
        asyncio.run_coroutine_threadsafe(instance.stop(), loop).result()


@functools.cache
def _process_secret() -> Secrets:
    """Return one key for all sandboxes of this process: making one takes longer than all the rest."""
    return Secrets.new()


@functools.cache
def _registry() -> Any:
    return registry()


@functools.cache
def _background_loop() -> asyncio.AbstractEventLoop:
    """Return the loop of a background thread, which ends with the process."""
    loop = _loop_factory()()
    thread = threading.Thread(target=loop.run_forever, name="sandbox", daemon=True)
    thread.start()

    def end() -> None:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(GRACE)
        if not loop.is_running():
            loop.close()

    atexit.register(end)
    return loop


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ImportError:  # not available everywhere; asyncio's own loop does the same more slowly
        return asyncio.new_event_loop
    return uvloop.new_event_loop


def _open(directory: Path | None) -> Database | None:
    if directory is None:
        return None
    from gcp_emulator.persistence import DamagedError, Database, InUseError  # only here: sqlite3 takes its time

    try:
        return Database(directory)
    except InUseError as error:
        raise StartError(
            f"the data directory {directory} cannot be used",
            cause=f"another sandbox works on it ({error})",
            fix="stop that sandbox, or pass another --data-dir",
        ) from error
    except DamagedError as error:
        raise _damaged(directory, error) from error
    except OSError as error:
        raise StartError(
            f"the data directory {directory} cannot be used",
            cause=str(error),
            fix="pass a --data-dir that you may write to",
        ) from error


def _read_seed_file(given: Any) -> Plan:
    from gcp_emulator import seed_file  # only here: YAML takes its time

    try:
        return seed_file.read(given)
    except seed_file.BadSeedFileError as error:
        raise BadFileError(
            "the seed file cannot be used", cause="\n    ".join(error.problems), fix="correct the places named"
        ) from error


def _damaged(directory: Path, error: Exception) -> StartError:
    return StartError(
        f"the state in {directory} cannot be loaded",
        cause=f"its file is damaged ({error})",
        fix="put it back from a copy, pass another --data-dir, or delete this one to begin again",
    )


def _load(database: Database, fresh: State) -> bool:
    from gcp_emulator.persistence import DamagedError

    import_all()
    try:
        return database.load(fresh)
    except DamagedError as error:
        database.close()
        raise _damaged(database.path.parent, error) from error
    except TypeError as error:
        database.close()
        raise StartError(
            f"the state in {database.path.parent} cannot be loaded",
            cause=f"another version of the sandbox wrote it ({error})",
            fix="pass another --data-dir, or delete this one to begin again",
        ) from error


def _stored_secret(database: Database | None) -> Secrets | None:
    if database is None or database.meta("token") is None:
        return None
    return Secrets(**{field.name: database.meta(field.name) or "" for field in fields(Secrets)})


def _bound(port: int) -> socket.socket:
    try:
        return bind(port)
    except OSError as error:
        raise _port_in_use(port, "--port") from error


def _port_in_use(port: int, option: str) -> StartError:
    return StartError(
        f"port {port} cannot be used",
        cause="another process listens on it, perhaps another sandbox",
        fix=f"stop that process, or pass {option} 0 to let the sandbox pick a free port",
    )
