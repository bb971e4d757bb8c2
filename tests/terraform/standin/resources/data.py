"""The data source google_project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.terraform.standin.resources.project import Project
from tests.terraform.standin.rest import ProviderError

if TYPE_CHECKING:
    from tests.terraform.standin.resources.kind import State
    from tests.terraform.standin.rest import Google


def project(config: State, google: Google) -> State:
    """Read a project; one that is not there, or is being deleted, is an error."""
    name = config["project_id"] or google.settings.project
    if not name:
        raise ProviderError("no project value set. `project_id` must be set at the resource level")
    found = Project().read({"project_id": name, "labels": None, "terraform_labels": None}, google)
    if found is None:
        raise ProviderError(f"project {name} not found or not in ACTIVE state")
    return {**found, "labels": found["effective_labels"]}
