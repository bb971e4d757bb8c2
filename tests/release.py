"""Prove that what would be published works: ``make release-check``.

Builds both distributions (the wheel from the source distribution, so that this one is proven, too), holds their
metadata and the three places of the version against each other, installs the wheels into fresh environments of each
Python that this machine has, and takes an empty project in the sandbox to a chat answer with them. Writes what is
installed there into ``dist/sbom/``, as CycloneDX.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PYTHONS: Final = ("3.11", "3.12", "3.13", "3.14")
PLACES: Final = {
    "provision/__init__.py": r'^__version__ = "(.+)"$',
    "emulator/gcp_emulator/__init__.py": r'^__version__ = "(.+)"$',
    "pyproject.toml": r'^sandbox = \["gcp-emulator==(.+)"\]$',
}
"""Where the version is written, by ``--set`` alone; the metadata of each distribution is read from its package."""


def versions() -> dict[str, str]:
    """Return the version that each place has.

    Raises:
        ValueError: a place has none.
    """
    found = {}
    for place, pattern in PLACES.items():
        match = re.search(pattern, (ROOT / place).read_text("utf-8"), re.MULTILINE)
        if match is None:
            raise ValueError(f"{place} names no version")
        found[place] = match[1]
    return found


def write(version: str) -> None:
    """Write a version into each place."""
    for place, old in versions().items():
        text = (ROOT / place).read_text("utf-8")
        line = re.search(PLACES[place], text, re.MULTILINE)
        assert line is not None
        (ROOT / place).write_text(text.replace(line[0], line[0].replace(old, version)), "utf-8")


def python_of(version: str) -> str | None:
    """Return an interpreter of this version that truly starts, if this machine has one."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    places = [shutil.which(f"python{version}"), *(str(each) for each in pyenv.glob(f"{version}.*/bin/python"))]
    for each in places:
        if each and subprocess.run([each, "-c", "import venv"], capture_output=True, check=False).returncode == 0:
            return each
    return None


def build(into: Path) -> list[Path]:
    """Build both distributions and check their metadata; return the wheels, the emulator's first."""
    for old in [*into.glob("*.whl"), *into.glob("*.tar.gz")]:
        old.unlink()
    for source in (ROOT / "emulator", ROOT):
        _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(into), str(source))
    built = sorted([*into.glob("*.whl"), *into.glob("*.tar.gz")])
    _run(sys.executable, "-m", "twine", "check", "--strict", *map(str, built))
    (version,) = set(versions().values())
    names = {each.name for each in built}
    expected = {
        f"{name}-{version}{end}"
        for name in ("gcp_emulator", "vertex_provision")
        for end in ("-py3-none-any.whl", ".tar.gz")
    }
    if names != expected:
        raise SystemExit(f"built {sorted(names)}, expected {sorted(expected)}")
    return sorted(into.glob("*.whl"))


def prove(python: str, wheels: list[Path], sbom: Path) -> None:
    """Install the wheels into a fresh environment and run the demo from them, away from this repository."""
    with tempfile.TemporaryDirectory(prefix="provision-release-") as folder:
        place = Path(folder)
        _run(python, "-m", "venv", str(place / "venv"))
        bin_ = place / "venv" / ("Scripts" if os.name == "nt" else "bin")
        emulator, toolkit = map(str, wheels)
        pip = (str(bin_ / "python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check")
        _run(*pip, "-c", str(ROOT / "constraints.txt"), emulator, f"{toolkit}[sandbox]")
        provision = str(bin_ / "provision")
        apply = (provision, "apply", "--yes", "--journal", str(place / "journal.jsonl"))
        _run(provision, "sandbox", "run", "--empty-project", "--", *apply, folder=place)
        _run(str(bin_ / "gcp-emulator"), "--version", folder=place)
        sbom.parent.mkdir(exist_ok=True)
        _run(
            *(sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible"),
            *("--output-file", str(sbom), str(bin_ / "python")),
        )


def _run(*words: str, folder: Path = ROOT) -> None:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}\n{done.stdout}{done.stderr}\nended with {done.returncode}")


def main() -> None:
    """Check the release, or write its version."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", metavar="VERSION", help="write this version into every place, and stop")
    parser.add_argument("--tag", metavar="TAG", help="a tag that must name the version, such as v0.1.0")
    options = parser.parse_args()
    if options.set:
        write(options.set)
        return
    found = versions()
    if len(set(found.values())) != 1:
        raise SystemExit(f"the version differs: {found}; write it with python -m tests.release --set VERSION")
    (version,) = set(found.values())
    if options.tag and options.tag != f"v{version}":
        raise SystemExit(f"the tag is {options.tag}, the version {version}")
    dist = ROOT / "dist"
    wheels = build(dist)
    print(f"built {version}; metadata is valid", flush=True)
    pythons = {each: python_of(each) for each in PYTHONS}
    for each, python in pythons.items():
        if python is None:
            print(f"Python {each}: not on this machine, not tried", flush=True)
            continue
        prove(python, wheels, dist / "sbom" / f"python-{each}.cdx.json")
        print(f"Python {each}: installed; an empty project in the sandbox answers", flush=True)
    if not any(pythons.values()):
        raise SystemExit("no Python was found to try")


if __name__ == "__main__":
    main()
