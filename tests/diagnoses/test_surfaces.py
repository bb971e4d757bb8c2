"""Each class of error, over every surface on which a person can meet it, comes out as the same diagnosis."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from provision.diagnoses import diagnose
from provision.explain import explain_text
from provision.google.errors import error_from, error_from_body
from tests.diagnoses.catalog import CASES, Case

COMMANDS = {
    "cloudresourcemanager.googleapis.com": "projects.create",
    "serviceusage.googleapis.com": "services.enable",
    "cloudbilling.googleapis.com": "billing.projects.link",
    "iam.googleapis.com": "iam.workload-identity-pools.create",
    "aiplatform.googleapis.com": "ai.endpoints.list",
}


def body(case: Case) -> dict[str, Any]:
    if case.oauth:
        return dict(case.oauth)
    error: dict[str, Any] = {"code": case.code, "message": case.message}
    if case.kind != "operation":
        error["status"] = case.status
    if case.details:
        error["details"] = case.details
    if case.kind == "operation":
        return {"name": "operations/cp.1", "done": True, "error": error}
    return {"error": error}


def host(case: Case) -> str:
    return "sts.googleapis.com" if case.oauth else case.service


def curl(case: Case) -> str:
    status = 400 if case.oauth else 200 if case.kind == "operation" else case.code
    return (
        f"> POST /v1/x HTTP/2\n> Host: {host(case)}\n< HTTP/2 {status} \n< content-type: application/json\n< \n"
        f"{json.dumps(body(case), indent=2)}\n* Connection #0 to host {host(case)} left intact\n"
    )


def json_list(case: Case) -> str:
    return f"POST https://{host(case)}/v1/x {json.dumps([body(case)])}"


def log_line(case: Case) -> str:
    inner = json.dumps(json.dumps(body(case)))
    return f'2026-11-21T12:00:00.123Z \x1b[31mERROR\x1b[0m {{"severity":"ERROR","url":"https://{host(case)}/v1","message":{inner}}}'


def cut_off(case: Case) -> str:
    return f"https://{host(case)}/v1/x {json.dumps(body(case), indent=1)[:-3]}"


def python_repr(case: Case) -> str:
    return f"openai.APIStatusError: Error code: {case.code} - {[body(case)]} (https://{host(case)}/v1/x)"


def gcloud(case: Case) -> str:
    if case.oauth:
        return (
            "ERROR: (gcloud.projects.list) There was a problem refreshing your current auth tokens: "
            f"('{case.oauth['error']}: {case.oauth['error_description']}', {case.oauth})\n"
            "Please run:\n\n  $ gcloud auth login\n"
        )
    lines = [f"ERROR: (gcloud.{COMMANDS.get(case.service, 'x')}) {case.status}: {case.message}"]
    for detail in case.details:
        lines.append(f"- '@type': {detail['@type']}")
        if "reason" in detail:
            lines += [f"  domain: {detail['domain']}", "  metadata:"]
            lines += [f"    {key}: {value}" for key, value in detail["metadata"].items()]
            lines.append(f"  reason: {detail['reason']}")
        else:
            violation = detail["violations"][0]
            lines += ["  violations:", f"  - description: '{violation['description']}'"]
            lines += [f"    subject: {violation['subject']}"] if violation["subject"] else []
            lines += [f"    type: {violation['type']}"] if "type" in violation else []
    return "\n".join(lines)


def terraform(case: Case) -> str:
    resource = {
        "cloudresourcemanager.googleapis.com": "google_project.chat",
        "serviceusage.googleapis.com": "google_project_service.vertex",
        "cloudbilling.googleapis.com": "google_billing_project_info.chat",
        "iam.googleapis.com": "google_iam_workload_identity_pool.ci",
    }.get(case.service, "google_vertex_ai_endpoint.x")
    if case.oauth:
        message = f'oauth2: "{case.oauth["error"]}" "{case.oauth["error_description"]}"'
    elif case.kind == "operation":
        message = (
            f"error creating project: Error waiting for operation: Error code {case.code}, message: {case.message}"
        )
    else:
        message = f"googleapi: Error {case.code}: {case.message}"
    lines = ["╷", f"│ Error: Error when reading or editing {resource}: {message}", "│ "]
    if case.details:
        lines += ["│ Details:", *(f"│ {line}" for line in json.dumps(case.details, indent=2).splitlines()), "│ "]
    return "\n".join([*lines, f"│   with {resource},", "│   on main.tf line 1", "╵"])


def api_core(case: Case) -> str:
    """google-api-core prints details as textproto."""
    printed = []
    for detail in case.details:
        if "reason" in detail:
            pairs = "".join(
                f'metadata {{\n  key: "{key}"\n  value: "{value}"\n}}\n' for key, value in detail["metadata"].items()
            )
            printed.append(f'reason: "{detail["reason"]}"\ndomain: "{detail["domain"]}"\n{pairs}')
        else:
            fields = "".join(f'  {key}: "{value}"\n' for key, value in detail["violations"][0].items())
            printed.append(f"violations {{\n{fields}}}\n")
    suffix = f" [{', '.join(printed)}]" if printed else ""
    return (
        "Traceback (most recent call last):\n"
        '  File "google/api_core/grpc_helpers.py", line 75, in error_remapped_callable\n'
        "    return callable_(*args, **kwargs)\n"
        f"grpc._channel._InactiveRpcError: <_InactiveRpcError of RPC that terminated with:\n"
        f"\tstatus = StatusCode.{case.status}\n"
        f'\tdebug_error_string = "https://{case.service}"\n>\n\n'
        f"google.api_core.exceptions.GoogleAPICallError: {case.code} {case.message}{suffix}\n"
    )


TEXTS: dict[str, Callable[[Case], str]] = {
    each.__name__: each for each in (curl, json_list, log_line, cut_off, python_repr, gcloud, terraform, api_core)
}
NOT_THERE = {
    # A token endpoint speaks neither gRPC nor the openai SDK's protocol; an operation's error has a shape of its own.
    "oauth": {"api_core", "python_repr", "cut_off", "json_list"},
    "operation": {"api_core", "python_repr", "gcloud", "cut_off", "json_list"},
}


def parsed() -> Iterator[tuple[str, Case, str]]:
    for case in CASES:
        if case.kind == "text":
            for number, text in enumerate(case.texts):
                yield f"{case.row}-{case.key}-text{number}", case, text
        elif case.kind != "seen":
            for name, surface in TEXTS.items():
                if name not in NOT_THERE.get(case.kind, set()):
                    yield f"{case.row}-{case.key}-{name}", case, surface(case)


def test_a_parsed_error_is_explained(subtests: pytest.Subtests) -> None:
    for name, case, text in parsed():
        with subtests.test(name):
            _, findings = explain_text(text)
            assert [each.key for each in findings][:1] == [case.key], text


SENT = [case for case in CASES if case.kind in {"server", "oauth"}]


def test_an_answer_over_rest_is_explained(subtests: pytest.Subtests) -> None:
    for shape in ["object", "list"]:
        for case in SENT:
            with subtests.test(shape=shape, case=f"{case.row}-{case.key}"):
                sent = json.dumps([body(case)] if shape == "list" else body(case))
                row = diagnose(error_from_body(case.service, "Method", 400 if case.oauth else case.code, sent))
                assert row is not None
                assert row.key == case.key


def test_an_answer_over_grpc_is_explained(subtests: pytest.Subtests) -> None:
    for case in [case for case in SENT if not case.oauth]:
        with subtests.test(case=f"{case.row}-{case.key}"):
            from google.api_core.exceptions import from_grpc_error

            remap: Any = from_grpc_error
            for error in (remap(_grpc_error(case)), _grpc_error(case)):
                refused = error_from(error, case.service, "Method")
                assert refused is not None
                assert (refused.status, refused.reason) == (case.status, case.reason)
                row = diagnose(refused)
                assert row is not None
                assert row.key == case.key


def _grpc_error(case: Case) -> Any:
    """Return the error that a gRPC stub raises, with its details packed as on the wire."""
    import grpc
    from google.protobuf.any_pb2 import Any as Packed
    from google.protobuf.json_format import ParseDict
    from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped] # ships no types

    packed = []
    for detail in case.details:
        fields = {key: value for key, value in detail.items() if key != "@type"}
        message = getattr(error_details_pb2, detail["@type"].rpartition(".")[2])()
        holder = Packed()
        holder.Pack(ParseDict(fields, message))
        packed.append(holder)
    code = grpc.StatusCode[case.status]
    status = status_pb2.Status(code=code.value[0], message=case.message, details=packed)

    class Raised(grpc.RpcError, grpc.Call):
        def code(self) -> Any:
            return code

        def details(self) -> str:
            return case.message

        def trailing_metadata(self) -> Any:
            return (("grpc-status-details-bin", status.SerializeToString()),)

        initial_metadata = trailing_metadata

        def is_active(self) -> bool:
            return False

        def time_remaining(self) -> float:
            return 0.0

        def cancel(self) -> bool:
            return False

        def add_callback(self, callback: Any) -> bool:  # noqa: ARG002 - gRPC's signature
            return False

    return Raised()


def test_an_exception_of_the_openai_sdk_is_explained(subtests: pytest.Subtests) -> None:
    for shape in ["object", "list"]:
        for case in [case for case in SENT if not case.oauth and case.service == "aiplatform.googleapis.com"]:
            with subtests.test(shape=shape, case=f"{case.row}-{case.key}"):
                import httpx2
                import openai

                sent = [body(case)] if shape == "list" else body(case)
                request = httpx2.Request("POST", "https://aiplatform.googleapis.com/v1/projects/p/chat/completions")
                response = httpx2.Response(case.code, json=sent, request=request)
                error = openai.OpenAI(
                    api_key="x", base_url="https://aiplatform.googleapis.com"
                )._make_status_error_from_response(response)
                refused = error_from(error, case.service, "ChatCompletions")
                assert refused is not None
                row = diagnose(refused)
                assert row is not None
                assert row.key == case.key


def test_the_catalog_is_complete() -> None:
    rows = {case.row for case in CASES}
    assert {str(number) for number in range(1, 105)} <= rows
    assert len(rows) == len(CASES)


def test_no_two_rows_fit_equally_well(subtests: pytest.Subtests) -> None:
    for case in SENT:
        with subtests.test(case=f"{case.row}-{case.key}"):
            from provision.diagnoses import ROWS

            error = error_from_body(case.service, "Method", 400 if case.oauth else case.code, body(case))
            weights = sorted((row.weight(error) for row in ROWS), reverse=True)
            assert weights[0] > weights[1]
