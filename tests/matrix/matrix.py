"""The fault matrix: every call that a check makes, and every way in which it can fail.

Nothing is listed by hand. The calls are read from the sandbox's log of a whole check of a ready project, with a
configuration that makes every step ask; which steps make which, from the log of each step alone. The failures are the
sandbox's catalog of errors, as far as each fits the method, and what a network or a broken server does. What must
come out is what the diagnoses say of that error: nothing here is taken from what a check did.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from gcp_emulator import error_cases

from provision.clients import Clients
from provision.commands.apply import apply
from provision.commands.check import check as run_check
from provision.commands.run import BY_NAME
from provision.config import load
from provision.diagnoses import ROWS, by_key
from provision.diagnoses.consumer import INSTEAD
from provision.diagnoses.reproductions import reproduction_of
from provision.google.calls import CallLog
from provision.google.transport import Transport
from provision.journal import Journal
from provision.settings import CAPABILITIES
from tests.conftest import target_of
from tests.diagnoses.test_reproductions import SAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gcp_emulator.server import Running

    from provision.config import Config
    from provision.plan import Check, Run

Which = Literal["all", "first", "later"]

READY: Final = "ready"
"""The name of the snapshot in which every check passes."""

RETRY_BUDGET_S: Final = 0.2
NO_WAIT_S: Final = 1.0
"""What a call may take where it is to be waited for in vain."""

IN_VAIN_S: Final = 3.0
"""And the whole check."""

OWN_CLIENTS: Final = frozenset({"POST /token", "POST /tokeninfo"})
CALL_S: Final = 10.0
CHECK_S: Final = 20.0
HOUR_MS: Final = 3_600_000
PAGE: Final = (
    "<!doctype html><html><head><title>Sign in</title></head><body>Please log in to the network.</body></html>"
)


@dataclass(frozen=True, order=True)
class ApiCall:
    """One call, as the sandbox's faults name it: ``VERB /path``; ``method`` is the RPC."""

    called: str
    method: str = field(compare=False)
    times: int = field(default=1, compare=False)
    steps: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """One way to fail.

    Attributes:
        fault: what the sandbox is told, without the call.
        means: the diagnoses that name it; empty where the catalog does not know it, which must end as unknown.
        waits: it is silence, so that a call's own time limit must end it.
    """

    name: str
    fault: dict[str, Any]
    means: frozenset[str] = frozenset()
    waits: bool = False
    only_of: str = ""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One cell of the matrix: ``which`` of the calls fail."""

    call: ApiCall
    failure: Failure
    which: Which

    def __str__(self) -> str:
        return f"{self.failure.name} / {self.call.called} / {self.which}"

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps that may tell of it: what the project has that a call is charged to, `credentials` tells."""
        about_the_consumer = self.failure.means & {*INSTEAD.values()}
        return (*self.call.steps, "credentials") if about_the_consumer else self.call.steps

    def faults(self) -> list[dict[str, Any]]:
        """Return what the sandbox is told."""
        aimed = {"method": self.call.called, **self.failure.fault}
        if self.which == "first":
            return [{**aimed, "first": 1}]
        let_through = [{"method": self.call.called, "first": 1, "latency_ms": 1}] if self.which == "later" else []
        return [*let_through, {**aimed, "probability": 1}]


@dataclass(kw_only=True)
class Outcome:
    """What came of a case.

    Attributes:
        met: how many calls met the fault.
        answered: how many calls of its kind were answered as ever.
        broken: what should not have come out; empty where all is right.
        took_s: of the whole check.
    """

    case: Case
    run: Run
    met: int
    answered: int
    broken: tuple[str, ...] = ()
    took_s: float = 0.0


