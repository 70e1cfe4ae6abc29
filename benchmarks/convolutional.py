"""How many pairs of images a second the exact convolutional kernels take, beside what the arithmetic allows.

    python -m benchmarks.convolutional [--out build/report/convolutional.json] [--quick] [--threads 1,2]

Images of 28x28x1 and 32x32x3, two layers (patch 3; gaussian(2) with stride 2, then gaussian(5) with stride 5) of four
kinds, float32 and float64. A measurement is one `net.gram(X, Y, threads=...)` of n x n pairs that takes some two
seconds, and one of n x 1 pairs. All rows and this machine's rates (matrix products, exp, arccos, sqrt; one thread)
are measured in turn, round after round, so that a disturbance falls on all of them. BLAS is held to one thread; the
threads are those of gram. Printed are, in pairs a second,

- best and median: of n x n pairs as they are, over the rounds; the aims are for these;
- many: of so many images that what each of them costs once (its patches and norms, some two pairs' time) does not
  count, which the two measurements tell apart; and the same by seconds of processor time, "a core", which other
  programs on the machine disturb less. Busy is the number of processors that were at work, the median;
- limit and least count: what the arithmetic allows at the best rates, see `convolutional_limit`. The ratio is how
  many times longer than the limit a pair takes: of many images, and by processor time.

The figures of other programs were measured before, on the same kind of machine (two cores, float32, two processes),
and are not part of the run: the C++ code of the papers' authors as shipped, and with an allocator tuned to keep its
pages; a JAX library.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

import kernelspec as ks
from benchmarks.convolutional_limit import best_rates, measure_rates, seconds, work
from kernelspec import ckn
from report.data import write_json
from report.memory import resident, workers_held

IMAGES = {"28x28x1": (28, 28, 1), "32x32x3": (32, 32, 3)}
KERNELS = {"exp": ks.exponential(0.6), "poly2": ks.polynomial(2), "relu": ks.arccos(1)}
KINDS = {  # the kernels of both layers, tangent or not
    "exp/exp": (("exp", "exp"), False),
    "exp/poly2": (("exp", "poly2"), False),
    "ReLU RF": (("relu", "relu"), False),
    "ReLU NTK": (("relu", "relu"), True),
}
AIMS = {  # pairs a second, float32, two threads
    ("32x32x3", "exp/exp"): 1050,
    ("32x32x3", "exp/poly2"): 820,
    ("32x32x3", "ReLU NTK"): 400,
    ("28x28x1", "exp/exp"): 2100,
}
FACTOR = 2.0  # the aim: this close to the limit
PEERS = {  # measured before; pairs a second, float32, two processes
    "authors' C++": {
        ("32x32x3", "exp/exp"): 190,
        ("32x32x3", "exp/poly2"): 148,
        ("32x32x3", "ReLU NTK"): 81,
        ("28x28x1", "exp/exp"): 339,
    },
    "C++, allocator tuned": {
        ("32x32x3", "exp/exp"): 526,
        ("32x32x3", "exp/poly2"): 411,
        ("32x32x3", "ReLU NTK"): 120,
        ("28x28x1", "exp/exp"): 1056,
    },
    "JAX": {("32x32x3", "ReLU NTK"): 17},
}
_ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM")}
_SIDES = (12, 96)  # images a side, at least and at most
_MIB = 2**20
_MEMORY = 32 * _MIB  # little enough for the images of the smallest matrix to be prepared in several blocks

Result: TypeAlias = dict[str, Any]  # plain data, as JSON holds it


@dataclass(frozen=True)
class Case:
    """One row of the table: what is measured."""

    images: str
    kind: str
    dtype: str
    threads: int

    @property
    def network(self) -> ckn.Network:
        """The two layers."""
        first, second = (KERNELS[name] for name in KINDS[self.kind][0])
        return ckn.Network(
            (ckn.Layer(3, first, ckn.gaussian(2), stride=2), ckn.Layer(3, second, ckn.gaussian(5), stride=5))
        )

    @property
    def key(self) -> tuple[str, str] | None:
        """Where the aims and the figures of others are found, None where there are none."""
        return (self.images, self.kind) if (self.dtype, self.threads) == ("float32", 2) else None


@dataclass(frozen=True)
class Times:
    """One round of one case: wall and processor seconds of n x n, and of n x 1 pairs."""

    wall: float
    busy: float
    column_wall: float
    column_busy: float


@dataclass(frozen=True)
class Row:
    """What was measured, and the limits, in pairs a second; see the head of this module."""

    case: Case
    side: int
    best: float
    median: float
    many: float
    core: float
    busy: float
    limit: float
    least: float
    parts: dict[str, float]  # of the limit, seconds a pair on one thread

    @property
    def ratio(self) -> float:
        """How many times longer than the limit a pair of many images takes."""
        return self.limit / self.many

    @property
    def core_ratio(self) -> float:
        """The same by processor time."""
        return self.limit / self.case.threads / self.core


def draw_images(case: Case, count: int, seed: int) -> NDArray[np.floating]:
    """Images of independent normal pixels, as whitening leaves them."""
    images = np.random.default_rng(seed).standard_normal((count, *IMAGES[case.images]))
    return images.astype(case.dtype)


def measure(case: Case, side: int, others: int | None = None) -> tuple[float, float]:
    """Wall and processor seconds of one Gram matrix of side x others (by default side) pairs."""
    left, right = draw_images(case, side, 1), draw_images(case, others or side, 2)
    wall, busy = time.perf_counter(), _processor()
    case.network.gram(left, right, tangent=KINDS[case.kind][1], threads=case.threads)
    return time.perf_counter() - wall, _processor() - busy


def _processor() -> float:
    """Processor seconds of this process and of its workers that have ended."""
    return sum(os.times()[:4])


def pair_seconds(side: int, square: float, column: float) -> float:
    """Seconds of a pair alone, from those of side x side and of side x 1 pairs.

    With a seconds for an image and b for a pair, square = 2 n a + n^2 b and column = (n + 1) a + n b.
    """
    return (square - 2 * side / (side + 1) * column) * (side + 1) / (side**2 * (side - 1))


def choose_side(case: Case, target: float) -> int:
    """How many images a side make a measurement of some `target` seconds; a warm-up too."""
    smallest, largest = _SIDES
    measure(case, 2)
    estimate = measure(case, smallest)[0] / smallest**2
    return max(smallest, min(largest, round(math.sqrt(target / estimate))))


def run(cases: Sequence[Case], rounds: int, target: float) -> Result:
    """Measure every case and the rates, round after round: {"rates": ..., "rows": ...}."""
    dtypes = sorted({case.dtype for case in cases})
    sides = {case: choose_side(case, target) for case in cases}
    times: dict[Case, list[Times]] = {case: [] for case in cases}
    rates: dict[str, list[Any]] = {dtype: [] for dtype in dtypes}
    for _ in range(rounds):
        for dtype in dtypes:
            rates[dtype].append(measure_rates(getattr(np, dtype), target / 20))
        for case in cases:
            square, column = measure(case, sides[case]), measure(case, sides[case], 1)
            times[case].append(Times(*square, *column))
    best = {dtype: best_rates(found) for dtype, found in rates.items()}
    rows = [summary(case, sides[case], times[case], best[case.dtype]) for case in cases]
    return {
        "rates": {dtype: asdict(found) for dtype, found in best.items()},
        "rows": [asdict(row) | {"ratio": row.ratio, "core_ratio": row.core_ratio} for row in rows],
    }


def summary(case: Case, side: int, times: Sequence[Times], rates: Any) -> Row:
    """One row of the table from its rounds."""
    kernels, tangent = KINDS[case.kind]
    shape = (1, *IMAGES[case.images])
    full, least = (seconds(work(case.network, kernels, shape, tangent, least), rates) for least in (False, True))
    # A disturbance only adds: the shortest time of each measurement is the machine's own.
    shortest = [min(column) for column in zip(*map(astuple, times), strict=True)]
    return Row(
        case=case,
        side=side,
        best=side**2 / shortest[0],
        median=side**2 / statistics.median(t.wall for t in times),
        many=_many(side, shortest[0], shortest[2]),
        core=_many(side, shortest[1], shortest[3]),
        busy=statistics.median(t.busy / t.wall for t in times),
        limit=case.threads / sum(full.values()),
        least=case.threads / sum(least.values()),
        parts=full,
    )


def _many(side: int, square: float, column: float) -> float:
    """Pairs a second of many images; of these, where a disturbance makes few look faster than many."""
    alone, all_in = pair_seconds(side, square, column), square / side**2
    return 1 / (alone if 0 < alone < all_in else all_in)


# --- memory ------------------------------------------------------------------------------------


def memory_growth(case: Case, count: int, memory: int) -> Result:
    """By how much a symmetric Gram matrix of `count` images raises the resident memory at its peak, in bytes.

    To be called in a process of its own: the peak of a process never comes down. Workers inherit what the parent has,
    so each adds what its peak has beyond the parent's.
    """
    images = draw_images(case, count, 1)
    tangent, network = KINDS[case.kind][1], case.network
    # Imports and thread pools are not the matrix's memory.
    network.gram(images[:2], tangent=tangent, threads=case.threads, memory=memory)
    before = resident("VmRSS")
    with workers_held() as workers:
        matrix = network.gram(images, tangent=tangent, threads=case.threads, memory=memory)
    after = resident("VmHWM")
    growth = None if before is None or after is None else after - before
    if growth is not None and after is not None:
        growth += sum(max(0, held - after) for held in workers.values())
    sizes = {"images": images.nbytes, "result": matrix.nbytes, "growth": growth}
    return {"case": asdict(case), "count": count, "memory": memory} | sizes


# --- the run -----------------------------------------------------------------------------------


def _in_process(task: str, **arguments: Any) -> Result:
    """A task of this module in a fresh process whose BLAS has one thread."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.convolutional", "--task", task, json.dumps(arguments)],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        env=os.environ | _ONE_THREAD,
        cwd=Path(__file__).parents[1],
    )
    return json.loads(done.stdout)


