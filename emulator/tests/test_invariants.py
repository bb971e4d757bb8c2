"""Whatever is done in whatever order, over whichever face, these stay true.

`PROOF_EXAMPLES=200` looks at more histories than the few of a normal run.
"""

from __future__ import annotations

import os
from typing import Any

import requests
from gcp_emulator.server import Running, running
from google.api_core.exceptions import GoogleAPICallError
from google.cloud.billing_v1 import CloudBillingClient
from google.cloud.iam_admin_v1 import IAMClient
from google.cloud.orgpolicy_v2 import OrgPolicyClient
from google.cloud.resourcemanager_v3 import ProjectsClient
from google.cloud.service_usage_v1 import ServiceUsageClient
from google.protobuf import json_format
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from emulator.tests.conformance.conftest import Clients

TRANSPORTS = st.sampled_from(["rest", "grpc"])
STRANGER = "user:stranger@example.com"
IDS = st.sampled_from(["my-team-chat", "my-other-chat", "sandbox-ready", "sandbox-empty"])
HOLDERS = st.sampled_from(["sandbox-ready", "sandbox-empty"])
"""Few, and one account and one constraint in each: what one rule does should meet what another did."""
ROBOT, CONSTRAINT = "robot-one", "iam.disableServiceAccountCreation"
SERVICES = st.sampled_from(["aiplatform", "iam", "cloudapis", "cloudtrace"])


