"""Permissions."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Match, Request

_LAG: Final = "https://docs.cloud.google.com/iam/docs/access-change-propagation"

ROWS: Final = (
    Diagnosis(
        key="PREDICT_DENIED",
        match=Match(reason="IAM_PERMISSION_DENIED", metadata=("permission", r"^aiplatform\.")),
        who="admin",
        retryable=True,
        source=_LAG,
        cause="{principal} lacks {permission} on {project_id}, or was given it less than a few minutes ago.",
        fix="gcloud projects add-iam-policy-binding {project_id} --member={member} --role=roles/aiplatform.user",
        request=Request(
            ask="grant {member} the role roles/aiplatform.user",
            reason="calls to Vertex AI from the project are refused: {permission} is missing",
            command="gcloud projects add-iam-policy-binding {project_id} --member={member} --role=roles/aiplatform.user",
        ),
        provoked_by=("ChatCompletions", "ListEndpoints"),
    ),
    Diagnosis(
        key="IAM_PERMISSION_DENIED",
        match=Match(reason="IAM_PERMISSION_DENIED"),
        who="admin",
        retryable=True,
        source=_LAG,
        cause="{principal} lacks {permission} on {resource}, or was given it less than a few minutes ago.",
        fix="ask an administrator of {project_id} for a role that holds {permission}, for {member}",
        provoked_by=("any",),
    ),
    Diagnosis(
        key="PERMISSION_DENIED",
        match=Match(status="PERMISSION_DENIED", text=r"permission"),
        who="admin",
        retryable=True,
        source=_LAG,
        cause="{called_service} refuses {method}: {message}",
        fix="ask an administrator of {project_id} to let {member} do it",
        provoked_by=("any",),
    ),
)
