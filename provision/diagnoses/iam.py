"""Permissions."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Match, Request, granted
from provision.gcloud import add_binding

_LAG: Final = "https://docs.cloud.google.com/iam/docs/access-change-propagation"
_PREDICATES: Final = (
    "https://github.com/hashicorp/terraform-provider-google/blob/main/google/transport/error_retry_predicates.go"
)

ROWS: Final = (
    Diagnosis(
        key="PREDICT_DENIED",
        reproduced_by=("PREDICT_DENIED", "chat"),
        match=Match(reason="IAM_PERMISSION_DENIED", metadata=("permission", r"^aiplatform\.")),
        also=(Match(text=r"Permission '?aiplatform\.[\w.]+'? denied", priority=5),),
        fix_owner="admin",
        retryable=True,
        source="https://github.com/rhel-lightspeed/linux-mcp-server/issues/450",
        cause="{principal} lacks {permission} on {project_id}, or was given it less than a few minutes ago; or the project's id is wrong.",
        fix="{grant}   (an administrator; if it was granted a moment ago, wait up to seven minutes)",
        request=granted("calls to Vertex AI from the project are refused: {permission} is missing"),
        permission="aiplatform.endpoints.predict",
        triggered_by=("ChatCompletions", "ListEndpoints"),
    ),
    Diagnosis(
        key="SERVICE_ACCOUNT_NEW",
        reproduced_by=("ACCOUNT_NOT_YET_READABLE", "robot"),
        match=Match(reason="IAM_PERMISSION_DENIED", metadata=("permission", r"^iam\.serviceAccounts\.get$")),
        also=(Match(text=r"Permission '?iam\.serviceAccounts\.get'? denied", priority=6),),
        fix_owner="admin",
        retryable=True,
        source=_PREDICATES,
        cause="The service account was created seconds ago and is not yet to be seen everywhere; or {principal} may not see service accounts.",
        fix="wait a minute and run it again; if it stays so: {grant}   (an administrator)",
        request=granted("service accounts of the project cannot be seen: iam.serviceAccounts.get is missing"),
        permission="iam.serviceAccounts.get",
        triggered_by=("GetServiceAccount",),
    ),
    Diagnosis(
        key="POLICY_UPDATE_DENIED",
        match=Match(
            text=r"Policy update access denied|(projects|folders|organizations) instance \[[\w.:-]+:setIamPolicy\]",
            priority=20,
        ),
        also=(
            Match(
                reason="IAM_PERMISSION_DENIED",
                metadata=("permission", r"^resourcemanager\.projects\.setIamPolicy$"),
            ),
            Match(text=r"resourcemanager\.projects\.setIamPolicy\b", priority=20),
        ),
        fix_owner="admin",
        retryable=True,
        source="https://docs.cloud.google.com/iam/docs/granting-changing-revoking-access",
        cause="{principal} may not grant roles on {grant_resource}, or was allowed to less than a few minutes ago.",
        fix="{grant}   (an administrator; if it was granted a moment ago, wait up to seven minutes)",
        request=granted("roles have to be granted, and {permission} is missing"),
        permission="resourcemanager.projects.setIamPolicy",
        triggered_by=("SetIamPolicy",),
    ),
    Diagnosis(
        key="IAM_PERMISSION_DENIED",
        reproduced_by=("IAM_PERMISSION_DENIED", "project"),
        match=Match(reason="IAM_PERMISSION_DENIED"),
        also=(
            Match(
                text=r"Permissions? ['\"`\[]*(iam\.googleapis\.com/)?[\w-]+\.[a-z]\w*\.[\w.]+['\"`\]]* (denied|is missing)|does not have (the )?[\"'`]?[a-z]+\.[a-zA-Z.]+\.[a-zA-Z]+[\"'`]? (access|permission)"
            ),
            Match(
                text=r"requires one of \[\"[a-z]+\.\w+\.\w+|(lacks|does not have|do not have|missing|without)( the)?( following)?( required| necessary)? permissions?:? .{0,20}[a-z]+\.[a-zA-Z]+\.[a-zA-Z]+",
                priority=-1,
            ),
            Match(
                text=r"does not have permission to access (projects|folders|organizations) instance \[[^\]]+:(getIamPolicy|undelete|getAncestry|move|testIamPermissions)\]",
                priority=21,
            ),
            Match(
                text=r"(setting|applying|retrieving) IAM policy for .{0,200}The caller does not have permission",
                priority=3,
            ),
            Match(
                text=r"(error )?(reading|creating|reading or editing) (project(?! service)|folder|service account)\b.{0,200}The caller does not have permission",
                priority=1,
            ),
            Match(
                text=r"(has|have|with|needs?|lacks?|without) (the )?[\"'`]?[a-z]\w+\.[a-zA-Z]+\.[a-zA-Z]+[\"'`]? permission|insufficient permissions?:? [a-z]\w+\.\w+\.\w+",
                priority=-3,
            ),
            Match(
                text=r"required ['\"]?[a-z]\w*\.[\w.]+['\"]? permission|Missing permissions? \S*[a-z]+\.[A-Za-z]+\.[a-z]+",
                priority=-2,
            ),
            Match(text=r"Permission denied on resource '", priority=-3),
        ),
        fix_owner="admin",
        retryable=True,
        source=_LAG,
        cause="{principal} lacks {permission} on {resource}, or was given it less than a few minutes ago, or what is named does not exist.",
        fix="{grant}   (an administrator of {grant_resource}; the smallest predefined role of everyday use with {permission})",
        request=granted("a call is refused because {permission} is missing"),
        triggered_by=("any",),
    ),
    Diagnosis(
        key="ROLE_REQUIRED",
        match=Match(
            text=r"(must be granted|should be granted|ensure that|make sure that|verify that|please (give|grant)|granting the role|permissions in IAM role)[^;]{0,300}?\broles/\w+\.\w+"
            r"|\broles/\w+\.\w+\W{0,3} (should|must) be granted",
            priority=-4,
        ),
        fix_owner="admin",
        retryable=True,
        source=_LAG,
        cause="Google names the role that is missing: {named_role}, for {principal}.",
        fix="{grant}   (an administrator of {grant_resource}; or on the one resource, where it can be granted there)",
        request=granted("a call is refused, and Google names the role that it needs"),
        triggered_by=("any",),
        not_reproduced="services word it so that the sandbox does not serve.",
    ),
    Diagnosis(
        key="RUN_NOT_INVOKABLE",
        match=Match(
            text=r"Your client does not have permission to get URL|The request was not authenticated\. Either allow unauthenticated|not authorized to invoke this service",
            priority=12,
        ),
        fix_owner="admin",
        source="https://docs.cloud.google.com/run/docs/troubleshooting#unauthorized-client",
        cause="A service of Cloud Run (or a function) answers, and the caller may not invoke it: it sent no identity token, or lacks run.routes.invoke.",
        fix='{grant}   (then send an identity token: curl -H "Authorization: Bearer $(gcloud auth print-identity-token)" URL; for a public service grant the role to allUsers, which an organization can forbid)',
        request=granted("a service of Cloud Run has to be invoked, and run.routes.invoke is missing"),
        permission="run.routes.invoke",
        triggered_by=("any",),
        not_reproduced="the sandbox does not run services of Cloud Run.",
    ),
    Diagnosis(
        key="UNDELETE_DENIED",
        fix_owner="admin",
        source="https://docs.cloud.google.com/resource-manager/docs/delete-restore-projects",
        cause="{principal} may not restore {grant_resource} ({permission} is missing), or it is gone for good: 30 days after its deletion.",
        fix="an owner of it runs: gcloud projects undelete {project_id}",
        request=Request(
            ask="restore the project {project_id} (needs roles/owner on it, or {role})",
            reason="it was deleted less than 30 days ago and is needed, and {principal} may not restore it",
            command="gcloud projects undelete {project_id}",
        ),
        triggered_by=("UndeleteProject",),
        not_reproduced="the sandbox names the permission by itself where the caller lacks it.",
    ),
    Diagnosis(
        key="OWNER_MUST_BE_INVITED",
        match=Match(text=r"(SOLO|ORG)_MUST_INVITE_(EXTERNAL_)?OWNERS"),
        fix_owner="you",
        source="https://docs.cloud.google.com/resource-manager/reference/rest/v3/projects/setIamPolicy",
        cause="Someone from outside the project's organization (or anyone, where it is in none) can be made an owner only by an invitation, which he accepts.",
        fix="invite him in the console: https://console.cloud.google.com/iam-admin/iam?project={project_id}   (or grant roles/editor, which needs none)",
        triggered_by=("SetIamPolicy",),
    ),
    Diagnosis(
        key="CONCURRENT_POLICY_CHANGE",
        reproduced_by=("CONCURRENT_POLICY_CHANGES", "policy"),
        match=Match(text=r"concurrent policy changes"),
        fix_owner="google",
        retryable=True,
        source="https://docs.cloud.google.com/iam/docs/retry-strategy",
        cause="Someone else changed the same IAM policy at the same moment, and Google kept theirs.",
        fix="run it again: it reads the policy anew",
        triggered_by=("SetIamPolicy",),
    ),
    Diagnosis(
        key="SERVICE_ACCOUNT_NOT_THERE",
        reproduced_by=("MEMBER_NOT_FOUND", "policy"),
        match=Match(text=r"Service account \S+ does not exist"),
        fix_owner="you",
        retryable=True,
        source="https://github.com/GoogleCloudPlatform/cloud-foundation-fabric/issues/3788",
        cause="The service account {email} does not exist: its address is misspelled, it was deleted, or it was created seconds ago and is not known everywhere yet.",
        fix="gcloud iam service-accounts list --project={email_project}   (is it there? then wait a minute and run it again; else correct the address, or create it)",
        triggered_by=("SetIamPolicy",),
    ),
    Diagnosis(
        key="SERVICE_ACCOUNT_UNKNOWN",
        match=Match(
            text=r"Unknown service account|Service account .{0,120}(was not found|not found|could not be found)",
            priority=5,
        ),
        also=(Match(text=r"NOT_FOUND: .{0,40}service.?account|serviceAccounts/\S+ (was )?not found", priority=5),),
        fix_owner="you",
        retryable=True,
        source="https://docs.cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/get",
        cause="The service account {email} that the call names does not exist: its address is misspelled, or it was deleted.",
        fix="gcloud iam service-accounts list --project={email_project}   (correct the address; on an account made a moment ago wait a minute)",
        triggered_by=("GetServiceAccount", "SetIamPolicy"),
        not_reproduced="the sandbox answers so by itself for an account that it does not have.",
    ),
    Diagnosis(
        key="PERMISSION_DENIED",
        reproduced_by=("PERMISSION_DENIED", "endpoints"),
        match=Match(status="PERMISSION_DENIED"),
        also=(Match(text=r"does not have permission to access \w+ instance \[", priority=-25),),
        fix_owner="admin",
        retryable=True,
        source=_LAG,
        cause="{called_service} refuses {method}: {message} Google often says so too of what does not exist.",
        fix="are the project and the names in the call right? If they are, send the request below",
        request=Request(
            ask="grant {member} a role that allows {method}",
            reason="{called_service} refuses the call: {message}",
            command=add_binding("projects/{project_id}", "{member}", "ROLE")
            + "   (roles: https://docs.cloud.google.com/iam/docs/roles-permissions)",
        ),
        triggered_by=("any",),
    ),
)
