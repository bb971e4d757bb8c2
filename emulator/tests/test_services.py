"""Service Usage: what is enabled, what that takes, and when it is in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from gcp_emulator import usage
from gcp_emulator.server import running

from emulator.tests.conftest import Cloud

if TYPE_CHECKING:
    from pathlib import Path

VERTEX = "aiplatform.googleapis.com"


def _vertex_status(cloud: Cloud, project: str) -> int:
    return cloud("GET", f"/v1/projects/{project}/locations/us-central1/endpoints")[0]


def test_a_service_is_named_by_the_projects_number(cloud: Cloud) -> None:
    number = cloud.get(f"/v1/projects/{cloud['project']}")["projectNumber"]
    service = cloud.get(f"/v1/projects/{cloud['project']}/services/{VERTEX}")
    assert service["name"] == f"projects/{number}/services/{VERTEX}"
    assert service["parent"] == f"projects/{number}"
    assert service["state"] == "ENABLED"
    assert service["config"]["usage"]["requirements"] == [
        "serviceusage.googleapis.com/tos/cloud",
        "serviceusage.googleapis.com/billing-enabled",
    ]


def paged(cloud: Cloud, path: str) -> list[dict[str, Any]]:
    """All services of a list, page by page."""
    found, token = [], ""
    while True:
        page = cloud.get(f"{path}&pageToken={token}")
        found += page["services"]
        token = page.get("nextPageToken", "")
        if not token:
            return found


def test_the_list_is_in_order_filtered_and_cut_to_the_letter(cloud: Cloud) -> None:
    path = f"/v1/projects/{cloud['project']}/services"
    everything = [each["name"] for each in paged(cloud, f"{path}?pageSize=200")]
    on = cloud.get(f"{path}?filter=state:ENABLED&fields=services/name,nextPageToken&pageSize=200")["services"]
    off = paged(cloud, f"{path}?filter=state:DISABLED&pageSize=200")
    assert everything == sorted(everything)
    assert {tuple(each) for each in on} == {("name",)}
    assert sorted([each["name"] for each in on + off]) == everything
    assert cloud.get(f"/v1/projects/{cloud['empty_project']}/services?filter=state:ENABLED") == {}
    assert cloud.error("GET", f"{path}?filter=name:x")["status"] == "INVALID_ARGUMENT"


def test_enabling_answers_a_name_and_finishes_later(cloud: Cloud) -> None:
    cloud.link(cloud["empty_project"])
    number = cloud.get(f"/v1/projects/{cloud['empty_project']}")["projectNumber"]
    operation = cloud.post(f"/v1/projects/{cloud['empty_project']}/services/{VERTEX}:enable")
    assert list(operation) == ["name"]
    assert operation["name"].startswith(f"operations/acat.p2-{number}-")
    pending = cloud.get(f"/v1/{operation['name']}")
    assert pending == {
        "name": operation["name"],
        "metadata": {"@type": "type.googleapis.com/google.protobuf.Empty"},
    }
    assert cloud.enabled(cloud["empty_project"]) == []
    cloud.advance(1)
    done = cloud.get(f"/v1beta1/{operation['name']}")
    assert done["done"] is True
    assert done["response"]["service"]["state"] == "ENABLED"
    assert cloud.enabled(cloud["empty_project"]) == [VERTEX]


def test_what_is_enabled_already_is_done_at_once(cloud: Cloud) -> None:
    answer = cloud.post(f"/v1/projects/{cloud['project']}/services/{VERTEX}:enable")
    assert answer["name"] == "operations/finished.DONE_OPERATION"
    assert answer["done"] is True
    assert answer["response"]["service"]["state"] == "ENABLED"
    assert cloud.get(f"/v1/{answer['name']}")["done"] is True


def test_an_enabled_api_is_usable_only_later_and_flaps_in_between(cloud: Cloud) -> None:
    project = cloud["empty_project"]
    cloud.link(project)
    assert _vertex_status(cloud, project) == 403
    cloud.enable(project, "aiplatform")
    assert VERTEX in cloud.enabled(project)
    seen = [_vertex_status(cloud, project) for _ in range(60)]
    assert 15 <= seen.count(200) <= 45
    assert seen.count(200) + seen.count(403) == 60
    cloud.advance(2.9)
    assert 403 in [_vertex_status(cloud, project) for _ in range(60)]
    cloud.advance(0.2)
    assert [_vertex_status(cloud, project) for _ in range(20)] == [200] * 20


def test_a_disabled_api_goes_out_of_force_in_the_same_way(cloud: Cloud) -> None:
    project = cloud["project"]
    operation = cloud.post(f"/v1/projects/{project}/services/{VERTEX}:disable")
    assert operation["name"].startswith("operations/acat.p17-")
    assert _vertex_status(cloud, project) == 200
    cloud.advance(1)
    assert {_vertex_status(cloud, project) for _ in range(40)} == {200, 403}
    cloud.advance(3)
    assert {_vertex_status(cloud, project) for _ in range(10)} == {403}


def test_a_billed_api_needs_a_linked_account(cloud: Cloud) -> None:
    project = cloud["empty_project"]
    number = cloud.get(f"/v1/projects/{project}")["projectNumber"]
    error = cloud.error("POST", f"/v1/projects/{project}/services/{VERTEX}:enable", {})
    assert error["status"] == "FAILED_PRECONDITION"
    first, last = error["message"].split("\n")
    assert first == (
        f"Billing account for project '{number}' is not found. Billing must be enabled for activation of "
        f"service(s) '{VERTEX}' to proceed."
    )
    assert last.startswith("Help Token: ")
    assert error["details"] == [
        {
            "@type": "type.googleapis.com/google.rpc.PreconditionFailure",
            "violations": [
                {
                    "type": "googleapis.com/billing-enabled",
                    "subject": f"?error_code=390001&project={number}&services={VERTEX}",
                }
            ],
        },
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "UREQ_PROJECT_BILLING_NOT_FOUND",
            "domain": "serviceusage.googleapis.com/billing-enabled",
            "metadata": {"project": number, "services": VERTEX},
        },
    ]


def test_a_closed_account_is_not_enough(cloud: Cloud) -> None:
    cloud.link(cloud["empty_project"], "closed_billing_account")
    error = cloud.error("POST", f"/v1/projects/{cloud['empty_project']}/services/{VERTEX}:enable", {})
    assert error["reason"] == "UREQ_PROJECT_BILLING_NOT_OPEN"
    assert "is not open" in error["message"]
    assert "error_code=390002" in error["details"][0]["violations"][0]["subject"]


def test_an_api_without_a_price_needs_no_billing(cloud: Cloud) -> None:
    assert cloud.enable(cloud["empty_project"], "iam")["done"] is True


def test_a_batch_is_enabled_whole_or_not_at_all(cloud: Cloud) -> None:
    path = f"/v1/projects/{cloud['empty_project']}/services:batchEnable"
    services = ["iam.googleapis.com", "aiplatfrom.googleapis.com"]
    error = cloud.error("POST", path, {"serviceIds": services})
    assert error["reason"] == "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED"
    assert error["info"]["metadata"] == {"services": "aiplatfrom.googleapis.com"}
    cloud.advance(5)
    assert cloud.enabled(cloud["empty_project"]) == []
    assert cloud.error("POST", path, {"serviceIds": []})["status"] == "INVALID_ARGUMENT"
    assert cloud.error("POST", path, {"serviceIds": ["iam.googleapis.com"] * 21})["code"] == 400


def test_a_service_brings_what_it_needs_and_holds_it(cloud: Cloud) -> None:
    project = cloud["empty_project"]
    cloud.enable(project, "cloudapis")
    assert "cloudtrace.googleapis.com" in cloud.enabled(project)
    path = f"/v1/projects/{project}/services/cloudtrace.googleapis.com:disable"
    error = cloud.error("POST", path, {})
    assert error["reason"] == "COMMON_SU_SERVICE_HAS_DEPENDENT_SERVICES"
    assert "is depended on by the following active service(s): cloudapis.googleapis.com;" in error["message"]
    cloud.post(path, {"disableDependentServices": True})
    cloud.advance(1)
    assert not {"cloudtrace.googleapis.com", "cloudapis.googleapis.com"} & set(cloud.enabled(project))


def test_a_service_that_was_used_is_disabled_only_without_a_check(cloud: Cloud) -> None:
    disable, checked = f"/v1/projects/sandbox-ready/services/{VERTEX}:disable", {"checkIfServiceHasUsage": "CHECK"}
    cloud.get("/v1/projects/sandbox-ready/locations/us-central1/endpoints")
    cloud.advance(1800)
    for value in ("CHECK", 2):
        error = cloud.error("POST", disable, {"checkIfServiceHasUsage": value})
        assert (error["status"], error["reason"]) == ("FAILED_PRECONDITION", "COMMON_SU_SERVICE_HAS_USAGE")
        assert error["message"].startswith(f"The service {VERTEX} has usage in the last 30 days. Please specify ")
    cloud.advance(30 * 24 * 3600 + 1)
    assert cloud.post(disable, checked)["name"]


def test_a_use_of_this_moment_is_not_seen_yet(cloud: Cloud) -> None:
    cloud.get("/v1/projects/sandbox-ready/locations/us-central1/endpoints")
    body = {"checkIfServiceHasUsage": "CHECK"}
    assert cloud.post(f"/v1/projects/sandbox-ready/services/{VERTEX}:disable", body)["name"]


@pytest.mark.parametrize("body", [{}, {"checkIfServiceHasUsage": "SKIP"}, {"checkIfServiceHasUsage": 1}])
def test_unless_it_is_asked_no_one_looks_for_use(cloud: Cloud, body: dict[str, Any]) -> None:
    cloud.get("/v1/projects/sandbox-ready/locations/us-central1/endpoints")
    cloud.advance(1800)
    assert cloud.post(f"/v1/projects/sandbox-ready/services/{VERTEX}:disable", body)["name"]


def test_a_dependent_that_was_used_counts_too(cloud: Cloud) -> None:
    cloud.enable("sandbox-host", "contactcenterinsights", "ces")
    used = (number_of(cloud), "ces.googleapis.com")
    cloud.ready.do(lambda sandbox: usage.note(sandbox.state, *used, sandbox.state.clock.now()))
    cloud.advance(1800)
    body = {"checkIfServiceHasUsage": "CHECK", "disableDependentServices": True}
    path = "/v1/projects/sandbox-host/services/contactcenterinsights.googleapis.com:disable"
    assert "ces.googleapis.com has usage" in cloud.error("POST", path, body)["message"]


def used(cloud: Cloud) -> bool:
    answer = cloud("POST", f"/v1/projects/sandbox-ready/services/{VERTEX}:disable", {"checkIfServiceHasUsage": "CHECK"})
    return answer[0] == 400 and "has usage" in answer[1]["error"]["message"]


def test_what_was_used_is_remembered_by_a_snapshot_and_not_by_a_reset(cloud: Cloud) -> None:
    cloud.get("/v1/projects/sandbox-ready/locations/us-central1/endpoints")
    cloud.advance(1800)
    cloud.post("/sandbox/v1/snapshots/used")
    cloud.post("/sandbox/v1/reset")
    assert not used(cloud)
    cloud.post("/sandbox/v1/snapshots/used:load")
    assert used(cloud)


def test_what_was_used_is_remembered_by_a_restart(tmp_path: Path) -> None:
    for first in (True, False):
        with running(clock=0, grpc=False, data_dir=tmp_path) as ready:
            cloud = Cloud(ready)
            with cloud.session:
                if first:
                    cloud.get("/v1/projects/sandbox-ready/locations/us-central1/endpoints")
                else:
                    cloud.advance(1800)
                    assert used(cloud)


def test_a_read_that_is_noted_as_a_use_has_changed_nothing(cloud: Cloud) -> None:
    cloud.get("/v1/projects/sandbox-ready/locations/us-central1/endpoints")
    assert [each["changed"] for each in cloud.get("/sandbox/v1/requests")] == [False]


def number_of(cloud: Cloud, project: str = "sandbox-host") -> str:
    return str(cloud.get(f"/v3/projects/{project}")["name"].partition("/")[2])


def test_what_is_not_enabled_cannot_be_disabled(cloud: Cloud) -> None:
    error = cloud.error("POST", f"/v1/projects/{cloud['empty_project']}/services/{VERTEX}:disable", {})
    assert error["status"] == "FAILED_PRECONDITION"


def test_batch_get_reads_full_names_of_this_project(cloud: Cloud) -> None:
    path = f"/v1/projects/{cloud['project']}/services:batchGet"
    names = [f"projects/{cloud['project']}/services/{each}.googleapis.com" for each in ("aiplatform", "compute")]
    answer = cloud.get(f"{path}?names={names[0]}&names={names[1]}")
    assert [each["state"] for each in answer["services"]] == ["ENABLED", "DISABLED"]
    assert cloud.error("GET", path)["reason"] == "SU_MISSING_NAMES"
    assert cloud.error("GET", f"{path}?names=projects/other/services/{VERTEX}")["status"] == "INVALID_ARGUMENT"


@pytest.mark.parametrize("tail", ["", f"/{VERTEX}", ":batchGet"])
def test_an_unknown_project_is_refused_in_this_apis_own_words(cloud: Cloud, tail: str) -> None:
    error = cloud.error("GET", f"/v1/projects/no-one-has-this/services{tail}")
    assert error["reason"] == "RESOURCES_NOT_FOUND"
    assert error["message"].startswith("Project 'no-one-has-this' not found or permission denied.\nHelp Token: ")


def test_nothing_is_enabled_on_a_project_that_was_deleted_meanwhile(cloud: Cloud) -> None:
    operation = cloud.post(f"/v1/projects/{cloud['empty_project']}/services/iam.googleapis.com:enable")
    cloud("DELETE", f"/v1/projects/{cloud['empty_project']}")
    cloud.advance(1)
    done = cloud.get(f"/v1/{operation['name']}")
    assert done["error"]["code"] == 7
    assert "response" not in done
