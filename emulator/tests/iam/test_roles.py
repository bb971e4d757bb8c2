"""The data of roles: Google's, with date and source."""

from __future__ import annotations

import json
import re
from pathlib import Path

from gcp_emulator import iam
from gcp_emulator.iam import roles

from emulator.generate.roles import roles_file


def test_the_data_say_where_they_come_from() -> None:
    data = json.loads((Path(roles.__file__).parent / "predefined.json").read_text())
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", data["date"])
    assert data["source"].startswith("https://cloud.google.com/iam/docs/roles-permissions")


def test_every_role_is_a_role_and_every_permission_a_permission() -> None:
    assert all(re.fullmatch(r"[a-z0-9.-]+(?:/\w+)?\.(?:\w+\.)*\w+", each) for each in roles.known_permissions())
    for name, role in iam.predefined().items():
        assert re.fullmatch(r"roles/[A-Za-z_]+(?:\.[A-Za-z0-9_]+)*", name)
        assert role.title
        assert role.permissions == sorted(set(role.permissions))


def test_the_roles_of_an_onboarding_hold_what_it_needs() -> None:
    given = {name: set(role.permissions) for name, role in iam.predefined().items()}
    assert "aiplatform.endpoints.predict" in given["roles/aiplatform.user"]
    assert "resourcemanager.projects.create" in given["roles/resourcemanager.projectCreator"]
    assert "resourcemanager.projects.create" not in given["roles/owner"]
    assert "billing.resourceAssociations.create" in given["roles/billing.user"]
    assert "resourcemanager.projects.createBillingAssignment" in given["roles/billing.projectManager"]
    assert "serviceusage.services.use" in given["roles/serviceusage.serviceUsageConsumer"]
    assert "resourcemanager.projects.setIamPolicy" not in given["roles/editor"]
    assert "iam.googleapis.com/workloadIdentityPools.create" in given["roles/iam.workloadIdentityPoolAdmin"]
    assert given["roles/viewer"] < given["roles/owner"] | {"x"}


def test_permissions_of_pools_are_spelled_with_the_host_in_roles_and_without_in_errors() -> None:
    assert roles.short("iam.googleapis.com/workloadIdentityPools.get") == "iam.workloadIdentityPools.get"
    assert roles.short("iam.serviceAccounts.get") == "iam.serviceAccounts.get"


def test_a_refresh_writes_each_permission_once_and_each_role_as_spans() -> None:
    held = ["x.a.get", "x.a.list", "x.b.get"]
    answers = [
        {"name": "roles/x.user", "title": "User", "stage": "GA", "includedPermissions": held},
        {"name": "roles/x.viewer", "title": "Viewer", "description": "Looks", "includedPermissions": ["x.b.get"]},
    ]
    data = json.loads(roles_file(answers, {"date": "2026-01-01", "source": "here"}))
    assert (data["date"], data["permissions"]) == ("2026-01-01", {"x.a": "get list", "x.b": "get"})
    assert data["roles"] == {
        "roles/x.user": ["User", "", "GA", "0-2"],
        "roles/x.viewer": ["Viewer", "Looks", "ALPHA", "2"],
    }
