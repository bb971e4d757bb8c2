"""Undo what was ours and is as we left it; nothing else, and say why."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from gcp_emulator.server import Running

from provision.commands.apply import apply as run_apply
from provision.commands.destroy import destroy as undo
from provision.commands.recovery import scope_of
from provision.config import Config
from provision.errors import Interrupted, ProvisionError, StalePlanError
from provision.google.iam_admin import provider_body
from provision.google.iam_policy import Grant, add_members
from provision.journal import Journal, ledger, read
from provision.plan import Mutation, Run
from provision.reports.destroy import render, render_json
from provision.undo import DestroyOptions
from provision.undo.record import Undone
from tests import issuer
from tests.comparing import without_traces
from tests.conftest import clients_for, config_for

JOURNAL = Path("journal.jsonl")
CONTROL = "cloudresourcemanager.googleapis.com"


def empty(sandbox: Running, **more: Any) -> Config:
    return config_for(
        sandbox, project__id=sandbox["empty_project"], billing__account=sandbox["billing_account"], **more
    )


def fresh(sandbox: Running, **more: Any) -> Config:
    return config_for(
        sandbox,
        project__id="brand-new-project",
        project__create=True,
        project__parent=sandbox["organization"],
        billing__account=sandbox["billing_account"],
        **more,
    )


def apply(config: Config) -> Run:
    run = run_apply(config, clients_for(config), journal=Journal(JOURNAL), approve=lambda _: True)
    assert run.verdict == "ready", run.root_cause
    return run


def destroy(config: Config, *, approve: bool = True, include_unverified: bool = False, **options: Any) -> Undone:
    return undo(
        config,
        clients_for(config),
        journal=Journal(JOURNAL),
        options=DestroyOptions(project_id=config.project_id, **options),
        include_unverified=include_unverified,
        approve=lambda _: approve,
    )


def state(sandbox: Running) -> dict[str, Any]:
    found: dict[str, Any] = requests.get(f"{sandbox['rest_url']}/sandbox/v1/state?comparable=true", timeout=10).json()
    return without_traces(found)


def outcomes(undone: Undone) -> dict[str, str]:
    return {str(item.change): item.outcome for item in undone.items}


def changed(sandbox: Running) -> list[str]:
    return [entry["method"].rpartition("/")[2] for entry in sandbox.requests() if entry["changed"] and entry["mutates"]]


def test_destroy_after_apply_leaves_the_world_as_it_was(sandbox: Running) -> None:
    config = empty(sandbox, identity__service_account="runtime")
    before = state(sandbox)
    apply(config)
    assert state(sandbox) != before
    undone = destroy(config)
    assert {item.outcome for item in undone.items} == {"undone"}, render(undone)
    assert state(sandbox) == before
    assert undone.exit_code == 0


def test_destroy_of_a_project_that_was_created_leaves_the_world_as_it_was(sandbox: Running) -> None:
    config = fresh(sandbox)
    before = state(sandbox)
    apply(config)
    undone = destroy(config, delete_project=True)
    assert outcomes(undone) == {"delete projects/brand-new-project": "undone"}
    assert state(sandbox) == before


def test_it_goes_in_reverse_order_and_keeps_what_it_needs_until_the_end(sandbox: Running) -> None:
    config = empty(sandbox)
    apply(config)
    done = [str(item.change).partition("sandbox-empty/")[2] for item in destroy(config).items]
    assert done == [
        "services/aiplatform.googleapis.com",
        "billingInfo",
        "services/cloudbilling.googleapis.com",
        "services/cloudresourcemanager.googleapis.com",
        "services/serviceusage.googleapis.com",
    ]


def test_doing_it_again_does_nothing(sandbox: Running) -> None:
    config = empty(sandbox)
    apply(config)
    destroy(config)
    calls = changed(sandbox)
    assert destroy(config).items == ()
    assert changed(sandbox) == calls


def test_what_was_there_before_us_stays(sandbox: Running) -> None:
    config = empty(sandbox)
    clients = clients_for(config)
    clients.cloud_billing.link(config.project_id, sandbox["billing_account"])
    clients.service_usage.batch_enable(config.project_id, [CONTROL], deadline_s=10)
    before = state(sandbox)
    apply(config)
    undone = destroy(config)
    assert all(item.outcome == "undone" for item in undone.items)
    assert not any(CONTROL in each or "billingInfo" in each for each in outcomes(undone))
    assert state(sandbox) == before


def test_a_service_that_someone_brought_back_is_theirs(sandbox: Running) -> None:
    config = empty(sandbox)
    apply(config)
    usage = clients_for(config).service_usage
    usage.disable(config.project_id, CONTROL, force=True, deadline_s=10)
    assert outcomes(destroy(config))[f"disable projects/sandbox-empty/services/{CONTROL}"] == "deleted"
    usage.batch_enable(config.project_id, [CONTROL], deadline_s=10)
    assert destroy(config).items == ()
    assert usage.states(config.project_id, [CONTROL]) == {CONTROL: "ENABLED"}


def test_a_service_that_another_one_needs_now_is_left_and_so_is_who_pays_for_it(sandbox: Running) -> None:
    config = empty(sandbox, services=("aiplatform.googleapis.com", "compute.googleapis.com"))
    apply(config)
    clients_for(config).service_usage.batch_enable(
        config.project_id, ["container.googleapis.com"], deadline_s=10
    )  # someone else's cluster
    undone = destroy(config)
    by_name = {str(item.change): item for item in undone.items}
    needed = by_name["disable projects/sandbox-empty/services/compute.googleapis.com"]
    assert (needed.outcome, needed.reason) == ("retained", "container.googleapis.com needs it")
    link = by_name["unlink projects/sandbox-empty/billingInfo"]
    assert link.outcome == "retained"
    assert "container.googleapis.com would stop" in link.reason
    assert by_name["disable projects/sandbox-empty/services/aiplatform.googleapis.com"].outcome == "undone"
    assert undone.exit_code == 0


def test_a_service_that_google_enabled_along_with_ours_is_named_and_left_until_it_is_asked_for(
    sandbox: Running,
) -> None:
    config = empty(sandbox, services=("aiplatform.googleapis.com", "container.googleapis.com"))
    before = state(sandbox)
    run = apply(config)
    (message,) = (each.detail for each in run.applied if each.change.action == "enable")
    assert message == "enabled along with it, as Google does with what a service needs: compute.googleapis.com"
    undone = destroy(config, approve=True)
    by_name = {str(item.change): item for item in undone.items}
    implicit = by_name["disable projects/sandbox-empty/services/compute.googleapis.com"]
    assert (implicit.outcome, implicit.owned.confirmed) == ("retained", False)
    assert "while we enabled aiplatform.googleapis.com, container.googleapis.com" in implicit.reason
    assert "compute.googleapis.com would stop" in by_name["unlink projects/sandbox-empty/billingInfo"].reason
    assert set(outcomes(destroy(config, include_unverified=True)).values()) == {"undone"}
    assert state(sandbox) == before


def test_what_came_along_is_undone_with_what_needed_it(sandbox: Running) -> None:
    config = empty(sandbox, services=("container.googleapis.com",))
    before = state(sandbox)
    apply_without_chat(config)
    undone = destroy(config, include_unverified=True)
    assert set(outcomes(undone).values()) == {"undone"}, render(undone)
    assert state(sandbox) == before


def test_a_service_that_was_there_before_did_not_come_along(sandbox: Running) -> None:
    config = empty(sandbox, services=("container.googleapis.com",))
    clients = clients_for(config)
    clients.cloud_billing.link(config.project_id, sandbox["billing_account"])
    clients.service_usage.batch_enable(config.project_id, ["compute.googleapis.com"], deadline_s=10)
    apply_without_chat(config)
    assert not any("compute" in each for each in outcomes(destroy(config)))


def apply_without_chat(config: Config) -> None:
    run_apply(config, clients_for(config), journal=Journal(JOURNAL), approve=lambda _: True, smoke=False)


def test_a_service_that_was_used_is_left_unless_asked_for(sandbox: Running) -> None:
    config = empty(sandbox, services=("aiplatform.googleapis.com",))
    apply(config)
    sandbox.fail_next(
        "*DisableService",
        "FAILED_PRECONDITION",
        first=1,
        message="The service aiplatform has usage in the last 30 days.",
    )
    undone = destroy(config)
    assert set(outcomes(undone).values()) == {"retained"}
    assert "--force" in render(undone)
    assert set(outcomes(destroy(config, force=True)).values()) == {"undone"}


def test_another_s_account_is_not_unlinked(sandbox: Running) -> None:
    config = empty(sandbox)
    apply(config)
    other = sandbox["closed_billing_account"]
    clients_for(config).cloud_billing.link(config.project_id, other)
    item = next(item for item in destroy(config).items if item.change.action == "unlink")
    assert (item.outcome, item.reason) == ("retained", f"{other} pays now, which we did not link")


def test_what_we_relinked_is_not_put_back_by_itself(sandbox: Running) -> None:
    config = empty(sandbox, billing__relink=True)
    clients_for(config).cloud_billing.link(config.project_id, sandbox["closed_billing_account"])
    apply(config)
    item = next(item for item in destroy(config).items if item.change.action == "unlink")
    assert item.outcome == "retained"
    assert "gcloud billing projects link" in item.reason


def test_members_that_others_added_stay(sandbox: Running) -> None:
    config = empty(sandbox, identity__service_account="runtime")
    apply(config)
    transport = clients_for(config).transport
    theirs = Grant(role="roles/aiplatform.user", member="user:theirs@example.com")
    add_members(transport, f"projects/{config.project_id}", [theirs])
    assert {item.outcome for item in destroy(config).items} == {"undone"}
    assert add_members(transport, f"projects/{config.project_id}", [theirs]) == ()


def test_a_project_is_left_unless_asked_for(sandbox: Running) -> None:
    config = fresh(sandbox)
    apply(config)
    undone = destroy(config)
    assert outcomes(undone)["delete projects/brand-new-project"] == "retained"
    assert clients_for(config).resource_manager.get_project("brand-new-project").state == "ACTIVE"


def test_another_s_project_is_not_deleted_though_asked_for(sandbox: Running) -> None:
    config = empty(sandbox)
    apply(config)
    undone = destroy(config, delete_project=True)
    assert not any(each.startswith("delete projects") for each in outcomes(undone))
    assert clients_for(config).resource_manager.get_project(config.project_id).state == "ACTIVE"


def test_another_s_journal_counts_for_nothing(sandbox: Running) -> None:
    apply(empty(sandbox))
    assert destroy(fresh(sandbox)).items == ()


def test_not_approved_is_not_done(sandbox: Running) -> None:
    config = empty(sandbox)
    apply(config)
    calls = changed(sandbox)
    with pytest.raises(StalePlanError, match="nothing was undone"):
        destroy(config, approve=False)
    assert changed(sandbox) == calls


def test_what_cannot_be_seen_is_not_touched(sandbox: Running) -> None:
    config = empty(sandbox)
    apply(config)
    sandbox.fail_next("*BatchGetServices", 403, first=99)
    undone = destroy(config)
    assert {item.outcome for item in undone.items if item.change.action == "disable"} == {"unknown"}
    assert undone.exit_code == 3


def test_an_answer_that_was_lost_proves_nothing_until_it_is_asked_for(patient_sandbox: Running) -> None:
    sandbox = patient_sandbox
    sandbox.do(lambda inner: inner.state.clock.rescale(600.0))  # what was asked for is done before anyone looks again
    config = empty(sandbox, services=("aiplatform.googleapis.com",))
    clients_for(config).cloud_billing.link(config.project_id, sandbox["billing_account"])
    sandbox.fail_next("*BatchEnableServices", drop=True, after=True)
    apply(config)
    undone = destroy(config)
    assert "journal.unfinished" in {note.id for note in undone.notes}
    assert set(outcomes(undone).values()) == {"retained"}
    assert "--include-unverified" in render(undone)
    assert set(outcomes(destroy(config, include_unverified=True)).values()) == {"undone"}


def test_a_cut_off_destroy_is_finished_by_the_next(sandbox: Running) -> None:
    config = empty(sandbox)
    before = state(sandbox)
    apply(config)
    sandbox.fail_next("*UpdateProjectBillingInfo", 403, first=1)
    first = destroy(config)
    assert first.exit_code == 1
    assert destroy(config).exit_code == 0
    assert state(sandbox) == before


def test_destroy_is_in_the_journal_itself(sandbox: Running) -> None:
    config = empty(sandbox)
    apply(config)
    destroy(config)
    runs = ledger.runs(read(JOURNAL), scope_of(config))
    assert [run.command for run in runs] == ["apply", "destroy"]
    assert all(mutation.confirmed for mutation in runs[1].mutations)
    assert runs[1].result == "done"


def test_the_json_report_says_what_became_of_each_thing(sandbox: Running) -> None:
    config = empty(sandbox)
    apply(config)
    report = json.loads(render_json(destroy(config)))
    assert report["exit_code"] == 0
    assert {item["outcome"] for item in report["items"]} == {"undone"}
    assert all(item["confirmed"] for item in report["items"])


def test_a_deletion_whose_answer_was_lost_is_asked_for_again(sandbox: Running) -> None:
    config = fresh(sandbox)
    apply(config)
    sandbox.fail_next("*Projects/DeleteProject", drop=True)
    assert destroy(config, delete_project=True).exit_code == 1
    assert outcomes(destroy(config, delete_project=True)) == {"delete projects/brand-new-project": "undone"}


def test_a_deleted_project_is_brought_back_only_when_asked_for(sandbox: Running) -> None:
    config = fresh(sandbox)
    apply(config)
    destroy(config, delete_project=True)
    journal = Journal(JOURNAL)
    refused = run_apply(config, clients_for(config), journal=journal, approve=lambda _: True)
    assert refused.blocking_check == "project.active"
    asked = fresh(sandbox, project__undelete=True)
    run = apply(asked)
    assert str(run.changes[0]) == "restore projects/brand-new-project"
    assert "link projects/brand-new-project/billingInfo" in map(str, run.changes)


def test_what_we_changed_of_others_is_named_with_what_it_was(sandbox: Running) -> None:
    config = empty(sandbox)
    entry = Journal(JOURNAL).begin("apply", scope_of(config, clients_for(config)))
    provider = f"projects/{config.project_id}/locations/global/workloadIdentityPools/p/providers/q"
    mutation = Mutation(
        service="iam.googleapis.com",
        method="UpdateWorkloadIdentityPoolProvider",
        resource=provider,
        does={"attributeCondition": "new"},
        before={"attributeCondition": "old"},
    )
    entry.end(entry.begin(mutation), "OK", retried_statuses=(), error=None, operation="")
    undone = destroy(config)
    assert [item.outcome for item in undone.items] == ["retained"]
    assert f"update {provider} (attributeCondition old)" in render(undone)


def test_what_was_done_before_a_reset_is_not_undone_after_it(sandbox: Running) -> None:
    """All numbers and addresses are the same there."""
    config = empty(sandbox)
    apply(config)
    sandbox.reset()
    requests.put(
        f"{sandbox['rest_url']}/v1/projects/{config.project_id}/billingInfo",
        json={"billingAccountName": sandbox["billing_account"]},
        headers={"Authorization": f"Bearer {sandbox['token']}"},
        timeout=10,
    ).raise_for_status()
    undone = destroy(config)
    assert (undone.items, undone.exit_code) == ((), 0)
    assert "another world" in render(undone)
    assert changed(sandbox) == ["UpdateProjectBillingInfo"]


def rewritten(change: Callable[[dict[str, Any]], None]) -> None:
    """Change each record of the journal."""
    records = [json.loads(line) for line in JOURNAL.read_text("utf-8").splitlines()]
    for record in records:
        change(record)
    JOURNAL.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")


def test_another_project_of_the_same_id_is_not_undone(sandbox: Running) -> None:
    config = empty(sandbox)
    apply(config)
    rewritten(lambda record: record.update(project_number="1") if record["record"] == "run" else None)
    undone = destroy(config)
    assert undone.items == ()
    assert "had the number 1, and has " in render(undone)


def test_what_a_journal_says_of_another_project_is_left_alone(sandbox: Running) -> None:
    config = empty(sandbox)
    apply(config)

    def point_elsewhere(record: dict[str, Any]) -> None:
        if record["record"] == "call":
            record["mutation"]["resource"] = record["mutation"]["resource"].replace(
                config.project_id, sandbox["project"]
            )

    rewritten(point_elsewhere)
    undone = destroy(config)
    assert undone.items == ()
    assert f"what is not of {config.project_id} is left alone" in render(undone)


@pytest.mark.parametrize("fast_by_s", [120, -120])
def test_what_happened_first_is_on_the_earlier_line_whatever_the_clock_said(sandbox: Running, fast_by_s: int) -> None:
    """The clock of `apply` was fast or slow; what others made after our things had gone is theirs."""
    config = empty(sandbox)
    apply(config)
    billing = clients_for(config).cloud_billing
    billing.link(config.project_id, "")
    with pytest.raises(StalePlanError):  # it has seen that the link is gone, and writes that down
        destroy(config, approve=False)
    billing.link(config.project_id, sandbox["billing_account"])

    def shift(record: dict[str, Any]) -> None:
        if record["run"] == first:
            record["time"] = (datetime.fromisoformat(record["time"]) + timedelta(seconds=fast_by_s)).isoformat()

    first = json.loads(JOURNAL.read_text("utf-8").splitlines()[0])["run"]
    rewritten(shift)
    assert "unlink projects/sandbox-empty/billingInfo" not in outcomes(destroy(config))


@pytest.mark.parametrize("lost", ["its first line", "a line in the middle"])
def test_a_journal_that_lost_lines_is_not_nothing_to_undo(sandbox: Running, lost: str) -> None:
    config = empty(sandbox)
    apply(config)
    lines = JOURNAL.read_text("utf-8").splitlines(keepends=True)
    lines = lines[1:] if lost == "its first line" else [lines[0], "\ufeff#", *lines[1:]]
    JOURNAL.write_text("".join(lines), "utf-8")
    undone = destroy(config)
    assert undone.exit_code == 3
    assert "lost their first record" in render(undone) or "hold no whole record" in render(undone)


def test_an_apply_that_is_stopped_says_what_is_done_and_what_is_not(sandbox: Running) -> None:
    config = empty(sandbox)

    def stop(_: float) -> None:
        raise KeyboardInterrupt

    clients = replace(clients_for(config), sleep=stop)
    with pytest.raises(Interrupted) as stopped:
        run_apply(config, clients, journal=Journal(JOURNAL), approve=lambda _: True)
    words = str(stopped.value)
    assert "link projects/sandbox-empty/billingInfo is done" in words
    assert "enable projects/sandbox-empty/services was begun" in words
    assert "aiplatform.googleapis.com was not begun" in words
    assert stopped.value.exit_code == 130


def test_a_journal_that_can_be_written_no_more_says_what_is_done(
    sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk was full half-way; what was made before stays, and is told."""
    config, journal = empty(sandbox), Journal(JOURNAL)
    write = journal._write

    def until_full(record: Mapping[str, Any]) -> None:
        if record.get("record") == "intent" and record["change"]["step"] == "services":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(record)

    monkeypatch.setattr(journal, "_write", until_full)
    with pytest.raises(ProvisionError) as refused:
        run_apply(config, clients_for(config), journal=journal, approve=lambda _: True)
    assert "No space left on device" in str(refused.value)
    assert "link projects/sandbox-empty/billingInfo is done" in str(refused.value)
    assert "enable projects/sandbox-empty/services" in str(refused.value)


