"""Find what on this machine points somewhere else.

Google's tools, the openai SDK and `provision` each read variables and files of their own. Where these contradict each
other, a check is green here and the application asks another project, or gcloud, which fixes are written for, acts as
someone else. Nothing of that makes a project less ready, so it is told as a warning. gcloud's files are read; gcloud
is never run.

Permissions: none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from provision.checks import CheckSpec, permissions_of
from provision.clients import Clients, ask
from provision.errors import NoAnswer
from provision.local.environment import LocalEnvironment
from provision.plan import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.config import Config
    from provision.plan import Check

REQUIRES: Final[tuple[str, ...]] = ()
VARIABLES: Final = CheckSpec(
    id="environment.variables",
    passes_when="No environment variable contradicts the configuration, or another one.",
    weight="advisory",
    # Sentences, whose projects and addresses are found by the words around them.
    evidence={"conflicts": "public", "stated": "public", "variables": "public", "set": "public"},
    diagnoses=("ENVIRONMENT_CONTRADICTS",),
)
GCLOUD: Final = CheckSpec(
    id="environment.gcloud",
    passes_when="gcloud and the libraries act as the same account.",
    weight="advisory",
    evidence={"gcloud_account": "id", "configuration": "person"},
    diagnoses=("GCLOUD_OTHER_ACCOUNT",),
)
CHECKS: Final = (VARIABLES, GCLOUD)
PERMISSIONS: Final = permissions_of(CHECKS)
_PROJECTS: Final = ("GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT", "GCLOUD_PROJECT", "GCP_PROJECT")
_GOOGLE: Final = "googleapis.com"


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What steers Google's tools here, and whose the credentials are; empty if Google does not say."""

    local_environment: LocalEnvironment
    principal: str | NoAnswer = ""
    quota_project: str = ""


UNOBSERVED: Final = Observed(local_environment=LocalEnvironment())


def observe(config: Config, clients: Clients) -> Observed:
    """Read variables and files; ask whose the credentials are where gcloud names an account to compare it with."""
    local_environment = clients.environment()
    if not _account(local_environment) or config.target.name != "Google Cloud":
        return Observed(local_environment=local_environment)
    return Observed(
        local_environment=local_environment,
        principal=ask(clients.principal),
        quota_project=_or_empty(ask(lambda: clients.credentials.identity.quota_project)),
    )


def _or_empty(answer: str | NoAnswer) -> str:
    return answer if isinstance(answer, str) else ""


def _account(local_environment: LocalEnvironment) -> str:
    """Return whom gcloud acts as."""
    variables, gcloud = local_environment.variables, local_environment.gcloud
    return (
        variables.get("CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT")
        or gcloud.get("auth/impersonate_service_account")
        or variables.get("CLOUDSDK_CORE_ACCOUNT")
        or gcloud.get("core/account", "")
    ).rpartition(",")[2]


def evaluate(config: Config, observed: Observed) -> Iterator[Check]:
    """Evaluate whether all of it points to the same place."""
    found = list(conflicts(config, observed))
    if found:
        message = "; ".join(text for text, _ in found)
        yield VARIABLES.warned(
            message,
            "ENVIRONMENT_CONTRADICTS",
            conflicts=tuple(text for text, _ in found),
            stated=message,
            variables=" ".join(dict.fromkeys(name for _, name in found)),
        )
    else:
        yield VARIABLES.passed("no variable contradicts another", set=tuple(observed.local_environment.variables))
    yield from _gcloud(config, observed)


def _gcloud(config: Config, observed: Observed) -> Iterator[Check]:
    account, principal = _account(observed.local_environment), observed.principal
    if not account or config.target.name != "Google Cloud":
        return  # nothing to compare: no gcloud here, or a sandbox's own credentials
    evidence: dict[str, Any] = {"gcloud_account": account, "configuration": observed.local_environment.configuration}
    if not isinstance(principal, str) or not principal:
        summary = f"gcloud acts as {account}; whose the libraries' credentials are could not be seen"
        yield GCLOUD.unknown(summary, principal if isinstance(principal, NoAnswer) else None, **evidence)
    elif principal.casefold() != account.casefold():
        summary = f"gcloud acts as {account}, the libraries and this tool as {principal}"
        yield GCLOUD.warned(summary, "GCLOUD_OTHER_ACCOUNT", **evidence)
    else:
        yield GCLOUD.passed(f"gcloud and the libraries act as {account}", **evidence)


