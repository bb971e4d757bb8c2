"""Permissions."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Match, Request, grant
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
        fix="if the role was granted a moment ago, wait up to seven minutes; else send the request below",
        request=grant(
            "roles/aiplatform.user", reason="calls to Vertex AI from the project are refused: {permission} is missing"
        ),
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
        fix="wait a minute and run it again; if it stays so, send the request below",
        request=grant(
            "roles/iam.serviceAccountViewer",
            reason="service accounts of the project cannot be seen: iam.serviceAccounts.get is missing",
        ),
        triggered_by=("GetServiceAccount",),
    ),
    Diagnosis(
        key="POLICY_UPDATE_DENIED",
        match=Match(text=r"Policy update access denied|projects instance \[[\w.:-]+:setIamPolicy\]", priority=20),
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
        cause="{principal} may not grant roles on {project_id}, or was allowed to less than a few minutes ago.",
        fix="if that was allowed a moment ago, wait up to seven minutes; else send the request below",
        request=grant(
            "roles/resourcemanager.projectIamAdmin",
            reason="roles have to be granted on the project, and resourcemanager.projects.setIamPolicy is missing",
        ),
        triggered_by=("SetIamPolicy",),
    ),
    Diagnosis(
        key="IAM_PERMISSION_DENIED",
        reproduced_by=("IAM_PERMISSION_DENIED", "project"),
        match=Match(reason="IAM_PERMISSION_DENIED"),
        also=(
            Match(text=r"Permission '?[\w-]+\.[\w.]+'? denied (on|for) "),
            Match(
                text=r"required '?[\w.]+'? permission for|Missing permissions? \S*[a-z]+\.[A-Za-z]+\.[a-z]+",
                priority=-2,
            ),
            Match(text=r"Permission denied on resource '", priority=-3),
        ),
        fix_owner="admin",
        retryable=True,
        source=_LAG,
        cause="{principal} lacks {permission} on {resource}, or was given it less than a few minutes ago.",
        fix="which role holds it: https://docs.cloud.google.com/iam/docs/roles-permissions (search for {permission}); then send the request below",
        request=Request(
            ask="grant {member} a role that holds {permission}",
            resource="{resource}",
            reason="a call is refused because {permission} is missing",
            command=add_binding("projects/{project_id}", "{member}", "ROLE")
            + "   (roles with it: https://docs.cloud.google.com/iam/docs/roles-permissions)",
        ),
        triggered_by=("any",),
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
        cause="A role was granted to a service account that was created seconds ago, or to a service agent that Google has not made yet.",
        fix="wait a minute and run it again; for a service agent: gcloud beta services identity create --service=aiplatform.googleapis.com --project={project_id}",
        triggered_by=("SetIamPolicy",),
    ),
    Diagnosis(
        key="PERMISSION_DENIED",
        reproduced_by=("PERMISSION_DENIED", "endpoints"),
        match=Match(status="PERMISSION_DENIED"),
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
