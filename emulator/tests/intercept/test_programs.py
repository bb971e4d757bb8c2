"""Programs that no one here wrote, with nothing said to them but the environment."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from gcp_emulator import environment
from gcp_emulator.server import Running

from .conftest import CLIENTS, Run, dedicated

HERE = Path(__file__).parent
gcloud_installed = pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not installed here")
curl_installed = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed here")


@pytest.fixture(scope="module")
def message(google: Running) -> dict[str, object]:
    """What Google's Python clients and openai say: one process for all, because they take long to import."""
    message = (dedicated(google)["dedicatedEndpointDns"], google["billing_account"])
    words = [sys.executable, "-W", "ignore", str(HERE / "python_clients.py"), *message]
    ended = subprocess.run(
        words, env=environment.child(google), capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == 0, ended.stderr
    found: dict[str, object] = json.loads(ended.stdout)
    return found


@pytest.mark.parametrize("transport", ["grpc", "grpc_asyncio", "rest"])
def test_googles_python_clients_find_the_sandbox(message: dict[str, object], transport: str) -> None:
    assert message[transport] == "sandbox-ready"


def test_a_regional_host_serves_grpc(message: dict[str, object]) -> None:
    assert message["endpoints"] == ["shared"]


def test_iam_and_the_policies_serve_grpc_under_their_own_names(message: dict[str, object]) -> None:
    assert message["beside"] == ["https://oauth2.googleapis.com/token", 256, True, "Mine", True]


def test_a_grpc_stream_comes_through(message: dict[str, object]) -> None:
    assert message["stream"] is True


def test_grpc_errors_keep_their_details(message: dict[str, object]) -> None:
    assert message["error"] == ["PermissionDenied", "SERVICE_DISABLED"]


def test_grpc_to_the_host_of_another_api_fails_as_at_google(message: dict[str, object]) -> None:
    assert "Received http2 header with status: 404" in str(message["elsewhere"])


def test_openai_speaks_to_vertex_ai(message: dict[str, object]) -> None:
    assert "not a model" in str(message["openai"])


def test_an_endpoints_own_name_serves_grpc(message: dict[str, object]) -> None:
    assert message["dedicated"] is True


@curl_installed
@pytest.mark.parametrize("option", ["--http1.1", "--http2", "--http2-prior-knowledge"])
def test_curl_is_answered_whatever_version_of_http_it_would_speak(run: Run, google: Running, option: str) -> None:
    url = "https://cloudresourcemanager.googleapis.com/v3/projects/sandbox-ready"
    token = f"Authorization: Bearer {google['token']}"
    ended = run("curl", "-sS", option, "-H", token, "-o", "/dev/null", "-w", "%{http_code} %{http_version}", url)
    if "does not support" in ended.stderr:
        pytest.skip("this curl has no HTTP/2")
    assert ended.stdout == "200 1.1"


@pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed here")
def test_java_finds_the_sandbox_and_keeps_its_own_options(
    run: Run, environ: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-Dmine=kept -Dhttps.proxyHost=elsewhere.example.com")
    ended = run("java", str(HERE / "Ask.java"))
    assert ended.stdout == "200 200 kept\n", ended.stderr


@curl_installed
def test_curl_is_reported_why_a_foreign_host_is_refused(run: Run) -> None:
    ended = run("curl", "-sSv", "https://packages.example.org/simple/")
    assert ended.returncode != 0
    assert "403 packages.example.org is not served by the sandbox and it connects to nothing outside" in ended.stderr


@gcloud_installed
def test_gcloud_needs_no_overrides(run: Run) -> None:
    ended = run("gcloud", "projects", "list", "--format=value(projectId)")
    assert ended.stdout.split() == ["sandbox-empty", "sandbox-host", "sandbox-ready"], ended.stderr


@gcloud_installed
def test_gcloud_reaches_the_budgets_which_have_no_override(run: Run, google: Running) -> None:
    account = google["billing_account"].partition("/")[2]
    ended = run("gcloud", "billing", "budgets", "list", f"--billing-account={account}")
    assert ended.returncode == 0, ended.stderr
    last = google.requests()[-1]
    assert (last["method"].rpartition("/")[2], last["status"]) == ("ListBudgets", 200)


@gcloud_installed
def test_gcloud_deploys_a_model_under_googles_own_names(run: Run, google: Running) -> None:
    since = google.requests()[-1]["sequence"]
    words = ("gcloud", "ai", "model-garden", "models", "deploy", "--model=google/gemma3@gemma-3-1b-it")
    ended = run(*words, "--region=us-central1", "--accept-eula", "--asynchronous")
    assert ended.returncode == 0, ended.stderr
    assert "Using endpoint [https://us-central1-aiplatform.googleapis.com/]" in ended.stderr
    asked = [(each["method"].rpartition(".")[2].rpartition("/")[2], each["status"]) for each in google.requests(since)]
    assert asked == [("GetPublisherModel", 200), ("GetQuotaInfo", 200), ("list", 200), ("Deploy", 200)]


@pytest.mark.skipif(
    shutil.which("node") is None or not CLIENTS.is_dir(), reason="Node's clients are not installed: make clients"
)
def test_googles_node_clients_find_the_sandbox(run: Run, google: Running) -> None:
    ended = run("node", str(HERE / "node_clients.cjs"), str(CLIENTS))
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert "shared" in found.pop("@google-cloud/aiplatform")  # in addition to what other tests deploy
    assert found == {
        "google-auth-library": True,
        "@google-cloud/resource-manager": "sandbox-ready",
        "@google-cloud/service-usage": "ENABLED",
    }
