"""Replays a recorded conversation with a sandbox, and compares field by field.

A placeholder, such as `${projectNumber}`, stands for an id that the server chose or that differs from project to
project: in an answer it is read, in the next call it is put in.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import requests
from gcp_emulator.services.serviceusage import agents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gcp_emulator.server import Running

Json = dict[str, Any]

NORMALIZED: Final = {  # the recorder wrote something of its own there: ours must be of the same kind
    "etag",
    "createTime",
    "updateTime",
    "deleteTime",
    "uid",
    "validAfterTime",
    "uniqueId",
    "oauth2ClientId",
    "privateKeyData",
    "nextPageToken",
}
REMOVED: Final = {"details", "config"}  # the recorder took these out of most errors, and of services in operations
UNKEPT: Final = {"documentation"}  # what each API says of itself: Google's prose
ETAG: Final = "abcdef0123A="
SAME: Final = (  # wordings of which Google sends now one, now the other
    (r"Service account \S+ does not exist\.", "Unknown service account"),
)
FIXED: Final = {"projectId", "organizationID", "uniqueId", "billingAccountID"}  # chosen by who asks
PATIENCE: Final = 60
READS: Final = (":getIamPolicy", ":testIamPermissions")
KNOWN: Final = 5  # seconds after which the sandbox knows everywhere what was made


class Replay:
    """One conversation."""

    def __init__(self, sandbox: Running, scenario: Json) -> None:
        self.sandbox = sandbox
        self.scenario = scenario
        self.session = requests.Session()
        self.session.headers["authorization"] = f"Bearer {sandbox['token']}"
        self.etag = ""
        self.ids = {
            "projectId": str(sandbox["project"]),
            "projectNumber": self._get("/v1/projects/" + str(sandbox["project"]))["projectNumber"],
            "organizationID": str(sandbox["organization"]).partition("/")[2],
            "billingAccountID": str(sandbox["billing_account"]).partition("/")[2],
            "uniqueId": "a1b2c3d4e5",
            "networkID": "network-a1b2",
            "emptyId": str(sandbox["empty_project"]),
        }

    def _get(self, path: str) -> Any:
        return self.session.get(self.sandbox["rest_url"] + path, timeout=10).json()

    def differences(self) -> list[str]:
        """Replay all exchanges; what was answered otherwise than it was recorded."""
        found: list[str] = []
        with self.session:
            self._arrange()
            for number, exchange in enumerate(self.scenario["exchanges"]):
                found += [
                    f"{number} {exchange['method']} {urlsplit(exchange['url']).path}: {each}"
                    for each in self._exchange(exchange)
                ]
        return found

    def _arrange(self) -> None:
        """Make the project what the recorded one was: its allow policy, and the services that are disabled later."""
        number = self._get("/v1/projects/sandbox-ready")["projectNumber"]
        self.sandbox.do(lambda inner: [agents.create(inner.state, number, each) for each in agents.published()])
        written = False
        for exchange in self.scenario["exchanges"]:
            path = urlsplit(exchange["url"]).path
            written = written or path.endswith((":setIamPolicy", ":enable"))
            if path.endswith(":getIamPolicy") and not written:
                policy = {name: exchange["answer"].get(name, []) for name in ("bindings", "auditConfigs")}
                self._make(
                    path.replace("getIamPolicy", "setIamPolicy"),
                    {"policy": policy, "updateMask": "bindings,auditConfigs"},
                )
                written = True
            if path.endswith(":disable") and not written:
                self._make(path.replace(":disable", ":enable"), {})

    def _make(self, path: str, body: Json) -> None:
        sent = self._send("POST", path, self._filled(body))
        assert sent.status_code == 200, sent.text
        self.sandbox.advance(60)

    def _send(self, verb: str, path: str, body: Any, headers: dict[str, str] | None = None) -> requests.Response:
        url = self.sandbox["rest_url"] + self._filled(path)
        return self.session.request(verb, url, json=body, headers=self._filled(headers or {}), timeout=10)

    def _exchange(self, exchange: Json) -> Iterator[str]:
        url = urlsplit(exchange["url"])
        if "/operations/" in url.path and exchange["answer"].get("done"):
            self.sandbox.advance(10)
        if exchange["method"] != "GET" and not url.path.endswith(READS):
            self.sandbox.advance(KNOWN)  # between two commands of who was recorded, time went by
        body = self._filled(exchange["body"]) if "body" in exchange else None
        answer = self._send(exchange["method"], f"{url.path}?{url.query}", body, exchange.get("headers"))
        for tried in range(PATIENCE):  # what was just made is seen by one call and not by the next
            if answer.status_code == exchange["status"] or exchange["method"] != "GET":
                break
            if tried > PATIENCE // 2:
                self.sandbox.advance(1)
            answer = self._send("GET", f"{url.path}?{url.query}", None)
        if answer.status_code != exchange["status"]:
            yield f"{answer.status_code} instead of {exchange['status']}: {answer.text[:300]}"
            return
        message = answer.json()
        self.etag = message.get("etag", self.etag)
        if "keys" in message:  # what was recorded is from before Google's own key was there
            message["keys"] = [each for each in message["keys"] if each.get("keyType") != "SYSTEM_MANAGED"]
        if not exchange.get("answer_withheld"):
            yield from self._compare(exchange["answer"], message, "", short="left_out" in exchange)

    def _filled(self, value: Any) -> Any:
        """Put ids in the place of placeholders, and the etag that was last seen in that of the recorder's."""
        text = json.dumps(value)
        for name, known in self.ids.items():
            text = text.replace("${" + name + "}", known)
        return json.loads(text.replace(ETAG, self.etag))

    def _compare(self, recorded: Any, message: Any, at: str, *, short: bool) -> Iterator[str]:
        if isinstance(recorded, dict) and isinstance(message, dict):
            yield from self._objects(recorded, message, at, short=short)
        elif isinstance(recorded, list) and isinstance(message, list):
            yield from self._lists(recorded, message, at, short=short)
        elif isinstance(recorded, str) and isinstance(message, str):
            if not self._agrees(recorded, message):
                yield f"{at} is {message!r}, recorded: {recorded!r}"
        elif recorded != message or type(recorded) is not type(message):
            yield f"{at} is {message!r}, recorded: {recorded!r}"

    def _objects(self, recorded: Json, message: Json, at: str, *, short: bool) -> Iterator[str]:
        left_out = UNKEPT | {name for name in REMOVED if name not in recorded} | ({"nextPageToken"} if short else set())
        for name in sorted({*recorded, *message} - left_out):
            here = f"{at}.{name}" if at else name
            if name not in message:
                yield f"{here} is missing, recorded: {recorded[name]!r}"
            elif name not in recorded:
                yield f"{here} is {message[name]!r}, and was not recorded"
            elif name not in NORMALIZED:
                yield from self._compare(recorded[name], message[name], here, short=short)
            elif type(recorded[name]) is not type(message[name]) or not message[name]:
                yield f"{here} is {message[name]!r}, recorded: {recorded[name]!r}"

    def _lists(self, recorded: list[Any], message: list[Any], at: str, *, short: bool) -> Iterator[str]:
        if short and recorded and isinstance(recorded[0], dict) and "name" in recorded[0]:
            for each in message:  # another project's list: each line must look like the recorded ones
                if set(each) != set(recorded[0]):
                    yield f"{at} has {each!r}, recorded: {recorded[0]!r}"
            return
        if len(recorded) != len(message):
            yield f"{at} has {len(message)} lines, recorded: {len(recorded)}"
            return
        for index, (one, other) in enumerate(zip(recorded, message, strict=True)):
            yield from self._compare(one, other, f"{at}[{index}]", short=short)

    def _agrees(self, recorded: str, message: str) -> bool:
        """Tell whether a text is the recorded one, and learn what its placeholders stand for."""
        for wordings in SAME:
            if all(any(re.fullmatch(one, each) for one in wordings) for each in (recorded, message)):
                return True
        seen: set[str] = set()
        pattern = ""
        for part in re.split(r"(\$\{\w+\})", recorded):
            name = part[2:-1]
            if not part.startswith("${"):
                pattern += re.escape(part)
            elif name in seen:
                pattern += f"(?P={name})"
            else:
                seen.add(name)
                pattern += rf"(?P<{name}>[^/@]+?)"
        match = re.fullmatch(pattern, message)
        if match is None:
            return False
        for name, known in match.groupdict().items():
            if name in FIXED and known not in {self.ids[name], self._rewritten(name)}:
                return False
            if name not in FIXED:
                self.ids[name] = known
        return True

    def _rewritten(self, name: str) -> str:
        """Return what else a placeholder can be: in Org Policy, the recorder wrote the id for the number."""
        renamed = name == "projectId" and self.scenario["scenario"].startswith("orgpolicy")
        return self.ids["projectNumber"] if renamed else ""
