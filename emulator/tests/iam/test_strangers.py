"""Every method there is, asked by someone who was given nothing: he learns nothing, not even what exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests
from gcp_emulator import services
from gcp_emulator.bindings import Binding
from gcp_emulator.server import Running, running

from emulator.tests.iam.conftest import BOB

if TYPE_CHECKING:
    from collections.abc import Iterator

PUBLIC = {
    "IAM/GetRole GET /v1/{name=roles/": "predefined roles are no secret",
    "IAM/ListRoles GET /v1/roles": "predefined roles are no secret",
    "getAllowedLocations": "the answer is the same for all",
    "userinfo": "everyone may know who he is",
    "generateServiceIdentity": "needs no permission: https://cloud.google.com/iam/docs/create-service-agents",
}

BINDINGS = {
    f"{method.name} {text}": Binding.parse(method, text)
    for method in services.registry().methods
    for text in method.http
    if method.handle and method.auth and not any(part in f"{method.name} {text}" for part in PUBLIC)
    if "{operation=" not in text or method.service == "cloudresourcemanager.googleapis.com"
}
"""Those of operations take only names of operations; that those of others are not told is tested by name."""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running(clock=0, grpc=False, propagation=0, rate_limits=False) as ready:
        yield ready


@pytest.fixture(scope="module")
def stranger(sandbox: Running) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.headers["authorization"] = f"Bearer {sandbox.token_for(BOB)}"
        yield session


def _path(sandbox: Running, binding: Binding, project: str) -> str:
    names = {
        "projects": project,
        "organizations": sandbox["organization"].partition("/")[2],
        "billingAccounts": sandbox["billing_account"].partition("/")[2],
        "locations": "us-central1",
        "services": "aiplatform.googleapis.com",
        "serviceAccounts": "owner@sandbox-host.iam.gserviceaccount.com",
    }
    parts: list[str] = []
    for place, segment in enumerate(binding.segments):
        before = binding.segments[place - 1] or ""
        parts.append(segment if segment is not None else names.get(before, "1"))
    return "/" + "/".join(parts) + (f":{binding.custom}" if binding.custom else "")


def test_a_stranger_learns_nothing(subtests: pytest.Subtests, sandbox: Running, stranger: requests.Session) -> None:
    for name in sorted(BINDINGS):
        with subtests.test(name=name):
            binding = BINDINGS[name]
            answers = [
                stranger.request(
                    binding.verb, sandbox["rest_url"] + _path(sandbox, binding, project), json={}, timeout=20
                )
                for project in (sandbox["project"], "no-one-has-this")
            ]
            assert answers[0].status_code == answers[1].status_code
            assert answers[0].status_code in {400, 403, 404} or not answers[0].json()
