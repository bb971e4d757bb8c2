"""Through a proxy, with a certificate authority of one's own, into another universe: real TLS on loopback."""

from __future__ import annotations

import http.client
import http.server
import json
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click import Context
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID
from gcp_emulator.server import Running

from provision.cli import main
from provision.clients import Clients, start
from provision.commands.check import check
from provision.config import GOOGLE_CLOUD, Config, load
from provision.errors import ApiError, ConfigError
from provision.local.certificates import share
from provision.reports import FORMATS
from provision.settings import SETTINGS
from tests.accounts import enable, make_account

PASSWORD = "proxy-password"

SIGNS = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


class Authority:
    """A certificate authority that no one knows, but who was given its file."""

    def __init__(self, folder: Path) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test's own authority")])
        self._folder = folder
        authority = x509.BasicConstraints(ca=True, path_length=0)
        own = self._certificate(self._name, self._key, authority, SIGNS)  # Python 3.13 wants both
        self.file = folder / "authority.pem"
        self.file.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def _certificate(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *more: Any) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
        )
        for extension in more:
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = builder.add_extension(identifier, critical=False).add_extension(issuer, critical=False)
        return builder.sign(self._key, SHA256())

    def context(self, host: str) -> ssl.SSLContext:
        """What a server of that name speaks TLS with."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:60])])
        leaf = self._certificate(subject, key, x509.SubjectAlternativeName([x509.DNSName(host)]))
        path = self._folder / f"{host}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(private + leaf.public_bytes(serialization.Encoding.PEM))
        found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        found.load_cert_chain(path)
        return found


class Proxy:
    """An HTTP proxy that is where Google's hosts are: it ends TLS, and asks the sandbox."""

    def __init__(self, sandbox: Running, folder: Path) -> None:
        self.authority = Authority(folder)
        self.hosts: list[str] = []
        backend = urlsplit(sandbox["rest_url"]).netloc
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_CONNECT(self) -> None:
                host = self.path.partition(":")[0]
                outer.hosts.append(host)
                self.send_response(200)
                self.end_headers()
                try:
                    self.connection = outer.authority.context(host).wrap_socket(self.connection, server_side=True)
                except (ssl.SSLError, OSError):
                    self.close_connection = True
                    return
                self.rfile = self.connection.makefile("rb")
                self.wfile = self.connection.makefile("wb")
                self.close_connection = False  # what asked in HTTP/1.0 goes on inside in 1.1

            def finish(self) -> None:
                super().finish()
                self.connection.close()

            def _pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                kept = {name: value for name, value in self.headers.items() if name.lower() != "host"}
                connection = http.client.HTTPConnection(backend, timeout=10)
                connection.request(self.command, self.path, body=body or None, headers=kept)
                answer = connection.getresponse()
                data = answer.read()
                connection.close()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in {"transfer-encoding", "content-length", "date", "server"}:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
                self.wfile.flush()

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass_on  # noqa: N815 - the names that http.server looks for

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.address = f"http://person:{PASSWORD}@127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def proxy(sandbox: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """The only way to Google's hosts; its authority is not known yet."""
    found = Proxy(sandbox, tmp_path)
    monkeypatch.setenv("HTTPS_PROXY", found.address)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", sandbox["credentials_file"])
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, "")  # so that what `start` sets is taken back
    yield found
    found.close()


def google_cloud(sandbox: Running, **options: str) -> Config:
    given = {key.replace("__", "."): value for key, value in options.items()}
    return load(options={"project.id": sandbox["project"], **given}, target=GOOGLE_CLOUD)


def started(config: Config) -> Clients:
    clients = start(config)
    clients.sleep = lambda _: None
    return clients


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_whole_check_goes_through_the_proxy_and_trusts_one_s_own_authority(
    proxy: Proxy, sandbox: Running, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, str(proxy.authority.file))
    config = google_cloud(sandbox)
    run = check(config, started(config), skip=("network", "environment", "policy", "quota"))
    assert run.verdict == "ready", run.root_cause
    assert {"cloudresourcemanager.googleapis.com", "aiplatform.googleapis.com"} <= set(proxy.hosts)
    for name, render in FORMATS.items():
        assert PASSWORD not in render(run), name


def test_an_authority_that_no_one_was_told_of_is_refused(proxy: Proxy, sandbox: Running) -> None:
    config = google_cloud(sandbox, limits__call_timeout="1")
    with pytest.raises(ApiError) as caught:
        started(config).resource_manager.get_project(config.project_id)
    assert (caught.value.status.status, caught.value.status.reason) == ("UNREACHABLE", "TLS")
    assert PASSWORD not in str(caught.value)
    assert not [entry for entry in sandbox.requests() if "GetProject" in entry["method"]]


def test_impersonation_and_the_exchange_of_tokens_go_the_same_way(
    proxy: Proxy, sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    email = make_account(sandbox, "deployer", ["roles/browser"])
    enable(sandbox, "iamcredentials.googleapis.com")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(proxy.authority.file))
    config = google_cloud(sandbox, auth__impersonate_service_account=email)
    clients = started(config)
    assert clients.resource_manager.get_project(config.project_id).state == "ACTIVE"
    with pytest.raises(ApiError):
        clients.sts.exchange("projects/1/locations/global/workloadIdentityPools/p/providers/q", "no.token.atall")
    assert {"iamcredentials.googleapis.com", "sts.googleapis.com"} <= set(proxy.hosts)


