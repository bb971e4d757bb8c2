"""How the real provider calls Google: addresses, shape, retries, operations; the waits are cut to hundredths.

Order, number and shape of the calls are held to what was recorded (`recorded/`, `test_recorded.py`).

Refuses to call anything that is not on this machine: a test double must never change a real project.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

WAITS: Final = (0.5, 1.0, 1.5, 2.5, 4.0, 6.5, 10.5, 17.0, 27.5)
"""Seconds between the attempts of one request; the transport gives it 90 s in all."""

REQUEST_S: Final = 90.0
"""How long the transport makes one request again."""

OUTER_WAITS: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 10.0)
"""Seconds between such requests, the last one for ever: they go on until the resource's own timeout is over."""

CALL_S: Final = 300.0
"""How long a call is made again where no resource says otherwise."""

POLL_S: Final = 10.0
"""Seconds between two looks at an operation (`poll_interval`); the first look is at once."""

BATCH_S: Final = 3.0
"""How long calls that can be made together are collected (`batching.send_after`)."""

PACE: Final = 0.01
"""What a second of the real provider's waiting is here: the sandbox's clock should run 100 times as fast."""

USER_AGENT: Final = (
    "Terraform/{terraform} (+https://www.terraform.io) Terraform-Plugin-SDK/2.40.1 terraform-provider-google/8.7.0"
    " stand-in-of-provision"
)
"""What the provider's own sender calls itself; the last word is where GOOGLE_TERRAFORM_USERAGENT_EXTENSION goes."""

GENERATED: Final = {"User-Agent": "google-api-go-client/0.5 ", "X-Goog-Api-Client": "gl-go/1.26.0 gdcl/0.293.0"}
"""What generated clients add."""

APIS: Final = {
    "resource_manager": "v1/",
    "service_usage": "v1/",
    "cloud_billing": "v1/",
    "billing_budgets": "",
    "iam_beta": "v1/",
    "org_policy": "",
    "vertex_ai": "",
    "cloud_quotas": "",
}
"""The APIs that are called; where the provider cuts off a custom address's last segment, what it adds instead.

The real provider does so for those whose calls go through generated clients.
"""


class ProviderError(Exception):
    """What the provider tells when it gives up."""


class ApiError(ProviderError):
    """Google refused.

    Args:
        status: of HTTP.
        error: the `error` of the body.
    """

    def __init__(self, status: int, error: Mapping[str, Any]) -> None:
        self.status = status
        self.error = error
        self.message = str(error.get("message", ""))
        details = json.dumps(error["details"], indent=2) if error.get("details") else ""
        super().__init__(f"googleapi: Error {status}: {self.message}" + (f"\nDetails:\n{details}" if details else ""))

    @property
    def reason(self) -> str:
        """The reason of its ErrorInfo."""
        infos = [each for each in self.error.get("details", ()) if each.get("@type", "").endswith("ErrorInfo")]
        return str(infos[0].get("reason", "")) if infos else ""


@dataclass
class Settings:
    """The provider's own configuration.

    Args:
        endpoints: the custom endpoints, by the argument's name without its ending.
        token: an OAuth access token.
        project: the project of resources that name none.
        labels: added to every new project.
        terraform: the version of Terraform, for the User-Agent.
    """

    endpoints: Mapping[str, str]
    token: str
    project: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    terraform: str = "1.11.4"


def configure(config: Mapping[str, Any], environment: Mapping[str, str], terraform: str = "1.11.4") -> Settings:
    """Read the provider block; what it leaves out is in the environment.

    Raises:
        ProviderError: it would leave this machine, or has no token.
    """
    endpoints = {}
    for api in APIS:
        value = config.get(f"{api}_custom_endpoint") or environment.get(f"GOOGLE_{api.upper()}_CUSTOM_ENDPOINT", "")
        if urlsplit(value).hostname not in {"127.0.0.1", "localhost", "::1"}:
            raise ProviderError(
                f"{api}_custom_endpoint is {value or 'not set'!r}: this stand-in for hashicorp/google calls only a "
                "sandbox on this machine. Point it there with `provision sandbox env --format terraform`."
            )
        if not value.endswith("/"):
            raise ProviderError(f"{api}_custom_endpoint must match .*/[^/]+/$, got {value}")
        endpoints[api] = value
    token = config.get("access_token") or environment.get("GOOGLE_OAUTH_ACCESS_TOKEN", "")
    if not token:
        raise ProviderError("no access token: set GOOGLE_OAUTH_ACCESS_TOKEN")
    names = ("GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT")
    attributed = config.get("add_terraform_attribution_label") is not False
    labels = {"goog-terraform-provisioned": "true"} if attributed else {}
    return Settings(
        endpoints=endpoints,
        token=token,
        project=config.get("project") or next((environment[each] for each in names if environment.get(each)), ""),
        labels={**labels, **(config.get("default_labels") or {})},
        terraform=terraform,
    )


