"""This machine: its clock, its network, and what on it points somewhere else."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis

ROWS: Final = (
    Diagnosis(
        key="CLOCK_WRONG",
        fix_owner="you",
        source="https://developers.google.com/identity/protocols/oauth2/service-account",
        cause="This machine's clock is {stated}. Tokens are signed with its time, and refused when that is wrong by more than five minutes.",
        fix="sudo timedatectl set-ntp true   (in a container: correct the clock of its host)",
        triggered_by=("credentials.clock",),
        explains=("CLOCK_SKEW", "INVALID_GRANT", "TLS"),
    ),
    Diagnosis(
        key="SCOPES_TOO_NARROW",
        fix_owner="you",
        source="https://cloud.google.com/compute/docs/access/service-accounts#accesscopesiam",
        cause="The token lacks the scope cloud-platform; no role helps while it does.",
        fix="gcloud auth application-default login --scopes=https://www.googleapis.com/auth/cloud-platform   (on a virtual machine: stop it, then gcloud compute instances set-service-account INSTANCE --scopes=cloud-platform)",
        triggered_by=("credentials.scopes",),
        explains=("ACCESS_TOKEN_SCOPE_INSUFFICIENT",),
    ),
    Diagnosis(
        key="ENVIRONMENT_CONTRADICTS",
        fix_owner="you",
        source="https://cloud.google.com/docs/authentication/application-default-credentials",
        cause="{stated}.",
        fix="unset {variables}   (or set them to what is meant)",
        triggered_by=("environment.variables",),
    ),
    Diagnosis(
        key="GCLOUD_OTHER_ACCOUNT",
        fix_owner="you",
        source="https://cloud.google.com/docs/authentication/gcloud#gcloud-credentials",
        cause="gcloud has credentials of its own beside those of the libraries, and they are of two accounts: what one may do, the other perhaps may not.",
        fix="gcloud auth application-default login   (as {gcloud_account}); or the other way: gcloud config set account {principal}",
        triggered_by=("environment.gcloud",),
    ),
    Diagnosis(
        key="DNS",
        fix_owner="you",
        retryable=True,
        source="https://cloud.google.com/vpc/docs/configure-private-google-access",
        cause="No address is found for {host}: {detail}.",
        fix="nslookup oauth2.googleapis.com   (no answer: this machine has no working name server; behind a proxy set HTTPS_PROXY)",
        triggered_by=("network.connectivity",),
        explains=("UNREACHABLE", "NAME_NOT_RESOLVED"),
    ),
    Diagnosis(
        key="UNKNOWN_HOST",
        fix_owner="you",
        source="https://docs.cloud.google.com/gemini-enterprise-agent-platform/resources/locations",
        cause="No address is found for {host}, though other hosts of Google's have one: Vertex AI has no such region, or a private zone hides it.",
        fix="gcloud ai endpoints list --region=us-central1   (for a region that exists; `provision endpoints --location all` lists what is offered)",
        triggered_by=("network.connectivity",),
        explains=("UNREACHABLE", "NAME_NOT_RESOLVED"),
    ),
    Diagnosis(
        key="PROXY",
        fix_owner="you",
        source="https://requests.readthedocs.io/en/latest/user/advanced/#proxies",
        cause="The proxy {proxy} does not let calls to {host} through: {detail}.",
        fix="correct HTTPS_PROXY, or ask who runs the proxy to let *.googleapis.com through; hosts to reach without it go into NO_PROXY",
        triggered_by=("network.connectivity",),
        explains=("UNREACHABLE", "NAME_NOT_RESOLVED", "PROXY_PAGE", "PROXY_AUTHENTICATION"),
    ),
    Diagnosis(
        key="TLS_INTERCEPTED",
        fix_owner="you",
        source="https://requests.readthedocs.io/en/latest/user/advanced/#ssl-cert-verification",
        cause="{host} was reached, and its certificate is not trusted ({detail}): someone in between ends the encryption.",
        fix="set REQUESTS_CA_BUNDLE and SSL_CERT_FILE to your organization's CA file",
        triggered_by=("network.connectivity",),
        explains=("TLS", "UNREACHABLE", "RESTRICTED_HOST_TLS"),
    ),
    Diagnosis(
        key="HOST_UNREACHABLE",
        fix_owner="you",
        retryable=True,
        source="https://cloud.google.com/vpc/docs/configure-private-google-access",
        cause="{host} has an address and cannot be reached: {detail}.",
        fix="curl -sv https://oauth2.googleapis.com/   (shows where it ends; a firewall has to let port 443 out)",
        triggered_by=("network.connectivity",),
        explains=("UNREACHABLE",),
    ),
    Diagnosis(
        key="INTERCEPTED",
        fix_owner="you",
        source="https://pki.goog/repository/",
        cause="The certificates of Google's hosts are signed by {issuers}, which this machine trusts: a proxy of your organization reads along, tokens included.",
        fix="nothing, if that is meant; tools that do not know the CA need SSL_CERT_FILE",
        triggered_by=("network.private_access",),
    ),
)
