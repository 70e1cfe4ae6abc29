"""What one thread of this machine does in a second: products of matrices, factorisations, bytes copied; and imports.

    python -m benchmarks.machine [--out build/report/machine.json]

Processor seconds, the least of several rounds in turn, at the sizes of `benchmarks.gram` and `benchmarks.regression`:
the limits beside which their results are told, with the processor and the versions.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy.linalg

from benchmarks.gram import D, limited
from report.data import created, machine, versions, write_json

N, ROUNDS = 2000, 7
IMPORTS = {
    "python": "pass",
    "numpy": "import numpy",
    "kernelspec": "import kernelspec",
    "first kernel": "import kernelspec as ks; ks.ntk(3)",
}
PROCESSES = 20


def rates(dtype: str) -> dict[str, float]:
    """Flops of a product, of X X^T (those of half of it, as BLAS does no more), of Cholesky; bytes read and written."""
    rng = np.random.default_rng(0)
    square, x = (rng.standard_normal(shape).astype(dtype) for shape in ((N, N), (N, D)))
    positive = np.array((x @ x.T / D + np.eye(N)).T, dtype=dtype, order="F")
    out = np.empty_like(square)
    (potrf,) = scipy.linalg.get_lapack_funcs(("potrf",), (positive,))
    calls: dict[str, tuple[float, Callable[[], Any]]] = {
        "product": (2.0 * N**3, lambda: np.matmul(square, square, out)),
        "symmetric product": (1.0 * N * (N + 1) * D, lambda: x @ x.T),
        "cholesky": (N**3 / 3, lambda: potrf(positive, lower=1, overwrite_a=0, clean=0)),
        "copy": (2.0 * square.nbytes, lambda: np.copyto(out, square)),
    }
    least = dict.fromkeys(calls, float("inf"))
    for _ in range(ROUNDS):
        for name, (_, call) in calls.items():
            start = time.process_time()
            call()
            least[name] = min(least[name], time.process_time() - start)
    return {name: work / least[name] for name, (work, _) in calls.items()}


def imports() -> dict[str, float]:
    """Processor seconds of fresh processes, medians of `PROCESSES` in turn; the first of each writes bytecode."""
    found: dict[str, list[float]] = {name: [] for name in IMPORTS}
    for _ in range(PROCESSES + 1):
        for name, code in IMPORTS.items():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, "-c", code], check=True, env=dict(os.environ, PYTHONDONTWRITEBYTECODE=""))
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            found[name].append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return {name: statistics.median(several[1:]) for name, several in found.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write."""
    summary = (__doc__ or "").split("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.machine", description=summary)
    parser.add_argument("--out", type=Path, default=Path("build/report/machine.json"))
    options = parser.parse_args(arguments)
    seconds = imports()
    for name, spent in seconds.items():
        print(f"{name}: {spent:.3f} s")
    with limited():
        found = {dtype: rates(dtype) for dtype in ("float32", "float64")}
    for dtype, row in found.items():
        print(dtype, ", ".join(f"{name} {rate / 1e9:.1f} G/s" for name, rate in row.items()))
    facts = {"created": created(), "machine": machine(), "versions": versions()}
    write_json(options.out, {**facts, "rates": found, "imports": seconds})
    print(f"written to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
