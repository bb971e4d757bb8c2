"""What Google's Python clients call: read off their gRPC transports, and off their REST transports where they have one.

The protos themselves are not shipped, only the messages in them; the transports are generated from the services.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, get_args, get_type_hints

from google.auth.credentials import AnonymousCredentials
from google.longrunning.operations_pb2 import Operation  # type: ignore[import-untyped] # the package ships no types

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGES: Final = {  # package of protos -> package of Python that has its clients
    "google.api.cloudquotas.v1": "google.cloud.cloudquotas_v1",
    "google.api.serviceusage.v1": "google.cloud.service_usage_v1",
    "google.cloud.aiplatform.v1": "google.cloud.aiplatform_v1",
    "google.cloud.aiplatform.v1beta1": "google.cloud.aiplatform_v1beta1",
    "google.cloud.billing.budgets.v1": "google.cloud.billing.budgets_v1",
    "google.cloud.billing.budgets.v1beta1": "google.cloud.billing.budgets_v1beta1",
    "google.cloud.billing.v1": "google.cloud.billing_v1",
    "google.cloud.orgpolicy.v2": "google.cloud.orgpolicy_v2",
    "google.cloud.privilegedaccessmanager.v1": "google.cloud.privilegedaccessmanager_v1",
    "google.cloud.resourcemanager.v3": "google.cloud.resourcemanager_v3",
    "google.cloud.securitycenter.v2": "google.cloud.securitycenter_v2",
    "google.cloud.securitycentermanagement.v1": "google.cloud.securitycentermanagement_v1",
    "google.iam.admin.v1": "google.cloud.iam_admin_v1",
    "google.iam.credentials.v1": "google.cloud.iam_credentials_v1",
    "google.iam.v2": "google.cloud.iam_v2",
    "google.iam.v3": "google.cloud.iam_v3",
}
MIXINS: Final = {"google.cloud.location", "google.longrunning"}
"""Packages whose services every client has."""


@dataclass(frozen=True, kw_only=True)
class Rpc:
    """A gRPC method.

    Args:
        name: its full name, `package.Service/Method`.
        request: the message's class.
        response: the same of the answer, None where it is empty.
        stream: the answer is a stream.
        bindings: verb, path and body of each of its REST bindings, as the proto writes them; empty where the client
            does not speak REST.
        scopes: what the client asks for by itself.
    """

    name: str
    request: Any
    response: Any
    stream: bool
    bindings: tuple[tuple[str, str, str], ...]
    scopes: tuple[str, ...]


class _Channel:
    """Notes what a transport would call; nothing is sent."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, bool]] = []

    def _note(self, name: str, *, stream: bool) -> Any:
        self.noted.append((name.removeprefix("/"), stream))
        return lambda *_, **__: None

    def unary_unary(self, name: str, *_: Any, **__: Any) -> Any:
        return self._note(name, stream=False)

    def unary_stream(self, name: str, *_: Any, **__: Any) -> Any:
        return self._note(name, stream=True)

    def stream_stream(self, name: str, *_: Any, **__: Any) -> Any:
        return self._note(name, stream=True)

    def close(self) -> None:
        """There is nothing to close."""


@cache
def methods(service: str) -> dict[str, Rpc]:
    """Return the methods of a service, such as `google.iam.admin.v1.IAM`, and of the mixins its client has, by name."""
    package, _, name = service.rpartition(".")
    services = importlib.import_module(f"{PACKAGES[package]}.services")
    found = [each.name for each in pkgutil.iter_modules(services.__path__) if _is(each.name, name)]
    return {rpc.name: rpc for module in found for rpc in _of(services, module)}


def _is(module: str, service: str) -> bool:
    return module.replace("_", "") == service.lower()


WAIT: Final = "google.longrunning.Operations/WaitOperation"


def _of(services: Any, service: str) -> Iterator[Rpc]:
    transports = f"{services.__name__}.{service}.transports"
    module = importlib.import_module(f"{transports}.grpc")
    [kind] = [value for name, value in vars(module).items() if re.fullmatch(r"\w+GrpcTransport", name)]
    channel = _Channel()
    no_one = AnonymousCredentials()  # type: ignore[no-untyped-call] # google-auth ships no types
    transport: Any = kind(credentials=no_one, channel=lambda *_, **__: channel)
    transport._logged_channel = channel  # the one it made around ours asks only when there is a call
    transport._stubs.clear()
    bindings = _bindings(transports)
    for name in dir(kind):
        held = getattr(kind, name)
        if not isinstance(held, property) or name == "operations_client":
            continue
        channel.noted.clear()
        getattr(transport, name)  # a stub is made when it is asked for
        for called, stream in channel.noted:
            hints = get_type_hints(held.fget, vars(module))
            yield _rpc(called, hints, stream=stream, bindings=bindings, scopes=kind.AUTH_SCOPES)


def _rpc(name: str, hints: dict[str, Any], *, stream: bool, bindings: dict[str, Any], scopes: tuple[str, ...]) -> Rpc:
    [asked], answered = get_args(hints["return"]) if "return" in hints else ([None], None)
    if name.lstrip("/") == WAIT:
        answered = Operation  # whatever the client's stub says of it: it gives what came, not read (aiplatform 2.7.0)
    empty = answered is None or answered.__name__ == "Empty" or answered is type(None)
    return Rpc(
        name=name,
        request=asked,
        response=None if empty else answered,
        stream=stream,
        bindings=tuple(bindings.get(name.rpartition("/")[2], ())),
        scopes=scopes,
    )


def _bindings(transports: str) -> dict[str, list[tuple[str, str, str]]]:
    try:
        base = importlib.import_module(f"{transports}.rest_base")
    except ModuleNotFoundError:
        return {}
    [kind] = [value for name, value in vars(base).items() if re.fullmatch(r"_Base\w+RestTransport", name)]
    return {
        name.removeprefix("_Base"): [
            (option["method"].upper(), option["uri"], option.get("body") or "") for option in held._get_http_options()
        ]
        for name, held in vars(kind).items()
        if name.startswith("_Base") and hasattr(held, "_get_http_options")
    }
