"""What a denied call asks for: the permission or the role, in whatever words it is named, or by what was being done.

Google's APIs word a missing permission in dozens of ways. What makes a dotted name a permission is that some role
holds it (`provision.catalog.roles`), not the words around it.
"""

from __future__ import annotations

import re
from typing import Final

from provision.catalog import roles

_EMAIL: Final = r"[\w.+-]+@[\w.-]+\w"
# A role that is asked for by its name, and who is to have it.
_ROLE_NAMED: Final = re.compile(
    r"(?:grant(?:ed|ing)?|has|have|having|role|assigned?|give|needs?|ensure|permissions? in)\b[^.;]{0,160}?(?P<named_role>\broles/[\w.]+\w)",
    re.IGNORECASE,
)
_WHO_NEEDS: Final = (
    rf"(?:[Pp]lease give|[Gg]rant|[Ee]nsure that|granted to|[Mm]ake sure that|verify that)\b[^.;]{{0,120}}?(?P<principal>{_EMAIL})",
    rf"(?:for [Rr]evision|controller|build|runtime|the|using) service account:? [\"'`]?(?P<principal>{_EMAIL})",
    rf"(?:[Ss]ervice [Aa]gent|[Ss]ervice [Aa]ccount) (?P<principal>{_EMAIL}) (?:must|needs|does not|lacks|should|is missing)",
    rf"(?P<principal>{_EMAIL}) (?:must have|needs|should have|has) (?:the |permission)",
)
_TOKEN: Final = re.compile(r"(?<![\w./@-])[a-z][a-zA-Z]+(?:\.[a-zA-Z]\w*){2,3}(?![\w@-]|\.[a-z])")
_DENIED: Final = re.compile(
    r"denied|missing|\black|requir|does not have|do not have|doesn't have|not authorized|forbidden|insufficient|[Ee]nsure that|must have|without",
    re.IGNORECASE,
)
# Programs of Go drop the permission, and say what they were about to do.
_DOING: Final = (
    (r"retrieving IAM policy for project", "resourcemanager.projects.getIamPolicy"),
    (r"retrieving IAM policy for folder", "resourcemanager.folders.getIamPolicy"),
    (r"retrieving IAM policy for organization", "resourcemanager.organizations.getIamPolicy"),
    (r"retrieving IAM policy for service account", "iam.serviceAccounts.getIamPolicy"),
    (r"(setting|applying) IAM policy for project", "resourcemanager.projects.setIamPolicy"),
    (r"(setting|applying) IAM policy for folder", "resourcemanager.folders.setIamPolicy"),
    (r"(setting|applying) IAM policy for organization", "resourcemanager.organizations.setIamPolicy"),
    (r"(setting|applying) IAM policy for service account", "iam.serviceAccounts.setIamPolicy"),
    (r"(setting|updating) billing (account|info)", "billing.resourceAssociations.create"),
    (r"creating project", "resourcemanager.projects.create"),
    (r"creating folder", "resourcemanager.folders.create"),
    (r"creating service account(?! key)", "iam.serviceAccounts.create"),
    (r"creating service account key", "iam.serviceAccountKeys.create"),
    (r"reading (or editing )?project\b(?! service)", "resourcemanager.projects.get"),
    (r"reading (or editing )?folder", "resourcemanager.folders.get"),
    (r"reading (or editing )?service account\b", "iam.serviceAccounts.get"),
)
_VERBS: Final = {
    "getIamPolicy": "resourcemanager.{kind}.getIamPolicy",
    "setIamPolicy": "resourcemanager.{kind}.setIamPolicy",
    "undelete": "resourcemanager.{kind}.undelete",
    "getAncestry": "resourcemanager.{kind}.get",
    "move": "resourcemanager.{kind}.move",
    "testIamPermissions": "resourcemanager.{kind}.get",
    "setOrgPolicy": "orgpolicy.policy.set",
    "clearOrgPolicy": "orgpolicy.policy.set",
    "getOrgPolicy": "orgpolicy.policy.get",
    "getEffectiveOrgPolicy": "orgpolicy.policy.get",
    "listOrgPolicies": "orgpolicy.policies.list",
    "listAvailableOrgPolicyConstraints": "orgpolicy.constraints.list",
}
"""What gcloud adds to a project's id where a method of Resource Manager v1 refused, and the permission it asks for.

https://docs.cloud.google.com/resource-manager/docs/access-control-proj#permissions_and_methods
"""
_OF_COMMAND: Final = {
    "projects.delete": "resourcemanager.projects.delete",
    "projects.update": "resourcemanager.projects.update",
    "projects.undelete": "resourcemanager.projects.undelete",
    "projects.get-iam-policy": "resourcemanager.projects.getIamPolicy",
    "projects.set-iam-policy": "resourcemanager.projects.setIamPolicy",
    "projects.add-iam-policy-binding": "resourcemanager.projects.setIamPolicy",
    "projects.remove-iam-policy-binding": "resourcemanager.projects.setIamPolicy",
    "projects.describe": "resourcemanager.projects.get",
    "projects.get-ancestors": "resourcemanager.projects.get",
}

