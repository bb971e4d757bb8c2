"""The services that exist: titles, what enabling them demands, and which others they need.

Which there are and how they are called is data, `services.json`, which `python -m emulator.generate.catalogs` writes
from what Google publishes; it names its sources. A service whose title none of them says has its name as its title.
https://github.com/googleapis/googleapis/blob/master/google/api/usage.proto
"""

from __future__ import annotations

import functools
import json
from importlib.resources import files
from typing import Any, Final


@functools.cache
def titles() -> dict[str, str]:
    """Return the title of each service by its name, such as `aiplatform.googleapis.com`."""
    found: dict[str, str] = rows("services.json")
    return found


def rows(name: str) -> Any:
    """Return what a data file of this package holds, without its sources."""
    return json.loads(files(__package__).joinpath(name).read_text("utf-8"))["rows"]


BILLED: Final = frozenset(
    f"{name}.googleapis.com"
    for name in (
        "aiplatform",  # `gcloud services list --format=json` shows `billing-enabled` in its requirements
        "artifactregistry",  # this and the rest: named by the error that people reported, `errors.billing_required`
        "cloudbuild",
        "cloudscheduler",
        "compute",
        "container",
        "containerregistry",
        "run",
        "secretmanager",
    )
)
"""Services that cannot be enabled without billing; of the others it is not established."""

_DEPENDENCIES: Final = {
    "bigquerystorage": ("bigquery",),
    "ces": ("contactcenterinsights",),
    "cloudapis": (
        "bigquery",
        "cloudtrace",
        "datastore",
        "logging",
        "monitoring",
        "servicemanagement",
        "serviceusage",
        "sql-component",
        "storage",
        "storage-api",
        "storage-component",
    ),
    "container": ("compute",),
}

DEPENDENCIES: Final = {
    f"{name}.googleapis.com": tuple(f"{each}.googleapis.com" for each in needed)
    for name, needed in _DEPENDENCIES.items()
}
"""What real errors of `disable` have named; what else needs what is not established."""


def with_dependencies(services: list[str]) -> list[str]:
    """Return services and all that they need, what is needed first, each once."""
    found: dict[str, None] = {}

    def visit(service: str) -> None:
        for needed in DEPENDENCIES.get(service, ()):
            visit(needed)
        found[service] = None

    for service in services:
        visit(service)
    return list(found)


def needed_by(service: str) -> list[str]:
    """Return the services that need this one, directly or through others."""
    return [each for each in sorted(DEPENDENCIES) if each != service and service in with_dependencies([each])]
