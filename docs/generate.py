"""Write the generated pages under docs/reference/ from the code; `make docs` runs it.

Each page is made by a function without arguments that returns its text, so that a test can compare it with the
committed page and write nothing.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Final

from generating.checks import check_page, checks, step_pages
from generating.commands import commands
from generating.diagnoses import diagnosis_page
from generating.models import models
from generating.settings import report, schema, settings

from provision import steps

if TYPE_CHECKING:
    from collections.abc import Callable

REFERENCE: Final = Path(__file__).parent / "reference"

PAGES: Final[dict[str, Callable[[], str]]] = {
    "commands.md": commands,
    "settings.md": settings,
    "provision.schema.json": schema,
    "report.schema.json": report,
    "steps.md": step_pages,
    "checks.md": checks,
    "diagnoses.md": diagnosis_page,
    "models.md": models,
} | {
    f"checks/{check.id}.md": functools.partial(check_page, step, check) for step in steps.STEPS for check in step.CHECKS
}


def main() -> None:
    """Write every page."""
    for name, make in PAGES.items():
        (REFERENCE / name).parent.mkdir(parents=True, exist_ok=True)
        (REFERENCE / name).write_text(make(), "utf-8")
        print(f"wrote {REFERENCE.name}/{name}")


if __name__ == "__main__":
    main()
