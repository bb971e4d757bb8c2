from __future__ import annotations

import functools
import json
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gcp_emulator.server import Running
from google.auth.exceptions import RefreshError, TransportError
from google.oauth2 import service_account

from provision.commands.check import check as run_check
from provision.concurrency import run_all
from provision.errors import ApiError, TokenError
from provision.google.auth import (
    FAILURE_HOLDS_S,
    RETRY_PAUSES_S,
    Credentials,
    Identity,
    _of_the_program,
    load_credentials,
)
from provision.google.oauth import token_info
from provision.journal import Journal, Scope, ledger, read
from provision.plan import Mutation
from tests.accounts import grant, make_account
from tests.conftest import clients_for, config_for


def test_the_named_file_wins_over_gcloud_s(sandbox: Running) -> None:
    gcloud = Path.home() / ".config/gcloud/application_default_credentials.json"
    gcloud.parent.mkdir(parents=True)
    user = {
        "type": "authorized_user",
        "client_id": "a",
        "client_secret": "b",
        "refresh_token": "c",
        "quota_project_id": "q-project",
    }
    gcloud.write_text(json.dumps(user))
    named = load_credentials(environment={"GOOGLE_APPLICATION_CREDENTIALS": sandbox["credentials_file"]})
    assert named.identity.kind == "service account key"
    assert named.identity.consumer_project == "sandbox-host"
    found = load_credentials(environment={})
    assert (found.identity.kind, found.identity.principal, found.identity.consumer_project) == ("user", "", "q-project")


def test_cloudsdk_config_moves_gcloud_s_file() -> None:
    folder = Path("config")
    folder.mkdir()
    folder.joinpath("application_default_credentials.json").write_text(
        json.dumps({"type": "authorized_user", "client_id": "a", "client_secret": "b", "refresh_token": "c"})
    )
    assert load_credentials(environment={"CLOUDSDK_CONFIG": "config"}).identity.consumer_project == ""


def test_a_quota_project_in_the_environment_wins_and_is_sent(sandbox: Running) -> None:
    credentials = load_credentials(
        file=Path(sandbox["credentials_file"]), environment={"GOOGLE_CLOUD_QUOTA_PROJECT": sandbox["project"]}
    )
    assert credentials.identity.consumer_project == sandbox["project"]
    headers: dict[str, str] = {}
    credentials.fresh_token()
    credentials.apply(headers)
    assert headers["x-goog-user-project"] == sandbox["project"]


def test_federated_credentials_name_the_account_they_become() -> None:
    path = Path("federated.json")
    path.write_text(
        json.dumps(
            {
                "type": "external_account",
                "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q",
                "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
                "token_url": "https://sts.googleapis.com/v1/token",
                "credential_source": {"file": "token"},
                "service_account_impersonation_url": "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/ci@my-team-chat.iam.gserviceaccount.com:generateAccessToken",
            }
        )
    )
    identity = load_credentials(file=path, environment={}).identity
    assert identity.principal == "ci@my-team-chat.iam.gserviceaccount.com"
    assert identity.consumer_project == "my-team-chat"


