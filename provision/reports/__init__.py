"""Reports: a finished run as text. They open no file and know no step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provision.reports import json, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from provision.plan import Run

FORMATS: Final[dict[str, Callable[[Run], str]]] = {"text": text.render, "json": json.render}