class Sandboxes(RuleBasedStateMachine):
    """A random walk through the control APIs, with a model of what must be so."""

    def __init__(self) -> None:
        super().__init__()
        self.context = running(clock=0)
        self.ready: Running = self.context.__enter__()
        self.session = requests.Session()
        self.session.headers["authorization"] = f"Bearer {self.ready['token']}"
        self.numbers: dict[str, str] = {}  # project id -> the number it was first seen with
        self.ever_enabled: set[tuple[str, str]] = set()
        self.ever_shown: set[str] = set()  # what was shown to the stranger
        self.grpc = Clients(self.ready, "grpc")
        self.over_grpc_projects: Any = self.grpc.of(ProjectsClient)
        self.over_grpc_billing: Any = self.grpc.of(CloudBillingClient)
        self.over_grpc_services: Any = self.grpc.of(ServiceUsageClient)
        self.over_grpc_iam: Any = self.grpc.of(IAMClient)
        self.over_grpc_policies: Any = self.grpc.of(OrgPolicyClient)
        self.unique_ids: dict[str, str] = {}  # of a service account -> its address

    def teardown(self) -> None:
        self.grpc.close()
        self.session.close()
        self.context.__exit__(None, None, None)

    def call(self, verb: str, path: str, body: Any = None) -> tuple[int, Any]:
        answer = self.session.request(verb, self.ready["rest_url"] + path, json=body, timeout=10)
        return answer.status_code, answer.json()

    def done_over_grpc(self, call: Any, request: dict[str, Any]) -> bool:
        """Make a call over gRPC; tell whether it was granted."""
        try:
            call(request=request)
        except GoogleAPICallError:
            return False
        return True

    def projects(self) -> list[Any]:
        found: list[Any] = self.call("GET", "/v1/projects")[1].get("projects", [])
        return found

    @initialize()
    def begin(self) -> None:
        self.ever_enabled |= {("sandbox-ready", "aiplatform"), ("sandbox-host", "aiplatform")}

    @rule(project=IDS, transport=TRANSPORTS)
    def create(self, project: str, transport: str) -> None:
        if transport == "grpc":
            call = self.over_grpc_projects.create_project
            made = self.done_over_grpc(call, {"project": {"project_id": project}})
            assert not (made and project in self.numbers)
            return
        status, _ = self.call("POST", "/v3/projects", {"projectId": project})
        if project in self.numbers:
            assert status == 409

    @rule(project=IDS, transport=TRANSPORTS)
    def delete(self, project: str, transport: str) -> None:
        if transport == "grpc":
            self.done_over_grpc(self.over_grpc_projects.delete_project, {"name": f"projects/{project}"})
        else:
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

    @rule(project=IDS, service=SERVICES, transport=TRANSPORTS)
    def enable(self, project: str, service: str, transport: str) -> None:
        if transport == "grpc":
            name = f"projects/{project}/services/{service}.googleapis.com"
            if self.done_over_grpc(self.over_grpc_services.enable_service, {"name": name}):
                self.ever_enabled.add((project, service))
            return
        billed = self.call("GET", f"/v1/projects/{project}/billingInfo")[1].get("billingEnabled", False)
        status, answer = self.call("POST", f"/v1/projects/{project}/services/{service}.googleapis.com:enable")
        if status == 200:
            self.ever_enabled.add((project, service))
            assert billed or service != "aiplatform" or answer.get("done")

    @rule(project=IDS, service=SERVICES, dependents=st.booleans())
    def disable(self, project: str, service: str, dependents: bool) -> None:
        body = {"disableDependentServices": dependents}
        self.call("POST", f"/v1/projects/{project}/services/{service}.googleapis.com:disable", body)

    @rule(project=IDS)
    def show(self, project: str) -> None:
        policy = {"bindings": [{"role": "roles/viewer", "members": [STRANGER]}]}
        status, _ = self.call("POST", f"/v1/projects/{project}:setIamPolicy", {"policy": policy})
        if status == 200:
            self.ever_shown.add(project)

    @rule(project=HOLDERS, transport=TRANSPORTS)
    def create_account(self, project: str, transport: str) -> None:
        name, there = f"projects/{project}", self.accounts(project)
        email = f"{ROBOT}@{project}.iam.gserviceaccount.com"
        if transport == "grpc":
            made = self.done_over_grpc(self.over_grpc_iam.create_service_account, {"name": name, "account_id": ROBOT})
        else:
            made = self.call("POST", f"/v1/{name}/serviceAccounts", {"accountId": ROBOT})[0] == 200
        now = self.accounts(project)
        assert now == {**there, **({email: now[email]} if made else {})}
        assert not (made and email in there)
        assert not (made and self.enforced(project))

    @rule(project=HOLDERS, transport=TRANSPORTS)
    def delete_account(self, project: str, transport: str) -> None:
        email = f"{ROBOT}@{project}.iam.gserviceaccount.com"
        name, there = f"projects/{project}/serviceAccounts/{email}", self.accounts(project)
        if transport == "grpc":
            gone = self.done_over_grpc(self.over_grpc_iam.delete_service_account, {"name": name})
        else:
            gone = self.call("DELETE", f"/v1/{name}")[0] == 200
        assert gone == (email in there)
        assert email not in self.accounts(project)

    @rule(project=HOLDERS, enforce=st.booleans(), transport=TRANSPORTS)
    def enforce(self, project: str, enforce: bool, transport: str) -> None:
        parent = f"projects/{project}"
        policy = {"name": f"{parent}/policies/{CONSTRAINT}", "spec": {"rules": [{"enforce": enforce}]}}
        if transport == "grpc":
            done = self.done_over_grpc(
                self.over_grpc_policies.create_policy, {"parent": parent, "policy": policy}
            ) or self.done_over_grpc(self.over_grpc_policies.update_policy, {"policy": policy})
        else:
            made = self.call("POST", f"/v2/{parent}/policies", policy)[0] == 200
            done = made or self.call("PATCH", f"/v2/{policy['name']}", policy)[0] == 200
        if done:
            assert self.enforced(project) == enforce

    @rule(project=HOLDERS, transport=TRANSPORTS)
    def lift(self, project: str, transport: str) -> None:
        name = f"projects/{project}/policies/{CONSTRAINT}"
        if transport == "grpc":
            self.done_over_grpc(self.over_grpc_policies.delete_policy, {"name": name})
        else:
            self.call("DELETE", f"/v2/{name}")
        assert not self.enforced(project)

    def accounts(self, project: str) -> dict[str, Any]:
        """The service accounts of a project, by address; each keeps its unique id, which is no one else's."""
        found = self.call("GET", f"/v1/projects/{project}/serviceAccounts?pageSize=100")[1].get("accounts", [])
        for each in found:
            assert self.unique_ids.setdefault(each["uniqueId"], each["email"]) == each["email"]
        return {each["email"]: each for each in found}

    def enforced(self, project: str) -> bool:
        """Whether the constraint is in force for a project, by what REST says."""
        answer = self.call("GET", f"/v2/projects/{project}/policies/{CONSTRAINT}:getEffectivePolicy")[1]
        return bool(answer.get("spec", {}).get("rules", [{}])[0].get("enforce"))

    @rule()
    def both_transports_tell_the_same_story(self) -> None:
        for project in self.projects():
            message = self.over_grpc_projects.get_project(name=f"projects/{project['projectId']}")
            assert _reported(message) == self.call("GET", f"/v3/projects/{project['projectId']}")[1]
            name = f"projects/{project['projectId']}"
            info = _reported(self.over_grpc_billing.get_project_billing_info(name=name))
            reported_over_rest = self.call("GET", f"/v1/{name}/billingInfo")[1]
            assert info == {key: value for key, value in reported_over_rest.items() if value}  # billing prints defaults
            listed = self.over_grpc_iam.list_service_accounts({"name": name, "page_size": 100})
            assert {each.email: _reported(each) for each in listed} == self.accounts(project["projectId"])
            policies = [_reported(each) for each in self.over_grpc_policies.list_policies(parent=name)]
            assert policies == self.call("GET", f"/v2/{name}/policies")[1].get("policies", [])
            for policy in policies:
                assert _reported(self.over_grpc_policies.get_policy(name=policy["name"])) == policy
            if project["lifecycleState"] == "ACTIVE":
                request = {"parent": name, "filter": "state:ENABLED", "page_size": 200}
                on = [each.name for each in self.over_grpc_services.list_services(request=request)]
                listed = self.call("GET", f"/v1/{name}/services?filter=state:ENABLED&pageSize=200")[1]
                assert on == [each["name"] for each in listed.get("services", [])]

    @rule(size=st.integers(1, 3))
    def pages_add_up(self, size: int) -> None:
        found: list[Any] = []
        token = ""
        while True:
            page = self.call("GET", f"/v1/projects?pageSize={size}&pageToken={token}")[1]
            assert len(page.get("projects", [])) <= size
            found += page.get("projects", [])
            token = page.get("nextPageToken", "")
            if not token:
                break
        assert found == self.projects()

    @rule(project=IDS)
    def no_one_is_answered_without_permission(self, project: str) -> None:
        headers = {"authorization": f"Bearer {self.ready.token_for(STRANGER)}"}  # the last one may have expired
        for path in (
            f"/v1/projects/{project}",
            f"/v3/projects/{project}",
            f"/v1/projects/{project}/billingInfo",
            f"/v1/projects/{project}/services/iam.googleapis.com",
            f"/v1/projects/{project}/locations/us-central1/endpoints",
            f"/v1/projects/{project}/serviceAccounts",
            f"/v2/projects/{project}/policies",
        ):
            answer = requests.get(self.ready["rest_url"] + path, headers=headers, timeout=10)
            assert answer.status_code in ({200, 400, 403, 404} if project in self.ever_shown else {403, 404}), path

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
        assert not [entry for entry in self.ready.requests() if entry["status"] in {500, "INTERNAL", "UNKNOWN"}]


def _reported(message: Any) -> Any:
    """A message as proto-JSON."""
    return json_format.MessageToDict(type(message).pb(message))


Sandboxes.TestCase.settings = settings(
    max_examples=int(os.environ.get("PROOF_EXAMPLES", "8")),
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
test_random_histories = Sandboxes.TestCase
