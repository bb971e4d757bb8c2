"""Policies and limits that are in force, seen before anything was refused for them."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Request, allow

_ALLOW: Final = "gcloud org-policies describe {constraint} --project={project_id} --effective"

ROWS: Final = (
    Diagnosis(
        key="MODEL_NOT_ALLOWED_BY_POLICY",
        fix_owner="admin",
        source="https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/control-model-access",
        cause="The organization policy {constraint} in force for {project_id} does not allow {model}.",
        fix="ask an organization policy administrator to add `{value}` to the allowed values of {constraint}; what is in force now: "
        + _ALLOW,
        request=allow(
            "vertexai.allowedModels",
            "{value}",
            reason="{principal} needs the model {model}, and the policy does not allow it",
        ),
        triggered_by=("policy.models",),
        explains=("ALLOWED_MODELS",),
    ),
    Diagnosis(
        key="SERVICES_FORBIDDEN_BY_POLICY",
        fix_owner="admin",
        source="https://cloud.google.com/resource-manager/docs/organization-policy/restricting-resources",
        cause="The organization policy {constraint} in force for {project_id} forbids {forbidden}; enabling works anyway, using does not.",
        fix="ask an organization policy administrator to allow {forbidden} (and cloudcommerceconsumerprocurement.googleapis.com, without which open models cannot be enabled) in {constraint}; what is in force now: "
        + _ALLOW,
        request=allow(
            "gcp.restrictServiceUsage",
            "{forbidden}",
            reason="{principal} needs these services, and every call to them will be refused",
        ),
        triggered_by=("policy.services",),
        explains=("RESOURCE_USAGE_RESTRICTION_VIOLATED",),
    ),
    Diagnosis(
        key="LOCATION_FORBIDDEN_BY_POLICY",
        fix_owner="admin",
        source="https://cloud.google.com/resource-manager/docs/organization-policy/defining-locations",
        cause="The organization policy {constraint} in force for {project_id} allows no resources in {outside}: endpoints there cannot be made.",
        fix="use a location that is allowed (`--endpoint-location`), or ask an organization policy administrator; what is in force now: "
        + _ALLOW,
        request=allow(
            "gcp.resourceLocations",
            "{outside}",
            reason="{principal} has to make endpoints there, and the policy refuses it",
        ),
        triggered_by=("policy.locations",),
    ),
    Diagnosis(
        key="QUOTA_IS_ZERO",
        fix_owner="admin",
        source="https://docs.cloud.google.com/docs/quotas/view-manage",
        cause="{metric} is limited to 0 in a minute for {project_id}: every request counts as too many.",
        fix="ask for more: https://console.cloud.google.com/iam-admin/quotas?project={project_id} (filter by the metric {metric}; needs roles/servicemanagement.quotaAdmin)",
        request=Request(
            ask="ask for a larger quota of {metric} (needs roles/servicemanagement.quotaAdmin), for {principal}",
            reason="it is limited to 0, so every request counts as too many",
            command="https://console.cloud.google.com/iam-admin/quotas?project={project_id}   (filter by the metric {metric}, then Edit)",
        ),
        triggered_by=("quota.limits",),
        explains=("MODEL_QUOTA", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED", "SHARED_CAPACITY"),
    ),
)
