"""The pytest plugin, in a stranger's project: a folder with nothing but tests, in a pytest of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from gcp_emulator import pytest_plugin

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "pytest.md"
PLUGIN = "gcp_emulator.pytest_plugin"


class Project:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def run(self, *words: str, plugins: tuple[str, ...] = (PLUGIN,)) -> subprocess.CompletedProcess[str]:
        """Run its tests with all warnings as errors, and no plugin but ours: those of this machine are no one's."""
        named = [word for plugin in plugins for word in ("-p", plugin)]
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-W", "error", "--strict-markers", *named, *words],
            cwd=self.folder,
            env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def passes(self, *words: str, count: int, plugins: tuple[str, ...] = (PLUGIN,)) -> None:
        done = self.run(*words, plugins=plugins)
        assert done.returncode == 0, done.stdout + done.stderr
        assert re.search(rf"\b{count} passed", done.stdout), done.stdout

    def failure(self, text: str) -> str:
        self.write("test_it.py", text)
        done = self.run()
        assert done.returncode == 1, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


def test_the_examples_of_the_page_pass(project: Project) -> None:
    examples = re.findall(r"```python\n# (\S+)\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    for name, text in examples:
        project.write(name, text)
    assert [name for name, _ in examples] == ["test_chat.py", "test_projects.py", "test_marked.py"]
    project.passes(count=4)


def test_the_page_tells_every_option_and_every_attribute() -> None:
    page = PAGE.read_text("utf-8")
    for name in pytest_plugin.OPTIONS:
        assert f"| `{name}` |" in page
    public = [name for name in vars(pytest_plugin.GoogleCloud) if not name.startswith("_") and name != "set_environ"]
    for name in public:
        assert f"`{name}" in page, name


def test_each_test_has_a_state_of_its_own(project: Project) -> None:
    project.write(
        "test_it.py",
        """
import urllib.request

import pytest

@pytest.mark.parametrize("n", range(6))
def test_alone(google_cloud, n):
    request = urllib.request.Request(
        f"{google_cloud.rest_url}/v3/projects/{google_cloud.empty_project}",
        method="DELETE",
        headers={"authorization": f"Bearer {google_cloud.token}"},
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200
    assert len(google_cloud.requests) == 1
    google_cloud.advance(60)
    assert google_cloud.state()["resourcemanager.projects"][google_cloud.empty_project]["state"] == "DELETE_REQUESTED"
    google_cloud.reset()
    assert google_cloud.requests == []
    assert google_cloud.state()["resourcemanager.projects"][google_cloud.empty_project]["state"] == "ACTIVE"
""",
    )
    project.passes(count=6)
    project.passes("-n2", count=6, plugins=(PLUGIN, "xdist.plugin", "xdist.looponfail"))


def test_two_sandboxes_in_one_test_file_answer_at_different_places(project: Project) -> None:
    project.write(
        "test_it.py",
        """
seen = []

def test_one(google_cloud):
    seen.append(google_cloud.credentials_file)

def test_two(google_cloud):
    import pathlib
    assert not pathlib.Path(seen[0]).parent.exists()
    assert pathlib.Path(google_cloud.credentials_file).exists()
""",
    )
    project.passes(count=2)


def test_the_environment_is_set_for_the_test_only(project: Project) -> None:
    project.write(
        "test_it.py",
        """
import os
import pytest

@pytest.fixture
def someone(monkeypatch):
    monkeypatch.setenv("CLOUDSDK_CORE_ACCOUNT", "me@example.com")

def test_not_asked_for(someone, google_cloud):
    assert os.environ["CLOUDSDK_CORE_ACCOUNT"] == "me@example.com"
    assert "GOOGLE_CLOUD_PROJECT" not in os.environ
    assert google_cloud.environ["GOOGLE_CLOUD_PROJECT"] == google_cloud.project

@pytest.mark.google_cloud(environ=True)
def test_by_marker(someone, google_cloud):
    assert os.environ["GOOGLE_CLOUD_PROJECT"] == google_cloud.project
    assert "CLOUDSDK_CORE_ACCOUNT" not in os.environ

def test_by_fixture(someone, google_cloud, google_cloud_environ):
    assert google_cloud_environ == google_cloud.environ
    assert os.environ["GOOGLE_APPLICATION_CREDENTIALS"] == google_cloud.credentials_file

def test_afterwards():
    assert "GOOGLE_APPLICATION_CREDENTIALS" not in os.environ
""",
    )
    project.passes(count=4)


def test_files_are_found_beside_the_test_and_the_nearest_marker_decides(project: Project) -> None:
    project.write("seed.yaml", "projects: {team-chat: {}}\n")
    project.write("faults.json", '[{"method": "*/GetProject", "status": 429, "first": 5}]')
    project.write(
        "test_it.py",
        """
import pytest

pytestmark = pytest.mark.google_cloud(seed_file="seed.yaml", clock="stepped", faults="faults.json")

@pytest.mark.google_cloud(clock="1x")
class TestIt:
    def test_it(self, google_cloud):
        assert "team-chat" in google_cloud.state()["resourcemanager.projects"]
        def look(sandbox):
            return sandbox.state.clock.mode, len(sandbox.faults.rules)
        assert google_cloud._running.do(look) == ("real", 1)
""",
    )
    project.passes(count=1)


REFUSED = {
    "speed=3": "takes seed_file, propagation",
    "'60x'": "each by its name, and not '60x'",
    "clock='fast'": "a clock is like 1x, 60x or stepped, not 'fast'",
    "environ=1": "environ of @pytest.mark.google_cloud is True or False, not 1",
    "faults=[{'method': 'nothing/Such'}]": "no method of the sandbox matches",
    "faults='none.json'": "none.json",
    "seed_file={'project': {}}": "there is no such key",
    "seed_file='none.yaml'": "none.yaml cannot be read",
    "propagation='soon'": "soon",
}


def test_what_makes_no_sense_fails_with_one_sentence(project: Project) -> None:
    tests = [
        f"@pytest.mark.google_cloud({options})\ndef test_{number}(google_cloud): pass\n"
        for number, options in enumerate(REFUSED)
    ]
    printed = project.failure("import pytest\n" + "".join(tests))
    assert f"{len(REFUSED)} errors" in printed
    assert [message for message in REFUSED.values() if message not in printed] == []
    assert printed.count("the fixture google_cloud cannot start:") >= len(REFUSED)
    assert "Traceback" not in printed
    assert "pytest_plugin.py" not in printed


MISUSED = {
    "fail_next('*/GetProjekt', 503)": "no method of the sandbox matches '*/GetProjekt'; near it are */GetProject",
    "fail_next('*/GetProject', 200)": "status is an HTTP status from 400 on",
    "advance(-5)": "a clock only goes forward, not by -5 seconds",
    "load('zip')": "there is no snapshot 'zip'",
    "save('a b')": "not 'a b'",
    "token_for('ann@example.com')": "member is user:ADDRESS",
    "token_for('serviceAccount:ci@shop.iam.gserviceaccount.com')": "create it first",
}


def test_a_call_that_makes_no_sense_fails_at_the_test_s_own_line(project: Project) -> None:
    calls = "".join(
        f"def test_{number}(google_cloud):\n    google_cloud.{call}\n" for number, call in enumerate(MISUSED)
    )
    printed = project.failure(calls)
    assert f"{len(MISUSED)} failed" in printed
    assert [message for message in MISUSED.values() if message not in printed] == []
    assert "pytest_plugin.py" not in printed
    assert "server.py" not in printed


def test_a_project_that_does_not_ask_for_it_pays_nothing(project: Project) -> None:
    project.write(
        "test_it.py",
        """
import sys

def test_it():
    ours = {name for name in sys.modules if name.startswith(("provision", "gcp_emulator"))}
    assert ours == {"gcp_emulator", "gcp_emulator.pytest_plugin"}
    assert not sys.modules.keys() & {"uvicorn", "grpc", "google.auth", "openai", "cryptography", "yaml", "click"}
""",
    )
    project.passes(count=1)


def test_pytest_finds_it_by_its_entry_point() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["pytest11"]
    assert declared == {"gcp_emulator": PLUGIN}
    installed = {each.name: each.value for each in entry_points(group="pytest11")}
    assert installed["gcp_emulator"] == PLUGIN


def test_a_missing_extra_is_one_sentence_with_the_fix(project: Project) -> None:
    project.write("conftest.py", f"import {PLUGIN} as plugin\nplugin.NEEDED = ('no_such_package',)\n")
    assert "pip install gcp-emulator" in project.failure("def test_it(google_cloud): pass\n")


def test_a_failure_shows_the_calls_that_the_sandbox_answered(project: Project) -> None:
    shown = project.failure(
        "import urllib.request\n"
        "def test_it(google_cloud):\n"
        "    urllib.request.urlopen(google_cloud.rest_url + '/v1/projects/no-such-project')\n"
    )
    assert re.search(r"-+ Calls that the sandbox answered -+\n\S+  401  GET /v1/projects/no-such-project", shown)
