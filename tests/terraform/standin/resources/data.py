"""The data sources google_project and google_cloud_quotas_quota_info."""

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


def quota_info(config: State, google: Google) -> State:
    """Read a quota; what is nested has one element, as in every list of one."""
    path = f"{config['parent']}/locations/global/services/{config['service']}/quotaInfos/{config['quota_id']}"
    found = google.call("cloud_quotas", "GET", path)
    return {
        **config,
        "id": found["name"],
        "name": found["name"],
        "metric": found.get("metric"),
        "dimensions": found.get("dimensions", []),
        "dimensions_infos": [
            {
                "applicable_locations": each.get("applicableLocations", []),
                "details": [{"value": each["details"]["value"]}],
                "dimensions": each.get("dimensions", {}),
            }
            for each in found["dimensionsInfos"]
        ],
    }
