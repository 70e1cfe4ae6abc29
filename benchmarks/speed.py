"""How long eigenvalues and kernel values take, side by side with the two tools that people use today.

    python -m benchmarks.speed [--out build/report/speed.json] [--quick]

The task is mu_0..mu_10000 of the three-layer NTK on S^9 (d = 10), and a single mu_k at k = 10^9.
kernelspec runs in fresh processes, so that nothing is remembered from an earlier run: `first`
counts the lazy imports as well, `cold` a new kernel and spectrum in a process that has computed
another one, `warm` the same object a second time. Against it stand

- `scipy.integrate.quad` in u with the algebraic weight (1-u^2)^{(d-3)/2}, at the accuracy it
  reaches;
- `mpmath.quad` in the angle at 30 digits, with P_k by its recurrence.

Both are timed value by value at a few degrees, since nobody would wait for all; their total is
10001 times their *cheapest* value, which flatters them. Errors are against the oracle. Medians of
several runs.

Then, in processor seconds: mu_0..mu_60 one by one over the same as a slice, both of a new spectrum, and the slice a
second time; d = 3 beside its neighbours; and k(U) at 10^6 cosines beside the Gram matrix of as many pairs of rows, the
least of several runs that alternate.
"""

from __future__ import annotations

import argparse
import functools
import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import mpmath
from mpmath import mp, mpf

from kernelspec.results.tables import Row
from oracle.eigenvalues import load
from report.data import write_json

KERNEL, D = "ntk(3)", 10
LAST = 10_000
HUGE = 10**9
MPMATH_DIGITS = 30
SCIPY_DEGREES = (0, 1, 2, 5, 8, 13, 20, 40, 100, 1000)
MPMATH_DEGREES = (0, 5, 20, 40, 100)


@dataclass(frozen=True)
class Timing:
    """Median seconds of one task, over ``runs`` runs, and the worst relative error seen."""

    tool: str
    task: str
    seconds: float
    runs: int
    error: float | None = None


def _oracle() -> dict[int, mpf]:
    return {s.k: s.value for s in load(KERNEL) if s.d == D}


def _relative(value: float, true: mpf) -> float:
    with mp.workdps(MPMATH_DIGITS + 10):
        return float(abs(mpf(value) / true - 1)) if math.isfinite(value) else math.inf


# --- kernelspec --------------------------------------------------------------------------------

_SCRIPT = """
import json, sys, time
import numpy as np
import kernelspec as ks

def clock(call):
    start = time.perf_counter()
    value = call()
    return time.perf_counter() - start, value

kernel, d, last, huge, other = sys.argv[1], *map(int, sys.argv[2:5]), sys.argv[5] == "other"
every = np.arange(last + 1)
if other:  # lazy imports and everything that does not belong to this kernel
    ks.rf(4).spectrum(5)(np.arange(200))
if sys.argv[6] == "array":
    spectrum = None
    def task():
        global spectrum
        spectrum = ks.parse(kernel).spectrum(d)
        return spectrum(every)
    seconds, values = clock(task)
    warm = [clock(lambda: spectrum(every))[0] for _ in range(3)]
    values = [float(v) for v in values]
else:
    def task():
        global spectrum
        spectrum = ks.parse(kernel).spectrum(d)
        return spectrum[huge]
    seconds, value = clock(task)
    warm = [clock(lambda: spectrum[huge])[0] for _ in range(21)]
    values = [float(value)]
print(json.dumps([seconds, sorted(warm)[len(warm) // 2], values]))
"""


def _fresh(other: bool, task: str) -> tuple[float, float, list[float]]:
    """(seconds of the first call, seconds of a repeated call, values) from a new process."""
    arguments = [KERNEL, str(D), str(LAST), str(HUGE), "other" if other else "none", task]
    done = subprocess.run([sys.executable, "-c", _SCRIPT, *arguments], capture_output=True, text=True, check=True)
    seconds, warm, values = json.loads(done.stdout)
    return seconds, warm, values


