"""What the steps say they need, and the roles that hold it."""

from __future__ import annotations

from provision.catalog.roles import roles, smallest_roles
from provision.commands.required_permissions import PURPOSES, permissions_by_level, required_permissions
from provision.config import load

PLAIN = load(options={"project.id": "my-team-chat"})
WHOLE = load(
    options={
        "project.id": "my-team-chat",
        "project.create": True,
        "project.parent": "folders/1",
        "billing.account": "000000-AAAAAA-111111",
    }
)


def test_the_application_needs_to_ask_and_nothing_else() -> None:
    assert permissions_by_level(PLAIN, ("run",)) == {"project": ("aiplatform.endpoints.predict",)}


def test_what_is_not_configured_is_not_needed() -> None:
    assert "billing account" not in permissions_by_level(PLAIN)
    assert "parent" not in permissions_by_level(PLAIN)
    assert permissions_by_level(WHOLE)["parent"] == ("resourcemanager.projects.create",)
    assert permissions_by_level(WHOLE)["billing account"] == (
        "billing.accounts.get",
        "billing.resourceAssociations.create",
    )


def test_looking_needs_no_right_to_change() -> None:
    looking = {required.permission for _, required in required_permissions(WHOLE, PURPOSES["plan"])}
    changing = {required.permission for _, required in required_permissions(WHOLE, ("write",))}
    assert looking & changing == set()


def test_a_role_of_the_catalog_holds_each_permission_where_it_lives() -> None:
    for _, required in required_permissions(WHOLE, ("read", "write", "invoke", "delete")):
        assert smallest_roles([required.permission], required.level), required


def test_the_smallest_role_is_named() -> None:
    assert smallest_roles(["aiplatform.endpoints.predict"], "project") == ("roles/aiplatform.user",)
    assert smallest_roles(["billing.resourceAssociations.create"], "billing account") == ("roles/billing.user",)
    assert smallest_roles(["serviceusage.services.use"], "consumer") == ("roles/serviceusage.serviceUsageConsumer",)


def test_small_roles_together_are_better_than_owner() -> None:
    both = ["aiplatform.endpoints.predict", "serviceusage.services.enable"]
    assert set(smallest_roles(both, "project")) == {"roles/aiplatform.user", "roles/serviceusage.serviceUsageAdmin"}


def test_what_no_role_holds_is_answered_with_none() -> None:
    assert smallest_roles(["no.such.permission"], "project") == ()
    assert smallest_roles([], "project") == ()


def test_a_permission_of_pools_is_found_as_a_error_names_it_and_as_a_role_does() -> None:
    for spelled in ("iam.workloadIdentityPools.create", "iam.googleapis.com/workloadIdentityPools.create"):
        assert smallest_roles([spelled], "project") == ("roles/iam.workloadIdentityPoolAdmin",)


def test_roles_stand_smallest_first() -> None:
    sizes = [role.size for role in roles()]
    assert sizes == sorted(sizes)
