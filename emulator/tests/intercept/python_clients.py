"""Run by test_programs.py: Google's clients on their default endpoints; prints what each of them got as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import openai
from google.api.httpbody_pb2 import HttpBody  # type: ignore[import-untyped] # has no types
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import (
    aiplatform_v1beta1,
    cloudquotas_v1,
    iam_admin_v1,
    iam_credentials_v1,
    orgpolicy_v2,
    resourcemanager_v3,
)
from google.cloud.billing import budgets_v1

PROJECT = "projects/sandbox-ready"
CHAT = {"messages": [{"role": "user", "content": "hi"}]}
MODEL = "openai/gpt-oss-120b-maas"


def main(dedicated: str, account: str) -> None:
    found: dict[str, Any] = {}
    found["grpc"] = resourcemanager_v3.ProjectsClient().get_project(name=PROJECT).project_id
    found["rest"] = resourcemanager_v3.ProjectsClient(transport="rest").get_project(name=PROJECT).project_id
    found["grpc_asyncio"] = asyncio.run(_asyncio())
    regional = {"api_endpoint": "us-central1-aiplatform.googleapis.com"}
    endpoints = aiplatform_v1beta1.EndpointServiceClient(client_options=regional)
    listed = endpoints.list_endpoints(parent=f"{PROJECT}/locations/us-central1")
    found["endpoints"] = [each.display_name for each in listed]
    try:
        endpoints.list_endpoints(parent="projects/sandbox-empty/locations/us-central1")
    except GoogleAPICallError as error:
        found["error"] = [type(error).__name__, error.reason]
    found["beside"] = _beside(account)
    found["stream"] = _stream()
    found["dedicated"] = _dedicated(dedicated)
    try:
        elsewhere = {"api_endpoint": "cloudbilling.googleapis.com"}
        resourcemanager_v3.ProjectsClient(client_options=elsewhere).get_project(name=PROJECT, retry=None)
    except GoogleAPICallError as error:
        found["elsewhere"] = str(error)
    chat = openai.OpenAI().chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "hi"}])
    found["openai"] = chat.choices[0].message.content
    print(json.dumps(found))  # noqa: T201 - that is what it is run for


async def _asyncio() -> str:
    project = await resourcemanager_v3.ProjectsAsyncClient().get_project(name=PROJECT)
    return str(project.project_id)


def _beside(account: str) -> list[Any]:
    """What the clients of the APIs beside the project's way get, each at its own host."""
    iam = iam_admin_v1.IAMClient()
    robot = iam.create_service_account({"name": PROJECT, "account_id": "robot-one"})
    key = json.loads(iam.create_service_account_key(name=robot.name).private_key_data)
    member = "serviceAccount:owner@sandbox-host.iam.gserviceaccount.com"
    policy = {"bindings": [{"role": "roles/iam.serviceAccountTokenCreator", "members": [member]}]}
    iam.set_iam_policy(request={"resource": robot.name, "policy": policy})
    name = f"projects/-/serviceAccounts/{robot.email}"
    signed = iam_credentials_v1.IAMCredentialsClient().sign_blob(name=name, payload=b"hello")
    limits = f"{PROJECT}/locations/global/services/aiplatform.googleapis.com"
    budget = {"display_name": "Mine", "amount": {"last_period_amount": {}}}
    return [
        key["token_uri"],
        len(signed.signed_blob),
        orgpolicy_v2.OrgPolicyClient().get_effective_policy(name=f"{PROJECT}/policies/gcp.resourceLocations").name
        != "",
        budgets_v1.BudgetServiceClient().create_budget({"parent": account, "budget": budget}).display_name,
        len(list(cloudquotas_v1.CloudQuotasClient().list_quota_infos(parent=limits))) > 1,
    ]


def _stream() -> bool:
    client = aiplatform_v1beta1.PredictionServiceClient()
    body = HttpBody(content_type="application/json", data=json.dumps({**CHAT, "model": MODEL, "stream": True}).encode())
    endpoint = f"{PROJECT}/locations/global/endpoints/openapi"
    parts = list(client.chat_completions(endpoint=endpoint, http_body=body))
    return len(parts) > 2 and parts[-1].data.endswith(b"data: [DONE]\n\n")


def _dedicated(host: str) -> bool:
    region = {"api_endpoint": "europe-west4-aiplatform.googleapis.com"}
    [endpoint] = aiplatform_v1beta1.EndpointServiceClient(client_options=region).list_endpoints(
        parent=f"{PROJECT}/locations/europe-west4"
    )
    client = aiplatform_v1beta1.PredictionServiceClient(client_options={"api_endpoint": host})
    body = HttpBody(content_type="application/json", data=json.dumps(CHAT).encode())
    return any(b"assistant" in part.data for part in client.chat_completions(endpoint=endpoint.name, http_body=body))


main(*sys.argv[1:])
