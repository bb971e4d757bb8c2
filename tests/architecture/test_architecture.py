"""The rules of the structure, run with the tests: a rule that only is in prose is forgotten."""

from __future__ import annotations

import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_imports_point_one_way() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("package", ["provision", "gcp_emulator"])
def test_no_file_imports_itself_by_way_of_others(package: str) -> None:
    graph = grimp.build_graph(package, cache_dir=None)  # imports for types count, and those inside functions
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    TopologicalSorter(imports).prepare()  # a CycleError shows the circle


def test_what_belongs_to_the_emulator_never_imports_the_toolkit_or_its_tests() -> None:
    files = [path for path in tracked() if path.suffix == ".py" and ROOT / "emulator" in path.parents]
    foreign = re.compile(r"^\s*(?:from|import) (?:provision|tests|generating)\b", re.MULTILINE)
    assert files
    assert [str(path) for path in files if foreign.search(path.read_text("utf-8"))] == []


def test_every_ignore_has_its_reason() -> None:
    for path in tracked():
        if path.suffix != ".py":
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            for mark in ("# noqa:", "# type: ignore["):
                if mark in line and path.name != Path(__file__).name:
                    reason = line.partition(mark)[2]
                    assert " - " in reason or " # " in reason, f"{path.name}:{number}: {line.strip()}"


def test_no_module_is_looked_for_in_the_folder_where_someone_happens_to_be() -> None:
    """`git clone X; cd X; provision plan --sandbox` would run X's own `yaml.py`."""
    started = re.compile(r"sys\.executable,(?! \"-P\",)")
    sources = [path for path in tracked() if path.suffix == ".py" and path.parts[len(ROOT.parts)] == "provision"]
    sources += [path for path in tracked() if path.suffix == ".py" and ROOT / "emulator/gcp_emulator" in path.parents]
    assert any("sys.executable" in path.read_text("utf-8") for path in sources)
    assert [str(path) for path in sources if started.search(path.read_text("utf-8"))] == []


def test_the_wheel_holds_the_package_and_its_data() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in tracked()}
    assert {
        "provision/py.typed",
        "provision/catalog/models.json",
        "provision/catalog/locations.json",
        "LICENSE",
    } <= names
