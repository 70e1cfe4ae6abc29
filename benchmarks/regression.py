"""Ridge regression against SciPy by hand, its memory, and where one method overtakes another.

    python -m benchmarks.regression [--out build/report/regression.json] [--quick] [--large] [--threads 1]

Processor seconds, each the least of some that alternate. "By hand" is what a careful user writes: one Cholesky
factorisation a lambda in a copy in Fortran's order (`cho_factor`, `cho_solve`), or one `eigh` for the path; without a
residual, a condition number or a look at the matrix, which `ridge_path` has. The aim: not slower than 1.1 times that at
n = 5000 in float64. Memory is a process's peak above what it has with the matrix alone, over the size of the matrix.
`--large` adds n = 10,000 by conjugate gradients and by Cholesky.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from kernelspec import regression
from kernelspec.learning.blas_threads import blas_threads
from kernelspec.results.tables import Row
from report.data import write_json

Array = NDArray[Any]

AIM = 1.1
LAMBDAS = np.array([1.0, 0.1, 0.01, 0.001])
LONG = np.geomspace(1e-4, 1, 40)
OUTPUTS = 10
_PEAK = """
from report.memory import most_held
from benchmarks.regression import LAMBDAS, problem
from kernelspec import regression
K, y = problem({n}, {dtype!r})
regression.ridge_path(K[:50, :50].copy(), y[:50], LAMBDAS, **{keywords!r})
before = most_held()
regression.ridge_path(K, y, LAMBDAS, **{keywords!r})
print((most_held() - before) / K.nbytes)
"""


def problem(n: int, dtype: str, seed: int = 0) -> tuple[Array, Array]:
    """A Gram matrix exp(<x, z>) of points on a sphere in R^20, made in place, and targets."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 20)).astype(dtype)
    x /= np.linalg.norm(x, axis=1)[:, None]
    K = x @ x.T
    np.exp(K, out=K)
    return K, rng.standard_normal((n, OUTPUTS))


def cholesky_by_hand(K: Array, y: Array, lambdas: Array) -> list[Array]:
    """What a careful user of SciPy writes for a short path."""
    found = []
    for size in lambdas:
        shifted = np.array(K.T, order="F")
        shifted.flat[:: len(K) + 1] += len(K) * size
        factor = scipy.linalg.cho_factor(shifted, lower=True, overwrite_a=True, check_finite=False)
        found.append(scipy.linalg.cho_solve(factor, y.astype(K.dtype), check_finite=False))
    return found


def eigh_by_hand(K: Array, y: Array, lambdas: Array) -> list[Array]:
    """What a careful user of SciPy writes for a long path."""
    values, vectors = scipy.linalg.eigh(K, driver="evd", check_finite=False)
    projected = vectors.T @ y.astype(K.dtype)
    return [vectors @ (projected / (values + len(K) * size).astype(K.dtype)[:, None]) for size in lambdas]


def least_seconds(several: dict[str, Callable[[], object]], trials: int) -> dict[str, float]:
    """Processor seconds of each, the least of some trials that alternate."""
    found = dict.fromkeys(several, float("inf"))
    for _ in range(trials):
        for name, work in several.items():
            start = time.process_time()
            work()
            found[name] = min(found[name], time.process_time() - start)
    return found


def against_scipy(n: int, dtype: str, trials: int = 3, eigh: bool = True) -> list[Row]:
    """Seconds by hand and here, for a short path by Cholesky and a long one by eigenvalues."""
    K, y = problem(n, dtype)
    short = {
        "by hand": lambda: cholesky_by_hand(K, y, LAMBDAS),
        "here": lambda: regression.ridge_path(K, y, LAMBDAS, method="cholesky"),
        "overwrite": lambda: regression.ridge_path(K, y, LAMBDAS, method="cholesky", overwrite=True),
        "cg": lambda: regression.ridge_path(K, y, LAMBDAS, method="cg"),
    }
    long = {
        "by hand": lambda: eigh_by_hand(K, y, LONG),
        "here": lambda: regression.ridge_path(K, y, LONG, method="eigh"),
    }
    rows: list[Row] = []
    for what, several in (("cholesky", short), *((("eigh", long),) if eigh else ())):
        seconds = least_seconds(several, trials)
        rows += [
            {"path": what, "n": n, "dtype": dtype, "way": way, "seconds": found, "ratio": found / seconds["by hand"]}
            for way, found in seconds.items()
        ]
    return rows


