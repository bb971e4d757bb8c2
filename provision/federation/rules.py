"""What a provider must look like, so that the pipelines of one repository come in and no one else.

A provider takes any token that its issuer signed: GitHub signs those of every repository there is. So the condition
is what lets one repository in, and the name in it must be one that no one else can get. The name of a repository can
be taken by others once it is renamed, moved or deleted; its number cannot. Where the number is given, it is pinned.
https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provision.config import Config

SUBJECT: Final = "google.subject"
TRUST_ROLE: Final = "roles/iam.workloadIdentityUser"


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What an issuer calls the same thing in its tokens.

    Attributes:
        branch: a condition with ``{}`` for the branch.
    """

    repository: str
    repository_id: str
    owner_id: str
    branch: str


# https://docs.github.com/actions/reference/security/oidc
# https://docs.gitlab.com/ci/secrets/id_token_authentication/
CLAIMS: Final = {
    "github": Claims(
        repository="repository",
        repository_id="repository_id",
        owner_id="repository_owner_id",
        branch="assertion.ref == 'refs/heads/{}'",
    ),
    "gitlab": Claims(
        repository="project_path",
        repository_id="project_id",
        owner_id="namespace_id",
        branch="assertion.ref == '{}' && assertion.ref_type == 'branch'",
    ),
}


def is_federated(config: Config) -> bool:
    """Whether pipelines come from outside: Cloud Build runs inside Google Cloud, and exchanges no token."""
    return config.ci_provider in CLAIMS


def mapping(config: Config) -> dict[str, str]:
    """Return the attribute mapping: what an allow policy can name, and what of the token it is.

    The subject is the repository's number, since it may have 127 bytes, and the token's own holds the whole path and
    branch. Who gets in is decided by the attributes, and logs show both.
    https://docs.cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines
    """
    claims = CLAIMS[config.ci_provider]
    return {
        SUBJECT: f"assertion.{claims.repository_id}",
        "attribute.repository": f"assertion.{claims.repository}",
        "attribute.repository_id": f"assertion.{claims.repository_id}",
        **{f"attribute.{name}": expression for name, expression in config.ci_attributes.items()},
    }


def is_unbounded(mapping: Mapping[str, str]) -> bool:
    """Whether the subject grows with names of groups and branches: a longer one than 127 bytes is refused."""
    return mapping.get(SUBJECT) == "assertion.sub"


def condition(config: Config) -> str:
    """Return the attribute condition. Settings hold nothing that could end the text in quotes."""
    claims = CLAIMS[config.ci_provider]
    if config.ci_repository_id:
        parts = [f"assertion.{claims.repository_id} == '{config.ci_repository_id}'"]
    else:
        parts = [f"assertion.{claims.repository} == '{config.ci_repository}'"]
    if config.ci_owner_id:
        parts.append(f"assertion.{claims.owner_id} == '{config.ci_owner_id}'")
    if config.ci_branch:
        parts.append(claims.branch.format(config.ci_branch))
    return " && ".join(parts)


def attribute(config: Config) -> str:
    """Return what the service account's policy trusts, as it is in a principal set behind the pool."""
    if config.ci_repository_id:
        return f"attribute.repository_id/{config.ci_repository_id}"
    return f"attribute.repository/{config.ci_repository}"


def member(pool: str, attribute: str) -> str:
    """Return the principal set of an attribute; ``pool`` is the full resource name, with the project's number.

    https://cloud.google.com/iam/docs/principal-identifiers
    """
    return f"principalSet://iam.googleapis.com/{pool}/{attribute}"


def pool_name(config: Config, project: str = "") -> str:
    """Return the pool's full resource name; ``project`` is the number where one is known, else the id is in."""
    return f"projects/{project or config.project_id}/locations/global/workloadIdentityPools/{config.ci_pool}"


def provider_name(config: Config, project: str = "") -> str:
    """Return the provider's full resource name, as `pool_name`."""
    return f"{pool_name(config, project)}/providers/{config.ci_pool_provider}"


def audience(provider: str) -> str:
    """Return the audience that a token must be made for, where the provider names no other."""
    return f"https://iam.googleapis.com/{provider}"
