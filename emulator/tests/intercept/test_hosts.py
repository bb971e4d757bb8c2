"""What a host name is, and which are refused."""

from __future__ import annotations

import pytest
from gcp_emulator.intercept.hosts import RefusedHostError, Site, find
from gcp_emulator.server import Running

from .conftest import dedicated


def site(ready: Running, name: str) -> Site:
    found: Site = ready.do(lambda sandbox: find(name, sandbox.state, sandbox.registry.services))
    return found


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("aiplatform.googleapis.com", "aiplatform.googleapis.com"),
        ("us-central1-aiplatform.googleapis.com", "aiplatform.googleapis.com"),
        ("US-Central1-aiplatform.googleapis.com.", "aiplatform.googleapis.com"),
        ("us-central1-prediction-aiplatform.googleapis.com", "aiplatform.googleapis.com"),
        ("aiplatform.eu.rep.googleapis.com", "aiplatform.googleapis.com"),
        ("sts.europe-west4.rep.googleapis.com", "sts.googleapis.com"),
        ("oauth2.googleapis.com", "oauth2.googleapis.com"),
        ("europe-west8-cloudresourcemanager.googleapis.com", "cloudresourcemanager.googleapis.com"),
        ("eu-cloudresourcemanager.googleapis.com", "cloudresourcemanager.googleapis.com"),
        ("us-central1-assuredworkloads.googleapis.com", "assuredworkloads.googleapis.com"),
        ("us-central1-nothing.googleapis.com", "us-central1-nothing.googleapis.com"),
        ("metadata.google.internal", "metadata.google.internal"),
        ("169.254.169.254", "metadata.google.internal"),
    ],
)
def test_googles_hosts_are_answered(google: Running, name: str, service: str) -> None:
    assert site(google, name).service == service


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("example.com", 403),
        ("accounts.google.com", 403),
        ("googleapis.com", 403),
        ("googleapis.com.example.com", 403),
        ("evilgoogleapis.com", 403),
        ("127.0.0.1", 403),
        ("localhost", 403),
        ("", 403),
        ("mars-central1-aiplatform.googleapis.com", 502),
        ("aiplatform.us-central1.rep.googleapis.com", 502),
        ("cloudbilling.us.rep.googleapis.com", 502),
        ("aiplatform.mtls.googleapis.com", 502),
        ("x/y.googleapis.com", 502),
        (".googleapis.com", 502),
        ("mg-endpoint-1.us-central1-123456789012.prediction.vertexai.goog", 502),
    ],
)
def test_all_others_are_refused(google: Running, name: str, status: int) -> None:
    with pytest.raises(RefusedHostError) as refused:
        site(google, name)
    assert refused.value.status == status


def test_an_endpoints_own_name_is_answered_while_the_endpoint_is_there(google: Running) -> None:
    assert site(google, dedicated(google)["dedicatedEndpointDns"]).service == "aiplatform.googleapis.com"


def test_an_api_that_is_not_served_is_known_by_its_name(google: Running) -> None:
    assert not site(google, "dns.googleapis.com").served
