"""What blocks in files cost beside one matrix in memory: ``python -m benchmarks.jobs [--quick]``.

`gram_job` in the calling thread against `kernel.gram` with one thread, in processor seconds, one after the other in one
process, the least of several runs. The store is in the folder for temporary files. With it, what `plan_gram` foresaw.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn import groups
from kernelspec.learning import gram_job, open_gram, plan_gram
from kernelspec.results.tables import Row, Table

# The network of the papers' experiments with Cifar10 (claim 60), and one on a group.
DEEP = ckn.Network(
    [
        ckn.Layer(3, ks.exponential(0.6), ckn.gaussian(2), stride=2),
        ckn.Layer(3, ks.exponential(0.6), ckn.gaussian(5), stride=5),
    ]
)
NTK = ckn.Network([ckn.Layer(3, ks.arccos(1), ckn.gaussian(2), stride=2), ckn.Layer(3, ks.arccos(1))])
TURNS = groups.Network(groups.cyclic(4), [groups.Layer(3, ks.arccos(1)), groups.Layer(3, ks.arccos(1))])


def cases(quick: bool) -> Iterator[tuple[str, Any, Any, dict[str, Any], int]]:
    """Name, kernel, data, options, block."""
    rng = np.random.default_rng(0)
    n = 1500 if quick else 6144
    vectors = rng.standard_normal((n, 784)).astype(np.float32)
    images = rng.standard_normal((24 if quick else 64, 32, 32, 3)).astype(np.float32)
    block = n // 3
    yield "ntk(2), float32, d = 784", ks.ntk(2), vectors, {}, block
    yield "ntk(20), float32, d = 784", ks.ntk(20), vectors[: n // 2], {}, block // 2
    yield "exp/exp, 32x32x3, float32", DEEP, images, {}, len(images) // 2
    yield "ReLU NTK, 32x32x3, float32", NTK, images[: len(images) // 2], {"tangent": True}, len(images) // 4
    yield "cyclic(4), 9x9x1", TURNS, images[:24, :9, :9, :1].astype(np.float64), {}, 12


def seconds(call: Callable[[], object]) -> float:
    """Processor seconds of a call."""
    start = time.process_time()
    call()
    return time.process_time() - start


def measured(kernel: Any, x: Any, options: dict[str, Any], block: int, runs: int) -> tuple[float, float, float, float]:
    """Seconds of `gram`, of `gram_job`, of reading the matrix, and those that the plan foresees; the least of each."""
    found: list[tuple[float, ...]] = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as home:
            store = Path(home) / "k"
            times = [
                seconds(partial(kernel.gram, x, threads=1, **options)),
                seconds(partial(gram_job, kernel, x, store=store, block=block, **options)),
                seconds(open_gram(store).array),
            ]
        found.append((*times, plan_gram(kernel, x, block=block, **options).seconds))
    plain, blocks, reading, foreseen = (min(column) for column in zip(*found, strict=True))
    return plain, blocks, reading, foreseen


def row(case: tuple[str, Any, Any, dict[str, Any], int], runs: int) -> Row:
    """What was measured of a case."""
    name, kernel, x, options, block = case
    plain, blocks, reading, foreseen = measured(kernel, x, options, block, runs)
    print(f"{name}: {blocks / plain:.3f}", file=sys.stderr)
    return {
        "case": name,
        "n": len(x),
        "block": block,
        "gram": plain,
        "gram_job": blocks,
        "ratio": blocks / plain,
        "reading": reading,
        "plan / gram_job": foreseen / blocks,
    }


def main(arguments: Sequence[str]) -> int:
    """Print the table."""
    quick = "--quick" in arguments
    rows = [row(case, 2 if quick else 3) for case in cases(quick)]
    print(Table(rows, caption="processor seconds", digits=3))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
