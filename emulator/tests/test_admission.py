"""What every call goes through, and whose API must be on: the quota project's, the service account's, the path's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud


def test_the_callers_own_project_is_charged_where_no_other_is_named(cloud: Cloud) -> None:
    cloud.get(f"/v1/projects/{cloud['empty_project']}")
    assert cloud.ready.requests()[-1]["consumer"] == "sandbox-host"


def test_a_quota_project_must_have_the_api(cloud: Cloud) -> None:
    project = cloud["empty_project"]
    error = cloud.error("GET", f"/v1/projects/{cloud['project']}", x_goog_user_project=project)
    url = (
        f"https://console.developers.google.com/apis/api/cloudresourcemanager.googleapis.com/overview?project={project}"
    )
    message = (
        f"Cloud Resource Manager API has not been used in project {project} before or it is disabled. Enable it by "
        f"visiting {url} then retry. If you enabled this API recently, wait a few minutes for the action to propagate "
        "to our systems and retry."
    )
    assert error["message"] == message
    assert error["details"] == [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "SERVICE_DISABLED",
            "domain": "googleapis.com",
            "metadata": {
                "activationUrl": url,
                "consumer": f"projects/{project}",
                "containerInfo": project,
                "service": "cloudresourcemanager.googleapis.com",
                "serviceTitle": "Cloud Resource Manager API",
            },
        },
        {"@type": "type.googleapis.com/google.rpc.LocalizedMessage", "locale": "en-US", "message": message},
        {
            "@type": "type.googleapis.com/google.rpc.Help",
            "links": [{"description": "Google developers console API activation", "url": url}],
        },
    ]


def test_a_new_project_can_enable_its_first_apis_through_itself(cloud: Cloud) -> None:
    project = cloud["empty_project"]
    services = f"/v1/projects/{project}/services"
    assert cloud.error("GET", services, x_goog_user_project=project)["reason"] == "SERVICE_DISABLED"
    cloud.post(f"{services}/serviceusage.googleapis.com:enable", {}, x_goog_user_project=project)
    cloud.advance(10)
    assert cloud.get(f"{services}?filter=state:ENABLED", x_goog_user_project=project)["services"]


def test_a_quota_project_that_is_unknown_is_denied(cloud: Cloud) -> None:
    error = cloud.error("GET", f"/v1/projects/{cloud['project']}", x_goog_user_project="no-one-has-this")
    assert error["reason"] == "USER_PROJECT_DENIED"
    assert "roles/serviceusage.serviceUsageConsumer" in error["message"]


def test_vertex_ai_asks_the_project_in_the_path_whatever_the_header_says(cloud: Cloud) -> None:
    path = f"/v1/projects/{cloud['empty_project']}/locations/us-central1/endpoints"
    number = cloud.get(f"/v1/projects/{cloud['empty_project']}")["projectNumber"]
    error = cloud.error("GET", path, x_goog_user_project=cloud["project"])
    assert error["reason"] == "SERVICE_DISABLED"
    assert error["info"]["metadata"]["consumer"] == f"projects/{number}"
    assert error["message"].startswith(f"Agent Platform API has not been used in project {number} before")


def test_vertex_ai_does_not_know_a_project_that_is_not_there(cloud: Cloud) -> None:
    error = cloud.error("GET", "/v1/projects/no-one-has-this/locations/us-central1/endpoints")
    assert error["reason"] == "CONSUMER_INVALID"
    assert error["message"] == "Permission denied on resource project no-one-has-this."


def test_a_deleted_project_is_said_to_be_deleted(cloud: Cloud) -> None:
    number = cloud.get(f"/v1/projects/{cloud['project']}")["projectNumber"]
    cloud("DELETE", f"/v1/projects/{cloud['project']}")
    for path, headers in (
        (f"/v1/projects/{cloud['project']}/locations/us-central1/endpoints", {}),
        ("/v1/billingAccounts", {"x_goog_user_project": cloud["project"]}),
    ):
        error = cloud.error("GET", path, **headers)
        assert error["reason"] == "CONSUMER_INVALID"
        assert error["message"] == f"Project #{number} has been deleted."


def as_person(cloud: Cloud) -> dict[str, str]:
    """Headers of someone who has logged in and may read everything in the ready project."""
    token = cloud.post("/sandbox/v1/tokens", {"member": "user:developer@sandbox.example.com"})["access_token"]
    return {"authorization": f"Bearer {token}"}


QUOTAS = "/v1/projects/sandbox-ready/locations/global/services/aiplatform.googleapis.com/quotaInfos"
NEEDED = (
    QUOTAS,
    "/v2/projects/sandbox-ready/policies",
    "/v1/{billing_account}/budgets",
    "/v1beta1/publishers/openai/models",
    "/v1/publishers/google/models/gemini-3.5-flash",
    "/v1/projects/sandbox-ready:searchAllResources",
)


@pytest.mark.parametrize("path", NEEDED)
def test_a_person_without_a_quota_project_is_reported_to_set_one(cloud: Cloud, path: str) -> None:
    error = cloud.error("GET", path.format(billing_account=cloud["billing_account"]), **as_person(cloud))
    assert (error["reason"], error["info"]["metadata"]["consumer"]) == ("SERVICE_DISABLED", "projects/764086051850")
    assert "requires a quota project, which is not set by default" in error["message"]


def test_with_a_quota_project_a_person_is_charged_to_that(cloud: Cloud) -> None:
    person = as_person(cloud) | {"x_goog_user_project": "sandbox-ready"}
    assert "quota project" not in cloud.error("GET", QUOTAS, **person)["message"]  # the API is off there
    cloud.enable("sandbox-ready", "cloudquotas")
    cloud.advance(10)
    assert cloud.get(QUOTAS, **person)["quotaInfos"]


def test_what_people_use_without_a_quota_project_every_day_goes_on(cloud: Cloud) -> None:
    person = as_person(cloud)
    assert cloud.get("/v3/projects/sandbox-ready", **person)["projectId"] == "sandbox-ready"
    assert cloud.get("/v1/projects/sandbox-ready/services?filter=state:ENABLED", **person)["services"]
    assert cloud.get("/v1/projects/sandbox-ready/billingInfo", **person)["billingEnabled"]
    assert cloud.get("/v1/projects/sandbox-ready/serviceAccounts", **person) is not None
    assert cloud.get("/v1/projects/sandbox-ready/locations/us-central1/endpoints", **person)["endpoints"]
    charged = person | {"x_goog_user_project": "sandbox-ready"}
    assert cloud.get("/v1beta1/publishers/openai/models", **charged)["publisherModels"]


def test_a_call_with_everything_wrong_is_refused_for_one_thing_after_the_other(cloud: Cloud) -> None:
    project = cloud["empty_project"]
    endpoints = f"/v1/projects/{project}/locations/us-central1/endpoints"
    policies = f"/v2/{cloud['organization']}/policies"
    restrict = {
        "name": f"{policies[4:]}/gcp.restrictServiceUsage",
        "spec": {"rules": [{"values": {"deniedValues": ["aiplatform.googleapis.com"]}}]},
    }

    def met(token: str | None = None) -> tuple[int, str]:
        """Create an endpoint with a body that is no message; the status and reason it is refused with."""
        bearer = cloud["token"] if token is None else token
        error = cloud.error("POST", endpoints, [], authorization=f"Bearer {bearer}")
        return error["code"], error["reason"] or error["status"]

    cloud.post(policies, restrict)
    cloud.post("/sandbox/v1/faults", {"faults": [{"method": "*/CreateEndpoint", "first": 1, "status": 503}]})
    assert met(token="unknown") == (401, "ACCESS_TOKEN_EXPIRED")
    assert met() == (503, "UNAVAILABLE")
    assert met() == (403, "SERVICE_DISABLED")
    cloud.link(project)
    cloud.enable(project, "aiplatform")
    cloud.advance(60)
    cloud.link(project, "")
    assert met() == (403, "BILLING_DISABLED")
    cloud.link(project)
    assert met() == (403, "RESOURCE_USAGE_RESTRICTION_VIOLATED")
    cloud("DELETE", f"{policies}/gcp.restrictServiceUsage")
    assert [met() for _ in range(60)] == [(400, "INVALID_ARGUMENT")] * 60  # of which a minute has 60
    assert met() == (429, "RATE_LIMIT_EXCEEDED")
    cloud.advance(60)
    assert met() == (400, "INVALID_ARGUMENT")
    status, operation = cloud("POST", endpoints, {"displayName": "all is well"})
    assert (status, operation.get("error")) == (200, None)
