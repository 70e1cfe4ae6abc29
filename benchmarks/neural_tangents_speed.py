"""What a Gram matrix of a deep tangent kernel costs here and in neural-tangents, in one process, on one thread.

    python -m benchmarks.neural_tangents_speed [--out build/report/neural_tangents.json] [--n 1000] [--depths 2,20]

It runs where both packages are installed. Processor seconds of NumPy's product X X^T, of `gram`, and of `kernel_fn` of
neural-tangents, compiled by `jax.jit`, the least of three rounds in turn; `first` is the first call, which compiles
there and fits here. Errors are of a corner off the diagonal, as in `benchmarks.gram`.
"""

from __future__ import annotations

import argparse
import importlib
import math
import os
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

import kernelspec as ks
from benchmarks.gram import CORNER, D, data, limited, rounds
from kernelspec.results.tables import Row
from report.data import write_json

ROUNDS = 3
ONE_THREAD = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


def compiled(depth: int, jax: Any) -> Any:
    """The tangent kernel of `depth` Dense layers without biases, of rows of D numbers: 2/D times that of `gram`."""
    stax = importlib.import_module("neural_tangents").stax
    layers: list[Any] = [stax.Dense(1, math.sqrt(2), None)]
    for _ in range(depth - 1):
        layers += [stax.Relu(), stax.Dense(1, math.sqrt(2), None)]
    kernel = stax.serial(*layers)[2]
    return jax.jit(lambda x: kernel(x, None, "ntk"))


def off(found: Any, x: Any, kernel: ks.Zonal) -> float:
    """The worst error of a corner of the cosines' kernel, off the diagonal, in units of kappa(1)."""
    x = x[:CORNER].astype(np.float64)
    norms = np.linalg.norm(x, axis=1)
    wanted = kernel(np.clip((x / norms[:, None]) @ (x / norms[:, None]).T, -1, 1))
    apart = ~np.eye(len(x), dtype=bool)
    corner = np.asarray(found, dtype=np.float64)[:CORNER, :CORNER] / np.outer(norms, norms)
    return float(np.max(np.abs(corner - wanted)[apart]) / kernel.at_one)


def one(dtype: str, depth: int, x: Any, jax: Any) -> Row:
    """Seconds, their ratio and the errors for one depth."""
    kernel, peer, on_device = ks.ntk(depth), compiled(depth, jax), jax.numpy.asarray(x)

    def ours() -> Any:
        return kernel.gram(x, threads=1)

    def theirs() -> Any:
        return peer(on_device).block_until_ready()

    first = [rounds([call], 1, time.process_time)[0] for call in (ours, theirs)]
    product, here, there = rounds([lambda: x @ x.T, ours, theirs], ROUNDS, time.process_time)
    return {
        "kernel": f"ntk({depth})",
        "n": len(x),
        "dtype": dtype,
        "product": product,
        "gram": here,
        "peer": there,
        "ratio": there / here,
        "first": first[0],
        "peer first": first[1],
        "error": off(ours(), x, kernel),
        "peer error": off(theirs() * (D / 2), x, kernel),
    }


def measured(n: int, depths: Sequence[int]) -> list[Row]:
    """A row for each dtype and depth."""
    jax = importlib.import_module("jax")
    rows: list[Row] = []
    for dtype in ("float32", "float64"):
        jax.config.update("jax_enable_x64", dtype == "float64")
        x = data(n, dtype, "normal")
        for depth in depths:
            row = one(dtype, depth, x, jax)
            cells = (f"{key} {value:.3g}" if isinstance(value, float) else f"{value}" for key, value in row.items())
            print("  ".join(cells), flush=True)
            rows.append(row)
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write."""
    summary = (__doc__ or "").split("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.neural_tangents_speed", description=summary)
    parser.add_argument("--out", type=Path, default=Path("build/report/neural_tangents.json"))
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--depths", type=lambda text: [int(each) for each in text.split(",")], default=[2, 20])
    options = parser.parse_args(arguments)
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {ONE_THREAD}".strip()  # before JAX is imported
    with limited():
        rows = measured(options.n, options.depths)
    versions = {name: version(name) for name in ("neural-tangents", "jax", "numpy")}
    write_json(options.out, {"rows": rows, "versions": versions, "load average": os.getloadavg()[0]})
    return 0


if __name__ == "__main__":
    sys.exit(main())
