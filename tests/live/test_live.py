"""The same questions, asked of the real Google Cloud: `pytest tests/live --live PROJECT_ID`.

Nothing is changed: what would change something is refused before it is sent. Each test leaves a recording under
build/recordings/, with everything private replaced; docs/live.md says what to do with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from provision.cli import main
from provision.clients import Clients, ask, start
from provision.config import GOOGLE_CLOUD, Config, load
from provision.diagnoses import diagnose
from provision.errors import ApiError, ErrorStatus
from tests.live.recorder import recording

pytestmark = pytest.mark.live

RECORDINGS = Path(__file__).parents[2] / "build" / "recordings"
TARGET = GOOGLE_CLOUD
NO_PROJECT = "no-such-project-8c1f2b7d4e"

Run = Callable[..., Result]


@pytest.fixture
def project_id(request: pytest.FixtureRequest) -> str:
    return str(request.config.getoption("--live"))


@pytest.fixture(autouse=True)
def _recorded(request: pytest.FixtureRequest, project_id: str) -> Iterator[None]:
    name = re.sub(r"\W+", "-", request.node.name.removeprefix("test_")).strip("-")
    with recording(RECORDINGS / f"{name}.json", [project_id, NO_PROJECT]):
        yield


@pytest.fixture
def config(project_id: str) -> Config:
    return load(options={"project.id": project_id}, target=TARGET)


@pytest.fixture
def clients(config: Config) -> Clients:
    return start(config)


@pytest.fixture
def run(project_id: str, tmp_path: Path) -> Run:
    def invoke(command: str, *options: str) -> Result:
        empty = tmp_path / "provision.yaml"
        empty.touch()
        return CliRunner().invoke(
            main, [command, "--project", project_id, "--config", str(empty), "--format", "json", *options]
        )

    return invoke


def refused(call: Callable[[], Any]) -> ErrorStatus:
    """Return the error of a call; it must be one that the diagnoses explain."""
    with pytest.raises(ApiError) as caught:
        call()
    error = caught.value.status
    assert diagnose(error) is not None, f"no one foresaw this answer: {error}"
    return error


# The commands


def test_check_understands_every_answer(run: Run) -> None:
    result = run("check")
    report = json.loads(result.stdout)
    assert report["target"] == TARGET.name
    puzzling = [check for check in report["checks"] if check["status"] == "unknown" and not check["diagnosis"]]
    assert puzzling == [], "no one foresaw these answers"


def test_plan_can_be_made(run: Run) -> None:
    result = run("plan")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["applied"] == []


def test_smoke_test_gets_an_answer(run: Run) -> None:
    result = run("smoke-test")
    assert result.exit_code == 0, result.output
    chat = next(check for check in json.loads(result.stdout)["checks"] if check["id"] == "chat.answers")
    assert chat["evidence"]["text"]
    assert chat["evidence"]["finish_reason"]
    assert chat["evidence"]["completion_tokens"] > 0


# The reads of each API


def test_the_token_tells_whose_it_is(clients: Clients) -> None:
    assert "@" in clients.principal()


def test_resource_manager_shows_the_project(clients: Clients, project_id: str) -> None:
    project = clients.resource_manager.get_project(project_id)
    assert project.project_id == project_id
    assert project.project_number.isdigit()
    assert project.state == "ACTIVE"


def test_a_project_that_does_not_exist_is_forbidden_not_missing(clients: Clients) -> None:
    error = refused(lambda: clients.resource_manager.get_project(NO_PROJECT))
    assert error.code == 403


def test_billing_shows_the_link_and_perhaps_the_account(clients: Clients, project_id: str) -> None:
    info = clients.cloud_billing.get_billing_info(project_id)
    assert not info.enabled or info.billing_account.startswith("billingAccounts/")
    if info.billing_account:
        account = ask(lambda: clients.cloud_billing.is_open(info.billing_account))
        assert not isinstance(account, ErrorStatus) or diagnose(account) is not None


def test_service_usage_shows_every_service_that_is_asked_for(clients: Clients, config: Config) -> None:
    states = clients.service_usage.states(config.project_id, config.services)
    assert set(states) == set(config.services)
    assert set(states.values()) <= {"ENABLED", "DISABLED"}


def test_a_service_that_does_not_exist_is_refused(clients: Clients, project_id: str) -> None:
    refused(lambda: clients.service_usage.states(project_id, ["no-such-service.googleapis.com"]))


@pytest.mark.parametrize("location", ["us-central1", "global"])
def test_vertex_lists_endpoints(location: str, clients: Clients, project_id: str) -> None:
    answer = ask(lambda: clients.vertex.list_endpoints(project_id, location))
    assert not isinstance(answer, ErrorStatus) or diagnose(answer) is not None, str(answer)


def test_vertex_refuses_a_project_that_does_not_exist(clients: Clients) -> None:
    refused(lambda: clients.vertex.list_endpoints(NO_PROJECT, "us-central1"))


def test_model_garden_shows_the_model(clients: Clients, config: Config) -> None:
    publisher, _, name = config.model.partition("/")
    assert clients.vertex.get_publisher_model(f"publishers/{publisher}/models/{name}", config.model_location)


def test_the_chat_route_answers_without_costing_anything(clients: Clients) -> None:
    assert clients.chat.route_answers()


@pytest.mark.parametrize("model", ["openai/no-such-model-maas", "openai/gpt-oss-20b-maas"], ids=["unknown", "retired"])
def test_a_model_that_is_not_served_is_refused(model: str, clients: Clients) -> None:
    refused(lambda: clients.chat.complete(model, "-", max_tokens=16))
