"""Organizations: there from the start, never created or deleted by a call.

https://github.com/googleapis/googleapis/blob/master/google/cloud/resourcemanager/v3/organizations.proto
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gcp_emulator import filters, iam, paging
from gcp_emulator.clock import timestamp
from gcp_emulator.services.resourcemanager.hierarchy import ORGANIZATIONS, Organization, denied, etag_of, is_v1

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json


def render(organization: Organization) -> Json:
    """Return a v3 Organization."""
    created = timestamp(organization.created)
    return {
        "name": organization.name,
        "displayName": organization.display_name,
        "directoryCustomerId": organization.customer,
        "state": "ACTIVE",
        "createTime": created,
        "updateTime": created,
        "etag": etag_of(int(organization.created)),
    }


def render_v1(organization: Organization) -> Json:
    """Return a v1 Organization."""
    return {
        "displayName": organization.display_name,
        "owner": {"directoryCustomerId": organization.customer},
        "creationTime": timestamp(organization.created),
        "lifecycleState": "ACTIVE",
        "name": organization.name,
    }


def fetch(call: Call, permission: str) -> Organization:
    """Return the organization in the path, if the caller may do this to it."""
    name = f"organizations/{call.vars['organization']}"
    found = call.state[ORGANIZATIONS].get(name)
    if found is None:
        raise denied(call, permission, name)
    call.require(permission, name, denied(call, permission, name))
    return found


def get(call: Call) -> Json:
    """GetOrganization."""
    found = fetch(call, "resourcemanager.organizations.get")
    return render_v1(found) if is_v1(call) else render(found)


def search(call: Call) -> Json:
    """SearchOrganizations: those the caller may get that fit the query, which v1 calls filter."""
    test = filters.parse(call.text("filter" if is_v1(call) else "query"))
    found = [
        each
        for each in call.state[ORGANIZATIONS]
        if call.may("resourcemanager.organizations.get", each.name) and test(_values(each))
    ]
    shown, token = paging.page(call, sorted(found, key=_name), _name, default=100, most=300)
    rendered = [render_v1(each) if is_v1(call) else render(each) for each in shown]
    answer: Json = {"organizations": rendered} if rendered else {}
    return answer | ({"nextPageToken": token} if token else {})


def _name(organization: Organization) -> str:
    return organization.name


def _values(organization: Organization) -> Any:
    values = {
        "": [organization.display_name],
        "domain": [organization.display_name],
        "directorycustomerid": [organization.customer],
        "owner.directorycustomerid": [organization.customer],
    }
    return lambda name: values.get(name, [])


def get_iam_policy(call: Call) -> Json:
    """`getIamPolicy`, in v1 and v3."""
    return iam.get_policy(call, fetch(call, "resourcemanager.organizations.getIamPolicy").name)


def set_iam_policy(call: Call) -> Json:
    """`setIamPolicy`, in v1 and v3."""
    return iam.set_policy(call, fetch(call, "resourcemanager.organizations.setIamPolicy").name)


def test_iam_permissions(call: Call) -> Json:
    """`testIamPermissions`, in v1 and v3: it needs no permission; what does not exist gives none."""
    return iam.test_permissions(call, f"organizations/{call.vars['organization']}")
