"""Organization policy and VPC Service Controls: what your organization forbids."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Match, Request, allow, granted

_REASONS: Final = "https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto"
_PAGE: Final = "https://docs.cloud.google.com/iam/docs/troubleshoot-org-policies"
_SEND: Final = "send the request below to an organization policy administrator"


def _off(constraint: str, *, reason: str) -> Request:
    return Request(
        ask=f"stop enforcing the organization policy constraints/{constraint} for the project",
        reason=reason,
        command=f"gcloud resource-manager org-policies disable-enforce {constraint} --project={{project_id}}",
    )


def _managed(reason: str) -> Request:
    return Request(
        ask="make an exception from the managed constraint {constraint} for the project (needs roles/orgpolicy.policyAdmin on the organization)",
        reason=reason,
        command="printf '%s\\n' 'name: projects/{project_id}/policies/{constraint}' 'spec:' '  rules:' '  - enforce: false' | gcloud org-policies set-policy /dev/stdin",
    )


ROWS: Final = (
    Diagnosis(
        key="RESOURCE_USAGE_RESTRICTION_VIOLATED",
        reproduced_by=("RESOURCE_USAGE_RESTRICTION_VIOLATED", "project"),
        match=Match(reason="RESOURCE_USAGE_RESTRICTION_VIOLATED"),
        also=(Match(text=r"constraints/gcp\.restrictServiceUsage"),),
        fix_owner="admin",
        source=_REASONS,
        cause="Your organization forbids {service} (constraint gcp.restrictServiceUsage); enabling it worked anyway.",
        fix=f"{_SEND}   (partner and open models also need cloudcommerceconsumerprocurement.googleapis.com)",
        request=allow(
            "gcp.restrictServiceUsage",
            "{service}",
            reason="{principal} needs {service}, and every call to it is refused by the policy",
        ),
        triggered_by=("any",),
    ),
    Diagnosis(
        key="ALLOWED_MODELS",
        reproduced_by=("ALLOWED_MODELS", "chat"),
        match=Match(text=r"constraints/vertexai\.allowedModels"),
        fix_owner="admin",
        source="https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/control-model-access",
        cause="Your organization does not allow this model (constraint vertexai.allowedModels).",
        fix=f"{_SEND}, or use a model that it allows: gcloud resource-manager org-policies describe vertexai.allowedModels --project={{project_id}} --effective",
        request=allow(
            "vertexai.allowedModels",
            "publishers/{publisher}/models/{model_name}:predict",
            reason="{principal} needs the model {publisher}/{model_name}, and the policy refuses it",
        ),
        triggered_by=("ChatCompletions",),
    ),
    Diagnosis(
        key="MANAGED_CONSTRAINT_BY_OLD_API",
        match=Match(
            text=r"is in a Managed constraint format|Managed constraints are only supported with Org Policy V2",
            priority=140,
        ),
        fix_owner="you",
        source="https://docs.cloud.google.com/resource-manager/docs/organization-policy/using-constraints",
        cause="{constraint} is a managed constraint, and was asked for through the old Organization Policy API (v1), which does not know those.",
        fix="Terraform: google_org_policy_policy instead of google_project_organization_policy, google_folder_organization_policy or google_organization_policy; gcloud: gcloud org-policies describe {constraint} {scope}   (the old group, resource-manager org-policies, is refused the same way)",
        triggered_by=("SetOrgPolicy",),
        not_reproduced="the sandbox says so by itself to v1 methods.",
    ),
    Diagnosis(
        key="MANAGED_KEY_CREATION",
        match=Match(
            text=r"constraints/iam\.managed\.(disableServiceAccountKey(Creation|Upload)|disableServiceAccountApiKeyCreation)",
            priority=110,
        ),
        also=(
            Match(
                reason="CUSTOM_ORG_POLICY_VIOLATION",
                metadata=("customConstraints", r"iam\.managed\.disableServiceAccount(Key|ApiKey)"),
                priority=50,
            ),
        ),
        fix_owner="admin",
        source=_PAGE,
        cause="Your organization enforces the managed constraint {constraint}: no keys. gcloud may have left a key file of zero bytes.",
        fix="use no key: gcloud auth application-default login --impersonate-service-account={email}   (delete the empty file; in CI use workload identity federation; an exception is made by the request below)",
        request=_managed(
            "{principal} needs a service account key (only if no keyless way will do)",
        ),
        triggered_by=("CreateServiceAccountKey",),
        not_reproduced="the sandbox refuses so by itself where that policy is enforced.",
    ),
    Diagnosis(
        key="MANAGED_ALLOWED_MEMBERS",
        match=Match(text=r"constraints/iam\.managed\.allowedPolicyMembers", priority=110),
        also=(
            Match(
                reason="CUSTOM_ORG_POLICY_VIOLATION",
                metadata=("customConstraints", r"iam\.managed\.allowedPolicyMembers"),
                priority=50,
            ),
        ),
        fix_owner="admin",
        source="https://docs.cloud.google.com/organization-policy/restrict-domains",
        cause="Your organization lists who may be granted roles (managed constraint iam.managed.allowedPolicyMembers), and the member, or the organization it belongs to, is not on the list.",
        fix="grant to a member of your organization, or have it added: allowedMemberSubjects for one member, allowedPrincipalSets for a whole organization (request below)",
        request=Request(
            ask="add the member to allowedMemberSubjects (or its organization to allowedPrincipalSets) of iam.managed.allowedPolicyMembers (needs roles/orgpolicy.policyAdmin on the organization)",
            reason="{principal} has to grant a role to a member that the policy does not list",
            command="gcloud org-policies describe iam.managed.allowedPolicyMembers --effective --project={project_id}   (add it to rules[].parameters there, then: gcloud org-policies set-policy FILE)",
        ),
        triggered_by=("SetIamPolicy",),
        not_reproduced="the sandbox refuses so by itself where that policy is enforced.",
    ),
    Diagnosis(
        key="ALL_USERS_FORBIDDEN",
        fix_owner="admin",
        source="https://docs.cloud.google.com/resource-manager/docs/organization-policy/restricting-domains",
        cause="Your organization restricts members to its own domains, and allUsers and allAuthenticatedUsers belong to none (they have no customer id either): nothing can be public there.",
        fix="grant to a group or an account instead of everyone (Cloud Run: roles/run.invoker, or turn the invoker check off: gcloud run services update SERVICE --no-invoker-iam-check); else an exception for the project, by the request below",
        request=Request(
            ask="allow all members on the project: a policy of its own for iam.allowedPolicyMemberDomains with allowAll (needs roles/orgpolicy.policyAdmin on the organization)",
            reason="{principal} has to make something public, and allUsers belongs to no permitted domain",
            command="printf '%s\\n' 'name: projects/{project_id}/policies/iam.allowedPolicyMemberDomains' 'spec:' '  rules:' '  - allowAll: true' | gcloud org-policies set-policy /dev/stdin",
        ),
        triggered_by=("SetIamPolicy",),
        not_reproduced="it is told from the member that the text names; the sandbox's fault for it is MEMBER_NOT_PERMITTED.",
    ),
    Diagnosis(
        key="KEY_CREATION_FORBIDDEN",
        reproduced_by=("KEY_CREATION_DISABLED", "key"),
        match=Match(violation="constraints/iam.disableServiceAccountKeyCreation"),
        also=(
            Match(
                text=r"Key creation is not allowed on this service account|Service account key creation is disabled|(?<!managed\.)\biam\.disableServiceAccountKey(Creation|Upload)",
                priority=1,
            ),
        ),
        fix_owner="admin",
        source=_PAGE,
        cause="Your organization forbids service account keys, as new organizations do from the start. gcloud may have left a key file of zero bytes.",
        fix="use no key: gcloud auth application-default login --impersonate-service-account={email}   (delete the empty file; in CI use workload identity federation)",
        request=_off(
            "iam.disableServiceAccountKeyCreation",
            reason="{principal} needs a service account key (only if no keyless way will do)",
        ),
        triggered_by=("CreateServiceAccountKey",),
    ),
    Diagnosis(
        key="ACCOUNT_CREATION_FORBIDDEN",
        reproduced_by=("ACCOUNT_CREATION_DISABLED", "robots"),
        match=Match(violation="constraints/iam.disableServiceAccountCreation"),
        also=(
            Match(text=r"Service account creation is not allowed on this project|\biam\.disableServiceAccountCreation"),
        ),
        fix_owner="admin",
        source=_PAGE,
        cause="Your organization forbids creating service accounts in this project.",
        fix="use one that is there: gcloud iam service-accounts list --project={project_id}   (or send the request below)",
        request=_off("iam.disableServiceAccountCreation", reason="{principal} needs a service account in the project"),
        triggered_by=("CreateServiceAccount",),
    ),
    Diagnosis(
        key="MEMBER_DOMAIN_FORBIDDEN",
        reproduced_by=("MEMBER_NOT_PERMITTED", "policy"),
        match=Match(violation="constraints/iam.allowedPolicyMemberDomains"),
        also=(Match(text=r"do not belong to a permitted customer|constraints/iam\.allowedPolicyMember"),),
        fix_owner="admin",
        source="https://github.com/terraform-google-modules/terraform-example-foundation/issues/1454",
        cause="Your organization lets roles be granted to its own people only, and one of those named is from elsewhere.",
        fix="grant to someone inside your organization   (or send the request below; the outsider's customer id: gcloud organizations list)",
        request=allow(
            "iam.allowedPolicyMemberDomains",
            "CUSTOMER_ID",
            reason="{principal} has to grant a role to a member of another organization: {message}",
        ),
        triggered_by=("SetIamPolicy",),
    ),
    Diagnosis(
        key="WIF_ISSUER_FORBIDDEN",
        reproduced_by=("ISSUER_NOT_PERMITTED", "provider"),
        match=Match(violation="constraints/iam.workloadIdentityPoolProviders"),
        also=(Match(text=r"Org Policy violated for value|constraints/iam\.workloadIdentityPoolProviders"),),
        fix_owner="admin",
        retryable=True,
        source="https://docs.cloud.google.com/iam/docs/manage-workload-identity-pools-providers",
        cause="Your organization lists the issuers whose tokens may be used, and this one is not among them (or was added some minutes ago).",
        fix=_SEND,
        request=allow(
            "iam.workloadIdentityPoolProviders",
            "ISSUER_URL",
            reason="{principal} has to set up keyless CI, and the issuer is refused: {message}",
        ),
        triggered_by=("CreateWorkloadIdentityPoolProvider",),
    ),
    Diagnosis(
        key="LOCATION_FORBIDDEN",
        reproduced_by=("LOCATION_ORG_POLICY_VIOLATED", "chat"),
        match=Match(violation="constraints/gcp.resourceLocations"),
        also=(
            Match(reason="LOCATION_ORG_POLICY_VIOLATED|LOCATION_POLICY_VIOLATED"),
            Match(text=r"constraints/gcp\.resourceLocations|Permission denied on 'locations/[\w-]+'", priority=4),
            Match(text=r"violated one or more Org Policies"),
        ),
        fix_owner="admin",
        source=_REASONS,
        cause="Your organization allows this only in some locations (constraint gcp.resourceLocations), or the location {location} is misspelled.",
        fix="is the location spelled right? The allowed ones: gcloud resource-manager org-policies describe gcp.resourceLocations --project={project_id} --effective",
        request=allow(
            "gcp.resourceLocations",
            "{location}",
            reason="{principal} has to work at the location {location}, and the policy refuses it",
        ),
        triggered_by=("ListEndpoints", "ChatCompletions"),
    ),
    Diagnosis(
        key="CONSTRAINT_VIOLATED",
        match=Match(
            text=r"[Cc]onstraint [\"'`]?constraints/[a-z]+\.[\w.]+[\"'`]? violated|violates constraint [\"'`]?constraints/|constraints/[a-z]+\.\w+",
            priority=-4,
        ),
        fix_owner="admin",
        source=_PAGE,
        cause="Your organization forbids this by the constraint {constraint}: {message}",
        fix="do it in the way the constraint allows, or send the request below   (what it says: gcloud org-policies describe {constraint} --effective --project={project_id})",
        request=Request(
            ask="allow this in the organization policy {constraint} for the project, or say which way is allowed (needs roles/orgpolicy.policyAdmin on the organization)",
            reason="{principal} is refused: {message}",
            command="gcloud org-policies describe {constraint} --effective --project={project_id}   (then: gcloud org-policies set-policy FILE)",
        ),
        triggered_by=("any",),
        not_reproduced="the sandbox enforces few constraints; a fault with `status` and `message` sends any text.",
    ),
    Diagnosis(
        key="LOCATION_TAX_POLICY_VIOLATED",
        reproduced_by=("LOCATION_TAX_POLICY_VIOLATED", "chat"),
        match=Match(reason="LOCATION_TAX_POLICY_VIOLATED"),
        fix_owner="you",
        source=_REASONS,
        cause="For tax reasons the billing account's country may not use the location {location}.",
        fix="use another location, such as `global`",
        triggered_by=("any",),
    ),
    Diagnosis(
        key="CUSTOM_ORG_POLICY_VIOLATION",
        reproduced_by=("CUSTOM_ORG_POLICY_VIOLATION", "project"),
        match=Match(reason="CUSTOM_ORG_POLICY_VIOLATION"),
        also=(Match(text=r"Operation denied by (custom )?org policy|constraints/[a-z]+\.managed\.\w+", priority=2),),
        fix_owner="admin",
        source=_PAGE,
        cause="Your organization has a custom or managed constraint against this ({constraint}): {message}",
        fix="do it in the way the rule allows, or send the request below   (what it says: gcloud org-policies describe {constraint} --effective --project={project_id})",
        request=Request(
            ask="exempt the project from the organization policy constraint that refuses this, or say which way is allowed: {message}",
            reason="{principal} is refused by a custom or managed constraint",
            command="gcloud org-policies describe {constraint} --effective --project={project_id}   (then, with roles/orgpolicy.policyAdmin on the organization: gcloud org-policies set-policy FILE)",
        ),
        triggered_by=("any",),
    ),
    Diagnosis(
        key="SECURITY_POLICY_VIOLATED",
        reproduced_by=("SECURITY_POLICY_VIOLATED", "project"),
        match=Match(reason="SECURITY_POLICY_VIOLATED"),
        also=(
            Match(violation="VPC_SERVICE_CONTROLS"),
            Match(text=r"vpcServiceControlsUniqueIdentifier|Request is prohibited by organization's policy"),
        ),
        fix_owner="admin",
        source=_REASONS,
        cause="A VPC Service Controls perimeter keeps this caller out. The API may well be enabled and the role granted: the perimeter refuses first.",
        fix="send the request below to your security team: the id {uid} leads them to the rule",
        request=Request(
            ask="let {principal} through the VPC Service Controls perimeter (an ingress rule for {service})",
            reason="the call was refused by the perimeter; vpcServiceControlsUniqueIdentifier: {uid}",
            command="gcloud logging read 'protoPayload.metadata.vpcServiceControlsUniqueId=\"{uid}\"' --project={project_id}   (then: gcloud access-context-manager perimeters update PERIMETER --set-ingress-policies=FILE)",
        ),
        triggered_by=("any",),
    ),
    Diagnosis(
        key="TLS_ORG_POLICY_VIOLATED",
        reproduced_by=("TLS_ORG_POLICY_VIOLATED", "project"),
        match=Match(reason="TLS_ORG_POLICY_VIOLATED"),
        fix_owner="you",
        source=_REASONS,
        cause="Your organization refuses old TLS versions, and this client, or a proxy in between, speaks one (1.0 or 1.1).",
        fix="update the client (`openssl version` should say 1.1.1 or newer), or go around the proxy: unset HTTPS_PROXY",
        triggered_by=("any",),
    ),
    Diagnosis(
        key="ORG_POLICY_DENIED",
        match=Match(
            reason="IAM_PERMISSION_DENIED",
            metadata=("permission", r"^orgpolicy\.(policy\.set|(policies|customConstraints)\.(create|update|delete))"),
            priority=5,
        ),
        also=(
            Match(text=r"'?orgpolicy\.(policy\.set|(policies|customConstraints)\.(create|update|delete))", priority=12),
            Match(text=r"instance \[[^\]]+:(set|clear)OrgPolicy\]", priority=25),
        ),
        fix_owner="admin",
        retryable=True,
        source="https://docs.cloud.google.com/iam/docs/roles-permissions/orgpolicy",
        cause="{principal} may not create or change organization policies ({permission}).",
        fix="{grant}   (an administrator of the organization; the role can be granted there only, not on a project)",
        request=granted("an organization policy has to be set, and {permission} is missing"),
        permission="orgpolicy.policy.set",
        triggered_by=("CreatePolicy", "UpdatePolicy"),
        not_reproduced="the sandbox names the permission by itself where the caller lacks it.",
    ),
    Diagnosis(
        key="ORG_POLICY_UNREADABLE",
        reproduced_by=("ORG_POLICY_NOT_READABLE", "orgpolicy"),
        match=Match(reason="IAM_PERMISSION_DENIED", metadata=("permission", r"^orgpolicy\.\w+\.(get|list)$")),
        also=(
            Match(text=r"'?orgpolicy\.(policy|policies|constraints)\.(get|list)\b'?", priority=5),
            Match(text=r"instance \[[^\]]+:(get|list)\w*OrgPol\w+\]|listAvailableOrgPolicyConstraints\]", priority=25),
        ),
        fix_owner="admin",
        verdict="unknown",
        retryable=True,
        source="https://github.com/hashicorp/terraform-provider-google/blob/main/google/transport/error_retry_predicates.go",
        cause="{principal} may not read the organization's policies. That says nothing about what they allow.",
        fix="go on without: what a policy refuses will say so itself   (or, by an administrator: {grant})",
        request=Request(
            ask="grant {member} the role roles/orgpolicy.policyViewer",
            resource="{parent}",
            reason="whether the organization's policies allow Vertex AI cannot be seen",
            command="{grant}",
        ),
        permission="orgpolicy.policy.get",
        triggered_by=("GetEffectivePolicy",),
    ),
)
