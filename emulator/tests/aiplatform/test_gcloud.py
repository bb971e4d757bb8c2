"""gcloud on endpoints, Model Garden, organization policies and service identities."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import requests
from gcp_emulator import environment
from gcp_emulator.server import Running, running

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


def _run(ready: Running, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["gcloud", *arguments, "--format=json", "--quiet"],
        env=environment.child(ready),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def gcloud(ready: Running, *arguments: str) -> Any:
    done = _run(ready, *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout or "null")


def refused(ready: Running, *arguments: str) -> str:
    done = _run(ready, *arguments)
    assert done.returncode == 1, done.stdout
    return done.stderr


def test_an_endpoint_is_made_changed_and_deleted(fast: Running) -> None:
    gcloud(fast, "ai", "endpoints", "create", REGION, "--display-name=mine", "--endpoint-id=mine")
    gcloud(fast, "ai", "endpoints", "update", "mine", REGION, "--display-name=renamed")
    assert gcloud(fast, "ai", "endpoints", "describe", "mine", REGION)["displayName"] == "renamed"
    gcloud(fast, "ai", "endpoints", "delete", "mine", REGION)


def test_a_model_is_deployed_and_answers(fast: Running) -> None:
    model = "--model=openai/gpt-oss@gpt-oss-120b"
    [first, *_] = gcloud(fast, "ai", "model-garden", "models", "list-deployment-config", model)
    assert first["dedicatedResources"]["machineSpec"]["acceleratorType"] == "NVIDIA_H100_80GB"
    gcloud(fast, "ai", "model-garden", "models", "deploy", model, REGION)
    found = gcloud(fast, "ai", "endpoints", "list", REGION)
    [made] = [each for each in found if each["displayName"] == "openai-gpt-oss-120b-mg-cli-deploy"]
    answer = requests.post(
        f"{fast['rest_url']}/v1/{made['name']}/chat/completions",
        headers={"authorization": f"Bearer {fast['token']}", "host": made["dedicatedEndpointDns"]},
        json={"model": "", "messages": [{"role": "user", "content": "hello"}]},
        timeout=30,
    )
    assert answer.json()["choices"][0]["message"]["content"]


def test_gcloud_knows_the_errors_before_a_deployment(fast: Running) -> None:
    def message(model: str) -> str:
        return refused(fast, "ai", "model-garden", "models", "deploy", f"--model={model}", REGION)

    assert "Please accept the EULA using the `--accept-eula` flag." in message("google/gemma3@gemma-3-1b-it")
    assert "The quota limit is 1 and you are requesting for 4." in message("google/gemma3@gemma-3-12b-it")
    assert "is not a supported Model Garden model" in message("openai/gpt-oss@gpt-oss-12b")


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
