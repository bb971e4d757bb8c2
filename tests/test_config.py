from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from provision.config import Target, load, read_target
from provision.errors import ConfigError, UsageError
from provision.settings import BY_KEY, SETTINGS, json_schema, template

FULL = """
project:
  id: my-team-chat
  create: true
  parent: folders/123
  display_name: Team chat
  labels: {team: chat}
billing:
  account: 000000-AAAAAA-111111
services: [aiplatform.googleapis.com, storage.googleapis.com]
endpoints:
  locations: [us-central1, europe-west4]
model:
  id: openai/gpt-oss-120b-maas
  location: global
limits:
  call_timeout: 5
"""


def write(text: str) -> Path:
    path = Path("provision.yaml")
    path.write_text(text, "utf-8")
    return path


def problems(**arguments: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(**arguments)
    return [f"{each.what} | {each.cause} | {each.fix}" for each in caught.value.problems]


def test_an_option_wins_over_the_environment_and_that_over_the_file() -> None:
    path = write("project: {id: from-the-file}\nmodel: {location: us-central1}\n")
    config = load(
        options={"project.id": "from-the-option"},
        environment={"GOOGLE_CLOUD_PROJECT": "from-the-environment", "GOOGLE_CLOUD_LOCATION": "europe-west4"},
        file=path,
    )
    assert config.project_id == "from-the-option"
    assert config.model_location == "europe-west4"
    assert config.model == "openai/gpt-oss-120b-maas"


def test_each_value_knows_where_it_came_from() -> None:
    path = write("\n\nmodel:\n  location: us-central1\n")
    config = load(
        options={"billing.account": "000000-AAAAAA-111111"},
        environment={"GOOGLE_CLOUD_PROJECT": "my-team-chat"},
        file=path,
    )
    sources = {each.name: each.source for each in config.settings()}
    assert sources["billing.account"] == "option --billing-account"
    assert sources["project.id"] == "environment GOOGLE_CLOUD_PROJECT"
    assert sources["model.location"] == "provision.yaml:4"
    assert sources["model.id"] == "default"


def test_the_target_s_own_project_is_the_weakest_source() -> None:
    target = Target(name="sandbox", address="http://127.0.0.1:1", project_id="the-ready-one")
    assert load(target=target).project_id == "the-ready-one"
    assert load(target=target, environment={"GOOGLE_CLOUD_PROJECT": "another-one"}).project_id == "another-one"


def test_every_setting_can_stand_in_the_file() -> None:
    config = load(file=write(FULL))
    assert config.create_project is True
    assert config.billing_account == "billingAccounts/000000-AAAAAA-111111"
    assert config.services == ("aiplatform.googleapis.com", "storage.googleapis.com")
    assert config.labels == {"team": "chat"}
    assert config.call_timeout_s == 5.0


def test_all_problems_are_reported_at_once() -> None:
    path = write("project: {id: Bad_Id}\nbilling: {account: my-billing}\nmodle: {id: x}\nservices: []\n")
    found = problems(file=path, environment={"GOOGLE_CLOUD_LOCATION": "us-centrall1"})
    assert len(found) == 5
    text = "\n".join(found)
    assert "provision.yaml:1: project.id 'Bad_Id' cannot be used" in text
    assert "provision.yaml:2: billing.account 'my-billing' cannot be used" in text
    assert "provision.yaml:3: 'modle' is not a setting" in text
    assert "did you mean 'model'?" in text
    assert "did you mean 'us-central1'?" in text
    assert "provision.yaml:4: services" in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("project: {id: my-team-chat, idd: x}", "'project.idd' is not a setting"),
        ("project: {id: my-team-chat}\nproject: {create: true}", "project is twice"),
        ("project: my-team-chat", "project is not a map"),
        ("- project", "the file is not a map"),
        ("project: {id: [", "is not YAML"),
        ("project: {id: 123456}", "it is text"),
        ("project: {id: my-team-chat, create: maybe}", "it must be true or false"),
        ("project: {id: my-team-chat, labels: {cost: 12}}", "numbers in quotes"),
        ("project: {id: my-team-chat, labels: {Cost: a}}", "lower-case"),
        ("project: {id: my-team-chat, parent: '123'}", "organizations/NUMBER"),
        ("project: {id: my-team-chat}\nlimits: {call_timeout: .nan}", "it must be a number"),
        ("project: {id: my-team-chat}\nlimits: {call_timeout: 0}", "between 0.1 and 86400"),
        ("project: {id: my-team-chat}\nlimits: {usable_answers: 1.5}", "it must be a number"),
        ("project: {id: my-team-chat}\nservices: [aiplatform]", "ends in `.googleapis.com`"),
        ("project: {id: my-team-chat}\nmodel: {id: gpt-oss-120b-maas}", "did you mean 'openai/gpt-oss-120b-maas'?"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place_and_the_fix(text: str, words: str) -> None:
    assert words in "\n".join(problems(file=write(text)))


def test_a_missing_project_is_a_problem_with_a_fix() -> None:
    assert "--project PROJECT_ID" in problems()[0]
    assert load(project_required=False).project_id == ""


def test_a_file_that_was_named_must_exist_and_another_need_not() -> None:
    assert (
        "does not exist"
        in problems(file=Path("no.yaml"), file_required=True, options={"project.id": "my-team-chat"})[0]
    )
    assert load(file=Path("no.yaml"), options={"project.id": "my-team-chat"}).project_id == "my-team-chat"


def test_the_schema_accepts_what_the_loader_accepts() -> None:
    jsonschema.validate(yaml.safe_load(FULL), json_schema())
    jsonschema.validate(yaml.safe_load(template({"project.id": "my-team-chat"})), json_schema())


@pytest.mark.parametrize(
    "text",
    [
        "project: {id: Bad_Id}",
        "modle: {id: x}",
        "project: {create: maybe}",
        "limits: {call_timeout: 0}",
        "services: [a]",
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(text: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(text), json_schema())
    assert problems(file=write(text), environment={"GOOGLE_CLOUD_PROJECT": "" if "id" in text else "my-team-chat"})


def test_the_template_shows_every_setting_and_loads() -> None:
    text = template({"project.id": "my-team-chat"})
    assert all(row.key.rpartition(".")[2] in text for row in SETTINGS if not row.trusted_only)
    config = load(file=write(text))
    assert config.project_id == "my-team-chat"
    assert config.services == BY_KEY["services"].default


def test_the_template_with_its_examples_uncommented_loads() -> None:
    lines = template({}).splitlines()
    uncommented = [
        line.replace("# ", "", 1)
        if line.lstrip().startswith("# ") and line.lstrip("# -").split(":")[0] in _names()
        else line
        for line in lines
    ]
    config = load(file=write("\n".join(uncommented)))
    assert config.parent == "organizations/123456789012"
    assert config.waivers[0].expires == "2027-03-31"


def _names() -> set[str]:
    return {part for row in SETTINGS for part in (*row.key.split("."), *(each.name for each in row.fields))}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_stands_in_the_file_is_loaded_or_refused_in_words(content: Any) -> None:
    path = Path("any.yaml")
    path.write_text(yaml.safe_dump({"project": {"id": content}, "labels": content}), "utf-8")
    with pytest.raises(ConfigError):
        load(file=path)


def test_a_ready_file_names_the_target() -> None:
    path = Path("ready.json")
    path.write_text(
        json.dumps({"rest_url": "http://127.0.0.1:9/", "credentials_file": "key.json", "project": "p-ready"})
    )
    target = read_target(path)
    assert (target.name, target.address, target.project_id) == ("sandbox", "http://127.0.0.1:9", "p-ready")


@pytest.mark.parametrize("content", [None, "", "{", "[]", "{}"])
def test_a_wrong_ready_file_is_a_usage_error_with_the_fix(content: str | None) -> None:
    path = Path("ready.json")
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError) as caught:
        read_target(path)
    assert caught.value.exit_code == 2
    assert "unset PROVISION_TARGET" in str(caught.value)
