"""The paths of the metadata server that google-auth asks, in Python and in Node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.rpc import Method
from gcp_emulator.services.metadata import state

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.call import Call

SERVICE: Final = "metadata.google.internal"
ROOT: Final = "GET /computeMetadata/v1"
ACCOUNTS: Final = f"{ROOT}/instance/service-accounts"


def _method(name: str, http: str, handle: Callable[[Call], Any]) -> Method:
    return Method(
        name=f"metadata.{name}",
        http=(http,),
        handle=handle,
        service=SERVICE,
        source="https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys",
        auth=False,
        consumer="none",
    )


METHODS: Final = (
    _method("root", "GET /", state.root),
    _method("project.projectId", f"{ROOT}/project/project-id", state.project_id),
    _method("project.numericProjectId", f"{ROOT}/project/numeric-project-id", state.numeric_project_id),
    _method("universe.universeDomain", f"{ROOT}/universe/universe-domain", state.universe),
    _method("instance", f"{ROOT}/instance", state.instance),
    _method("instance.get", f"{ROOT}/instance/{{value}}", state.instance_value),
    _method("serviceAccounts.list", ACCOUNTS, state.service_accounts),
    _method("serviceAccounts.get", f"{ACCOUNTS}/{{account}}", state.service_account),
    _method("serviceAccounts.part", f"{ACCOUNTS}/{{account}}/{{part}}", state.part),
)
