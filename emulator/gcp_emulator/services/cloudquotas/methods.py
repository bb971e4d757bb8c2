"""The methods of Cloud Quotas: those of projects are served; of folders and organizations, and the adjuster, none.

Google's Python packages have no discovery document of it: google/api/cloudquotas/v1/cloudquotas.proto. v1beta, which
gcloud beta asks, has the same messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcp_emulator.api import Api, serve
from gcp_emulator.services.cloudquotas import preferences, state

if TYPE_CHECKING:
    from gcp_emulator.api import Handle, Served


def _of_projects(handle: Handle) -> Served:
    return serve(handle, only="=projects/", versions=("v1beta",))


APIS: Final = (
    Api(
        document="cloudquotas.v1",
        service=state.SERVICE,
        rpc="google.api.cloudquotas.v1",
        reference="https://docs.cloud.google.com/docs/quotas/reference/rest/v1/projects.locations",
        methods={
            "CloudQuotas/ListQuotaInfos": _of_projects(state.list_infos),
            "CloudQuotas/GetQuotaInfo": _of_projects(state.get_info),
            "CloudQuotas/ListQuotaPreferences": _of_projects(preferences.list_all),
            "CloudQuotas/GetQuotaPreference": _of_projects(preferences.get),
            "CloudQuotas/CreateQuotaPreference": _of_projects(preferences.create),
            "CloudQuotas/UpdateQuotaPreference": _of_projects(preferences.update),
            "QuotaAdjusterSettingsManager/*": None,
        },
    ),
)
