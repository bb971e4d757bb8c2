"""Tells a sandbox what a story says, and holds each answer against Google's discovery documents."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests

from emulator.generate import documents
from emulator.tests.truth import discovery
from emulator.tests.truth.error_cases import wrong_with_error

if TYPE_CHECKING:
    from gcp_emulator.server import Running

Json = dict[str, Any]

CANCELED = 499
"""What a resumable upload answers to being given up, without a body."""


@dataclass
class Heard:
    """What was answered, over all stories.

    Args:
        answered: the served methods that answered well, by API and name.
        problems: what was wrong, by API and name of the method.
        validated: the schemas that an answer was held against.
    """

    answered: set[tuple[str, str]] = field(default_factory=set)
    problems: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    validated: set[str] = field(default_factory=set)


class Teller:
    """Calls one sandbox, whose clock is until it is moved, as its owner."""

    def __init__(self, sandbox: Running, heard: Heard) -> None:
        self.sandbox = sandbox
        self.heard = heard
        self.session = requests.Session()
        self.token = str(sandbox["token"])

    def __getitem__(self, name: str) -> str:
        return str(self.sandbox[name])

    def __call__(
        self, verb: str, path: str, body: Any = None, *, expect: int = 200, headers: dict[str, str] | None = None
    ) -> Any:
        """Make a call; what is answered, once it is held against the schema of its method."""
        given = {"authorization": f"Bearer {self.token}", **(headers or {})}
        answer = self.send(verb, path, headers=given, json=body, expect=expect)
        return answer.json() if "json" in answer.headers["content-type"] else answer.text

    def form(self, path: str, **fields: str) -> Any:
        """Send a form, as OAuth's clients do, without a credential."""
        return self.send("POST", path, data=fields).json()

    def send(self, verb: str, path: str, *, expect: int = 200, **given: Any) -> requests.Response:
        """Make a call, and note what is wrong with its answer."""
        found = self.sandbox.sandbox.registry.route(verb, path.partition("?")[0])
        assert found, f"{verb} {path} is not served"
        method = found[0].method
        answer = self.session.request(verb, self.sandbox["rest_url"] + path, timeout=10, **given)
        key = (method.service, method.name)
        problems = self.heard.problems.setdefault(key, [])
        if answer.status_code != expect:
            problems.append(f"{verb} {path}: {answer.status_code} instead of {expect}: {answer.text[:600]}")
        elif expect >= 400 and expect != CANCELED:
            problems += [f"{verb} {path}: {each}" for each in wrong_with_error(answer, method.errors)]
        else:
            self.heard.answered.add(key)
            problems += self._violations(method.service, verb, path.partition("?")[0], answer)
            if verb == "GET":
                problems += self._names(method.service, path, given)
        return answer

    def _violations(self, service: str, verb: str, path: str, answer: requests.Response) -> list[str]:
        known = documents.method_for(service, verb, path)
        if known is None:  # test_bindings.py says why
            return []
        if known.response in {"", "GoogleApiHttpBody"}:
            return []
        self.heard.validated.add(f"{known.document}:{known.response}")
        return [
            f"{verb} {path} ({known.id}): {each}"
            for message in _messages(answer)
            for each in discovery.violations(known.document, known.response, message)
        ]

    def _names(self, service: str, path: str, given: Json) -> list[str]:
        """Ask once more, as Google's REST clients do, for enums as numbers."""
        known = documents.method_for(service, "GET", path.partition("?")[0])
        if known is None or not known.response:
            return []
        url = f"{self.sandbox['rest_url']}{path}{'&' if '?' in path else '?'}$alt=json;enum-encoding=int"
        answer = self.session.get(url, timeout=10, **given)
        return [f"GET {path}: {each}" for each in discovery.names_left(known.document, known.response, answer.json())]

    def done(self, operation: Json, version: str) -> Json:
        """Wait for an operation; what it brought."""
        self.sandbox.advance(30)
        finished = self("GET", f"/{version}/{operation['name']}")
        if "done" not in finished or "error" in finished:
            raise AssertionError(finished)
        brought: Json = finished.get("response", {})
        return brought

    def close(self) -> None:
        """Hang up."""
        self.session.close()


def _messages(answer: requests.Response) -> list[Any]:
    """Return the messages of an answer: several where it is a stream, as a list or as events."""
    if answer.headers["content-type"].startswith("text/event-stream"):
        return [json.loads(line.removeprefix("data: ")) for line in answer.text.splitlines() if line]
    message = answer.json()
    return message if isinstance(message, list) else [message]
