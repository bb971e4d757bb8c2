"""The programs that `snippet` prints end well or say why not, whatever the server sends."""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from gcp_emulator import environment
from gcp_emulator.server import Running, running

from provision.client_configuration.programs import LANGUAGES, program
from tests.chat.scenario_server import Server, serving
from tests.chat.scenarios import GREEN, MODEL, SCENARIOS

SHOWN_ANYWAY = {
    "one JSON instead of a stream": 1,  # the SDK sees no event in it
    "<think> in the text": 0,
    "harmony in the text": 0,
    "harmony without its marks": 0,
    "an end mark in the text": 0,
    "another protocol's word for the end": 1,
    "a filter, and then stop": 0,
    "an error within the choice": 0,
    "another model": 0,
    "all spent on thinking, at first": 1,  # it does not ask again
}
"""What a program that only prints the answer sees differently; the smoke test is for the rest."""
TEXTS = {name: each for name, each in SCENARIOS.items() if each.tools is None}
FEW = ("nothing is wrong", "null choices, and none at first", "a choice without delta", "content in parts", "blanks",
       "all spent on thinking", "content_filter", "cut off", "an error list in the stream", "an empty 404")  # fmt: skip
FEW_TYPED = (
    "nothing is wrong",
    "null choices, and none at first",
    "a choice without delta",
    "all spent on thinking",
    "cut off",
)
"""What an SDK with types may stumble over; the more of them, the longer a virtual machine takes to start."""
CLIENTS = Path(__file__).parents[2] / ".clients"
"""Where `make clients` puts what has to live by itself."""
OF_GO = Path(__file__).parents[2] / "emulator" / "tests" / "clients" / "go"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as ready:
        yield ready


@pytest.fixture(scope="module")
def sandbox(server: Server) -> Iterator[Running]:
    with running(grpc=False, chat_upstream=f"http://127.0.0.1:{server.server_address[1]}/v1") as ready:
        yield ready


def written(language: str, sandbox: Running) -> Path:
    file = Path(LANGUAGES[language]).resolve()
    path = f"/v1/projects/{sandbox['project']}/locations/global/endpoints/openapi"
    file.write_text(program(language, base_url=f"{sandbox['rest_url']}{path}", model=MODEL))
    return file


def python(language: str, sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    """Run a program here: what it ends with, and what it says of that."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", sandbox["credentials_file"])
    monkeypatch.setattr("openai._constants.DEFAULT_MAX_RETRIES", 0)
    try:
        runpy.run_path(str(written(language, sandbox)), run_name="__main__")
    except SystemExit as end:
        return (end.code, "") if isinstance(end.code, int) else (1, str(end.code))
    return 0, ""


def expected(name: str) -> int:
    return SHOWN_ANYWAY.get(name, 0 if SCENARIOS[name].verdicts == GREEN else 1)


@pytest.mark.parametrize("name", TEXTS)
def test_the_program_for_python_survives_every_server(
    name: str, server: Server, sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.scenario = TEXTS[name]
    code, said = python("python", sandbox, monkeypatch)
    assert code == expected(name), said
    assert bool(said) == bool(code)
    assert "reasoning" in said or name != "all spent on thinking"


@pytest.mark.parametrize("name", FEW)
def test_the_program_with_asyncio_survives_too(
    name: str, server: Server, sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.scenario = TEXTS[name]
    code, said = python("python-async", sandbox, monkeypatch)
    assert code == expected(name), said


def asked_of(words: list[str], variables: dict[str, str], name: str) -> None:
    """Run a program: it ends as it must, and says why where there is no answer."""
    ran = subprocess.run(words, env=os.environ | variables, capture_output=True, text=True, check=False)
    assert bool(ran.returncode) == bool(expected(name)), ran.stdout + ran.stderr
    assert bool(ran.stderr) == bool(ran.returncode), ran.stderr
    assert "reasoning" in ran.stderr or name != "all spent on thinking"


def test_the_program_for_go_survives_too(server: Server, sandbox: Running, tmp_path: Path) -> None:
    if not (shutil.which("go") and (CLIENTS / "go" / ".ready").exists()):
        pytest.skip("Go's clients are built by `make clients`")
    for file in ("go.mod", "go.sum"):
        shutil.copy(OF_GO / file, tmp_path)
    written("go", sandbox)
    subprocess.run(
        ["go", "build", "-o", "ask", "main.go"], env=os.environ | {"GOFLAGS": "-mod=mod -trimpath"}, check=True
    )
    for name in FEW_TYPED:
        server.scenario = TEXTS[name]
        asked_of([str(tmp_path / "ask")], {"GOOGLE_APPLICATION_CREDENTIALS": sandbox["credentials_file"]}, name)


def test_the_program_for_java_survives_too(server: Server, sandbox: Running, tmp_path: Path) -> None:
    libraries = CLIENTS / "java" / "lib"
    if not (shutil.which("javac") and libraries.exists()):
        pytest.skip("Java's clients are fetched by `make clients`")
    classes = f"{tmp_path}:{libraries}/*"
    subprocess.run(["javac", "-cp", classes, "-d", str(tmp_path), str(written("java", sandbox))], check=True)
    for name in FEW_TYPED:
        server.scenario = TEXTS[name]
        words = ["java", "-XX:TieredStopAtLevel=1", "-cp", classes, "Ask"]
        asked_of(words, {"GOOGLE_APPLICATION_CREDENTIALS": sandbox["credentials_file"]}, name)


def test_the_program_for_node_survives_too(server: Server, tmp_path: Path) -> None:
    """Node's Google credentials ask a fixed host, so this one needs `sandbox run --intercept`."""
    if not (shutil.which("node") and (CLIENTS / "node_modules" / "openai").exists()):
        pytest.skip("Node's clients are installed by `make clients`")
    upstream = f"http://127.0.0.1:{server.server_address[1]}/v1"
    with running(
        intercept=True, propagation=0, grpc=False, chat_upstream=upstream, ready_file=tmp_path / "ready.json"
    ) as google:
        file = written("node", google)
        (file.parent / "node_modules").symlink_to(CLIENTS / "node_modules")
        for name in FEW:
            server.scenario = TEXTS[name]
            asked_of(["node", str(file)], environment.child(google), name)


@pytest.mark.parametrize("name", FEW)
def test_the_program_for_curl_survives_too(name: str, server: Server, sandbox: Running, tmp_path: Path) -> None:
    if not (shutil.which("curl") and shutil.which("jq")):
        pytest.skip("curl or jq is not on the path")
    gcloud = tmp_path / "gcloud"
    gcloud.write_text(f"#!/bin/sh\necho {sandbox['token']}\n")
    gcloud.chmod(0o755)
    server.scenario = TEXTS[name]
    ran = subprocess.run(
        ["bash", str(written("curl", sandbox))],
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert bool(ran.returncode) == bool(expected(name)), ran.stdout + ran.stderr
    assert ran.returncode in (0, 1, 22), ran.stderr
    assert not ran.returncode or ran.stderr, ran.stdout
    assert "reasoning" in ran.stderr or name != "all spent on thinking"
    assert "RESOURCE_EXHAUSTED" in ran.stdout or name != "an error list in the stream"
