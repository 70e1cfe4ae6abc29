"""What a Gram matrix costs beside the matrix product X X^T of its data, by depth, size, dtype and threads.

    python -m benchmarks.gram [--out build/report/gram.json] [--quick] [--large] [--rows FILE.npy]

Processor seconds of NumPy's product and of `gram`, the least of several rounds in turn, and their ratio; both on one
thread. Beside it the tangent kernel's recursion by hand: NumPy in place, in tiles that stay in the cache, half of the
matrix. With `--rows` also the first rows of a file, such as images, which are alike. `first` is the call that
makes the fits. Errors are of a corner, of kappa(1) |x||y|, against the kernel's float64 values at float64 cosines. Two
threads are measured by the clock, which says something on a quiet machine only.

The aims: at most 2 products in float32 and 3.5 in float64, at any depth up to 100, with errors of at most 3e-7 and
1e-14; 64 MiB of working memory beside the result; two threads 1.8 times faster than one.
"""

from __future__ import annotations

import argparse
import functools
import os
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import kernelspec as ks
from kernelspec.gram.workers import has_threadpoolctl
from kernelspec.results.tables import Row
from report.data import write_json

D = 784
DEPTHS = (2, 5, 10, 20, 50, 100)
OTHERS = ("laplace()", "rf(5)", "resnet(50)", "dual('gelu')", "exponential()", "ntk(3)*laplace() + 2")
SIZES = (2000, 5000)
LARGE = (10_000, 20_000)
AIMS = {"float32": (2.0, 3e-7), "float64": (3.5, 1e-14)}
SPEEDUP, MEMORY = 1.8, 2**26
CORNER, TILE = 400, 160


def data(n: int, dtype: str, kind: str) -> Any:
    """Rows of normal numbers, whose cosines are about 0; of numbers >= 0, most of them 0; or those of a file."""
    if kind.endswith(".npy"):
        rows = np.load(kind, allow_pickle=False)[:n].astype(dtype)
        return rows.reshape(len(rows), -1)
    rng = np.random.default_rng(n)
    x = rng.standard_normal((n, D))
    if kind == "images":
        x = np.abs(x) * (rng.random((n, D)) < rng.uniform(0.1, 0.6, (n, 1)))
    return x.astype(dtype)


def by_hand(x: Any, depth: int) -> Any:
    """The tangent kernel of a ReLU network of this depth, as one writes it: tiles, half of the matrix, in place."""
    n = len(x)
    norms = np.sqrt(np.einsum("ij,ij->i", x, x))
    unit, found = x / norms[:, None], np.empty((n, n), x.dtype)
    for i in range(0, n, TILE):
        for j in range(i, n, TILE):
            u = unit[i : i + TILE] @ unit[j : j + TILE].T
            np.clip(u, -1, 1, out=u)
            total = u.copy()
            for _ in range(depth - 1):
                angle = np.arccos(u)
                root = np.sqrt(np.maximum(1 - u * u, 0))
                np.subtract(np.pi, angle, out=angle)
                angle /= np.pi
                total *= angle
                u *= angle
                root /= np.pi
                u += root
                np.minimum(u, 1, out=u)
                total += u
            total *= norms[i : i + TILE, None]
            total *= norms[None, j : j + TILE]
            found[i : i + TILE, j : j + TILE] = total
            found[j : j + TILE, i : i + TILE] = total.T
    return found


def rounds(calls: Sequence[Callable[[], Any]], count: int, clock: Callable[[], float]) -> list[float]:
    """The least seconds of each call, in rounds of all of them."""
    least = [float("inf")] * len(calls)
    for _ in range(count):
        for number, call in enumerate(calls):
            start = clock()
            call()
            least[number] = min(least[number], clock() - start)
    return least


def error(kernel: ks.Zonal, x: Any) -> float:
    """Of a corner of the matrix, off the diagonal."""
    found = kernel.gram(x, threads=1, normalize=True)[:CORNER, :CORNER]
    unit = x[:CORNER].astype(np.float64)
    unit /= np.linalg.norm(unit, axis=1)[:, None]
    wanted = kernel(np.clip(unit @ unit.T, -1, 1))
    apart = ~np.eye(len(found), dtype=bool)
    return float(np.max(np.abs(found - wanted)[apart]) / kernel.at_one)


