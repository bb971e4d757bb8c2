"""A pytest plugin: the fixture `google_cloud` is a sandbox of the test's own.

pytest loads this module in every project that has the package installed, so it imports nothing but pytest
until a test asks for the fixture.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from functools import wraps
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn, ParamSpec, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping

    from gcp_emulator.server import Options, Running

_P = ParamSpec("_P")
_R = TypeVar("_R")

SECTION: Final = "Calls that the sandbox answered"
SHOWN: Final = 100

MARKER: Final = "google_cloud"

SCALE: Final = "60x"
"""A minute of the sandbox passes in a second unless the test says otherwise: what Google takes seconds for is
done in a blink, and a token lives long enough."""

PROPAGATION: Final = 3.0

NEEDED: Final = ("cryptography", "grpc", "httptools", "uvicorn")

OPTIONS: Final = {
    "seed_file": "a YAML file, or its content as a dict",
    "propagation": "seconds of the sandbox until a change is in force everywhere",
    "clock": 'how fast its time goes: "1x", "60x", "stepped"',
    "faults": "a list of faults, or a JSON file of them",
    "environ": "True sets the variables of `sandbox env` for the test",
    "seed": "what everything drawn at random is drawn from",
    "latency": "milliseconds added to every answer",
    "require_model_enablement": "refuse open models until they are enabled in Model Garden",
    "rate_limits": "False never refuses for too many calls in a minute",
    "token_lifetime": "seconds of the sandbox that an access token is good for",
}
"""What the marker takes, and what for."""

_AS_THEY_ARE: Final = ("propagation", "seed", "require_model_enablement", "rate_limits", "token_lifetime")

HELP: Final = f"{MARKER}({', '.join(f'{name}=...' for name in OPTIONS)}): how the sandbox of the test is started"


def _in_one_sentence(method: Callable[_P, _R]) -> Callable[_P, _R]:
    """Have what makes no sense fail at the test's own line, with one sentence and nothing of the sandbox's insides."""

    @wraps(method)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        __tracebackhide__ = True
        try:
            return method(*args, **kwargs)
        except ValueError as error:
            message = str(error)
        raise ValueError(message)

    return call


class GoogleCloud:
    """A running sandbox, for one test alone.

    Attributes:
        rest_url: where REST is answered, such as `http://127.0.0.1:40001`.
        grpc_target: where gRPC is answered, such as `127.0.0.1:40002`.
        project: the project in which everything is ready.
        empty_project: an ACTIVE project with nothing linked and nothing enabled.
        billing_account: an open account, `billingAccounts/…`.
        closed_billing_account: a closed one.
        organization: what they are in, `organizations/…`.
        location: where its chat model is served.
        token: an access token of the owner of it all; it never expires.
        credentials_file: a service account key of the same owner, for `GOOGLE_APPLICATION_CREDENTIALS`.
        ready: all of this as the ready file tells it.
    """

    def __init__(self, running: Running) -> None:
        self._running = running
        self.ready: dict[str, Any] = dict(running)
        self.rest_url: str = running["rest_url"]
        self.grpc_target: str = running["grpc_target"]
        self.project: str = running["project"]
        self.empty_project: str = running["empty_project"]
        self.billing_account: str = running["billing_account"]
        self.closed_billing_account: str = running["closed_billing_account"]
        self.organization: str = running["organization"]
        self.location: str = running["location"]
        self.token: str = running["token"]
        self.credentials_file: str = running["credentials_file"]

    @property
    def requests(self) -> list[dict[str, Any]]:
        """Every call so far, oldest first: `method`, `project`, `principal`, `status`, `mutates` and more."""
        return self._running.requests()

    @property
    def environ(self) -> dict[str, str]:
        """What `sandbox env` prints: the variables that point clients here."""
        from gcp_emulator import environment

        return environment.variables(self.ready)

    @_in_one_sentence
    def token_for(self, member: str, scopes: Iterable[str] | None = None) -> str:
        """Return an access token of anyone, named as a policy names him: `user:x@example.com`."""
        return self._running.token_for(member) if scopes is None else self._running.token_for(member, scopes)

    @_in_one_sentence
    def fail_next(self, method: str, status: int | str | None = None, **fault: Any) -> None:
        """Have the next call of a method fail.

        Args:
            method: a glob over its name, such as `*/CreateProject`, or over `VERB /path`.
            status: an HTTP status or a canonical code.
            **fault: the other keys of a fault, such as `first=3`, `reason="…"` or `drop=True`.
        """
        self._running.fail_next(method, status, **fault)

    @_in_one_sentence
    def advance(self, seconds: float) -> None:
        """Move the sandbox's clock forward."""
        self._running.advance(seconds)

    def state(self, *, comparable: bool = False) -> dict[str, Any]:
        """Return the whole state: tables by name, rows by key.

        Args:
            comparable: leave out what no two sandboxes share, such as moments.
        """
        return self._running.state(comparable=comparable)

    @_in_one_sentence
    def save(self, name: str) -> None:
        """Keep the state as it is under a name."""
        self._running.save(name)

    @_in_one_sentence
    def load(self, name: str) -> None:
        """Go on with the state that was kept under a name, without faults and with an empty log."""
        self._running.load(name)

    def reset(self) -> None:
        """Begin again with a fresh state, without faults and with an empty log."""
        self._running.reset()

    def set_environ(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Set the variables of `environ` until the test ends, and take away what would contradict."""
        from gcp_emulator import environment

        wanted = self.environ
        for name in [each for each in os.environ if environment.contradicts(each) and each not in wanted]:
            monkeypatch.delenv(name)
        for name, value in wanted.items():
            monkeypatch.setenv(name, value)


_CLOUD: Final = pytest.StashKey[GoogleCloud]()


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, so that `--strict-markers` knows it."""
    config.addinivalue_line("markers", HELP)


@pytest.fixture
def google_cloud(request: pytest.FixtureRequest) -> Iterator[GoogleCloud]:
    """Google Cloud on this machine, for this test alone; `@pytest.mark.google_cloud(…)` says how."""
    given = _given(request)
    set_environ = given.pop("environ", False)
    if set_environ is not True and set_environ is not False:
        _refuse(f"environ of @pytest.mark.{MARKER} is True or False, not {set_environ!r}")
    with _running(given, request.path.parent) as cloud:
        if set_environ:
            cloud.set_environ(request.getfixturevalue("monkeypatch"))
        request.node.stash[_CLOUD] = cloud
        try:
            yield cloud
        finally:
            del request.node.stash[_CLOUD]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:  # noqa: ARG001 - pytest's signature
    """Show beside the failure of a test which calls its sandbox has answered."""
    report = yield
    cloud = item.stash.get(_CLOUD, None)
    if report.failed and cloud is not None and cloud.requests:
        from gcp_emulator.requestlog import line

        log = cloud.requests
        left_out = [f"({len(log) - SHOWN} earlier calls are left out)"] if len(log) > SHOWN else []
        report.sections.append((SECTION, "\n".join([*left_out, *map(line, log[-SHOWN:])])))
    return report


@pytest.fixture
def google_cloud_environ(google_cloud: GoogleCloud, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The variables of `sandbox env`, set for this test; what would contradict is taken away."""
    google_cloud.set_environ(monkeypatch)
    return google_cloud.environ


def _given(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return what the markers say, the nearest first: a test may change what its class or module says."""
    given: dict[str, Any] = {}
    for marker in request.node.iter_markers(MARKER):
        unknown = sorted(set(marker.kwargs) - set(OPTIONS))
        if marker.args or unknown:
            wrong = (unknown or marker.args)[0]
            _refuse(f"@pytest.mark.{MARKER} takes {', '.join(OPTIONS)}, each by its name, and not {wrong!r}")
        given = {**marker.kwargs, **given}
    return given


@contextmanager
def _running(given: Mapping[str, Any], folder: Path) -> Iterator[GoogleCloud]:
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        _refuse(f"packages are not installed ({', '.join(missing)}): pip install gcp-emulator")
    from gcp_emulator import server

    with ExitStack() as stack:
        try:
            running = stack.enter_context(server.running_with(_options(given, folder)))
        except server.StartError as error:
            _refuse(f"{error.what}: {error.cause}")
        yield GoogleCloud(running)


def _options(given: Mapping[str, Any], folder: Path) -> Options:

    from gcp_emulator import jsonfile
    from gcp_emulator.server import Options
    from gcp_emulator.settings import Settings

    settings = {name: given[name] for name in _AS_THEY_ARE if name in given}
    faults, seed_file = given.get("faults"), given.get("seed_file")
    try:
        settings["clock"] = _scale(str(given.get("clock", SCALE)))
        settings["latency"] = float(given.get("latency", 0)) / 1000
        settings["propagation"] = float(given.get("propagation", PROPAGATION))
        if isinstance(faults, str | Path):
            with (folder / faults).open("rb") as file:
                faults = jsonfile.read(file)
    except (TypeError, ValueError, OSError) as error:
        _refuse(f"an option of @pytest.mark.{MARKER} cannot be used: {error}")
    if isinstance(seed_file, str | Path):
        seed_file = folder / seed_file
    return Options(settings=Settings(**settings), faults=faults, seed_file=seed_file)


def _scale(text: str) -> float:
    from gcp_emulator.clock import parse_scale

    try:
        return parse_scale(text)
    except ValueError:
        raise ValueError(f"a clock is like 1x, 60x or stepped, not {text!r}") from None


def _refuse(why: str) -> NoReturn:
    pytest.fail(f"the fixture {MARKER} cannot start: {why}", pytrace=False)
