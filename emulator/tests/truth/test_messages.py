"""A value of another type than its field's is refused in Google's words; what is taken can be told over gRPC."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
import requests
from gcp_emulator import services
from gcp_emulator.api import load
from gcp_emulator.grpc_types import protobuf_class
from gcp_emulator.messages import Field, fields, settle, with_numbers
from gcp_emulator.rpc import Method
from gcp_emulator.server import Running, running
from gcp_emulator.services.billingbudgets.state import BUDGETS, Budget
from google.protobuf import json_format
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

DESCRIBED = [method for method in services.registry().methods if method.handle and method.takes]
ON_GRPC = [method for method in DESCRIBED if method.request]
CHANGING = [method for method in DESCRIBED if method.mutates]


def _method(name: str) -> Method:
    return next(each for each in DESCRIBED if each.name.endswith(name))


NUMBERS = (None, True, False, 0, 5, -1, 2**31, 2**63, 10**400, 0.5, 1e300)
TEXTS = ("", "x", "5", "0.5", "9" * 20, "NaN", "true", "a.b", "aGk=", "a", "1.5s", "9999999999999s")
TIMES = ("2026-01-01T00:00:00Z", "9999-99-99T00:00:00Z", "0001-01-01T00:00:00+10:00")
NESTED: tuple[Any, ...] = ([], ["x"], [None], [["x"]], [{}], {}, {"a": 1}, {"a": "b"}, {"x": None}, {"x": {"y": []}})
WRONG = st.sampled_from([*NUMBERS, *TEXTS, *TIMES, *NESTED])
"""Values of all types, most of them wrong for any one field."""


def _value(document: str, field: Field, depth: int) -> st.SearchStrategy[Any]:
    if field.enum:
        return st.one_of(WRONG, st.sampled_from(sorted(load(document)["enums"][field.enum])))
    if depth > 3 or not field.message:
        return WRONG
    one = _message(document, field.message, depth + 1)
    made = {"[]": st.lists(one, max_size=2), "{}": st.just({}), "": one}[field.repeated]
    return st.one_of(made, made, WRONG)


def _message(document: str, name: str, depth: int = 0) -> st.SearchStrategy[dict[str, Any]]:
    """A message with a few of its fields, of right types or wrong ones."""
    known = {field.name: field for field in fields(document, name).values()}
    if not known:
        return st.just({})
    return st.lists(st.sampled_from(sorted(known)), max_size=3, unique=True).flatmap(
        lambda names: st.fixed_dictionaries({each: _value(document, known[each], depth) for each in names})
    )


LIGHT = settings(
    max_examples=5,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def ready() -> Iterator[Running]:
    with running(clock=0) as ready:
        yield ready


@pytest.fixture(scope="module")
def worn() -> Iterator[Running]:
    """One that bears the marks of all that was sent to it."""
    with running(grpc=False, clock=0) as worn:
        yield worn


def _send(ready: Running, verb: str, path: str, body: Any) -> requests.Response:
    headers = {"authorization": f"Bearer {ready['token']}"}
    return requests.request(verb, ready["rest_url"] + path, data=json.dumps(body), headers=headers, timeout=20)


def test_what_is_taken_can_be_reported_over_grpc(subtests: pytest.Subtests) -> None:
    for method in ON_GRPC:
        with subtests.test(method=method.name):
            tell_over_grpc(method)


@LIGHT
@given(data=st.data())
def tell_over_grpc(method: Method, data: st.DataObject) -> None:
    request = data.draw(_message(method.document, method.takes))
    if settle(request, method):
        return

    message = json_format.ParseDict(request, protobuf_class(method.request)(), ignore_unknown_fields=True)
    read = json_format.MessageToDict(message)
    again = copy.deepcopy(read)
    assert (settle(again, method), again) == ([], read)  # what gRPC hands on is taken as it is


def test_no_rule_breaks_over_a_value(subtests: pytest.Subtests, worn: Running) -> None:
    for method in CHANGING:
        with subtests.test(method=method.name):
            send_values(worn, method)


@LIGHT
@given(data=st.data())
def send_values(worn: Running, method: Method, data: st.DataObject) -> None:
    verb, _, path = data.draw(st.sampled_from(method.samples())).partition(" ")
    path = path.replace("/x", "/sandbox-ready", 1)
    body = data.draw(_message(method.document, method.takes))
    if method.body != "*":
        body = body.get(method.body) or {}

    answer = _send(worn, verb, path, body)

    assert answer.status_code != 500, (verb, path, body, answer.text)


OF_ACCOUNT = "/v1/billingAccounts/000000-AAAAAA-000001/budgets"
DEPLOY = "/v1/projects/sandbox-ready/locations/us-central1/endpoints/1:deployModel"
PROJECT = "/v3/projects"
PREFERENCES = "/v1/projects/sandbox-ready/locations/global/quotaPreferences"


@pytest.mark.parametrize(
    ("path", "body", "field", "message"),
    [
        (
            OF_ACCOUNT,
            {"displayName": 5},
            "budget.display_name",
            "Invalid value at 'budget.display_name' (TYPE_STRING), 5",
        ),
        (
            OF_ACCOUNT,
            {"thresholdRules": ["x"]},
            "budget.threshold_rules[0]",
            "Invalid value at 'budget.threshold_rules[0]' "
            '(type.googleapis.com/google.cloud.billing.budgets.v1.ThresholdRule), "x"',
        ),
        (
            OF_ACCOUNT,
            {"budgetFilter": {"calendarPeriod": "MONTH", "customPeriod": {}}},
            "budget.budget_filter",
            "Invalid value at 'budget.budget_filter' (oneof), oneof field 'usage_period' is already set. "
            "Cannot set 'customPeriod'",
        ),
        (
            PREFERENCES,
            {"quotaConfig": {"preferredValue": "99999999999999999999"}},
            "quota_preference.quota_config.preferred_value",
            "Invalid value at 'quota_preference.quota_config.preferred_value' (TYPE_INT64), \"99999999999999999999\"",
        ),
        (
            PREFERENCES,
            {"quotaConfig": {"annotations": {"a": 1}}},
            'quota_preference.quota_config.annotations["a"]',
            "Invalid value at 'quota_preference.quota_config.annotations[\"a\"]' (TYPE_STRING), 1",
        ),
        (
            DEPLOY,
            {"deployedModel": {"dedicatedResources": {"machineSpec": "x"}}},
            "deployed_model.dedicated_resources.machine_spec",
            "Invalid value at 'deployed_model.dedicated_resources.machine_spec' "
            '(type.googleapis.com/google.cloud.aiplatform.v1.MachineSpec), "x"',
        ),
        (
            DEPLOY,
            {"deployed_model": {"dedicated_resources": {"machine_spec": {"accelerator_count": "eight"}}}},
            "deployed_model.dedicated_resources.machine_spec.accelerator_count",
            "Invalid value at 'deployed_model.dedicated_resources.machine_spec.accelerator_count' "
            '(TYPE_INT32), "eight"',
        ),
        (
            PROJECT,
            {"projectId": {"a": "b"}},
            "project",
            "Invalid value at 'project' (project_id), Starting an object on a scalar field",
        ),
        (
            PROJECT,
            {"projectId": ["a-project"]},
            "project",
            "Invalid JSON payload received. Unknown name \"project_id\" at 'project': "
            "Proto field is not repeating, cannot start list.",
        ),
        (
            "/v1/projects",
            {"labels": ["a"]},
            "labels",
            "Invalid value at 'labels' (Map), Cannot bind a list to map for field 'labels'.",
        ),
    ],
)
def test_a_wrong_value_is_refused_in_googles_words(
    ready: Running, path: str, body: Any, field: str, message: str
) -> None:
    answer = _send(ready, "POST", path, body)

    error = answer.json()["error"]
    assert (answer.status_code, error["status"], error["message"]) == (400, "INVALID_ARGUMENT", message)
    assert error["details"][0]["fieldViolations"] == [{"field": field, "description": message}]


def test_all_wrong_values_are_reported_at_once(ready: Running) -> None:
    answer = _send(ready, "POST", PROJECT, {"projectId": 1, "displayName": 2})

    assert answer.json()["error"]["message"].splitlines() == [
        "Invalid value at 'project.project_id' (TYPE_STRING), 1",
        "Invalid value at 'project.display_name' (TYPE_STRING), 2",
    ]


def test_half_a_character_is_refused(ready: Running) -> None:
    answer = _send(ready, "POST", PROJECT, {"displayName": "\ud83d"})

    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_other_spellings_of_a_value_are_taken() -> None:
    request = {"quota_preference": {"quotaConfig": {"preferredValue": 5}}, "validateOnly": "True", "updateMask": None}

    assert settle(request, _method("/UpdateQuotaPreference")) == []
    assert request == {"quotaPreference": {"quotaConfig": {"preferredValue": "5"}}, "validateOnly": True}


def test_an_enum_is_read_by_number_too_and_written_by_name() -> None:
    request = {"name": "projects/x/services/y", "checkIfServiceHasUsage": "1"}
    assert settle(request, _method("/DisableService")) == []
    assert request["checkIfServiceHasUsage"] == "SKIP"

    answer = {"projects": [{"name": "projects/1", "state": "ACTIVE"}, {"state": "UNHEARD_OF"}]}
    numbered = with_numbers(answer, _method("v3.Projects/ListProjects"))
    assert numbered == {"projects": [{"name": "projects/1", "state": 1}, {"state": "UNHEARD_OF"}]}


def test_names_types_and_enums_that_are_wrong_are_reported_together() -> None:
    request = {"updateMasc": "x", "project": {"tags": 1, "state": "GONE", "labels": {"a": "b"}}}

    assert [text for _, text in settle(request, _method("/UpdateProject"))] == [
        'Invalid JSON payload received. Unknown name "updateMasc": Cannot find field.',
        "Invalid value at 'project.tags' (Map), 1",
        "Invalid value at 'project.state' "
        '(type.googleapis.com/google.cloud.resourcemanager.v3.Project.State), "GONE"',
    ]


def test_an_answer_that_is_no_message_is_an_error_and_no_stack_trace(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with running(clock=0) as ready, grpc.insecure_channel(ready["grpc_target"]) as channel:
        broken = Budget(name=f"{ready['billing_account']}/budgets/x", members={"displayName": 5}, rule={}, stamp=1)
        ready.do(lambda sandbox: sandbox.state[BUDGETS].put(broken))
        request = protobuf_class("google.cloud.billing.budgets_v1.types:ListBudgetsRequest")()
        request.parent = ready["billing_account"]  # type: ignore[attr-defined] # its class is known when it runs
        call: Any = channel.unary_unary("/google.cloud.billing.budgets.v1.BudgetService/ListBudgets")

        with pytest.raises(grpc.RpcError) as refused:
            call(request.SerializeToString(), metadata=[("authorization", f"Bearer {ready['token']}")], timeout=20)

    assert refused.value.code() is grpc.StatusCode.INTERNAL
    [message] = [each for each in caplog.records if each.name == "gcp_emulator.grpc_server"]
    assert message.exc_info is None
    assert "BudgetService/ListBudgets: the answer is no google.cloud.billing.budgets.v1." in message.getMessage()
    assert "Traceback" not in capfd.readouterr().err
