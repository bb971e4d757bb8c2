"""Reports: a finished run as text. They open no file and know no step.

Secrets are taken out before a format sees the run; each format is imported when it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from provision.plan import Run


def _rendering(name: str) -> Callable[[Run], str]:
    def render(run: Run) -> str:
        from provision.reports.cleaning import without_secrets

        rendered: str = import_module(f"{__name__}.{name}").render(without_secrets(run))
        return rendered

    return render


NAMES: Final = ("text", "json", "junit", "sarif", "github", "html")
FORMATS: Final[dict[str, Callable[[Run], str]]] = {name: _rendering(name) for name in NAMES}