def _task(name: str, arguments: Result) -> Result:
    if name == "memory":
        return memory_growth(Case(**arguments.pop("case")), **arguments)
    cases = [Case(**case) for case in arguments.pop("cases")]
    return run(cases, **arguments)


def table(quick: bool = False, threads: Sequence[int] = (1, 2)) -> Result:
    """Rates, rows, memory; see `run` and `memory_growth`."""
    cases = [
        Case(images, kind, dtype, number)
        for images in IMAGES
        for kind in KINDS
        for dtype in ("float32", "float64")[: 1 if quick else 2]
        for number in threads
    ]
    load = [os.getloadavg()[0]]
    result = _in_process(
        "rows", cases=[asdict(case) for case in cases], rounds=2 if quick else 4, target=0.3 if quick else 2.0
    )
    smallest = asdict(Case("28x28x1", "exp/exp", "float32", max(threads)))
    counts = (25, 50) if quick else (100, 200, 400)
    result["memory"] = [_in_process("memory", case=smallest, count=count, memory=_MEMORY) for count in counts]
    result["load average"] = [*load, os.getloadavg()[0]]
    return result


def lines(result: Result) -> list[str]:
    """The tables as text."""
    text = []
    for dtype, rates in result["rates"].items():
        thin = ", ".join(f"{v / 1e9:.0f} with K = {k}" for k, v in rates["thin"].items())
        functions = ", ".join(f"{f} {rates[f] / 1e9:.2f}" for f in ("exp", "arccos", "sqrt"))
        text.append(
            f"{dtype}, one thread: {rates['gemm'] / 1e9:.0f} Gflop/s in a square product, {thin}; "
            f"{functions} 10^9/s, a product of two arrays {rates['multiply'] / 1e9:.1f}"
        )
    text.append("")
    text.append(
        f"{'pairs a second':<41}{'n':>3}{'best':>7}{'median':>7}{'many':>7}{'a core':>7}{'busy':>5}"
        f"{'limit':>7}{'ratio':>6}{'a core':>7}{'least':>7}"
    )
    for row in result["rows"]:
        case = Case(**row["case"])
        name = f"{case.images} {case.kind:<10} {case.dtype}, {_threads(case)}"
        text.append(
            f"{name:<41}{row['side']:>3}{row['best']:>7.0f}{row['median']:>7.0f}{row['many']:>7.0f}"
            f"{row['core']:>7.0f}{row['busy']:>5.1f}{row['limit']:>7.0f}{row['ratio']:>6.2f}"
            f"{row['core_ratio']:>7.2f}{row['least']:>7.0f}"
        )
    text += ["", *_aims(result["rows"]), ""]
    for entry in result["memory"]:
        case = Case(**entry["case"])
        growth = "not known" if entry["growth"] is None else f"{entry['growth'] / _MIB:.1f} MiB"
        text.append(
            f"memory, {case.images} {case.kind} {case.dtype}, n = {entry['count']}, {_threads(case)}, "
            f"memory = {entry['memory'] // _MIB} MiB: peak growth {growth}, of which the result "
            f"{entry['result'] / _MIB:.2f} MiB"
        )
    return text


