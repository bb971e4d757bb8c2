"""The stand-in refuses what the real provider refuses, plans as its SDK does, and calls what it calls."""

from __future__ import annotations

import json
import re
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from gcp_emulator.environment import variables
from gcp_emulator.server import Running

from tests.terraform.standin import planning, schema, validation, wire
from tests.terraform.standin.resources import DATA_SOURCES, RESOURCES
from tests.terraform.standin.rest import ApiError, Batches, Google, ProviderError, configure
from tests.terraform.standin.server import timeout
from tests.terraform.standin.values import UNKNOWN, decode, encode, same
from tests.terraform.working import MODULE

PROJECT = schema.resource("google_project")
MEMBER = schema.resource("google_project_iam_member")


def config(block: schema.Block, **values: Any) -> Any:
    return schema.complete(block, values)


def refused(type_name: str, **values: Any) -> list[str]:
    block = schema.resource(type_name)
    return [summary + detail for _, summary, detail in validation.validate(block, config(block, **values))]


def test_it_plays_what_the_module_uses_and_nothing_else() -> None:
    text = "".join(path.read_text("utf-8") for path in MODULE.glob("*.tf"))
    resources = set(re.findall(r'^resource "(\w+)"', text, re.MULTILINE))
    assert resources == set(RESOURCES) == set(schema.document()["resources"])
    data = set(re.findall(r'^ *data "(\w+)"', text, re.MULTILINE))
    assert data == set(DATA_SOURCES) == set(schema.document()["data_sources"])


def test_every_rule_that_the_schema_names_is_known() -> None:
    text = schema.FILE.read_text("utf-8")
    for rule in set(re.findall(r'"validate": "([^"]+)"', text)):
        assert rule in validation.RULES or re.match(r"validation\.(IntBetween|StringLenBetween)\(", rule), rule


@pytest.mark.parametrize(
    ("type_name", "values", "message"),
    [
        ("google_project", {"project_id": "x", "name": "Team chat"}, '"project_id" must be 6 to 30'),
        ("google_project", {"project_id": "my-team-chat", "name": "x"}, '"name" must be 4 to 30'),
        (
            "google_project",
            {"project_id": "my-team-chat", "name": "Team chat", "org_id": "1", "folder_id": "2"},
            '"org_id": conflicts with folder_id',
        ),
        (
            "google_project",
            {"project_id": "my-team-chat", "name": "Team chat", "deletion_policy": "KEEP"},
            'to be one of ["PREVENT", "ABANDON", "DELETE"]',
        ),
        ("google_project", {"project_id": "my-team-chat", "name": "Team chat", "number": "1"}, "unconfigurable"),
        ("google_project_service", {"service": "aiplatform"}, "to be a service's name"),
        ("google_project_iam_member", {"project": "p", "role": "r", "member": "ann"}, "IAM members must have one"),
        ("google_service_account", {"account_id": "chat"}, '"account_id" must be 6 to 30'),
        ("google_service_account", {"account_id": "chat-runtime", "description": "x" * 257}, "in the range (0 - 256)"),
        ("google_iam_workload_identity_pool", {"workload_identity_pool_id": "gcp-pool"}, 'not begin with "gcp-"'),
        (
            "google_iam_workload_identity_pool_provider",
            {"workload_identity_pool_id": "pool", "workload_identity_pool_provider_id": "github"},
            "one of `aws,oidc,saml,x509` must be specified",
        ),
        (
            "google_vertex_ai_endpoint_with_model_garden_deployment",
            {"location": "l", "publisher_model_name": "a", "hugging_face_model_id": "b"},
            "only one of `hugging_face_model_id,publisher_model_name`",
        ),
    ],
)
def test_it_refuses_what_the_real_provider_refuses(type_name: str, values: dict[str, Any], message: str) -> None:
    assert any(message in each for each in refused(type_name, **values)), refused(type_name, **values)


def test_what_is_not_known_yet_is_refused_for_nothing() -> None:
    assert not refused("google_project", project_id=UNKNOWN, name=UNKNOWN, org_id=UNKNOWN, folder_id=UNKNOWN)


def test_defaults_are_filled_in_and_what_google_tells_is_unknown() -> None:
    planned = planning.plan(PROJECT, None, config(PROJECT, project_id="my-team-chat", name="Team chat"))
    assert planned.state["auto_create_network"] is True
    assert planned.state["number"] is UNKNOWN
    assert planned.state["folder_id"] is None
    assert planned.replace == []


def test_no_value_equals_the_zero_value() -> None:
    given = config(PROJECT, project_id="my-team-chat", name="Team chat")
    prior = {
        **given,
        "auto_create_network": True,
        "folder_id": "",
        "labels": {},
        "number": "1",
        "deletion_policy": "DELETE",
    }
    assert planning.plan(PROJECT, prior, given).state == prior
    assert same({"a": ""}, {"a": None})
    assert not same({"a": 1}, {"a": True})


