"""Google's clients of the APIs beside the project's way know no method that the sandbox does not know by name.

What a client sends is read off its transports: names and messages off gRPC's, paths off REST's where it has one.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from typing import Any

import pytest
from gcp_emulator import services
from gcp_emulator.grpc_types import import_types
from gcp_emulator.rpc import Method
from google.auth.credentials import AnonymousCredentials
from google.cloud.billing.budgets_v1 import BudgetServiceClient
from google.cloud.billing.budgets_v1beta1 import BudgetServiceClient as BetaBudgetServiceClient
from google.cloud.cloudquotas_v1 import CloudQuotasClient, QuotaAdjusterSettingsManagerClient
from google.cloud.iam_admin_v1 import IAMClient
from google.cloud.iam_credentials_v1 import IAMCredentialsClient
from google.cloud.iam_v2 import PoliciesClient
from google.cloud.iam_v3 import AccessPoliciesClient, PolicyBindingsClient, PrincipalAccessBoundaryPoliciesClient
from google.cloud.orgpolicy_v2 import OrgPolicyClient

REGISTRY = services.registry()
CLIENTS: tuple[Any, ...] = (
    IAMClient,
    IAMCredentialsClient,
    OrgPolicyClient,
    BudgetServiceClient,
    BetaBudgetServiceClient,
    CloudQuotasClient,
    QuotaAdjusterSettingsManagerClient,
    PoliciesClient,
    AccessPoliciesClient,
    PolicyBindingsClient,
    PrincipalAccessBoundaryPoliciesClient,
)
WITH_REST: tuple[Any, ...] = tuple(
    each for each in CLIENTS if each not in {IAMClient, BetaBudgetServiceClient, PoliciesClient}
)


class _Channel:
    """Notes what a transport would call; nothing is sent."""

    def __init__(self) -> None:
        self.noted: dict[str, tuple[Any, Any]] = {}

    def unary_unary(self, name: str, request_serializer: Any, response_deserializer: Any, **_: Any) -> Any:
        self.noted[name.removeprefix("/")] = (request_serializer, response_deserializer)
        return lambda *_, **__: None

    def close(self) -> None:
        """There is nothing to close."""


@cache
def _calls(client: Any) -> dict[str, tuple[Any, Any]]:
    channel = _Channel()
    nobody = AnonymousCredentials()  # type: ignore[no-untyped-call] # google-auth ships no types
    transport = client.get_transport_class("grpc")(credentials=nobody, channel=lambda *_, **__: channel)
    transport._logged_channel = channel  # the one it made around ours asks only when there is a call
    transport._stubs.clear()
    for name in dir(type(transport)):
        getattr(transport, name)  # a stub is made when it is asked for
    return {name: wires for name, wires in channel.noted.items() if not name.startswith("google.longrunning.")}


CALLS = {name: wires for client in CLIENTS for name, wires in _calls(client).items()}


def _type(reference: str) -> Any:
    module, _, name = reference.partition(":")
    return getattr(import_types(module), name)


@pytest.mark.parametrize("name", sorted(CALLS))
def test_each_method_of_a_client_is_known_with_its_messages(name: str) -> None:
    known = REGISTRY.grpc(name)
    assert known
    request, response = CALLS[name]
    for method in known:
        for reference, wire in ((method.request, request), (method.response, response)):
            message = getattr(wire, "__self__", None)  # protobuf's own classes hide which they are
            if method.request and isinstance(message, type) and hasattr(message, "pb"):
                assert _type(reference) is message


def test_no_method_of_these_apis_is_invented() -> None:
    services_ = {name.partition("/")[0] for name in CALLS}
    known = {name for name in REGISTRY.grpc_names() if name.partition("/")[0] in services_}
    assert known == CALLS.keys()


def _paths(client: Any) -> dict[str, set[tuple[str, str, str]]]:
    """Return verb, path and body of each method of a client, as its REST transport has them."""
    base = import_module(client.get_transport_class("rest").__module__ + "_base")
    [transport] = [value for name, value in vars(base).items() if re.fullmatch(r"_Base\w+RestTransport", name)]
    return {
        name.removeprefix("_Base"): {
            (option["method"].upper(), option["uri"], option.get("body", "")) for option in held._get_http_options()
        }
        for name, held in vars(transport).items()
        if name.startswith("_Base") and name != "_BaseGetOperation"
    }


def _as_google_writes(method: Method, binding: str) -> tuple[str, str, str]:
    verb, path = binding.split(" ", 1)
    plain = re.sub(r"\{([\w.]+)=((?:[^{}]|\{[^{}]*\})*)\}", lambda found: _field(found[1], found[2]), path)
    return verb, plain, re.sub(r"(?<!^)([A-Z])", r"_\1", method.body).lower() if verb in {"POST", "PATCH"} else ""


def _field(name: str, pattern: str) -> str:
    snake = re.sub(r"([A-Z])", r"_\1", name).lower()
    return f"{{{snake}={re.sub(r'{[^{}]*}', '*', pattern)}}}"


PATHS = {
    f"{next(iter(_calls(client))).partition('/')[0]}/{name}": paths
    for client in WITH_REST
    for name, paths in _paths(client).items()
}


@pytest.mark.parametrize("name", sorted(PATHS))
def test_a_client_over_rest_finds_each_method_where_it_looks(name: str) -> None:
    written = {_as_google_writes(method, binding) for method in REGISTRY.grpc(name) for binding in method.http}
    others = {each for each in written if each[1].startswith("/v1beta/")}  # gcloud beta's; no client in Python has it
    assert written - others == PATHS[name]
    assert {(verb, path.replace("/v1beta/", "/v1/"), body) for verb, path, body in others} <= PATHS[name]
