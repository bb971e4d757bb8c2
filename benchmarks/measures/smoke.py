"""The time to the first token that `provision smoke-test` reports, against a bare stream to the same server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from measuring import MeasurementError, Series, in_turn, output, ratio
from sandboxes import PROVISION, PYTHON, served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from measuring import Figure

LATENCY_MS: Final = "80"
BARE: Final = Path(__file__).parents[1] / "bare_stream.py"


def measure(runs: int) -> Iterator[Figure]:
    """Ask both ways in turn."""
    with served("--latency", LATENCY_MS) as sandbox:
        environment = sandbox.environment()

        def ours() -> float:
            report = json.loads(output([PROVISION, "smoke-test", "--format", "json"], environment)[0])
            return _long_enough(next(each["evidence"]["first_token_s"] for each in report["checks"] if _answered(each)))

        def decoded() -> float:
            return _long_enough(float(output([PYTHON, str(BARE)], environment)[0]))

        measured = in_turn(runs, ours, decoded)
    yield ratio(
        "first token of smoke-test / of a bare httpx2 stream",
        Series(name="smoke-test, as it reports", values=measured[0]),
        Series(name="bare_stream.py", values=measured[1]),
        "<=",
        1.05,
    )


def _answered(check: dict[str, str]) -> bool:
    return check["id"] == "chat.answers"


def _long_enough(first_token_s: float) -> float:
    """Return it, unless it is less than the server waits: then it is not the first token that was timed."""
    if first_token_s < float(LATENCY_MS) / 1000:
        raise MeasurementError(f"a first token after {first_token_s:.3f} s cannot be, with {LATENCY_MS} ms latency")
    return first_token_s