def peak_memory(n: int, dtype: str, **keywords: Any) -> float:
    """Memory beyond the matrix's own, over the size of the matrix, of a process that does nothing else."""
    script = _PEAK.format(n=n, dtype=dtype, keywords=keywords)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    return float(done.stdout)


def crossover(n: int, dtype: str, trials: int = 3) -> float:
    """How many factorisations an eigendecomposition takes, LAPACK's own routines alone."""
    K, _ = problem(n, dtype)
    K.flat[:: n + 1] += n * 1e-3
    (potrf,) = scipy.linalg.get_lapack_funcs(("potrf",), (K,))
    seconds = least_seconds(
        {
            "potrf": lambda: potrf(np.array(K.T, order="F"), lower=1, overwrite_a=1, clean=0),
            "evd": lambda: scipy.linalg.eigh(
                np.array(K.T, order="F"), driver="evd", overwrite_a=True, check_finite=False
            ),
        },
        trials,
    )
    return seconds["evd"] / seconds["potrf"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.regression", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("build/report/regression.json"))
    parser.add_argument("--quick", action="store_true", help="n = 1000 alone")
    parser.add_argument("--large", action="store_true", help="n = 10,000 besides: minutes, and 2 GiB")
    parser.add_argument("--threads", type=int, default=1, help="of BLAS")
    options = parser.parse_args(arguments)
    sizes = (1000,) if options.quick else (1000, 2000, 5000)
    rows: list[Row] = []
    with blas_threads(options.threads):
        for dtype in ("float64", "float32"):
            for n in (*sizes, *((10_000,) if options.large else ())):
                rows += against_scipy(n, dtype, 5 if n < 5000 else 1 if n > 5000 else 3, eigh=n <= 2000)
        crossings: list[Row] = [
            {"n": n, "dtype": dtype, "factorisations": crossover(n, dtype, 1 if n >= 5000 else 3)}
            for n in sizes for dtype in ("float64", "float32")
        ]  # fmt: skip
    ways: tuple[dict[str, Any], ...] = (
        {"method": "cholesky"}, {"method": "cholesky", "overwrite": True}, {"method": "eigh"}, {"method": "cg"},
    )  # fmt: skip
    n = sizes[-1] if options.quick else 3000
    memories: list[Row] = [
        {"n": n, "dtype": dtype, **{"method": "", "overwrite": False} | way, "matrices": peak_memory(n, dtype, **way)}
        for dtype in ("float64", "float32") for way in ways
    ]  # fmt: skip
    for row in rows:
        aim = row["way"] in ("here", "overwrite") and row["dtype"] == "float64" and row["n"] == 5000
        word = "" if not aim else "reached" if row["ratio"] <= AIM else "MISSED"
        print(f"{word:<9}{row['seconds']:>8.3f} s {row['ratio']:>6.2f} x  {row['path']:<9}n = {row['n']:<6}"
              f"{row['dtype']}  {row['way']}")  # fmt: skip
    for row in crossings:
        print(f"an eigh takes {row['factorisations']:.1f} factorisations at n = {row['n']}, {row['dtype']}")
    for row in memories:
        way = row["method"] + (", overwrite" if row["overwrite"] else "")
        print(f"{row['matrices']:>8.2f} matrices beyond K  n = {row['n']:<6}{row['dtype']}  {way}")
    write_json(options.out, {"rows": rows, "crossover": crossings, "memory": memories})
    print(f"written to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
