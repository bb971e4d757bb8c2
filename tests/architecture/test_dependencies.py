"""What is installed may be used: the license of each package that the toolkit needs at run time."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, distribution
from typing import Final

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


def test_everything_that_is_needed_at_run_time_has_a_permissive_license() -> None:
    found: dict[str, str] = {}
    for line in distribution("vertex-provision").requires or ():
        if "sandbox" not in line:
            _needed(re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0], found)
    assert len(found) > 10
    assert {name: license_ for name, license_ in found.items() if not PERMISSIVE.search(license_)} == {}