def test_many_threads_with_one_stale_token_cause_one_refresh() -> None:
    class Inner:
        refreshes = 0
        token: str | None = None
        expiry = None

        def refresh(self, request: object) -> None:  # noqa: ARG002 - google-auth's signature
            time.sleep(0.2)  # long enough for all the others to be waiting
            self.refreshes += 1
            self.token = f"token-{self.refreshes}"

    inner = Inner()
    credentials = Credentials(inner, Identity(kind="user", source="test"), timeout_s=1)
    threads = [threading.Thread(target=credentials.refresh, args=(None,)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert inner.refreshes == 1
    stale = credentials.token
    credentials.refresh(None)
    assert credentials.token != stale  # a token that was refused is really replaced


def test_google_says_whose_token_it_is(sandbox: Running) -> None:
    config = config_for(sandbox)
    clients = clients_for(config)
    assert token_info(clients.transport).email == ""  # a token without the scope for it
    scopes = ["https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/userinfo.email"]
    inner = service_account.Credentials.from_service_account_file(sandbox["credentials_file"], scopes=scopes)  # type: ignore[no-untyped-call] # google-auth ships no types
    with_email = Credentials(inner, Identity(kind="user", source="test"), timeout_s=5)
    transport = replace(clients.transport, credentials=with_email)
    assert token_info(transport).email.endswith("@sandbox-host.iam.gserviceaccount.com")


def test_no_token_stands_in_an_address(sandbox: Running) -> None:
    config = config_for(sandbox)
    token_info(clients_for(config).transport)
    assert not [entry for entry in sandbox.requests() if "ya29" in json.dumps(entry)]


def test_a_refused_refresh_is_a_error(sandbox: Running) -> None:
    key: dict[str, Any] = json.loads(Path(sandbox["credentials_file"]).read_text())
    Path("gone.json").write_text(json.dumps(key | {"client_email": "gone@sandbox-host.iam.gserviceaccount.com"}))
    with pytest.raises(ApiError) as caught:
        load_credentials(file=Path("gone.json")).fresh_token()
    assert caught.value.status.reason == "invalid_grant"
    assert "account not found" in caught.value.status.message


def test_impersonating_makes_every_call_as_the_service_account(sandbox: Running) -> None:
    email = make_account(sandbox, "deployer", ["roles/browser"])
    config = config_for(sandbox, auth__impersonate_service_account=email)
    clients = clients_for(config)
    clients.resource_manager.get_project(config.project_id)
    made = [entry for entry in sandbox.requests() if entry["method"].endswith("Projects/GetProject")]
    assert [entry["principal"] for entry in made] == [email]
    assert clients.principal() == email
    assert clients.credentials.identity.consumer_project == sandbox["project"]


def test_an_impersonation_that_is_refused_says_which_permission_is_missing(sandbox: Running) -> None:
    one, other = make_account(sandbox, "first-account"), make_account(sandbox, "other-account")
    config = config_for(sandbox, auth__impersonate_service_account=f"{one},{other}")
    with pytest.raises(ApiError) as caught:
        clients_for(config).credentials.fresh_token()
    error = caught.value.status
    assert (error.code, error.service, error.method, error.reason) == (
        403,
        "iamcredentials.googleapis.com",
        "GenerateAccessToken",
        "IAM_PERMISSION_DENIED",
    )
    assert error.metadata["permission"] == "iam.serviceAccounts.getAccessToken"


def test_a_chain_of_accounts_is_walked_link_by_link(sandbox: Running) -> None:
    one, other = make_account(sandbox, "first-account"), make_account(sandbox, "other-account")
    grant(
        sandbox,
        f"projects/{sandbox['project']}/serviceAccounts/{other}",
        f"serviceAccount:{one}",
        "roles/iam.serviceAccountTokenCreator",
    )
    config = config_for(sandbox, auth__impersonate_service_account=f"{one},{other}")
    clients_for(config).credentials.fresh_token()
    assert [entry["method"] for entry in sandbox.requests()][-1].endswith("GenerateAccessToken")


def test_a_request_for_a_quota_project_goes_out_with_every_call(sandbox: Running) -> None:
    config = config_for(sandbox, auth__quota_project=sandbox["empty_project"])
    clients = clients_for(config)
    with pytest.raises(ApiError) as caught:  # the control APIs are off there: that is whom it was charged to
        clients.resource_manager.get_project(config.project_id)
    assert caught.value.status.reason == "SERVICE_DISABLED"
    assert {entry["consumer"] for entry in sandbox.requests() if "GetProject" in entry["method"]} == {
        sandbox["empty_project"]
    }


class Failing:
    """Credentials whose token endpoint breaks as often as it is told to."""

    universe_domain = "googleapis.com"
    token = "a-token"
    expiry = None

    def __init__(self, *broken: Exception) -> None:
        self.broken = list(broken)
        self.asked = 0

    def refresh(self, _request: object) -> None:
        self.asked += 1
        if self.broken:
            raise self.broken.pop(0)


def guarded(inner: Failing, now: list[float], **more: Any) -> Credentials:
    return Credentials(inner, Identity(kind="user", source="a test"), timeout_s=1, clock=lambda: now[0], **more)


REFUSED = RefreshError("invalid_grant", {"error": "invalid_grant"})  # type: ignore[no-untyped-call] # google-auth ships no types


def test_a_failed_refresh_is_told_to_all_who_ask_in_the_next_seconds() -> None:
    inner, now = Failing(REFUSED), [0.0]
    credentials = guarded(inner, now)
    answers = run_all(dict.fromkeys(range(20), credentials.fresh_token), deadline_s=10)
    assert {type(each) for each in answers.values()} == {TokenError}
    assert {each.status.reason for each in answers.values() if isinstance(each, ApiError)} == {"invalid_grant"}
    assert inner.asked == 1
    now[0] = FAILURE_HOLDS_S - 0.1
    with pytest.raises(TokenError):
        credentials.fresh_token()
    assert inner.asked == 1
    now[0] = FAILURE_HOLDS_S
    assert credentials.fresh_token() == "a-token"
    assert inner.asked == 2


def test_a_token_endpoint_that_was_out_of_reach_for_a_moment_is_asked_again() -> None:
    pauses: list[float] = []
    inner = Failing(*[TransportError("reset")] * len(RETRY_PAUSES_S))  # type: ignore[no-untyped-call] # likewise
    assert guarded(inner, [0.0], sleep=pauses.append).fresh_token() == "a-token"
    assert tuple(pauses) == RETRY_PAUSES_S


def test_a_look_without_a_token_is_not_repeated_and_a_change_is(sandbox: Running) -> None:
    transport = clients_for(config_for(sandbox)).transport
    for patience, tries in ((1.0, 1), (6.0, 3)):
        inner, now = Failing(*[TransportError("reset")] * 6), [0.0]  # type: ignore[no-untyped-call] # likewise
        credentials = guarded(inner, now, sleep=lambda _: None)

        def call(*, timeout: float, asked: Any = credentials, at: Any = now) -> dict[str, str]:
            at[0] += FAILURE_HOLDS_S
            return {"token": asked.fresh_token()}

        if patience > 1:
            assert transport.call("s", "M", call, patience=patience) == {"token": "a-token"}
        else:
            with pytest.raises(TokenError):
                transport.call("s", "M", call, patience=patience)
        assert now[0] == tries * FAILURE_HOLDS_S


def test_a_check_without_a_token_asks_for_one_once_and_names_that_cause(sandbox: Running) -> None:
    sandbox.fail_next("*oauth2.token", 503, first=999)
    config = config_for(sandbox)
    run = run_check(config, clients_for(config))
    assert run.root_cause is not None
    assert (run.root_cause.id, run.exit_code) == ("credentials.usable", 3)
    assert [check.id for check in run.checks if check.status in {"fail", "unknown"}] == ["credentials.usable"]
    assert len([entry for entry in sandbox.requests() if entry["path"] == "/token"]) == 3  # google-auth's own tries


class Answer:
    """An answer as google-auth reads it."""

    def __init__(self, status: int, body: Any) -> None:
        self.status, self.data = status, json.dumps(body).encode()
        self.headers: dict[str, str] = {}


TOKEN = {"access_token": "a-token", "token_type": "Bearer", "expires_in": 3600, "issued_token_type": "x"}
BECOME = {"accessToken": "another-token", "expireTime": "2099-01-01T00:00:00Z"}
THROTTLED = {"error": "quota_exceeded", "error_description": "The request was throttled due to rate limit"}
BUSY = {"error": {"code": 503, "status": "UNAVAILABLE", "message": "busy"}}


def federated(*answers: Answer, now: list[float] | None = None, becoming: bool = True) -> tuple[Credentials, list[str]]:
    """Return federated credentials that are given these answers, and the addresses that they ask."""
    Path("subject").write_text("a-subject-token")
    info = {
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": "https://sts.googleapis.com/v1/token",
        "credential_source": {"file": "subject"},
    }
    if becoming:
        host = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts"
        info["service_account_impersonation_url"] = (
            f"{host}/ci@my-team-chat.iam.gserviceaccount.com:generateAccessToken"
        )
    Path("federated.json").write_text(json.dumps(info))
    inner = load_credentials(file=Path("federated.json"), environment={})
    clock = now or [0.0]
    credentials = Credentials(
        inner._inner,
        inner.identity,
        timeout_s=10,
        clock=lambda: clock[0],
        sleep=lambda _: None,
    )
    coming, asked = list(answers), []

    def request(url: str, **_: Any) -> Answer:
        asked.append(url.rpartition("/")[2].rpartition(":")[2])
        return coming.pop(0)

    credentials._request = functools.partial(credentials._ask, request)
    return credentials, asked


def test_what_the_token_service_could_not_answer_is_asked_again() -> None:
    credentials, asked = federated(Answer(503, BUSY), Answer(429, THROTTLED), Answer(200, TOKEN), becoming=False)
    assert credentials.fresh_token() == "a-token"
    assert asked == ["token"] * 3


def test_what_iam_credentials_could_not_answer_is_asked_again() -> None:
    credentials, asked = federated(Answer(200, TOKEN), Answer(503, BUSY), Answer(200, BECOME))
    assert credentials.fresh_token() == "another-token"
    assert asked == ["token", "generateAccessToken", "generateAccessToken"]


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([Answer(503, BUSY)] * 3, ("sts.googleapis.com", "ExchangeToken", "UNAVAILABLE")),
        ([Answer(400, {"error": "invalid_grant"})], ("sts.googleapis.com", "ExchangeToken", "CREDENTIALS")),
        ([Answer(200, {})], ("sts.googleapis.com", "ExchangeToken", "MALFORMED_RESPONSE")),
        (
            [Answer(200, TOKEN), Answer(403, {"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "no"}})],
            ("iamcredentials.googleapis.com", "GenerateAccessToken", "PERMISSION_DENIED"),
        ),
    ],
)
def test_a_error_of_a_token_names_who_refused_and_is_asked_for_three_times_at_most(
    answers: list[Answer], message: tuple[str, str, str]
) -> None:
    credentials, asked = federated(*answers)
    with pytest.raises(TokenError) as caught:
        credentials.fresh_token()
    error = caught.value.status
    assert (error.service, error.method, error.status) == message
    assert len(asked) == len(answers)


def test_a_token_service_that_takes_long_to_fail_is_not_asked_again() -> None:
    now = [0.0]
    credentials, asked = federated(Answer(503, BUSY), now=now)
    answer = credentials._request

    def slowly(*arguments: Any, **named: Any) -> Any:
        now[0] += 10
        return answer(*arguments, **named)

    credentials._request = slowly  # type: ignore[assignment] # the wire again
    with pytest.raises(TokenError):
        credentials.fresh_token()
    assert asked == ["token"]


def test_a_subject_token_that_is_gone_after_one_good_exchange_is_told_as_that() -> None:
    credentials, _ = federated(Answer(200, TOKEN), becoming=False)
    credentials.fresh_token()
    Path("subject").unlink()
    with pytest.raises(TokenError) as caught:
        credentials.refresh(None)
    assert caught.value.status.status == "CREDENTIALS"
    assert "'subject' was not found" in caught.value.status.message


def test_a_change_that_had_no_token_was_never_sent(sandbox: Running) -> None:
    transport = clients_for(config_for(sandbox)).transport
    path = Path("journal.jsonl")
    scope = Scope(target="sandbox", address="", project_id="p")
    transport.log.recorder = Journal(path).begin("apply", scope, principal="me@example.com")
    now = [0.0]
    credentials = guarded(Failing(*[TransportError("reset")] * 99), now, sleep=lambda _: None)  # type: ignore[no-untyped-call] # likewise

    def call(*, timeout: float) -> dict[str, str]:
        now[0] += FAILURE_HOLDS_S
        return {"token": credentials.fresh_token()}

    mutation = Mutation(service="s", method="M", resource="projects/p/services/x")
    with pytest.raises(TokenError):
        replace(transport, retry_budget_s=0.2).call("s", "M", call, mutation=mutation, patience=6.0)
    (record,) = ledger.mutations(read(path), scope)
    assert {record.status, *record.retried_statuses} == {"NOT_ATTEMPTED"}
    assert not record.open


PROGRAMS = [
    ("exit 1", "echo no keytab >&2; exit 1", "no keytab"),
    ("noise on standard error", "echo a warning >&2; echo '{}'", "a warning"),
    ("no JSON", "echo nonsense", "nonsense"),
    ("nothing", "true", "no JSON object"),
]


@pytest.mark.parametrize(("command", "told"), [each[1:] for each in PROGRAMS], ids=[e[0] for e in PROGRAMS])
def test_a_program_that_gives_no_token_is_told_by_its_name_and_its_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, told: str
) -> None:
    monkeypatch.setenv("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1")
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\n{command}\n")
    program.chmod(0o755)
    assert told in _program_error(tmp_path, program)
    missing = tmp_path / "gone"
    assert "No such file" in _program_error(tmp_path, missing)


def _program_error(folder: Path, program: Path) -> str:
    info = {
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": "https://sts.googleapis.com/v1/token",
        "credential_source": {"executable": {"command": str(program), "timeout_millis": 5000}},
    }
    file = folder / "program.json"
    file.write_text(json.dumps(info))
    with pytest.raises(TokenError) as caught:
        load_credentials(file=file, environment={}).fresh_token()
    error = caught.value.status
    assert (error.status, error.reason) == ("CREDENTIALS", "EXECUTABLE_CREDENTIALS")
    assert str(program) in error.message
    return error.message


def test_a_program_that_takes_too_long_is_told_with_its_limit() -> None:
    error = _of_the_program("/opt/token", 5.0, subprocess.TimeoutExpired("/opt/token", 5.0))
    assert error.message == "/opt/token: it did not end within 5 s (timeout_millis)"
