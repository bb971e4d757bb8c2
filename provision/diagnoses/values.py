"""What is refused for a value in the request, or because what it names is not as the caller thinks."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Match

_NOT_SERVED: Final = "the sandbox does not serve this API."
_OF_GCLOUD: Final = "the client says so itself, before it asks anyone."

ROWS: Final = (
    Diagnosis(
        key="ACCOUNT_SWITCHED_OFF",
        match=Match(
            text=r"[Ss]ervice account \"?[\w.-]+@[\w.-]+\"? is disabled|service account is disabled", priority=10
        ),
        fix_owner="you",
        source="https://docs.cloud.google.com/iam/docs/service-accounts-disable-enable",
        cause="The service account {email} is there, and is switched off: nothing can run as it.",
        fix="gcloud iam service-accounts enable {email}   (an administrator; or name another account, which is better than the default one)",
        triggered_by=("any",),
        not_reproduced=_NOT_SERVED,
    ),
    Diagnosis(
        key="KEY_PRECONDITION",
        match=Match(
            text=r"gcloud\.(alpha\.|beta\.)?iam\.service-accounts\.keys\.create\) FAILED_PRECONDITION: Precondition check failed",
            priority=20,
        ),
        also=(Match(text=r"creating service account key.{0,120}Precondition check failed", priority=20),),
        fix_owner="you",
        source="https://docs.cloud.google.com/iam/quotas#limits",
        cause="The service account has as many keys as it may have (ten), or is disabled; Google says no more than that a condition does not hold.",
        fix="gcloud iam service-accounts keys list --iam-account={email} --managed-by=user   (then delete one that is not used: gcloud iam service-accounts keys delete KEY_ID --iam-account={email}; better: no keys at all, but impersonation or workload identity federation)",
        triggered_by=("any",),
        not_reproduced=_NOT_SERVED,
    ),
    Diagnosis(
        key="IDENTITY_TOKEN_OF_USER",
        match=Match(text=r"Invalid account [Tt]ype for `?--(audiences|include-email)`?", priority=10),
        fix_owner="you",
        source="https://docs.cloud.google.com/sdk/gcloud/reference/auth/print-identity-token",
        cause="gcloud is signed in as a person, and an identity token for an audience can be had for a service account only.",
        fix="gcloud auth print-identity-token --impersonate-service-account={email} --audiences=AUDIENCE   (needs roles/iam.serviceAccountTokenCreator on it; or leave --audiences out, where the receiver takes a person's token)",
        triggered_by=("any",),
        not_reproduced=_OF_GCLOUD,
    ),
    Diagnosis(
        key="UNIVERSE_DIFFERS",
        match=Match(
            text=r"is available in the following universe domain|core/universe_domain|universe domain.{0,80}(does not match|not match)"
        ),
        fix_owner="you",
        source="https://docs.cloud.google.com/sdk/gcloud/reference/config/set",
        cause="The credentials are of one cloud (universe domain), and what is called, or gcloud's configuration, is of another.",
        fix="gcloud config unset core/universe_domain   (and unset GOOGLE_CLOUD_UNIVERSE_DOMAIN; for public Google Cloud it is googleapis.com)",
        triggered_by=("any",),
        not_reproduced=_OF_GCLOUD,
    ),
    Diagnosis(
        key="BUCKET_NAME_TAKEN",
        match=Match(
            text=r"requested bucket name is not available|bucket namespace is shared by all users", priority=20
        ),
        fix_owner="you",
        source="https://docs.cloud.google.com/storage/docs/buckets#naming",
        cause="A bucket of this name is someone else's: bucket names are shared by all users of Google Cloud.",
        fix="choose another name, such as one that begins with the project's id",
        triggered_by=("any",),
        not_reproduced=_NOT_SERVED,
    ),
    Diagnosis(
        key="IMAGE_NOT_FOUND",
        match=Match(
            text=r"Image '[\w./:@-]+' not found|(Container Registry|Artifact Registry)? ?image '[\w./:@-]+' does not exist"
            r"|MANIFEST_UNKNOWN|manifest for [\w./:@-]+(pkg\.dev|gcr\.io)[\w./:@-]* not found|Failed to fetch \"[\w.-]+\" from request",
            priority=5,
        ),
        fix_owner="you",
        source="https://docs.cloud.google.com/run/docs/troubleshooting",
        cause="The container image that is named is not in the registry: it was never pushed there, or under another name or tag.",
        fix="gcloud artifacts docker images list REGION-docker.pkg.dev/{project_id}/REPOSITORY --include-tags   (then deploy one that is there, or push the image first)",
        triggered_by=("any",),
        not_reproduced=_NOT_SERVED,
    ),
    Diagnosis(
        key="RESERVED_ENVIRONMENT_NAME",
        match=Match(text=r"reserved env(ironment variable)? names were provided", priority=10),
        fix_owner="you",
        source="https://docs.cloud.google.com/run/docs/configuring/services/environment-variables",
        cause="The service sets an environment variable that Google sets itself (such as PORT): {message}",
        fix="take the variable that the message names out of the configuration (PORT follows from the container's port: --port, or `ports` in Terraform)",
        triggered_by=("any",),
        not_reproduced=_NOT_SERVED,
    ),
    Diagnosis(
        key="QUOTA_DECREASE_TOO_LARGE",
        match=Match(
            text=r"QUOTA_DECREASE_(PERCENTAGE_TOO_HIGH|BELOW_USAGE)|quota decrease is (greater|more) than|COMMON_QUOTA_SAFETY_CHECK|decrease.{0,80}more than 10",
            priority=10,
        ),
        fix_owner="you",
        source="https://docs.cloud.google.com/docs/quotas/api-overview",
        cause="The quota would fall by more than 10 percent, or below what is used, which Google does only when told that it is meant.",
        fix='say that it is meant: ignore_safety_checks = "QUOTA_DECREASE_PERCENTAGE_TOO_HIGH" (or QUOTA_DECREASE_BELOW_USAGE) in Terraform\'s google_cloud_quotas_quota_preference, or --allow-high-percentage-quota-decrease of `gcloud beta quotas preferences update`',
        triggered_by=("any",),
        not_reproduced=_NOT_SERVED,
    ),
    Diagnosis(
        key="CONSTRAINT_NOT_FOUND",
        match=Match(
            text=r"(creating|editing) (organization )?Policy:? googleapi: Error 404|constraint \\S+ (was )?not found",
            priority=10,
        ),
        fix_owner="you",
        source="https://docs.cloud.google.com/resource-manager/reference/rest/v2/organizations.policies/create",
        cause="Google knows no constraint of the name that the policy is for (misspelled, or a custom one that is not made yet), or no project, folder or organization of that number.",
        fix="gcloud org-policies list --show-unset {scope}   (every constraint there is; a custom one is made first: gcloud org-policies set-custom-constraint FILE)",
        triggered_by=("any",),
        not_reproduced="the sandbox answers so by itself for a name that it does not know.",
    ),
    Diagnosis(
        key="VALUE_REFUSED",
        match=Match(
            text=r"field \[[\w.]+\] has issue \[|Invalid value (for field|at) '[\w.\[\]]+'|(?<![\w.])(?:template|spec|config|metadata)\.[\w.\[\]]{3,80}: [A-Z]"
            r"|Invalid value for \[?\"?[\w.]+\"?\]?: ",
            priority=-5,
        ),
        fix_owner="you",
        source="https://cloud.google.com/apis/design/errors",
        cause="Google refuses the value of {field}: {message}",
        fix="correct or leave out {field}, as the message says",
        triggered_by=("any",),
        not_reproduced="the sandbox checks the values of what it serves by itself.",
    ),
)
