"""The APIs that look after projects are needed to change one, and not to ask the model."""

from __future__ import annotations

import json

from gcp_emulator.server import Running

from provision.commands.check import check as run_check
from tests.conftest import clients_for, config_for

OFF = ("serviceusage.googleapis.com", "cloudbilling.googleapis.com")


def test_where_the_model_answered_control_apis_that_are_off_are_a_warning(sandbox: Running) -> None:
    config = config_for(sandbox)
    number = clients_for(config).resource_manager.get_project(config.project_id).project_number
    answer = {
        "services": [
            {"name": f"projects/{number}/services/{name}", "state": "DISABLED" if name in OFF else "ENABLED"}
            for name in config.services
        ]
    }
    listing = f"GET /v1/projects/{config.project_id}/services:batchGet"
    faults = [
        {"method": listing, "status": 200, "raw_body": json.dumps(answer), "probability": 1},
        {"method": "*/GetProjectBillingInfo", "error": "SERVICE_DISABLED", "probability": 1},
    ]
    sandbox.do(lambda inner: inner.faults.add(faults))
    run = run_check(config, clients_for(config))
    found = {check.id: check for check in run.checks}
    assert found["chat.answers"].status == "pass"
    assert found["services.enabled"].status == "warn"
    assert all(name in found["services.enabled"].summary for name in OFF)
    assert found["services.enabled"].fix
    assert not found["billing.enabled"].required
    assert (run.verdict, run.exit_code) == ("ready", 0)
    assert run_check(config, clients_for(config), skip=("chat",)).exit_code == 1
