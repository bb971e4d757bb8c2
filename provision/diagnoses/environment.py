"""What on this machine points somewhere else."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis

ROWS: Final = (
    Diagnosis(
        key="CLOCK_WRONG",
        who="you",
        source="https://developers.google.com/identity/protocols/oauth2/service-account",
        cause="This machine's clock is {said}. Tokens are signed with its time, and refused when that is wrong by more than five minutes.",
        fix="sudo timedatectl set-ntp true   (in a container: correct the clock of its host)",
        provoked_by=("credentials.clock",),
        explains=("CLOCK_SKEW", "INVALID_GRANT", "TLS"),
    ),
    Diagnosis(
        key="SCOPES_TOO_NARROW",
        who="you",
        source="https://cloud.google.com/compute/docs/access/service-accounts#accesscopesiam",
        cause="The token lacks the scope cloud-platform; no role helps while it does.",
        fix="gcloud auth application-default login --scopes=https://www.googleapis.com/auth/cloud-platform   (on a virtual machine: stop it, then gcloud compute instances set-service-account INSTANCE --scopes=cloud-platform)",
        provoked_by=("credentials.scopes",),
        explains=("ACCESS_TOKEN_SCOPE_INSUFFICIENT",),
    ),
    Diagnosis(
        key="ENVIRONMENT_CONTRADICTS",
        who="you",
        source="https://cloud.google.com/docs/authentication/application-default-credentials",
        cause="{said}.",
        fix="unset {variables}   (or set them to what is meant)",
        provoked_by=("environment.variables",),
    ),
    Diagnosis(
        key="GCLOUD_OTHER_ACCOUNT",
        who="you",
        source="https://cloud.google.com/docs/authentication/gcloud#gcloud-credentials",
        cause="gcloud has credentials of its own beside those of the libraries, and they are of two accounts: what one may do, the other perhaps may not.",
        fix="gcloud auth application-default login   (as {gcloud_account}); or the other way: gcloud config set account {principal}",
        provoked_by=("environment.gcloud",),
    ),
)
