"""Where the project is, endpoints without a model, and Vertex AI's own service account."""

from __future__ import annotations

from typing import Any

import pytest
from gcp_emulator.server import Running

from provision.chat import serving
from provision.commands.check import check as run_check
from provision.errors import ErrorStatus
from provision.google.vertex import Endpoint
from provision.plan import Check, Run
from provision.steps import endpoints, services
from tests.conftest import clients_for, config_for


def named(run: Run, name: str) -> Check | None:
    return next((check for check in run.checks if check.id == name), None)


def checked(ready: Running, **options: Any) -> Run:
    config = config_for(ready, **options)
    return run_check(config, clients_for(config), skip=("chat",))


def test_a_project_that_stands_elsewhere_is_said_to(sandbox: Running) -> None:
    check = named(checked(sandbox, project__parent="folders/1"), "project.parent")
    assert check is not None
    assert (check.status, check.required, check.diagnosis) == ("warn", False, "WRONG_PARENT")
    assert sandbox["organization"] in check.cause
    well = named(checked(sandbox, project__parent=sandbox["organization"]), "project.parent")
    assert well is not None
    assert well.status == "pass"
    assert named(checked(sandbox), "project.parent") is None


@pytest.mark.parametrize(
    ("models", "traffic", "status"),
    [
        (("gpt-oss",), {"1": 100}, "pass"),
        ((), {}, "warn"),
        (("gpt-oss",), {}, "warn"),
        (("gpt-oss",), {"1": 0}, "warn"),
    ],
)
def test_an_endpoint_without_a_model_answers_nothing(
    sandbox: Running, models: tuple[str, ...], traffic: dict[str, int], status: str
) -> None:
    config = config_for(sandbox)
    endpoint = Endpoint(
        name="projects/1/locations/us-central1/endpoints/7",
        display_name="mine",
        location="us-central1",
        deployed_models=models,
        traffic=traffic,
    )
    where = serving.deployed(config, clients_for(config).transport, endpoint)
    seen = endpoints.Observed(by_location={"us-central1": (endpoint,)}, servings={endpoint.name: where})
    check = next(check for check in endpoints.evaluate(config, seen) if check.id == "endpoints.deployed")
    assert (check.status, check.required) == (status, False)
    assert ("7" in check.summary) is (status == "warn")


AGENT = "serviceAccount:service-1@gcp-sa-aiplatform.iam.gserviceaccount.com"


@pytest.mark.parametrize(
    ("bindings", "endpoint", "status"),
    [
        ({"roles/aiplatform.serviceAgent": (AGENT,)}, "", "pass"),
        ({"roles/aiplatform.serviceAgent": ("user:a@example.com",)}, "", "skipped"),
        ({"roles/owner": (AGENT,)}, "123", "warn"),
        (ErrorStatus(service="s", method="GetIamPolicy", code=403, status="PERMISSION_DENIED"), "", "unknown"),
    ],
)
def test_the_service_agent_matters_to_what_one_deploys_oneself(
    sandbox: Running, bindings: Any, endpoint: str, status: str
) -> None:
    config = config_for(sandbox, **({"model__endpoint": endpoint} if endpoint else {}))
    seen = services.Observed(states={}, bindings=bindings)
    check = next(check for check in services.evaluate(config, seen) if check.id == "services.agent")
    assert (check.status, check.required) == (status, False)
