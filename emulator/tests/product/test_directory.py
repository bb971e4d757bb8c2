"""What a killed sandbox leaves behind is removed by the next; nothing else is."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from gcp_emulator.directory import PrivateDirectory, remove_stale


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "temporary"
    made.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(made))
    return made


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_what_a_dead_process_left_is_removed(folder: Path) -> None:
    left = folder / f"gcp-emulator-{dead_pid()}-abc"
    left.mkdir()
    (left / "token").write_text("secret")
    (left / "lock").touch()
    assert remove_stale() == [left]
    assert list(folder.iterdir()) == []


def test_what_lives_or_is_not_ours_stays(folder: Path) -> None:
    dead = dead_pid()
    own = PrivateDirectory()
    target = folder / "precious"
    target.mkdir()
    (folder / f"gcp-emulator-{dead}-link").symlink_to(target)
    (folder / f"gcp-emulator-{dead}-file").write_text("")
    (folder / f"gcp-emulator-{os.getppid()}-abc").mkdir()
    (folder / "gcp-emulator-notes").mkdir()
    (folder / "gcp-emulator-99999999999999999999-abc.d").mkdir()
    before = sorted(folder.iterdir())
    assert remove_stale() == []
    assert sorted(folder.iterdir()) == before
    own.remove()
    assert not own.path.exists()


def test_a_locked_one_stays_though_its_number_is_free(folder: Path) -> None:
    own = PrivateDirectory()
    renamed = own.path.rename(folder / f"gcp-emulator-{dead_pid()}-abc")
    assert remove_stale() == []
    own.remove()
    assert remove_stale() == [renamed]
