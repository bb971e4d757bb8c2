"""Roles over workload identity pools, whose permissions carry a host."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from emulator.tests.conftest import Cloud
from emulator.tests.iam.conftest import ANN, give

READY = "sandbox-ready"
ENABLED = {"serviceIds": ["iam.googleapis.com"]}


@pytest.mark.parametrize("spelled", ["predefined", "custom"])
def test_a_role_with_the_permission_opens_the_pools(
    cloud: Cloud, someone: Callable[[str], Cloud], spelled: str
) -> None:
    cloud("POST", f"/v1/projects/{READY}/services:batchEnable", ENABLED)
    cloud.advance(60)
    role = "roles/iam.workloadIdentityPoolViewer"
    if spelled == "custom":
        permission = "iam.googleapis.com/workloadIdentityPools.list"
        body = {"roleId": "looker", "role": {"title": "looker", "includedPermissions": [permission], "stage": "GA"}}
        status, made = cloud("POST", f"/v1/projects/{READY}/roles", body)
        assert status == 200, made
        role = made["name"]
    ann = someone(ANN)
    path = f"/v1/projects/{READY}/locations/global/workloadIdentityPools"
    status, refused = ann("GET", path)
    assert status == 403
    assert "'iam.workloadIdentityPools.list' denied" in refused["error"]["message"]
    give(cloud, f"/v3/projects/{READY}", role, ANN)
    assert ann("GET", path)[0] == 200
