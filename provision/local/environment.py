"""What on this machine steers Google's tools: environment variables, and the configuration of gcloud.

Files are read as gcloud writes them; gcloud itself is never run. No secret is kept: only variables that are listed
here, and of an address neither name nor password.
https://cloud.google.com/sdk/docs/properties, https://cloud.google.com/sdk/docs/configurations
"""

from __future__ import annotations

import configparser
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES: Final = frozenset(
    {
        "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE",
        "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE",
        "CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT",
        "CLOUDSDK_BILLING_QUOTA_PROJECT",
        "CLOUDSDK_CORE_ACCOUNT",
        "CLOUDSDK_CORE_PROJECT",
        "CLOUDSDK_CORE_UNIVERSE_DOMAIN",
        "GCE_METADATA_HOST",
        "GCE_METADATA_IP",
        "GCLOUD_PROJECT",
        "GCP_PROJECT",
        "GOOGLE_API_USE_MTLS_ENDPOINT",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "GOOGLE_CLOUD_LOCATION",
        "GOOGLE_CLOUD_PROJECT",
        "GOOGLE_CLOUD_QUOTA_PROJECT",
        "GOOGLE_CLOUD_UNIVERSE_DOMAIN",
        "GOOGLE_GENAI_USE_VERTEXAI",
        "OPENAI_BASE_URL",
    }
)
_OVERRIDES: Final = "CLOUDSDK_API_ENDPOINT_OVERRIDES_"
_EMULATOR: Final = "_EMULATOR_HOST"


@dataclass(frozen=True, kw_only=True)
class LocalEnvironment:
    """What steers Google's tools here.

    Attributes:
        variables: the listed ones that are set, each emulator's host, and each override of an API's endpoint.
        configuration: the name of gcloud's active configuration; empty where gcloud was never set up.
        gcloud: its properties, such as ``core/account``; variables win over them.
    """

    variables: dict[str, str] = field(default_factory=dict)
    configuration: str = ""
    gcloud: dict[str, str] = field(default_factory=dict)


def read_environment(environment: Mapping[str, str] = os.environ) -> LocalEnvironment:
    """Read the variables and gcloud's active configuration; what cannot be read counts as not there."""
    variables = {
        name: _without_login(value)
        for name, value in sorted(environment.items())
        if value and (name in NAMES or name.endswith(_EMULATOR) or name.startswith(_OVERRIDES))
    }
    folder = _folder(environment)
    named = environment.get("CLOUDSDK_ACTIVE_CONFIG_NAME", "")
    name = named or _text(folder / "active_config").strip()
    file = folder / "configurations" / f"config_{name or 'default'}"
    text = _text(file)
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return LocalEnvironment(variables=variables)
    properties = {
        f"{section}/{key}": _without_login(value)
        for section in parser.sections()
        for key, value in parser.items(section)
    }
    wanted = {"core/account", "core/project", "billing/quota_project", "auth/impersonate_service_account"}
    return LocalEnvironment(
        variables=variables,
        configuration=name or ("default" if text else ""),
        gcloud={key: value for key, value in properties.items() if key in wanted},
    )


def _folder(environment: Mapping[str, str]) -> Path:
    if environment.get("CLOUDSDK_CONFIG"):
        return Path(environment["CLOUDSDK_CONFIG"])
    if os.name == "nt":
        return Path(environment.get("APPDATA", "")) / "gcloud"
    return Path("~/.config/gcloud").expanduser()


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _without_login(value: str) -> str:
    """Return an address without name, password and query; anything else as it is."""
    if "://" not in value:
        return value
    try:
        parts = urlsplit(value)
    except ValueError:
        return ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
