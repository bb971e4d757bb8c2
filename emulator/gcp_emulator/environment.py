"""The environment that points everything at a sandbox: gcloud, Terraform, google-auth, openai, provision.

Nothing is written into anyone's configuration; what would contradict is neutralised.
gcloud: https://cloud.google.com/sdk/gcloud/reference/config
Terraform: https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/provider_reference
"""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.readyfile import (
    GCLOUD_CONFIG,
    JAVA_CA_FILE,
    JAVA_PASSWORD,
    NO_CERTIFICATES,
    READY_FILE,
    TOKEN_FILE,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

GCLOUD_APIS: Final = (
    "AIPLATFORM",
    "CLOUDBILLING",
    "CLOUDQUOTAS",
    "CLOUDRESOURCEMANAGER",
    "IAM",
    "IAMCREDENTIALS",
    "MONITORING",
    "ORGPOLICY",
    "SERVICEUSAGE",
    "STS",
)

TERRAFORM_ENDPOINTS: Final = {
    "APIKEYS": "v2/",
    "BIG_QUERY": "bigquery/v2/",
    "BILLING_BUDGETS": "v1/",
    "CLOUD_ASSET": "v1/",
    "CLOUD_BILLING": "v1/",
    "CLOUD_QUOTAS": "v1/",
    "COMPUTE": "compute/v1/",
    "ESSENTIAL_CONTACTS": "v1/",
    "IAM2": "v2/",
    "IAM3": "v3/",
    "IAM_BETA": "v1/",
    "IAM_CREDENTIALS": "v1/",
    "IAM_WORKFORCE_POOL": "v1/",
    "KMS": "v1/",
    "LOGGING": "v2/",
    "MONITORING": "",
    "ORG_POLICY": "v2/",
    "PUBSUB": "v1/",
    "RESOURCE_MANAGER": "v1/",
    "RESOURCE_MANAGER_V3": "v3/",
    "SERVICE_USAGE": "v1/",
    "STORAGE": "storage/v1/",
    "TAGS": "v3/",
    "TAGS_LOCATION": "v3/",
    "VERTEX_AI": "v1/",
}
"""Each with the path its endpoint must end in: the provider wants `…/v1/`."""

STATE_PATH: Final = "/storage/v1/b"
STATE_ENDPOINT: Final = "GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT"
"""Of the backend that keeps Terraform's state in a bucket: https://developer.hashicorp.com/terraform/language/backend/gcs"""

PROJECT_OF_OTHERS: Final = ("GOOGLE_VERTEX_PROJECT", "VERTEXAI_PROJECT")
LOCATION_OF_OTHERS: Final = ("GOOGLE_VERTEX_LOCATION", "VERTEXAI_LOCATION")
"""What the AI SDK (`@ai-sdk/google-vertex`) and LiteLLM read before Google's own names."""

NO_CLIENT_CERTIFICATES: Final = {
    "GOOGLE_API_USE_CLIENT_CERTIFICATE": "false",
    "GOOGLE_API_USE_MTLS_ENDPOINT": "never",
    "CLOUDSDK_CONTEXT_AWARE_USE_CLIENT_CERTIFICATE": "false",
}
"""A certificate that this machine has for Google would send its clients to `*.mtls.googleapis.com`."""

CONTRADICTING: Final = (
    "CLOUDSDK_ACTIVE_CONFIG_NAME",
    "CLOUDSDK_BILLING_QUOTA_PROJECT",
    "CLOUDSDK_CORE_ACCOUNT",
    "CLOUDSDK_CORE_UNIVERSE_DOMAIN",
    "GCE_METADATA_HOST",
    "GCE_METADATA_IP",
    "GCE_METADATA_ROOT",
    "GCLOUD_KEYFILE_JSON",
    "GCLOUD_PROJECT",
    "GOOGLE_API_CERTIFICATE_CONFIG",
    "GOOGLE_APPLICATION_CREDENTIALS_JSON",
    "GOOGLE_BILLING_PROJECT",
    "GOOGLE_CLOUD_KEYFILE_JSON",
    "GOOGLE_CLOUD_QUOTA_PROJECT",
    "GOOGLE_CLOUD_UNIVERSE_DOMAIN",
    "GOOGLE_CREDENTIALS",
    "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT",
    "GOOGLE_PROJECT",
    "OPENAI_ORG_ID",
    "OPENAI_PROJECT_ID",
    "PROVISION_BILLING_ACCOUNT",
    "USER_PROJECT_OVERRIDE",
)
"""Variables that would send a client elsewhere, or as someone else."""

CONTRADICTING_KINDS: Final = ("CLOUDSDK_API_ENDPOINT_OVERRIDES_", "CLOUDSDK_AUTH_", "CLOUDSDK_PROXY_")
"""And all that begin so."""

PROXIES: Final = ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "grpc_proxy")

TERRAFORM_NEEDS: Final = ("GOOGLE_CLOUD_PROJECT", "GOOGLE_OAUTH_ACCESS_TOKEN")

