"""The sandbox's own API: `/healthz`, and under `/sandbox/v1/` requests, faults, clock, reset, state, tokens.

It is not Google's, so it is not logged, not gated, and needs no token: it listens where only this machine's
user can reach it, and refuses web pages of other origins (`rest.is_local`).
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import jsonfile, operations
from gcp_emulator.caller import CLOUD_PLATFORM
from gcp_emulator.clock import STEPPED, parse_scale, timestamp
from gcp_emulator.errors import ApiError
from gcp_emulator.faults import BadFaultError
from gcp_emulator.iam.members import MEMBER
from gcp_emulator.iam.principals import USERS, User
from gcp_emulator.identity import ACCOUNTS, EMAIL_SCOPE
from gcp_emulator.snapshots import BadSnapshotError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gcp_emulator.emulator import Emulator
    from gcp_emulator.snapshots import Snapshots

Answered = tuple[int, Any]

SNAPSHOTS: Final = "/sandbox/v1/snapshots"
SNAPSHOT_ROUTES: Final = (
    f"GET {SNAPSHOTS}",
    f"POST {SNAPSHOTS}/{{name}}",
    f"POST {SNAPSHOTS}/{{name}}:load",
    f"DELETE {SNAPSHOTS}/{{name}}",
)

DEFAULT_SCOPES: Final = ("openid", EMAIL_SCOPE, CLOUD_PLATFORM)


class BadRequestError(ValueError):
    """A control request that makes no sense; the message says why."""


class Control:
    """Answers control requests.

    Args:
        sandbox: what it controls.
        reset: puts a fresh state in the place of the old one.
        snapshots: what was saved.
        load: puts a snapshot in the place of the state.
        world: names the state that there is: another one after each reset and each load.
    """

    def __init__(
        self,
        sandbox: Emulator,
        reset: Callable[[], None],
        snapshots: Snapshots,
        load: Callable[[str], None],
        world: Callable[[], str],
    ) -> None:
        self.sandbox = sandbox
        self._reset = reset
        self._snapshots = snapshots
        self._load = load
        self._world = world
        self._routes: dict[tuple[str, str], Callable[[dict[str, str], Any], Any]] = {
            ("GET", "/healthz"): self._health,
            ("GET", "/sandbox/v1/requests"): self._requests,
            ("DELETE", "/sandbox/v1/requests"): self._clear_requests,
            ("GET", "/sandbox/v1/faults"): self._faults,
            ("POST", "/sandbox/v1/faults"): self._add_faults,
            ("DELETE", "/sandbox/v1/faults"): self._clear_faults,
            ("GET", "/sandbox/v1/clock"): self._clock,
            ("POST", "/sandbox/v1/clock"): self._set_clock,
            ("POST", "/sandbox/v1/reset"): self._do_reset,
            ("GET", "/sandbox/v1/state"): self._state,
            ("POST", "/sandbox/v1/tokens"): self._token,
        }

    async def answer(
        self, verb: str, path: str, query: list[tuple[str, str]], read: Callable[[], Awaitable[bytes]]
    ) -> Answered:
        """Answer one control request: a status and JSON."""
        route = self._routes.get((verb, path)) or self._snapshot_route(verb, path)
        if route is None:
            known = sorted([*(f"{verb} {path}" for verb, path in self._routes), *SNAPSHOT_ROUTES])
            return 404, {"error": f"{verb} {path} is not part of the control API", "known": known}
        try:
            raw = await read()
            body = jsonfile.read(BytesIO(raw)) if raw.strip() else None
        except ValueError as error:
            return 400, {"error": f"the body is not JSON: {error}"}
        try:
            return 200, route(dict(query), body)
        except BadSnapshotError as error:
            return 404 if error.missing else 400, {"error": str(error)}
        except (BadFaultError, BadRequestError) as error:
            return 400, {"error": str(error)}
        except ApiError as error:  # the state or a snapshot cannot be written
            return error.http, {"error": error.message}

    def _health(self, query: dict[str, str], body: Any) -> Any:  # noqa: ARG002 - as every route
        return {"status": "ok", "world": self._world()}

    def _requests(self, query: dict[str, str], body: Any) -> Any:  # noqa: ARG002 - every control has one signature
        try:
            since = int(query.get("since", "0"))
        except ValueError:
            raise BadRequestError("since is the sequence number of a request") from None
        return self.sandbox.log.since(since)

    def _clear_requests(self, query: dict[str, str], body: Any) -> Any:  # noqa: ARG002 - every control has one signature
        self.sandbox.log.clear()
        return {}

    def _faults(self, query: dict[str, str], body: Any) -> Any:  # noqa: ARG002 - every control has one signature
        return self.sandbox.faults.show()

    def _add_faults(self, query: dict[str, str], body: Any) -> Any:  # noqa: ARG002 - every control has one signature
        self.sandbox.faults.add(body)
        return self.sandbox.faults.show()

    def _clear_faults(self, query: dict[str, str], body: Any) -> Any:  # noqa: ARG002 - every control has one signature
        self.sandbox.faults.rules.clear()
        return []

    def _clock(self, query: dict[str, str], body: Any) -> Any:  # noqa: ARG002 - every control has one signature
        clock = self.sandbox.state.clock
        return {"now": timestamp(clock.now()), "mode": clock.mode, "scale": clock.scale}

    def _set_clock(self, query: dict[str, str], body: Any) -> Any:
        """`{"advance": seconds}` moves it, `{"scale": "60x"}` or `"stepped"` changes its speed."""
        clock = self.sandbox.state.clock
        if not isinstance(body, dict) or not body or set(body) - {"advance", "scale"}:
            raise BadRequestError('say {"advance": seconds} or {"scale": "60x"} (or "stepped"), or both')
        advance, scale = body.get("advance", 0), body.get("scale")
        if not isinstance(advance, int | float) or isinstance(advance, bool) or not 0 <= advance < 1e10:
            raise BadRequestError(f"advance is a number of seconds forward, not {advance!r}")
        if scale is not None:
            try:
                speed = parse_scale(str(scale))
            except ValueError:
                raise BadRequestError(f"scale is like 1x or 60x, or {STEPPED!r}, not {scale!r}") from None
            clock.rescale(speed)
        clock.advance(advance)
        return self._clock(query, None)

    def _do_reset(self, query: dict[str, str], body: Any) -> Any:  # noqa: ARG002 - every control has one signature
        self._reset()
        return {}

    def _snapshot_route(self, verb: str, path: str) -> Callable[[dict[str, str], Any], Any] | None:
        if path == SNAPSHOTS and verb == "GET":
            return lambda query, body: self._snapshots.show()  # noqa: ARG005 - every control has one signature
        if not path.startswith(f"{SNAPSHOTS}/"):
            return None
        name, _, action = path.removeprefix(f"{SNAPSHOTS}/").partition(":")

        def carry_out(query: dict[str, str], body: Any) -> Any:  # noqa: ARG001 - every control has one signature
            if verb == "DELETE":
                self._snapshots.delete(name)
                return {}
            if action:
                self._load(name)
                return {}
            return self._snapshots.save(name, self.sandbox.state)

        return carry_out if (verb, action) in {("POST", ""), ("POST", "load"), ("DELETE", "")} else None

    def _state(self, query: dict[str, str], body: Any) -> Any:  # noqa: ARG002 - every control has one signature
        """All but secrets; `?comparable=true` leaves out what no two sandboxes share."""
        comparable = query.get("comparable", "false")
        if comparable not in {"true", "false"}:
            raise BadRequestError(f"comparable is true or false, not {comparable!r}")
        return state_of(self.sandbox, comparable=comparable == "true")

    def _token(self, query: dict[str, str], body: Any) -> Any:  # noqa: ARG002 - every control has one signature
        """`{"member": "user:x@example.com", "scopes": […]}` gives a token of anyone, who need not exist before."""
        if not isinstance(body, dict) or set(body) - {"member", "scopes"}:
            raise BadRequestError('say {"member": "user:x@example.com"}, with {"scopes": [...]} if you like')
        scopes = body.get("scopes", list(DEFAULT_SCOPES))
        if not isinstance(scopes, list) or not scopes or not all(isinstance(each, str) for each in scopes):
            raise BadRequestError("scopes is a list of OAuth scopes")
        token = issue_for(self.sandbox, body.get("member"), scopes)
        return {"access_token": token, "expires_in": self.sandbox.identity.token_lifetime, "token_type": "Bearer"}


def state_of(sandbox: Emulator, *, comparable: bool = False) -> dict[str, Any]:
    """Return the state as it is now: what was due has happened."""
    if operations.due(sandbox.state):
        operations.settle(sandbox.state)
        sandbox.commit()
    return sandbox.state.state(comparable=comparable)


def issue_for(sandbox: Emulator, member: Any, scopes: list[str]) -> str:
    """Issue an access token to a member, named as an allow policy names it.

    Raises:
        BadRequestError: it is no one who could hold one.
    """
    kind, _, address = str(member).partition(":")
    if (
        not isinstance(member, str)
        or not MEMBER.fullmatch(member)
        or kind not in {"user", "serviceAccount", "principal"}
    ):
        raise BadRequestError(
            "member is user:ADDRESS, serviceAccount:ADDRESS or principal://iam.googleapis.com/…/subject/SUBJECT, "
            f"not {member!r}"
        )
    if kind != "serviceAccount":
        email = address if kind == "user" else ""
        if email and email.lower() not in sandbox.state[USERS]:
            sandbox.state[USERS].put(User(email=email.lower()))
        return sandbox.identity.issue(email, scopes, member=member).value
    if address not in sandbox.state[ACCOUNTS]:
        raise BadRequestError(f"there is no service account {address}: create it first, or have it in the seed file")
    return sandbox.identity.issue(address, scopes).value