def test_a_byte_order_mark_is_no_loss(sandbox: Running) -> None:
    config = empty(sandbox)
    apply(config)
    JOURNAL.write_text("\ufeff" + JOURNAL.read_text("utf-8"), "utf-8")
    assert destroy(config).exit_code == 0


def test_keyless_ci_is_undone_whole(sandbox: Running) -> None:
    config = empty(
        sandbox, ci__provider="gitlab", ci__repository="my-group/chat", ci__issuer=issuer.GITLAB, ci__jwks=issuer.jwks()
    )
    before = state(sandbox)
    apply(config)
    undone = destroy(config)
    assert {item.outcome for item in undone.items} == {"undone"}, render(undone)
    assert state(sandbox) == before


def test_what_others_have_built_on_ours_stays(sandbox: Running) -> None:
    config = empty(
        sandbox,
        identity__service_account="runtime",
        ci__provider="gitlab",
        ci__repository="my-group/chat",
        ci__issuer=issuer.GITLAB,
        ci__jwks=issuer.jwks(),
    )
    apply(config)
    clients = clients_for(config)
    project = f"projects/{config.project_id}"
    runtime = f"runtime@{config.project_id}.iam.gserviceaccount.com"
    pipelines = f"provision-ci@{config.project_id}.iam.gserviceaccount.com"
    pool = f"{project}/locations/global/workloadIdentityPools/provision-ci"
    reader = Grant(role="roles/storage.objectViewer", member=f"serviceAccount:{runtime}")
    user = Grant(role="roles/iam.serviceAccountUser", member="user:colleague@example.com")
    add_members(clients.transport, project, [reader])
    add_members(clients.transport, f"{project}/serviceAccounts/{pipelines}", [user])
    body = provider_body(
        mapping={"google.subject": "assertion.sub"},
        condition="assertion.project_path == 'others/chat'",
        issuer="https://gitlab.example.com",
        jwks=issuer.jwks(),
        display_name="theirs",
        description="",
    )
    clients.iam_admin.create_provider(f"{pool}/providers/theirs", body)
    by_name = {str(item.change): item for item in destroy(config).items}
    message = {
        f"delete {project}/serviceAccounts/{runtime}": "someone granted it roles/storage.objectViewer",
        f"delete {project}/serviceAccounts/{pipelines}": "someone was let in to use it: roles/iam.serviceAccountUser",
        f"delete {pool}": "it holds other providers: theirs",
    }
    hint = " (--force deletes it anyway)"
    assert {name: by_name[name].reason for name in message} == {name: f"{why}{hint}" for name, why in message.items()}
    assert {by_name[name].outcome for name in message} == {"retained"}
    assert {item.outcome for name, item in by_name.items() if name not in message} == {"undone"}


