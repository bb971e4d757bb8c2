"""What Google answered when it was recorded, the sandbox answers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from gcp_emulator import services
from gcp_emulator.server import running

from emulator.tests.truth.replay import Replay

SCENARIOS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "recorded" / "exchanges.json").read_text("utf-8"))


STORES = "metadata stores are not served: other resources of Vertex AI"
RUNTIMES = "notebook runtimes are not served: other resources of Vertex AI"

RECORDED_AND_NOT_SERVED = {  # what else the recordings of grades A and B ask for -> why it is not replayed
    "POST /v1beta1/projects/x/locations/x/metadataStores": STORES,
    "GET /v1beta1/projects/x/locations/x/metadataStores/x": STORES,
    "DELETE /v1beta1/projects/x/locations/x/metadataStores/x": STORES,
    "GET /v1beta1/projects/x/locations/x/metadataStores/x/operations/x": STORES,
    "POST /v1beta1/projects/x/locations/x/notebookRuntimeTemplates": RUNTIMES,
    "GET /v1beta1/projects/x/locations/x/notebookRuntimeTemplates/x": RUNTIMES,
    "DELETE /v1beta1/projects/x/locations/x/notebookRuntimeTemplates/x": RUNTIMES,
    "POST /v1beta1/projects/x/locations/x/notebookRuntimes:assign": RUNTIMES,
    "GET /v1beta1/projects/x/locations/x/notebookRuntimes/x": RUNTIMES,
    "DELETE /v1beta1/projects/x/locations/x/notebookRuntimes/x": RUNTIMES,
    "GET /ui/projects/x/locations/x/notebookRuntimes/x/operations/x": RUNTIMES,
}
REGISTRY = services.registry()


def _serves(verb: str, path: str) -> bool:
    found = REGISTRY.route(verb, path)
    return found is not None and found[0].method.handle is not None


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["scenario"])
def test_a_recorded_conversation_goes_as_it_went(scenario: dict[str, Any]) -> None:
    with running(clock=0, grpc=False) as sandbox:
        assert Replay(sandbox, scenario).differences() == []


@pytest.mark.parametrize("call", RECORDED_AND_NOT_SERVED)
def test_what_was_recorded_and_is_served_is_replayed(call: str) -> None:
    verb, path = call.split()
    assert not _serves(verb, path), (
        f"{call} is served now: replay it (it is in the recordings), and take it off the list"
    )


def test_every_replayed_call_is_served() -> None:
    for scenario in SCENARIOS:
        for exchange in scenario["exchanges"]:
            path = urlsplit(exchange["url"]).path
            plain = re.sub(r"\$\{\w+\}", "x", path)
            assert _serves(exchange["method"], plain), f"{scenario['scenario']}: {exchange['method']} {path}"


def test_a_field_too_many_too_few_or_other_is_found() -> None:
    """The comparison itself: a recording that is changed a little disagrees."""
    (scenario,) = (each for each in SCENARIOS if each["scenario"] == "iam-roles--role-gcloud")
    changed = json.loads(json.dumps(scenario))
    del changed["exchanges"][0]["answer"]["title"]
    changed["exchanges"][1]["answer"]["stage"] = "GA"
    changed["exchanges"][2]["answer"]["title"] = "Other"
    with running(clock=0, grpc=False) as sandbox:
        differences = Replay(sandbox, changed).differences()
    assert [each.partition(": ")[2] for each in differences] == [
        "title is 'Test Role', and was not recorded",
        "stage is missing, recorded: 'GA'",
        "title is 'Updated Test Role', recorded: 'Other'",
    ]
