"""The sandbox's own API: `/healthz`, and under `/sandbox/v1/` requests, faults, clock, reset, state.

It is not Google's, so it is not logged, not gated, and needs no token: it listens where only this machine's
user can reach it, and refuses web pages of other origins (`rest.is_local`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from provision.sandbox.clock import STEPPED, parse_scale, timestamp
from provision.sandbox.faults import BadFaultError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from provision.sandbox.core import Sandbox

Answered = tuple[int, Any]


class BadRequestError(Exception):
    """A control request that makes no sense; the message says why."""


class Control:
    """Answers control requests.

    Args:
        sandbox: what it controls.
        reset: puts a fresh world in the place of the old one.
    """

    def __init__(self, sandbox: Sandbox, reset: Callable[[], None]) -> None:
        self.sandbox = sandbox
        self._reset = reset
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
        }

    async def answer(
        self, verb: str, path: str, query: list[tuple[str, str]], read: Callable[[], Awaitable[bytes]]
    ) -> Answered:
        """Answer one control request: a status and JSON."""
        route = self._routes.get((verb, path))
        if route is None:
            known = sorted(f"{verb} {path}" for verb, path in self._routes)
            return 404, {"error": f"{verb} {path} is not part of the control API", "known": known}
        try:
            raw = await read()
            body = json.loads(raw) if raw.strip() else None
            return 200, route(dict(query), body)
        except json.JSONDecodeError as error:
            return 400, {"error": f"the body is not JSON: {error}"}
        except (BadFaultError, BadRequestError) as error:
            return 400, {"error": str(error)}

    def _health(self, query: dict[str, str], body: Any) -> Any:  # noqa: ARG002 - as every route
        return {"status": "ok"}

    def _requests(self, query: dict[str, str], body: Any) -> Any:  # noqa: ARG002
        try:
            since = int(query.get("since", "0"))
        except ValueError:
            raise BadRequestError("since is the sequence number of a request") from None
        return [entry for entry in self.sandbox.log if entry["sequence"] > since]

    def _clear_requests(self, query: dict[str, str], body: Any) -> Any:  # noqa: ARG002
        self.sandbox.log.clear()
        return {}

    def _faults(self, query: dict[str, str], body: Any) -> Any:  # noqa: ARG002
        return self.sandbox.faults.show()

    def _add_faults(self, query: dict[str, str], body: Any) -> Any:  # noqa: ARG002
        self.sandbox.faults.add(body)
        return self.sandbox.faults.show()

    def _clear_faults(self, query: dict[str, str], body: Any) -> Any:  # noqa: ARG002
        self.sandbox.faults.rules.clear()
        return []

    def _clock(self, query: dict[str, str], body: Any) -> Any:  # noqa: ARG002
        clock = self.sandbox.world.clock
        return {"now": timestamp(clock.now()), "mode": clock.mode, "scale": clock.scale}

    def _set_clock(self, query: dict[str, str], body: Any) -> Any:
        """`{"advance": seconds}` moves it, `{"scale": "60x"}` or `"stepped"` changes its speed."""
        clock = self.sandbox.world.clock
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

    def _do_reset(self, query: dict[str, str], body: Any) -> Any:  # noqa: ARG002
        self._reset()
        return {}

    def _state(self, query: dict[str, str], body: Any) -> Any:  # noqa: ARG002
        return self.sandbox.world.state()
