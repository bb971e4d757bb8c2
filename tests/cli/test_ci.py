"""`provision ci` as a person and as a pipeline run it; every token is really exchanged in the sandbox."""

from __future__ import annotations

import http.server
import json
import os
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from click.testing import CliRunner, Result
from gcp_emulator.server import Running

from provision.cli import main
from provision.config import Target, load
from provision.federation import pipelines
from tests import issuer
from tests.accounts import LONG_ENOUGH_S, api

ROOT = Path(__file__).parents[2]
FAST = "limits: {usable_interval: 0, call_timeout: 5}\n"
NAME = re.compile(r"projects/\d+/locations/global/workloadIdentityPools/provision-ci/providers/\w+")
JOB_SECRET = "the-job-s-own-secret"


@pytest.fixture
def provision(ready_file: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command against the sandbox."""
    monkeypatch.setenv("PROVISION_TARGET", str(ready_file))
    Path("provision.yaml").write_text(FAST)

    def run(*words: str, **more: Any) -> Result:
        return CliRunner().invoke(main, list(words), catch_exceptions=False, **more)

    return run


def keys(**more: str) -> None:
    """Let the sandbox know the test's own issuer."""
    Path("provision.yaml").write_text(FAST + "ci: " + json.dumps({"jwks": issuer.jwks(), **more}) + "\n")


@pytest.fixture
def set_up(provision: Any, sandbox: Running) -> Any:
    """Set up one host's federation and return (the pipeline's file, the provider, the account)."""

    def run(host: str, repository: str, **more: str) -> tuple[str, str, str]:
        keys(provider=host, repository=repository, **more)
        result = provision("ci", host, "--yes")
        assert result.exit_code == 0, result.stderr
        sandbox.advance(LONG_ENOUGH_S)
        provider = NAME.search(result.stdout)
        assert provider is not None
        return result.stdout, provider[0], f"provision-ci@{sandbox['project']}.iam.gserviceaccount.com"

    return run


@pytest.fixture
def github_host() -> Iterator[str]:
    """What GitHub gives a job to ask for its token: an address that signs for any audience."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.headers["Authorization"] == f"Bearer {JOB_SECRET}"
            audience = parse_qs(urlsplit(self.path).query)["audience"][0]
            self.send_response(200 if known else 401)
            self.end_headers()
            self.wfile.write(json.dumps({"count": 1, "value": issuer.github(audience)}).encode())

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/token?api-version=2.0"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_file_alone_goes_to_standard_output(provision: Any, sandbox: Running) -> None:
    result = provision("ci", "github", "--repository", "my-team/chat", "--branch", "main", "--yes")
    assert result.exit_code == 0
    workflow = yaml.safe_load(result.stdout)
    assert workflow["permissions"]["id-token"] == "write"
    assert set(workflow[True]) == {"push", "schedule", "workflow_dispatch"}  # YAML 1.1 reads `on` as true
    assert workflow["jobs"]["ready"]["if"] == "github.ref == 'refs/heads/main'"
    assert "will create" in result.stderr
    assert 'repository: "my-team/chat"' in result.stderr
    assert not re.search(r"private_key|ya29|BEGIN", result.output)
    assert result.stdout.startswith("# FROM A SANDBOX")


def test_printing_alone_changes_nothing(provision: Any, sandbox: Running) -> None:
    result = provision("ci", "gitlab", "--repository", "my-group/sub/chat", "--dry-run")
    assert result.exit_code == 0
    job = yaml.safe_load(result.stdout)["provision"]
    assert NAME.search(job["id_tokens"]["PROVISION_ID_TOKEN"]["aud"])
    assert not [entry for entry in sandbox.requests() if entry["mutates"]]


def test_cloud_build_runs_as_an_account_and_needs_no_token(provision: Any, sandbox: Running) -> None:
    result = provision("ci", "cloud-build", "--yes")
    assert result.exit_code == 0
    build = yaml.safe_load(result.stdout)
    account = f"provision-ci@{sandbox['project']}.iam.gserviceaccount.com"
    assert build["serviceAccount"] == f"projects/{sandbox['project']}/serviceAccounts/{account}"
    assert "verify" not in result.stderr


def test_without_a_terminal_and_without_yes_nothing_is_changed(provision: Any, sandbox: Running) -> None:
    result = provision("ci", "github", "--repository", "my-team/chat")
    assert result.exit_code == 2
    assert sandbox.requests() == []


def test_a_second_time_there_is_nothing_to_do_and_the_file_is_the_same(set_up: Any, provision: Any) -> None:
    first, _, _ = set_up("github", "my-team/chat")
    again = provision("ci", "github", "--yes")
    assert again.exit_code == 0
    assert again.stdout == first
    assert "will " not in again.stderr


def test_verify_reads_a_token_from_standard_input_and_exchanges_it(set_up: Any, provision: Any) -> None:
    _, provider, _ = set_up("github", "my-team/chat")
    good = issuer.github(f"https://iam.googleapis.com/{provider}")
    result = provision("ci", "verify", "--token", "-", "--exchange", "--format", "json", input=good)
    found = {check["id"]: check["status"] for check in json.loads(result.stdout)["checks"]}
    assert result.exit_code == 0, result.output
    assert found["ci.impersonation"] == "pass"
    assert good.split(".")[2] not in result.output
    bad = issuer.github(f"https://iam.googleapis.com/{provider}", repository="My-Team/chat")
    refused = provision("ci", "verify", "--token", "-", input=bad)
    assert refused.exit_code == 1
    assert "upper and lower case count" in refused.stdout


def test_verify_offline_needs_no_credentials(provision: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROVISION_TARGET")
    keys(provider="github", repository="my-team/chat")
    pool = "projects/123/locations/global/workloadIdentityPools/provision-ci/providers/github"
    Path("token").write_text(issuer.github(f"//iam.googleapis.com/{pool}"))
    words = ("ci", "verify", "--project", "my-team-chat", "--token", "token")
    assert provision(*words, "--offline", "123").exit_code == 0
    assert provision(*words, "--offline", "my-team-chat").exit_code == 2
    assert provision(*words[:-1], "nowhere", "--offline", "123").exit_code == 2


@pytest.mark.parametrize(
    ("words", "variables", "message"),
    [
        (("github",), {}, "id-token: write"),
        (("gitlab",), {}, "id_tokens"),
    ],
)
def test_a_job_without_a_token_is_told_what_it_lacks(
    provision: Any, words: tuple[str, ...], variables: dict[str, str], message: str
) -> None:
    name = "projects/1/locations/global/workloadIdentityPools/provision-ci/providers/x-y-z"
    more = ("--pool-provider", name, "--service-account", "a@b.c", "--output", "google.json")
    result = provision("ci", "credentials", *words, *more, env=variables)
    assert result.exit_code == 2
    assert message in result.stderr
    by_id = provision("ci", "credentials", *words, *(word.replace("projects/1/", "projects/my-team/") for word in more))
    assert by_id.exit_code == 2
    assert "with the project's number" in by_id.stderr


def run_script(script: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": path, "HOME": os.environ["HOME"], "NO_GCE_CHECK": "true", **environment},
    )


def federated_target(ready_file: Path, credentials: Path) -> Path:
    """The sandbox, for someone who has no other credentials than a pipeline's."""
    ready = json.loads(ready_file.read_text())
    path = Path("federated.json")
    path.write_text(json.dumps(ready | {"credentials_file": str(credentials.absolute()), "token": ""}))
    return path.absolute()


def expression(text: str, inputs: dict[str, str]) -> str:
    """What GitHub makes of `${{ inputs.x }}`."""
    return re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda match: inputs[match[1]], text)