class Matrix:
    """A sandbox whose ready project passes every check, and the cases that begin from there."""

    def __init__(self, sandbox: Running, folder: Path) -> None:
        self.sandbox = sandbox
        self.config = _config(sandbox, folder)
        making = self._fresh(self.config, sleep=lambda seconds: sandbox.advance(max(seconds, 5.0)))
        journal = Journal(folder / "journal.jsonl")
        made = apply(self.config, making, journal=journal, approve=lambda _: True)
        assert made.verdict == "ready", made.root_cause
        sandbox.advance(600)
        # Most cases share clients and their token: making them anew costs more than all the rest of a check.
        narrow = replace(self.config, capabilities=())
        hasty = replace(narrow, call_timeout_s=NO_WAIT_S, check_timeout_s=IN_VAIN_S)
        self.shared = {False: self._fresh(narrow), True: self._fresh(hasty)}
        self.tokens = {waits: clients.credentials.fresh_token() for waits, clients in self.shared.items()}
        sandbox.save(READY)
        sandbox.load(READY)
        self.answers = Answers()
        whole = self._look(Clients(config=self.config, log=self.answers))
        green = {check.id: check.status for check in whole.checks}
        assert set(green.values()) <= {"pass", "skipped"}, green
        self.calls = self._calls()

    def _calls(self) -> tuple[ApiCall, ...]:
        counted = Counter((_called(entry), entry["method"]) for entry in self.sandbox.requests())
        steps: dict[str, list[str]] = {}
        for name in BY_NAME:
            self.sandbox.load(READY)
            run_check(self.config, self._fresh(self.config), only=(name,))
            for called in {_called(entry) for entry in self.sandbox.requests()}:
                steps.setdefault(called, []).append(name)
        return tuple(
            sorted(ApiCall(called, method, times, tuple(steps[called])) for (called, method), times in counted.items())
        )

    def failures(self, call: ApiCall) -> Iterator[Failure]:
        """Yield every way in which a call can fail."""
        for failure in GENERIC:
            yield replace(failure, means=failure.means | _closer(failure.name, call.method))
        real = self.answers.by_call.get(call.called)
        if isinstance(real, dict) and real:
            spoilt = {key: _spoilt(value) for key, value in real.items()}
            yield Failure(name="wrong types", fault=_body(json.dumps(spoilt)), means=frozenset({"MALFORMED_RESPONSE"}))
        for row in error_cases.ROWS:
            if (
                not row.operation
                and not row.effect
                and call.method in error_cases.methods_of(row.name, _registry(self))
            ):
                means = MEANINGS.get(row.name, frozenset()) | _closer(row.name, call.method)
                yield Failure(name=row.name, fault={"error": row.name}, means=means)

    def cases(self, *, transient: bool = True) -> Iterator[Case]:
        """Yield every case; whether a transient one differs from a lasting one is seen in `prove`."""
        for call in self.calls:
            for failure in self.failures(call):
                yield Case(call=call, failure=failure, which="all")
                if transient:
                    yield Case(call=call, failure=failure, which="first")
                if call.times > 1:
                    yield Case(call=call, failure=failure, which="later")

    def prove(self, case: Case) -> Outcome:
        """Check the ready project with one fault, and evaluate what came out."""
        clients = self._clients(case)
        self.sandbox.load(READY)
        self.sandbox.do(lambda inner: inner.faults.add(case.faults()))
        began = time.monotonic()
        run = self._look(clients)
        took_s = time.monotonic() - began
        met = self.sandbox.do(lambda inner: inner.faults.show())[-1]["fired"]
        calls = sum(_called(entry) == case.call.called for entry in self.sandbox.requests())
        outcome = Outcome(case=case, run=run, met=met, answered=calls - met, took_s=took_s)
        outcome.broken = tuple(self._evaluated(outcome))
        return outcome

    def _look(self, clients: Clients) -> Run:
        return run_check(clients.config, clients)

    def _clients(self, case: Case) -> Clients:
        """Return what the case is asked with: of its own where it is about the token, or asks for more."""
        waits = case.failure.waits
        if case.call.called in OWN_CLIENTS or "/chat/" in case.call.called:
            config = self.config
            if waits:
                config = replace(config, call_timeout_s=NO_WAIT_S, check_timeout_s=IN_VAIN_S)
            return self._fresh(config)
        return self.clients(waits=waits)

    def clients(self, *, waits: bool = False) -> Clients:
        """Return the shared clients, as if they had asked nothing yet; the sandbox must be as it was saved."""
        clients = self.shared[waits]
        clients.log.records.clear()
        clients.log.waits.clear()
        clients.credentials.token = self.tokens[waits]  # one that was refused has been renewed, in another world
        clients._token_info = None  # so that it is asked again
        return clients

    def _fresh(self, config: Config, *, sleep: Callable[[float], None] = time.sleep) -> Clients:
        clients = Clients(config=config, log=CallLog(), sleep=sleep)
        clients.__dict__["transport"] = Transport(
            credentials=clients.credentials,
            address=config.target.address,
            call_timeout_s=config.call_timeout_s,
            retry_budget_s=RETRY_BUDGET_S,
            log=clients.log,
            sleep=clients.sleep,
        )
        return clients

    def _evaluated(self, outcome: Outcome) -> Iterator[str]:
        """Yield what should not be so."""
        case, run = outcome.case, outcome.run
        steps = case.steps
        if not outcome.met:
            if case.which == "all":
                yield "the call was never made"
            return
        yield from _always_wrong(outcome)
        differing = [check for check in run.checks if check.status not in {"pass", "skipped"} and check.step in steps]
        if outcome.answered >= case.call.times:  # retried away; a throttle is told as that
            differing = [check for check in differing if check.id != "quota.rate_limited"]
            if not differing:
                return
        if run.verdict == "ready":
            if not differing:
                yield "false green"
            elif not _named(differing, case.failure.means):
                yield f"not named: {_message(differing)}, not {sorted(case.failure.means)}"
        else:
            yield from _red(outcome, differing)


