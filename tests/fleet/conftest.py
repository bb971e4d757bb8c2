"""An organization of twenty projects, and the command line that looks at it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from gcp_emulator.server import Running, running

from provision.cli import main

ORGANIZATION = "100000000001"
FAULTS = ("", "no billing", "closed account", "no service", "")
COUNT = 20


def world() -> dict[str, Any]:
    """20 projects in an organization, two folders and one below; of each five, three have a fault of their own."""
    projects: dict[str, Any] = {}
    for number in range(COUNT):
        fault = FAULTS[number % len(FAULTS)]
        projects[f"team-app-{number:03}"] = {
            "parent": ("acme.example.com", "first", "second", "below")[number % 4],
            "labels": {"env": "prod" if number % 2 else "dev"},
            **({} if fault == "no billing" else {"billing": "shut" if fault == "closed account" else "main"}),
            "services": [] if fault == "no service" else ["aiplatform.googleapis.com"],
        }
    projects["team-gone"] = {"parent": "first", "state": "DELETE_REQUESTED"}
    return {
        "organizations": {"acme.example.com": {"id": ORGANIZATION}},
        "folders": {
            "first": {"parent": "acme.example.com", "id": "200000000001"},
            "second": {"parent": "acme.example.com", "id": "200000000002"},
            "below": {"parent": "second", "id": "200000000003"},
        },
        "billing_accounts": {
            "main": {"id": "0A1B2C-3D4E5F-678901", "open": True},
            "shut": {"id": "0A1B2C-3D4E5F-678902", "open": False},
        },
        "projects": projects,
    }


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Running]:
    with running(clock=60.0, grpc=False, seed_file=world(), rate_limits=False) as ready:
        file = tmp_path / "ready.json"
        file.write_text(json.dumps(dict(ready)))
        monkeypatch.setenv("PROVISION_TARGET", str(file))
        yield ready


def fleet(*words: str, exit_code: int | None = None) -> Result:
    result = CliRunner().invoke(main, ["fleet", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    if exit_code is not None:
        assert result.exit_code == exit_code, result.output
    return result
