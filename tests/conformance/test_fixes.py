"""Each of the troubles of a first day shows one cause, and the fix it prints, when followed, fixes it.

The fix is read from the report and carried out as a person would: each command that is in it is made as the call
that gcloud makes of it, options of `provision` go into the next run, and where it says to wait, time passes.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from gcp_emulator.quotas import set_model_quota
from gcp_emulator.server import Running, running

from provision.commands.apply import apply
from provision.commands.check import check as run_check
from provision.config import Config
from provision.journal import Journal
from provision.plan import Check, Run
from tests.accounts import api, grant
from tests.conftest import clients_for, config_for

SPREAD_S = 600.0
QUICK = {"limits__call_timeout": 0.5}  # how long a throttled call is tried again


@pytest.fixture
def still_sandbox() -> Iterator[Running]:
    """A sandbox whose clock moves only when it is told to."""
    with running(clock=0.0, grpc=False) as ready:
        yield ready


@dataclass(frozen=True)
class Trouble:
    """How it comes about, and what must be shown as its one cause: one of ``causes``."""

    name: str
    make: Callable[[Running], Config]
    causes: tuple[str, ...]
    diagnosis: str
    fix_owner: str
    verdict: str = "not ready"


def missing_project(sandbox: Running) -> Config:
    return config_for(
        sandbox,
        project__id="brand-new-project",
        project__parent=sandbox["organization"],
        billing__account=sandbox["billing_account"],
    )


def no_billing(sandbox: Running) -> Config:
    enable(sandbox, sandbox["empty_project"])
    unlink(sandbox, sandbox["empty_project"])
    return config_for(sandbox, project__id=sandbox["empty_project"], billing__account=sandbox["billing_account"])


def closed_account(sandbox: Running) -> Config:
    enable(sandbox, sandbox["empty_project"])
    link(sandbox, sandbox["empty_project"], sandbox["closed_billing_account"])
    return config_for(sandbox, project__id=sandbox["empty_project"])


def api_off(sandbox: Running) -> Config:
    path = f"/v1/projects/{sandbox['project']}/services/aiplatform.googleapis.com:disable"
    api(sandbox, "POST", path, {"disableDependentServices": True})
    sandbox.advance(SPREAD_S)
    return config_for(sandbox)


def api_just_enabled(sandbox: Running) -> Config:
    link(sandbox, sandbox["empty_project"], sandbox["billing_account"])
    enable(sandbox, sandbox["empty_project"], wait=False)
    sandbox.advance(1)
    # About half of the calls get through. That none of these is refused would be chance, and no trouble.
    sandbox.do(lambda inner: inner.faults.add([{"error": "SERVICE_DISABLED", "method": "*/ChatCompletions"}]))
    return config_for(sandbox, project__id=sandbox["empty_project"])


def without_permission(sandbox: Running) -> Config:
    project = sandbox["project"]
    path = f"/v1/projects/{project}/serviceAccounts"
    email = api(sandbox, "POST", path, {"accountId": "reader"})["email"]
    sandbox.advance(SPREAD_S)
    member = f"serviceAccount:{email}"
    grant(sandbox, f"projects/{project}", member, "roles/aiplatform.viewer", "roles/serviceusage.serviceUsageViewer")
    key = api(sandbox, "POST", f"/v1/projects/-/serviceAccounts/{email}/keys", {})
    file = Path("reader.json").absolute()
    file.write_bytes(base64.b64decode(key["privateKeyData"]))
    config = config_for(sandbox)
    return replace(config, target=replace(config.target, credentials_file=file))


def model_policy(sandbox: Running) -> Config:
    set_policy(sandbox, "vertexai.allowedModels", ["publishers/google/models/gemini-3.5-flash:predict"])
    return config_for(sandbox)


def retired_model(sandbox: Running) -> Config:
    return config_for(sandbox, model__id="openai/gpt-oss-20b-maas", model__location="us-central1")


def throttled_chat(sandbox: Running) -> Config:
    config = config_for(sandbox, **QUICK)
    number = clients_for(config).resource_manager.get_project(config.project_id).project_number
    sandbox.do(lambda inner: set_model_quota(inner.state, number, config.model, 1))
    assert check(config).verdict == "ready"  # which spends the one question that a minute has
    return config


TROUBLES = [
    Trouble("a missing project", missing_project, ("project.active",), "PROJECT_NOT_VISIBLE", "you"),
    Trouble("no billing", no_billing, ("billing.enabled",), "BILLING_NOT_LINKED", "you"),
    Trouble("a closed account", closed_account, ("billing.enabled",), "BILLING_ACCOUNT_NOT_OPEN", "admin"),
    Trouble("an API that is off", api_off, ("services.enabled",), "SERVICES_NOT_ENABLED", "you"),
    Trouble(
        "an API that was enabled a second ago",
        api_just_enabled,
        # Some of the first calls get through, others do not.
        ("services.usable", "chat.answers"),
        "SERVICE_NOT_YET_USABLE",
        "google",
    ),
    Trouble("no permission", without_permission, ("permissions.invoke",), "PERMISSION_MISSING", "admin"),
    Trouble("a model policy", model_policy, ("policy.models",), "MODEL_NOT_ALLOWED_BY_POLICY", "admin"),
    Trouble("a retired model", retired_model, ("model.offered",), "MODEL_RETIRED", "you"),
    Trouble("a throttled chat", throttled_chat, ("chat.answers",), "MODEL_QUOTA", "admin"),
]


def check(config: Config) -> Run:
    return run_check(config, clients_for(config))


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.name)
def test_one_cause_is_shown_and_its_fix_fixes_it(still_sandbox: Running, trouble: Trouble) -> None:
    config = trouble.make(still_sandbox)
    run = check(config)
    assert run.verdict == trouble.verdict
    cause = run.root_cause
    assert cause is not None
    assert cause.id in trouble.causes
    assert (cause.diagnosis, cause.fix_owner) == (trouble.diagnosis, trouble.fix_owner)
    assert [each.id for each in run.checks if each.status == "fail"] == [cause.id]
    assert not [each.id for each in run.checks if each.status == "unknown" and each.required]
    assert {each.blocked_by for each in run.checks if each.status == "blocked"} <= {cause.id}
    assert not re.search(r"\b((?<!GCP_)PROJECT_ID|MEMBER|MISSING|ROLE|CONSTRAINT|VALUE|SUCCESSOR)\b", cause.fix), (
        cause.fix
    )

    fixed = follow(still_sandbox, config, cause)
    after = check(fixed)
    assert after.verdict == "ready", (cause.fix, after.root_cause)


def follow(sandbox: Running, config: Config, cause: Check) -> Config:
    """Do what a fix says; return the configuration of the next run. A fix that no one can follow fails the test."""
    fix = cause.fix
    followed = False
    for pattern, do in COMMANDS:
        for found in re.finditer(pattern, fix):
            do(sandbox, *found.groups())
            followed = True
    if "--create-project" in fix:
        create(sandbox, replace(config, create_project=True))
        followed = True
    if model := re.search(r"--model (\S+)", fix):
        # Which one it is offered at, the next run would say; this is what it says.
        config = replace(config, model=model[1], model_location="global")
        followed = True
    if value := re.search(r"add `(\S+)` to the allowed values of (\S+);", fix):
        set_policy(sandbox, value[2], [value[1]])
        followed = True
    if re.search(r"\bwait\b", fix):
        followed = True
    assert followed, f"no one can follow this: {fix}"
    sandbox.advance(SPREAD_S)
    return config


def create(sandbox: Running, config: Config) -> None:
    """Apply with the option that the fix names; time passes as it waits."""
    clients = replace(clients_for(config), sleep=lambda seconds: sandbox.advance(max(seconds, 5.0)))
    run = apply(config, clients, journal=Journal(Path("journal.jsonl")), approve=lambda _: True, smoke=False)
    assert any(each.change.action == "create" for each in run.applied)


def enable_named(sandbox: Running, services: str, project: str) -> None:
    api(sandbox, "POST", f"/v1/projects/{project}/services:batchEnable", {"serviceIds": services.split()})


def link_named(sandbox: Running, project: str, account: str) -> None:
    if account.endswith("ACCOUNT_ID"):  # an open one of those that the command beside it lists
        listed = api(sandbox, "GET", "/v1/billingAccounts")["billingAccounts"]
        account = next(each["name"] for each in listed if each.get("open")).removeprefix("billingAccounts/")
    link(sandbox, project, f"billingAccounts/{account}")


def grant_named(sandbox: Running, project: str, member: str, role: str) -> None:
    grant(sandbox, f"projects/{project}", member, role)


# The commands of fixes that change something; those that only look are passed over.
COMMANDS: list[tuple[str, Callable[..., None]]] = [
    (r"gcloud services enable ((?:\S+\.googleapis\.com ?)+)--project=(\S+)", enable_named),
    (r"gcloud billing projects link (\S+) --billing-account=(\S+)", link_named),
    (r"(?<!for: )gcloud projects add-iam-policy-binding (\S+) --member=(\S+) --role=(\S+)", grant_named),
]


def link(sandbox: Running, project: str, account: str) -> None:
    api(sandbox, "PUT", f"/v1/projects/{project}/billingInfo", {"billingAccountName": account})
    sandbox.advance(SPREAD_S)


def unlink(sandbox: Running, project: str) -> None:
    link(sandbox, project, "")


def enable(sandbox: Running, project: str, *, wait: bool = True) -> None:
    """Enable what the default configuration asks for; what costs money only where someone pays for a moment."""
    services = ["aiplatform", "cloudbilling", "cloudresourcemanager", "serviceusage"]
    if wait:
        link(sandbox, project, sandbox["billing_account"])
    body = {"serviceIds": [f"{each}.googleapis.com" for each in services]}
    operation = api(sandbox, "POST", f"/v1/projects/{project}/services:batchEnable", body)
    # Its operation takes seconds, being usable takes minutes.
    for _ in range(60):
        if operation.get("done"):
            break
        sandbox.advance(1)
        operation = api(sandbox, "GET", f"/v1/{operation['name']}")
    if wait:
        sandbox.advance(SPREAD_S)


def set_policy(sandbox: Running, constraint: str, allowed: list[str]) -> None:
    parent = f"projects/{sandbox['project']}"
    policy: dict[str, Any] = {
        "name": f"{parent}/policies/{constraint}",
        "spec": {"rules": [{"values": {"allowedValues": allowed}}]},
    }
    held = api(sandbox, "GET", f"/v2/{parent}/policies").get("policies", [])
    if any(each["name"].endswith(f"/{constraint}") for each in held):
        api(sandbox, "PATCH", f"/v2/{policy['name']}", policy)
    else:
        api(sandbox, "POST", f"/v2/{parent}/policies", policy)
    sandbox.advance(SPREAD_S)