def kernelspec_timings(runs: int, oracle: dict[int, mpf]) -> list[Timing]:
    """First, cold and warm: the array of 10001 values and the single value."""
    timings = []
    for task, degrees in (("array", range(LAST + 1)), ("single", (HUGE,))):
        name = f"mu_0..mu_{LAST}" if task == "array" else f"mu_k, k = {HUGE}"
        first = [_fresh(False, task) for _ in range(runs)]
        cold = [_fresh(True, task) for _ in range(runs)]
        values = dict(zip(degrees, cold[0][2], strict=True))
        error = max(_relative(v, oracle[k]) for k, v in values.items() if k in oracle)
        median = statistics.median
        timings += [
            Timing("kernelspec", f"{name}, first", median(f[0] for f in first), runs, error),
            Timing("kernelspec", f"{name}, cold", median(c[0] for c in cold), runs, error),
            Timing("kernelspec", f"{name}, warm", median(c[1] for c in cold), runs, error),
        ]
    return timings


# --- scipy -------------------------------------------------------------------------------------


def _ntk3(u: float) -> float:
    """The three-layer NTK as the recursion is printed (claim 23), in floats."""
    value = tangent = u
    for _ in range(2):
        angle = math.acos(max(-1.0, min(1.0, value)))
        step = 1 - angle / math.pi
        value = value * step + math.sqrt(max(0.0, 1 - value * value)) / math.pi
        tangent = tangent * step + value
    return tangent


def _scipy_parts(k: int) -> tuple[float, Callable[[float], float]]:
    """The constant of claim 6 and u -> kappa(u) P_k(u)."""
    from scipy.special import eval_gegenbauer

    order = D / 2 - 1
    at_one = float(eval_gegenbauer(k, order, 1.0))
    constant = math.exp(math.lgamma(D / 2) - math.lgamma((D - 1) / 2)) / math.sqrt(math.pi)
    return constant, lambda u: _ntk3(u) * float(eval_gegenbauer(k, order, u)) / at_one


def scipy_weighted(k: int) -> float:
    """mu_k by scipy.integrate.quad in u with its algebraic weight, other options default."""
    from scipy.integrate import quad

    constant, integrand = _scipy_parts(k)
    power = (D - 3) / 2
    found = quad(integrand, -1, 1, weight="alg", wvar=(power, power), full_output=1)
    return constant * float(found[0])


def scipy_angle(k: int) -> float:
    """mu_k by scipy.integrate.quad in theta, tolerances at zero and up to 1000 intervals."""
    from scipy.integrate import quad

    constant, integrand = _scipy_parts(k)

    def in_angle(theta: float) -> float:
        return integrand(math.cos(theta)) * math.sin(theta) ** (D - 2)

    found = quad(in_angle, 0, math.pi, epsabs=0, epsrel=1e-13, limit=1000, full_output=1)
    return constant * float(found[0])


# --- mpmath ------------------------------------------------------------------------------------