# What a file may say about where calls go and as whom, each with what keeps a secret from going anywhere else.
STEERING = {
    "auth.impersonate_service_account": "the token is asked of IAM Credentials, and goes to Google's hosts only",
    "auth.quota_project": "a header with a project's id",
    "model.endpoint": "an id; its DNS name is taken within Google's domain only",
    "model.location": "one of the published list",
    "endpoints.locations": "of the published list",
    "endpoint.location": "Terraform only",
    "ci.issuer": "Google asks it for keys; nothing is sent there from here",
    "ci.jwks": "public keys",
    "limits.command_timeout": "seconds",
}
HOSTILE = """\
auth: {impersonate_service_account: deployer@sandbox-ready.iam.gserviceaccount.com, quota_project: sandbox-ready}
model: {endpoint: "1234567890123456789", location: us-central1}
endpoints: {locations: [us-central1]}
ci: {provider: gitlab, repository: a/b, issuer: "https://attacker.example"}
limits: {call_timeout: 1}
"""
COMMANDS = (
    "check", "plan", "apply --yes", "destroy --yes", "smoke-test", "endpoints --probe", "models --probe", "env",
    "token --show-token", "ci gitlab --yes --repository a/b", "terraform import", "terraform vars", "permissions",
    "run -- true", "fleet check",
)  # fmt: skip
ASK_NO_ONE = {
    "completion": "prints a script",
    "init": "writes a file",
    "explain": "works offline",
    "history": "reads the journal",
    "snippet": "prints a program",
    "sandbox": "the emulator's own command line",
    "proxy": "serves until it is stopped; where it asks is `run --proxy`'s and the check's way",
}


@pytest.mark.parametrize("file", ["universe", "all else"])
def test_no_file_of_the_folder_decides_where_a_token_goes(
    proxy: Proxy, sandbox: Running, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    """`git clone X; cd X; provision check` is all that it takes."""
    sandbox.do(lambda inner: inner.state.clock.rescale(60.0))  # commands wait in time of their own
    make_account(sandbox, "deployer", ["roles/owner"])
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(proxy.authority.file))
    looked_up: set[str] = set()
    look_up = socket.getaddrinfo

    def note(host: Any, *more: Any, **named: Any) -> Any:
        looked_up.add(str(host))
        return look_up("127.0.0.1", *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", note)  # the one way from this process to any host
    text = "auth: {universe_domain: attacker.example}\n" if file == "universe" else HOSTILE
    Path("provision.yaml").write_text(text)
    assert {command.split()[0] for command in COMMANDS} | ASK_NO_ONE.keys() == set(main.list_commands(Context(main)))
    for command in COMMANDS:
        said, dashes, cmd = command.partition(" -- ")
        words = [*said.split(), "--project", sandbox["project"], *([dashes.strip(), cmd] if dashes else [])]
        result = CliRunner().invoke(main, words)
        assert result.exception is None or isinstance(result.exception, SystemExit), (command, result.exception)
        if file == "universe":
            assert result.exit_code == 2, (command, result.output)
            assert "auth.universe_domain cannot be said there" in result.output
    strangers = [host for host in proxy.hosts if not host.endswith(".googleapis.com")]
    assert strangers == []
    assert {host for host in looked_up if not host.endswith(".googleapis.com")} <= {"127.0.0.1", "localhost"}
    assert bool(proxy.hosts) is (file != "universe")


def test_a_plan_file_does_not_decide_it_either(proxy: Proxy, sandbox: Running) -> None:
    digest = {"auth.universe_domain": ("attacker.example", "p.plan")}
    with pytest.raises(ConfigError, match=r"auth\.universe_domain"):
        load(options={"project.id": sandbox["project"]}, outputs=digest)


def test_every_setting_that_steers_calls_was_looked_at() -> None:
    steering = re.compile(r"auth|endpoint|location|host|domain|url|issuer|proxy|cert|command|file|jwks|credential")
    found = {row.key for row in SETTINGS if steering.search(row.key) and not row.trusted_only}
    machine = {
        f"endpoint.{name}"
        for name in ("model", "machine_type", "accelerator_type", "accelerator_count", "max_replicas")
    }
    assert found - machine == set(STEERING)
    assert {row.key for row in SETTINGS if row.trusted_only} == {"auth.universe_domain"}


@pytest.mark.parametrize("said_by", ["setting", "credentials"])
def test_in_another_universe_every_host_is_another(
    proxy: Proxy, sandbox: Running, monkeypatch: pytest.MonkeyPatch, said_by: str
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(proxy.authority.file))
    options = {"auth__universe_domain": "universe.example"} if said_by == "setting" else {}
    if said_by == "credentials":
        key = json.loads(Path(sandbox["credentials_file"]).read_text())
        Path("key.json").write_text(json.dumps(key | {"universe_domain": "universe.example"}))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "key.json")
    config = google_cloud(sandbox, **options)
    clients = started(config)
    assert clients.resource_manager.get_project(config.project_id).state == "ACTIVE"
    assert clients.vertex.list_endpoints(config.project_id, "us-central1") is not None
    assert clients.iam.test_permissions(f"projects/{config.project_id}", ["resourcemanager.projects.get"])
    assert set(proxy.hosts) == {
        "cloudresourcemanager.universe.example",
        "us-central1-aiplatform.universe.example",
    }
    assert clients.chat.serving.base_url.startswith("https://aiplatform.universe.example/")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {}),
        ({"SSL_CERT_FILE": "a"}, {"SSL_CERT_FILE": "a", "REQUESTS_CA_BUNDLE": "a"}),
        ({"CURL_CA_BUNDLE": "b"}, {"CURL_CA_BUNDLE": "b", "SSL_CERT_FILE": "b"}),
        ({"REQUESTS_CA_BUNDLE": "a", "SSL_CERT_FILE": "b"}, {"REQUESTS_CA_BUNDLE": "a", "SSL_CERT_FILE": "b"}),
    ],
)
def test_one_file_of_authorities_is_meant_for_all(before: dict[str, str], after: dict[str, str]) -> None:
    share(before)
    assert before == after
