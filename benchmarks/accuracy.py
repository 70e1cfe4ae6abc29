"""Every eigenvalue that the oracle knows, compared with kernelspec's float64 value.

    python -m benchmarks.accuracy [--out build/report/accuracy.json] [--quick]

Two readings of a spectrum are measured, since they need not take the same path: degrees asked for
one by one, and the same degrees inside a block of neighbours. Where mu_k is below the float range,
log|mu_k| is compared. The reported `s.error(k)` is compared with the true error: it must never be
smaller.

The exit status is 1 when the target is missed outside `CORNERS`, or when an error estimate
understates.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
from mpmath import mpf

import kernelspec as ks
from oracle.eigenvalues import DIMENSIONS, STORED_DIGITS, Stored, grid_kernels, load
from report.data import write_json

#: The aim: relative error of every value in the float range.
TARGET = 1e-12
#: Below this, float64 loses digits or is zero; the logarithm is compared instead.
LOG10_SMALLEST = -307
#: The final rounding to float64, which no error estimate needs to include.
ROUNDING = 2.0**-52
#: An estimate above this, where the value meets the target, is of no use to anybody.
OVERCAUTIOUS = 1e-6
#: Misses of the target that are known: (kernel text, d, k) and why. Meant to become empty.
CORNERS: dict[tuple[str, int, int], str] = {}

QUICK_DIMENSIONS = (3, 10, 1000)
QUICK_DEGREES = (0, 1, 2, 5, 20, 40, 1000, 10**9)
#: Neighbours on each side that make a block (kernelspec interpolates dense blocks).
NEIGHBOURS = 24


@dataclass(frozen=True)
class Miss:
    """One comparison worth naming."""

    kernel: str
    d: int
    k: int
    reading: str
    measured: float
    reported: float


@dataclass(frozen=True)
class Cell:
    """One kernel in one dimension: the worst errors over all degrees."""

    kernel: str
    d: int
    values: int
    worst: float
    worst_k: int
    logs: int
    worst_log: float
    worst_log_k: int
    understated: tuple[Miss, ...]
    overcautious: int
    missed: tuple[Miss, ...]
    seconds: float
    failure: str = ""


@dataclass(frozen=True)
class _Comparison:
    stored: Stored
    reading: str
    is_log: bool
    measured: float
    allowance: float


def _compare(stored: Stored, reading: str, value: float, log_abs: float) -> _Comparison:
    """Relative error of one value, or of its logarithm where it leaves the float range."""
    true = stored.value
    if true == 0:
        return _Comparison(stored, reading, False, 0.0 if value == 0.0 else math.inf, 0.0)
    with mpmath.workdps(STORED_DIGITS + 5):
        true_log = mpmath.log(abs(true))
        if true_log < LOG10_SMALLEST * mpmath.log(10):
            if not math.isfinite(log_abs):
                return _Comparison(stored, reading, True, math.inf, 0.0)
            measured = float(abs(mpf(log_abs) / true_log - 1))
            # an error e of mu is an error e of log mu, absolute, plus the rounding of the logarithm
            return _Comparison(stored, reading, True, measured, ROUNDING)
        if not math.isfinite(value):
            return _Comparison(stored, reading, False, math.inf, 0.0)
        return _Comparison(stored, reading, False, float(abs(mpf(value) / true - 1)), ROUNDING)


def _read_block(spectrum: Any, degrees: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Values and logarithms at ``degrees``, asked for together with their neighbours."""
    offsets = np.arange(-NEIGHBOURS, NEIGHBOURS + 1)
    block = np.unique(np.clip(np.add.outer(np.array(degrees, dtype=np.int64), offsets), 0, None))
    where = np.searchsorted(block, degrees)
    return spectrum(block)[where], spectrum.log_abs(block)[where]


def measure(kernel: str, d: int, stored: Sequence[Stored]) -> Cell:
    """Compare one kernel in one dimension with the oracle's ``stored`` values."""
    start = time.perf_counter()
    degrees = np.array([s.k for s in stored], dtype=np.int64)
    try:
        spectrum = ks.parse(kernel).spectrum(d)
        estimates = np.asarray(spectrum.error(degrees), dtype=float)
        readings = {
            "one by one": (
                np.array([spectrum(int(k)) for k in degrees]),
                np.array([spectrum.log_abs(int(k)) for k in degrees]),
            ),
            "block": _read_block(spectrum, [int(k) for k in degrees]),
        }
    except Exception as error:  # a crash is a result of the measurement, not its end
        seconds = time.perf_counter() - start
        failure = f"{type(error).__name__}: {error}"
        return Cell(kernel, d, 0, math.inf, -1, 0, math.inf, -1, (), 0, (), seconds, failure)
    seconds = time.perf_counter() - start
    found: list[tuple[_Comparison, float]] = []
    for reading, (values, logs) in readings.items():
        for s, value, log_abs, estimate in zip(stored, values, logs, estimates, strict=True):
            found.append((_compare(s, reading, float(value), float(log_abs)), float(estimate)))
    understated, missed = [], []
    for c, estimate in found:
        miss = Miss(kernel, d, c.stored.k, c.reading, c.measured, estimate)
        scale = abs(float(mpmath.log(abs(c.stored.value)))) if c.is_log else 1.0
        # the estimate is of the relative error of mu, that is the absolute error of its logarithm
        if not c.measured <= estimate / scale + c.allowance:
            understated.append(miss)
        if not c.measured <= TARGET:
            missed.append(miss)
    floats = [c for c, _ in found if not c.is_log]
    below = [c for c, _ in found if c.is_log]
    worst = max(floats, key=lambda c: c.measured, default=None)
    worst_log = max(below, key=lambda c: c.measured, default=None)
    return Cell(
        kernel,
        d,
        len(floats) // len(readings),
        worst.measured if worst else 0.0,
        worst.stored.k if worst else -1,
        len(below) // len(readings),
        worst_log.measured if worst_log else 0.0,
        worst_log.stored.k if worst_log else -1,
        tuple(understated),
        sum(c.measured <= TARGET and e > OVERCAUTIOUS for c, e in found) // len(readings),
        tuple(missed),
        seconds,
    )


