"""What a step's checks come to, and the sign it is shown with: a shape for each, so that color is never needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provision.reports.html.markup import Markup, tag
from provision.reports.view import STATUSES

if TYPE_CHECKING:
    from provision.plan import Run, Status

# In a box of 16 by 16.
_SHAPES: Final[dict[Status, tuple[str, str]]] = {
    "pass": ("circle", "M4.6 8.3 7 10.7l4.6-5"),
    "fail": ("circle", "M5.4 5.4l5.2 5.2M10.6 5.4l-5.2 5.2"),
    "unknown": ("circle", "M6 6.3a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.3M8 11.6v.1"),
    "warn": ("triangle", "M8 6.2v3.2M8 11.6v.1"),
    "blocked": ("circle", "M4.5 8h7"),
    "waived": ("square", "M5 8.2l2 2 4-4.4"),
    "skipped": ("ring", "M5.5 8h5"),
}


def icon(status: Status, *, x: float = 0, y: float = 0, size: float = 16) -> Markup:
    """Return the sign of a status as SVG; at ``x`` and ``y`` inside another picture."""
    outline, mark = _SHAPES[status]
    shape = {
        "circle": tag("circle", cx=8, cy=8, r=7, class_="i-fill"),
        "ring": tag("circle", cx=8, cy=8, r=6.3, class_="i-ring"),
        "square": tag("rect", x=1.5, y=1.5, width=13, height=13, rx=3.5, class_="i-fill"),
        "triangle": tag("path", d="M8 1.2 15.2 14a.8.8 0 0 1-.7 1.2H1.5a.8.8 0 0 1-.7-1.2Z", class_="i-fill"),
    }[outline]
    line = tag("path", d=mark, class_="i-ringmark" if outline == "ring" else "i-mark")
    return tag(
        "svg",
        shape,
        line,
        x=x or None,
        y=y or None,
        width=size,
        height=size,
        viewBox="0 0 16 16",
        class_=f"icon s-{status}",
        aria_hidden="true",
    )


def state_of(run: Run, step: str) -> Status:
    """Return the worst status of a step's checks; ``skipped`` where it has none."""
    found = {check.status for check in run.checks if check.step == step}
    return next((status for status in STATUSES if status in found), "skipped")


def message(run: Run, step: str) -> str:
    """Return in two or three words how a step is."""
    checks = [check for check in run.checks if check.step == step]
    worst = state_of(run, step)
    count = sum(check.status == worst for check in checks)
    if not checks:
        return "not evaluated"
    if worst == "pass":
        return "1 check passed" if count == 1 else f"{count} checks passed"
    if worst == "blocked":
        return f"by {next(check.blocked_by for check in checks if check.status == 'blocked').partition('.')[0]}"
    words = {"fail": "failed", "unknown": "not seen", "warn": "to note", "waived": "waived", "skipped": "left out"}
    return words[worst] if worst == "skipped" else f"{count} of {len(checks)} {words[worst]}"