_OF_RESOURCE: Final = {
    "google_project": "resourcemanager.projects.create",
    "google_folder": "resourcemanager.folders.create",
    "google_project_service": "serviceusage.services.enable",
    "google_project_service_identity": "serviceusage.services.enable",
    "google_service_account": "iam.serviceAccounts.create",
    "google_service_account_access_token": "iam.serviceAccounts.getAccessToken",
    "google_service_account_id_token": "iam.serviceAccounts.getOpenIdToken",
    "google_service_account_jwt": "iam.serviceAccounts.signJwt",
    "google_service_account_key": "iam.serviceAccountKeys.create",
    "google_project_iam_custom_role": "iam.roles.create",
    "google_organization_iam_custom_role": "iam.roles.create",
    "google_project_organization_policy": "orgpolicy.policy.set",
    "google_folder_organization_policy": "orgpolicy.policy.set",
    "google_organization_policy": "orgpolicy.policy.set",
    "google_org_policy_policy": "orgpolicy.policies.create",
    "google_org_policy_custom_constraint": "orgpolicy.customConstraints.create",
    "google_iam_workload_identity_pool": "iam.workloadIdentityPools.create",
    "google_iam_workload_identity_pool_provider": "iam.workloadIdentityPoolProviders.create",
    "google_tags_tag_key": "resourcemanager.tagKeys.create",
    "google_tags_tag_value": "resourcemanager.tagValues.create",
    "google_tags_tag_binding": "resourcemanager.tagValueBindings.create",
    "google_billing_budget": "billing.budgets.create",
    "google_compute_shared_vpc_host_project": "compute.organizations.enableXpnHost",
    "google_compute_shared_vpc_service_project": "compute.organizations.enableXpnResource",
    "google_access_context_manager_access_policy": "accesscontextmanager.policies.create",
    "google_access_context_manager_access_level": "accesscontextmanager.accessLevels.create",
    "google_access_context_manager_service_perimeter": "accesscontextmanager.servicePerimeters.create",
    "google_essential_contacts_contact": "essentialcontacts.contacts.create",
    "google_logging_project_sink": "logging.sinks.create",
    "google_logging_folder_sink": "logging.sinks.create",
    "google_logging_organization_sink": "logging.sinks.create",
    "google_apikeys_key": "apikeys.keys.create",
    "google_kms_key_ring": "cloudkms.keyRings.create",
    "google_kms_crypto_key": "cloudkms.cryptoKeys.create",
    "google_secret_manager_secret": "secretmanager.secrets.create",
    "google_artifact_registry_repository": "artifactregistry.repositories.create",
    "google_cloudbuild_trigger": "cloudbuild.builds.create",
    "google_cloud_run_service": "run.services.create",
    "google_cloud_run_v2_service": "run.services.create",
    "google_cloudfunctions_function": "cloudfunctions.functions.create",
    "google_cloudfunctions2_function": "cloudfunctions.functions.create",
    "google_cloud_scheduler_job": "cloudscheduler.jobs.create",
    "google_container_cluster": "container.clusters.create",
    "google_sql_database_instance": "cloudsql.instances.create",
    "google_storage_bucket": "storage.buckets.create",
    "google_pubsub_topic": "pubsub.topics.create",
    "google_vertex_ai_endpoint": "aiplatform.endpoints.create",
}
"""What making a resource of Terraform asks for; the permission to read it is of the same roles."""
_OF_GCLOUD: Final = {
    "builds.submit": "cloudbuild.builds.create",
    "builds.triggers.create": "cloudbuild.builds.create",
    "run.deploy": "run.services.create",
    "run.services.update": "run.services.update",
    "functions.deploy": "cloudfunctions.functions.create",
    "app.deploy": "appengine.versions.create",
    "app.create": "appengine.applications.create",
    "services.enable": "serviceusage.services.enable",
    "services.list": "serviceusage.services.list",
    "iam.service-accounts.create": "iam.serviceAccounts.create",
    "iam.service-accounts.keys.create": "iam.serviceAccountKeys.create",
    "iam.service-accounts.add-iam-policy-binding": "iam.serviceAccounts.setIamPolicy",
    "iam.roles.create": "iam.roles.create",
    "iam.workload-identity-pools.create": "iam.workloadIdentityPools.create",
    "iam.workload-identity-pools.providers.create-oidc": "iam.workloadIdentityPoolProviders.create",
    "org-policies.set-policy": "orgpolicy.policies.create",
    "org-policies.describe": "orgpolicy.policy.get",
    "resource-manager.folders.create": "resourcemanager.folders.create",
    "resource-manager.tags.keys.create": "resourcemanager.tagKeys.create",
    "resource-manager.tags.bindings.create": "resourcemanager.tagValueBindings.create",
    "projects.create": "resourcemanager.projects.create",
    "organizations.add-iam-policy-binding": "resourcemanager.organizations.setIamPolicy",
    "container.clusters.create": "container.clusters.create",
    "artifacts.repositories.create": "artifactregistry.repositories.create",
    "secrets.create": "secretmanager.secrets.create",
    "secrets.versions.access": "secretmanager.versions.access",
    "sql.instances.create": "cloudsql.instances.create",
    "scheduler.jobs.create.http": "cloudscheduler.jobs.create",
    "logging.read": "logging.logEntries.list",
    "kms.keyrings.create": "cloudkms.keyRings.create",
    "kms.keys.create": "cloudkms.cryptoKeys.create",
    "pubsub.topics.create": "pubsub.topics.create",
    "storage.buckets.create": "storage.buckets.create",
    "ai.endpoints.create": "aiplatform.endpoints.create",
    "ai.endpoints.list": "aiplatform.endpoints.list",
}
"""What a command of gcloud asks for first, where its API says no more than that the caller may not."""


