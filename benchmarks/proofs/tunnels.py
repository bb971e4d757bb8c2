"""gRPC through the proxy of `--intercept`, many connections at once: no call is lost, whatever its neighbors do."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Final

import grpc
from google.cloud.resourcemanager_v3 import GetProjectRequest, Project
from google.iam.v1.iam_policy_pb2 import (  # type: ignore[import-untyped] # the package ships no types
    TestIamPermissionsRequest,
    TestIamPermissionsResponse,
)
from measuring import MeasurementError
from sandboxes import served

CLAIM: Final = (
    "100,000 gRPC calls over 64 connections through the proxy, answers with errors in their trailers, calls that are "
    "canceled and bodies of 200 KB among them: each ends as it should, and none is lost."
)
COMMAND: Final = "python benchmarks/prove.py tunnels"
PROCESSES: Final = 2
CONNECTIONS: Final = 32  # of each process
CALLS: Final = 50_000
AT_ONCE: Final = 256
HOST: Final = "cloudresourcemanager.googleapis.com:443"
SERVICE: Final = "/google.cloud.resourcemanager.v3.Projects/"
BIG: Final = [f"resourcemanager.projects.get{number:05d}" for number in range(6_000)]


def prove() -> list[str]:
    """Make the calls; return how they ended."""
    with served("--no-rate-limits", "--propagation", "0", "--intercept") as sandbox:
        environment = {
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "grpc_proxy": sandbox.ready["proxy_url"],
            "TOKEN": sandbox.ready["token"],
        }
        words = [sys.executable, __file__, sandbox.ready["ca_file"], sandbox.ready["project"]]
        processes = [
            subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)
        ]
        ended: Counter[str] = Counter()
        for process in processes:
            for line in process.communicate()[0].splitlines():
                name, _, count = line.rpartition(" ")
                ended[name] += int(count)
    wrong = {name: count for name, count in ended.items() if name.startswith("lost")}
    if wrong or sum(ended.values()) != PROCESSES * CALLS:
        raise MeasurementError(f"of {PROCESSES * CALLS:,} calls {sum(ended.values()):,} ended; {wrong}")
    return [f"{PROCESSES * CALLS:,} calls", *(f"{count:,} {name}" for name, count in sorted(ended.items())), "0 lost"]


def call_all(ca_file: str, project: str) -> Counter[str]:
    """Make one process's share, so many at a time, and say how each ended."""
    credentials = grpc.ssl_channel_credentials(Path(ca_file).read_bytes())
    options = [("grpc.use_local_subchannel_pool", 1)]
    channels = [grpc.secure_channel(HOST, credentials, options) for _ in range(CONNECTIONS)]
    metadata = (("authorization", f"Bearer {os.environ['TOKEN']}"),)
    big = TestIamPermissionsRequest(resource=f"projects/{project}", permissions=BIG)
    gets = [
        each.unary_unary(f"{SERVICE}GetProject", GetProjectRequest.serialize, Project.deserialize) for each in channels
    ]
    tests = [
        each.unary_unary(
            f"{SERVICE}TestIamPermissions",
            TestIamPermissionsRequest.SerializeToString,
            TestIamPermissionsResponse.FromString,
        )
        for each in channels
    ]
    ended: Counter[str] = Counter()
    for start in range(0, CALLS, AT_ONCE):
        running = []
        for number in range(start, min(start + AT_ONCE, CALLS)):
            channel = number % CONNECTIONS
            kind = "big" if number % 500 == 7 else ("refused" if number % 5 == 0 else "answered")
            if kind == "big":
                call = tests[channel].future(big, metadata=metadata, timeout=120)
            else:
                name = "projects/no-such-project" if kind == "refused" else f"projects/{project}"
                call = gets[channel].future(GetProjectRequest(name=name), metadata=metadata, timeout=120)
            if number % 10 == 3:
                call.cancel()
            running.append((kind, call))
        for kind, call in running:
            ended[_how(kind, call)] += 1
    return ended


def _how(kind: str, call: grpc.Future[Any]) -> str:
    if call.cancelled():
        return "canceled"
    error: Any = call.exception()
    if error is None:
        return kind if kind != "refused" else "lost: answered"
    if kind == "refused" and error.code() is grpc.StatusCode.PERMISSION_DENIED and error.trailing_metadata():
        return "refused, with details in the trailers"
    if kind == "big" and error.code() is grpc.StatusCode.INVALID_ARGUMENT:
        return "big"
    return f"lost: {kind} {error.code()} {str(error.details())[:80]}"


if __name__ == "__main__":
    for name, count in call_all(*sys.argv[1:]).items():
        print(name, count)
