"""The validator finds what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.generate.documents import method_for
from emulator.tests.truth.discovery import names_left, violations

PROJECT = {"name": "projects/1", "state": "ACTIVE", "createTime": "2026-01-02T03:04:05.678Z", "labels": {"a": "b"}}


def test_a_good_answer_passes() -> None:
    assert violations("cloudresourcemanager.v3", "Project", PROJECT) == []


@pytest.mark.parametrize(
    ("document", "schema", "wrong", "found"),
    [
        ("cloudresourcemanager.v3", "Project", {**PROJECT, "id": "x"}, "Project.id is not in the schema"),
        ("cloudresourcemanager.v3", "Project", {**PROJECT, "state": "GONE"}, "Project.state is 'GONE', not one of"),
        ("cloudresourcemanager.v3", "Project", {**PROJECT, "state": 1}, "Project.state is no string: 1"),
        ("cloudresourcemanager.v3", "Project", {**PROJECT, "labels": {"a": 1}}, "Project.labels.a is no string: 1"),
        ("cloudresourcemanager.v3", "Project", {**PROJECT, "labels": []}, "Project.labels is no object: []"),
        ("cloudresourcemanager.v3", "Project", {**PROJECT, "parent": None}, "Project.parent is null"),
        ("cloudresourcemanager.v3", "Project", {**PROJECT, "createTime": "today"}, "is no google-datetime"),
        ("cloudresourcemanager.v3", "Policy", {"etag": "no base64"}, "Policy.etag is no byte"),
        ("cloudresourcemanager.v3", "Policy", {"version": "1"}, "Policy.version is no int32"),
        ("cloudresourcemanager.v3", "Policy", {"version": 2**31}, "Policy.version is no int32"),
        ("cloudresourcemanager.v3", "Policy", {"bindings": {}}, "Policy.bindings is no list"),
        ("cloudresourcemanager.v3", "Operation", {"done": "true"}, "Operation.done is no boolean"),
        ("cloudresourcemanager.v1", "Project", {"projectNumber": 1}, "Project.projectNumber is no int64: 1"),
        (
            "cloudresourcemanager.v3",
            "Operation",
            {"response": {"@type": "type.googleapis.com/google.cloud.resourcemanager.v3.Project", "id": "x"}},
            "Operation.response<google.cloud.resourcemanager.v3.Project>.id is not in the schema",
        ),
        (
            "aiplatform.v1",
            "GoogleLongrunningOperation",
            {"response": {"@type": "type.googleapis.com/google.cloud.aiplatform.v1.Endpoint", "id": "x"}},
            "GoogleLongrunningOperation.response<google.cloud.aiplatform.v1.Endpoint>.id is not in the schema",
        ),
    ],
)
def test_what_is_wrong_is_named(document: str, schema: str, wrong: Any, found: str) -> None:
    (problem,) = violations(document, schema, wrong)
    assert problem.startswith(found) or found in problem


def test_the_path_that_says_most_is_the_method() -> None:
    def message(verb: str, path: str) -> str:
        known = method_for("cloudresourcemanager.googleapis.com", verb, path)
        return known.id if known else ""

    assert message("GET", "/v3/projects:search") == "cloudresourcemanager.projects.search"
    assert message("GET", "/v3/projects/x") == "cloudresourcemanager.projects.get"
    assert message("PUT", "/v3/projects/x") == ""


def test_a_name_where_a_number_was_asked_for_is_found() -> None:
    assert names_left("cloudresourcemanager.v3", "Project", {"state": 1, "labels": {"a": "b"}}) == []
    (problem,) = names_left("cloudresourcemanager.v3", "ListProjectsResponse", {"projects": [{"state": "ACTIVE"}]})
    assert problem.startswith("ListProjectsResponse.projects[].state is 'ACTIVE'")


def test_a_type_is_sought_in_other_documents_and_in_protos() -> None:
    def message(kind: str, **fields: Any) -> list[str]:
        answer = {"response": {"@type": f"type.googleapis.com/google.cloud.{kind}", **fields}}
        return violations("aiplatform.v1beta1", "GoogleLongrunningOperation", answer)

    assert message("aiplatform.v1beta1.DeployResponse", model="projects/1") == []
    assert message("resourcemanager.v2.Folder", displayName="x") == []
    assert len(message("aiplatform.v1beta1.DeployResponse", color="red")) == 1
    assert len(message("resourcemanager.v2.Folder", color="red")) == 1
    assert len(message("no.such.Type")) == 1
