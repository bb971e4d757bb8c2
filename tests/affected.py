"""Name the tests that a change calls for: `make pre-commit` runs them.

The tests mirror the packages, so a change of `provision/steps/billing.py` calls for `tests/steps/test_billing.py`;
where that does not exist, for all of `tests/steps/`. What nothing mirrors calls for all the tests of its package:
better too many than too few.
"""

from __future__ import annotations

import subprocess
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT: Final = Path(__file__).parents[1]

MIRRORS: Final = {  # a folder -> where the tests that mirror it are; the first one that holds a file counts
    "provision": "tests",
    "emulator/gcp_emulator/services": "emulator/tests",
    "emulator/gcp_emulator": "emulator/tests",
}

ALSO: Final = {  # what else is tested when something in this folder changes
    "provision": ("tests/docs",),
    "provision/steps": ("tests/conformance",),
    "emulator/gcp_emulator": ("emulator/tests/conformance", "emulator/tests/docs"),
    "docs": ("tests/docs",),
    "emulator/docs": ("emulator/tests/docs",),
    "emulator/README.md": ("emulator/tests/docs",),
    "README.md": ("tests/docs",),
    "CHANGELOG.md": ("tests/docs",),
    "CONTRIBUTING.md": ("tests/docs",),
    "terraform": ("tests/terraform", "tests/docs"),
    "benchmarks": ("tests/docs",),
    "Makefile": ("tests/cli/test_makefile.py", "tests/docs"),
    "pyproject.toml": ("tests/architecture",),
}


def changed(root: Path = ROOT) -> set[str]:
    """Return the files that differ from where this branch left main, and those that git does not track yet.

    Raises:
        subprocess.CalledProcessError: this is no git repository.
        IndexError: it has no branch `main`.
    """
    mains = _git(root, "for-each-ref", "--format=%(refname)", "refs/heads/main", "refs/remotes/origin/main")
    since = _git(root, "merge-base", "HEAD", mains[-1])[0]
    return {*_git(root, "diff", "--name-only", since), *_git(root, "ls-files", "--others", "--exclude-standard")}


def _git(root: Path, *words: str) -> list[str]:
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def affected(files: Iterable[str], root: Path = ROOT) -> list[str]:
    """Return the test files and folders to run, without those that lie in another one of them.

    Args:
        files: what changed, relative to the repository.
        root: where the repository is.
    """
    found = {test for file in files for test in _tests_of(PurePosixPath(file), root) if (root / test).exists()}
    return sorted(test for test in found if not any(str(parent) in found for parent in PurePosixPath(test).parents))


def _tests_of(file: PurePosixPath, root: Path) -> Iterator[str]:
    for place, more in ALSO.items():
        if file.is_relative_to(place):
            yield from more
    if any(map(file.is_relative_to, MIRRORS.values())):
        yield str(file) if file.name.startswith("test_") else str(file.parent)
    for package, tests in MIRRORS.items():
        if file.is_relative_to(package):
            yield _nearest(file.relative_to(package), tests, root)
            return


def _nearest(module: PurePosixPath, tests: str, root: Path) -> str:
    """Return the test file or folder that mirrors a module, else all the tests of its package."""
    module = module.with_suffix("")
    while module.name:
        for mirror in (module.with_name(f"test_{module.name}.py"), module):
            if (root / tests / mirror).exists():
                return f"{tests}/{mirror}"
        module = module.parent
    return tests


if __name__ == "__main__":
    print(" ".join(affected(changed())))