def _always_wrong(outcome: Outcome) -> Iterator[str]:
    run, steps = outcome.run, outcome.case.steps
    if outcome.case.failure.waits and outcome.took_s > 2 * IN_VAIN_S:
        yield f"overrun: {outcome.took_s:.1f} s"
    for check in run.checks:
        if check.status == "unknown" and "the check itself broke" in check.summary:
            yield f"crash: {check.id}: {check.summary}"
    elsewhere = [check.id for check in run.checks if check.status == "fail" and check.step not in steps]
    if elsewhere:
        yield f"failures elsewhere: {elsewhere}"


def _red(outcome: Outcome, differing: list[Check]) -> Iterator[str]:
    """Yield what is wrong with a run that is not ready: its root cause, or how it ends."""
    case, run = outcome.case, outcome.run
    means, steps, root = case.failure.means, case.steps, run.root_cause
    if root is None:
        yield "no root cause"
    elif root.step not in steps:
        yield f"wrong root cause: {root.id} ({root.diagnosis}), not of {steps}"
    elif not _named([root], means):
        yield f"wrong root cause: {root.id} {root.status} ({root.diagnosis}), not {sorted(means)}"
    elif case.which == "all" and root.required and not any(check.step == steps[0] for check in differing):
        yield f"{steps[0]} is silent: {root.id}"
    refuted = any(by_key(key).verdict == "fail" for key in means)
    if run.exit_code == 1 and not refuted:
        yield "a no that no one said: exit 1"
    if run.exit_code not in {1, 3}:
        yield f"exit {run.exit_code}"


def _named(checks: list[Check], means: frozenset[str]) -> bool:
    if not means:
        return all(check.status in {"unknown", "blocked", "warn"} for check in checks)
    return any(check.diagnosis in means for check in checks)


def _message(checks: list[Check]) -> str:
    return ", ".join(f"{check.id} {check.status} ({check.diagnosis})" for check in checks)


class Answers(CallLog):
    """Keeps what was answered to each call, as JSON."""

    def __init__(self) -> None:
        super().__init__()
        self.by_call: dict[str, Any] = {}

    def note_response(self, response: Any, *more: Any, **named: Any) -> None:
        super().note_response(response, *more, **named)
        path = response.request.path_url.partition("?")[0]
        self.by_call[f"{response.request.method} {path}"] = response.json()


def _spoilt(value: Any) -> Any:
    """Return a value of another type."""
    if isinstance(value, str):
        return {"not": "a text"}
    return "neither a list nor an object nor a number"


def _called(entry: dict[str, Any]) -> str:
    return f"{entry['verb']} {entry['path']}"


def _registry(matrix: Matrix) -> Any:
    return matrix.sandbox.sandbox.registry


def _config(sandbox: Running, folder: Path) -> Config:
    file = folder / "provision.yaml"
    limits = {"call_timeout": CALL_S, "check_timeout": CHECK_S, "usable_interval": 0}
    file.write_text(json.dumps({"limits": limits}))
    return load(
        options={
            "billing.account": sandbox["billing_account"],
            "project.parent": sandbox["organization"],
            "project.create": True,
            "identity.service_account": "chat-runtime",
            "ci.provider": "github",
            "ci.repository": "my-team/chat",
            "chat.capabilities": tuple(each for each in CAPABILITIES if each != "long"),
        },
        file=file,
        target=target_of(sandbox),
    )


def _body(text: str, **more: Any) -> dict[str, Any]:
    return {"status": 200, "raw_body": text, **more}


def _meanings() -> dict[str, frozenset[str]]:
    """Return what each error of the sandbox means: the rows that are reproduced by it, and what those come to."""
    found: dict[str, set[str]] = {}
    for row in ROWS:
        if name := reproduction_of(row.key).error:
            found.setdefault(name, set()).add(row.key)
    for name, key in SAME.items():
        found.setdefault(name, set()).add(key)
    return {name: frozenset(keys) for name, keys in found.items()}