def conflicts(config: Config, observed: Observed) -> Iterator[tuple[str, str]]:
    """Yield what contradicts what, in words, with the variable to unset."""
    variables = observed.local_environment.variables
    for name in _PROJECTS:
        if variables.get(name, config.project_id) != config.project_id:
            yield f"{name} is {variables[name]}, and {config.project_id} is checked", name
    location = variables.get("GOOGLE_CLOUD_LOCATION", config.model_location)
    if location != config.model_location:
        yield (
            f"GOOGLE_CLOUD_LOCATION is {location}, and the model is asked at {config.model_location}",
            ("GOOGLE_CLOUD_LOCATION"),
        )
    yield from _quota_projects(observed)
    yield from _files_and_universes(variables)
    yield from _other_hosts(config, variables)


def _quota_projects(observed: Observed) -> Iterator[tuple[str, str]]:
    variables = observed.local_environment.variables
    ours = variables.get("GOOGLE_CLOUD_QUOTA_PROJECT", "") or observed.quota_project
    theirs = variables.get("CLOUDSDK_BILLING_QUOTA_PROJECT") or observed.local_environment.gcloud.get(
        "billing/quota_project", ""
    )
    # gcloud's three words for a rule of its own, not names of projects.
    if (
        ours
        and theirs
        and ours != theirs
        and theirs not in {"CURRENT_PROJECT", "CURRENT_PROJECT_WITH_FALLBACK", "LEGACY"}
    ):
        name = "CLOUDSDK_BILLING_QUOTA_PROJECT"
        yield (
            f"gcloud's calls are charged to {theirs}, the libraries' to {ours}",
            (name if name in variables else "GOOGLE_CLOUD_QUOTA_PROJECT"),
        )


def _files_and_universes(variables: dict[str, str]) -> Iterator[tuple[str, str]]:
    pairs = (
        ("CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE", "GOOGLE_APPLICATION_CREDENTIALS"),
        ("CLOUDSDK_CORE_UNIVERSE_DOMAIN", "GOOGLE_CLOUD_UNIVERSE_DOMAIN"),
    )
    for theirs, ours in pairs:
        if theirs in variables and ours in variables and variables[theirs] != variables[ours]:
            yield f"{theirs} is {variables[theirs]}, and {ours} is {variables[ours]}", theirs
    if "GCE_METADATA_HOST" in variables and "GCE_METADATA_IP" not in variables:
        yield "GCE_METADATA_HOST is set without GCE_METADATA_IP, which google-auth looks for first", "GCE_METADATA_HOST"


def _other_hosts(config: Config, variables: dict[str, str]) -> Iterator[tuple[str, str]]:
    sandbox = config.target.address
    for name, value in variables.items():
        if name.endswith("_EMULATOR_HOST") and not (sandbox and _is_at(value, sandbox)):
            yield f"{name} is {value}: clients of that API talk to an emulator", name
        if name.startswith("CLOUDSDK_API_ENDPOINT_OVERRIDES_") and not (
            _is_at(value, sandbox) if sandbox else _GOOGLE in value
        ):
            yield f"{name} is {value}: gcloud asks another place than this tool", name
    if variables.get("GOOGLE_API_USE_MTLS_ENDPOINT") == "always":
        yield "GOOGLE_API_USE_MTLS_ENDPOINT is always: Google's clients ask mtls hosts", "GOOGLE_API_USE_MTLS_ENDPOINT"
    if variables.get("GOOGLE_GENAI_USE_VERTEXAI", "").lower() in {"0", "false"}:
        yield "GOOGLE_GENAI_USE_VERTEXAI is false: the genai SDK does not ask Vertex AI", "GOOGLE_GENAI_USE_VERTEXAI"
    base_url = variables.get("OPENAI_BASE_URL", "")
    if base_url and f"/projects/{config.project_id}/" not in base_url:
        yield f"OPENAI_BASE_URL is {base_url}: the openai SDK asks there, not {config.project_id}", "OPENAI_BASE_URL"
    elif base_url and sandbox and not _is_at(base_url, sandbox):
        yield f"OPENAI_BASE_URL is {base_url}, and the target is a sandbox", "OPENAI_BASE_URL"
    elif base_url and not sandbox and _GOOGLE not in base_url:
        yield f"OPENAI_BASE_URL is {base_url}: the openai SDK asks there, not Google Cloud", "OPENAI_BASE_URL"


def _is_at(address: str, sandbox: str) -> bool:
    return address.removeprefix("http://").startswith(sandbox.removeprefix("http://"))