def table(quick: bool = False, progress: Callable[[str], None] | None = None) -> list[Cell]:
    """All cells, kernel by kernel and dimension by dimension; ``quick`` takes a part of the grid.

    ``progress`` is called with one line of text for each cell.
    """
    dimensions = QUICK_DIMENSIONS if quick else DIMENSIONS
    degrees = QUICK_DEGREES if quick else None
    chosen = (s for s in load() if s.d in dimensions and (degrees is None or s.k in degrees))
    cells = []
    for (kernel, d), group in groupby(chosen, key=lambda s: (s.kernel, s.d)):
        cell = measure(kernel, d, list(group))
        cells.append(cell)
        if progress is not None:
            progress(f"{kernel}, d={d}: worst {cell.worst:.1e} at k={cell.worst_k}, {cell.seconds:.1f} s")
    return cells


def render(cells: Iterable[Cell]) -> str:
    """The table as text: rows kernels, columns d, entries "worst error @ k"; then logarithms."""
    cells = list(cells)
    dimensions = sorted({cell.d for cell in cells})
    by_place = {(cell.kernel, cell.d): cell for cell in cells}
    order = [spec.text for spec in grid_kernels()]
    kernels = sorted({cell.kernel for cell in cells}, key=order.index)
    lines = []
    for title, log in (("mu_k: worst relative error @ k", False), ("log|mu_k| below 1e-307", True)):
        lines.append(f"{title:<24}" + "".join(f"{'d=' + _short(d):>15}" for d in dimensions))
        for kernel in kernels:
            entries = []
            for d in dimensions:
                cell = by_place.get((kernel, d))
                if cell is None:
                    entries.append("")
                elif cell.failure:
                    entries.append("raises")
                elif log:
                    entries.append(f"{cell.worst_log:.0e} @{_short(cell.worst_log_k)}" if cell.logs else "-")
                else:
                    entries.append(f"{cell.worst:.0e} @{_short(cell.worst_k)}" if cell.values else "-")
            lines.append(f"{kernel:<24}" + "".join(f"{entry:>15}" for entry in entries))
        lines.append("")
    return "\n".join(lines)


def _short(n: int) -> str:
    return f"1e{round(math.log10(n))}" if n >= 1000 else str(n)


def _is_corner(miss: Miss) -> bool:
    return (miss.kernel, miss.d, miss.k) in CORNERS


def summary(cells: Sequence[Cell]) -> dict[str, Any]:
    """What the report prints beside the table."""
    values = sum(cell.values for cell in cells)
    missed = [miss for cell in cells for miss in cell.missed]
    understated = [miss for cell in cells for miss in cell.understated]
    return {
        "target": TARGET,
        "values": values,
        "logarithms": sum(cell.logs for cell in cells),
        "worst": max((cell.worst for cell in cells if cell.values), default=0.0),
        "worst_log": max((cell.worst_log for cell in cells if cell.logs), default=0.0),
        "missed": [asdict(miss) for miss in missed if not _is_corner(miss)],
        "corners": [
            asdict(miss) | {"why": CORNERS[miss.kernel, miss.d, miss.k]} for miss in missed if _is_corner(miss)
        ],
        "understated": [asdict(miss) for miss in understated],
        "overcautious": sum(cell.overcautious for cell in cells),
        "failures": [f"{cell.kernel}, d={cell.d}: {cell.failure}" for cell in cells if cell.failure],
        "seconds": sum(cell.seconds for cell in cells),
    }


def print_misses(title: str, misses: Iterable[dict[str, Any]]) -> None:
    """One line for each d and k: how many, the worst of them, and what was reported there."""
    by_place: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for miss in misses:
        by_place.setdefault((miss["d"], miss["k"]), []).append(miss)
    for (d, k), found in sorted(by_place.items()):
        worst = max(found, key=lambda miss: miss["measured"])
        kernels = len({miss["kernel"] for miss in found})
        print(
            f"{title}: d={_short(d)}, k={_short(k)}: {kernels} kernels; {worst['kernel']} "
            f"({worst['reading']}): measured {worst['measured']:.1e}, reported {worst['reported']:.1e}"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write; 1 if the target is missed or an estimate understates."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("build/report/accuracy.json"))
    parser.add_argument("--quick", action="store_true", help="three dimensions and eight degrees only")
    options = parser.parse_args(arguments)
    cells = table(options.quick, progress=lambda line: print(line, file=sys.stderr, flush=True))
    result = summary(cells)
    print(render(cells))
    print(
        f"{result['values']} values, worst relative error {result['worst']:.1e}; "
        f"{result['logarithms']} logarithms below the float range, "
        f"worst {result['worst_log']:.1e}; {result['seconds']:.0f} s"
    )
    print(f"{result['overcautious']} values meet the target with an estimate above {OVERCAUTIOUS:g}")
    for title in ("missed", "corners", "understated"):
        print_misses(title, result[title])
    for failure in result["failures"]:
        print(f"failure: {failure}")
    write_json(options.out, {"summary": result, "cells": [asdict(cell) for cell in cells]})
    print(f"written to {options.out}")
    return 1 if result["missed"] or result["understated"] or result["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