@dataclass(frozen=True)
class Sent:
    """One request, and what it was answered."""

    verb: str
    url: str
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    body: Any
    status: int


class Google:
    """Calls the APIs.

    Args:
        settings: where to, and as whom.
        pace: what a second of waiting is here.
        heard: told of each request.
    """

    def __init__(self, settings: Settings, pace: float = PACE, heard: Callable[[Sent], None] | None = None) -> None:
        self.settings = settings
        self._pace = pace
        self._heard = heard
        self._held = threading.local()
        self._sessions: list[requests.Session] = []
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()
        self.listing = Batches(self.pause)
        self.enabling = Batches(self.pause, largest=20)
        self.granting = Batches(self.pause)

    def close(self) -> None:
        """Let go of all connections."""
        for session in self._sessions:
            session.close()

    def lock(self, name: str) -> threading.Lock:
        """Return the one lock of a name."""
        with self._guard:
            return self._locks.setdefault(name, threading.Lock())

    def pause(self, seconds: float) -> None:
        """Wait as long as the real provider's `seconds` are here."""
        time.sleep(seconds * self._pace)

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Give the calls of one resource its own timeout: so long is each made again."""
        self._held.allowed_s = seconds
        try:
            yield
        finally:
            del self._held.allowed_s

    def address(self, api: str, path: str) -> str:
        """Return the address of a path, which begins behind the version."""
        base = self.settings.endpoints[api]
        if APIS[api]:
            base = base.rstrip("/").rpartition("/")[0] + "/" + APIS[api]
        return base + path

    def call(
        self,
        api: str,
        verb: str,
        path: str,
        body: Any = None,
        *,
        generated: bool = False,
        retried: Callable[[ApiError], bool] | None = None,
        **query: Any,
    ) -> Any:
        """Make one call, again while the provider would.

        Args:
            api: a key of `APIS`.
            verb: of HTTP.
            path: behind the version.
            body: sent as JSON.
            generated: as a generated client sends it, and not the provider's own sender.
            retried: what else is tried again.
            **query: parameters.

        Raises:
            ApiError: Google refused.
            ProviderError: the answer cannot be read.
        """
        parameters = {"alt": "json", **({"prettyPrint": "false"} if generated else {}), **query}
        headers = {"Authorization": f"Bearer {self.settings.token}", "Accept-Encoding": "gzip"}
        headers["User-Agent"] = USER_AGENT.format(terraform=self.settings.terraform)
        if generated:
            headers |= {**GENERATED, "User-Agent": GENERATED["User-Agent"] + headers["User-Agent"]}
        if body is not None or not generated:
            headers["Content-Type"] = "application/json"
        left = getattr(self._held, "allowed_s", CALL_S)
        for wait in chain(OUTER_WAITS, repeat(OUTER_WAITS[-1])):
            try:
                return self._request(verb, self.address(api, path), body, parameters, headers)
            except ApiError as refused:
                if _is_transient(refused):
                    left -= REQUEST_S
                elif retried is None or not retried(refused):
                    raise
                if left <= 0:
                    raise
            self.pause(wait)
            left -= wait
        raise AssertionError("unreachable")

    def _request(
        self, verb: str, url: str, body: Any, parameters: Mapping[str, Any], headers: Mapping[str, str]
    ) -> Any:
        """Make one request as the transport does: again for 90 s, while it is refused with what passes."""
        for wait in (*WAITS, None):
            try:
                return self._once(verb, url, body, parameters, headers)
            except ApiError as refused:
                if not _is_transient(refused):
                    raise
                if wait is None:
                    self.pause(REQUEST_S - sum(WAITS))
                    raise
            except requests.ConnectionError as error:
                if wait is None:
                    raise ProviderError(f"{verb} {url}: {error}") from error
            self.pause(wait)
        raise AssertionError("unreachable")

    def _once(self, verb: str, url: str, body: Any, parameters: Mapping[str, Any], headers: Mapping[str, str]) -> Any:
        session = getattr(self._held, "session", None)
        if session is None:
            session = self._held.session = requests.Session()
            session.trust_env = False
            self._sessions.append(session)
        data = None if body is None else json.dumps(body)
        answer = session.request(verb, url, params=parameters, data=data, headers=headers, timeout=120)
        if self._heard is not None:
            self._heard(Sent(verb, url, parameters, headers, body, answer.status_code))
        if answer.status_code == 204:
            return {}
        try:
            found = answer.json()
        except ValueError:
            raise ProviderError(f"{verb} {url}: {answer.status_code}, and no JSON: {answer.text[:200]!r}") from None
        if answer.status_code >= 400:
            held = found[0] if isinstance(found, list) else found
            raise ApiError(answer.status_code, held.get("error", {}))
        return found

    def wait(self, api: str, operation: Mapping[str, Any]) -> Any:
        """Look at an operation until it is done, and return it; one that is done at once is not looked at.

        Raises:
            ProviderError: it failed.
        """
        found: Any = operation
        looked = False
        while not found.get("done"):
            if looked:
                self.pause(POLL_S)
            looked = True
            try:
                found = self.call(api, "GET", operation["name"])
            except ApiError as refused:
                if refused.status != 404:
                    raise
        if found.get("error"):
            error = found["error"]
            raise ProviderError(f"Error code {error.get('code')}, message: {error.get('message')}")
        return found

    def repeat_until(self, enough: int, look: Callable[[], bool]) -> None:
        """Look until it is so `enough` times in a row: 0.5, 1, 2, 4 … s apart, and no longer once it was so."""
        wait, in_a_row = 0.0, 0
        while True:
            in_a_row = in_a_row + 1 if look() else 0
            if in_a_row == enough:
                return
            wait = max(0.5, wait if in_a_row else min(10.0, wait * 2))
            self.pause(wait)


def _is_transient(refused: ApiError) -> bool:
    """Tell whether the provider makes every such request again."""
    if refused.status in {429, 500, 502, 503}:
        return True
    if refused.status == 409:
        return "operationInProgress" in json.dumps(refused.error)
    if refused.status == 403:
        return refused.reason == "CONCURRENT_OPERATIONS_QUOTA_EXCEEDED" or (
            "Quota exceeded for quota metric" in refused.message and "per minute" in refused.message
        )
    return False


class Batches:
    """Collects what comes within a window for the same key, and lets the first comer do it for all.

    Args:
        pause: waits, in the real provider's seconds.
        largest: so many are done together at most.
    """

    def __init__(self, pause: Callable[[float], None], largest: int | None = None) -> None:
        self._pause = pause
        self._largest = largest
        self._guard = threading.Lock()
        self._open: dict[str, list[Any]] = {}

    def submit(self, key: str, item: Any, carry_out: Callable[[list[Any]], Any]) -> Any:
        """Do `item` together with others, and return what came of it; where a batch fails, each alone.

        Raises:
            ProviderError: it failed alone, too.
        """
        with self._guard:
            batch = self._open.get(key)
            first = batch is None or len(batch) == self._largest
            if first or batch is None:
                batch = self._open[key] = []
            entry: dict[str, Any] = {"item": item, "done": threading.Event(), "alone": False}
            batch.append(entry)
        if not first:
            entry["done"].wait()
            return carry_out([item]) if entry["alone"] else entry["found"]
        self._pause(BATCH_S)
        with self._guard:
            if self._open.get(key) is batch:
                del self._open[key]
        others = batch[1:]
        try:
            found = carry_out([each["item"] for each in batch])
        except ProviderError:
            if not others:
                raise
            for each in others:
                each["alone"] = True
            return carry_out([item])
        else:
            for each in others:
                each["found"] = found
            return found
        finally:
            for each in others:
                each["done"].set()
