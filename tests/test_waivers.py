from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from gcp_emulator.server import Running

from provision.commands.check import check as run_check
from provision.commands.check_until_ready import check_until_ready
from provision.config import Config, load
from provision.errors import ConfigError
from provision.plan import Check, Status, Waiver
from provision.reports.text import render
from provision.settings import json_schema
from provision.waivers import notes, waive
from tests.conftest import clients_for, target_of

TODAY = date(2026, 11, 21)
WAIVER = Waiver(check="endpoints.listed", owner="platform team", reason="not used", expires="2026-11-21")


def found(status: Status) -> Check:
    return Check(id="endpoints.listed", status=status, summary="could not be seen")


@pytest.mark.parametrize("status", ["fail", "warn", "unknown"])
def test_what_is_waived_keeps_its_finding_and_names_the_owner(status: Status) -> None:
    (waived,) = waive([found(status)], [WAIVER], TODAY)
    assert (waived.status, waived.summary, waived.waiver) == ("waived", "could not be seen", WAIVER)


@pytest.mark.parametrize("status", ["pass", "blocked", "skipped"])
def test_what_is_no_finding_is_not_waived(status: Status) -> None:
    assert waive([found(status)], [WAIVER], TODAY) == (found(status),)


def test_a_waiver_holds_on_its_last_day_and_no_longer() -> None:
    assert waive([found("fail")], [WAIVER], TODAY)[0].status == "waived"
    after = date(2026, 11, 22)
    assert waive([found("fail")], [WAIVER], after)[0].status == "fail"
    (note,) = notes([found("fail")], ["endpoints"], [WAIVER], after)
    assert (note.id, note.status, note.required) == ("waivers.valid", "fail", True)
    assert "endpoints.listed by platform team on 2026-11-21" in note.summary


def test_an_expired_waiver_fails_also_where_there_is_nothing_left_to_waive() -> None:
    (note,) = notes([found("pass")], ["endpoints"], [WAIVER], date(2027, 1, 1))
    assert note.id == "waivers.valid"


def test_a_waiver_with_nothing_left_to_waive_is_mentioned() -> None:
    (note,) = notes([found("pass")], ["endpoints"], [WAIVER], TODAY)
    assert (note.id, note.status, note.required) == ("waivers.used", "warn", False)
    assert "endpoints.listed" in note.summary


def test_nothing_is_describe_a_step_that_was_not_looked_at() -> None:
    assert notes([], ["chat"], [WAIVER], date(2027, 1, 1)) == []


def config_with(waivers: str, ready: Running) -> Config:
    file = Path("provision.yaml")
    file.write_text(f"limits: {{call_timeout: 2}}\nwaivers: {waivers}\n")
    return load(options={"project.id": ready["empty_project"]}, file=file, target=target_of(ready))


def one(check: str, expires: str) -> str:
    return f"{{check: {check}, owner: me, reason: known, expires: {expires}}}"


def test_a_check_with_valid_waivers_for_all_that_fails_is_still_not_ready_while_symptoms_are_blocked(
    sandbox: Running,
) -> None:
    config = config_with(f"[{one('billing.enabled', '2099-01-01')}, {one('services.enabled', '2099-01-01')}]", sandbox)
    run = run_check(config, clients_for(config))
    status = {check.id: check.status for check in run.checks}
    assert (status["billing.enabled"], status["services.enabled"]) == ("waived", "waived")
    assert status["chat.answers"] == "blocked"
    assert run.exit_code == 3
    text = render(run)
    assert "fix this first: billing.enabled\n" in text, "what it blocks works no better for a waiver"
    assert "fix: gcloud billing projects link" in text
    waited = check_until_ready(config, clients_for(config), wait_s=60)
    assert not [wait for wait in waited.waits if wait.what == "billing.enabled"], "no one is at work on it"


def test_a_waived_finding_stands_in_no_one_s_way_until_its_last_day(sandbox: Running) -> None:
    for expires, code in (("2099-01-01", 0), ("2020-01-01", 1)):
        config = config_with(f"[{one('billing.enabled', expires)}]", sandbox)
        run = run_check(config, clients_for(config), only=["billing", "project", "credentials"])
        assert run.exit_code == code
        assert ("waivers.valid" in {check.id for check in run.checks}) is bool(code)


def problems(waivers: str) -> str:
    file = Path("provision.yaml")
    file.write_text(f"project: {{id: my-team-chat}}\n\nwaivers: {waivers}\n")
    with pytest.raises(ConfigError) as caught:
        load(file=file, check_ids=lambda: ("billing.enabled", "chat.answers"))
    return str(caught.value)


def test_everything_wrong_with_waivers_is_said_at_once() -> None:
    message = problems(
        "[{check: biling.enabled, owner: me, reason: x, expires: 2027-01-01},"
        " {check: chat.answers, owner: '', expires: 2027-02-30, until: never}, {check: [1], reason: 3}]"
    )
    assert "provision.yaml:3: waivers[1].check 'biling.enabled' cannot be used" in message
    assert "did you mean 'billing.enabled'?" in message
    assert "waivers[2].owner '' cannot be used" in message
    assert "waivers[2].reason is not there" in message
    assert "waivers[2].expires '2027-02-30' cannot be used" in message
    assert "waivers[2].until 'never' cannot be used" in message
    assert "waivers[3].check '[1]' cannot be used" in message
    assert "waivers[3].reason '3' cannot be used" in message
    assert "waivers[3].owner is not there" in message
    assert "waivers[3].expires is not there" in message


@pytest.mark.parametrize("waivers", ["x", "{check: billing.enabled}", "[billing.enabled]", "7"])
def test_what_is_no_list_of_records_is_refused(waivers: str) -> None:
    assert "it must be a list of records" in problems(waivers)


def test_one_check_is_waived_once() -> None:
    assert "billing.enabled is waived twice" in problems(
        f"[{one('billing.enabled', '2027-01-01')}, {one('billing.enabled', '2027-01-02')}]"
    )


def test_the_schema_refuses_what_the_reader_refuses() -> None:
    import jsonschema

    schema = json_schema()
    good = {"check": "billing.enabled", "owner": "me", "reason": "known", "expires": "2027-01-01"}
    jsonschema.validate({"waivers": [good]}, schema)
    for wrong in ({**good, "until": "x"}, {**good, "owner": ""}, {**good, "expires": "soon"}, {"check": "billing.x"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"waivers": [wrong]}, schema)
