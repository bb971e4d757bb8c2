"""The same project for Terraform: the module's input, and what its outputs say.

The module is `terraform/` of this project; its variables are named as the sections of ``provision.yaml``.
"""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any, Final

from provision.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from provision.config import Config

OUTPUTS: Final = {"project_id": "project.id", "model": "model.id", "model_location": "model.location"}
"""The module's outputs that are settings, with the key of each."""


def variables(config: Config) -> dict[str, Any]:
    """Return the module's input. What was left out is left out here too, where the module has the same default.

    Raises:
        UsageError: something is asked for that Terraform cannot do.
    """
    if config.undelete_project:
        raise UsageError(
            "project.undelete is not done by Terraform",
            cause="Terraform cannot restore a project, and ignoring it would look like success",
            fix=f"run `gcloud projects undelete {config.project_id}`, and remove it",
        )
    empty = sorted(name for name, value in config.labels.items() if not value)
    if empty:
        raise UsageError(
            f"project.labels: {', '.join(empty)} has no value",
            cause="the provider never comes to rest over it: every plan would change it again",
            fix="give it a value, or remove it",
        )
    project = {
        "id": config.project_id,
        "create": config.create_project,
        "parent": config.parent,
        "display_name": config.display_name,
        "labels": config.labels,
    }
    found: dict[str, Any] = {
        "project": _given(project),
        "billing": _given({"account": config.billing_account, "relink": config.relink_billing}),
        "services": sorted(config.services),
        "model": {"id": config.model, "location": config.model_location},
        "identity": None,
        "ci": _ci(config),
        "budget": None,
        "organization_policy": None,
        "endpoint": _endpoint(config),
    }
    if config.identity_service_account:
        found["identity"] = {
            "service_account": config.identity_service_account,
            "display_name": config.identity_display_name,
            "roles": sorted(config.identity_roles),
        }
    if config.budget_amount:
        budget = {
            "amount": config.budget_amount,
            "currency": config.budget_currency,
            "thresholds": list(config.budget_thresholds),
            "pubsub_topic": config.budget_pubsub_topic,
        }
        found["budget"] = _given(budget)
    if config.allowed_models:
        found["organization_policy"] = {"allowed_models": sorted(config.allowed_models)}
    return {name: value for name, value in found.items() if value not in (None, {})}


def _ci(config: Config) -> dict[str, Any] | None:
    if not config.ci_provider:
        return None
    return _given(
        {
            "provider": config.ci_provider,
            "repository": config.ci_repository,
            "repository_id": config.ci_repository_id,
            "owner_id": config.ci_owner_id,
            "branch": config.ci_branch,
            "service_account": config.ci_service_account,
            "roles": sorted(config.ci_roles),
            "pool": config.ci_pool,
            "pool_provider": config.ci_pool_provider,
            "issuer": config.ci_issuer,
            "jwks": config.ci_jwks,
            "attributes": config.ci_attributes,
        }
    )


def _endpoint(config: Config) -> dict[str, Any] | None:
    if not config.deployed_model:
        return None
    found: dict[str, Any] = {"model": config.deployed_model, "location": config.deployed_location}
    if config.deployed_machine_type:
        machine: dict[str, Any] = {
            "type": config.deployed_machine_type,
            "max_replicas": config.deployed_max_replicas,
        }
        if config.deployed_accelerator_type:
            machine["accelerator_type"] = config.deployed_accelerator_type
            machine["accelerator_count"] = config.deployed_accelerator_count
        found["machine"] = machine
    return found


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", {}, False)}


def render(config: Config) -> str:
    """Return ``terraform.tfvars.json``."""
    return json.dumps(variables(config), indent=2) + "\n"


def read_outputs(place: Path) -> dict[str, tuple[Any, str]]:
    """Return the settings that a Terraform state holds, by key, each with where it came from.

    Args:
        place: the folder of the root, where `terraform output -json` is run; or a file of what that printed.

    Raises:
        UsageError: there is no Terraform, no state, or not this module's outputs.
    """
    if not place.exists():
        raise UsageError(
            f"{place} does not exist",
            cause="it was named with --from-terraform",
            fix="name the folder that Terraform was applied in, or a file of what `terraform output -json` printed",
        )
    text = place.read_text("utf-8") if place.is_file() else said_by(place, "output", "-json")
    try:
        found = {name: each["value"] for name, each in json.loads(text).items()}
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise UsageError(
            f"{place} does not hold what `terraform output -json` prints",
            cause=str(error) or repr(error),
            fix="run `terraform output -json > outputs.json` and name that file",
        ) from error
    absent = [name for name in OUTPUTS if not isinstance(found.get(name), str)]
    if absent:
        raise UsageError(
            f"{place} has no output {', '.join(absent)}",
            cause="nothing was applied there yet, or the root does not pass the module's outputs on",
            fix='run `terraform apply`; your own root needs `output "project_id"` and so on'
            " (terraform/examples/provision-yaml/outputs.tf)",
        )
    return {key: (found[name], f"terraform output {name}") for name, key in OUTPUTS.items()}


def said_by(folder: Path, *words: str) -> str:
    """Run a command of Terraform in a root's folder, and return what it printed.

    Raises:
        UsageError: there is no Terraform, or it failed.
    """
    try:
        done = subprocess.run(["terraform", f"-chdir={folder}", *words], capture_output=True, text=True, check=False)
    except OSError as error:
        raise UsageError(
            "terraform cannot be run",
            cause=error.strerror or str(error),
            fix=f"install it, or name a file of what `terraform {' '.join(words)}` printed elsewhere",
        ) from error
    if done.returncode:
        message = " ".join(done.stderr.replace("\u2502", " ").split())
        raise UsageError(
            f"`terraform {words[0]}` failed in {folder}",
            cause=message,
            fix=f"run `terraform -chdir={folder} init`, then apply",
        )
    return done.stdout
