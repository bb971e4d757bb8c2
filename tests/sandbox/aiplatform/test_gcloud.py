"""gcloud on endpoints, organization policies and service identities."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from provision.sandbox import environment
from provision.sandbox.server import Running, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not installed")

REGION = "--region=us-central1"


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    ready_file: Path = tmp_path_factory.mktemp("gcloud") / "ready.json"
    with running(clock=3600, propagation=0, grpc=False, ready_file=ready_file) as ready:
        yield ready


def gcloud(ready: Running, *arguments: str) -> Any:
    done = subprocess.run(
        ["gcloud", *arguments, "--format=json", "--quiet"],
        env=environment.child(ready),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout or "null")


def test_an_endpoint_is_made_changed_and_deleted(fast: Running) -> None:
    gcloud(fast, "ai", "endpoints", "create", REGION, "--display-name=mine", "--endpoint-id=mine")
    gcloud(fast, "ai", "endpoints", "update", "mine", REGION, "--display-name=renamed")
    assert gcloud(fast, "ai", "endpoints", "describe", "mine", REGION)["displayName"] == "renamed"
    gcloud(fast, "ai", "endpoints", "delete", "mine", REGION)


def test_policies_are_set_and_described_the_new_and_the_old_way(fast: Running, tmp_path: Path) -> None:
    constraint, project = "iam.disableServiceAccountKeyCreation", f"--project={fast['project']}"
    policy = tmp_path / "policy.json"
    name = f"{fast['organization']}/policies/{constraint}"
    policy.write_text(json.dumps({"name": name, "spec": {"rules": [{"enforce": True}]}}))
    gcloud(fast, "org-policies", "set-policy", str(policy))
    effective = gcloud(fast, "org-policies", "describe", constraint, project, "--effective")
    assert effective["spec"]["rules"] == [{"enforce": True}]
    old = gcloud(fast, "resource-manager", "org-policies", "describe", constraint, project, "--effective")
    assert old["booleanPolicy"] == {"enforced": True}


def test_a_service_identity_is_made(fast: Running) -> None:
    made = gcloud(
        fast, "beta", "services", "identity", "create", "--service=aiplatform.googleapis.com",
        f"--project={fast['project']}",
    )  # fmt: skip
    assert made["email"].endswith("@gcp-sa-aiplatform.iam.gserviceaccount.com")
