"""API calls along time as a picture: a line for each method, with a bar for each call."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provision.reports.html.markup import Markup, tag

if TYPE_CHECKING:
    from provision.plan import Run

_ROW: Final = 26.0
_THIN: Final = 2.5  # the least width of a bar


@dataclass(frozen=True, kw_only=True)
class _Bar:
    start_s: float
    end_s: float
    kind: str
    words: str


@dataclass(frozen=True, kw_only=True)
class _Line:
    name: str
    more: str
    bars: tuple[_Bar, ...]

    @property
    def message(self) -> str:
        spent = sum(bar.end_s - bar.start_s for bar in self.bars)
        return duration(spent) if len(self.bars) == 1 else f"{len(self.bars)} in {duration(spent)}"


def wide(run: Run) -> Markup:
    """Return the picture with the names on the left."""
    return _picture(run, _lines(run), left=268, plot=760, kind="wide")


def narrow(run: Run) -> Markup:
    """Return the picture with the names above the bars."""
    return _picture(run, _lines(run), left=0, plot=352, kind="narrow")


def duration(seconds: float) -> str:
    """Return a duration in the unit a person would choose."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 90 else f"{seconds / 60:.1f} min"


def _lines(run: Run) -> list[_Line]:
    bars: dict[tuple[str, str], list[_Bar]] = {}
    for call in run.calls:
        again = f", tried again after {', '.join(call.retried_statuses)}" if call.retried_statuses else ""
        kind = "bad" if call.status != "OK" else "again" if call.retried_statuses else "good"
        words = f"{call.method}: {call.status} after {duration(call.duration_s)}{again}"
        bar = _Bar(start_s=call.started_s, end_s=call.started_s + call.duration_s, kind=kind, words=words)
        bars.setdefault((call.method, call.service.removesuffix(".googleapis.com")), []).append(bar)
    for wait in run.waits:
        words = f"waited {duration(wait.duration_s)} for {wait.what}"
        bar = _Bar(start_s=wait.started_s, end_s=wait.started_s + wait.duration_s, kind="wait", words=words)
        what = wait.what.replace(".googleapis.com", "")
        bars.setdefault((f"waiting for {what}", ""), []).append(bar)
    lines = [_Line(name=name, more=more, bars=tuple(each)) for (name, more), each in bars.items()]
    return sorted(lines, key=lambda line: line.bars[0].start_s)


def _picture(run: Run, lines: list[_Line], *, left: float, plot: float, kind: str) -> Markup:
    above = 17.0 if not left else 0.0
    row = _ROW + above
    total = max([run.duration_s, 0.001, *(bar.end_s for line in lines for bar in line.bars)])
    top, right = 24.0, 96.0 if left else 8.0
    height = top + len(lines) * row + 6
    scale = plot / total
    step = _step(total, 8 if left else 4)
    ticks = [number * step for number in range(int(total / step + 1e-9) + 1)]
    grid = [
        tag("line", x1=left + at * scale, x2=left + at * scale, y1=top - 4, y2=height - 4, class_="grid")
        for at in ticks
    ]
    numbers = [
        tag("text", _tick(at, step), x=left + at * scale, y=12, class_="tick", text_anchor="middle" if at else "start")
        for at in ticks
        if at * scale < plot - 12 or left
    ]
    parts: list[Markup] = [*grid, *numbers]
    for number, line in enumerate(lines):
        y = top + number * row
        middle = y + above + _ROW / 2
        limit = 36 if left else 46
        name = line.name if len(line.name) <= limit else line.name[: limit - 1] + "…"
        label = [tag("tspan", name, class_="t-name")]
        if line.more and len(name) + len(line.more) < limit:
            label.append(tag("tspan", f"  {line.more}", class_="t-more"))
        parts.append(
            tag("text", tag("title", f"{line.name} {line.more}"), *label, x=0, y=middle + 4 if left else y + 13)
        )
        for bar in line.bars:
            width = max(_THIN, (bar.end_s - bar.start_s) * scale)
            x = left + min(bar.start_s * scale, plot - width)
            parts.append(
                tag(
                    "rect",
                    tag("title", bar.words),
                    x=x,
                    y=middle - 6.5,
                    width=width,
                    height=13,
                    rx=min(3.0, width / 2),
                    class_=f"bar b-{bar.kind}",
                )
            )
        if left:
            last = max(bar.end_s for bar in line.bars)
            parts.append(
                tag("text", line.message, x=left + max(last * scale, _THIN) + 8, y=middle + 4, class_="t-told")
            )
        else:
            parts.append(tag("text", line.message, x=plot, y=y + 13, class_="t-told", text_anchor="end"))
    width = left + plot + right
    return tag(
        "svg",
        tag("title", f"{len(run.calls)} calls and {len(run.waits)} waits in {duration(total)}"),
        *parts,
        viewBox=f"{-4 if not left else 0} 0 {width:g} {height:g}",
        width=width,
        height=height,
        role="img",
        class_=f"timeline {kind}",
    )


def _step(total: float, most: int) -> float:
    """Return the round distance of two ticks, at most ``most`` of them."""
    rough = total / most
    if rough >= 30:
        return math.ceil(rough / 60) * 60.0
    magnitude = 10.0 ** math.floor(math.log10(rough))
    return next(magnitude * factor for factor in (1, 2, 5, 10) if magnitude * factor >= rough)


def _tick(at: float, step: float) -> str:
    if not at:
        return "0"
    if step >= 60:
        return f"{at / 60:g} min"
    return f"{round(at * 1000):g} ms" if step < 0.1 else f"{round(at, 3):g} s"
