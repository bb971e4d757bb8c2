"""What is installed may be used: the license of each package that the toolkit needs at run time."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, Final

import yaml

from tests import advisories

ROOT: Final = Path(__file__).parents[2]
PERMISSIVE: Final = re.compile(r"apache|mit\b|bsd|isc|psf|python software|mozilla|mpl|unlicense|0bsd", re.IGNORECASE)


def _needed(name: str, found: dict[str, str]) -> None:
    """Add a package and what it needs, each with what it says of its license."""
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in found:
        return
    try:
        installed = distribution(name)
    except PackageNotFoundError:  # for another platform or Python
        return
    about = installed.metadata
    classifiers = [each for each in about.get_all("Classifier") or () if each.startswith("License")]
    named = [each[:60] for field in ("License-Expression", "License") for each in about.get_all(field) or ()]
    found[key] = " ".join([*named, *classifiers])
    for line in installed.requires or ():
        if "extra ==" not in line:
            _needed(re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0], found)


def _runtime(*, of_ci_verify: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in distribution("vertex-provision").requires or ():
        if "extra ==" not in line or (of_ci_verify and "'ci'" in line.replace('"', "'")):
            _needed(re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0], found)
    return found


def test_everything_that_is_needed_at_run_time_has_a_permissive_license() -> None:
    found = _runtime(of_ci_verify=True)
    assert "common-expression-language" in found
    assert len(found) > 10
    assert {name: license_ for name, license_ in found.items() if not PERMISSIVE.search(license_)} == {}


def test_all_that_is_needed_is_locked_by_digest_in_the_version_that_was_tested() -> None:
    lock = advisories.LOCK.read_text("utf-8")
    tested = {name.lower().replace("_", "-"): version for name, version in _lines(ROOT / "constraints.txt")}
    versions = advisories.locked(lock)
    assert _runtime(of_ci_verify=False).keys() <= versions.keys()
    assert {name: version for name, version in versions.items() if tested.get(name, version) != version} == {}
    for block in re.split(r"\n(?=\S)", lock.split("\n", 2)[2]):
        assert re.fullmatch(r"\S+==\S+( ; [^\\]+)? \\(\n    --hash=sha256:[0-9a-f]{64}( \\)?)+\n?", block), block
    assert advisories.locked_until(lock).year >= 2026


def _lines(path: Path) -> list[tuple[str, str]]:
    return re.findall(r"^(\S+?)==(\S+)", path.read_text("utf-8"), re.MULTILINE)


def test_the_action_installs_nothing_that_is_not_locked() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    lines = [line for step in action["runs"]["steps"] for line in step.get("run", "").splitlines() if "pip" in line]
    assert len(lines) == 2
    assert all("--require-hashes --no-deps" in line or "--no-deps --no-build-isolation" in line for line in lines)


ADVISORY: Final = """\
id: PYSEC-0000-1
details: What it is about.
modified: "2026-11-20T00:00:00Z"
affected:
- package: {name: requests, ecosystem: PyPI}
  ranges:
  - {type: ECOSYSTEM, events: [{introduced: "0"}, {fixed: "%s"}]}
"""


def test_a_known_advisory_of_what_is_locked_is_told(tmp_path: Path, capsys: Any) -> None:
    folder = tmp_path / "vulns" / "requests"
    folder.mkdir(parents=True)
    for fixed, modified, code in (("99", "2026", 1), ("1.0", "2026", 0), ("1.0", "2019", 3)):
        (folder / "PYSEC-0000-1.yaml").write_text((ADVISORY % fixed).replace("2026-11", f"{modified}-11"))
        assert advisories.main([str(tmp_path)]) == code
        assert ("PYSEC-0000-1" in capsys.readouterr().out) is (code == 1)
