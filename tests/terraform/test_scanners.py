"""checkov, Trivy and TFLint find nothing in the module but what is skipped with a reason. None is installed by us."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.terraform.working import MODULE, copy_module

SCANNERS: dict[str, list[str]] = {
    "checkov": ["-d", ".", "--framework", "terraform", "--compact", "--quiet", "-o", "json"],
    "trivy": ["config", "--quiet", "--exit-code", "1", "."],
    "tflint": ["--recursive"],
}


@pytest.mark.parametrize("name", SCANNERS)
def test_a_scanner_finds_nothing(name: str, tmp_path: Path) -> None:
    scanner = shutil.which(name, path=os.environ.get("PATH"))
    if scanner is None:
        pytest.skip(f"{name} is not installed")
    folder = copy_module(tmp_path)
    done = subprocess.run([scanner, *SCANNERS[name]], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr


def test_every_skip_has_its_reason() -> None:
    lines = [line for path in MODULE.rglob("*.tf") for line in path.read_text("utf-8").splitlines()]
    checkov = [line for line in lines if "checkov:skip" in line]
    assert checkov
    assert all(re.search(r"checkov:skip=CKV2?_GCP_\d+:\w.{40,}", line) for line in checkov)
    trivy = [each for line in lines for each in re.findall(r"trivy:ignore:\S+( \(.{10,}?\))?", line)]
    assert len(trivy) == 2
    assert all(trivy)
    assert not any("tflint-ignore" in line for line in lines)
