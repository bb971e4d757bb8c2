"""The requirement graph as a picture: in layers from left to right, and for narrow screens as a column with arcs."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from provision.reports.html.markup import Markup, tag
from provision.reports.html.state import icon, message, state_of
from provision.reports.view import cause_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provision.plan import Run

_BOX: Final = (148.0, 50.0)
_GAP: Final = (28.0, 16.0)
_LANE: Final = 18.0  # the height that an edge takes where it passes a layer
_EDGE: Final = 6.0


def wide(run: Run) -> Markup:
    """Return the graph in layers."""
    requires = _reduced(run.requires)
    layers, bends = _layered(requires)
    heights = {name: _BOX[1] if name in requires else _LANE for layer in layers for name in layer}
    tall = max((_height(layer, heights) for layer in layers), default=0)
    places: dict[str, tuple[float, float]] = {}
    for column, layer in enumerate(layers):
        y = _EDGE + (tall - _height(layer, heights)) / 2
        for name in layer:
            places[name] = (_EDGE + column * (_BOX[0] + _GAP[0]), y + heights[name] / 2)
            y += heights[name] + _GAP[1]
    width = 2 * _EDGE + len(layers) * _BOX[0] + max(0, len(layers) - 1) * _GAP[0]
    edges = [
        _edge(run, needed, _through([places[each] for each in (needed, *bends.get((needed, name), ()), name)]))
        for name, required_permissions in requires.items()
        for needed in required_permissions
    ]
    nodes = [_node(run, name, x, y - _BOX[1] / 2) for name, (x, y) in places.items() if name in requires]
    return _picture(run, width, tall + 2 * _EDGE, [*edges, *nodes], "wide")


def narrow(run: Run) -> Markup:
    """Return the graph as a column in running order, with arcs on its left."""
    requires = _reduced(run.requires)
    row = _BOX[1] + 10
    left = 76.0
    middle = {name: _EDGE + index * row + _BOX[1] / 2 for index, name in enumerate(requires)}
    edges = []
    for name, required_permissions in requires.items():
        for needed in required_permissions:
            begin, end = middle[needed] + 7, middle[name] - 7
            out = left - min(left - 6, 16 + (end - begin) / row * 13)
            path = f"M{left:g} {begin:g}C{out:.1f} {begin:g} {out:.1f} {end:g} {left:g} {end:g}"
            edges.append(_edge(run, needed, path))
    nodes = [_node(run, name, left, y - _BOX[1] / 2, width=276) for name, y in middle.items()]
    return _picture(run, left + 276 + _EDGE, len(requires) * row - 10 + 2 * _EDGE, [*edges, *nodes], "narrow")


def _picture(run: Run, width: float, height: float, parts: list[Markup], kind: str) -> Markup:
    message = "; ".join(f"{name}: {state_of(run, name)}" for name in run.requires)
    return tag(
        "svg",
        tag("title", f"Requirement graph. {message}"),
        *parts,
        viewBox=f"0 0 {width:g} {height:g}",
        width=width,
        height=height,
        role="img",
        class_=f"graph {kind}",
    )


def _node(run: Run, name: str, x: float, y: float, *, width: float = _BOX[0]) -> Markup:
    status = state_of(run, name)
    cause = cause_of(run)
    is_cause = cause is not None and cause.step == name
    lines = [f"{check.id}: {check.status}: {check.summary}" for check in run.checks if check.step == name]
    return tag(
        "g",
        tag("title", "\n".join([name, *lines])),
        tag("rect", x=x, y=y, width=width, height=_BOX[1], rx=9, class_="box"),
        icon(status, x=x + 12, y=y + 9),
        tag("text", name.replace("_", " "), x=x + 36, y=y + 21.5, class_="n-name"),
        tag("text", "the cause" if is_cause else message(run, name), x=x + 12, y=y + 40, class_="n-told"),
        class_=f"node s-{status}{' cause' if is_cause else ''}",
    )


def _edge(run: Run, needed: str, path: str) -> Markup:
    stopped = state_of(run, needed) in {"fail", "unknown", "blocked"}
    return tag("path", d=path, class_="edge stopped" if stopped else "edge", fill="none")


def _through(points: list[tuple[float, float]]) -> str:
    """Return a curve from the right side of the first box, along the lanes, to the left side of the last."""
    x, y = points[0][0] + _BOX[0], points[0][1]
    path = f"M{x:g} {y:g}"
    for number, (next_x, next_y) in enumerate(points[1:], 1):
        half = (x + next_x) / 2
        path += f"C{half:.1f} {y:g} {half:.1f} {next_y:g} {next_x:g} {next_y:g}"
        x, y = next_x, next_y
        if number < len(points) - 1:
            x += _BOX[0]
            path += f"H{x:g}"
    return path


def _height(layer: list[str], heights: Mapping[str, float]) -> float:
    return sum(heights[name] for name in layer) + _GAP[1] * max(0, len(layer) - 1)


def _reduced(requires: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return the graph without the edges that others imply, and without steps that were not looked at."""
    above: dict[str, set[str]] = {}
    reduced = {}
    for name, all_needs in requires.items():
        required_permissions = [each for each in all_needs if each in above]
        implied = {other for each in required_permissions for other in above[each]}
        above[name] = implied | set(required_permissions)
        reduced[name] = tuple(each for each in required_permissions if each not in implied)
    return reduced


def _layered(requires: dict[str, tuple[str, ...]]) -> tuple[list[list[str]], dict[tuple[str, str], list[str]]]:
    """Return the layers, each in the order in which edges cross least, and the lanes of edges that pass layers."""
    rank: dict[str, int] = {}
    for name, required_permissions in requires.items():
        rank[name] = max((rank[each] + 1 for each in required_permissions), default=0)
    layers: list[list[str]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for name, number in rank.items():
        layers[number].append(name)
    before: dict[str, list[str]] = {name: list(required_permissions) for name, required_permissions in requires.items()}
    bends: dict[tuple[str, str], list[str]] = {}
    for name, required_permissions in requires.items():
        for needed in required_permissions:
            lanes = [f"{needed} > {name} @{number}" for number in range(rank[needed] + 1, rank[name])]
            bends[needed, name] = lanes
            for number, lane in enumerate(lanes):
                layers[rank[needed] + 1 + number].append(lane)
                before[lane] = [lanes[number - 1] if number else needed]
            if lanes:
                before[name] = [lanes[-1] if each == needed else each for each in before[name]]
    for earlier, layer in pairwise(layers):
        place = {
            name: index / max(1, len(earlier) - 1) if len(earlier) > 1 else 0.5 for index, name in enumerate(earlier)
        }
        weight = {
            name: sum(place.get(each, 0.5) for each in before[name]) / max(1, len(before[name])) for name in layer
        }
        layer.sort(key=lambda name: weight[name])
    return layers, bends
