"""Service accounts, workload identity federation, and the tokens of pipelines."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis
from provision.gcloud import add_binding

_ACCOUNTS: Final = "https://cloud.google.com/iam/docs/service-account-overview"
_POOLS: Final = "https://cloud.google.com/iam/docs/manage-workload-identity-pools-providers"
_PIPELINES: Final = "https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines"
_TROUBLE: Final = "https://cloud.google.com/iam/docs/troubleshooting-workload-identity-federation"

_GRANT: Final = add_binding("projects/{project_id}", "serviceAccount:{account}", "{role}")
_TRUST: Final = add_binding(
    "projects/{project_id}/serviceAccounts/{account}", "{trusted}", "roles/iam.workloadIdentityUser"
)

ROWS: Final = (
    Diagnosis(
        key="SERVICE_ACCOUNT_MISSING",
        fix_owner="you",
        settles=True,
        source=_ACCOUNTS,
        cause="The service account {account} does not exist, or was made less than a minute ago.",
        fix="provision apply   (or: gcloud iam service-accounts create {account_id} --project={project_id})",
        triggered_by=("identity.account", "ci.account"),
    ),
    Diagnosis(
        key="SERVICE_ACCOUNT_DISABLED",
        fix_owner="you",
        source="https://cloud.google.com/iam/docs/service-accounts-disable-enable",
        cause="Someone disabled the service account {account}; nothing can act as it while it is.",
        fix="find out why, then: gcloud iam service-accounts enable {account}",
        triggered_by=("identity.account", "ci.account"),
    ),
    Diagnosis(
        key="ROLES_NOT_GRANTED",
        fix_owner="you",
        source="https://cloud.google.com/iam/docs/granting-changing-revoking-access",
        cause="The project's policy does not grant {account}: {missing}.",
        fix=f"provision apply   (or: {_GRANT})",
        triggered_by=("identity.roles", "ci.roles"),
    ),
    Diagnosis(
        key="POOL_MISSING",
        fix_owner="you",
        settles=True,
        source=_POOLS,
        cause="The workload identity pool {pool} does not exist: no pipeline can come in.",
        fix="provision apply",
        triggered_by=("ci.pool",),
    ),
    Diagnosis(
        key="POOL_DELETED",
        fix_owner="you",
        settles=True,
        source=_POOLS,
        cause="The workload identity pool {pool} was deleted less than 30 days ago; its id is taken until then.",
        fix="provision apply brings it back   (or: gcloud iam workload-identity-pools undelete {pool} --location=global --project={project_id})",
        triggered_by=("ci.pool",),
    ),
    Diagnosis(
        key="POOL_NOT_OWNED",
        fix_owner="you",
        source=_POOLS,
        cause="The workload identity pool {pool} was deleted less than 30 days ago, and this tool did not make it. Bringing it back would let in whoever it let in.",
        fix="choose another id: `pool: OTHER-ID` under `ci:`",
        triggered_by=("ci.pool",),
    ),
    Diagnosis(
        key="POOL_SHARED",
        fix_owner="you",
        source="https://cloud.google.com/iam/docs/best-practices-for-using-workload-identity-federation",
        cause="The pool {pool} holds other providers ({others}), and each of them can claim to speak for the repository.",
        fix="use a pool of its own: `pool: OTHER-ID` under `ci:`, then run `provision apply`",
        triggered_by=("ci.pool",),
    ),
    Diagnosis(
        key="POOL_DISABLED",
        fix_owner="you",
        source=_POOLS,
        cause="Someone disabled {pool}; no token is exchanged while it is.",
        fix="find out why, then enable it: gcloud iam workload-identity-pools update POOL --no-disabled --location=global --project={project_id}, and the same for the provider",
        triggered_by=("ci.pool", "ci.provider"),
    ),
    Diagnosis(
        key="PROVIDER_MISSING",
        fix_owner="you",
        settles=True,
        source=_PIPELINES,
        cause="The provider {pool_provider} does not exist in the pool: no token would be taken.",
        fix="provision apply",
        triggered_by=("ci.provider",),
    ),
    Diagnosis(
        key="PROVIDER_DELETED",
        fix_owner="you",
        settles=True,
        source=_POOLS,
        cause="The provider {pool_provider} was deleted less than 30 days ago; its id is taken until then.",
        fix="provision apply brings it back",
        triggered_by=("ci.provider",),
    ),
    Diagnosis(
        key="SUBJECT_UNBOUNDED",
        fix_owner="you",
        source="https://docs.cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines",
        cause="The provider takes the token's own subject, which holds the whole path and branch: the exchange refuses one of more than 127 bytes, and locks out who works on a long branch.",
        fix="provision apply maps the repository's number instead; who gets in stays the same",
        triggered_by=("ci.provider",),
    ),
    Diagnosis(
        key="PROVIDER_DIFFERS",
        fix_owner="you",
        settles=True,
        source=_PIPELINES,
        cause="The provider {pool_provider} lets others in than the configuration says: {difference}.",
        fix="provision apply",
        triggered_by=("ci.provider",),
    ),
    Diagnosis(
        key="PROVIDER_NOT_OWNED",
        fix_owner="you",
        source=_PIPELINES,
        cause="The provider {pool_provider} was not made by this tool, and lets others in than the configuration says: {difference}. Changing it could lock them out.",
        fix="choose another id: `pool_provider: OTHER-ID` under `ci:`",
        triggered_by=("ci.provider",),
    ),
    Diagnosis(
        key="WORKLOAD_IDENTITY_BINDING_MISSING",
        fix_owner="you",
        source=_PIPELINES,
        cause="No one from the pool may become {account}: its policy does not grant roles/iam.workloadIdentityUser to {trusted}.",
        fix=f"provision apply   (or: {_TRUST})",
        triggered_by=("ci.trust",),
    ),
    Diagnosis(
        key="TOKEN_UNREADABLE",
        fix_owner="you",
        source="https://www.rfc-editor.org/rfc/rfc7519",
        cause="What was given is no signed JSON Web Token: {problem}.",
        fix="give the token itself, three parts with dots between, as the pipeline gets it",
        triggered_by=("ci.token",),
    ),
    Diagnosis(
        key="TOKEN_EXPIRED",
        fix_owner="you",
        source=_TROUBLE,
        cause="The token is not good now: {problem}.",
        fix="take a fresh one; those of pipelines live five to sixty minutes",
        triggered_by=("ci.token_times",),
    ),
    Diagnosis(
        key="TOKEN_ISSUER",
        fix_owner="you",
        source=_TROUBLE,
        cause="The token was signed by {issuer}, and the provider takes those of {expected}.",
        fix="set `issuer: {issuer}` under `ci:` if that is the GitLab or GitHub you mean",
        triggered_by=("ci.token_issuer",),
    ),
    Diagnosis(
        key="TOKEN_AUDIENCE",
        fix_owner="you",
        source=_TROUBLE,
        cause="The token was made for another audience: {problem}.",
        fix="ask for a token with the audience {expected}",
        triggered_by=("ci.token_audience",),
    ),
    Diagnosis(
        key="TOKEN_MAPPING",
        fix_owner="you",
        source="https://cloud.google.com/iam/docs/workload-identity-federation#mapping",
        cause="The attribute mapping cannot be carried out on this token: {problem}.",
        fix="map claims that every token of the issuer has; google.subject must have a value of at most 127 bytes",
        triggered_by=("ci.token_mapping",),
    ),
    Diagnosis(
        key="TOKEN_CONDITION",
        fix_owner="you",
        source=_PIPELINES,
        cause="The provider's condition refuses the token: {problem}.",
        fix="run the pipeline of the repository and branch that are under `ci:`, or correct them there and run `provision apply`",
        triggered_by=("ci.token_condition",),
    ),
    Diagnosis(
        key="NO_CONDITION",
        fix_owner="you",
        source=_PIPELINES,
        cause="The provider takes every token that its issuer signs, and on GitHub and GitLab that is everyone's.",
        fix="provision apply   (with `repository:` under `ci:`)",
        triggered_by=("ci.token_condition",),
    ),
    Diagnosis(
        key="PROPAGATION_PENDING",
        fix_owner="google",
        verdict="unknown",
        retryable=True,
        source="https://cloud.google.com/iam/docs/access-change-propagation",
        cause="All is as it must be, and Google does not know it everywhere yet: {problem}.",
        fix="wait some minutes, and run it again with a fresh token",
        triggered_by=("ci.exchange", "ci.impersonation"),
    ),
    Diagnosis(
        key="TOKEN_NOT_TRUSTED",
        fix_owner="you",
        source=_PIPELINES,
        cause="The token gets through the provider, and none of its principals may become {account}: {problem}.",
        fix="provision apply",
        triggered_by=("ci.token_trust",),
    ),
)
