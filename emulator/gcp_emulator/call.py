"""One call, as a handler sees it: who asks for what, what it may use of the emulator, and what is answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from gcp_emulator.errors import ApiError, invalid_argument, permission_denied

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from gcp_emulator.caller import Caller
    from gcp_emulator.clock import Clock
    from gcp_emulator.counters import Counters
    from gcp_emulator.identity import Identity
    from gcp_emulator.settings import Settings
    from gcp_emulator.store import State

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """An answer that is not one JSON message: bytes, or a stream of them (server-sent events, HTML).

    On gRPC it becomes `google.api.HttpBody`, one message per part of a stream. `headers` are sent on REST.
    """

    body: bytes | AsyncIterator[bytes]
    content_type: str
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """An answer of many messages: on gRPC a stream of them.

    On REST it is one JSON array, or server-sent events where the query says `alt=sse`.
    """

    messages: AsyncIterator[Json]
    status: int = 200


Answer = Json | Raw | Stream
"""What a handler answers."""


class Runtime(Protocol):
    """What a handler may use of the emulator in addition to the state; `emulator.py` has the whole of it."""

    settings: Settings
    state: State
    identity: Identity
    counters: Counters
    rest_host: str

    def allows(self, caller: Caller, permission: str, resource: str, number: int, modified: Sequence[str] = ()) -> bool:
        """Tell whether a caller has a permission on a resource, as the call with this number sees it."""


class Called(Protocol):
    """What a call tells of its method; `rpc.Method` says what each is."""

    @property
    def name(self) -> str:
        """The full name, `package.Service/Method`."""

    @property
    def dotted(self) -> str:
        """The name as `ErrorInfo.metadata.method` writes it."""

    @property
    def service(self) -> str:
        """The API it belongs to."""

    @property
    def http(self) -> tuple[str, ...]:
        """Its REST bindings, `VERB /path`."""

    @property
    def mutates(self) -> bool:
        """Whether it changes something."""

    @property
    def consumer(self) -> str:
        """Whose API must be on: the caller's, the path's, or no one's (`none`)."""

    @property
    def errors(self) -> str:
        """How REST writes an error."""


@dataclass(slots=True, kw_only=True)
class Call:
    """One call, as a handler sees it."""

    emulator: Runtime
    method: Called
    request: Json
    vars: Mapping[str, str]
    headers: Mapping[str, str]
    caller: Caller
    transport: Literal["rest", "grpc"]
    number: int
    lro_fault: Json | None = None  # what a fault has in store for the operation this call starts
    overrides: Json | None = None  # what a fault puts in the place of fields of a chat
    required: tuple[str, str, ApiError | None] | None = None  # the last permission, where, and the error

    @property
    def state(self) -> State:
        """The state."""
        return self.emulator.state

    @property
    def clock(self) -> Clock:
        """The time."""
        return self.emulator.state.clock

    @property
    def settings(self) -> Settings:
        """How the emulator was started."""
        return self.emulator.settings

    @property
    def counters(self) -> Counters:
        """What was asked in this minute."""
        return self.emulator.counters

    def may(self, permission: str, resource: str) -> bool:
        """Tell whether the caller has a permission on a resource, as this very call sees it."""
        return self.emulator.allows(self.caller, permission, resource, self.number)

    def require(self, permission: str, resource: str, error: ApiError | None = None) -> None:
        """Refuse unless the caller has the permission.

        Args:
            permission: IAM's name of it.
            resource: the relative name, `projects/p/locations/l`.
            error: what to refuse with where the API has its own wording.
        """
        self.required = (permission, resource, error)
        if not self.may(permission, resource):
            raise error or permission_denied(permission, resource, self.method.service)

    def require_again(self, modified: Sequence[str]) -> None:
        """Refuse what was allowed only to who grants or takes away no other roles than some."""
        if self.required is None:
            return
        permission, resource, error = self.required
        if not self.emulator.allows(self.caller, permission, resource, self.number, modified):
            raise error or permission_denied(permission, resource, self.method.service)

    def text(self, name: str) -> str:
        """Return a string field, empty where it is unset."""
        value = self.request.get(name, "")
        if not isinstance(value, str):
            raise invalid_argument(f"Invalid value at '{name}' (TYPE_STRING), {str(value)[:100]}")
        return value

    def texts(self, name: str) -> list[str]:
        """Return a repeated string field; a query that names it once holds one string."""
        value = self.request.get(name, [])
        listed = value if isinstance(value, list) else [value]
        if not all(isinstance(item, str) for item in listed):
            raise invalid_argument(f"Invalid value at '{name}' (TYPE_STRING)")
        return listed

    def integer(self, name: str, default: int = 0) -> int:
        """Return an integer field; a query and proto-JSON's int64 hold it as text."""
        value = self.request.get(name, default)
        try:
            return int(value)
        except (TypeError, ValueError):
            raise invalid_argument(f"Invalid value at '{name}' (TYPE_INT32), \"{str(value)[:100]}\"") from None

    def flag(self, name: str) -> bool:
        """Return a boolean field; a query holds it as text, gcloud's with a capital letter."""
        value = self.request.get(name, False)
        return value if isinstance(value, bool) else str(value).lower() == "true"

    def message(self, name: str) -> Json:
        """Return a message field, empty where it is unset."""
        value = self.request.get(name, {})
        if not isinstance(value, dict):
            raise invalid_argument(f"Invalid value at '{name}' (type.googleapis.com/google.protobuf.Struct)")
        return value
