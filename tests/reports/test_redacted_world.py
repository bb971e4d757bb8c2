"""A world in which every name holds a mark: with --redact, the mark is in no report of all steps."""

from __future__ import annotations

from typing import Any

import pytest
from gcp_emulator.server import Running

from provision.commands.check import check as run_check
from provision.commands.endpoints import look_at_endpoints
from provision.commands.plan import plan
from provision.plan import Run
from provision.reports import FORMATS
from provision.reports.cleaning import without_ids, without_secrets
from provision.reports.github import render_summary
from tests.accounts import LONG_ENOUGH_S, api
from tests.conftest import clients_for, config_for

MARK = "zyxwv"
OIDC = {"oidc": {"issuerUri": f"https://git.{MARK}.test"}, "attributeMapping": {"google.subject": "assertion.sub"}}
SETTINGS: dict[str, Any] = {
    "ci__provider": "gitlab",
    "ci__repository": f"{MARK}-group/{MARK}-app",
    "ci__issuer": f"https://gitlab.{MARK}.test",
    "ci__pool": f"{MARK}-pool",
    "ci__pool_provider": f"{MARK}-door",
    "ci__service_account": f"{MARK}-ci",
    "identity__service_account": f"{MARK}-run",
    "project__labels": {f"{MARK}-team": f"{MARK}-value"},
}


def seeded(sandbox: Running) -> None:
    project = f"projects/{sandbox['project']}"
    labels = {f"{MARK}-label": f"{MARK}-of-google"}
    body = {"displayName": f"{MARK} live", "labels": labels}
    api(sandbox, "PATCH", f"/v3/{project}?updateMask=displayName,labels", body)
    where = f"/v1/{project}/locations/us-central1"
    api(sandbox, "POST", f"{where}/endpoints?endpointId={MARK}-endpoint", {"displayName": f"{MARK} endpoint"})
    pools = f"/v1/{project}/locations/global/workloadIdentityPools"
    api(sandbox, "POST", f"{pools}?workloadIdentityPoolId={MARK}-pool", {"description": f"made by {MARK}"})
    sandbox.advance(LONG_ENOUGH_S)
    providers = f"{pools}/{MARK}-pool/providers?workloadIdentityPoolProviderId"
    condition = {"attributeCondition": f"assertion.project_path == '{MARK}-secret/legacy'"}
    ours = {"oidc": {"issuerUri": SETTINGS["ci__issuer"]}, "description": "Made by provision."}
    api(sandbox, "POST", f"{providers}={MARK}-door", OIDC | condition | ours)
    api(sandbox, "POST", f"{providers}={MARK}-other", OIDC)
    sandbox.advance(LONG_ENOUGH_S)


@pytest.fixture
def runs(sandbox: Running) -> list[Run]:
    seeded(sandbox)
    config = config_for(sandbox, **SETTINGS, endpoints__locations=("us-central1",))
    return [
        run_check(config, clients_for(config)),
        plan(config, clients_for(config)),
        look_at_endpoints(config, clients_for(config), probe=True),
    ]


def test_a_name_that_anyone_gave_is_in_no_report(runs: list[Run]) -> None:
    message = " ".join(FORMATS["json"](run) for run in runs)
    seen = (f"{MARK} live", f"{MARK}-of-google", f"{MARK} endpoint", f"{MARK}-other", f"{MARK}-secret/legacy")
    assert [name for name in seen if name not in message] == [], "else this proves nothing"
    for run in runs:
        cleaned = without_ids(run)
        reports = {name: render(cleaned) for name, render in FORMATS.items()}
        reports["summary"] = render_summary(without_secrets(cleaned))
        for name, report in reports.items():
            at = report.lower().find(MARK)
            assert at < 0, f"{run.command} as {name}: {report[max(0, at - 200) : at + 80]}"
        assert [check.id for check in cleaned.checks] == [check.id for check in run.checks]
