"""The exchange of a token of GitHub, GitLab or another cloud for one of Google's."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Match, Request

_PAGE: Final = "https://docs.cloud.google.com/iam/docs/troubleshooting-workload-identity-federation"
_PROVIDER: Final = "gcloud iam workload-identity-pools providers describe PROVIDER --workload-identity-pool=POOL --location=global --project={project_id}"

ROWS: Final = (
    Diagnosis(
        key="STS_ISSUER_UNREACHABLE",
        match=Match(text=r"Error connecting to the given credential's issuer"),
        also=(Match(reason="invalid_grant", text=r"connecting to the given credential's issuer"),),
        who="you",
        retryable=True,
        source=_PAGE,
        cause="Google could not read the public keys of the token's issuer: its address is not public, or it is down just now.",
        fix="make ISSUER/.well-known/openid-configuration readable from the internet, or upload its keys: gcloud iam workload-identity-pools providers update-oidc PROVIDER --jwk-json-path=FILE --workload-identity-pool=POOL --location=global",
        provoked_by=("ExchangeToken",),
    ),
    Diagnosis(
        key="STS_SUBJECT_TOO_LONG",
        match=Match(text=r"google\.subject.{0,120}(127|too long|exceed)|(127|exceed).{0,120}google\.subject"),
        also=(Match(reason="invalid_request", text=r"google\.subject"),),
        who="you",
        source=_PAGE,
        cause="The claim that is mapped to google.subject is longer than 127 bytes.",
        fix=f"map a shorter claim, such as google.subject=assertion.repository_id   (what is mapped now: {_PROVIDER})",
        provoked_by=("ExchangeToken",),
    ),
    Diagnosis(
        key="STS_CONDITION",
        match=Match(reason="unauthorized_client"),
        also=(
            Match(text=r"rejected by the attribute condition"),
            Match(reason="unauthorized_client", text=r"attribute condition"),
        ),
        who="admin",
        source=_PAGE,
        cause="The provider's attribute condition refuses this token: most often another repository, owner or branch than the one that is allowed.",
        fix=f"compare the condition with the token's claims: {_PROVIDER} --format='value(attributeCondition)'",
        request=Request(
            ask="let this workload's token pass the attribute condition of the workload identity provider",
            resource="projects/{project_id}/locations/global/workloadIdentityPools/POOL/providers/PROVIDER",
            reason="the token exchange is refused: the attribute condition rejects the credential ({message})",
            command="gcloud iam workload-identity-pools providers update-oidc PROVIDER --workload-identity-pool=POOL --location=global --project={project_id} --attribute-condition=CONDITION",
        ),
        provoked_by=("ExchangeToken",),
    ),
    Diagnosis(
        key="STS_AUDIENCE",
        match=Match(reason="invalid_grant", text=r"audience|issuer (in|of) .{0,60}does not match|\bISS\b"),
        also=(
            Match(text=r"The audience in ID Token .{0,200}does not match|audience .{0,80}does not match the expected"),
        ),
        who="you",
        source=_PAGE,
        cause="The token was made for another audience, or by another issuer, than the provider expects: {message}",
        fix=f"make the two equal: the audience that the CI job asks for, and the provider's (shown by: {_PROVIDER} --format='value(oidc)')",
        provoked_by=("ExchangeToken",),
    ),
    Diagnosis(
        key="STS_INVALID_TARGET",
        match=Match(reason="invalid_target"),
        also=(Match(text=r"target service indicated by the \"?audience\"? parameters is invalid"),),
        who="you",
        source=_PAGE,
        cause="The pool or provider that is named does not exist, is disabled, or the project's id stands where its number belongs.",
        fix="write //iam.googleapis.com/projects/PROJECT_NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER   (the number: gcloud projects describe {project_id} --format='value(projectNumber)')",
        provoked_by=("ExchangeToken",),
    ),
    Diagnosis(
        key="STS_AUDIENCE_MALFORMED",
        match=Match(reason="invalid_request", text=r"audience"),
        also=(Match(text=r"Invalid value for \"?audience\"?"),),
        who="you",
        source=_PAGE,
        cause="The audience is not the full name of a provider.",
        fix="write //iam.googleapis.com/projects/PROJECT_NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER   (the number: gcloud projects describe {project_id} --format='value(projectNumber)')",
        provoked_by=("ExchangeToken",),
    ),
    Diagnosis(
        key="STS_STALE",
        match=Match(reason="invalid_grant", text=r"is stale to sign-in"),
        also=(Match(text=r"is stale to sign-in"),),
        who="you",
        source=_PAGE,
        cause="The pipeline's token has expired: it lives only some minutes.",
        fix="take a fresh one, just before it is exchanged",
        provoked_by=("ExchangeToken",),
    ),
    Diagnosis(
        key="STS_THROTTLED",
        match=Match(reason="quota_exceeded"),
        also=(Match(text=r"throttled due to rate limit: sts\.googleapis\.com"),),
        who="google",
        retryable=True,
        source=_PAGE,
        cause="More than 6,000 token exchanges in a minute were made in this project. The login itself is good.",
        fix="wait a minute and run it again; keep a token for its hour instead of exchanging one for each call",
        provoked_by=("ExchangeToken",),
    ),
    Diagnosis(
        key="OIDC_PERMISSION_MISSING",
        match=Match(text=r"ACTIONS_ID_TOKEN_REQUEST_(URL|TOKEN)|did not inject \$?ACTIONS_ID_TOKEN|id-token:? write"),
        who="you",
        source="https://docs.github.com/en/actions/security-for-github-actions/security-hardening-your-deployments/about-security-hardening-with-openid-connect",
        cause="GitHub gives this job no identity token: the job lacks the permission `id-token: write` (a pull request from a fork never has it).",
        fix="add `id-token: write` to the permissions of the job, beside `contents: read`",
        provoked_by=("ExchangeToken",),
    ),
    Diagnosis(
        key="WIF_PROVIDER_NEEDS_CONDITION",
        match=Match(text=r"attribute condition must reference one of the provider's claims"),
        who="you",
        source="https://docs.cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines",
        cause="A new OIDC provider for a public issuer must have an attribute condition, or the whole world could use it.",
        fix="add --attribute-condition=\"assertion.repository_owner_id == 'NUMBER'\"   (the number: https://api.github.com/users/OWNER, field id)",
        provoked_by=("CreateWorkloadIdentityPoolProvider",),
    ),
    Diagnosis(
        key="WIF_ID_TAKEN",
        match=Match(status="ALREADY_EXISTS", service="iam.googleapis.com"),
        also=(Match(status="ALREADY_EXISTS", text=r"workload.?identity.?pool", priority=8, telling=False),),
        who="you",
        source="https://docs.cloud.google.com/iam/docs/manage-workload-identity-pools-providers",
        cause="That id is in use in this project; a pool or provider that was deleted keeps its id for 30 days.",
        fix="gcloud iam workload-identity-pools undelete POOL --location=global --project={project_id}   (or choose another id)",
        provoked_by=("CreateWorkloadIdentityPool", "CreateWorkloadIdentityPoolProvider", "CreateServiceAccount"),
    ),
)
