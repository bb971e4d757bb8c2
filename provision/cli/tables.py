"""Tables in plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def columns(table: Sequence[Sequence[str]]) -> str:
    """Return the lines with their cells below each other; a column without any text is left out."""
    widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True) if width).rstrip() + "\n"
        for line in table
    )
