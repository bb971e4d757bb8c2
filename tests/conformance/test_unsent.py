"""A call that was not made says nothing: no finding but those on credentials and network may come of one."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from gcp_emulator.server import Running, running

from provision.checks import CheckSpec
from provision.clients import Clients
from provision.commands.check import check as run_check
from provision.commands.plan import plan
from provision.config import Config
from provision.errors import ErrorStatus, NotSent, TokenError
from provision.google.calls import CallLog
from provision.google.transport import Transport
from provision.plan import Check, Run
from tests.conftest import config_for
from tests.steps.test_network import listening

SEEDS = range(9)
ABOUT_THE_WAY = frozenset({"credentials", "network"})
# What could be taken for an answer about the project, the account, a service or a model.
REFUSED = [
    ErrorStatus(
        service="iamcredentials.googleapis.com",
        method="GenerateAccessToken",
        code=code,
        status=status,
        reason=reason,
        message=message,
    )
    for code, status, reason, message in (
        (404, "NOT_FOUND", "", "Not found; Gaia id not found for email no-one@x"),
        (403, "PERMISSION_DENIED", "", "The caller does not have permission"),
        (403, "PERMISSION_DENIED", "IAM_PERMISSION_DENIED", ""),
        (403, "PERMISSION_DENIED", "SERVICE_DISABLED", ""),
        (403, "PERMISSION_DENIED", "BILLING_DISABLED", ""),
        (404, "NOT_FOUND", "", "Publisher Model `x` was not found"),
        (400, "CREDENTIALS", "invalid_grant", ""),
        (429, "RESOURCE_EXHAUSTED", "", ""),
        (0, "TIMEOUT", "", ""),
    )
]


@pytest.fixture(scope="module")
def ready() -> Iterator[Running]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_GCE_CHECK", "true")
        with running(clock=0, grpc=False) as sandbox:
            yield sandbox


class Tokenless(Transport):
    """A transport that has no token for the calls that chance picks."""

    def call(self, service: str, method: str, /, *arguments: Any, **named: Any) -> Any:
        if self.__dict__["picked"](method):
            raise TokenError(self.__dict__["refused"])
        return super().call(service, method, *arguments, **named)


def tokenless(config: Config, refused: ErrorStatus, picked: Callable[[str], bool]) -> Clients:
    clients = Clients(config=config, log=CallLog())
    like = clients.transport
    transport = Tokenless(**{name: getattr(like, name) for name in Transport.__dataclass_fields__ if name[0] != "_"})
    transport.__dict__.update(refused=refused, picked=picked)
    clients.__dict__["transport"] = transport
    return clients


def everything(ready: Running) -> Config:
    return config_for(
        ready,
        billing__account=ready["billing_account"],
        project__create=True,
        project__parent=ready["organization"],
        identity__service_account="chat-runtime",
        ci__provider="github",
        ci__repository="my-team/chat",
    )


def told(run: Run) -> dict[str, Check]:
    return {check.id: check for check in run.checks}


@pytest.mark.parametrize("seed", SEEDS)
def test_no_finding_depends_on_a_call_that_was_not_sent(ready: Running, seed: int) -> None:
    """Whichever calls lack a token, and whatever refused it, each finding is as before, or blocked by the token."""
    config = everything(ready)
    chance = random.Random(seed)  # noqa: S311 - chance that can be repeated is what it is for
    refused = REFUSED[seed % len(REFUSED)]
    picked: set[str] = set()

    def pick(method: str) -> bool:
        if chance.random() < 0.6:
            picked.add(method)
        return method in picked

    usual = told(run_check(config, Clients(config=config, log=CallLog()), skip=("chat",)))
    run = run_check(config, tokenless(config, refused, pick), skip=("chat",))
    found = told(run)
    assert picked
    assert run.verdict != "ready"
    assert found["credentials.usable"].status in {"fail", "unknown"}
    assert run.root_cause is not None
    assert run.root_cause.step in ABOUT_THE_WAY or run.root_cause.summary == usual[run.root_cause.id].summary
    for name, check in found.items():
        if check.step not in ABOUT_THE_WAY and check.status != "blocked":
            assert check.summary == usual[name].summary, f"{name}: {check.status}: {check.summary}"
            assert check.status == usual[name].status, name
        if check.blocked_by:
            assert found[check.blocked_by].step in ABOUT_THE_WAY or not check.not_sent


def test_nothing_is_planned_from_a_call_that_was_not_sent(ready: Running) -> None:
    config = replace(everything(ready), project_id="brand-new-project")
    for refused in REFUSED:
        planned = plan(config, tokenless(config, refused, lambda _: True))
        assert planned.changes == (), refused
        assert planned.exit_code in {1, 3}


def test_an_unsent_call_cannot_be_evaluated_as_an_answer() -> None:
    """It has nothing that an evaluation could read: the type checker says so where one tries."""
    unsent = NotSent(because=REFUSED[0])
    assert not isinstance(unsent, ErrorStatus)
    assert not {"status", "code", "reason", "message"} & set(dir(unsent))
    check = CheckSpec(id="project.active", passes_when="It is.").unknown("not seen", unsent)
    assert (check.error, check.diagnosis, check.status) == (None, "", "unknown")
    assert check.not_sent == REFUSED[0]


@dataclass(frozen=True)
class Kind:
    """Credentials of one kind that give no token, and what is said of them."""

    name: str
    info: dict[str, Any] | None
    diagnoses: frozenset[str]


EXTERNAL: dict[str, Any] = {
    "type": "external_account",
    "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q",
    "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
}


def kinds(ready: Running) -> list[Kind]:
    key = json.loads(Path(ready["credentials_file"]).read_text("utf-8"))
    token = {"token_url": f"{ready['rest_url']}/v1/token"}
    return [
        Kind(
            "a key whose account is gone",
            key | {"client_email": "gone@sandbox-host.iam.gserviceaccount.com"},
            frozenset({"ACCOUNT_NOT_FOUND"}),
        ),
        Kind(
            "a subject token that is not there",
            EXTERNAL | token | {"credential_source": {"file": "/nowhere/token"}},
            frozenset({"CREDENTIALS_FILE_MISSING"}),
        ),
        Kind("no file at all", None, frozenset({"CREDENTIALS_FILE_MISSING"})),
        Kind("an unfinished file", {"type": "service_account"}, frozenset({"CREDENTIALS_FILE_MALFORMED"})),
    ]


SECOND = [
    {"method": "*/GetProject", "error": "PROJECT_NOT_VISIBLE", "probability": 1},
    {"method": "*/GetProjectBillingInfo", "status": 403, "probability": 1},
    {"method": "*/BatchGetServices", "error": "SERVICE_DISABLED", "probability": 1},
    {"method": "*/GetPublisherModel", "status": 404, "probability": 1},
]


@pytest.mark.parametrize("number", range(4))
def test_credentials_of_every_kind_are_the_one_cause_whatever_else_is_wrong(
    ready: Running, tmp_path: Path, number: int
) -> None:
    kind = kinds(ready)[number]
    file = tmp_path / "credentials.json"
    if kind.info is not None:
        file.write_text(json.dumps(kind.info))
    config = everything(ready)
    config = replace(config, target=replace(config.target, credentials_file=file))
    ready.save("plain")
    ready.do(lambda inner: inner.faults.add(SECOND))
    run = run_check(config, Clients(config=config, log=CallLog()), skip=("environment",))
    ready.load("plain")
    assert run.root_cause is not None
    assert run.root_cause.diagnosis in kind.diagnoses, run.root_cause
    wrong = [check.id for check in run.checks if check.status in {"fail", "unknown", "warn"}]
    assert wrong == [run.root_cause.id]


def test_a_token_endpoint_that_says_nothing_is_the_one_cause(ready: Running, tmp_path: Path) -> None:
    with listening(lambda connection: connection.recv(4096)) as port:
        user = {"type": "authorized_user", "client_id": "a", "client_secret": "b", "refresh_token": "c"}
        file = tmp_path / "credentials.json"
        file.write_text(json.dumps(user | {"token_uri": f"http://127.0.0.1:{port}/token"}))
        config = everything(ready)
        config = replace(config, call_timeout_s=0.3, target=replace(config.target, credentials_file=file))
        run = run_check(config, Clients(config=config, log=CallLog()))
    assert run.exit_code == 3
    assert [check.id for check in run.checks if check.status in {"fail", "unknown", "warn"}] == ["credentials.usable"]
