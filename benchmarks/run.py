"""Measure `provision` against what a person would do instead, and print ratios.

    python benchmarks/run.py                       everything, some minutes
    python benchmarks/run.py help check            only these
    python benchmarks/run.py --runs 15 --json FILE

Each side of a ratio is measured in the same run, in turn. A figure is the median of its runs, with the smallest and
the largest behind it. Goals are goals: one that is missed is said, and is no error.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from measures import apply, check, help, sandbox, smoke  # noqa: A004 - named for the command it measures
from measuring import Figure, LeftOut, MeasurementError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MEASURES: Final[dict[str, Callable[[int], Iterator[Figure | LeftOut]]]] = {
    "help": help.measure,
    "check": check.measure,
    "apply": apply.measure,
    "smoke": smoke.measure,
    "sandbox": sandbox.measure,
}


def main() -> int:
    """Measure what was named, print it as it comes, and write the JSON."""
    options = _options()
    results: dict[str, list[Figure | LeftOut]] = {}
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {options.runs} runs each\n", flush=True)
    for name in options.names or MEASURES:
        results[name] = []
        try:
            for result in MEASURES[name](options.runs):
                results[name].append(result)
                print("\n".join(_lines(name, result)), flush=True)
        except MeasurementError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1
    if options.json:
        options.json.write_text(json.dumps(_as_json(results, options.runs), indent=2) + "\n", "utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure provision against what a person would do instead.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(MEASURES)}; all of them if none is named")
    parser.add_argument("--runs", type=int, default=7, metavar="N", help="how often each side is measured (7)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured to FILE")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in MEASURES]
    if unknown:
        parser.error(f"{unknown[0]!r} is not measured here; known are {', '.join(MEASURES)}")
    if options.runs < 1:
        parser.error("--runs is 1 or more")
    return options


def _lines(measure: str, result: Figure | LeftOut) -> Iterator[str]:
    if isinstance(result, LeftOut):
        yield f"{measure:<8} {result.name:<52} left out: {result.why}\n"
        return
    verdict = "met" if result.met else "missed"
    figure = _written(result.median, result.unit)
    yield (
        f"{measure:<8} {result.name:<52} {figure:>9}  {_range(result.values, result.unit)}"
        f"   goal {result.bound} {_written(result.goal, result.unit)}: {verdict}"
    )
    for side in result.raw:
        yield f"{'':<8}   {side.name:<50} {_written(side.median, side.unit):>9}  {_range(side.values, side.unit)}"
    yield ""


def _range(values: Sequence[float], unit: str) -> str:
    return f"({_written(min(values), unit)} to {_written(max(values), unit)})"


def _written(value: float, unit: str) -> str:
    if unit == "s":
        return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"
    return f"{value:.2f}x" if unit == "x" else f"{value:,.0f} {unit}"


def _as_json(results: dict[str, list[Figure | LeftOut]], runs: int) -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "runs": runs,
        "results": {name: [_result(each) for each in found] for name, found in results.items()},
    }


def _result(result: Figure | LeftOut) -> dict[str, Any]:
    if isinstance(result, LeftOut):
        return asdict(result)
    sides = [asdict(side) | {"median": side.median} for side in result.raw]
    return asdict(result) | {"raw": sides, "median": result.median, "met": result.met}


if __name__ == "__main__":
    sys.exit(main())
