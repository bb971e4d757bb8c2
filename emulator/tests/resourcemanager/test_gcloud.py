"""gcloud on folders, organizations and policies."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from gcp_emulator import environment
from gcp_emulator.server import Running, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not installed")


@pytest.fixture
def fast(tmp_path: Path) -> Iterator[Running]:
    with running(clock=60, ready_file=tmp_path / "ready.json") as ready:
        yield ready


def _gcloud(ready: Running, *arguments: str) -> Any:
    done = subprocess.run(
        ["gcloud", *arguments, "--format=json", "--quiet"],
        env=environment.child(ready),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_folders_are_created_listed_and_given(fast: Running) -> None:
    organization = fast["organization"].partition("/")[2]
    made = _gcloud(
        fast, "resource-manager", "folders", "create", "--display-name=Team", f"--organization={organization}"
    )
    (listed,) = _gcloud(fast, "resource-manager", "folders", "list", f"--organization={organization}")
    assert listed["displayName"] == "Team"
    assert listed["name"] == made["name"]
    policy = _gcloud(
        fast,
        "resource-manager",
        "folders",
        "add-iam-policy-binding",
        listed["name"].partition("/")[2],
        "--member=user:ann@sandbox.example.com",
        "--role=roles/browser",
    )
    assert {"role": "roles/browser", "members": ["user:ann@sandbox.example.com"]} in policy["bindings"]
    found = _gcloud(fast, "organizations", "list")
    assert [each["name"] for each in found] == [fast["organization"]]
    account = fast["billing_account"].partition("/")[2]
    policy = _gcloud(
        fast,
        "billing",
        "accounts",
        "add-iam-policy-binding",
        account,
        "--member=user:ann@sandbox.example.com",
        "--role=roles/billing.user",
    )
    assert {"role": "roles/billing.user", "members": ["user:ann@sandbox.example.com"]} in policy["bindings"]
