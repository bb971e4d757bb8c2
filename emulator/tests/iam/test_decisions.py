"""What `setIamPolicy` takes and refuses: a table of decisions with their sources, over REST and gRPC.

A row adds one binding to a freshly read policy; `before` names what happens first. The rows are one story: what one
row makes is there for those after it, and a binding that was taken is taken out again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pytest
import requests
from gcp_emulator.server import Running, running
from google.iam.v1 import iam_policy_pb2, policy_pb2  # type: ignore[import-untyped] # ships no types
from google.protobuf import json_format

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROWS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "decisions.json").read_text("utf-8"))
ALTERNATIVE = "does not exist in the resource's hierarchy."
ACCOUNT = "ci-deploy@shop-prod.iam.gserviceaccount.com"
NAMES = {
    "project": "projects/shop-prod",
    "folder": "folders/200000000001",
    "organization": "organizations/100000000001",
    "billing account": "billingAccounts/0A1B2C-3D4E5F-678901",
    "service account": f"projects/shop-prod/serviceAccounts/{ACCOUNT}",
}
REST = {"billing account": "/v1/", "service account": "/v1/"}
RPC = {
    "project": "google.cloud.resourcemanager.v3.Projects",
    "folder": "google.cloud.resourcemanager.v3.Folders",
    "organization": "google.cloud.resourcemanager.v3.Organizations",
    "billing account": "google.cloud.billing.v1.CloudBilling",
    "service account": "google.iam.admin.v1.IAM",
}
SEED = {
    "organizations": {"example.com": {"id": "100000000001"}},
    "folders": {"teams": {"parent": "example.com", "id": "200000000001"}},
    "billing_accounts": {"main": {"id": "0A1B2C-3D4E5F-678901", "parent": "example.com"}},
    "projects": {
        "shop-prod": {
            "parent": "teams",
            "number": "300000000001",
            "billing": "main",
            "services": ["aiplatform.googleapis.com", "iam.googleapis.com"],
            "service_accounts": {"ci-deploy": {}},
            "policy": [{"role": "roles/viewer", "members": ["user:vera@example.com"]}],
        }
    },
    "groups": {"shop@example.com": ["user:ann@example.com"]},
}


@dataclass
class World:
    """An emulator and how it is asked."""

    running: Running
    transport: str
    version: int = 3
    token: str = ""
    interfere: bool = False
    etag: str = ""
    session: requests.Session = field(default_factory=requests.Session)

    def rest(self, path: str, body: Any, *, verb: str = "POST", token: str = "") -> tuple[int, Any]:
        headers = {"authorization": f"Bearer {token or self.running['token']}"}
        answer = self.session.request(verb, self.running["rest_url"] + path, json=body, headers=headers, timeout=30)
        return answer.status_code, answer.json()

    def policy(self, level: str, verb: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Call `getIamPolicy` or `setIamPolicy`; a policy, or the sentence of the error."""
        if self.transport == "rest":
            if verb == "get" and level == "billing account":
                path = f"/v1/{NAMES[level]}:getIamPolicy?options.requestedPolicyVersion=3"
                status, answer = self.rest(path, None, verb="GET", token=self.token)
            else:
                path = f"{REST.get(level, '/v3/')}{NAMES[level]}:{verb}IamPolicy"
                status, answer = self.rest(path, body, token=self.token)
            return status, answer if status == 200 else answer["error"]["message"]
        message = iam_policy_pb2.GetIamPolicyRequest if verb == "get" else iam_policy_pb2.SetIamPolicyRequest
        request = json_format.ParseDict({**body, "resource": NAMES[level]}, message())
        with grpc.insecure_channel(self.running["grpc_target"]) as channel:
            call = channel.unary_unary(
                f"/{RPC[level]}/{verb.capitalize()}IamPolicy",
                request_serializer=message.SerializeToString,
                response_deserializer=policy_pb2.Policy.FromString,
            )
            bearer = ("authorization", f"Bearer {self.token or self.running['token']}")
            try:
                return 200, json_format.MessageToDict(call(request, metadata=(bearer,), timeout=30))
            except grpc.RpcError as error:
                found: Any = error
                return HTTP[found.code()], found.details()

    def read(self, level: str) -> Any:
        status, policy = self.policy(level, "get", {"options": {"requestedPolicyVersion": 3}})
        assert status == 200, policy
        return policy


HTTP = {
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.FAILED_PRECONDITION: 400,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.ABORTED: 409,
}
POOL = "/v1/projects/shop-prod/locations/global/workloadIdentityPools?workloadIdentityPoolId=github"
OWN = {"allowedValues": ["principalSet://iam.googleapis.com/organizations/100000000001"]}