def mpmath_value(k: int) -> mpf:
    """mu_k by mpmath.quad in the angle at 30 digits, one interval for every ten half-waves."""
    with mp.workdps(MPMATH_DIGITS):

        def integrand(theta: mpf) -> mpf:
            u = mp.cos(theta)
            value = tangent = u
            for _ in range(2):
                step = 1 - mp.acos(value) / mp.pi
                value = value * step + mp.sqrt(1 - value * value) / mp.pi
                tangent = tangent * step + value
            previous, current = mpf(1), u
            if k == 0:
                current = previous
            for j in range(1, k):
                following = ((2 * j + D - 2) * u * current - j * previous) / (j + D - 2)
                previous, current = current, following
            return tangent * current * mp.sin(theta) ** (D - 2)

        pieces = mp.linspace(0, mp.pi, 3 + k // 10)
        constant = mp.gammaprod([mpf(D) / 2], [mpf(1) / 2, mpf(D - 1) / 2])
        return constant * mp.quad(integrand, pieces)


def per_value(
    tool: str, call: Callable[[int], float], degrees: Sequence[int], runs: int, oracle: dict[int, mpf]
) -> list[Timing]:
    """Seconds and error of one tool, degree by degree."""
    timings = []
    call(0)  # imports and first-time set-up are not the tool's speed
    for k in degrees:
        seconds = []
        for _ in range(runs):
            start = time.perf_counter()
            value = call(k)
            seconds.append(time.perf_counter() - start)
        median = statistics.median(seconds)
        timings.append(Timing(tool, f"mu_{k}", median, runs, _relative(value, oracle[k])))
    return timings


# --- one by one, again, and kernel values ---------------------------------------------------------

SPECTRA = ("ntk(2)", "ntk(3)", "laplace(1)", "exponential(1)", "dual('gelu')", "dual('elu')")
DIMENSIONS = (3, 5, 10, 100, 1000)
VALUES = ("ntk(2)", "ntk(10)", "rf(3)", "laplace(1)", "exponential(1)")
SIDE = 1000

_READS = """
import functools, gc, json, sys, time
import numpy as np
import kernelspec as ks

def forget():
    for found in gc.get_objects():
        if isinstance(found, functools._lru_cache_wrapper) and str(found.__module__).startswith("kernelspec"):
            found.cache_clear()

def clock(call):
    start = time.process_time()
    call()
    return time.process_time() - start

ks.rf(4).spectrum(5)(np.arange(200)), ks.rf(2).spectrum(7)[5], ks.dual("gelu").spectrum(7)[4]
kernel, out = ks.parse(sys.argv[1]), {}
for d in map(int, sys.argv[2:]):
    forget()
    s = kernel.spectrum(d)
    whole, again = clock(lambda: s[0:61]), clock(lambda: s[0:61])
    forget()
    s = kernel.spectrum(d)
    single = clock(lambda: [s[k] for k in range(61)])
    out[d] = whole, again, single
print(json.dumps(out))
"""


def reads(quick: bool = False) -> list[Row]:
    """mu_0..mu_60 of a new spectrum: as a slice, the slice again, one by one; processor seconds."""
    rows = []
    for kernel in SPECTRA[:: 2 if quick else 1]:
        arguments = [sys.executable, "-c", _READS, kernel, *map(str, DIMENSIONS[:: 2 if quick else 1])]
        done = subprocess.run(arguments, capture_output=True, text=True, check=True)
        for d, (whole, again, single) in json.loads(done.stdout).items():
            rows.append(
                {
                    "kernel": kernel,
                    "d": int(d),
                    "slice": whole,
                    "again": again,
                    "one by one": single,
                    "ratio": single / whole,
                }
            )
    return rows


def kernel_values(runs: int = 4) -> list[Row]:
    """k(U) at a million cosines, and the Gram matrix of as many pairs, of one thread; processor seconds."""
    import numpy as np

    import kernelspec as ks

    rng = np.random.default_rng(0)
    x, y = (rng.standard_normal((SIDE, 64)) for _ in range(2))
    x, y = (z / np.linalg.norm(z, axis=1, keepdims=True) for z in (x, y))
    rows = []
    for dtype in (np.float64, np.float32):
        cosines = np.clip(x @ y.T, -1, 1).astype(dtype)
        left, right = x.astype(dtype), y.astype(dtype)
        for text in VALUES:
            kernel = ks.parse(text)
            calls: dict[str, Callable[[], object]] = {
                "k(U)": functools.partial(kernel, cosines),
                "gram": functools.partial(kernel.gram, left, right, threads=1),
            }
            seconds = dict.fromkeys(calls, math.inf)
            for _ in range(runs):
                for name, call in calls.items():
                    start = time.process_time()
                    call()
                    seconds[name] = min(seconds[name], time.process_time() - start)
            ratio = seconds["k(U)"] / seconds["gram"]
            rows.append({"kernel": text, "dtype": np.dtype(dtype).name, **seconds, "ratio": ratio})
    return rows


def table(quick: bool = False) -> Row:
    """All timings and the ratios: {"timings": [...], "ratios": {...}, "aims": {...}}."""
    oracle = _oracle()
    ours = kernelspec_timings(3 if quick else 5, oracle)
    runs = 1 if quick else 3
    weighted = per_value("scipy quad, weight", scipy_weighted, SCIPY_DEGREES, runs, oracle)
    angle = per_value("scipy quad, angle", scipy_angle, SCIPY_DEGREES, runs, oracle)
    degrees = MPMATH_DEGREES[:3] if quick else MPMATH_DEGREES
    by_mpmath = per_value(f"mpmath, {MPMATH_DIGITS} digits", mpmath_value, degrees, runs, oracle)
    seconds = {t.task: t.seconds for t in ours}
    array, single = seconds[f"mu_0..mu_{LAST}, cold"], seconds[f"mu_k, k = {HUGE}, cold"]
    ratios = {}
    for timings in (weighted, angle, by_mpmath):
        cheapest = min(t.seconds for t in timings)
        ratios[timings[0].tool] = {
            "cheapest value, seconds": cheapest,
            "largest k measured with an error below 1e-6": max(
                (int(t.task[3:]) for t in timings if t.error is not None and t.error < 1e-6), default=-1
            ),
            f"mu_0..mu_{LAST}: at least this many times slower": cheapest * (LAST + 1) / array,
            f"its cheapest value over ours at k = {HUGE}": cheapest / single,
        }
    aims = {
        "10^4 values within a second": array <= 1.0,
        "one value within 10 ms": seconds[f"mu_k, k = {HUGE}, warm"] <= 0.010,
        "one value within 10 ms, new kernel": single <= 0.010,
        "1000 times faster than mpmath": min(t.seconds for t in by_mpmath) * (LAST + 1) / array >= 1000,
    }
    return {
        "kernel": KERNEL,
        "d": D,
        "load average": os.getloadavg()[0],
        "timings": [asdict(t) for t in (*ours, *weighted, *angle, *by_mpmath)],
        "ratios": ratios,
        "aims": aims,
        "reads": reads(quick),
        "values": kernel_values(2 if quick else 4),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write."""
    summary = (__doc__ or "").split("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=summary)
    parser.add_argument("--out", type=Path, default=Path("build/report/speed.json"))
    parser.add_argument("--quick", action="store_true", help="fewer runs and degrees")
    options = parser.parse_args(arguments)
    result = table(options.quick)
    print(f"{KERNEL}, d = {D}; medians; load average {result['load average']:.1f}")
    for t in result["timings"]:
        error = "" if t["error"] is None else f"   worst relative error {t['error']:.0e}"
        print(f"{t['tool']:<20}{t['task']:<28}{t['seconds'] * 1e3:>12.3f} ms{error}")
    for tool, ratios in result["ratios"].items():
        for what, value in ratios.items():
            print(f"{tool}: {what}: {mpmath.nstr(mpf(value), 3)}")
    for aim, reached in result["aims"].items():
        print(f"{'reached' if reached else 'MISSED '}: {aim}")
    for row in result["reads"]:
        print(
            f"mu_0..mu_60, {row['kernel']:<16} d = {row['d']:<5} slice {row['slice']:.4f} s, "
            f"again {row['again']:.5f} s, one by one {row['one by one']:.4f} s: {row['ratio']:.1f} times"
        )
    for row in result["values"]:
        print(
            f"10^6 values, {row['kernel']:<16} {row['dtype']} k(U) {row['k(U)']:.4f} s, gram {row['gram']:.4f} s: "
            f"{row['ratio']:.1f} times"
        )
    write_json(options.out, result)
    print(f"written to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