def _aims(rows: Sequence[Result]) -> list[str]:
    text = []
    for row in rows:
        key = Case(**row["case"]).key
        if key in AIMS:
            others = "; ".join(
                f"{tool} {found[key]}, {row['best'] / found[key]:.1f} times slower"
                for tool, found in PEERS.items()
                if key in found
            )
            text.append(
                f"{_verdict(row['best'] >= AIMS[key])}: {' '.join(key)}: {row['best']:.0f} pairs a second, "
                f"aim {AIMS[key]} (measured before: {others})"
            )
    within = sum(row["ratio"] <= FACTOR for row in rows)
    text.append(
        f"{_verdict(within == len(rows))}: within a factor {FACTOR:g} of the limit: {within} of {len(rows)} rows"
    )
    return text


def _threads(case: Case) -> str:
    return "1 thread" if case.threads == 1 else f"{case.threads} threads"


def _verdict(reached: bool) -> str:
    return "reached" if reached else "MISSED "


def _numbers(text: str) -> tuple[int, ...]:
    numbers = tuple(int(part) for part in text.split(","))
    if min(numbers) < 1:
        raise ValueError
    return numbers


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.convolutional", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--out", type=Path, default=Path("build/report/convolutional.json"))
    parser.add_argument("--quick", action="store_true", help="float32, short measurements, two rounds")
    parser.add_argument("--threads", type=_numbers, default=(1, 2), help="such as 1,2")
    parser.add_argument("--task", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.task:
        print(json.dumps(_task(options.task[0], json.loads(options.task[1]))))
        return 0
    result = table(options.quick, options.threads)
    before, after = result["load average"]
    print(f"two layers, independent normal pixels; load average {before:.1f}, at the end {after:.1f}")
    print("\n".join(lines(result)))
    write_json(options.out, result)
    print(f"written to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
