"""Random expressions, dimensions and degrees: every float64 eigenvalue against its enclosure.

    python -m benchmarks.fuzz [--triples 30000] [--seed 1] [--processes 2] [--out build/report/fuzz-1.jsonl]

Kernels are drawn from every family with odd parameters, and from sums, differences that cancel, products, powers
and compositions of them; d is one of 2, 3, 4, 10, 50, 300, and k runs from 0 to 10^9, evenly in its logarithm. A
triple (kernel, d, k) is read three times: alone, in an array, and, beside neighbours, in a long array that is
interpolated. Each value must lie within `s.error(k)` of `s.certified(k, 20)`, its sign and logarithm too; one rounding
is allowed. Every kernel has a budget of time. What either side refuses - a ValueError, an ArithmeticError, a value that
is NaN - is counted and compared nowhere.

The run can be stopped: a line of `--out` is one kernel, and the same command goes on where it ended. The exit status
is 1 where one triple disagrees or something breaks down.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import math
import multiprocessing
import operator
import random
import signal
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

import kernelspec as ks
from benchmarks.certified import ATOMS, DIGITS, FAMILIES, FIRST_BY_EXPANSION, SMALLEST_LOG, Case, Triple, compare
from kernelspec.numbers.checks import Numbers
from kernelspec.results.tables import Row

if TYPE_CHECKING:
    import flint

    from kernelspec.kernels.zonal import Zonal
    from kernelspec.spectrum.spectrum import Spectrum


TRIPLES, BUDGET = 30_000, 12.0  # seconds of processor time for one kernel
DIMENSIONS, DIMENSIONS_EACH = (2, 3, 4, 10, 50, 300), 3
DEGREES_EACH, LARGEST = 48, 10**9
#: Degrees are drawn evenly in log(k + 1/2). Quadrature in balls is dear for the large ones among these.
LARGEST_LOW, LARGEST_LOW_RARELY, RARELY = 100, 2000, 0.03
#: Neighbours on each side in the array that is interpolated.
NEIGHBOURS = 70

Draw: TypeAlias = Callable[[random.Random], "Zonal"]


# -- random kernels --------------------------------------------------------------------------------


def _odd(rng: random.Random, lowest: float, highest: float) -> Fraction:
    """A parameter that is no round number."""
    return Fraction(rng.uniform(lowest, highest)).limit_denominator(rng.choice((7, 100, 9973)))


def _exponent(rng: random.Random, lowest: float, highest: float) -> Fraction:
    """An exponent: the denominator is the degree of the root that an enclosure needs."""
    q = rng.choice((2, 2, 3, 4, 5, 6, 8))
    return Fraction(round(rng.uniform(lowest, highest) * q), q) or Fraction(1, q)


def _arccos(rng: random.Random) -> Zonal:
    return ks.arccos(rng.randint(0, 6))


def _powers(rng: random.Random) -> Zonal:
    if rng.random() < 0.5:
        return ks.sine_power(Fraction(rng.randint(1, 9), 2))
    nu = _exponent(rng, 0.1, 5)
    return ks.defect_power(nu + Fraction(1, 2) if nu.denominator == 1 else nu)


def _polynomial(rng: random.Random) -> Zonal:
    return ks.polynomial(rng.randint(0, 6))


def _narrow(rng: random.Random) -> Zonal:
    if rng.random() < 0.3:
        return ks.exponential(_odd(rng, 0.1, 3))
    return ks.laplace(_odd(rng, 0.05, 12), _exponent(rng, 0.1, 0.95))


def _dense(rng: random.Random) -> Zonal:
    bias = rng.choice((Fraction(0), _odd(rng, 0.01, 2)))
    slope = rng.choice((Fraction(0), _odd(rng, -1.2, 1.2)))
    return ks.mlp(rng.randint(2, 6), slope, _odd(rng, 0.5, 3), bias, rng.random() < 0.5)


PLAIN: dict[str, Draw] = ATOMS | {
    "arccos": _arccos,
    "powers": _powers,
    "polynomial": _polynomial,
    "narrow": _narrow,
    "dense": _dense,
}


def _plain(rng: random.Random) -> Zonal:
    return PLAIN[rng.choice(tuple(PLAIN))](rng)


def _any(rng: random.Random, depth: int) -> Zonal:
    if depth == 0 or rng.random() < 0.35:
        return _plain(rng)
    return rng.choice((_sum, _product, _power, _composition))(rng, depth - 1)


def _sum(rng: random.Random, depth: int = 1) -> Zonal:
    return functools.reduce(operator.add, (_odd(rng, -2, 2) * _any(rng, depth) for _ in range(rng.randint(2, 3))))


def _product(rng: random.Random, depth: int = 1) -> Zonal:
    return _any(rng, depth) * _any(rng, depth)


def _power(rng: random.Random, depth: int = 1) -> Zonal:
    return _any(rng, depth) ** rng.randint(2, 3)


def _composition(rng: random.Random, depth: int = 1) -> Zonal:
    for _ in range(20):
        inner = _any(rng, depth)
        if inner.rational_one:
            inner = inner / inner.rational_one
            if rng.random() < 0.4:
                inner = _odd(rng, -1, 1) * inner
        with contextlib.suppress(ValueError):
            return _plain(rng) @ inner
    return _plain(rng) @ ks.arccos(1)


def _squares(rng: random.Random) -> Zonal:
    """(u - c kappa)^2 and the like: values much larger than their differences."""
    return (_odd(rng, 0.2, 3) * _plain(rng) - _odd(rng, 0.2, 3) * _plain(rng)) ** 2 + _plain(rng)


def _matern(rng: random.Random) -> Zonal:
    """exp(-c sqrt(1-u)) (1 + c sqrt(1-u) + ...): the lowest odd powers of sqrt(1-u) cancel."""
    c = _odd(rng, 0.3, 3)
    kernel = 1 + c * ks.defect_power(Fraction(1, 2))
    if rng.random() < 0.5:
        kernel = kernel + c * c / 3 * (1 - ks.linear())
    return ks.laplace(c) * kernel + rng.choice((0, 0, 1)) * _plain(rng)


def _ends(rng: random.Random) -> Zonal:
    """Two kernels whose leading powers at u = 1 are equal and opposite."""
    depth, other = rng.randint(3, 6), rng.randint(3, 6)
    ramp = ks.rf(depth) / (depth - 1) - ks.rf(other) / (other - 1) * rng.choice((1, 1 + _odd(rng, 0, 0.01)))
    return ramp + rng.choice((0, 0, 1)) * ks.arccos(rng.randint(2, 4))


SHAPES: dict[str, Draw] = {
    **FAMILIES,
    "plain": _plain,
    "sums": lambda rng: _sum(rng, 2),
    "products": _product,
    "powers": _power,
    "compositions": lambda rng: _composition(rng, 1),
    "squares": _squares,
    "matern": _matern,
    "ends": _ends,
}


def cases(seed: int, index: int) -> list[Case]:
    """The cases of one kernel: the same for the same seed and index, whatever was run before."""
    rng = random.Random(f"{seed}/{index}")
    shape = tuple(SHAPES)[index % len(SHAPES)]
    kernel = SHAPES[shape](rng)
    low = LARGEST_LOW_RARELY if rng.random() < RARELY else LARGEST_LOW
    out = []
    for d in sorted(rng.sample(DIMENSIONS, DIMENSIONS_EACH)):
        logs = (rng.uniform(math.log(0.5), math.log(LARGEST)) for _ in range(DEGREES_EACH))
        drawn = {max(round(math.exp(x) - 0.5), 0) for x in logs}
        kept = {k for k in drawn if k <= low or k >= FIRST_BY_EXPANSION}
        out.append(Case(shape, kernel, d, tuple(sorted(kept))))
    return out


# -- comparison ------------------------------------------------------------------------------------


class _OutOfTime(Exception):
    """The budget of one kernel is spent."""


def _expire(signum: int, frame: object) -> None:
    raise _OutOfTime


def measure(seed: int, index: int, budget: float) -> Row:
    """All triples of one kernel, as a line of the file."""
    start = time.perf_counter()
    counts: Counter[str] = Counter()
    wrong: list[Row] = []
    notes: set[str] = set()
    drawn: list[Case] = []
    rng = random.Random(f"block {seed}/{index}")
    signal.signal(signal.SIGPROF, _expire)
    signal.setitimer(signal.ITIMER_PROF, budget)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            drawn = cases(seed, index)
            for case in drawn:
                parts = list(_parts(case))
                interpolated = rng.choice(parts) if parts else ()
                for part in parts:
                    block = part is interpolated
                    _measure_part(case, part, block, counts, wrong, notes)
    except _OutOfTime:
        counts["out of time"] += 1
    except Exception as error:  # a crash is a result of the measurement, not its end
        counts["crashed"] += 1
        notes.add(f"crashed: {type(error).__name__}: {error}")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return {
        "index": index,
        "shape": tuple(SHAPES)[index % len(SHAPES)],
        "kernel": repr(drawn[0].kernel) if drawn else "",
        "counts": dict(counts),
        "wrong": wrong,
        "notes": sorted(notes),
        "seconds": time.perf_counter() - start,
    }


def _parts(case: Case) -> Iterator[tuple[int, ...]]:
    """Quadrature is shared by the low degrees; of the high ones each may be out of reach alone."""
    low = tuple(k for k in case.degrees if k < FIRST_BY_EXPANSION)
    if low:
        yield low
    if case.kernel.radius <= 1:  # there is an expansion
        yield from ((k,) for k in case.degrees[len(low) :])


def _measure_part(
    case: Case, part: tuple[int, ...], block: bool, counts: Counter[str], wrong: list[Row], notes: set[str]
) -> None:
    spectrum = case.kernel.spectrum(case.d)
    try:
        readings = _read(spectrum, part, block)
        logs = readings["array"][1]
        kept = [i for i in range(len(part)) if logs[i] > SMALLEST_LOG or logs[i] in (-math.inf,)]
        counts["NaN"] += int(np.isnan(logs).sum())
        balls = dict(zip(kept, spectrum.certified([part[i] for i in kept], DIGITS), strict=True))
    except (ValueError, ArithmeticError, NotImplementedError) as error:
        counts["refused"] += len(part)
        notes.add(f"refused: {type(error).__name__}: {error}"[:300])
        return
    errors = spectrum.error(np.array(part))
    for i, ball in balls.items():
        counts["triples"] += 1
        found = [
            (name, compare(case, part[i], float(v[i]), float(g[i]), float(errors[i]), ball))
            for name, (v, g) in readings.items()
        ]
        bad = [(name, t) for name, t in found if not t.agrees or not _sign_and_log(t, ball, readings[name][1][i])]
        if bad:
            name, t = bad[0]
            wrong.append(
                {"reading": name, "kernel": t.kernel, "d": t.d, "k": t.k, "value": repr(t.value)}
                | {"enclosure": t.enclosure, "measured": repr(t.measured), "stated": repr(t.stated)}
            )


def _sign_and_log(t: Triple, ball: flint.arb, log_abs: float) -> bool:
    """Whether the sign is right and the logarithm lies within the stated error and its own rounding."""
    if ball == 0:
        return True
    size = float(abs(ball).log())
    right_sign = t.value == 0 or (t.value > 0) == bool(ball > 0) or t.stated >= 1
    return right_sign and (t.stated > 0.1 or abs(log_abs - size) <= 1.1 * t.stated + 4e-16 * abs(size))


def _read(spectrum: Spectrum, part: tuple[int, ...], block: bool) -> dict[str, tuple[Numbers, Numbers]]:
    """Values and logarithms of the degrees: alone, in an array, and the last one within a long array."""
    degrees = np.array(part, dtype=np.int64)
    alone = [spectrum.values(k)[:2] for k in part]
    values, logs = spectrum.values(degrees)[:2]
    readings = {"array": (values, logs), "alone": tuple(np.array(alone, dtype=float).T)}
    k = part[-1]
    if block:
        neighbours = np.arange(max(k - NEIGHBOURS, 0), k + NEIGHBOURS + 1)
        at = int(np.searchsorted(neighbours, k))
        found = spectrum.values(neighbours)
        values, logs = values.copy(), logs.copy()
        values[-1], logs[-1] = found.value[at], found.log_abs[at]
        readings["block"] = values, logs
    return readings


# -- running ---------------------------------------------------------------------------------------


def _work(job: tuple[int, int, float]) -> Row:
    return measure(*job)


def run(triples: int, seed: int, processes: int, out: Path, budget: float = BUDGET) -> list[Row]:
    """Kernels until there are enough triples; those that `out` already holds are not measured again."""
    out.parent.mkdir(parents=True, exist_ok=True)
    found = [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []
    done = {line["index"] for line in found}
    count = sum(line["counts"].get("triples", 0) for line in found)
    wrong = sum(len(line["wrong"]) for line in found)
    start = time.perf_counter()
    jobs = ((seed, i, budget) for i in range(10**9) if i not in done)
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes, maxtasksperchild=40) as pool, out.open("a") as file:
        waiting: list[Any] = []
        while count < triples:
            while len(waiting) < 2 * processes:
                waiting.append(pool.apply_async(_work, (next(jobs),)))
            line = waiting.pop(0).get()
            found.append(line)
            file.write(json.dumps(line) + "\n")
            file.flush()
            count += line["counts"].get("triples", 0)
            wrong += len(line["wrong"])
            print(
                f"\r{count}/{triples} triples, {len(found)} kernels, {wrong} disagree, "
                f"{time.perf_counter() - start:.0f} s",
                end="",
                file=sys.stderr,
                flush=True,
            )
        pool.terminate()
    print(file=sys.stderr)
    return found


def render(found: Sequence[Row]) -> str:
    """The table: a row for every shape of expression."""
    names = ("triples", "refused", "NaN", "out of time", "crashed")
    lines = [f"{'shape':<14}{'kernels':>8}" + "".join(f"{n:>12}" for n in (*names, "disagree", "s"))]
    for shape in (*SHAPES, "all"):
        own = [line for line in found if shape in (line["shape"], "all")]
        numbers = [sum(line["counts"].get(n, 0) for line in own) for n in names]
        numbers += [sum(len(line["wrong"]) for line in own), round(sum(line["seconds"] for line in own))]
        lines.append(f"{shape:<14}{len(own):>8}" + "".join(f"{n:>12}" for n in numbers))
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print; 1 where a value is further from its enclosure than it says."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__.split("\n")[0])
    parser.add_argument("--triples", type=int, default=TRIPLES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--budget", type=float, default=BUDGET, help="seconds of processor time a kernel")
    parser.add_argument("--out", type=Path, help="one line a kernel; the run goes on where it ends")
    parser.add_argument("--show", action="store_true", help="print every refusal")
    options = parser.parse_args(arguments)
    out = options.out or Path(f"build/report/fuzz-{options.seed}.jsonl")
    found = run(options.triples, options.seed, options.processes, out, options.budget)
    print(render(found))
    bad = 0
    for line in found:
        for item in line["wrong"]:
            bad += 1
            print("disagrees: " + ", ".join(f"{k} {v}" for k, v in item.items()))
        for note in line["notes"]:
            if note.startswith("crashed"):
                bad += 1
            if options.show or note.startswith("crashed"):
                print(f"{line['kernel']}: {note}")
    print(f"seed {options.seed}: {bad} disagreements and crashes; written to {out}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
