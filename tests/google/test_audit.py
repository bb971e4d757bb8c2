"""Every call is told: as a line, and as a span where someone wants spans."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gcp_emulator.server import Running

from provision.clients import start
from provision.commands.apply import apply as run_apply
from provision.commands.check import check
from provision.errors import UsageError
from provision.google.audit import spans, tracer
from provision.journal import Journal
from tests.conftest import config_for

LOG = Path("calls.jsonl")


@pytest.fixture
def sandbox(patient_sandbox: Running) -> Running:
    return patient_sandbox


def apply(sandbox: Running) -> Any:
    config = config_for(sandbox, project__id=sandbox["empty_project"], billing__account=sandbox["billing_account"])
    clients = start(replace(config, log_file=LOG))
    return run_apply(config, clients, journal=Journal(Path("journal.jsonl")), approve=lambda _: True)


def test_there_is_a_line_for_each_call_and_no_secret_in_it(sandbox: Running) -> None:
    sandbox.fail_next("*GetProject", 429, first=1, reason="RATE_LIMIT_EXCEEDED")
    run = apply(sandbox)
    lines = [json.loads(line) for line in LOG.read_text().splitlines()]
    assert len(lines) == len(run.calls)
    assert [each["method"] for each in lines if each["mutates"]] == ["UpdateProjectBillingInfo", "BatchEnableServices"]
    project = next(each for each in lines if each["method"] == "GetProject")
    assert project["resource"] == "projects/sandbox-empty"
    assert (project["retries"], project["retried_statuses"], project["status"]) == (1, ["RESOURCE_EXHAUSTED"], "OK")
    assert lines[-1]["principal"].endswith("gserviceaccount.com")
    assert "ya29" not in LOG.read_text()
    assert LOG.stat().st_mode & 0o777 == 0o600


def test_a_error_stands_there_with_its_reason(sandbox: Running) -> None:
    sandbox.fail_next("*GetProject", 403, first=9, reason="IAM_PERMISSION_DENIED")
    config = config_for(sandbox)
    check(config, start(replace(config, log_file=LOG)), only=("project",))
    (line,) = (each for each in map(json.loads, LOG.read_text().splitlines()) if each["method"] == "GetProject")
    assert (line["status"], line["code"], line["reason"]) == ("PERMISSION_DENIED", 403, "IAM_PERMISSION_DENIED")


def test_a_log_that_cannot_be_written_is_refused_before_anything_is_asked(sandbox: Running) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        start(replace(config_for(sandbox), log_file=Path("none/calls.jsonl")))


def test_spans_stand_below_one_for_the_command_and_below_the_pipeline_s(sandbox: Running) -> None:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    seen = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(seen))
    config = config_for(sandbox)
    clients = start(config)
    above = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    clients.log.tracer = spans(provider, {"TRACEPARENT": above})
    sandbox.fail_next("*GetProjectBillingInfo", 418, first=1)
    check(config, clients, only=("project", "billing"))
    found = {span.name.partition("/")[2]: span for span in seen.get_finished_spans()}
    assert found["GetProject"].attributes is not None
    assert found["GetProject"].attributes["gcp.resource"] == "projects/sandbox-ready"
    assert not found["GetProjectBillingInfo"].status.is_ok
    assert {f"{span.context.trace_id:032x}" for span in found.values() if span.context} == {
        "0af7651916cd43dd8448eb211c80319c"
    }


def test_no_one_who_wants_no_spans_pays_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "opentelemetry.sdk.trace", raising=False)
    assert tracer({}) is None
    assert tracer({"OTEL_TRACES_EXPORTER": "none"}) is None
    assert tracer({"OTEL_TRACES_EXPORTER": "console", "OTEL_SDK_DISABLED": "true"}) is None


def test_an_exporter_that_is_not_installed_is_named() -> None:
    with pytest.raises(UsageError, match="no exporter 'smoke-signals'"):
        tracer({"OTEL_TRACES_EXPORTER": "smoke-signals"})


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_log_whose_disk_is_full_is_told_once_and_changes_no_finding(
    sandbox: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    config = config_for(sandbox)
    run = check(config, start(replace(config, log_file=Path("/dev/full"))), only=("project", "billing"))
    assert run.verdict == "ready"
    assert capsys.readouterr().err.count("No space left on device") == 1
