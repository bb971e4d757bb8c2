"""How long many answers took, as a picture: a bar for each, and a line at each percentile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from provision.reports.html.markup import Markup, tag
from provision.reports.html.timeline import duration

if TYPE_CHECKING:
    from collections.abc import Mapping

_TITLES: Final = {"first_token_s": "first token", "total_s": "whole answer"}
_SHARES: Final = ("p50", "p95", "p99")
_HEIGHT: Final = 130.0
_ABOVE: Final = 34.0
_BETWEEN: Final = 26.0
_APART: Final = 14.0  # what two lines of text need


def drawn(evidence: Mapping[str, Any]) -> bool:
    """Tell whether there is anything to draw."""
    return any(_values(evidence, name) for name in _TITLES)


def wide(evidence: Mapping[str, Any]) -> Markup:
    """Return the picture for a screen."""
    return _picture(evidence, plot=900.0, kind="wide")


def narrow(evidence: Mapping[str, Any]) -> Markup:
    """Return the picture for a telephone."""
    return _picture(evidence, plot=240.0, kind="narrow")


def _values(evidence: Mapping[str, Any], name: str) -> list[float]:
    found = evidence.get(name)
    return list(found.get("values", ())) if isinstance(found, dict) else []


def _picture(evidence: Mapping[str, Any], *, plot: float, kind: str) -> Markup:
    parts: list[Markup] = []
    y = 0.0
    for name, title in _TITLES.items():
        values = _values(evidence, name)
        if values:
            parts += _panel(title, values, evidence[name], y + _ABOVE, plot)
            y += _ABOVE + _HEIGHT + _BETWEEN
    width, height = plot + 112, y - _BETWEEN + 8
    titles = [f"{title}, {len(_values(evidence, name))} answers" for name, title in _TITLES.items()]
    return tag(
        "svg",
        tag("title", "; ".join(titles)),
        *parts,
        viewBox=f"0 0 {width:g} {height:g}",
        width=width,
        height=height,
        role="img",
        class_=f"timeline {kind}",
    )


def _panel(title: str, values: list[float], found: Mapping[str, Any], top: float, plot: float) -> list[Markup]:
    most = max(*values, found["p99"], 1e-9)
    slot = plot / len(values)
    shown = max(slot * 0.82, min(slot, 1.0))
    parts = [
        tag("text", title, x=0, y=top - 14, class_="t-name"),
        tag("line", x1=0, x2=plot, y1=top + _HEIGHT, y2=top + _HEIGHT, class_="grid"),
    ]
    for number, value in enumerate(values):
        height = max(value / most * _HEIGHT, 1.0)
        parts.append(
            tag(
                "rect",
                tag("title", f"answer {number + 1}: {duration(value)}"),
                x=number * slot,
                y=top + _HEIGHT - height,
                width=shown,
                height=height,
                class_="bar b-good",
            )
        )
    before = top + _HEIGHT + _APART
    for share in _SHARES:
        at = top + _HEIGHT - found[share] / most * _HEIGHT
        parts.append(tag("line", x1=0, x2=plot, y1=at, y2=at, class_="share-line"))
        before = min(at + 4, before - _APART)  # the larger share is above the smaller, though they be equal
        parts.append(tag("text", f"{share} {duration(found[share])}", x=plot + 8, y=before, class_="t-told"))
    return parts
