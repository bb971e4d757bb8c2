"""The validator finds what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.truth.discovery import method_for, violations

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
    def told(verb: str, path: str) -> str:
        known = method_for("cloudresourcemanager.googleapis.com", verb, path)
        return known.id if known else ""

    assert told("GET", "/v3/projects:search") == "cloudresourcemanager.projects.search"
    assert told("GET", "/v3/projects/x") == "cloudresourcemanager.projects.get"
    assert told("PUT", "/v3/projects/x") == ""
