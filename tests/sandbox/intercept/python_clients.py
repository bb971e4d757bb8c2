"""Run by test_programs.py: Google's clients on their default endpoints; prints what each of them got as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import openai
from google.api.httpbody_pb2 import HttpBody  # type: ignore[import-untyped] # has no types
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import aiplatform_v1beta1, resourcemanager_v3

PROJECT = "projects/sandbox-ready"
CHAT = {"messages": [{"role": "user", "content": "hi"}]}
MODEL = "openai/gpt-oss-120b-maas"


def main(dedicated: str) -> None:
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
        found["refusal"] = [type(error).__name__, error.reason]
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


main(sys.argv[1])
