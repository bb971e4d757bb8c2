"""checkov finds nothing in the module but what is skipped with a reason. It is large, and so not installed for this."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.terraform.working import MODULE, copy_module

CHECKOV = shutil.which("checkov", path=os.environ.get("PATH"))


@pytest.mark.skipif(CHECKOV is None, reason="checkov is not installed (it wants an environment of its own)")
def test_checkov_finds_nothing(tmp_path: Path) -> None:
    folder = copy_module(tmp_path)
    words = [str(CHECKOV), "-d", str(folder), "--framework", "terraform", "--compact", "--quiet", "-o", "json"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]


def test_every_skip_has_its_reason() -> None:
    skips = [
        line for path in MODULE.rglob("*.tf") for line in path.read_text("utf-8").splitlines() if "checkov:skip" in line
    ]
    assert skips
    assert all(re.search(r"checkov:skip=CKV2?_GCP_\d+:\w.{40,}", line) for line in skips)
