"""An answer is held against the question: one about something else, or of another shape, is no answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from gcp_emulator.server import Running

from provision.clients import Clients, ask
from provision.config import load
from provision.diagnoses import by_key
from provision.errors import ApiError, ErrorStatus
from provision.google.calls import CallLog
from provision.google.cloud_billing import BillingInfo
from provision.google.operations import wait_rest
from provision.google.resource_manager import Project
from provision.google.transport import Transport
from provision.plan import Check
from provision.steps import billing, project, services
from tests.conftest import clients_for, config_for

CONFIG = load(options={"project.id": "my-team-chat"})
NUMBER = "123456789012"
NAME = f"projects/{NUMBER}"
PROJECT = {"name": NAME, "projectId": "my-team-chat", "state": "ACTIVE"}
BILLING = {"name": "projects/my-team-chat/billingInfo", "projectId": "my-team-chat", "billingEnabled": True}
ACCOUNT = "billingAccounts/000000-AAAAAA-111111"


class Scripted(Transport):
    """Answers with what the test says, as it was sent."""

    def ask(self, service: str, method: str, function: Any, /, **more: Any) -> dict[str, Any]:
        return self.rest(service, method, function, **more)

    def rest(self, service: str, method: str, path: Any, /, **more: Any) -> dict[str, Any]:  # noqa: ARG002 - likewise
        answer = self.__dict__["answers"][method]
        return dict(next(answer) if isinstance(answer, Iterator) else answer)


def answering(**answers: Any) -> Clients:
    clients = Clients(config=CONFIG, log=CallLog())
    wire = Scripted(credentials=SimpleNamespace(universe_domain="googleapis.com"), sleep=lambda _: None)  # type: ignore[arg-type] # none is used
    wire.__dict__["answers"] = answers
    clients.__dict__["transport"] = wire
    return clients


def service(name: str, owner: str = NUMBER, state: str = "ENABLED") -> dict[str, str]:
    return {"name": f"projects/{owner}/services/{name}", "state": state}


ASKED = ("a.googleapis.com", "b.googleapis.com")
BOTH = [service(name) for name in ASKED]

Question = Callable[[Clients], Any]
QUESTIONS: dict[str, Question] = {
    "GetProject": lambda clients: clients.resource_manager.get_project("my-team-chat"),
    "GetProjectBillingInfo": lambda clients: clients.cloud_billing.get_billing_info("my-team-chat"),
    "GetBillingAccount": lambda clients: clients.cloud_billing.is_open(ACCOUNT),
    "BatchGetServices": lambda clients: clients.service_usage.states("my-team-chat", ASKED),
    "TestIamPermissions": lambda clients: clients.iam.test_permissions("projects/my-team-chat", ["a.b.c"]),
    "GetPublisherModel": lambda clients: clients.vertex.get_publisher_model("publishers/x/models/y", "global"),
    "ListEndpoints": lambda clients: clients.vertex.list_endpoints("my-team-chat", "us-central1"),
    "GetEndpoint": lambda clients: clients.vertex.get_endpoint("my-team-chat", "us-central1", "7"),
    "GetEffectivePolicy": lambda clients: clients.org_policy.effective("my-team-chat", "vertexai.allowedModels"),
}
ENDPOINT = f"{NAME}/locations/europe-west4/endpoints/7"
HERE = f"{NAME}/locations/us-central1/endpoints/7"
UNFIT: list[tuple[str, str, dict[str, Any]]] = [
    ("another project", "GetProject", PROJECT | {"projectId": "another-team"}),
    ("a state that is no word", "GetProject", PROJECT | {"state": 7}),
    ("labels that are no texts", "GetProject", PROJECT | {"labels": {"a": 1}}),
    ("another project's billing", "GetProjectBillingInfo", BILLING | {"projectId": "another-team"}),
    ("another's by its name", "GetProjectBillingInfo", {"name": "projects/x/billingInfo", "billingEnabled": True}),
    ("a yes that is a word", "GetProjectBillingInfo", BILLING | {"billingEnabled": "false"}),
    ("another account", "GetBillingAccount", {"name": "billingAccounts/FFFFFF-AAAAAA-111111", "open": True}),
    ("an open that is a number", "GetBillingAccount", {"name": ACCOUNT, "open": 1}),
    ("another service", "BatchGetServices", {"services": [BOTH[0], service("c.googleapis.com")]}),
    ("one service twice", "BatchGetServices", {"services": [BOTH[0], BOTH[0]]}),
    ("each service twice", "BatchGetServices", {"services": [*BOTH, *BOTH]}),
    ("one service too few", "BatchGetServices", {"services": BOTH[:1]}),
    ("no service", "BatchGetServices", {"services": []}),
    ("services of two projects", "BatchGetServices", {"services": [BOTH[0], service(ASKED[1], "999999999999")]}),
    (
        "services of another project",
        "BatchGetServices",
        {"services": [service(name, "another-team") for name in ASKED]},
    ),
    ("a permission no one asked for", "TestIamPermissions", {"permissions": ["a.b.c", "resourcemanager.projects.get"]}),
    ("another model", "GetPublisherModel", {"name": "publishers/x/models/z", "launchStage": "GA"}),
    ("an endpoint elsewhere", "ListEndpoints", {"endpoints": [{"name": ENDPOINT}]}),
    ("an endpoint twice", "ListEndpoints", {"endpoints": [{"name": HERE}, {"name": HERE}]}),
    ("another endpoint", "GetEndpoint", {"name": f"{NAME}/locations/us-central1/endpoints/8"}),
    ("another constraint", "GetEffectivePolicy", {"name": f"{NAME}/policies/gcp.resourceLocations", "spec": {}}),
]


@pytest.mark.parametrize(("method", "answer"), [each[1:] for each in UNFIT], ids=[each[0] for each in UNFIT])
def test_an_answer_that_does_not_fit_is_unknown(method: str, answer: dict[str, Any]) -> None:
    found = ask(lambda: QUESTIONS[method](answering(**{method: answer})))
    assert isinstance(found, ErrorStatus)
    assert (found.method, found.status) == (method, "MALFORMED_RESPONSE")


def test_an_answer_that_fits_is_read() -> None:
    clients = answering(GetProject=PROJECT, GetProjectBillingInfo=BILLING, BatchGetServices={"services": BOTH})
    assert QUESTIONS["GetProject"](clients).project_number == NUMBER
    assert QUESTIONS["GetProjectBillingInfo"](clients) == BillingInfo(billing_account="", enabled=True)
    assert QUESTIONS["BatchGetServices"](clients) == dict.fromkeys(ASKED, "ENABLED")
    assert clients.resource_manager.get_project(NUMBER).project_id == "my-team-chat"


def test_the_number_of_a_project_is_the_same_in_every_answer_of_a_run() -> None:
    clients = answering(
        GetProject=PROJECT, BatchGetServices={"services": [service(name, "999999999999") for name in ASKED]}
    )
    assert QUESTIONS["GetProject"](clients)
    found = ask(lambda: QUESTIONS["BatchGetServices"](clients))
    assert isinstance(found, ErrorStatus)
    assert "999999999999" in found.message


def by_id(checks: Iterator[Check]) -> dict[str, Check]:
    return {check.id: check for check in checks}


def test_an_endpoint_of_another_project_does_not_fit() -> None:
    listed = {"endpoints": [{"name": HERE.replace(NUMBER, "999999999999")}]}
    clients = answering(GetProject=PROJECT, ListEndpoints=listed)
    assert QUESTIONS["GetProject"](clients)
    found = ask(lambda: QUESTIONS["ListEndpoints"](clients))
    assert isinstance(found, ErrorStatus)
    assert found.status == "MALFORMED_RESPONSE"


@pytest.mark.parametrize("state", ["FROZEN", "9", ""])
def test_a_state_that_is_newer_than_this_is_unknown_and_named(state: str) -> None:
    seen = project.Observed(project=Project(project_id="my-team-chat", project_number=NUMBER, state=state))
    found = by_id(project.evaluate(CONFIG, seen))["project.active"]
    assert (found.status, found.diagnosis) == ("unknown", "")
    assert state in found.summary
    assert list(project.plan(CONFIG, seen)) == []
    states = dict.fromkeys(CONFIG.services, "ENABLED") | {"aiplatform.googleapis.com": state}
    enabled = services.Observed(states=states)
    found = by_id(services.evaluate(CONFIG, enabled))["services.enabled"]
    assert found.status == "unknown"
    assert f"aiplatform.googleapis.com is {state}" in found.summary
    assert list(services.plan(CONFIG, enabled)) == []


NEW = "type.googleapis.com/google.newer.Detail"


@pytest.mark.parametrize(
    "details", [[], [{"@type": NEW, "a": [1]}], [{"@type": NEW}, {"reason": "QUOTA", "domain": "x"}], "none", None, [7]]
)
def test_an_operation_keeps_google_s_words_whatever_is_packed_into_it(details: Any) -> None:
    error = {"code": 8, "message": "Too many projects.", "details": details}
    metadata = {"@type": "type.googleapis.com/google.newer.Metadata", "x": 1}
    started = {"name": "operations/1", "metadata": metadata}
    answers = iter([started, {**started, "done": True, "error": error}])
    with pytest.raises(ApiError) as caught:
        wait_rest(answering(GetOperation=answers).transport, "x.googleapis.com", started, deadline_s=9.0)
    assert (caught.value.status.status, caught.value.status.message) == ("RESOURCE_EXHAUSTED", "Too many projects.")


def test_google_s_own_client_hides_neither_newer_words_nor_newer_types(sandbox: Running) -> None:
    clients = clients_for(config_for(sandbox))
    newer = {"name": "projects/1", "projectId": sandbox["project"], "state": "HIBERNATING", "tomorrow": [1]}
    sandbox.fail_next("*/GetProject", 200, raw_body=json.dumps(newer))
    assert clients.resource_manager.get_project(sandbox["project"]).state == "HIBERNATING"
    error = {"code": 8, "message": "Too many.", "details": [{"@type": NEW, "a": 1}]}
    ended = {"name": "operations/1", "metadata": {"@type": NEW}, "done": True, "error": error}
    sandbox.fail_next("*/CreateProject", 200, raw_body=json.dumps(ended))
    with pytest.raises(ApiError, match="Too many"):
        clients.resource_manager.create_project("made-anew", parent="", display_name="", labels={}, deadline_s=5.0)
    *_, asked, _ = sandbox.requests()
    assert "enum-encoding" not in asked["path"]


def test_what_was_begun_without_a_name_is_no_operation() -> None:
    with pytest.raises(ApiError) as caught:
        wait_rest(answering().transport, "x.googleapis.com", {"healthy": True}, deadline_s=9.0)
    assert caught.value.status.status == "MALFORMED_RESPONSE"


def test_billing_that_could_not_be_read_is_not_asked_an_administrator_for_rights_to_change_it() -> None:
    refused = ErrorStatus(
        service="cloudbilling.googleapis.com", method="GetProjectBillingInfo", code=403, status="PERMISSION_DENIED"
    )
    found = by_id(billing.evaluate(CONFIG, billing.Observed(info=refused)))["billing.enabled"]
    assert (found.status, found.diagnosis) == ("unknown", "BILLING_READ_DENIED")
    assert "createBillingAssignment" not in by_key(found.diagnosis).fix
    seen = BillingInfo(billing_account=ACCOUNT, enabled=True)
    of_account = replace(refused, method="GetBillingAccount")
    observed = billing.Observed(info=seen, account_open=of_account)
    found = by_id(billing.evaluate(replace(CONFIG, billing_account=ACCOUNT), observed))["billing.account"]
    assert (found.status, found.diagnosis) == ("unknown", "BILLING_ACCOUNT_READ_DENIED")
    assert "roles/billing.viewer" in by_key(found.diagnosis).fix
