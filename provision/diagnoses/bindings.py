"""What allow policies, custom roles and workload identity providers refuse as not valid (400), and why."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Match

_MEMBERS: Final = "https://docs.cloud.google.com/iam/docs/principal-identifiers"
_POLICIES: Final = "https://docs.cloud.google.com/iam/docs/allow-policies"
_ROLES: Final = "https://docs.cloud.google.com/iam/docs/creating-custom-roles"
_POOLS: Final = "https://docs.cloud.google.com/iam/docs/workload-identity-federation"
_AGENTS: Final = "https://docs.cloud.google.com/iam/docs/create-service-agents"
_TEXT: Final = "the sandbox has no error of that name; a fault with `status` and `message` sends any text."

ROWS: Final = (
    Diagnosis(
        key="GKE_POOL_MISSING",
        match=Match(text=r"Identity Pool does not exist \([\w.:-]+\.svc\.id\.goog\)", priority=10),
        fix_owner="you",
        source="https://docs.cloud.google.com/kubernetes-engine/docs/how-to/workload-identity",
        cause="The workload identity pool of GKE, {gke_pool}, does not exist: it is made with the first cluster that has Workload Identity, and there is none in that project; or the project in the member is misspelled.",
        fix="create the cluster first, then bind: gcloud container clusters create CLUSTER --workload-pool={gke_pool} --location={location}   (or correct the project in the member)",
        triggered_by=("SetIamPolicy",),
        not_reproduced=_TEXT,
    ),
    Diagnosis(
        key="IDENTITY_POOL_MISSING",
        match=Match(text=r"Identity Pool does not exist"),
        fix_owner="you",
        source=_POOLS,
        cause="The workload identity pool that a member names does not exist (or was deleted): a pool is named with the project's number, not its id.",
        fix="gcloud iam workload-identity-pools list --location=global --project={project_id}   (then name it in full: principalSet://iam.googleapis.com/projects/PROJECT_NUMBER/locations/global/workloadIdentityPools/POOL/attribute.NAME/VALUE)",
        triggered_by=("SetIamPolicy",),
        not_reproduced=_TEXT,
    ),
    Diagnosis(
        key="MEMBER_POOL_NAME",
        match=Match(
            text=r"member principal(Set)?://iam\.googleapis\.com/(?!projects/\d+/|locations/)\S+ is of an unknown type"
            r"|principal(Set)?://iam\.googleapis\.com/projects/[a-z]\S* is of an unknown type",
            priority=10,
        ),
        fix_owner="you",
        source=_MEMBERS,
        cause="The member is no full name: a pool is named with its project's number, location and path.",
        fix="write {full_member}   (the number: gcloud projects describe {project_id} --format='value(projectNumber)')",
        triggered_by=("SetIamPolicy",),
        not_reproduced=_TEXT,
    ),
    Diagnosis(
        key="MEMBER_PREFIX",
        match=Match(
            text=r"is of an unknown type\. Please set a valid type prefix|Policy members must be of the form"
            r"|member .{0,120}must be of the form|is of type \"\w+\"\. The principal should appear as|Invalid principal .{0,80}prefix"
        ),
        fix_owner="you",
        source=_MEMBERS,
        cause="A member of the policy has no type before the colon, a wrong one, or one that does not exist: {message}",
        fix="write user:EMAIL, group:EMAIL, serviceAccount:EMAIL, domain:NAME, principal://… or principalSet://…, allUsers or allAuthenticatedUsers; take members that begin with `deleted:` out",
        triggered_by=("SetIamPolicy",),
        not_reproduced=_TEXT,
    ),
    Diagnosis(
        key="MEMBER_UNKNOWN",
        match=Match(
            text=r"\b(?:User|Group|Domain|Principal|(?<!service )Account) [\"'`]?\S+[@.]\S+[\"'`]? does not exist"
        ),
        fix_owner="you",
        source=_MEMBERS,
        cause="Google knows no account, group or domain of this name ({asked_email}): a typing error, or it was never made in Cloud Identity or Google Workspace.",
        fix="correct the address; a person without a Google account needs one first, a group is made in Google Workspace or Cloud Identity (https://admin.google.com)",
        triggered_by=("SetIamPolicy",),
        not_reproduced=_TEXT,
    ),
    Diagnosis(
        key="SERVICE_AGENT_NOT_YET",
        fix_owner="you",
        retryable=True,
        source=_AGENTS,
        cause="The service agent {agent} of {agent_service} does not exist yet: Google makes it when it is asked for, or with the first use of the API.",
        fix="gcloud beta services identity create --service={agent_service} --project={agent_project}   (then wait a minute, and grant the role again)",
        triggered_by=("SetIamPolicy",),
        not_reproduced="it is told from the address of the account; the sandbox's fault for it is MEMBER_NOT_FOUND.",
    ),
    Diagnosis(
        key="SERVICE_AGENT_OF_FIRST_USE",
        fix_owner="you",
        source=_AGENTS,
        cause="The service agent {agent} does not exist yet: it is made with {first_use}, and `gcloud beta services identity create` does not make it.",
        fix="leave the binding out until then (Google grants the agent its own role itself); after the first use, apply again",
        triggered_by=("SetIamPolicy",),
        not_reproduced="it is told from the address of the account; the sandbox's fault for it is MEMBER_NOT_FOUND.",
    ),
    Diagnosis(
        key="DEFAULT_ACCOUNT_NOT_YET",
        fix_owner="you",
        source="https://docs.cloud.google.com/iam/docs/service-account-types#default",
        cause="The account {agent} does not exist: it is made when {agent_service} is enabled, or someone deleted it, or an organization policy keeps it from being made.",
        fix="gcloud services enable {agent_service} --project={agent_project}   (better: name a service account that you made)",
        triggered_by=("SetIamPolicy",),
        not_reproduced="it is told from the address of the account; the sandbox's fault for it is MEMBER_NOT_FOUND.",
    ),
    Diagnosis(
        key="MEMBER_DELETED",
        match=Match(
            text=r"of deleted member|deleted:(user|group|serviceAccount):|\bdeleted (principal|member|service account)s?\b.{0,80}(policy|binding)",
            priority=5,
        ),
        fix_owner="you",
        source="https://docs.cloud.google.com/iam/docs/policies#handle-deleted-members",
        cause="The policy still names a member that was deleted, and it is written back together with the change.",
        fix="take it out: gcloud projects get-iam-policy {project_id} --format=json   (then `gcloud projects remove-iam-policy-binding` with the member as it is there, `deleted:…?uid=…`)",
        triggered_by=("SetIamPolicy",),
        not_reproduced=_TEXT,
    ),
    Diagnosis(
        key="ROLE_NAME_OF_CUSTOM_ROLE",
        match=Match(text=r"Role \(?roles/custom[\w.]*\)? (is not supported|does not exist)", priority=10),
        fix_owner="you",
        source=_ROLES,
        cause="There is no predefined role {asked_role}: a custom role is named with its project or organization in front.",
        fix="projects/{project_id}/roles/{role_id}   (is it there? gcloud iam roles list --project={project_id})",
        triggered_by=("SetIamPolicy",),
        not_reproduced=_TEXT,
    ),
    Diagnosis(
        key="ROLE_OF_ANOTHER_LEVEL",
        fix_owner="you",
        source="https://docs.cloud.google.com/iam/docs/roles-permissions",
        cause="{asked_role} exists and cannot be granted here: it is granted on the {role_level}.",
        fix="{grant_role}",
        triggered_by=("SetIamPolicy",),
        not_reproduced="it is told from the role's name.",
    ),
    Diagnosis(
        key="ROLE_MISSING",
        match=Match(text=r"Role \(?(projects|organizations)/\S+?\)? (does not exist|is not supported)"),
        also=(Match(text=r"does not exist in the resource's hierarchy", priority=-2),),
        fix_owner="you",
        retryable=True,
        source=_ROLES,
        cause="The role {asked_role} does not exist where the policy is: it was never made, was made seconds ago, was deleted, or belongs to another project or organization.",
        fix="gcloud iam roles describe {role_id} {role_scope}   (a custom role counts in its own project only, one of the organization in all of it; wait half a minute after making one)",
        triggered_by=("SetIamPolicy",),
        not_reproduced=_TEXT,
    ),
    Diagnosis(
        key="ROLE_NOT_SUPPORTED",
        match=Match(
            text=r"Role \(?roles/[\w.]+\)? (is not supported for this resource|does not exist)|Invalid role|The role name must be in the form",
            priority=1,
        ),
        fix_owner="you",
        source="https://docs.cloud.google.com/iam/docs/roles-permissions",
        cause="{asked_role} cannot be granted on this resource: no predefined role has that name, or it belongs to another level or kind of resource.",
        fix="gcloud iam list-grantable-roles //cloudresourcemanager.googleapis.com/projects/{project_id}   (lists what can be granted there{nearest_role})",
        triggered_by=("SetIamPolicy",),
        not_reproduced=_TEXT,
    ),
    Diagnosis(
        key="ROLE_PERMISSION_NOT_VALID",
        match=Match(
            text=r"Permission \S+ is not (valid|supported)|permissions? .{0,120}(cannot|can't|not) be (used|added|included).{0,20}(in )?custom roles?"
            r"|not (applicable|supported) for (project|organization)-level custom roles"
        ),
        fix_owner="you",
        source="https://docs.cloud.google.com/iam/docs/custom-roles-permissions-support",
        cause="{asked_permission} cannot be in this custom role: it is misspelled, not supported in custom roles, or (as resourcemanager.projects.list and those of folders and organizations) only in roles of an organization.",
        fix="take it out, or make the role in the organization   (what a role of the project may hold: gcloud iam list-testable-permissions //cloudresourcemanager.googleapis.com/projects/{project_id} --filter=customRolesSupportLevel!=NOT_SUPPORTED)",
        triggered_by=("CreateRole",),
        not_reproduced=_TEXT,
    ),
    Diagnosis(
        key="POLICY_TOO_LARGE",
        match=Match(
            text=r"number of (members|principals|bindings|role bindings) in (the|this) policy .{0,80}(larger|exceed|maximum)|policy .{0,40}(is too large|exceeds .{0,40}size)",
            priority=5,
        ),
        fix_owner="you",
        source="https://docs.cloud.google.com/iam/quotas",
        cause="The allow policy is full: it may hold 1,500 principals in all, each counted once for each role.",
        fix="put the people into a Google group, and grant the role to group:EMAIL; take out what is not needed (`deleted:` members count too)",
        triggered_by=("SetIamPolicy",),
        not_reproduced=_TEXT,
    ),
    Diagnosis(
        key="POLICY_VERSION",
        match=Match(
            text=r"policy version \(\d\) cannot be less than the existing|must specify version 3|[Rr]equested policy version|role bindings must specify version"
        ),
        fix_owner="you",
        source="https://docs.cloud.google.com/iam/docs/policies#versions",
        cause="The policy holds a conditional binding, and the program reads or writes it as version 1, which cannot express that.",
        fix="read it with options.requestedPolicyVersion=3 and write it with version 3   (update the client or Terraform provider)",
        triggered_by=("SetIamPolicy",),
        not_reproduced=_TEXT,
    ),
    Diagnosis(
        key="CONDITION_ON_BASIC_ROLE",
        match=Match(text=r"Conditions can't be set on (primitive|basic) roles|BindingRoleAllowConditionCheck"),
        fix_owner="you",
        source="https://docs.cloud.google.com/iam/docs/conditions-overview",
        cause="A basic role (owner, editor, viewer) cannot be granted under a condition.",
        fix="grant a predefined role under the condition instead, or leave the condition out",
        triggered_by=("SetIamPolicy",),
        not_reproduced=_TEXT,
    ),
    Diagnosis(
        key="CONDITION_NOT_NAMED",
        match=Match(
            text=r"(Adding a binding|Removing a binding|Adding|Removing) without specifying a condition to a policy containing conditions is prohibited"
            r"|prohibited in non-interactive mode\. Run the command again with .{0,3}--condition"
        ),
        fix_owner="you",
        source="https://docs.cloud.google.com/sdk/gcloud/reference/projects/add-iam-policy-binding",
        cause="The policy holds a binding with a condition, and gcloud's command must say whether the new one has one; it cannot ask without a terminal. Nothing was changed.",
        fix="run the same command with --condition=None   (to remove a binding: --condition=None where it has no condition, --all for every one)",
        triggered_by=("gcloud",),
        not_reproduced="it is refused by gcloud itself, before anything is sent.",
    ),
    Diagnosis(
        key="CONDITION_NOT_VALID",
        match=Match(
            text=r"(?<!attribute )\bcondition expression\b.{0,80}(invalid|error|compil)|lint_result|Expression (compilation|evaluation) (failed|error)"
        ),
        fix_owner="you",
        source="https://docs.cloud.google.com/iam/docs/conditions-overview",
        cause="The condition of the binding is not valid CEL, or names an attribute that conditions do not have: {message}",
        fix="gcloud alpha iam policies lint-condition --expression=EXPRESSION --title=TITLE",
        triggered_by=("SetIamPolicy",),
        not_reproduced=_TEXT,
    ),
    Diagnosis(
        key="MAPPED_ATTRIBUTE_KEY",
        match=Match(
            text=r"Invalid mapped attribute key|mapped attribute key\b|Custom mapped attributes must be in format"
        ),
        fix_owner="you",
        source=f"{_POOLS}#mapping",
        cause="A key of the attribute mapping is not allowed: on the left are google.subject, google.groups and attribute.NAME (small letters, digits, underscores), on the right the claims, assertion.NAME.",
        fix='--attribute-mapping="google.subject=assertion.sub,attribute.repository=assertion.repository"   (key first, claim second)',
        triggered_by=("CreateWorkloadIdentityPoolProvider",),
        not_reproduced=_TEXT,
    ),
    Diagnosis(
        key="MAPPED_ATTRIBUTE_TYPE",
        match=Match(
            text=r"mapped attribute '?[\w.]+'? must be of type STRING|mapped attribute.{0,40}must (be|evaluate to) a? ?string"
        ),
        fix_owner="you",
        source=f"{_POOLS}#mapping",
        cause="What is mapped to the attribute is no text: most often a comparison (==) was written where only the claim belongs.",
        fix="map the claim alone: google.subject=assertion.sub   (the comparison goes into --attribute-condition; a number: string(assertion.NAME))",
        triggered_by=("ExchangeToken",),
        not_reproduced=_TEXT,
    ),
    Diagnosis(
        key="MAPPING_WITHOUT_SUBJECT",
        match=Match(
            text=r"(mapping|attribute).{0,80}(must|required|contain|include).{0,60}google\.subject|google\.subject.{0,60}(is required|must be (specified|mapped|set))"
        ),
        fix_owner="you",
        source=f"{_POOLS}#mapping",
        cause="The attribute mapping has no google.subject, which every provider must map.",
        fix='--attribute-mapping="google.subject=assertion.sub"',
        triggered_by=("CreateWorkloadIdentityPoolProvider",),
        not_reproduced=_TEXT,
    ),
    Diagnosis(
        key="CONDITION_CLAIM_NOT_MAPPED",
        match=Match(
            text=r"attribute condition.{0,120}(invalid|not valid|undeclared|unmapped|failed to compile)|undeclared reference to 'a(ssertion|ttribute)"
        ),
        fix_owner="you",
        source=_POOLS,
        cause="The attribute condition of the provider is not valid: it may name assertion.CLAIM, google.subject and attribute.NAME, and an attribute only if it is mapped.",
        fix="correct the condition, or map the attribute as well: --attribute-mapping=…,attribute.NAME=assertion.NAME",
        triggered_by=("CreateWorkloadIdentityPoolProvider",),
        not_reproduced=_TEXT,
    ),
    Diagnosis(
        key="POOL_NAME_TOO_LONG",
        match=Match(text=r"display.?name must be less than or equal to 32 characters"),
        fix_owner="you",
        source=_POOLS,
        cause="The display name of a pool or provider may have 32 characters.",
        fix="shorten --display-name (Terraform: display_name)",
        triggered_by=("CreateWorkloadIdentityPool",),
        not_reproduced=_TEXT,
    ),
)
