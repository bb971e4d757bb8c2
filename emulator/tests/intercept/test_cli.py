"""`--intercept` as the commands offer it: what a command is told, and what it is told afterwards."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from gcp_emulator import environment
from gcp_emulator.server import Running, running

EMULATOR = [sys.executable, "-m", "gcp_emulator"]

# The addresses of the sandbox itself, which a client of Google's real names must not be given.
OVERRIDES = ("_CUSTOM_ENDPOINT", "CLOUDSDK_API_ENDPOINT_OVERRIDES_", "CLOUDSDK_AUTH_TOKEN_HOST")


def overridden(found: dict[str, str]) -> list[str]:
    return [name for name in found if any(part in name for part in OVERRIDES)]


def test_the_environment_names_the_proxy_and_no_other_address(google: Running) -> None:
    found = environment.variables(google)
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy", "grpc_proxy"):
        assert found[name] == google["proxy_url"]
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"):
        assert found[name] == google["ca_file"]
    for name in ("NODE_EXTRA_CA_CERTS", "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE", "HTTPLIB2_CA_CERTS"):
        assert found[name] == google["ca_file"]
    assert list(Path(found["SSL_CERT_DIR"]).iterdir()) == []
    assert found["OPENAI_BASE_URL"].startswith("https://aiplatform.googleapis.com/v1/projects/sandbox-ready/")
    assert not overridden(found)


def test_without_it_nothing_of_this_is_said(tmp_path: Path) -> None:
    with running(grpc=False) as ready:
        found = environment.variables(ready)
        assert not {"proxy_url", "ca_file"} & set(ready)
    assert not {"HTTPS_PROXY", "SSL_CERT_FILE", "NODE_OPTIONS"} & set(found)
    assert overridden(found)


def test_what_was_exempt_from_a_proxy_before_is_so_no_longer(google: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "googleapis.com,*")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:3128")
    monkeypatch.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE", "http://127.0.0.1:1/")
    monkeypatch.setenv("NODE_OPTIONS", "--enable-source-maps")
    found = environment.child(google)
    assert found["NO_PROXY"] == found["no_proxy"] == "127.0.0.1,localhost"
    assert found["HTTPS_PROXY"] == google["proxy_url"]
    assert found["NODE_OPTIONS"] == "--enable-source-maps --use-openssl-ca"
    assert not overridden(found)


def test_terraform_gets_the_proxy_too(google: Running) -> None:
    lines = environment.render(environment.variables(google), "terraform").splitlines()
    set_to = dict(line.removeprefix("export ").split("=", 1) for line in lines if line.startswith("export "))
    assert set_to["HTTPS_PROXY"] == google["proxy_url"]
    assert set_to["SSL_CERT_FILE"] == google["ca_file"]
    assert not overridden(set_to)


def test_run_says_afterwards_what_it_refused(tmp_path: Path) -> None:
    script = (
        "import json, os, urllib.request as web, urllib.error\n"
        "token = {'Authorization': 'Bearer ' + os.environ['OPENAI_API_KEY']}\n"
        "url = 'https://cloudresourcemanager.googleapis.com/v3/projects/sandbox-ready'\n"
        "print(json.load(web.urlopen(web.Request(url, headers=token)))['projectId'])\n"
        "try: web.urlopen('https://example.com/')\n"
        "except urllib.error.URLError as error: print(error)\n"
    )
    words = [*EMULATOR, "run", "--intercept", "--", sys.executable, "-c", script]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    first, second = ended.stdout.splitlines()
    assert first == "sandbox-ready"
    assert "403 example.com is not served by the sandbox" in second
    assert ended.stderr == "sandbox: example.com:443 was refused (403): nothing was sent there\n"
    assert ended.returncode == 0


def test_serve_tells_of_it_in_the_ready_file_and_in_env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with subprocess.Popen([*EMULATOR, "serve", "--intercept"], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(5)]
            ready: dict[str, Any] = json.loads((tmp_path / "gcp-emulator" / "ready.json").read_text())
            assert ready["proxy_url"] in "".join(lines)
            message = subprocess.run([*EMULATOR, "env", "--format", "json"], capture_output=True, text=True, check=True)
            found = json.loads(message.stdout)
            assert found["HTTPS_PROXY"] == ready["proxy_url"]
            assert found["SSL_CERT_FILE"] == ready["ca_file"]
            assert Path(ready["ca_file"]).stat().st_mode & 0o777 == 0o600
        finally:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)
    assert process.returncode == 0
    assert not Path(ready["ca_file"]).exists()


def test_nothing_of_it_is_imported_where_it_was_not_asked_for() -> None:
    code = (
        "import sys; from gcp_emulator.server import running\n"
        "with running(grpc=False): pass\n"
        "assert not [name for name in sys.modules if '.intercept' in name]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ)
