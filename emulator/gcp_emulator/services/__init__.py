"""The APIs: one package each, with its rules in `state.py` and its methods in `methods.py`.

`methods.py` holds `APIS`; the `state.py` of an API that has something in a fresh state holds
`seed(state, seed_data)`.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING, Final

from gcp_emulator.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gcp_emulator.api import Api
    from gcp_emulator.seed_data import SeedData
    from gcp_emulator.store import State

SERVICES: Final = (
    "resourcemanager",
    "billing",
    "serviceusage",
    "aiplatform",
    "oauth2",
    "iamcredentials",  # before IAM, which has older methods under the same paths
    "iam",
    "orgpolicy",
    "cloudquotas",
    "sts",
    "metadata",
    "billingbudgets",
    "monitoring",
    "compute",
    "storage",
    "logging",
    "pubsub",
    "cloudkms",
    "essentialcontacts",
    "apikeys",
    "bigquery",
    "cloudasset",
    "accesscontextmanager",
    "securitycenter",
    "privilegedaccessmanager",
    "appengine",
)

SEEDED: Final = ("resourcemanager", "billing", "serviceusage", "aiplatform", "cloudquotas", "metadata", "oauth2")
"""Those that a fresh state holds something of, in the order in which they are sown."""


def apis() -> Iterator[Api]:
    """Yield what each API declares."""
    for name in SERVICES:
        yield from import_module(f"{__name__}.{name}.methods").APIS


def import_all() -> None:
    """Import every module of every API, so that all tables are declared: rows of one that is not cannot be read."""
    for module in pkgutil.walk_packages(__path__, f"{__name__}."):
        import_module(module.name)


def registry() -> Registry:
    """Return all methods of all APIs."""
    return Registry(method for api in apis() for method in api.all())


def seed(state: State, seed_data: SeedData) -> None:
    """Put into a fresh state what each API has there."""
    for service in SEEDED:
        import_module(f"{__name__}.{service}.state").seed(state, seed_data)