def test_the_action_comes_in_and_checks(
    set_up: Any, sandbox: Running, ready_file: Path, github_host: str, tmp_path: Path
) -> None:
    _, provider, account = set_up("github", "my-team/chat")
    Path("provision.yaml").write_text(FAST)
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    inputs = {name: row.get("default", "") for name, row in action["inputs"].items()}
    inputs |= {
        "project": sandbox["project"],
        "workload_identity_provider": provider,
        "service_account": account,
        "arguments": "",
        "redact": "",
        "reports": "reports",
    }
    files = {name: tmp_path / name for name in ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    environment = {name: str(path) for name, path in files.items()} | {
        "RUNNER_TEMP": str(tmp_path),
        "ACTIONS_ID_TOKEN_REQUEST_URL": github_host,
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": JOB_SECRET,
        "PROVISION_TARGET": str(ready_file),
        "GITHUB_ACTIONS": "true",
    }
    message = ""
    for step in action["runs"]["steps"]:
        if "run" not in step:
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step["uses"])
            continue
        if "pip install" in step["run"]:
            assert step["run"].rstrip().endswith(' "$SOURCE"')
            assert step["env"] == {"SOURCE": "${{ github.action_path }}"}
            continue
        own = {name: expression(value, inputs) for name, value in step.get("env", {}).items()}
        done = run_script(step["run"], environment | own)
        assert done.returncode == 0, (step["name"], done.stdout, done.stderr)
        message += done.stdout + done.stderr
        if files["GITHUB_ENV"].exists():
            environment |= dict(line.split("=", 1) for line in files["GITHUB_ENV"].read_text().splitlines())
            credentials = Path(environment["GOOGLE_APPLICATION_CREDENTIALS"])
            assert stat.S_IMODE(credentials.stat().st_mode) == 0o600
            environment["PROVISION_TARGET"] = str(federated_target(ready_file, credentials))
    assert files["GITHUB_OUTPUT"].read_text() == "exit_code=0\n"
    assert files["GITHUB_STEP_SUMMARY"].read_text()
    report = json.loads(Path("reports/report.json").read_text())
    assert report["verdict"] == "ready"
    principal = next(check for check in report["checks"] if check["id"] == "credentials.principal")
    assert account in principal["summary"]
    assert {path.name for path in Path("reports").iterdir()} == {
        "report.json",
        "junit.xml",
        "report.sarif",
        "report.html",
    }
    assert JOB_SECRET not in message
    assert not any(JOB_SECRET in path.read_text() for path in Path("reports").iterdir())
    exchanged = [entry for entry in sandbox.requests() if entry["method"] == "sts.token" and entry["status"] == 200]
    assert exchanged


