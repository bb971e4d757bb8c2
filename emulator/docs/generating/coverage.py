"""coverage.md: every method that the sandbox knows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gcp_emulator import services

from emulator.docs.generating.markdown import code, link, page, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gcp_emulator.registry import Registry
    from gcp_emulator.rpc import Method


def coverage() -> str:
    """Return every method that the sandbox knows, and whether it serves it."""
    registry = services.registry()
    apis = dict.fromkeys(method.service for method in registry.methods)
    return page(
        "What the sandbox serves",
        "`services/<api>/methods.py` and `apis/*.json` in `emulator/gcp_emulator/`",
        "A method is served over REST where it has a path, and over gRPC where it says yes, over one state.\n"
        "Workload identity pools are on REST alone: Google publishes no messages of theirs for gRPC.\n"
        "What is under *refused* is known and answers `UNIMPLEMENTED` with its name; "
        "no method ever pretends to have done something.",
        *(_api(registry, api) for api in apis),
    )


def _api(registry: Registry, api: str) -> str:
    methods = [method for method in registry.methods if method.service == api]
    on_grpc = set(registry.grpc_names())
    served = [
        (
            code(method.name),
            " <br> ".join(_paths(method)),
            "yes" if method.name in on_grpc and method.request else "no",
            "yes" if method.mutates else "no",
            link(method.source),
        )
        for method in methods
        if method.handle is not None
    ]
    answering = {method.name for method in methods if method.handle is not None}
    refused = sorted(
        code(method.name) + (f" under {' and '.join(_paths(method))}" if method.name in answering else "")
        for method in methods
        if method.handle is None
    )
    blocks = (
        f"## {api}",
        table(("method", "REST", "gRPC", "changes something", "source"), served),
        "Refused: " + ", ".join(refused) + "." if refused else "",
    )
    return "\n\n".join(block for block in blocks if block)


def _paths(method: Method) -> Iterable[str]:
    return dict.fromkeys(code(_plain_path(path)) for path in method.http)


def _plain_path(path: str) -> str:
    """Return a path as Google's pages write it: `{name=projects/{project}}` is `projects/{project}`."""
    path = re.sub(r"\{([^{}=]+)=[^{}]*\}", r"{\1}", path)
    return re.sub(r"\{[^{}=]+=((?:[^{}]|\{[^{}]*\})*)\}", r"\1", path)