CLOSED_PROXY: Final = "http://127.0.0.1:9"  # the discard port: nothing listens there

NO_PROXY_FOR: Final = ("127.0.0.1", "localhost")

CERTIFICATE_FILES: Final = (
    "SSL_CERT_FILE",  # OpenSSL: Python, httpx, openai, Ruby, curl; Go on Linux
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "HTTPLIB2_CA_CERTS",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
    "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
    "NODE_EXTRA_CA_CERTS",
)
GO_CERTIFICATES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")
NODE_OPTION: Final = "--use-openssl-ca"


def variables(ready: Mapping[str, Any], *, empty_project: bool = False) -> dict[str, str]:
    """Return what to set for a running sandbox.

    Args:
        ready: the contents of its ready file.
        empty_project: make the empty project the default one, and name the open billing account.
    """
    rest_url, token = ready["rest_url"], ready["token"]
    project = ready["empty_project"] if empty_project else ready["project"]
    directory = Path(ready["credentials_file"]).parent
    common = {
        "PROVISION_TARGET": str(directory / READY_FILE),
        "GOOGLE_APPLICATION_CREDENTIALS": ready["credentials_file"],
        "GOOGLE_CLOUD_PROJECT": project,
        "GOOGLE_CLOUD_LOCATION": ready["location"],
        **dict.fromkeys(PROJECT_OF_OTHERS, project),
        **dict.fromkeys(LOCATION_OF_OTHERS, ready["location"]),
        **NO_CLIENT_CERTIFICATES,
        "OPENAI_API_KEY": token,
        "GOOGLE_OAUTH_ACCESS_TOKEN": token,
        "CLOUDSDK_CONFIG": str(directory / GCLOUD_CONFIG),
        "CLOUDSDK_CORE_PROJECT": project,
        "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(directory / TOKEN_FILE),
        "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
        "CLOUDSDK_CORE_CHECK_GCE_METADATA": "0",
        "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "1",
        "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "1",
        "CLOUDSDK_CORE_SURVEY_DISABLE_PROMPTS": "1",
    }
    if empty_project:
        common["PROVISION_BILLING_ACCOUNT"] = ready["billing_account"]
    chat = f"/v1/projects/{project}/locations/global/endpoints/openapi"
    if "proxy_url" in ready:
        return common | {"OPENAI_BASE_URL": f"https://aiplatform.googleapis.com{chat}"} | _intercepted(ready, directory)
    return common | {"OPENAI_BASE_URL": rest_url + chat} | _redirected(rest_url) | _without_proxy()


