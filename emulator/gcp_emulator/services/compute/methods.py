"""The methods of Compute Engine that are served, over REST: the default network, Shared VPC, hierarchical policies.

The provider's beta half asks under `beta` what the documents have under `v1`.
"""

from __future__ import annotations

from typing import Final

from gcp_emulator.api import Api, serve
from gcp_emulator.services.compute import (
    defaults,  # noqa: F401 - declares what enabling the API makes
    firewall_policies,
    lro,
    shared_vpc,
    state,
)

OF_PROJECTS: Final = {
    "networks.get": state.get_network,
    "networks.list": state.list_networks,
    "networks.delete": state.delete_network,
    "firewalls.get": state.get_firewall,
    "firewalls.list": state.list_firewalls,
    "firewalls.delete": state.delete_firewall,
    "globalOperations.get": state.get_operation,
    "globalOperations.wait": state.wait_operation,
    "projects.get": shared_vpc.get_project,
    "projects.enableXpnHost": shared_vpc.enable_host,
    "projects.disableXpnHost": shared_vpc.disable_host,
    "projects.enableXpnResource": shared_vpc.enable_resource,
    "projects.disableXpnResource": shared_vpc.disable_resource,
    "projects.getXpnHost": shared_vpc.get_host,
    "projects.getXpnResources": shared_vpc.get_resources,
}
OF_ORGANIZATIONS: Final = {
    "firewallPolicies.insert": firewall_policies.insert,
    "firewallPolicies.get": firewall_policies.get,
    "firewallPolicies.list": firewall_policies.list_all,
    "firewallPolicies.patch": firewall_policies.patch,
    "firewallPolicies.delete": firewall_policies.delete,
    "firewallPolicies.addRule": firewall_policies.add_rule,
    "firewallPolicies.getRule": firewall_policies.get_rule,
    "firewallPolicies.patchRule": firewall_policies.patch_rule,
    "firewallPolicies.removeRule": firewall_policies.remove_rule,
    "firewallPolicies.addAssociation": firewall_policies.add_association,
    "firewallPolicies.getAssociation": firewall_policies.get_association,
    "firewallPolicies.removeAssociation": firewall_policies.remove_association,
    "firewallPolicies.listAssociations": firewall_policies.list_associations,
    "globalOrganizationOperations.get": lro.of_organization,
}

APIS: Final = (
    Api(
        document="compute.v1",
        service=state.SERVICE,
        rest="compute.",
        reference="https://cloud.google.com/compute/docs/reference/rest/v1/",
        facts={"errors": "legacy"},
        methods={
            name: serve(handle, versions=("beta",), consumer=consumer)
            for consumer, methods in (("path", OF_PROJECTS), ("none", OF_ORGANIZATIONS))
            for name, handle in methods.items()
        },
    ),
)
