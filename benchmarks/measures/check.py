"""`provision check` with the chat, against what a person would do instead: six gcloud commands, or a script.

All three ask the same sandbox for the same ready project, with 80 ms added to each answer.
"""

from __future__ import annotations

import json
import shutil
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from measuring import LeftOut, Series, in_turn, output, ratio, seconds
from sandboxes import PROVISION, PYTHON, served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from measuring import Figure
    from sandboxes import Served

LATENCY_MS: Final = "80"
BY_HAND: Final = Path(__file__).parents[1] / "by_hand.py"
QUESTION: Final = {
    "model": "openai/gpt-oss-120b-maas",
    "messages": [{"role": "user", "content": "In one short sentence: what is a cloud?"}],
    "max_tokens": 1024,
    "stream": True,
}


def measure(runs: int) -> Iterator[Figure | LeftOut]:
    """Run all three in turn; without gcloud, two."""
    with served("--latency", LATENCY_MS) as sandbox:
        environment = sandbox.environment()
        script = [PYTHON, str(BY_HAND), sandbox.ready["rest_url"], sandbox.ready["project"]]
        sides: list[Callable[[], float]] = [
            partial(seconds, [PROVISION, "check"], environment),
            partial(seconds, script, environment),
        ]
        missing = [tool for tool in ("gcloud", "curl") if shutil.which(tool) is None]
        if not missing:
            sides.append(partial(_by_gcloud, sandbox, environment))
        measured = in_turn(runs, *sides)
    check = Series(name="provision check", values=measured[0])
    yield ratio("check / the same by hand", check, Series(name="by_hand.py", values=measured[1]), "<=", 0.8)
    if missing:
        yield LeftOut(name="the gcloud sequence / check", why=f"{' and '.join(missing)} not found on PATH")
    else:
        gcloud = Series(name="gcloud sequence", values=measured[2])
        yield ratio("the gcloud sequence / check", gcloud, check, ">=", 5.0)


def _by_gcloud(sandbox: Served, environment: Mapping[str, str]) -> float:
    """Do what a person would type, without the typing."""
    project, rest_url = sandbox.ready["project"], sandbox.ready["rest_url"]
    began = time.perf_counter()
    output(["gcloud", "projects", "describe", project], environment)
    output(["gcloud", "billing", "projects", "describe", project], environment)
    output(["gcloud", "services", "list", "--enabled"], environment)
    output(["gcloud", "ai", "endpoints", "list", "--region=us-central1"], environment)
    token = output(["gcloud", "auth", "print-access-token"], environment)[0].strip()
    url = f"{rest_url}/v1/projects/{project}/locations/global/endpoints/openapi/chat/completions"
    headers = ["-H", f"Authorization: Bearer {token}", "-H", "Content-Type: application/json"]
    output(["curl", "-sSfN", url, *headers, "-d", json.dumps(QUESTION)], environment)
    return time.perf_counter() - began
