"""Whatever is done in whatever order, these stay true."""

from __future__ import annotations

from typing import Any

import requests
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from provision.sandbox.server import Running, running

IDS = st.sampled_from(["my-team-chat", "my-other-chat", "sandbox-ready", "sandbox-empty"])
SERVICES = st.sampled_from(["aiplatform", "iam", "cloudapis", "cloudtrace"])


class Sandboxes(RuleBasedStateMachine):
    """A random walk through the control APIs, with a model of what must be so."""

    def __init__(self) -> None:
        super().__init__()
        self.context = running(clock=0, grpc=False)
        self.ready: Running = self.context.__enter__()
        self.session = requests.Session()
        self.session.headers["authorization"] = f"Bearer {self.ready['token']}"
        self.numbers: dict[str, str] = {}  # project id -> the number it was first seen with
        self.ever_enabled: set[tuple[str, str]] = set()

    def teardown(self) -> None:
        self.session.close()
        self.context.__exit__(None, None, None)

    def call(self, verb: str, path: str, body: Any = None) -> tuple[int, Any]:
        answer = self.session.request(verb, self.ready["rest_url"] + path, json=body, timeout=10)
        return answer.status_code, answer.json()

    def projects(self) -> list[Any]:
        found: list[Any] = self.call("GET", "/v1/projects")[1].get("projects", [])
        return found

    @initialize()
    def begin(self) -> None:
        self.ever_enabled |= {("sandbox-ready", "aiplatform"), ("sandbox-host", "aiplatform")}

    @rule(project=IDS)
    def create(self, project: str) -> None:
        status, _ = self.call("POST", "/v3/projects", {"projectId": project})
        if project in self.numbers:
            assert status == 409

    @rule(project=IDS)
    def delete(self, project: str) -> None:
        self.call("DELETE", f"/v1/projects/{project}")

    @rule(project=IDS)
    def undelete(self, project: str) -> None:
        self.call("POST", f"/v1/projects/{project}:undelete")

    @rule(project=IDS, account=st.sampled_from(["billing_account", "closed_billing_account", ""]))
    def link(self, project: str, account: str) -> None:
        name = self.ready[account] if account else ""
        status, answer = self.call("PUT", f"/v1/projects/{project}/billingInfo", {"billingAccountName": name})
        if status == 200:
            assert answer["billingEnabled"] == (account == "billing_account")

    @rule(project=IDS, service=SERVICES)
    def enable(self, project: str, service: str) -> None:
        billed = self.call("GET", f"/v1/projects/{project}/billingInfo")[1].get("billingEnabled", False)
        status, answer = self.call("POST", f"/v1/projects/{project}/services/{service}.googleapis.com:enable")
        if status == 200:
            self.ever_enabled.add((project, service))
            assert billed or service != "aiplatform" or answer.get("done")

    @rule(project=IDS, service=SERVICES, dependents=st.booleans())
    def disable(self, project: str, service: str, dependents: bool) -> None:
        body = {"disableDependentServices": dependents}
        self.call("POST", f"/v1/projects/{project}/services/{service}.googleapis.com:disable", body)

    @rule(seconds=st.sampled_from([0.5, 1, 3, 10, 86400]))
    def wait(self, seconds: float) -> None:
        self.ready.advance(seconds)

    @invariant()
    def a_number_stays_with_its_id(self) -> None:
        for project in self.projects():
            known = self.numbers.setdefault(project["projectId"], project["projectNumber"])
            assert known == project["projectNumber"]
        assert len(set(self.numbers.values())) == len(self.numbers)

    @invariant()
    def the_list_equals_the_gets(self) -> None:
        for project in self.projects():
            assert self.call("GET", f"/v1/projects/{project['projectId']}") == (200, project)
            answer = self.call("GET", f"/v3/projects/{project['projectNumber']}")[1]
            assert answer["state"] == project["lifecycleState"]

    @precondition(lambda self: self.numbers)
    @invariant()
    def vertex_ai_is_usable_only_where_it_was_enabled_and_is_billed(self) -> None:
        for project in self.numbers:
            status, _ = self.call("GET", f"/v1/projects/{project}/locations/us-central1/endpoints")
            billed = self.call("GET", f"/v1/projects/{project}/billingInfo")[1].get("billingEnabled", False)
            assert status in {200, 403}
            if status == 200:
                assert billed
                assert (project, "aiplatform") in self.ever_enabled

    @invariant()
    def nothing_broke(self) -> None:
        assert not [entry for entry in self.ready.requests() if entry["status"] == 500]


Sandboxes.TestCase.settings = settings(
    max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
test_random_histories = Sandboxes.TestCase
