"""One answer through every door: every client, pointed at the model by what `env` and `proxy` say, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from gcp_emulator import environment
from gcp_emulator.server import Running, running

from provision.chat.proxy import Proxy, base_url, bind, serving
from provision.cli.env import asked_as, environment_of
from provision.client_configuration.environment import Environment
from provision.client_configuration.programs import LANGUAGES, program
from provision.clients import Clients
from tests.cli.test_client_configuration import RUN_AS_THEY_ARE
from tests.conftest import clients_for, config_for

DOORS = Path(__file__).parent / "doors"
BUILT = Path(__file__).parents[2] / ".clients"
"""Where `make clients` puts what has to live by itself."""

KEY = "local-key-of-this-test"
QUESTION = "What is a cloud?"
CURL = """
curl --fail-with-body --silent --show-error "$OPENAI_BASE_URL/chat/completions" \
  --header "Authorization: Bearer $OPENAI_API_KEY" --header 'Content-Type: application/json' \
  --data '{"model": "'"$MODEL_ID"'", "messages": [{"role": "user", "content": "'"$QUESTION"'"}]}'
"""


def python_of(name: str) -> str:
    """The Python of a client that lives by itself."""
    if not (BUILT / name / ".ready").exists():
        pytest.skip(f"{name} has an environment of its own, which `make clients` builds")
    return str(BUILT / name / "bin" / "python")


def node_modules() -> Path:
    if shutil.which("node") is None:
        pytest.skip("node is not on the path")
    if not (BUILT / "node_modules" / "openai").exists():
        pytest.skip("Node's clients are installed by `make clients`")
    return BUILT / "node_modules"


def words_of(client: str) -> list[str]:
    """The command that asks as one client does, and prints the text of the answer."""
    if client == "curl":
        if shutil.which("curl") is None:
            pytest.skip("curl is not on the path")
        return ["sh", "-c", CURL]
    if client == "node":
        node_modules()
        return ["node", str(DOORS / "node.mjs")]
    if client == "ai-sdk":
        if not (node_modules() / "ai").exists():
            pytest.skip("the AI SDK is installed by `make clients`")
        return ["node", str(DOORS / "ask_ai_sdk.mjs")]
    if client == "llm":
        return [python_of("frameworks"), "-m", "llm", "--model", "vertex", QUESTION]
    if client in {"litellm", "langchain"}:
        return [python_of(client), str(DOORS / f"ask_{client}.py")]
    return [sys.executable, str(DOORS / "ask_openai.py"), *(["async"] if client == "openai-async" else [])]


def configured_for_llm(provider: Environment, folder: Path) -> Path:
    """Write what `llm` reads: it takes a base URL from its file only."""
    model = [{"model_id": "vertex", "model_name": provider.model, "api_base": provider.base_url, "api_key_name": "v"}]
    (folder / "extra-openai-models.yaml").write_text(json.dumps(model))
    (folder / "keys.json").write_text(json.dumps({"v": provider.token}))
    return folder


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running(propagation=0, grpc=False) as ready:
        yield ready


@pytest.fixture
def clients(sandbox: Running) -> Clients:
    return clients_for(config_for(sandbox))


@pytest.fixture(params=["env", "proxy"])
def provider(request: pytest.FixtureRequest, clients: Clients) -> Iterator[Environment]:
    """What a client is told."""
    if request.param == "env":
        yield environment_of(clients.config, clients)
        return
    listener, found = bind(0), clients.serving
    with serving(Proxy(found, clients.credentials, KEY), listener):
        yield Environment(
            base_url=base_url(listener),
            token=KEY,
            model=asked_as(found, clients.config),
            project_id=clients.config.project_id,
            location=found.location,
        )


@pytest.fixture
def expected(clients: Clients) -> str:
    """What the model says."""
    answer = httpx2.post(
        f"{clients.serving.base_url}/chat/completions",
        headers={"Authorization": f"Bearer {clients.credentials.fresh_token()}"},
        json={"model": clients.config.model, "messages": [{"role": "user", "content": QUESTION}]},
        trust_env=False,
    )
    return str(answer.json()["choices"][0]["message"]["content"])


@pytest.mark.parametrize("client", ["openai", "openai-async", "litellm", "langchain", "node", "ai-sdk", "llm", "curl"])
def test_every_client_gets_the_same_answer_through_every_provider(
    client: str, provider: Environment, expected: str, tmp_path: Path
) -> None:
    info = {"NODE_CLIENTS": str(BUILT), "LITELLM_LOCAL_MODEL_COST_MAP": "True", "QUESTION": QUESTION}
    info["LLM_USER_PATH"] = str(configured_for_llm(provider, tmp_path))
    printed = ended(words_of(client), provider.variables() | info)
    spoken = json.loads(printed)["choices"][0]["message"]["content"] if client == "curl" else printed.rstrip("\n")
    assert spoken == expected


def ended(words: list[str], variables: dict[str, str]) -> str:
    """Run a command that can reach nothing but this machine, and return what it printed."""
    closed = {"HTTPS_PROXY": environment.CLOSED_PROXY, "NO_PROXY": "127.0.0.1,localhost"}
    done = subprocess.run(words, env=os.environ | closed | variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


RUN_HERE = {"node", "litellm", "langchain"}
RUN_ELSEWHERE = {"go", "java", "openai-vertex"}
"""In test_snippets.py and test_vertex_provider.py."""


@pytest.mark.parametrize("language", ["litellm", "langchain"])
def test_a_program_of_a_client_that_lives_by_itself_runs(language: str, sandbox: Running, clients: Clients) -> None:
    file = written(language, clients)
    message = {"GOOGLE_APPLICATION_CREDENTIALS": sandbox["credentials_file"], "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    assert "not a model" in ended([python_of(language), str(file)], message)


def test_a_program_for_node_runs_where_google_is_intercepted(tmp_path: Path) -> None:
    """Node's Google credentials ask a fixed host, so this one needs `sandbox run --intercept`."""
    modules = node_modules()
    with running(intercept=True, propagation=0, grpc=False, ready_file=tmp_path / "ready.json") as google:
        file = written("node", clients_for(config_for(google)))
        (tmp_path / "node_modules").symlink_to(modules)
        done = subprocess.run(
            ["node", str(file)], env=environment.child(google), capture_output=True, text=True, check=False
        )
        asked = [entry["path"] for entry in google.requests()]
    assert done.returncode == 0, done.stderr
    assert "not a model" in done.stdout
    assert "/token" in asked


def written(language: str, clients: Clients) -> Path:
    """The program, as a person saves it."""
    found = clients.serving
    file = Path(LANGUAGES[language]).resolve()
    file.write_text(program(language, base_url=found.base_url, model=asked_as(found, clients.config)))
    return file


def test_every_program_is_run() -> None:
    assert set(LANGUAGES) == RUN_HERE | set(RUN_AS_THEY_ARE) | RUN_ELSEWHERE
