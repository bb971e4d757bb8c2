"""Which service agent comes into being when: by enabling an API, by asking for it, or only with the first use.

https://docs.cloud.google.com/iam/docs/service-agents lists them;
https://docs.cloud.google.com/iam/docs/create-service-agents says which of them `gcloud beta services identity create`
makes. Those of Vertex AI beside its first one are made with the first job of their kind (read 2026-11-30):
https://github.com/GoogleCloudPlatform/cloud-foundation-fabric/issues/3998
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

Making = Literal["by command", "by first use", "with its API"]

# Names that are older than the rule `gcp-sa-SERVICE`.
_SERVICES: Final = {
    "gcf-admin-robot": "cloudfunctions",
    "compute-system": "compute",
    "container-engine-robot": "container",
    "serverless-robot-prod": "run",
    "container-analysis": "containeranalysis",
    "containerregistry": "containerregistry",
    "cloud-redis": "redis",
    "cloud-filer": "file",
    "cloud-tpu": "tpu",
    "dataflow-service-producer-prod": "dataflow",
    "dataproc-accounts": "dataproc",
    "cloudcomposer-accounts": "composer",
    "cloud-ml.google.com": "ml",
    "gcp-gae-service": "appengine",
    "gcp-sa-apigateway-mgmt": "apigateway",
    "gcp-sa-artifactregistry": "artifactregistry",
    "gcp-sa-cloud-sql": "sqladmin",
    "gcp-sa-gkehub": "gkehub",
    "gcp-sa-iap": "iap",
    "gcp-sa-logging": "logging",
    "gcp-sa-cloudbuild": "cloudbuild",
    "bigquery-encryption": "bigquery",
    "gs-project-accounts": "storage",
}
# The end of the account's domain, and the first use that makes it.
_FIRST_USES: Final = {
    "gcp-sa-aiplatform-cc": "the first custom training job or custom container of Vertex AI",
    "gcp-sa-aiplatform-re": "the first agent that is deployed to Agent Engine",
    "gcp-sa-aiplatform-vm": "the first notebook or workbench of Vertex AI",
    "gcp-sa-vertex-moss-ft": "the first tuning job of Vertex AI",
    "gcp-sa-vertex-tune": "the first tuning job of Vertex AI",
    "gcp-sa-vertex-rag": "the first corpus of Vertex AI's RAG Engine",
    "gcp-sa-vertex-eval": "the first evaluation of Vertex AI",
    "gcp-sa-vertex-bp": "the first batch prediction of Vertex AI",
    "gcp-sa-vertex-mm": "the first model monitoring job of Vertex AI",
    "gcp-sa-vertex-ex": "the first extension of Vertex AI",
    "gcp-sa-vertex-ex-cc": "the first code interpreter extension of Vertex AI",
    "gcp-sa-vertex-nb": "the first notebook execution of Vertex AI",
    "gcp-sa-vertex-op": "the first online prediction of Vertex AI",
    "gs-project-accounts": "the first use of Cloud Storage (or: gcloud storage service-agent)",
    "bigquery-encryption": "the first use of BigQuery (or: bq show --encryption_service_account)",
}
_WITH_API: Final = (
    (r"^\d+-compute@developer\.gserviceaccount\.com$", "compute.googleapis.com"),
    (r"^\d+@cloudbuild\.gserviceaccount\.com$", "cloudbuild.googleapis.com"),
    (r"^\d+@cloudservices\.gserviceaccount\.com$", "compute.googleapis.com"),
    (r"@appspot\.gserviceaccount\.com$", "appengine.googleapis.com"),
)


@dataclass(frozen=True, kw_only=True)
class ServiceAgent:
    """An account that Google makes, and how it comes into being.

    Attributes:
        service: the API that it belongs to.
        making: how it is made.
        first_use: what makes it, where that is a use; empty else.
        number: the project's number, where the address holds it.
    """

    service: str
    making: Making
    first_use: str = ""
    number: str = ""


def agent(email: str) -> ServiceAgent | None:
    """Return what is known of a service agent or a default account; None for an account that someone makes."""
    for pattern, service in _WITH_API:
        if re.search(pattern, email):
            digits = re.match(r"\d+", email)
            return ServiceAgent(service=service, making="with its API", number=digits[0] if digits else "")
    found = re.fullmatch(r"(?:service-|p)?(\d+)(?:-\w+)?@([\w.-]+?)(?:\.iam)?\.gserviceaccount\.com", email)
    if not found or not (email.startswith("service-") or found[2].startswith("gcp-sa-")):
        return None
    number, domain = found[1], found[2]
    first_use = _FIRST_USES.get(domain, "")
    if not first_use and re.match(r"gcp-sa-(?:vertex|aiplatform)-", domain):
        first_use = "the first job of its kind in Vertex AI"
    if first_use:
        service = "aiplatform" if "vertex" in domain or "aiplatform" in domain else _SERVICES.get(domain, domain)
        return ServiceAgent(
            service=f"{service}.googleapis.com", making="by first use", first_use=first_use, number=number
        )
    service = _SERVICES.get(domain) or domain.removeprefix("gcp-sa-")
    return ServiceAgent(service=f"{service}.googleapis.com", making="by command", number=number)
