"""A sandbox whose clock is until the test moves it, and a plain HTTP client for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from gcp_emulator.server import Running, running

from emulator.tests.isolation import _no_way_out, _own_local_environment

__all__ = ["_no_way_out", "_own_local_environment"]


class Cloud:
    """Calls a sandbox over HTTP as its owner; each call answers status and JSON."""

    def __init__(self, ready: Running) -> None:
        self.ready = ready
        self.session = requests.Session()
        self.session.headers["authorization"] = f"Bearer {ready['token']}"

    def __getitem__(self, name: str) -> str:
        return str(self.ready[name])

    def raw(self, verb: str, path: str, **kwargs: Any) -> requests.Response:
        return self.session.request(verb, self["rest_url"] + path, timeout=30, **kwargs)

    def __call__(self, verb: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        answer = self.raw(
            verb, path, json=body, headers={name.replace("_", "-"): text for name, text in headers.items()}
        )
        return answer.status_code, answer.json() if answer.content else {}

    def get(self, path: str, **headers: str) -> Any:
        status, answer = self("GET", path, **headers)
        assert status == 200, answer
        return answer

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        status, answer = self("POST", path, {} if body is None else body, **headers)
        assert status == 200, answer
        return answer

    def put(self, path: str, body: Any) -> Any:
        status, answer = self("PUT", path, body)
        assert status == 200, answer
        return answer

    def error(self, verb: str, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        """The error a call is refused with; the reason of its ErrorInfo is beside the rest as `reason`."""
        status, answer = self(verb, path, body, **headers)
        assert status >= 400, answer
        error: dict[str, Any] = answer["error"]
        assert error["code"] == status
        infos = [each for each in error.get("details", []) if each["@type"].endswith("ErrorInfo")]
        return {**error, "reason": infos[0]["reason"] if infos else "", "info": infos[0] if infos else {}}

    def advance(self, seconds: float) -> None:
        self.ready.advance(seconds)

    def create(self, project_id: str = "my-team-chat") -> str:
        """Create a project and wait for it; its number."""
        operation = self.post("/v3/projects", {"projectId": project_id, "parent": self["organization"]})
        self.advance(1)
        number: str = self.get(f"/v3/{operation['name']}")["response"]["name"].partition("/")[2]
        return number

    def link(self, project: str, account: str = "billing_account") -> Any:
        return self.put(f"/v1/projects/{project}/billingInfo", {"billingAccountName": self[account] if account else ""})

    def enable(self, project: str, *services: str) -> Any:
        """Enable services and wait for the operation; nothing has propagated yet."""
        ids = [f"{service}.googleapis.com" for service in services]
        operation = self.post(f"/v1/projects/{project}/services:batchEnable", {"serviceIds": ids})
        self.advance(1)
        return self.get(f"/v1/{operation['name']}")

    def enabled(self, project: str) -> list[str]:
        answer = self.get(f"/v1/projects/{project}/services?filter=state:ENABLED&pageSize=200")
        return [each["config"]["name"] for each in answer.get("services", [])]


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with running(clock=0, grpc=False) as ready:
        cloud = Cloud(ready)
        with cloud.session:
            yield cloud