def test_an_account_that_others_granted_something_goes_when_asked_for(sandbox: Running) -> None:
    config = empty(sandbox, identity__service_account="runtime")
    apply(config)
    member = f"serviceAccount:runtime@{config.project_id}.iam.gserviceaccount.com"
    grant = Grant(role="roles/storage.objectViewer", member=member)
    add_members(clients_for(config).transport, f"projects/{config.project_id}", [grant])
    assert {item.outcome for item in destroy(config, force=True).items} == {"undone"}


def test_a_pool_whose_members_others_granted_something_stays(sandbox: Running) -> None:
    config = empty(
        sandbox, ci__provider="gitlab", ci__repository="my-group/chat", ci__issuer=issuer.GITLAB, ci__jwks=issuer.jwks()
    )
    apply(config)
    clients = clients_for(config)
    pool = clients.iam_admin.get_pool(
        f"projects/{config.project_id}/locations/global/workloadIdentityPools/provision-ci"
    )
    members = f"principalSet://iam.googleapis.com/{pool.name}/*"
    add_members(
        clients.transport, f"projects/{config.project_id}", [Grant(role="roles/storage.objectViewer", member=members)]
    )
    left = [item.reason for item in destroy(config).items if item.outcome == "retained"]
    assert left == ["someone granted it roles/storage.objectViewer (--force deletes it anyway)"]


def test_a_project_that_was_restored_is_named(sandbox: Running) -> None:
    config = fresh(sandbox, project__undelete=True)
    clients = clients_for(config)
    apply(config)
    clients.resource_manager.delete_project(config.project_id, deadline_s=10)
    apply(config)
    left = {item.reason for item in destroy(config).items if item.change.action == "update"}
    assert left == {f"we took its deletion back; to delete it again: gcloud projects delete {config.project_id}"}