def test_what_cannot_be_changed_in_place_is_replaced() -> None:
    given = config(PROJECT, project_id="my-team-chat", name="Team chat")
    prior = {**given, "project_id": "another-chat"}
    assert planning.plan(PROJECT, prior, given).replace == [("project_id",)]
    renamed = planning.plan(PROJECT, {**given, "name": "Old name"}, given)
    assert renamed.replace == []
    assert renamed.state["name"] == "Team chat"


def test_a_condition_that_goes_replaces_the_grant() -> None:
    given = config(MEMBER, project="p", role="roles/viewer", member="user:ann@example.com")
    prior = {**given, "condition": [{"title": "t", "expression": "e", "description": None}]}
    assert planning.plan(MEMBER, prior, given).replace == [("condition",)]


def test_the_case_of_an_address_makes_no_difference() -> None:
    given = config(MEMBER, project="p", role="roles/viewer", member="user:Ann@example.com")
    prior = {**given, "member": "user:ann@example.com"}
    assert planning.plan(MEMBER, prior, given).state["member"] == "user:ann@example.com"


def test_values_survive_the_wire() -> None:
    value = {"text": "ä", "number": "0.9", "unknown": UNKNOWN, "nothing": None, "list": [1, True, {"a": UNKNOWN}]}
    message = wire.MESSAGES["DynamicValue"].FromString(encode(value).SerializeToString())
    assert decode(message) == value
    assert decode(encode({"share": 0.9})) == {"share": "0.9"}


def test_the_first_element_of_a_list_can_be_pointed_at() -> None:
    step = wire.MESSAGES["Step"](element_key_int=0)
    assert step.SerializeToString() == b"\x18\x00"


def test_nothing_beyond_this_machine_is_ever_called() -> None:
    with pytest.raises(ProviderError, match="calls only a sandbox on this machine"):
        configure({}, {"GOOGLE_OAUTH_ACCESS_TOKEN": "token"})
    real = {
        "GOOGLE_OAUTH_ACCESS_TOKEN": "token",
        "GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT": "https://googleapis.com/v1/",
    }
    with pytest.raises(ProviderError, match="calls only a sandbox on this machine"):
        configure({}, real)


def test_without_a_token_nothing_begins(cloud: Running) -> None:
    given = {name: value for name, value in variables(dict(cloud)).items() if name != "GOOGLE_OAUTH_ACCESS_TOKEN"}
    with pytest.raises(ProviderError, match="no access token"):
        configure({}, given)


def test_what_comes_together_is_done_together_and_alone_where_that_fails() -> None:
    done: list[list[str]] = []

    def carry_out(items: list[str]) -> None:
        done.append(sorted(items))
        if "bad" in items:
            raise ProviderError("no")

    batches, failed = Batches(time.sleep), []

    def submit(item: str) -> None:
        try:
            batches.submit("key", item, carry_out)
        except ProviderError:
            failed.append(item)

    threads = [threading.Thread(target=submit, args=(each,)) for each in ("one", "two", "bad")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == ["bad"]
    assert ["one"] in done or ["two"] in done
    assert max(map(len, done)) > 1


def test_what_never_passes_is_asked_again_until_the_resource_s_own_timeout(cloud: Running) -> None:
    """Ten times in 90 seconds, then 0.5, 1, 2 … seconds later again: without quota, for hours."""
    cloud.fail_next("google.cloud.aiplatform.v1.ModelGardenService/Deploy", "RESOURCE_EXHAUSTED", first=999)
    google = Google(configure({}, variables(dict(cloud))), pace=0)
    with pytest.raises(ApiError, match="Error 429"), google.within(300):
        google.call("vertex_ai", "POST", "projects/adopted-project/locations/us-central1:deploy", {})
    google.close()
    assert sum(each["path"].partition("?")[0].endswith(":deploy") for each in cloud.requests()) == 40


def test_a_resource_s_own_timeout_is_read_as_terraform_writes_it() -> None:
    block = schema.resource("google_vertex_ai_endpoint_with_model_garden_deployment")
    assert timeout(block, {"timeouts": {"create": "1h30m"}}, "create") == 5400
    assert timeout(block, {"timeouts": None}, "create") == 3 * 3600
    assert timeout(MEMBER, {}, "create") == 20 * 60


def test_the_schema_is_the_real_provider_s() -> None:
    answer = schema.to_wire()
    project = next(each.value for each in answer.resources if each.key == "google_project")
    assert project.version == 1
    modes = {each.name: (each.required, each.optional, each.computed) for each in project.block.attributes}
    assert modes["project_id"] == (True, False, False)
    assert modes["deletion_policy"] == (False, True, True)
    assert modes["number"] == (False, False, True)
    assert [each.type_name for each in project.block.block_types] == ["timeouts"]
    labels = next(each for each in project.block.attributes if each.name == "labels")
    assert json.loads(labels.type) == ["map", "string"]


def test_it_says_that_it_is_a_stand_in() -> None:
    text = Path(schema.__file__).with_name("__init__.py").read_text("utf-8")
    assert "a test double, and not the provider" in text