CLOSER: Final = (
    # Google's words for "not there" and "not for you" are the same for a project.
    ("*PERMISSION_DENIED", "*/GetProject", "PROJECT_NOT_VISIBLE"),
    ("PROJECT_NOT_VISIBLE", "*/GetProject", "PROJECT_NOT_VISIBLE"),
    # These APIs say which permission it was, and the row names the role that holds it.
    ("IAM_PERMISSION_DENIED", "*.aiplatform.*", "PREDICT_DENIED"),
    ("*PERMISSION_DENIED", "*.CloudBilling/*", "BILLING_PERMISSION"),
    ("*PERMISSION_DENIED", "*/GetProjectBillingInfo", "BILLING_READ_DENIED"),
    ("*PERMISSION_DENIED", "*/GetBillingAccount", "BILLING_ACCOUNT_READ_DENIED"),
    ("*PERMISSION_DENIED", "*serviceusage*", "SERVICES_LIST_DENIED"),
    ("IAM_PERMISSION_DENIED", "*/GetServiceAccount", "SERVICE_ACCOUNT_NEW"),
    # What is listed as enabled and refuses as disabled is only not yet usable.
    ("SERVICE_DISABLED*", "*.aiplatform.*", "SERVICE_NOT_YET_USABLE"),
    # Control APIs are asked on the account of the caller's own project.
    ("SERVICE_DISABLED", "*/BatchGetServices", "CONTROL_APIS_DISABLED"),
    ("429", "*.aiplatform.*/ChatCompletions", "SHARED_CAPACITY"),
    ("RESOURCE_EXHAUSTED", "*.aiplatform.*/ChatCompletions", "SHARED_CAPACITY"),
    ("429", "oauth2.*", "STS_THROTTLED"),
    ("IAM_PERMISSION_DENIED", "*.orgpolicy.*", "ORG_POLICY_UNREADABLE"),
    # The catalog tells the causes of one and the same 404 apart: this model is offered, and in this location.
    ("PUBLISHER_MODEL_NOT_FOUND", "*/ChatCompletions", "MODEL_NOT_ENABLED"),
    ("CHAT_EMPTY", "*/ChatCompletions", "CHAT_NO_TOOL_CALL"),  # asked for a call, and answered nothing
    ("a body that never ends", "*/ChatCompletions", "STREAM_STALLED"),
    ("SERVICE_DISABLED_TEXT", "*", "CALLERS_SERVICE_DISABLED"),
    # Its text names a project of Google's as the one that is throttled.
    ("RATE_LIMIT_AS_INTERNAL", "*", "SHARED_PROJECT_THROTTLED"),
)
"""What may be said more closely of an error to a method, and why: error, method, row."""


def _closer(name: str, method: str) -> frozenset[str]:
    closer = {row for each, glob, row in CLOSER if fnmatchcase(name, each) and fnmatchcase(method, glob)}
    return frozenset(closer | {INSTEAD[key] for key in MEANINGS.get(name, ()) if key in INSTEAD})


MEANINGS: Final = _meanings()


def _means(*keys: str) -> frozenset[str]:
    return frozenset(keys)


GENERIC: Final = (
    Failure(name="silence", fault={"latency_ms": HOUR_MS}, means=_means("TIMEOUT"), waits=True),
    Failure(name="a body that never ends", fault={"slow_body_ms": HOUR_MS}, means=_means("TIMEOUT"), waits=True),
    Failure(name="connection cut", fault={"drop": True}, means=_means("UNREACHABLE")),
    Failure(name="500", fault={"status": 500}, means=_means("INTERNAL")),
    Failure(name="503", fault={"status": 503}, means=_means("UNAVAILABLE")),
    Failure(name="429", fault={"status": 429}, means=_means("RESOURCE_EXHAUSTED")),
    Failure(
        name="an error no one foresaw",
        fault={"status": 400, "reason": "BRAND_NEW", "message": "This is new."},
        means=_means(),
    ),
    Failure(name="502 and a page", fault={"status": 502, "raw_body": PAGE}, means=_means("PROXY_PAGE")),
    Failure(name="403 and nothing", fault={"status": 403, "raw_body": ""}, means=_means("EDGE_ERROR")),
    Failure(name="404 and nothing", fault={"status": 404, "raw_body": ""}, means=_means("EMPTY_BODY", "WRONG_PATH")),
    Failure(name="503 and nothing", fault={"status": 503, "raw_body": ""}, means=_means("EMPTY_BODY")),
    Failure(
        name="a page", fault=_body(PAGE, content_type="text/html"), means=_means("MALFORMED_RESPONSE", "PROXY_PAGE")
    ),
    Failure(name="garbage", fault=_body("\x00\x01 nonsense"), means=_means("MALFORMED_RESPONSE")),
    Failure(name="half a JSON", fault=_body('{"name": "projects/12'), means=_means("MALFORMED_RESPONSE")),
    Failure(name="nothing", fault=_body(""), means=_means("MALFORMED_RESPONSE", "EMPTY_BODY")),
    Failure(name="a list", fault=_body("[]"), means=_means("MALFORMED_RESPONSE")),
    Failure(name="null", fault=_body("null"), means=_means("MALFORMED_RESPONSE")),
    Failure(name="a number", fault=_body("7"), means=_means("MALFORMED_RESPONSE")),
    Failure(name="someone else's JSON", fault=_body('{"healthy": true}'), means=_means("MALFORMED_RESPONSE")),
)
