"""Resource Manager v3 through `google-cloud-resource-manager`, over REST and gRPC alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from google.api_core import exceptions
from google.cloud.resourcemanager_v3 import Project, ProjectsClient

if TYPE_CHECKING:
    from gcp_emulator.server import Running


@pytest.fixture
def projects(clients: Any) -> Any:
    return clients.of(ProjectsClient)


def test_a_project_is_found_by_id_and_by_number_and_named_by_number(projects: Any, sandbox: Running) -> None:
    by_id = projects.get_project(name=f"projects/{sandbox['project']}")
    assert by_id == projects.get_project(name=by_id.name)
    assert by_id.name.removeprefix("projects/").isdigit()
    assert by_id.state is Project.State.ACTIVE
    assert by_id.parent == sandbox["organization"]
    assert by_id.create_time == by_id.update_time


def test_an_unknown_project_is_forbidden_not_absent(projects: Any) -> None:
    with pytest.raises(exceptions.Forbidden) as refused:
        projects.get_project(name="projects/no-one-made-this")
    assert "Permission 'resourcemanager.projects.get' denied on resource" in refused.value.message
    assert refused.value.reason == "IAM_PERMISSION_DENIED"


def test_creating_a_project_is_an_operation(projects: Any, sandbox: Running) -> None:
    asked = Project(
        project_id="new-by-test", display_name="New one", parent=sandbox["organization"], labels={"team": "a"}
    )
    operation = projects.create_project(project=asked)
    assert operation.operation.name.startswith("operations/cp.")
    made = operation.result(timeout=10)
    assert operation.metadata.ready
    assert made == projects.get_project(name="projects/new-by-test")
    assert dict(made.labels) == {"team": "a"}


def test_a_taken_id_is_refused_even_while_it_is_being_made(stepped: Running, transport: str, connect: Any) -> None:
    projects = connect(stepped, transport).of(ProjectsClient)
    project = Project(project_id="twice-by-test", parent=stepped["organization"])
    projects.create_project(project=project)
    with pytest.raises(exceptions.Conflict) as refused:
        projects.create_project(project=project)
    assert "already exists" in refused.value.message


def test_a_malformed_id_is_an_invalid_argument(projects: Any, sandbox: Running, details_of: Any) -> None:
    with pytest.raises(exceptions.BadRequest) as refused:
        projects.create_project(
            project=Project(project_id="No", display_name="Some name", parent=sandbox["organization"])
        )
    (violation,) = details_of(refused.value)["BadRequest"]["fieldViolations"]
    assert violation["field"] == "project_id"


def test_an_operation_can_end_in_an_error(projects: Any, sandbox: Running) -> None:
    sandbox.fail_next("*/CreateProject", lro_error={"code": 8, "message": "exceeded your allotted project quota"})
    project = Project(project_id="over-by-test", parent=sandbox["organization"])
    with pytest.raises(exceptions.GoogleAPICallError, match="allotted project quota") as refused:
        projects.create_project(project=project).result(timeout=10)
    assert refused.value.grpc_status_code is not None
    with pytest.raises(exceptions.Forbidden):
        projects.get_project(name="projects/over-by-test")


def test_a_project_can_be_renamed_deleted_and_restored(projects: Any) -> None:
    name = "projects/sandbox-empty"
    renamed = projects.update_project(
        project=Project(name=name, display_name="Another name"), update_mask={"paths": ["display_name"]}
    ).result(timeout=10)
    assert renamed.display_name == "Another name"
    assert projects.delete_project(name=name).result(timeout=10).state is Project.State.DELETE_REQUESTED
    assert projects.get_project(name=name).delete_time is not None
    with pytest.raises(exceptions.BadRequest):  # FAILED_PRECONDITION is HTTP 400, too
        projects.delete_project(name=name)
    assert projects.undelete_project(name=name).result(timeout=10).state is Project.State.ACTIVE


def test_lists_come_in_pages_that_add_up(projects: Any, sandbox: Running) -> None:
    request = {"parent": sandbox["organization"], "page_size": 1}
    pages = list(projects.list_projects(request=request).pages)
    assert [len(page.projects) for page in pages] == [1, 1, 1]
    listed = {project.project_id for page in pages for project in page.projects}
    assert listed == {"sandbox-host", "sandbox-ready", "sandbox-empty"}
    assert listed == {project.project_id for project in projects.search_projects()}


def test_a_policy_is_read_changed_and_guarded_by_its_etag(projects: Any) -> None:
    name = "projects/sandbox-ready"
    before = projects.get_iam_policy(request={"resource": name, "options": {"requested_policy_version": 3}})
    policy: dict[str, Any] = {
        "bindings": [{"role": "roles/viewer", "members": ["user:someone@example.com"]}],
        "etag": before.etag,
    }
    after = projects.set_iam_policy(request={"resource": name, "policy": policy})
    assert [binding.role for binding in after.bindings] == ["roles/viewer"]
    assert after == projects.get_iam_policy(resource=name)
    with pytest.raises(exceptions.Conflict, match="concurrent policy changes"):
        projects.set_iam_policy(request={"resource": name, "policy": policy})


def test_the_owner_holds_every_permission(projects: Any) -> None:
    asked = ["resourcemanager.projects.get", "aiplatform.endpoints.predict"]
    answer = projects.test_iam_permissions(resource="projects/sandbox-ready", permissions=asked)
    assert list(answer.permissions) == asked
