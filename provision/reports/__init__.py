"""Reports: a finished run as text. They open no file and know no step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from provision.plan import Run
from provision.reports import json, text

FORMATS: Final[dict[str, Callable[[Run], str]]] = {"text": text.render, "json": json.render}
