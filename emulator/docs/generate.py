"""Write the generated pages of emulator/docs/reference/ from the code; `make docs` runs it.

Each page is made by a function without arguments that returns its text, so that a test can compare it with the
committed page and write nothing.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gcp_emulator.seed_model import json_schema

from emulator.docs.generating.clients import clients
from emulator.docs.generating.commands import commands
from emulator.docs.generating.coverage import coverage
from emulator.docs.generating.error_cases import error_page
from emulator.docs.generating.ledger import ledger

if TYPE_CHECKING:
    from collections.abc import Callable


def seed_file_schema() -> str:
    """Return the JSON Schema of a seed file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


REFERENCE: Final = Path(__file__).parent / "reference"

PAGES: Final[dict[str, Callable[[], str]]] = {
    "commands.md": commands,
    "coverage.md": coverage,
    "errors.md": error_page,
    "clients.md": clients,
    "ledger.md": ledger,
    "seed-file.schema.json": seed_file_schema,
}


def main() -> None:
    """Write every page."""
    for name, make in PAGES.items():
        (REFERENCE / name).write_text(make(), "utf-8")
        print(f"wrote emulator/docs/{REFERENCE.name}/{name}")


if __name__ == "__main__":
    main()