def done(answer: tuple[int, Any]) -> None:
    assert answer[0] == 200, answer


def conditional(world: World) -> None:
    """Put a binding with a condition into the project's policy, and send version 1 from now on."""
    policy = world.read("project")
    binding = {
        "role": "roles/browser",
        "members": ["user:ann@example.com"],
        "condition": {"title": "always", "expression": "true"},
    }
    policy = {**policy, "version": 3, "bindings": [*policy["bindings"], binding]}
    done(world.policy("project", "set", {"policy": policy}))


def agent(world: World) -> None:
    path = "/v1beta1/projects/300000000001/services/aiplatform.googleapis.com:generateServiceIdentity"
    done(world.rest(path, {}))


def org_policy(world: World, constraint: str, rule: dict[str, Any]) -> None:
    world.rest("/v2/projects/shop-prod/policies/iam.allowedPolicyMemberDomains", None, verb="DELETE")
    name = f"projects/shop-prod/policies/{constraint}"
    done(world.rest("/v2/projects/shop-prod/policies", {"name": name, "spec": {"rules": [rule]}}))


def pool(world: World) -> None:
    done(world.rest(POOL, {}))
    world.running.advance(10)


def as_viewer(world: World) -> None:
    for name in ("iam.allowedPolicyMemberDomains", "iam.managed.allowedPolicyMembers"):
        world.rest(f"/v2/projects/shop-prod/policies/{name}", None, verb="DELETE")
    world.token = world.running.token_for("user:vera@example.com")


BEFORE: dict[str, Callable[[World], None]] = {
    "make the account fresh": lambda world: done(
        world.rest("/v1/projects/shop-prod/serviceAccounts", {"accountId": "fresh1"})
    ),
    "wait a minute": lambda world: world.running.advance(60),
    "generate the identity of Vertex AI": agent,
    "make the pool": pool,
    "put a conditional binding": conditional,
    "write in between": lambda world: setattr(world, "interfere", True),
    "allow the own domain alone": lambda world: org_policy(world, "iam.allowedPolicyMemberDomains", {"values": OWN}),
    "allow the own principals alone": lambda world: org_policy(
        world,
        "iam.managed.allowedPolicyMembers",
        {
            "enforce": True,
            "parameters": {"allowedPrincipalSets": [f"//cloudresourcemanager.googleapis.com/{NAMES['organization']}"]},
        },
    ),
    "call as a viewer": as_viewer,
}


@pytest.fixture(params=["rest", "grpc"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with running(clock=0, seed_file=SEED) as started:
        made = World(started, request.param)
        role = {"role": {"title": "Asks", "includedPermissions": ["aiplatform.endpoints.predict"], "stage": "GA"}}
        for parent, name in (
            ("projects/shop-prod", "chatCaller"),
            ("projects/shop-prod", "custom.vertex.prediction"),
            ("organizations/100000000001", "chatCaller"),
        ):
            done(made.rest(f"/v1/{parent}/roles", {**role, "roleId": name}))
        with made.session:
            yield made


def decide(world: World, row: dict[str, Any]) -> tuple[int, Any]:
    """Add the row's binding, and take it out again if it was taken."""
    token, world.token = world.token, ""
    before = world.read(row["level"])
    if world.interfere:
        world.interfere = False
        done(world.policy(row["level"], "set", {"policy": {**before, "auditConfigs": []}}))
    binding = {"role": row["role"], "members": [row["member"]]}
    kept = before.get("bindings", [])
    if row.get("version") == 1:
        kept = [{name: each[name] for name in ("role", "members")} for each in kept]
    if "condition" in row:
        binding["condition"] = row["condition"]
    world.token = token
    policy = {**before, "version": row.get("version", 3), "bindings": [*kept, binding]}
    status, answer = world.policy(row["level"], "set", {"policy": policy})
    world.token = ""
    if status == 200:
        done(world.policy(row["level"], "set", {"policy": {**before, "version": 3, "etag": answer["etag"]}}))
    world.token = token
    return status, answer


def test_a_policy_takes_and_refuses_what_google_does(world: World) -> None:
    wrong = []
    for row in ROWS:
        if "before" in row:
            BEFORE[row["before"]](world)
        status, answer = decide(world, row)
        said = str(answer) if status != 200 else ""
        wanted = row.get("sentence", "")
        fits = (
            not wanted
            or said.startswith(wanted.rstrip("…"))
            or ("not supported" in wanted and said.endswith(ALTERNATIVE))
        )
        if status != row["status"] or not fits:
            wrong.append((row["id"], status, said))
    assert not wrong


def test_every_row_says_where_it_comes_from() -> None:
    assert all(row["source"] for row in ROWS)
    assert len({row["id"] for row in ROWS}) == len(ROWS)