def permission_of_call(command: str, resource: str) -> str:
    """Return the permission that a command of gcloud, or making a resource of Terraform, asks for; empty if unknown.

    Args:
        command: such as ``gcloud builds submit``, with or without quotes.
        resource: the type of Terraform's resource, such as ``google_project_service``.
    """
    name = re.sub(r"^gcloud (?:alpha |beta )?", "", command.strip("`")).replace(" ", ".")
    of_policy = re.fullmatch(r"google_(project|folder|organization)_iam_\w+", resource)
    if of_policy and "custom_role" not in resource:
        return f"resourcemanager.{of_policy[1]}s.setIamPolicy"
    return _OF_GCLOUD.get(name) or _OF_RESOURCE.get(resource, "")


def permission_of_doing(message: str) -> str:
    """Return the permission for what a program of Go says that it was about to do; empty if that is not known."""
    if "The caller does not have permission" not in message:
        return ""
    return next((permission for words, permission in _DOING if re.search(words, message, re.IGNORECASE)), "")


def permission_named(message: str) -> str:
    """Return the permission that an error names in whatever words: one that some role holds, so no other dotted name."""
    if not (_DENIED.search(message) and "ermission" in message):
        return ""
    return next((each for each in _TOKEN.findall(message) if roles.known_permission(each)), "")


def role_named(message: str) -> dict[str, str]:
    """Return the role that an error asks for by name, and who is to have it."""
    found = _ROLE_NAMED.search(message)
    if not found:
        return {}
    who = next((match for pattern in _WHO_NEEDS if (match := re.search(pattern, message))), None)
    return {"named_role": found["named_role"]} | ({"principal": who["principal"]} if who else {})


def of_gcloud(message: str) -> dict[str, str]:
    """Return what gcloud's sentence about an instance tells: the resource, and by its verb or command the permission."""
    found = re.search(
        r"does not have permission to access (\w+) instance \[([\w.-]+(?::[\w.-]+)?)\]", message, re.IGNORECASE
    )
    if not found or found[1] not in {"projects", "folders", "organizations"}:
        return {}
    kind, name = found[1], found[2]
    name, _, verb = name.rpartition(":") if ":" in name and name.rpartition(":")[2] in _VERBS else (name, "", "")
    command = re.search(r"\(gcloud\.(?:alpha\.|beta\.)?([\w.-]+)\)", message)
    permission = _VERBS[verb].format(kind=kind) if verb else _OF_COMMAND.get(command[1] if command else "", "")
    facts = {"resource": f"{kind}/{name}", "permission": permission}
    return {name: value for name, value in facts.items() if value}
