"""What is wrong with settings that are right one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provision.errors import Problem
from provision.settings.table import BY_KEY
from provision.settings.values import CI_PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def conflicts(values: Mapping[str, Any], sources: Mapping[str, str]) -> Iterator[Problem]:
    """Yield each.

    Args:
        values: by the settings' attributes.
        sources: where each value that was given came from, by the settings' keys.
    """
    yield from _of_ci(values)
    yield from _of_terraform(values, sources)


def _of_ci(values: Mapping[str, Any]) -> Iterator[Problem]:
    provider = values["ci_provider"]
    if not provider:
        given = [
            name
            for name in ("repository", "repository_id", "owner_id", "branch", "issuer", "jwks", "attributes")
            if values[f"ci_{name}"]
        ]
        if given:
            yield Problem(
                what=f"ci.{given[0]} is set, and ci.provider is not",
                cause="no one's pipelines would be let in, and no one would notice",
                fix=f"add `provider: github` (or {', '.join(CI_PROVIDERS[1:])}) under `ci:`",
            )
        return
    if provider == "cloud-build":
        for name in ("repository_id", "owner_id", "branch", "issuer", "jwks", "attributes"):
            if values[f"ci_{name}"]:
                yield Problem(
                    what=f"ci.{name} cannot be used with cloud-build",
                    cause="Cloud Build runs as a service account inside Google Cloud; no token is exchanged that could"
                    " be pinned",
                    fix="remove it; the trigger says which repository and branch it runs for",
                )
    elif not values["ci_repository"]:
        yield Problem(
            what=f"ci.provider is {provider}, and ci.repository is not set",
            cause="without it, every repository there would be let in",
            fix="add `repository: OWNER/NAME` under `ci:`",
        )
    elif provider == "github" and values["ci_repository"].count("/") != 1:
        yield Problem(
            what=f"ci.repository {values['ci_repository']!r} cannot be used",
            cause="on GitHub a repository is written `owner/name`",
            fix="copy it from the address of its page, without host and `.git`",
        )
    if values["ci_service_account"] == values["identity_service_account"]:
        yield Problem(
            what=f"ci.service_account and identity.service_account are both {values['ci_service_account']!r}",
            cause="a pipeline would then have all that the application may do, and the reverse",
            fix="give the two different ids",
        )


def _of_terraform(values: Mapping[str, Any], sources: Mapping[str, str]) -> Iterator[Problem]:
    """Yield what is wrong among the settings that only Terraform carries out."""
    for section, key, attribute, nothing in (
        ("budget", "budget.amount", "budget_amount", "no budget would be made"),
        ("endpoint", "endpoint.model", "deployed_model", "no model would be deployed"),
    ):
        others = [each for each in sources if each.startswith(f"{section}.") and each != key]
        if others and not values[attribute]:
            yield Problem(
                what=f"{others[0]} is set, and {key} is not",
                cause=f"{nothing}, and no one would notice",
                fix=f"add `{key.partition('.')[2]}: {BY_KEY[key].example}` under `{section}:`, or remove the others",
            )
    if values["budget_amount"] and not values["billing_account"]:
        yield Problem(
            what="budget.amount is set, and billing.account is not",
            cause="a budget belongs to a billing account",
            fix="add `account: 000000-AAAAAA-111111` under `billing:`",
        )
    machine = [
        each
        for each in ("endpoint.accelerator_type", "endpoint.accelerator_count", "endpoint.max_replicas")
        if each in sources
    ]
    if machine and not values["deployed_machine_type"]:
        yield Problem(
            what=f"{machine[0]} is set, and endpoint.machine_type is not",
            cause="it belongs to a machine; without one, Model Garden's own choice is taken whole",
            fix=f"add `machine_type: {BY_KEY['endpoint.machine_type'].example}` under `endpoint:`",
        )
