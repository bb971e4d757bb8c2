"""The services that exist: titles, what enabling them demands, and which others they need.

A part of the public catalog, enough for what an onboarding meets. Titles as Google's answers and
`gcloud services list --available` show them. That a service demands billing is attested for the two marked
so (a real `gcloud services list --format=json` shows `billing-enabled` in aiplatform's requirements; compute:
https://github.com/kyegomez/zeta/issues/71); needs are those that real errors of `disable` have named.
https://github.com/googleapis/googleapis/blob/master/google/api/usage.proto
"""

from __future__ import annotations

from typing import Final

_TITLES: Final = {
    "accesscontextmanager": "Access Context Manager API",
    "aiplatform": "Agent Platform API",
    "apigee": "Apigee API",
    "apphub": "App Hub API",
    "artifactregistry": "Artifact Registry API",
    "bigquery": "BigQuery API",
    "bigquerystorage": "BigQuery Storage API",
    "billingbudgets": "Cloud Billing Budget API",
    "ces": "Customer Engagement Suite API",
    "cloudapis": "Google Cloud APIs",
    "cloudasset": "Cloud Asset API",
    "cloudbilling": "Cloud Billing API",
    "cloudbuild": "Cloud Build API",
    "cloudcommerceconsumerprocurement": "Cloud Commerce Consumer Procurement API",
    "cloudfunctions": "Cloud Functions API",
    "cloudkms": "Google Cloud KMS API",
    "cloudquotas": "Cloud Quotas API",
    "cloudresourcemanager": "Cloud Resource Manager API",
    "cloudtrace": "Cloud Trace API",
    "compute": "Compute Engine API",
    "contactcenterinsights": "Contact Center AI Insights API",
    "container": "Kubernetes Engine API",
    "datastore": "Cloud Datastore API",
    "dns": "Cloud DNS API",
    "generativelanguage": "Generative Language API",
    "iam": "Identity and Access Management (IAM) API",
    "iamcredentials": "IAM Service Account Credentials API",
    "logging": "Cloud Logging API",
    "ml": "AI Platform Training & Prediction API",
    "monitoring": "Cloud Monitoring API",
    "notebooks": "Notebooks API",
    "orgpolicy": "Organization Policy API",
    "pubsub": "Cloud Pub/Sub API",
    "run": "Cloud Run Admin API",
    "runtimeconfig": "Cloud Runtime Configuration API",
    "secretmanager": "Secret Manager API",
    "servicemanagement": "Service Management API",
    "servicenetworking": "Service Networking API",
    "serviceusage": "Service Usage API",
    "sql-component": "Cloud SQL",
    "sqladmin": "Cloud SQL Admin API",
    "storage": "Cloud Storage API",
    "storage-api": "Google Cloud Storage JSON API",
    "storage-component": "Cloud Storage",
    "sts": "Security Token Service API",
}

TITLES: Final = {f"{name}.googleapis.com": title for name, title in _TITLES.items()}

BILLED: Final = frozenset({"aiplatform.googleapis.com", "compute.googleapis.com"})

_DEPENDENCIES: Final = {
    "bigquerystorage": ("bigquery",),
    "ces": ("contactcenterinsights",),
    "cloudapis": (
        "bigquery",
        "cloudtrace",
        "datastore",
        "logging",
        "monitoring",
        "servicemanagement",
        "serviceusage",
        "sql-component",
        "storage",
        "storage-api",
        "storage-component",
    ),
    "container": ("compute",),
}

DEPENDENCIES: Final = {
    f"{name}.googleapis.com": tuple(f"{each}.googleapis.com" for each in needed)
    for name, needed in _DEPENDENCIES.items()
}


def with_dependencies(services: list[str]) -> list[str]:
    """Return services and all that they need, what is needed first, each once."""
    found: dict[str, None] = {}

    def visit(service: str) -> None:
        for needed in DEPENDENCIES.get(service, ()):
            visit(needed)
        found[service] = None

    for service in services:
        visit(service)
    return list(found)


def needed_by(service: str) -> list[str]:
    """Return the services that need this one, directly or through others."""
    return [each for each in TITLES if each != service and service in with_dependencies([each])]
