"""Service accounts, workload identity federation, and the tokens of pipelines."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis

_ACCOUNTS: Final = "https://cloud.google.com/iam/docs/service-account-overview"
_POOLS: Final = "https://cloud.google.com/iam/docs/manage-workload-identity-pools-providers"
_PIPELINES: Final = "https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines"
_TROUBLE: Final = "https://cloud.google.com/iam/docs/troubleshooting-workload-identity-federation"

ROWS: Final = (
    Diagnosis(
        key="SERVICE_ACCOUNT_MISSING",
        who="you",
        settles=True,
        source=_ACCOUNTS,
        cause="The service account {account} does not exist, or was made less than a minute ago.",
        fix="provision apply   (or: gcloud iam service-accounts create {account_id} --project={project_id})",
        provoked_by=("identity.account", "ci.account"),
    ),
    Diagnosis(
        key="SERVICE_ACCOUNT_DISABLED",
        who="you",
        source="https://cloud.google.com/iam/docs/service-accounts-disable-enable",
        cause="Somebody disabled the service account {account}; nothing can act as it while it is.",
        fix="find out why, then: gcloud iam service-accounts enable {account}",
        provoked_by=("identity.account", "ci.account"),
    ),
    Diagnosis(
        key="ROLES_NOT_GRANTED",
        who="you",
        source="https://cloud.google.com/iam/docs/granting-changing-revoking-access",
        cause="The project's policy does not grant {account}: {missing}.",
        fix="provision apply   (or: gcloud projects add-iam-policy-binding {project_id} --member=serviceAccount:{account} --role={role})",
        provoked_by=("identity.roles", "ci.roles"),
    ),
    Diagnosis(
        key="POOL_MISSING",
        who="you",
        settles=True,
        source=_POOLS,
        cause="The workload identity pool {pool} does not exist: no pipeline can come in.",
        fix="provision apply",
        provoked_by=("ci.pool",),
    ),
    Diagnosis(
        key="POOL_DELETED",
        who="you",
        settles=True,
        source=_POOLS,
        cause="The workload identity pool {pool} was deleted less than 30 days ago; its id is taken until then.",
        fix="provision apply brings it back   (or: gcloud iam workload-identity-pools undelete {pool} --location=global --project={project_id})",
        provoked_by=("ci.pool",),
    ),
    Diagnosis(
        key="POOL_DISABLED",
        who="you",
        source=_POOLS,
        cause="Somebody disabled {pool}; no token is exchanged while it is.",
        fix="find out why, then enable it: gcloud iam workload-identity-pools update POOL --no-disabled --location=global --project={project_id}, and the same for the provider",
        provoked_by=("ci.pool", "ci.provider"),
    ),
    Diagnosis(
        key="PROVIDER_MISSING",
        who="you",
        settles=True,
        source=_PIPELINES,
        cause="The provider {pool_provider} does not exist in the pool: no token would be taken.",
        fix="provision apply",
        provoked_by=("ci.provider",),
    ),
    Diagnosis(
        key="PROVIDER_DELETED",
        who="you",
        settles=True,
        source=_POOLS,
        cause="The provider {pool_provider} was deleted less than 30 days ago; its id is taken until then.",
        fix="provision apply brings it back",
        provoked_by=("ci.provider",),
    ),
    Diagnosis(
        key="PROVIDER_DIFFERS",
        who="you",
        settles=True,
        source=_PIPELINES,
        cause="The provider {pool_provider} lets others in than the configuration says: {difference}.",
        fix="provision apply",
        provoked_by=("ci.provider",),
    ),
    Diagnosis(
        key="PROVIDER_FOREIGN",
        who="you",
        source=_PIPELINES,
        cause="The provider {pool_provider} was not made by this tool, and lets others in than the configuration says: {difference}. Changing it could lock them out.",
        fix="choose another id: `pool_provider: OTHER-ID` under `ci:`",
        provoked_by=("ci.provider",),
    ),
    Diagnosis(
        key="TRUST_MISSING",
        who="you",
        source=_PIPELINES,
        cause="Nobody from the pool may become {account}: its policy does not grant roles/iam.workloadIdentityUser to {trusted}.",
        fix="provision apply   (or: gcloud iam service-accounts add-iam-policy-binding {account} --project={project_id} --role=roles/iam.workloadIdentityUser --member={trusted})",
        provoked_by=("ci.trust",),
    ),
    Diagnosis(
        key="TOKEN_UNREADABLE",
        who="you",
        source="https://www.rfc-editor.org/rfc/rfc7519",
        cause="What was given is no signed JSON Web Token: {problem}.",
        fix="give the token itself, three parts with dots between, as the pipeline gets it",
        provoked_by=("ci.token",),
    ),
    Diagnosis(
        key="TOKEN_EXPIRED",
        who="you",
        source=_TROUBLE,
        cause="The token is not good now: {problem}.",
        fix="take a fresh one; those of pipelines live five to sixty minutes",
        provoked_by=("ci.token_times",),
    ),
    Diagnosis(
        key="TOKEN_ISSUER",
        who="you",
        source=_TROUBLE,
        cause="The token was signed by {issuer}, and the provider takes those of {expected}.",
        fix="set `issuer: {issuer}` under `ci:` if that is the GitLab or GitHub you mean",
        provoked_by=("ci.token_issuer",),
    ),
    Diagnosis(
        key="TOKEN_AUDIENCE",
        who="you",
        source=_TROUBLE,
        cause="The token was made for another audience: {problem}.",
        fix="ask for a token with the audience {expected}",
        provoked_by=("ci.token_audience",),
    ),
    Diagnosis(
        key="TOKEN_MAPPING",
        who="you",
        source="https://cloud.google.com/iam/docs/workload-identity-federation#mapping",
        cause="The attribute mapping cannot be carried out on this token: {problem}.",
        fix="map claims that every token of the issuer has; google.subject must have a value of at most 127 bytes",
        provoked_by=("ci.token_mapping",),
    ),
    Diagnosis(
        key="TOKEN_CONDITION",
        who="you",
        source=_PIPELINES,
        cause="The provider's condition refuses the token: {problem}.",
        fix="run the pipeline of the repository and branch that stand under `ci:`, or correct them there and run `provision apply`",
        provoked_by=("ci.token_condition",),
    ),
    Diagnosis(
        key="TOKEN_NOT_TRUSTED",
        who="you",
        source=_PIPELINES,
        cause="The token gets through the provider, and none of its principals may become {account}: {problem}.",
        fix="provision apply",
        provoked_by=("ci.token_trust",),
    ),
)
