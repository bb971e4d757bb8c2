"""Ask by hand what `provision check` asks, one after the other: the peer it is measured against.

    GOOGLE_APPLICATION_CREDENTIALS=… python benchmarks/by_hand.py BASE_URL PROJECT

The shortest script a person would write with the same libraries, imported the ordinary way.
"""

import sys
from typing import Any

import google.auth
from google.api_core.exceptions import GoogleAPICallError
from google.auth.transport.requests import Request
from google.cloud import aiplatform_v1, billing_v1, resourcemanager_v3, service_usage_v1
from openai import OpenAI

MODEL = "openai/gpt-oss-120b-maas"
SERVICES = ("aiplatform", "cloudbilling", "cloudresourcemanager", "serviceusage")

base, project = sys.argv[1], f"projects/{sys.argv[2]}"
credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
credentials.refresh(Request())  # type: ignore[no-untyped-call] # google-auth ships no types
where: dict[str, Any] = {"credentials": credentials, "transport": "rest", "client_options": {"api_endpoint": base}}

print(resourcemanager_v3.ProjectsClient(**where).get_project(name=project).state)
print(billing_v1.CloudBillingClient(**where).get_project_billing_info(name=project).billing_enabled)

names = [f"{project}/services/{service}.googleapis.com" for service in SERVICES]
services = service_usage_v1.ServiceUsageClient(**where)
print(*(each.state for each in services.batch_get_services(request={"parent": project, "names": names}).services))

endpoints = aiplatform_v1.EndpointServiceClient(**where)
print(*(each.name for each in endpoints.list_endpoints(parent=f"{project}/locations/us-central1")))

try:
    models = aiplatform_v1.ModelGardenServiceClient(**where)
    print(models.get_publisher_model(name=MODEL.replace("openai/", "publishers/openai/models/")).launch_stage)
except GoogleAPICallError as error:
    print(error)

chat = OpenAI(base_url=f"{base}/v1/{project}/locations/global/endpoints/openapi", api_key=credentials.token)
for chunk in chat.chat.completions.create(
    model=MODEL,
    messages=[{"role": "user", "content": "In one short sentence: what is a cloud?"}],
    max_tokens=1024,
    stream=True,
):
    print(chunk.choices[0].delta.content or "", end="")