def one(kernel: ks.Zonal, x: Any, count: int, depth: int | None) -> Row:
    """Seconds, ratios and the error for one kernel; by hand as well for a tangent kernel at the least size."""
    start = time.process_time()
    kernel.gram(x, threads=1)
    first = time.process_time() - start
    calls: list[Callable[[], Any]] = [lambda: x @ x.T, lambda: kernel.gram(x, threads=1)]
    if depth is not None and len(x) <= SIZES[0]:
        calls.append(lambda: by_hand(x, depth))
    seconds = rounds(calls, count, time.process_time)
    return {
        "product": seconds[0],
        "gram": seconds[1],
        "ratio": seconds[1] / seconds[0],
        "first": first / seconds[0],
        "by hand": seconds[2] / seconds[0] if len(calls) > 2 else None,
        "error": error(kernel, x),
    }


def memory(kernel: ks.Zonal, x: Any) -> int:
    """Bytes beside the result, at the peak."""
    tracemalloc.start()
    found = kernel.gram(x, threads=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return int(peak - found.nbytes)


def table(quick: bool = False, large: bool = False, files: Sequence[str] = ()) -> list[Row]:
    """A row for each kernel, size, dtype and kind of data."""
    rows: list[Row] = []
    sizes = SIZES[:1] if quick else (*SIZES, *(LARGE if large else ()))
    depths = {f"ntk({depth})": depth for depth in (DEPTHS[::2] if quick else DEPTHS)}
    names: list[str] = [*depths, *(OTHERS[:1] if quick else OTHERS)]
    with limited():
        for n in sizes:
            for dtype in AIMS:
                if n * n * np.dtype(dtype).itemsize > 2e9:
                    continue
                for kind in ("normal", "images", *files):
                    x = data(n, dtype, kind)
                    for name in names if n == SIZES[0] else names[::3]:
                        kernel = ks.parse(name)
                        found = one(kernel, x, 3 if n <= SIZES[1] else 1, depths.get(name))
                        most, allowed = AIMS[dtype]
                        reached = found["ratio"] <= most and found["error"] <= allowed
                        rows.append(
                            {
                                "kernel": name,
                                "n": n,
                                "dtype": dtype,
                                "data": Path(kind).stem,
                                "reached": reached,
                                **found,
                            }
                        )
    return rows


def threads(n: int) -> list[Row]:
    """Seconds by the clock on one thread and on two."""
    found: list[Row] = []
    kernel = ks.ntk(10)
    for dtype in AIMS:
        x = data(n, dtype, "normal")
        kernel.gram(x, threads=1)
        calls = [functools.partial(kernel.gram, x, threads=count) for count in (1, 2)]
        single, double = rounds(calls, 5, time.perf_counter)
        found.append({"n": n, "dtype": dtype, "one": single, "two": double, "times": single / double})
    return found


def limited() -> Any:
    """NumPy's products on one thread."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write."""
    summary = (__doc__ or "").split("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gram", description=summary)
    parser.add_argument("--out", type=Path, default=Path("build/report/gram.json"))
    parser.add_argument("--quick", action="store_true", help="some of the depths, n = 2000")
    parser.add_argument("--large", action="store_true", help="n = 10,000 and 20,000 as well (3 GiB)")
    parser.add_argument("--rows", metavar="FILE.npy", action="append", default=[], help="also of rows of your own")
    options = parser.parse_args(arguments)
    if not has_threadpoolctl():
        print("benchmarks.gram needs the package threadpoolctl (pip install 'kernelspec[threads]')")
        return 0
    load = os.getloadavg()[0]
    print(f"d = {D}; in matrix products; load average {load:.1f}")
    print(f"{'kernel':<24}{'n':>6} {'dtype':<8} {'data':<7}{'gram':>6}{'first':>7}{'by hand':>9}{'error':>9}")
    rows = table(options.quick, options.large, options.rows)
    for row in rows:
        hand = "" if row["by hand"] is None else f"{row['by hand']:.1f}"
        where = f"{row['kernel']:<24}{row['n']:>6} {row['dtype']:<8} {row['data']:<7}"
        word = "" if row["reached"] else "  MISSED"
        print(f"{where}{row['ratio']:>6.2f}{row['first']:>7.2f}{hand:>9}{row['error']:>9.1e}{word}")
    used = {dtype: memory(ks.ntk(10), data(SIZES[1], dtype, "normal")) for dtype in AIMS}
    for dtype, size in used.items():
        word = "reached" if size <= MEMORY else "MISSED"
        print(f"{word:<8} working memory at n = {SIZES[1]}, {dtype}: {size / 2**20:.1f} MiB")
    pairs = threads(SIZES[0] if options.quick else SIZES[1])
    for row in pairs:
        word = "reached" if row["times"] >= SPEEDUP else "MISSED"
        print(f"{word:<8} two threads at n = {row['n']}, {row['dtype']}: {row['times']:.2f} times one, by the clock")
    write_json(options.out, {"load average": load, "rows": rows, "memory": used, "threads": pairs})
    print(f"written to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
