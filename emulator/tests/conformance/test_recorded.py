"""Answers hold the fields that the real Google Cloud's recorded answers hold, and no others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.server import Running

SHAPES: dict[str, Any] = json.loads(Path(__file__).with_name("recorded_shapes.json").read_text())["shapes"]
PROJECT = {"projectId": "recorded-by-test", "name": "Recorded", "labels": {"team": "a"}}

Json = dict[str, Any]


class _Google:
    """The calls that were recorded, in the words of the clients that were recorded."""

    def __init__(self, sandbox: Running) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        self.session.headers["authorization"] = f"Bearer {sandbox['token']}"

    def __call__(self, verb: str, path: str, body: Any = None, query: str = "alt=json") -> Any:
        url = f"{self.sandbox['rest_url']}{path}?{query}&prettyPrint=false"
        return self.session.request(verb, url, json=body, timeout=10).json()

    def created(self) -> Json:
        """A new project's finished operation."""
        kind, number = self.sandbox["organization"].split("/")
        parent = {"type": kind.removesuffix("s"), "id": number}
        started: Json = self("POST", "/v1/projects", {**PROJECT, "parent": parent})
        self.sandbox.advance(2)
        done: Json = self("GET", f"/v1/{started['name']}")
        return done

    def enabling(self) -> str:
        """The name of an operation that enables an API."""
        started = self("POST", "/v1/projects/sandbox-empty/services/sts.googleapis.com:enable", {})
        return str(started["name"])

    def enabled(self) -> Json:
        """That operation, finished."""
        name = self.enabling()
        self.sandbox.advance(2)
        done: Json = self("GET", f"/v1beta1/{name}")
        return done


def _project_of(google: _Google) -> Any:
    google.created()
    return google("GET", "/v1/projects/recorded-by-test")


def _v3_project_of(google: _Google) -> Any:
    google.created()
    return google("GET", "/v3/projects/recorded-by-test", query="$alt=json;enum-encoding=int")


def _parent(google: _Google) -> Json:
    kind, number = google.sandbox["organization"].split("/")
    return {"type": kind.removesuffix("s"), "id": number}


ASKED: dict[str, Callable[[_Google], Any]] = {
    "v1 project": _project_of,
    "v1 project without labels": lambda g: g("GET", "/v1/projects/sandbox-ready"),
    "v1 forbidden": lambda g: g("GET", "/v1/projects/no-one-made-this"),
    "v1 create": lambda g: g("POST", "/v1/projects", {**PROJECT, "parent": _parent(g)}),
    "v1 create done": lambda g: g.created(),
    "v1 nothing": lambda g: g("DELETE", "/v1/projects/sandbox-empty"),
    "v1 permissions": lambda g: g(
        "POST",
        "/v1/projects/sandbox-ready:testIamPermissions",
        {"permissions": ["resourcemanager.projects.get"]},
    ),
    "v3 project": _v3_project_of,
    "billing info": lambda g: g("GET", "/v1/projects/sandbox-empty/billingInfo"),
    "enable": lambda g: g("POST", "/v1/projects/sandbox-empty/services/sts.googleapis.com:enable", {}),
    "enable pending": lambda g: g("GET", f"/v1beta1/{g.enabling()}"),
    "enable done": lambda g: g.enabled(),
    "services, names only": lambda g: g(
        "GET",
        "/v1/projects/sandbox-ready/services",
        query="alt=json&fields=services%2Fname%2CnextPageToken&filter=state%3AENABLED",
    ),
}


def shape(value: Any, recorded: Any) -> Any:
    """A value as its types; below an empty recorded object anything goes."""
    if isinstance(value, dict):
        if recorded == {}:
            return {}
        inner = recorded if isinstance(recorded, dict) else {}
        return {name: shape(each, inner.get(name)) for name, each in value.items()}
    if isinstance(value, list):
        return [shape(each, recorded[0] if isinstance(recorded, list) else None) for each in value[:1]]
    return type(value).__name__


def test_every_recorded_shape_is_asked_for() -> None:
    assert set(ASKED) == set(SHAPES)


@pytest.mark.parametrize("name", SHAPES)
def test_an_answer_has_the_recorded_shape(name: str, stepped: Running) -> None:
    google = _Google(stepped)
    answer = ASKED[name](google)
    google.session.close()
    expected = SHAPES[name]
    if name == "enable done":  # what each API says of itself is not kept: it is Google's prose
        del expected["response"]["service"]["config"]["documentation"]
    if name == "v1 nothing":
        assert answer == {}
    assert shape(answer, expected) == expected