def test_the_gitlab_template_comes_in_and_checks(set_up: Any, sandbox: Running, ready_file: Path) -> None:
    _, provider, account = set_up("gitlab", "my-group/chat", issuer=issuer.GITLAB)
    Path("provision.yaml").write_text(FAST)
    text = (ROOT / "ci/gitlab.yml").read_text()
    spec, _ = yaml.safe_load_all(text)
    inputs = {name: (row or {}).get("default", "") for name, row in spec["spec"]["inputs"].items()}
    inputs |= {
        "project": sandbox["project"],
        "workload_identity_provider": provider,
        "service_account": account,
        "arguments": "",
        "redact": "",
        "install": PINNED,
    }
    assert re.fullmatch(spec["spec"]["inputs"]["install"]["regex"], PINNED)
    assert not re.fullmatch(spec["spec"]["inputs"]["install"]["regex"], "vertex-provision")
    filled = re.sub(r"\$\[\[ inputs\.(\w+) \]\]", lambda match: inputs[match[1]], text)
    _, jobs = yaml.safe_load_all(filled)
    job = jobs["provision-check"]
    token = issuer.gitlab(job["id_tokens"]["PROVISION_ID_TOKEN"]["aud"])
    here = str(Path.cwd())
    credentials = Path(here) / ".google.json"
    environment = {
        "PROVISION_ID_TOKEN": token,
        "REPORTS": job["variables"]["REPORTS"],
        "GOOGLE_APPLICATION_CREDENTIALS": str(credentials),
        "PROVISION_TARGET": str(ready_file),
    }
    for line in job["script"]:
        if "pip install" in line:
            assert line.endswith(f' "{PINNED}"')
            continue
        done = run_script(line, environment)
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        assert token not in done.stdout + done.stderr
        if credentials.exists():
            environment["PROVISION_TARGET"] = str(federated_target(ready_file, credentials))
    report = json.loads(Path("provision-reports/report.json").read_text())
    assert report["verdict"] == "ready"
    for line in job["after_script"]:
        run_script(line, environment)
    assert not list(Path(here).glob(".google*"))


