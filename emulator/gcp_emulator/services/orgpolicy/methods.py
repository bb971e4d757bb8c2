"""The methods of Org Policy v2, and those of Resource Manager v1 about the same policies."""

from __future__ import annotations

from typing import Final

from gcp_emulator.api import Api
from gcp_emulator.services.orgpolicy import state, v1

APIS: Final = (
    Api(
        document="orgpolicy.v2",
        service=state.SERVICE,
        rpc="google.cloud.orgpolicy.v2",
        reference="https://cloud.google.com/resource-manager/docs/reference/orgpolicy/rest/v2/",
        methods={
            "OrgPolicy/ListPolicies": state.list_policies,
            "OrgPolicy/CreatePolicy": state.create,
            "OrgPolicy/GetPolicy": state.get,
            "OrgPolicy/UpdatePolicy": state.update,
            "OrgPolicy/DeletePolicy": state.delete,
            "OrgPolicy/GetEffectivePolicy": state.get_effective,
            "OrgPolicy/ListConstraints": state.list_constraints,
            "OrgPolicy/ListCustomConstraints": state.list_custom,
            "OrgPolicy/CreateCustomConstraint": state.create_custom,
            "OrgPolicy/GetCustomConstraint": state.get_custom,
            "OrgPolicy/UpdateCustomConstraint": state.update_custom,
            "OrgPolicy/DeleteCustomConstraint": state.delete_custom,
        },
    ),
    Api(
        document="cloudresourcemanager.v1",
        service="cloudresourcemanager.googleapis.com",
        rest="cloudresourcemanager.",
        reference="https://cloud.google.com/resource-manager/reference/rest/v1/",
        facts={"errors": "legacy"},
        methods={
            f"{kind}s.{verb}": handle
            for kind in state.KINDS
            for verb, handle in (
                ("clearOrgPolicy", v1.clear),
                ("getEffectiveOrgPolicy", v1.get_effective),
                ("getOrgPolicy", v1.get),
                ("listAvailableOrgPolicyConstraints", v1.list_available),
                ("listOrgPolicies", v1.list_policies),
                ("setOrgPolicy", v1.set_policy),
            )
        },
    ),
)