def _redirected(rest_url: str) -> dict[str, str]:
    """Return what points clients at the sandbox's own address."""
    terraform = TERRAFORM_ENDPOINTS.items()
    return {
        "METADATA_SERVER_DETECTION": "none",
        "NO_GCE_CHECK": "true",
        "CLOUDSDK_AUTH_TOKEN_HOST": f"{rest_url}/token",
        **{f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{api}": f"{rest_url}/" for api in GCLOUD_APIS},
        **{f"GOOGLE_{name}_CUSTOM_ENDPOINT": f"{rest_url}/{path}" for name, path in terraform},
        STATE_ENDPOINT: rest_url + STATE_PATH,
    }


def _intercepted(ready: Mapping[str, Any], directory: Path) -> dict[str, str]:
    """Return what sends clients through the proxy, and has them trust its certificates and no others.

    A client that goes past the proxy then cannot finish a handshake with the real host. That is why the directory
    of certificates is set as well, to an empty one: OpenSSL adds it to the file. Node adds `NODE_EXTRA_CA_CERTS` to
    the roots that it was built with, hence OpenSSL's there too, as an option.
    The metadata server is named by its address here, because google-auth looks for it without asking the proxy.
    """
    proxy, ca, metadata = ready["proxy_url"], ready["ca_file"], ready["rest_url"].partition("://")[2]
    exempt = ",".join(NO_PROXY_FOR)
    node = os.environ.get("NODE_OPTIONS", "")
    return {
        **dict.fromkeys(PROXIES, proxy),
        "NO_PROXY": exempt,
        "no_proxy": exempt,
        "no_grpc_proxy": exempt,
        **dict.fromkeys(CERTIFICATE_FILES, ca),
        "SSL_CERT_DIR": str(directory / NO_CERTIFICATES),
        "NODE_OPTIONS": node if NODE_OPTION in node.split() else f"{node} {NODE_OPTION}".strip(),
        "NODE_USE_ENV_PROXY": "1",
        "JAVA_TOOL_OPTIONS": _java(proxy, directory / JAVA_CA_FILE),
        "GCE_METADATA_HOST": metadata,
        "GCE_METADATA_IP": metadata,
    }


def _java(proxy: str, trust_store: Path) -> str:
    """Return what sends a JVM through the proxy, after what the user's own options say; it reads no other variable.

    https://docs.oracle.com/en/java/javase/17/core/java-networking.html#GUID-2C88D6BD-F278-4BD5-B0E5-F39B2BFA840C
    """
    host, _, port = proxy.partition("://")[2].rpartition(":")
    found = {
        "http.proxyHost": host,
        "http.proxyPort": port,
        "https.proxyHost": host,
        "https.proxyPort": port,
        "http.nonProxyHosts": "|".join(NO_PROXY_FOR),
        "javax.net.ssl.trustStore": f"'{trust_store}'" if " " in str(trust_store) else str(trust_store),
        "javax.net.ssl.trustStoreType": "PKCS12",
        "javax.net.ssl.trustStorePassword": JAVA_PASSWORD,
    }
    options = os.environ.get("JAVA_TOOL_OPTIONS", "").split(" -D")
    own = " -D".join(option for option in options if option.partition("=")[0] not in found)
    return " ".join([*([own] if own else []), *(f"-D{name}={value}" for name, value in found.items())])


def child(ready: Mapping[str, Any], *, empty_project: bool = False) -> dict[str, str]:
    """Return the whole environment of a command that runs inside a private sandbox."""
    environment = {name: value for name, value in os.environ.items() if not contradicts(name)}
    return environment | variables(ready, empty_project=empty_project)


def _without_proxy() -> dict[str, str]:
    """Return what keeps this machine's proxy, if it has one, from standing before loopback."""
    if not any(os.environ.get(name) for name in PROXIES):
        return {}
    hosts = [host for name in ("NO_PROXY", "no_proxy") for host in os.environ.get(name, "").split(",") if host]
    exempt = ",".join(dict.fromkeys([*hosts, *NO_PROXY_FOR]))
    return {"NO_PROXY": exempt, "no_proxy": exempt}


def contradicts(name: str) -> bool:
    """Tell whether a variable would send a client elsewhere, or as someone else."""
    return (
        name in CONTRADICTING
        or name.startswith(CONTRADICTING_KINDS)
        or (name.startswith("GOOGLE_") and name.endswith("_CUSTOM_ENDPOINT"))
    )


def render(found: Mapping[str, str], style: str) -> str:
    """Return variables in one of the `STYLES`.

    `shell`, `powershell` and `terraform` also take away what would contradict; a file that is read cannot.
    """
    return STYLES[style](found)


def _shell(found: Mapping[str, str]) -> str:
    unset = [f"unset {name}" for name in _to_unset(found)]
    return "\n".join([*unset, *(f"export {name}={shlex.quote(value)}" for name, value in found.items())])


def _dotenv(found: Mapping[str, str]) -> str:
    """Write what a POSIX shell sources (`set -a; . ./.env`) and dotenv libraries read alike.

    Plain values stand bare, because Docker's --env-file takes quotes literally.
    """
    return "\n".join(f"{name}={shlex.quote(value) if value else ''}" for name, value in found.items())


def _json(found: Mapping[str, str]) -> str:
    return json.dumps(found, indent=2)


def _powershell(found: Mapping[str, str]) -> str:
    """Write assignments for `Invoke-Expression`; in single quotes only a quote is special, also a typographic one.

    https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
    """
    unset = [f"Remove-Item Env:{name}" for name in _to_unset(found)]
    quoted = ((name, re.sub("(['\u2018-\u201b])", r"\1\1", value)) for name, value in found.items())
    return "\n".join([*unset, *(f"$env:{name} = '{value}'" for name, value in quoted)])


def _github(found: Mapping[str, str]) -> str:
    """Write what is appended to `$GITHUB_ENV`; values of several lines between marks that they do not hold.

    https://docs.github.com/actions/reference/workflow-commands-for-github-actions#setting-an-environment-variable
    """
    lines = []
    for name, value in found.items():
        if "\n" not in value and "\r" not in value:
            lines.append(f"{name}={value}")
            continue
        mark = "END"
        while mark in value:
            mark += "_"
        lines.append(f"{name}<<{mark}\n{value}\n{mark}")
    return "\n".join(lines)


def _terraform(found: Mapping[str, str]) -> str:
    """Write shell commands for the Google provider alone: its endpoints, its token, and no way out of this machine.

    Hosts that it has no endpoint for it would still call: those calls are sent to the emulator as a proxy, which
    refuses them by name, as Go asks no proxy for loopback; with `--intercept` all are answered.
    """
    wanted = {
        name: value
        for name, value in found.items()
        if name in TERRAFORM_NEEDS or (name.startswith("GOOGLE_") and name.endswith("_CUSTOM_ENDPOINT"))
    }
    proxy = found.get("HTTPS_PROXY") or found[STATE_ENDPOINT].removesuffix(STATE_PATH)
    proxies = {"HTTPS_PROXY": proxy, "NO_PROXY": ",".join(NO_PROXY_FOR)}
    return _shell(wanted | proxies | {name: found[name] for name in GO_CERTIFICATES if name in found})


def _to_unset(found: Mapping[str, str]) -> list[str]:
    return [name for name in sorted(os.environ) if contradicts(name) and name not in found]


STYLES: Final = {
    "shell": _shell,
    "dotenv": _dotenv,
    "json": _json,
    "powershell": _powershell,
    "github": _github,
    "terraform": _terraform,
}