@pytest.mark.parametrize("host", ["github", "gitlab"])
def test_the_printed_pipeline_does_what_the_prebuilt_one_does(set_up: Any, host: str) -> None:
    repository = "my-team/chat" if host == "github" else "my-group/chat"
    printed, provider, account = set_up(host, repository)
    assert f"provision ci credentials {host} " in printed
    assert provider in printed
    assert account in printed
    for form in ("json", "junit", "sarif", "html"):
        assert f"--format {form}=" in printed
        assert f"--format {form}=" in (ROOT / ("action.yml" if host == "github" else "ci/gitlab.yml")).read_text()
    assert "--target google-cloud" in printed


PINNED = f"git+https://git.example.com/team/provision@{'0a' * 20}"


@pytest.mark.parametrize("host", ["github", "gitlab", "cloud-build"])
@pytest.mark.parametrize("source", [PINNED, ""])
def test_a_pipeline_installs_one_commit_or_nothing(host: str, source: str) -> None:
    """The package is not published: whoever registers its name would run code in jobs that may ask for tokens."""
    options = {"project.id": "my-team-chat", "ci.provider": host, "ci.repository": "my-team/chat"}
    text = pipelines.render(load(options=options), "projects/1/locations/global/x", "a@b", source)
    yaml.safe_load(text)
    assert ("pip install" in text) is bool(source)
    assert not re.search(r"pip install[^\n]* \"?vertex-provision", text)
    assert "--redact" in text
    assert not re.search(r"uses: \S+@(?![0-9a-f]{40}\b)", text)


def test_the_action_and_the_printed_workflow_use_the_same_commits() -> None:
    """What the update bot brings to the one is brought to the other."""
    uses = re.compile(r"uses: (actions/upload\S+|github/\S+ # v[\d.]+)")
    workflow = pipelines.render(
        load(options={"project.id": "my-team-chat", "ci.provider": "github", "ci.repository": "a/b"}),
        "p",
        "a@b",
        PINNED,
    )
    assert set(uses.findall((ROOT / "action.yml").read_text())) == set(uses.findall(workflow))


@pytest.mark.parametrize(
    "source", ["vertex-provision", "git+https://h/p@main", "git+https://u:p@h/p@" + "0" * 40, "$(x)"]
)
def test_what_is_not_pinned_is_not_installed(set_up: Any, source: str) -> None:
    result = CliRunner().invoke(main, ["ci", "github", "--dry-run", "--install", source, "--project", "my-team-chat"])
    assert result.exit_code == 2
    assert "is not pinned" in result.stderr


def test_no_key_is_ever_made(set_up: Any, sandbox: Running) -> None:
    set_up("github", "my-team/chat")
    assert not [entry for entry in sandbox.requests() if entry["mutates"] and "/keys" in entry["path"]]
    account = f"provision-ci@{sandbox['project']}.iam.gserviceaccount.com"
    path = f"/v1/projects/{sandbox['project']}/serviceAccounts/{account}/keys?keyTypes=USER_MANAGED"
    assert api(sandbox, "GET", path) == {}


@pytest.mark.parametrize(
    ("target", "noted"),
    [(Target(name="Google Cloud"), False), (Target(name="sandbox", address="http://127.0.0.1:1"), True)],
)
def test_only_a_file_with_a_sandbox_s_numbers_says_whose_they_are(target: Target, noted: bool) -> None:
    options = {"project.id": "my-team-chat", "ci.provider": "gitlab", "ci.repository": "my-team/chat"}
    config = replace(load(options=options), target=target)
    text = pipelines.render(config, "projects/1/locations/global/workloadIdentityPools/p/providers/q", "a@b", PINNED)
    assert text.startswith("# FROM A SANDBOX") is noted
